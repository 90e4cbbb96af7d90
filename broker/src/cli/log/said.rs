//! What the program says of itself: errors, warnings and remarks. On stderr, and in the log once there is one.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use settings::text::escaped_lines;
use settings::{Log, LogType};

use super::destination::is_serious;
use crate::broker::Broker;
use crate::cli::text::before_remark;
use crate::clock::on_the_wall;
use crate::notice::{Notice, Notices};
use crate::time::Time;

/// More are said before the broker runs only by a settings file that is full of mistakes.
const MOST_EARLY: usize = 100;

/// Whether stderr has what is said while the broker runs.
#[derive(Debug)]
pub(super) struct Stderr {
    /// Warnings and remarks, too, where the log wants them.
    pub has_remarks: bool,
    /// Whether stderr is a destination of the log, which has all of this already.
    pub is_of_log: bool,
    pub log: Log,
}

/// A program has one stderr, and one log.
static TOLD: Mutex<Told> = Mutex::new(Told {
    early: Vec::new(),
    to: None,
});

struct Told {
    /// What was said before the broker ran.
    early: Vec<(LogType, String)>,
    to: Option<To>,
}

struct To {
    notices: Notices,
    started_at: Duration,
    stderr: Stderr,
}

impl To {
    fn send(&self, log_type: LogType, text: &str, is_printed: bool) {
        self.notices.send(Notice::Remark {
            at: Time::ZERO + on_the_wall().saturating_sub(self.started_at),
            log_type,
            text: text.to_owned(),
            is_printed,
        });
    }
}

/// From here on the log of this broker has what is said, and what was said before.
pub(super) fn go_to(broker: &Broker, stderr: Stderr) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let to = To {
        notices: broker.notices.clone(),
        started_at: broker.started_at,
        stderr,
    };
    for (log_type, text) in told.early.drain(..) {
        to.send(log_type, &text, true);
    }
    told.to = Some(to);
}

/// The log ends.
pub(super) fn go_to_stderr_alone() {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).to = None;
}

/// Says what is wrong.
pub(in crate::cli) fn complain(text: &str) {
    say(LogType::Error, text);
}

/// Says what may do harm.
pub(in crate::cli) fn warn(text: &str) {
    say(LogType::Warning, text);
}

/// Says something of interest.
pub(in crate::cli) fn remark(text: &str) {
    say(LogType::Notice, text);
}

/// Whether stderr is hidden by the view of `--watch`, which has all of this.
fn is_in_view() -> bool {
    #[cfg(feature = "watch")]
    return crate::cli::watch::has_terminal();
    #[cfg(not(feature = "watch"))]
    false
}

fn say(log_type: LogType, text: &str) {
    // Clients have a part in it: their topics and names.
    let text = &escaped_lines(text);
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let prints = match &told.to {
        None => true,
        Some(To { stderr, .. }) if stderr.is_of_log || is_in_view() => false,
        Some(To { stderr, .. }) => {
            let is_wanted = if stderr.log.quiet {
                is_serious(log_type)
            } else {
                stderr.log.wants(log_type)
            };
            log_type == LogType::Error || stderr.has_remarks && is_wanted
        }
    };
    match &told.to {
        Some(to) => to.send(log_type, text, prints),
        None if told.early.len() < MOST_EARLY => told.early.push((log_type, text.to_owned())),
        None => {}
    }
    // It may have to wait for its reader.
    drop(told);
    if prints {
        // Unlike `eprintln!` this does not panic when stderr is closed.
        let _ = writeln!(io::stderr(), "{}: {text}", before_remark(log_type));
    }
}
