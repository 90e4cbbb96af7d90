//! Where a program says which CA it has while it runs, so that `broker ca` and `broker cert` find it by the port.
//!
//! It is `citronella-UID/PORT` in the user's runtime directory, or else in that for temporary files, which all users share: a
//! directory is only used if it is this user's, and if no other user may look into it. The CA lies there; or, with
//! `--state-dir`, a file that names that directory.
//!
//! While the program runs it holds a lock on the file `pid` there. A killed program holds it no more, so that the next start
//! removes what it left. One program at a time works in `citronella-UID`: it holds a lock on the file `lock` there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::private_file;
use crate::way::Authority;

const LOCK: &str = "lock";
const PID: &str = "pid";
const STATE_DIR: &str = "state_dir";

/// What this program's broker has there. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    user: PathBuf,
    directory: PathBuf,
    /// With its lock.
    pid: File,
}

impl Entry {
    /// Makes that of the broker on this port.
    pub(super) fn write(authority: &Authority, port: u16) -> Result<Self, String> {
        let mut last = "there is no directory for it".to_owned();
        for base in bases() {
            match Self::write_in(&base, authority, port) {
                Ok(entry) => return Ok(entry),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn write_in(base: &Path, authority: &Authority, port: u16) -> Result<Self, String> {
        let user = private(&base.join(name()))?;
        let _turn = turn(&user)?;
        remove_those_of_the_dead(&user);
        let directory = private(&user.join(port.to_string()))?;
        let failed = |error: io::Error| format!("cannot write to {}: {error}", directory.display());
        // Another broker may have the port on another address, or be about to end. Its lock goes with its file.
        fs::remove_dir_all(&directory).map_err(failed)?;
        private(&directory)?;
        let path = directory.join(PID);
        fs::write(&path, pid()).map_err(failed)?;
        let pid = File::open(&path).map_err(failed)?;
        pid.try_lock().map_err(|error| failed(error.into()))?;
        match authority.ca_file().as_deref().and_then(Path::parent) {
            Some(kept) => std::path::absolute(kept)
                .and_then(|kept| fs::write(directory.join(STATE_DIR), kept.as_os_str().as_encoded_bytes()))
                .map_err(failed)?,
            None => authority.copy_to(&directory)?,
        }
        Ok(Self { user, directory, pid })
    }

    /// The file with the CA's certificate, where it lies here.
    pub(super) fn ca_file(&self) -> PathBuf {
        self.directory.join("ca.pem")
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let _turn = turn(&self.user);
        // Some systems let nobody read a file with a lock.
        let _ = self.pid.unlock();
        // Unless another broker took the port, and has put its own there.
        if fs::read_to_string(self.directory.join(PID)).is_ok_and(|found| found == pid()) {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// The CA of the broker that runs on this port, if it has put it somewhere.
pub(super) fn find(port: u16) -> Result<Option<Authority>, String> {
    for base in bases() {
        let user = base.join(name());
        let directory = user.join(port.to_string());
        if fs::symlink_metadata(&directory).is_err() {
            continue;
        }
        check(&user)?;
        check(&directory)?;
        let _turn = turn(&user)?;
        if !is_alive(&directory).unwrap_or(false) {
            continue;
        }
        let kept = fs::read_to_string(directory.join(STATE_DIR)).map_or(directory, PathBuf::from);
        if let Some(authority) = Authority::found_in(&kept)? {
            return Ok(Some(authority));
        }
    }
    Ok(None)
}

fn pid() -> String {
    std::process::id().to_string()
}

/// Waits until no other program is at work in the user's directory. It is this one's turn until the file is closed.
fn turn(user: &Path) -> Result<File, String> {
    let path = user.join(LOCK);
    let file = private_file::create(&path).and_then(|file| file.lock().map(|()| file));
    file.map_err(|error| format!("cannot lock {}: {error}", path.display()))
}

/// Whether the program that made this directory still runs.
fn is_alive(directory: &Path) -> io::Result<bool> {
    Ok(File::open(directory.join(PID))?.try_lock().is_err())
}

/// Removes what killed programs left, and so their keys.
fn remove_those_of_the_dead(user: &Path) {
    for entry in fs::read_dir(user).into_iter().flatten().flatten() {
        let directory = entry.path();
        if check(&directory).is_ok() && is_alive(&directory).is_ok_and(|alive| !alive) {
            let _ = fs::remove_dir_all(&directory);
        }
    }
}

/// The directories in which ours may be, the better first.
fn bases() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|path| path.is_absolute() && path.is_dir());
    runtime.into_iter().chain([std::env::temp_dir()]).collect()
}

#[cfg(unix)]
fn name() -> String {
    format!("citronella-{}", rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn name() -> String {
    "citronella".to_owned()
}

/// Makes this directory for its owner alone, or checks that the one that is there is so.
fn private(path: &Path) -> Result<PathBuf, String> {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(format!("cannot make the directory {}: {error}", path.display()));
        }
        _ => check(path)?,
    }
    Ok(path.to_owned())
}

#[cfg(unix)]
fn check(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    // A link is not followed: others may have put it there.
    let found =
        fs::symlink_metadata(path).map_err(|error| format!("cannot look at {}: {error}", path.display()))?;
    let fault = if !found.is_dir() {
        "is not a directory"
    } else if found.uid() != rustix::process::geteuid().as_raw() {
        "is another user's"
    } else if found.mode() & 0o077 != 0 {
        "is open to other users"
    } else {
        return Ok(());
    };
    Err(format!(
        "{} {fault}, so no key is kept there: remove it, or give a directory with --state-dir",
        path.display()
    ))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
fn check(_: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_directory_that_others_may_have_a_hand_in_is_refused() {
        let base = std::env::temp_dir().join(format!("private-directory-{}", std::process::id()));
        fs::create_dir(&base).unwrap();
        let own = private(&base.join("own")).unwrap();
        assert_eq!(fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o700);
        private(&own).expect("it is there already");

        let open = base.join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(
            private(&open)
                .unwrap_err()
                .contains("is open to other users, so no key is kept there")
        );
        symlink(&own, base.join("link")).unwrap();
        assert!(
            private(&base.join("link"))
                .unwrap_err()
                .contains("is not a directory")
        );
        fs::write(base.join("file"), "").unwrap();
        assert!(
            private(&base.join("file"))
                .unwrap_err()
                .contains("is not a directory")
        );
        assert!(
            private(&base.join("not/there"))
                .unwrap_err()
                .contains("cannot make the directory")
        );
        // Where root runs this, it can give a directory away.
        if rustix::process::geteuid().is_root() {
            let theirs = private(&base.join("theirs")).unwrap();
            std::os::unix::fs::chown(&theirs, Some(12_345), None).unwrap();
            assert!(check(&theirs).unwrap_err().contains("is another user's"));
        }
        fs::remove_dir_all(&base).unwrap();
    }
}
