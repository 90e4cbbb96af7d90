//! Round trips: one message at a time, from a publisher through the target to a subscriber.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use super::measure::quantile;
use super::{client, packet};
use crate::line::{Door, Line};

/// A publisher and its subscriber.
#[derive(Debug)]
pub struct Ping {
    publisher: Line,
    subscriber: Line,
    topic: String,
    qos: u8,
    number: u64,
}

/// How long round trips took.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<f64>);

impl Times {
    /// The time within which a share `q` of them was done, in seconds.
    pub fn quantile(&self, q: f64) -> f64 {
        quantile(&self.0, q).unwrap_or(f64::NAN)
    }
}

impl Ping {
    /// Connects both.
    pub fn new(door: impl Into<Door>, topic: &str, qos: u8) -> io::Result<Self> {
        let door = door.into();
        let subscriber = client::subscriber_over(&door, "bench-ping-sub", &[topic], qos)?;
        let publisher = client::connect_over(&door, "bench-ping-pub")?;
        Ok(Self::between(publisher, subscriber, topic, qos))
    }

    /// The same between clients that are connected; the second one is subscribed.
    pub fn between(publisher: impl Into<Line>, subscriber: impl Into<Line>, topic: &str, qos: u8) -> Self {
        Self {
            publisher: publisher.into(),
            subscriber: subscriber.into(),
            topic: topic.to_owned(),
            qos,
            number: 0,
        }
    }

    /// One message there, and at QoS 1 both its acknowledgements.
    pub fn once(&mut self) -> io::Result<Duration> {
        self.number += 1;
        let id = (self.number % 60_000) as u16 + 1;
        let payload = packet::payload(self.number);
        let message = packet::publish(&self.topic, self.qos, false, id, &payload);
        let begin = Instant::now();
        self.publisher.write_all(&message)?;
        let arrived = packets::read(&mut self.subscriber)?;
        if self.qos > 0 {
            let at = arrived.len().saturating_sub(payload.len() + 2);
            let [high, low] = [arrived[at], arrived[at + 1]];
            self.subscriber.write_all(&[packet::PUBACK, 2, high, low])?;
            let ack = packets::read(&mut self.publisher)?;
            if ack != [packet::PUBACK, 2, id.to_be_bytes()[0], id.to_be_bytes()[1]] {
                return Err(io::Error::other(format!(
                    "PUBLISH {id} was answered with {ack:02x?}"
                )));
            }
        }
        let elapsed = begin.elapsed();
        if !arrived.ends_with(&payload) {
            return Err(io::Error::other("another message arrived than was sent"));
        }
        Ok(elapsed)
    }

    /// Again and again until `until` says so.
    pub fn repeat(&mut self, mut until: impl FnMut() -> bool) -> io::Result<Times> {
        let mut times = Vec::new();
        while !until() {
            times.push(self.once()?.as_secs_f64());
        }
        Ok(Times(times))
    }
}
