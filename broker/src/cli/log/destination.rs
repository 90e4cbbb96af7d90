//! [`Destination`]: what a place for lines is, and [`Sink`]: the place itself.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write};

use settings::{Log, LogType};

use super::Reopen;
use super::file::LogFile;
#[cfg(unix)]
use super::syslog::Syslog;
use super::topic::{Topic, is_of_log};
use crate::broker::Broker;
use crate::cli::line::Line;
use crate::engine::Event;
use crate::front::StartError;
use crate::notice::Notice;

/// What a place for lines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Destination {
    Stdout,
    Stderr,
    File,
    #[cfg_attr(not(unix), allow(dead_code))]
    Syslog,
    Topic,
    /// The view of `--watch`.
    #[cfg_attr(not(feature = "watch"), allow(dead_code))]
    View,
}

/// Where lines end up.
#[derive(Debug)]
pub(super) enum Sink {
    Stdout(BufWriter<Stdout>),
    Stderr(BufWriter<Stderr>),
    File(LogFile),
    #[cfg(unix)]
    Syslog(Syslog),
    Topic(Topic),
    #[cfg(feature = "watch")]
    View(crate::cli::watch::Lines),
}

/// The place that the settings name.
pub(super) fn open(name: &str, log: &Log, reopen: &Reopen) -> Result<(Destination, Sink), StartError> {
    Ok(match name {
        // By their names as files, a program that has changed its user may not open them.
        "stdout" | "file:/dev/stdout" => (Destination::Stdout, Sink::Stdout(BufWriter::new(io::stdout()))),
        "stderr" | "file:/dev/stderr" => (Destination::Stderr, Sink::Stderr(BufWriter::new(io::stderr()))),
        "topic" => (Destination::Topic, Sink::Topic(Topic::default())),
        #[cfg(unix)]
        "syslog" => (Destination::Syslog, Sink::Syslog(Syslog::new(log.facility))),
        name => {
            let path = name.strip_prefix("file:").unwrap_or(name);
            let _ = log;
            let file = LogFile::open(path, reopen).map_err(|cause| StartError::LogFile {
                path: path.to_owned(),
                cause,
            })?;
            (Destination::File, Sink::File(file))
        }
    })
}

impl Destination {
    /// Whether a terminal is there, and so perhaps a person.
    pub(super) fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
            _ => false,
        }
    }

    /// Whether what the notice tells of belongs here at all.
    pub(super) fn takes(self, notice: &Notice) -> bool {
        match (self, notice) {
            // A remark is on stderr. The view reads the journal. Each message of the log is packets again: that would never end.
            (Self::Stdout, Notice::Remark { .. })
            | (Self::View, Notice::Event(..) | Notice::Packet { .. })
            | (Self::Topic, Notice::Packet { .. }) => false,
            (Self::Stderr | Self::View, Notice::Remark { is_printed, .. }) => !is_printed,
            // Each message of the log may be dropped again, too.
            (Self::Topic, Notice::Event(_, Event::Dropped { topic, .. })) => !is_of_log(topic),
            _ => true,
        }
    }
}

impl Sink {
    /// The broker is there.
    pub(super) fn meet(&mut self, broker: &Broker) {
        if let Self::Topic(topic) = self {
            topic.meet(broker);
        }
    }

    /// The file that was made for it.
    pub(super) fn made(&self) -> Option<&File> {
        match self {
            Self::File(file) => file.made(),
            _ => None,
        }
    }

    /// Opens a file anew that is to be.
    pub(super) fn turn(&mut self) {
        if let Self::File(file) = self {
            file.turn();
        }
    }

    /// How many lines are lost since the last one that arrived.
    pub(super) fn lost(&self) -> u64 {
        match self {
            Self::File(file) => file.lost(),
            _ => 0,
        }
    }

    /// Takes one line, without its end.
    ///
    /// # Errors
    /// Nothing more can be written here, ever.
    #[cfg_attr(not(unix), allow(clippy::match_same_arms))]
    pub(super) fn write(&mut self, log_type: LogType, text: &str) -> io::Result<()> {
        match self {
            Self::Stdout(out) => write_line(out, text),
            Self::Stderr(out) => write_line(out, text),
            Self::File(file) => {
                file.write(text);
                Ok(())
            }
            #[cfg(unix)]
            Self::Syslog(syslog) => {
                syslog.write(log_type, text);
                Ok(())
            }
            Self::Topic(topic) => topic.write(log_type, text),
            #[cfg(feature = "watch")]
            Self::View(lines) => lines.write(text),
        }
    }

    /// Takes the line that says how many are lost.
    pub(super) fn write_of_lost(&mut self, text: &str) {
        if let Self::File(file) = self {
            file.write_of_lost(text);
        }
    }

    /// All lines so far are to arrive.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Stderr(out) => out.flush(),
            Self::File(file) => {
                file.flush();
                Ok(())
            }
            #[cfg(unix)]
            Self::Syslog(_) => Ok(()),
            Self::Topic(_) => Ok(()),
            #[cfg(feature = "watch")]
            Self::View(_) => Ok(()),
        }
    }

    /// Its name in a message.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Stdout(_) => "stdout",
            Self::Stderr(_) => "stderr",
            Self::File(_) => "the log file",
            #[cfg(unix)]
            Self::Syslog(_) => "syslog",
            Self::Topic(_) => "topics",
            #[cfg(feature = "watch")]
            Self::View(_) => "the view",
        }
    }
}

fn write_line(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")
}

/// Whether this line may be wanted here at all.
pub(super) fn is_wanted(log: &Log, destination: Destination, line: &Line<'_>) -> bool {
    if log.quiet && matches!(destination, Destination::Stdout | Destination::Stderr) {
        return is_of_few(log, line);
    }
    let is_told = log.connection_messages || !line.is_of_connections();
    // A reader must know that something is missing.
    is_told && (log.wants(line.log_type()) || matches!(line, Line::Missed { .. }) && !is_silent(log))
}

/// Whether it is one of those that are left with `quiet`.
fn is_of_few(log: &Log, line: &Line<'_>) -> bool {
    match line {
        Line::Listening { .. } => true,
        Line::Stopped { .. } => log.json,
        // Where stderr is a destination.
        Line::Remark { log_type, .. } => is_serious(*log_type),
        _ => false,
    }
}

/// Whether even a quiet program says it of itself.
pub(super) fn is_serious(log_type: LogType) -> bool {
    matches!(log_type, LogType::Error | LogType::Warning)
}

fn is_silent(log: &Log) -> bool {
    log.types == [LogType::None]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DropReason;
    use crate::time::Time;

    #[test]
    fn a_topic_takes_nothing_that_a_message_of_the_log_would_bring_about() {
        let dropped = |topic: &str| {
            let event = Event::Dropped {
                client_id: "foo1".into(),
                topic: topic.into(),
                why: DropReason::OutboxFull,
            };
            Notice::Event(Time::ZERO, event)
        };
        let of_log = dropped("$SYS/broker/log/N");
        assert!(!Destination::Topic.takes(&of_log) && Destination::File.takes(&of_log));
        assert!(Destination::Topic.takes(&dropped("log/N")));
    }

    #[test]
    fn what_was_printed_on_stderr_comes_there_once_and_on_stdout_never() {
        let remark = |is_printed| Notice::Remark {
            at: Time::ZERO,
            log_type: LogType::Notice,
            text: String::new(),
            is_printed,
        };
        for (destination, takes) in [
            (Destination::Stdout, [false, false]),
            (Destination::Stderr, [true, false]),
            (Destination::File, [true, true]),
            (Destination::Topic, [true, true]),
        ] {
            let taken = [false, true].map(|is_printed| destination.takes(&remark(is_printed)));
            assert_eq!(taken, takes, "{destination:?}");
        }
    }
}
