//! [`Form`]: how one destination has its lines.

use std::time::Duration;

use settings::Log;

use super::destination::is_wanted;
use super::{Destination, Stamp};
use crate::cli::line::Line;
use crate::cli::text::{Clients, Text};

/// How lines are written.
#[derive(Debug)]
pub(super) struct Form {
    log: Log,
    destination: Destination,
    words: Words,
}

#[derive(Debug)]
enum Words {
    Json,
    Text(Text),
}

impl Form {
    /// By the settings and by what the destination is: only terminals get colours.
    pub(super) fn of(log: &Log, destination: Destination, started_at: Duration) -> Self {
        let words = if log.json {
            Words::Json
        } else {
            let is_terminal = destination.is_terminal();
            let text = Text::new(is_terminal && wants_colours(), log.verbosity > 1)
                .with_next(
                    (is_terminal && !log.quiet).then(clients),
                    std::env::var_os("MQTT_URL"),
                )
                .stamped(Stamp::of(log, destination, started_at));
            Words::Text(match destination {
                Destination::Syslog | Destination::Topic => text.compact(),
                _ => text,
            })
        };
        Self {
            log: log.clone(),
            destination,
            words,
        }
    }

    /// The line without its end, or `None` for one that is not shown.
    pub(super) fn line(&self, line: &Line<'_>) -> Option<String> {
        if !is_wanted(&self.log, self.destination, line) {
            return None;
        }
        match &self.words {
            // Every part of a line can be serialised.
            Words::Json => serde_json::to_string(line).ok(),
            Words::Text(text) => text.line(line),
        }
    }
}

/// The first line of a broker that runs in the background, for those who started it.
pub(in crate::cli) fn of_detached(log: &Log, first: &Line<'_>) -> String {
    let text = if log.json {
        serde_json::to_string(first).ok()
    } else {
        Text::new(false, false).detached().line(first)
    };
    text.unwrap_or_default()
}

/// Cargo sets this for programs that it runs.
fn clients() -> Clients {
    if std::env::var_os("CARGO").is_some() {
        Clients::Cargo
    } else {
        Clients::Programs
    }
}

/// <https://no-color.org>: whatever `NO_COLOR` says, unless it is empty.
pub(in crate::cli) fn wants_colours() -> bool {
    let is =
        |name: &str, what: fn(&std::ffi::OsStr) -> bool| std::env::var_os(name).is_some_and(|v| what(&v));
    !is("NO_COLOR", |value| !value.is_empty())
        && !is("TERM", |value| value == "dumb")
        // The old Windows console shows colour codes as they are; the new terminal names itself.
        && (cfg!(not(windows)) || is("WT_SESSION", |_| true) || is("TERM", |_| true))
}
