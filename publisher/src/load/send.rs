//! One client that publishes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use client::packet::{Publish, QoS};
use client::{Client, Event};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Load;
use crate::error::Error;
use crate::progress::Counters;

pub(super) struct Sender {
    pub(super) topic: String,
    pub(super) load: Load,
    pub(super) count: Option<u64>,
    /// Between two messages.
    pub(super) pace: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) start: Instant,
    /// What the times in the payloads count from.
    pub(super) clock: std::time::Instant,
    pub(super) ended: watch::Receiver<bool>,
    pub(super) counters: Arc<Counters>,
}

/// What a client has done.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) sent: u64,
    pub(super) acknowledged: u64,
    pub(super) refused: u64,
}

impl Done {
    pub(super) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
    }
}

impl Sender {
    pub(super) async fn run(mut self, mut client: Client) -> Result<Done, Error> {
        let mut done = Done::default();
        let topic = Bytes::from(self.topic.clone());
        let qos = self.load.qos;
        loop {
            let now = Instant::now();
            let over = *self.ended.borrow()
                || self.count == Some(done.sent)
                || self.deadline.is_some_and(|deadline| deadline <= now);
            if over && client.inflight() == 0 {
                break;
            }
            let due = self.pace.map(|pace| self.start + pace.mul_f64(done.sent as f64));
            let waits = due.is_some_and(|due| due > now);
            if !over && !waits && client.has_room(qos) {
                client.publish(Publish {
                    dup: false,
                    qos,
                    retain: self.load.retain,
                    topic: topic.clone(),
                    pkid: 0,
                    payload: self.payload(),
                    properties: self.load.properties.clone(),
                })?;
                done.sent += 1;
                self.counters.sent.fetch_add(1, Ordering::Relaxed);
                if qos != QoS::AtMostOnce {
                    self.counters.awaited.fetch_add(1, Ordering::Relaxed);
                }
                // What the pace allows at once goes out at once.
                continue;
            }
            let wake = due
                .filter(|_| waits && !over)
                .into_iter()
                .chain(self.deadline.filter(|_| !over))
                .min();
            tokio::select! {
                event = client.event() => self.count(event?, &mut done),
                () = sleep_until(wake.unwrap_or(now)), if wake.is_some() => {}
                _ = self.ended.changed(), if !over => {}
            }
        }
        client.disconnect(false).await?;
        Ok(done)
    }

    fn count(&self, event: Event, done: &mut Done) {
        let Event::Published(ack) = event else { return };
        self.counters.acknowledged.fetch_add(1, Ordering::Relaxed);
        if ack.code < 0x80 {
            done.acknowledged += 1;
        } else {
            done.refused += 1;
        }
    }

    /// The time in nanoseconds, and as many bytes as are missing.
    fn payload(&self) -> Bytes {
        let mut payload = BytesMut::with_capacity(self.load.size_bytes);
        payload.put_u64(self.clock.elapsed().as_nanos() as u64);
        payload.resize(self.load.size_bytes, b'x');
        payload.freeze()
    }
}
