//! Where a program that was told no `--state-dir` puts its CA while it runs, so that `broker ca` and `broker cert` find it.
//!
//! It is `citronella-UID/PORT` in the user's runtime directory, or else in that for temporary files, which all users share: a
//! directory is only used if it is this user's, and if no other user may look into it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::way::Authority;

/// The CA of this program's broker, as files. They are gone when this is dropped.
#[derive(Debug)]
pub(super) struct Copy {
    directory: PathBuf,
    ca_pem: String,
}

impl Copy {
    /// Writes the CA of the broker on this port.
    pub(super) fn write(authority: &Authority, port: u16) -> Result<Self, String> {
        let mut last = "there is no directory for it".to_owned();
        for base in bases() {
            let written =
                private(&base.join(name())).and_then(|owned| private(&owned.join(port.to_string())));
            let written = written.and_then(|directory| {
                // What a killed broker left.
                remove(&directory);
                authority.copy_to(&directory)?;
                Ok(directory)
            });
            match written {
                Ok(directory) => {
                    return Ok(Self {
                        directory,
                        ca_pem: authority.ca_pem()?,
                    });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The file with the CA's certificate.
    pub(super) fn ca_file(&self) -> PathBuf {
        self.directory.join("ca.pem")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // Unless another broker took the port, and has put its own there.
        if fs::read_to_string(self.ca_file()).is_ok_and(|pem| pem == self.ca_pem) {
            remove(&self.directory);
            let _ = fs::remove_dir(&self.directory);
        }
    }
}

/// The CA that the broker on this port has put somewhere.
pub(super) fn find(port: u16) -> Result<Option<Authority>, String> {
    for base in bases() {
        let owned = base.join(name());
        let directory = owned.join(port.to_string());
        if fs::symlink_metadata(&directory).is_ok() {
            check(&owned)?;
            check(&directory)?;
            if let Some(authority) = Authority::found_in(&directory)? {
                return Ok(Some(authority));
            }
        }
    }
    Ok(None)
}

fn remove(directory: &Path) {
    for name in Authority::FILES {
        let _ = fs::remove_file(directory.join(name));
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
