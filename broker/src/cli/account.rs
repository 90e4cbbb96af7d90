//! [`Account`]: the user that the program becomes, where root has started it.
//!
//! Root can bind every port and read every file. A broker that has done both needs no such power any more.

pub(super) use system::{Account, is_root};

use std::path::{Path, PathBuf};

use crate::cli::log::warn;
use crate::private_file;

/// The directories above this one that are not there.
pub(super) fn missing_above(directory: &Path) -> Vec<PathBuf> {
    let above = directory.ancestors().skip(1);
    let missing = above.take_while(|path| !path.as_os_str().is_empty() && !path.exists());
    missing.map(Path::to_owned).collect()
}

/// Says so if the broker's own directory cannot be written as the user that the program is now.
pub(super) fn look_at_state_dir(state_dir: &str, user: &str) {
    if state_dir.is_empty() {
        return;
    }
    let probe = Path::new(state_dir).join(format!(".{}.tmp", std::process::id()));
    match private_file::create(&probe) {
        Ok(_) => drop(std::fs::remove_file(probe)),
        Err(error) => warn(&format!(
            "the user {user} cannot write to state_dir {state_dir}: {error}. `chown -R {user} {state_dir}` gives it to that user"
        )),
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
mod system {
    use std::ffi::CString;
    use std::fs::{DirBuilder, File};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, fchown, lchown};
    use std::path::{Path, PathBuf};

    use nix::unistd::{User, geteuid, initgroups, setgid, setuid};

    use crate::front::StartError;

    /// Whether root runs this.
    pub(in crate::cli) fn is_root() -> bool {
        geteuid().is_root()
    }

    /// Whether everything in this directory is the broker's: so root's own home is not taken for one.
    fn has_only_ours(directory: &Path) -> io::Result<bool> {
        for entry in directory.read_dir()? {
            let name = entry?.file_name();
            if !["ca.pem", "ca-key.pem", "crl.pem", "store"]
                .iter()
                .any(|ours| name == *ours)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A user of this machine.
    #[derive(Debug, Clone)]
    pub(in crate::cli) struct Account(User);

    impl Account {
        /// Gives this user a directory and the files in it. It is made for that user alone if it is not there, with those above it; and
        /// the one that it lies in is given too, if root alone could look into that, and the broker has made all that is in it.
        pub(in crate::cli) fn give_directory(
            &self,
            directory: &Path,
            missing: &[PathBuf],
        ) -> Result<(), StartError> {
            let give = || {
                match DirBuilder::new().mode(0o700).recursive(true).create(directory) {
                    // What somebody has put in its place is not given away.
                    Ok(()) if !directory.symlink_metadata()?.is_dir() => {
                        return Err(io::Error::other("it is no directory"));
                    }
                    made => made?,
                }
                let (user, group) = (Some(self.0.uid.as_raw()), Some(self.0.gid.as_raw()));
                if let Some(parent) = directory.parent() {
                    let found = parent.symlink_metadata()?;
                    let is_roots = found.is_dir() && found.uid() == 0 && found.mode() & 0o777 == 0o700;
                    if is_roots && has_only_ours(parent)? {
                        lchown(parent, user, group)?;
                    }
                }
                for directory in missing {
                    lchown(directory, user, group)?;
                }
                lchown(directory, user, group)?;
                for entry in directory.read_dir()? {
                    lchown(entry?.path(), user, group)?;
                }
                Ok(())
            };
            give().map_err(|error: io::Error| {
                let name = &self.0.name;
                StartError::Store(format!(
                    "{} cannot be given to the user {name}: {error}",
                    directory.display()
                ))
            })
        }

        /// The user of this name, where root runs this and the name is another's.
        pub(in crate::cli) fn find(name: &str) -> Result<Option<Self>, StartError> {
            if name.is_empty() || !is_root() {
                return Ok(None);
            }
            match User::from_name(name) {
                Ok(Some(user)) if user.uid.is_root() => Ok(None),
                Ok(Some(user)) => Ok(Some(Self(user))),
                Ok(None) => Err(error(
                    name,
                    "this machine has no such user; `useradd --system` makes one",
                )),
                Err(cause) => Err(error(name, cause)),
            }
        }

        pub(in crate::cli) fn name(&self) -> &str {
            &self.0.name
        }

        /// The file belongs to this user from here on.
        pub(in crate::cli) fn give(&self, file: &File) -> io::Result<()> {
            fchown(file, Some(self.0.uid.as_raw()), Some(self.0.gid.as_raw()))
        }

        /// Every thread of the program is this user from here on, with the groups of this user alone.
        pub(in crate::cli) fn enter(&self) -> Result<(), StartError> {
            let User { name, uid, gid, .. } = &self.0;
            let groups = CString::new(name.as_str()).map_err(|cause| error(name, cause))?;
            // In this order: a user who is not root may change no groups.
            initgroups(&groups, *gid)
                .and_then(|()| setgid(*gid))
                .and_then(|()| setuid(*uid))
                .map_err(|cause| error(name, cause))
        }
    }

    fn error(name: &str, why: impl ToString) -> StartError {
        StartError::User {
            name: name.to_owned(),
            why: why.to_string(),
        }
    }
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
mod system {
    use std::convert::Infallible;
    use std::fs::File;
    use std::io;
    use std::path::{Path, PathBuf};

    use crate::front::StartError;

    /// Whether root runs this, as far as it matters here.
    pub(in crate::cli) fn is_root() -> bool {
        false
    }

    /// There is none: the system has no such way to become another user.
    #[derive(Debug, Clone)]
    pub(in crate::cli) struct Account(Infallible);

    impl Account {
        pub(in crate::cli) fn find(name: &str) -> Result<Option<Self>, StartError> {
            if name.is_empty() {
                return Ok(None);
            }
            Err(StartError::User {
                name: name.to_owned(),
                why: "this system has no such way; leave `user` out, and start the program as that user"
                    .to_owned(),
            })
        }

        pub(in crate::cli) fn name(&self) -> &str {
            match self.0 {}
        }

        pub(in crate::cli) fn give(&self, _: &File) -> io::Result<()> {
            match self.0 {}
        }

        pub(in crate::cli) fn give_directory(&self, _: &Path, _: &[PathBuf]) -> Result<(), StartError> {
            match self.0 {}
        }

        pub(in crate::cli) fn enter(&self) -> Result<(), StartError> {
            match self.0 {}
        }
    }
}
