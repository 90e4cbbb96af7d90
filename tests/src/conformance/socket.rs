//! Rows over a socket, on any way, against any broker.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use packets::whole;

use super::Version;
use super::decode::decode;
use super::encode::encode;
use super::fields::Fields;
use super::row::Row;
use super::run::{Got, Wire};
use super::step::Action;
use crate::harness::way::{Door, Stream};

/// Connections to a broker through one door.
#[derive(Debug)]
pub struct Sockets {
    door: Door,
    patience: Duration,
    /// The most real time that a row may let pass.
    may_wait: Duration,
    /// Whether what only should come before a close may be missing.
    lenient: bool,
    conns: BTreeMap<String, Conn>,
}

#[derive(Debug)]
struct Conn {
    stream: Stream,
    came: Vec<u8>,
    closed: bool,
}

impl Sockets {
    /// To a broker behind `door`; what must come must come within `patience`.
    pub fn new(door: impl Into<Door>, patience: Duration) -> Self {
        Self {
            // Hundreds of rows, with writes in a row: brokers that acknowledge late would cost 40 ms each.
            door: door.into().no_delay(),
            patience,
            may_wait: Duration::ZERO,
            lenient: false,
            conns: BTreeMap::new(),
        }
    }

    /// For a broker that is not ours: what the standard only recommends may be missing, and a row may let up to
    /// `may_wait` of real time pass.
    #[must_use]
    pub fn foreign(mut self, may_wait: Duration) -> Self {
        self.lenient = true;
        self.may_wait = may_wait;
        self
    }

    /// Forgets, in the broker, what the row left behind: sessions and retained messages.
    pub fn clean_up(&mut self, row: &Row) {
        self.conns.clear();
        let mut ids: Vec<&str> = row
            .steps
            .iter()
            .filter_map(|step| match &step.action {
                Action::Send(fields) if fields.packet == "connect" => fields.get("id"),
                _ => None,
            })
            .filter(|id| !id.is_empty())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            if self.greet(id).is_none() {
                return;
            }
            self.say("disconnect");
            self.drop("clean");
        }
        if self.greet("cleaner").is_none() {
            return;
        }
        self.say("subscribe pid=1 to=# to=$x/# to=$x");
        self.say("pingreq");
        while let Got::Packet(bytes) = self.next("clean") {
            match decode(&bytes, Version::V311) {
                Ok(got) if got.packet == "publish" => {
                    let topic = got.get("topic").unwrap_or_default().to_owned();
                    self.say(&format!("publish retain=1 topic=\"{topic}\""));
                }
                Ok(got) if got.packet == "pingresp" => break,
                _ => {}
            }
        }
        self.say("disconnect");
        self.drop("clean");
    }

    /// A clean session of 3.1.1 on the connection `clean`.
    fn greet(&mut self, id: &str) -> Option<()> {
        self.open("clean").ok()?;
        self.say(&format!("connect id=\"{id}\""));
        matches!(self.next("clean"), Got::Packet(_)).then_some(())
    }

    fn say(&mut self, packet: &str) {
        if let Some(Ok(fields)) = Fields::parse(packet)
            && let Ok(bytes) = encode(&fields, Version::V311)
        {
            self.send("clean", &bytes);
        }
    }
}

impl Wire for Sockets {
    fn open(&mut self, conn: &str) -> Result<(), String> {
        let stream = self
            .door
            .open()
            .map_err(|error| format!("{:?}: {error}", self.door))?;
        self.conns.insert(
            conn.to_owned(),
            Conn {
                stream,
                came: Vec::new(),
                closed: false,
            },
        );
        Ok(())
    }

    fn send(&mut self, conn: &str, bytes: &[u8]) {
        if let Some(conn) = self.conns.get_mut(conn) {
            // A broker may close before it has read all: what comes next tells.
            let _ = conn.stream.write_all(bytes).and_then(|()| conn.stream.flush());
        }
    }

    fn next(&mut self, conn: &str) -> Got {
        let deadline = Instant::now() + self.patience;
        let Some(conn) = self.conns.get_mut(conn) else {
            return Got::Nothing;
        };
        let mut buffer = [0; 16_384];
        loop {
            if let Some(length) = whole(&conn.came) {
                return Got::Packet(conn.came.drain(..length).collect());
            }
            if conn.closed {
                let rest = std::mem::take(&mut conn.came);
                return if rest.is_empty() {
                    Got::Closed
                } else {
                    Got::Packet(rest)
                };
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || conn.stream.set_read_timeout(left).is_err() {
                return Got::Nothing;
            }
            match conn.stream.read(&mut buffer) {
                Ok(0) => conn.closed = true,
                Ok(n) => conn.came.extend(&buffer[..n]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => conn.closed = true,
            }
        }
    }

    fn drop(&mut self, conn: &str) {
        if let Some(mut gone) = self.conns.remove(conn) {
            // Half closed, then read to the end: once the broker has closed too, it knows.
            let _ = gone.stream.end();
            let _ = gone.stream.set_read_timeout(self.patience);
            let mut buffer = [0; 4096];
            while matches!(gone.stream.read(&mut buffer), Ok(n) if n > 0) {}
        }
    }

    fn advance(&mut self, by: Duration) -> bool {
        if by > self.may_wait {
            return false;
        }
        std::thread::sleep(by);
        true
    }

    fn lenient(&self) -> bool {
        self.lenient
    }
}
