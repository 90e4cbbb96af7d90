//! How far a long send is, on a terminal's standard error; nothing elsewhere.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use client::packet::QoS;
use client::{Crossing, Incoming, Observer, Paint, Screen, Sent, print_error_line};
use settings::text::grouped;

/// A send that takes less time than this shows no progress.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line is written anew.
const TICK: Duration = Duration::from_millis(200);

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sent: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    /// Messages that are to be acknowledged.
    pub(crate) awaited: AtomicU64,
    pub(crate) payload_bytes: AtomicU64,
    pub(crate) written_bytes: Arc<AtomicU64>,
}

impl Counters {
    /// Counts from the packets.
    pub(crate) fn observer(self: &Arc<Self>) -> Observer {
        let counters = Arc::clone(self);
        Box::new(move |crossing| match crossing {
            Crossing::Sent(Sent::Publish(publish)) if !publish.dup => {
                counters.sent.fetch_add(1, Ordering::Relaxed);
                counters
                    .payload_bytes
                    .fetch_add(publish.payload.len() as u64, Ordering::Relaxed);
                if publish.qos != QoS::AtMostOnce {
                    counters.awaited.fetch_add(1, Ordering::Relaxed);
                }
            }
            Crossing::Received(Incoming::PubAck(_) | Incoming::PubComp(_)) => {
                counters.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Crossing::Received(Incoming::PubRec(ack)) if ack.code >= 0x80 => {
                counters.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        })
    }

    fn line(&self, total: Option<u64>, elapsed: Duration) -> String {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (sent, awaited) = (read(&self.sent), read(&self.awaited));
        let done = if awaited > 0 {
            read(&self.acknowledged)
        } else {
            sent
        };
        let seconds = elapsed.as_secs_f64();
        if sent == 0 {
            return "nothing sent yet".to_owned();
        }
        let mut line = match total {
            Some(1) => {
                let (written, all) = (read(&self.written_bytes), read(&self.payload_bytes));
                let (written, per_second) = (written.min(all), written as f64 / seconds);
                let mut line = format!(
                    "{} of {} sent, {}/s",
                    size(written as f64),
                    size(all as f64),
                    size(per_second)
                );
                if written == all && awaited > 0 {
                    line.push_str(", waiting for the acknowledgement");
                }
                return line;
            }
            Some(total) => format!("{} of {} sent", grouped(sent), grouped(total)),
            None => format!("{} sent", grouped(sent)),
        };
        if awaited > 0 {
            write!(line, ", {} acknowledged", grouped(done)).ok();
        }
        let rate = done as f64 / seconds;
        write!(line, ", {}/s", grouped(rounded(rate))).ok();
        if let Some(left) = total.map(|total| total.saturating_sub(done) as f64 / rate)
            && left.is_finite()
        {
            write!(line, ", {} s left", grouped(rounded(left.ceil()))).ok();
        }
        line
    }

    fn summary(&self, elapsed: Duration) -> String {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (sent, awaited, acknowledged) = (read(&self.sent), read(&self.awaited), read(&self.acknowledged));
        let seconds = elapsed.as_secs_f64();
        let what = if sent == 1 {
            let bytes = read(&self.payload_bytes) as f64;
            format!(
                "1 message of {} in {seconds:.1} s ({}/s)",
                size(bytes),
                size(bytes / seconds)
            )
        } else {
            let rate = grouped(rounded(sent as f64 / seconds));
            format!("{} messages in {seconds:.1} s ({rate}/s)", grouped(sent))
        };
        let acknowledged = match awaited {
            0 => "not acknowledged: QoS 0".to_owned(),
            _ if acknowledged >= awaited => "all acknowledged".to_owned(),
            _ => format!("{} of {} acknowledged", grouped(acknowledged), grouped(awaited)),
        };
        format!("Sent {what}, {acknowledged}.")
    }
}

/// The thread that writes the line. It is ended by [`finish`](Self::finish).
#[derive(Debug)]
pub(crate) struct Progress {
    end: mpsc::Sender<()>,
    thread: JoinHandle<bool>,
    counters: Arc<Counters>,
    start: Instant,
    screen: Screen,
}

impl Progress {
    pub(crate) fn start(counters: Arc<Counters>, total: Option<u64>, screen: Screen) -> Self {
        let (end, ended) = mpsc::channel();
        let (seen, start) = (Arc::clone(&counters), Instant::now());
        let thread = thread::spawn(move || {
            let mut shown = false;
            let mut wait = PATIENCE;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                (shown, wait) = (true, TICK);
                let line = seen.line(total, start.elapsed());
                let line: String = line.chars().take(screen.width.saturating_sub(1)).collect();
                write!(io::stderr(), "\r{}\x1b[K", screen.paint(Paint::Dim, line)).ok();
            }
            if shown {
                write!(io::stderr(), "\r\x1b[K").ok();
            }
            shown
        });
        Self {
            end,
            thread,
            counters,
            start,
            screen,
        }
    }

    /// Clears the line, and sums up a send that took long.
    pub(crate) fn finish(self) {
        let summary = self.counters.summary(self.start.elapsed());
        let screen = self.screen;
        if self.clear() {
            print_error_line(screen.paint(Paint::Dim, summary));
        }
    }

    /// Clears the line; whether there was one.
    pub(crate) fn clear(self) -> bool {
        self.end.send(()).ok();
        self.thread.join().unwrap_or(false)
    }
}

/// To a whole number; NaN becomes 0.
// Figures for people, never negative.
#[allow(clippy::cast_sign_loss)]
pub(crate) fn rounded(number: f64) -> u64 {
    number.round() as u64
}

/// Bytes with a unit that fits.
pub(crate) fn size(bytes: f64) -> String {
    match bytes {
        1e9.. => format!("{:.1} GB", bytes / 1e9),
        1e6.. => format!("{:.1} MB", bytes / 1e6),
        1e3.. => format!("{:.1} kB", bytes / 1e3),
        _ => format!("{bytes:.0} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_can_be_read() {
        assert_eq!(size(12.0), "12 bytes");
        assert_eq!(size(3_250_000.0), "3.2 MB");
    }

    #[test]
    fn the_line_says_what_is_left() {
        let counters = Counters::default();
        counters.sent.store(1020, Ordering::Relaxed);
        counters.awaited.store(1020, Ordering::Relaxed);
        counters.acknowledged.store(1000, Ordering::Relaxed);
        let line = counters.line(Some(3000), Duration::from_secs(2));
        assert_eq!(line, "1,020 of 3,000 sent, 1,000 acknowledged, 500/s, 4 s left");
        assert_eq!(
            counters.summary(Duration::from_secs(2)),
            "Sent 1,020 messages in 2.0 s (510/s), 1,000 of 1,020 acknowledged."
        );
        counters.payload_bytes.store(4_000_000, Ordering::Relaxed);
        counters.written_bytes.store(1_000_000, Ordering::Relaxed);
        assert_eq!(
            counters.line(Some(1), Duration::from_secs(1)),
            "1.0 MB of 4.0 MB sent, 1.0 MB/s"
        );
    }
}
