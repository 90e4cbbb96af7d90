//! [`PidFile`]: it exists while clients can connect, and has the number of the process.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::cli::account::Account;
use crate::cli::log::remark;
use crate::front::StartError;

/// The file that `pid_file` names, if it names one.
#[derive(Debug)]
pub(super) struct PidFile {
    path: Option<PathBuf>,
}

impl PidFile {
    /// Finds out whether it can be written, before anything is started.
    pub(super) fn prepare(path: &str) -> Result<Self, StartError> {
        let file = Self {
            path: (!path.is_empty()).then(|| PathBuf::from(path)),
        };
        let Some(path) = &file.path else { return Ok(file) };
        // Never `/dev/null`, for example: it would be removed.
        let found = match fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() => Err(io::Error::other(
                "it is there and is not a plain file; name one that may be written and removed",
            )),
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
            _ => Ok(()),
        };
        match found {
            Ok(()) => Ok(file),
            Err(cause) => Err(file.error(cause)),
        }
    }

    /// Writes it, over one that a killed broker left. It belongs to who removes it.
    pub(super) fn write(&self, account: Option<&Account>) -> Result<(), StartError> {
        let Some(path) = &self.path else { return Ok(()) };
        let written = fs::write(path, content()).and_then(|()| match account {
            Some(account) => account.give(&fs::File::open(path)?),
            None => Ok(()),
        });
        written.map_err(|cause| self.error(cause))
    }

    /// Removes it, unless another broker has written its own number to it since. A program that has changed its user may
    /// lack the right to; then it empties the file.
    pub(super) fn remove(&self) {
        let Some(path) = &self.path else { return };
        if fs::read_to_string(path).is_ok_and(|found| found == content())
            && let Err(error) = fs::remove_file(path)
        {
            let emptied = fs::write(path, "").is_ok();
            let left = if emptied { "it is empty now" } else { "it stays" };
            remark(&format!(
                "the pid file {} cannot be removed: {error}; {left}",
                path.display()
            ));
        }
    }

    fn error(&self, cause: io::Error) -> StartError {
        StartError::PidFile {
            path: self.path.iter().map(|path| path.display().to_string()).collect(),
            cause,
        }
    }
}

/// This runs at every end of the program, unless it is killed.
impl Drop for PidFile {
    fn drop(&mut self) {
        self.remove();
    }
}

fn content() -> String {
    format!("{}\n", std::process::id())
}
