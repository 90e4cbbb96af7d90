//! The command after `--`: it runs once the subscription is acknowledged, so that what it publishes is not missed.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use client::duration_words;

/// How often to check a command whose time is limited.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A command that has not begun, runs, or could not begin.
#[derive(Debug)]
pub(crate) enum Then {
    Nothing,
    Waits(Vec<OsString>),
    Runs {
        name: String,
        child: Child,
        since: Instant,
    },
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
            Ok(child) => Self::Runs {
                name,
                child,
                since: Instant::now(),
            },
            Err(error) => Self::Failed(format!("cannot run {name}: {error}")),
        };
    }

    pub(crate) fn failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    /// Waits for its end; returns what went wrong, if anything did. A command that has run for longer than `limit` is
    /// ended: a bound on time is one on it, too.
    pub(crate) fn finish(self, limit: Option<Duration>) -> Result<(), String> {
        match self {
            Self::Nothing => Ok(()),
            Self::Waits(_) => {
                Err("the command after -- was not run: the subscription was not acknowledged".to_owned())
            }
            Self::Failed(error) => Err(error),
            Self::Runs {
                name,
                mut child,
                since,
            } => match wait(&mut child, limit.map(|limit| since + limit)) {
                Ok(Some(status)) if status.success() => Ok(()),
                Ok(Some(status)) => Err(format!("{name} ended with {status}")),
                Ok(None) => {
                    child.kill().and_then(|()| child.wait()).ok();
                    let limit = duration_words(limit.unwrap_or_default());
                    Err(format!("{name} still ran after {limit}, and was ended"))
                }
                Err(error) => Err(format!("{name}: {error}")),
            },
        }
    }
}

/// How it ended, or `None` if it has not ended by `deadline`.
fn wait(child: &mut Child, deadline: Option<Instant>) -> io::Result<Option<ExitStatus>> {
    let Some(deadline) = deadline else {
        return child.wait().map(Some);
    };
    loop {
        // The standard library has no wait with a bound.
        match child.try_wait()? {
            None if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
            ended => return Ok(ended),
        }
    }
}
