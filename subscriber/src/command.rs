//! The command after `--`: it runs once the subscription is acknowledged, so that what it publishes is not missed.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, Stdio};

/// A command that has not begun, runs, or could not begin.
#[derive(Debug)]
pub(crate) enum Then {
    Nothing,
    Waits(Vec<OsString>),
    Runs { name: String, child: Child },
    Failed(String),
}

impl Then {
    pub(crate) fn new(words: Vec<OsString>) -> Self {
        if words.is_empty() {
            Self::Nothing
        } else {
            Self::Waits(words)
        }
    }

    /// Starts it, if it has not been started.
    pub(crate) fn start(&mut self) {
        let Self::Waits(words) = self else { return };
        let Some((program, arguments)) = words.split_first() else {
            return;
        };
        let name = program.to_string_lossy().into_owned();
        let started = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            // Standard output is for messages.
            .stdout(Stdio::from(io::stderr()))
            .spawn();
        *self = match started {
            Ok(child) => Self::Runs { name, child },
            Err(error) => Self::Failed(format!("cannot run {name}: {error}")),
        };
    }

    pub(crate) fn failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Waits for its end; what went wrong, if something did.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self {
            Self::Nothing => Ok(()),
            Self::Waits(_) => {
                Err("the command after -- was not run: the subscription was not acknowledged".to_owned())
            }
            Self::Failed(error) => Err(error),
            Self::Runs { name, mut child } => match child.wait() {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(format!("{name} ended with {status}")),
                Err(error) => Err(format!("{name}: {error}")),
            },
        }
    }
}
