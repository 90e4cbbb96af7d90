//! [`Printer`]: the thread that writes the lines of one destination.
//!
//! It has a thread of its own, because the destination may take nothing for a while. Then the printer waits, misses notices
//! and says how many, while broker, signals and other destinations go on. Once stdout is closed the printer ends; the broker
//! does not.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use settings::LogType;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::oneshot;

use super::destination::{Destination, Sink};
use super::form::Form;
use super::said::complain;
use crate::broker::Report;
use crate::cli::line::{At, Line};
use crate::cli::stop::Stop;
use crate::notice::{Notice, NoticeReceiver};
use crate::time::Time;

/// The printing thread, as its owner sees it.
#[derive(Debug)]
pub(super) struct Printer {
    last: mpsc::Sender<(Stop, Report)>,
    ended: oneshot::Receiver<()>,
}

impl Printer {
    /// Writes `first`, then every notice.
    pub(super) fn start(
        first: &Line<'_>,
        destination: Destination,
        sink: Sink,
        form: Form,
        notices: NoticeReceiver,
    ) -> io::Result<Self> {
        let mut lines = Lines {
            destination,
            sink,
            form,
        };
        // It is handed over here, where it is at home, and written there.
        let text = lines
            .form
            .line(first)
            .filter(|_| !matches!(destination, Destination::Topic | Destination::View));
        // As messages it would come before anybody can have subscribed, or by chance a moment after. The view has it in its first line.
        let first = text.map(|text| (first.log_type(), text));
        let (last, has_last) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name(format!("log to {}", lines.sink.name()))
            .spawn(move || {
                let result = lines.begin(first).and_then(|()| lines.follow(notices, &has_last));
                // Nobody reads any more. That is usual, as with `broker | head`. Other errors, such as a full disk, are
                // reported.
                if let Err(error) = result
                    && error.kind() != io::ErrorKind::BrokenPipe
                {
                    complain(&format!(
                        "cannot write to {}: {error}. The broker runs on, silently",
                        lines.sink.name()
                    ));
                }
                let _ = lines.sink.flush();
                let _ = end.send(());
            })?;
        Ok(Self { last, ended })
    }

    /// From here on it writes the remaining lines and the summary.
    pub(super) fn ends_with(&self, stop: Stop, report: Report) {
        let _ = self.last.send((stop, report));
    }

    /// It has done so.
    pub(super) async fn ended(self) {
        let _ = self.ended.await;
    }
}

/// Lines on their way.
struct Lines {
    destination: Destination,
    sink: Sink,
    form: Form,
}

impl Lines {
    fn begin(&mut self, first: Option<(LogType, String)>) -> io::Result<()> {
        match first {
            Some((log_type, text)) => self.sink.write(log_type, &text),
            None => Ok(()),
        }
    }

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
                    self.sink.flush()?;
                    notices.blocking_recv()
                }
                Err(TryRecvError::Closed) => Err(RecvError::Closed),
                Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
                Ok(notice) => Ok(notice),
            };
            // What asks for a file to be opened anew is followed by a remark; of one that was missed, this tells.
            if matches!(next, Ok(Notice::Remark { .. }) | Err(_)) {
                self.sink.turn();
            }
            match next {
                Ok(notice) if !self.destination.takes(&notice) => {}
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
        self.sink.flush()?;
        let Ok((stop, report)) = last.recv() else {
            return Ok(());
        };
        self.show(&Line::Stopped {
            at_secs: At(Time::ZERO + Duration::from_millis(report.uptime_millis)),
            cause: stop.cause(),
            signal: stop.signal(),
            why: stop.why(),
            stats: report.stats,
        })?;
        self.sink.flush()
    }

    fn show(&mut self, line: &Line<'_>) -> io::Result<()> {
        let (lost, at_secs) = (self.sink.lost(), At(line.at()));
        if lost > 0
            && let Some(text) = self.form.line(&Line::Missed {
                at_secs,
                events: lost,
            })
        {
            self.sink.write_of_lost(&text);
        }
        match self.form.line(line) {
            Some(text) => self.sink.write(line.log_type(), &text),
            None => Ok(()),
        }
    }
}
