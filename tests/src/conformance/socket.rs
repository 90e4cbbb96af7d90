//! Rows over TCP, against any broker by its address.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::Version;
use super::encode::encode;
use super::engine::whole;
use super::fields::Fields;
use super::row::Row;
use super::run::{Got, Wire};
use super::step::Action;

/// Connections to a broker at an address.
#[derive(Debug)]
pub struct Sockets {
    addr: SocketAddr,
    patience: Duration,
    /// The most real time that a row may let pass.
    may_wait: Duration,
    /// Whether what only should come before a close may be missing.
    lenient: bool,
    conns: BTreeMap<String, Conn>,
}

#[derive(Debug)]
struct Conn {
    stream: TcpStream,
    came: Vec<u8>,
    closed: bool,
}

impl Sockets {
    /// To a broker at `addr`; what must come must come within `patience`.
    pub fn new(addr: SocketAddr, patience: Duration) -> Self {
        Self {
            addr,
            patience,
            may_wait: Duration::ZERO,
            lenient: false,
            conns: BTreeMap::new(),
        }
    }

    /// For a broker that is not ours: what the standard only recommends may be missing, and a row may let up to
    /// `may_wait` of real time pass.
    pub fn foreign(mut self, may_wait: Duration) -> Self {
        self.lenient = true;
        self.may_wait = may_wait;
        self
    }

    /// Forgets, in the broker, what the row left behind: sessions and retained messages.
    pub fn clean_up(&mut self, row: &Row) {
        self.conns.clear();
        let mut ids = vec!["cleaner".to_owned()];
        let mut topics = Vec::new();
        for step in &row.steps {
            let Action::Send(fields) = &step.action else {
                continue;
            };
            match fields.packet {
                "connect" => {
                    ids.extend(fields.get("id").filter(|id| !id.is_empty()).map(str::to_owned));
                    topics.extend(fields.get("will.topic").map(str::to_owned));
                }
                "publish" if fields.get("retain") == Some("1") => {
                    topics.extend(fields.get("topic").map(str::to_owned));
                }
                _ => {}
            }
        }
        ids.sort();
        ids.dedup();
        for id in ids.iter().rev() {
            let mut hello = Fields::new("connect");
            hello.push("id", id);
            if self.open("clean").is_err() {
                return;
            }
            let send = |this: &mut Self, fields: &Fields| {
                if let Ok(bytes) = encode(fields, Version::V311) {
                    this.send("clean", &bytes);
                }
            };
            send(self, &hello);
            self.next("clean");
            if id == "cleaner" {
                for topic in &topics {
                    let mut publish = Fields::new("publish");
                    publish.push("topic", topic);
                    publish.push("retain", "1");
                    send(self, &publish);
                }
            }
            send(self, &Fields::new("disconnect"));
            self.drop("clean");
        }
    }
}

impl Wire for Sockets {
    fn open(&mut self, conn: &str) -> Result<(), String> {
        let stream = TcpStream::connect(self.addr).map_err(|error| format!("{}: {error}", self.addr))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
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
            let _ = conn.stream.write_all(bytes);
        }
    }

    fn next(&mut self, conn: &str) -> Got {
        let deadline = Instant::now() + self.patience;
        let Some(conn) = self.conns.get_mut(conn) else {
            return Got::Nothing;
        };
        let mut buffer = [0; 65_536];
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
            if left.is_zero() || conn.stream.set_read_timeout(Some(left)).is_err() {
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
            let _ = gone.stream.shutdown(Shutdown::Write);
            let _ = gone.stream.set_read_timeout(Some(self.patience));
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
