//! [`Printer`]: a thread that writes the lines to stdout.
//!
//! It has a thread of its own, because the reader of stdout may stop reading. Then the printer waits, misses notices
//! and says how many, while broker and signals go on. Once stdout is closed the printer ends; the broker does not.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::mpsc;
use std::time::Duration;

use settings::Log;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::oneshot;

use crate::broker::Report;
use crate::cli::line::{At, Line};
use crate::cli::signals::Stop;
use crate::cli::text::{Clients, Text};
use crate::notice::NoticeReceiver;
use crate::time::Time;

/// How long a reader of stdout may take for the last lines once the broker has stopped.
const LAST_LINES: Duration = Duration::from_millis(300);

/// How lines are written.
#[derive(Debug)]
pub(super) enum Form {
    Json,
    Text(Text),
}

impl Form {
    /// The form of the lines, by the settings and by what stdout is: only terminals get colours.
    pub(super) fn of(log: &Log) -> Self {
        if log.json {
            Self::Json
        } else {
            let text = Text::new(wants_colours(), log.verbosity > 1);
            Self::Text(text.with_next(io::stdout().is_terminal().then(clients)))
        }
    }

    /// The line without its end, or `None` for an event that is not shown.
    pub(super) fn line(&mut self, line: &Line<'_>) -> Option<String> {
        match self {
            // Every part of a line can be serialised.
            Self::Json => serde_json::to_string(line).ok(),
            Self::Text(text) => text.line(line),
        }
    }
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
fn wants_colours() -> bool {
    let is =
        |name: &str, what: fn(&std::ffi::OsStr) -> bool| std::env::var_os(name).is_some_and(|v| what(&v));
    io::stdout().is_terminal()
        && !is("NO_COLOR", |value| !value.is_empty())
        && !is("TERM", |value| value == "dumb")
        // The old Windows console shows colour codes as they are; the new terminal names itself.
        && (cfg!(not(windows)) || is("WT_SESSION", |_| true) || is("TERM", |_| true))
}

/// The printing thread, as its owner sees it.
#[derive(Debug)]
pub(super) struct Printer {
    last: mpsc::Sender<(Stop, Report)>,
    ended: oneshot::Receiver<()>,
}

impl Printer {
    /// Writes `first`, then every notice.
    pub(super) fn start(first: &Line<'_>, mut form: Form, notices: NoticeReceiver) -> io::Result<Self> {
        let first = form.line(first).unwrap_or_default();
        let (last, has_last) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || {
                let mut lines = Lines {
                    out: BufWriter::new(io::stdout()),
                    form,
                };
                let result = lines
                    .write(&first)
                    .and_then(|()| lines.follow(notices, &has_last));
                // Nobody reads any more. That is usual, as with `broker | head`. Other errors, such as a full disk, are
                // reported.
                if let Err(error) = result
                    && error.kind() != io::ErrorKind::BrokenPipe
                {
                    super::complain(&format!(
                        "cannot write to stdout: {error}. The broker runs on, silently"
                    ));
                }
                let _ = lines.out.flush();
                let _ = end.send(());
            })?;
        Ok(Self { last, ended })
    }

    /// Writes the remaining lines and the summary, as far as they are read in time.
    pub(super) async fn finish(self, signal: Stop, report: Report) {
        let _ = self.last.send((signal, report));
        let _ = tokio::time::timeout(LAST_LINES, self.ended).await;
    }
}

/// Lines on their way to stdout.
struct Lines {
    out: BufWriter<Stdout>,
    form: Form,
}

impl Lines {
    /// Writes notices until the broker is gone, then the summary.
    fn follow(
        &mut self,
        mut notices: NoticeReceiver,
        last: &mpsc::Receiver<(Stop, Report)>,
    ) -> io::Result<()> {
        let mut at = Time::ZERO;
        loop {
            let next = match notices.try_recv() {
                Err(TryRecvError::Empty) => {
                    // The batch is over: only this costs a system call.
                    self.out.flush()?;
                    notices.blocking_recv()
                }
                Err(TryRecvError::Closed) => Err(RecvError::Closed),
                Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
                Ok(notice) => Ok(notice),
            };
            match next {
                Ok(notice) => {
                    let line = Line::from(&notice);
                    at = line.at();
                    self.show(&line)?;
                }
                Err(RecvError::Lagged(events)) => self.show(&Line::Missed {
                    at_secs: At(at),
                    events,
                })?,
                Err(RecvError::Closed) => break,
            }
        }
        self.out.flush()?;
        let Ok((signal, report)) = last.recv() else {
            return Ok(());
        };
        self.show(&Line::Stopped {
            at_secs: At(Time::ZERO + Duration::from_millis(report.uptime_millis)),
            signal: signal.name(),
            stats: report.stats,
        })?;
        self.out.flush()
    }

    fn show(&mut self, line: &Line<'_>) -> io::Result<()> {
        match self.form.line(line) {
            Some(line) => self.write(&line),
            None => Ok(()),
        }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")
    }
}
