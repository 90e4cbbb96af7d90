//! How the program runs: with whom it ends, and who reads what it says.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::parent::ParentPid;
use crate::cli::signals::StopSignal;

/// How the program runs, beside the settings of the broker.
#[derive(Debug, Default)]
pub(super) struct Manner {
    /// The process to end with.
    pub parent: Option<ParentPid>,
    /// The command to run, and to end with.
    pub task: Vec<OsString>,
    /// Whether another one waits for the first line.
    pub is_detached: bool,
    /// Whether a violation of the profile is a failure.
    pub fails_on_violation: bool,
    /// Whether the view has the terminal.
    #[cfg(feature = "watch")]
    pub is_watched: bool,
}

impl Manner {
    /// Why it cannot run so, with this log.
    #[cfg(feature = "watch")]
    pub(super) fn refusal(&self, log: &settings::Log) -> Option<&'static str> {
        self.is_watched.then(|| super::watch::refusal(log)).flatten()
    }

    /// Leaves out what nobody would read. Standard output is the command's: what the broker says with `-v` goes to stderr.
    pub(super) fn fit(&self, log: &mut settings::Log) {
        #[cfg(feature = "watch")]
        if self.is_watched {
            // The view shows them.
            log.destinations.retain(|name| !super::watch::is_on_screen(name));
        }
        if self.task.is_empty() && !self.is_detached {
            return;
        }
        let standard = ["stdout", "stderr", "file:/dev/stdout", "file:/dev/stderr"];
        log.destinations.retain(|name| !standard.contains(&&**name));
        if self.is_detached {
            return;
        }
        if log.verbosity > 0 {
            log.destinations.push("stderr".to_owned());
        } else {
            log.quiet = true;
        }
    }

    /// The exit code where this ends the program before it listens. A command that was not run has not succeeded.
    pub(super) fn unstarted(&self, signal: StopSignal) -> ExitCode {
        let code = if self.task.is_empty() {
            0
        } else {
            signal.exit_code()
        };
        ExitCode::from(u8::try_from(code).unwrap_or(1))
    }
}
