//! [`Log`]: where the lines of the program go.
//!
//! Each destination has a thread of its own, which takes the notices of the broker, makes lines of them in the form that the
//! destination wants, and hands them over. A destination may stand still: then it alone misses notices, and is told how many.
//! The queue that it is behind in is bounded ([`Notices`](crate::notice::Notices)) and holds nothing but pointers to what all
//! have in common.

mod destination;
mod file;
mod form;
mod printer;
mod said;
mod stamp;
#[cfg(unix)]
mod syslog;
mod topic;

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::broker::{Broker, Report};
use crate::cli::line::Line;
use crate::cli::stop::Stop;
use crate::front::StartError;
use crate::notice::NoticeReceiver;

use destination::Sink;
use form::Form;
use printer::Printer;

pub(super) use destination::Destination;
pub(super) use form::of_detached;
#[cfg(feature = "watch")]
pub(super) use form::wants_colours;
pub(super) use said::{complain, remark, warn};
pub(super) use stamp::Stamp;

/// How long the destinations may take for the last lines once the broker has stopped.
const LAST_LINES: Duration = Duration::from_millis(300);

/// The destinations, once their files are open.
#[derive(Debug)]
pub(super) struct Prepared {
    settings: settings::Log,
    sinks: Vec<(Destination, Sink)>,
    reopen: Reopen,
}

/// How often files were to be opened anew.
type Reopen = Arc<AtomicU64>;

/// The threads that write.
#[derive(Debug)]
pub(super) struct Log {
    printers: Vec<Printer>,
    reopen: Reopen,
}

impl Prepared {
    /// Opens the files, so that an error is told before any client is served.
    pub(super) fn open(settings: &settings::Log) -> Result<Self, StartError> {
        let reopen = Reopen::default();
        let mut sinks = Vec::new();
        for name in &settings.destinations {
            sinks.push(destination::open(name, settings, &reopen)?);
        }
        Ok(Self {
            settings: settings.clone(),
            sinks,
            reopen,
        })
    }

    /// The view of the terminal has the lines, too.
    #[cfg(feature = "watch")]
    pub(super) fn with_view(mut self, lines: super::watch::Lines) -> Self {
        self.sinks.push((Destination::View, Sink::View(lines)));
        self
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.sinks.len()
    }

    /// The files that were made for it.
    pub(super) fn made(&self) -> impl Iterator<Item = &File> {
        self.sinks.iter().filter_map(|(_, sink)| sink.made())
    }

    /// From here on the log has what the program says of itself, too.
    pub(super) fn take_remarks(&self, broker: &Broker) {
        let has = |wanted| self.sinks.iter().any(|(destination, _)| *destination == wanted);
        said::go_to(
            broker,
            said::Stderr {
                has_remarks: has(Destination::Stdout) || self.settings.quiet,
                is_of_log: has(Destination::Stderr),
                log: self.settings.clone(),
            },
        );
    }

    /// Writes `first`, then every notice.
    pub(super) fn start(
        self,
        first: &Line<'_>,
        broker: &Broker,
        notices: Vec<NoticeReceiver>,
    ) -> io::Result<Log> {
        let mut printers = Vec::new();
        for ((destination, mut sink), notices) in self.sinks.into_iter().zip(notices) {
            sink.meet(broker);
            let form = Form::of(&self.settings, destination, broker.started_at);
            printers.push(Printer::start(first, destination, sink, form, notices)?);
        }
        Ok(Log {
            printers,
            reopen: self.reopen,
        })
    }
}

impl Log {
    /// Each file is opened anew before the next remark, which must follow.
    pub(super) fn reopen(&self) {
        self.reopen.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes the remaining lines and the summary, as far as they are taken in time.
    pub(super) async fn finish(self, stop: Stop, report: Report) {
        said::go_to_stderr_alone();
        for printer in &self.printers {
            printer.ends_with(stop, report.clone());
        }
        let ended = async {
            for printer in self.printers {
                printer.ended().await;
            }
        };
        let _ = tokio::time::timeout(LAST_LINES, ended).await;
    }
}
