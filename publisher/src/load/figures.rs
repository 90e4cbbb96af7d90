//! What `--load` found, as a table and as JSON.

use std::fmt;
use std::time::Duration;

use client::packet::QoS;
use serde::Serialize;
use settings::text::grouped;

use super::Load;
use super::receive::Received;
use super::send::Done;
use crate::progress::{rounded, size};

/// What came of a [`Load`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// How many clients published.
    pub clients: usize,
    /// QoS.
    pub qos: u8,
    /// Bytes of a payload.
    pub size_bytes: usize,
    /// Messages a second that were asked for; `None`: as many as possible.
    pub rate: Option<u64>,
    /// From the first message to the last acknowledgement, or at QoS 0 to the last byte written; seconds.
    pub secs: f64,
    /// Messages sent.
    pub sent: u64,
    /// Messages acknowledged; `None` at QoS 0.
    pub acknowledged: Option<u64>,
    /// Messages that the broker refused.
    pub refused: u64,
    /// Messages received again; `None` without a receiver.
    pub received: Option<u64>,
    /// Messages sent a second.
    pub sent_per_sec: f64,
    /// From sending to receiving; `None` if nothing was received.
    pub latency: Option<Latency>,
}

/// Times from sending to receiving, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Latency {
    pub min_ms: f64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub max_ms: f64,
}

impl Figures {
    pub(super) fn new(load: &Load, done: &Done, took: Duration, received: Option<Received>) -> Self {
        let secs = took.as_secs_f64();
        let latency = received
            .as_ref()
            .filter(|received| received.count > 0)
            .map(|received| {
                let at = |quantile| ms(received.latency.value_at_quantile(quantile));
                Latency {
                    min_ms: ms(received.latency.min()),
                    p50_ms: at(0.5),
                    p90_ms: at(0.9),
                    p99_ms: at(0.99),
                    p999_ms: at(0.999),
                    max_ms: ms(received.latency.max()),
                }
            });
        Self {
            clients: load.clients,
            qos: load.qos as u8,
            size_bytes: load.size_bytes,
            rate: load.rate,
            secs,
            sent: done.sent,
            acknowledged: (load.qos != QoS::AtMostOnce).then_some(done.acknowledged),
            refused: done.refused,
            received: received.map(|received| received.count),
            sent_per_sec: done.sent as f64 / secs,
            latency,
        }
    }

    /// Messages that were sent and not received, although there was a receiver.
    #[must_use]
    pub fn lost(&self) -> Option<u64> {
        self.received
            .map(|received| (self.sent - self.refused).saturating_sub(received))
    }
}

fn ms(nanoseconds: u64) -> f64 {
    // This measurement is not more exact than microseconds.
    (nanoseconds as f64 / 1000.0).round() / 1000.0
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients = if self.clients == 1 { "client" } else { "clients" };
        writeln!(
            f,
            "{} {clients}, QoS {}, {} each, {:.1} s",
            grouped(self.clients as u64),
            self.qos,
            size(self.size_bytes as f64),
            self.secs
        )?;
        let mut row = |name: &str, count: u64, rate: bool| {
            write!(f, "  {name:<14}{:>14}", grouped(count))?;
            if rate {
                let rate = count as f64 / self.secs;
                write!(
                    f,
                    "{:>12}/s{:>12}/s",
                    grouped(rounded(rate)),
                    size(rate * self.size_bytes as f64)
                )?;
            }
            writeln!(f)
        };
        row("sent", self.sent, true)?;
        if let Some(acknowledged) = self.acknowledged {
            row("acknowledged", acknowledged, true)?;
        }
        if self.refused > 0 {
            row("refused", self.refused, false)?;
        }
        if let Some(received) = self.received {
            row("received", received, true)?;
            row("lost", self.lost().unwrap_or(0), false)?;
        }
        if let Some(latency) = &self.latency {
            let why = if self.rate.is_none() {
                "; at full speed most of it is waiting in line, so try --rate"
            } else {
                ""
            };
            writeln!(f, "\n  from sending to receiving{why}")?;
            for (name, value) in [
                ("min", latency.min_ms),
                ("50 %", latency.p50_ms),
                ("90 %", latency.p90_ms),
                ("99 %", latency.p99_ms),
                ("99.9 %", latency.p999_ms),
                ("max", latency.max_ms),
            ] {
                writeln!(f, "  {name:<14}{value:>14.3} ms")?;
            }
        }
        Ok(())
    }
}
