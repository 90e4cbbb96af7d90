//! Rows against [`broker_core::engine::Engine`] itself, on a virtual clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use broker::time::Time;
use broker_core::engine::{ConnId, Engine};

use packets::whole;

use super::row::Row;
use super::run::{Got, Wire};

/// An engine with its connections.
#[derive(Debug)]
pub struct InProcess {
    engine: Engine,
    now: Time,
    conns: BTreeMap<String, Conn>,
    /// How many bytes are handed over at a time; 0 for all.
    piece: usize,
}

#[derive(Debug)]
struct Conn {
    id: ConnId,
    /// Sent and not yet taken: the beginning of a packet.
    unread: Vec<u8>,
    came: VecDeque<u8>,
    closed: bool,
}

impl InProcess {
    /// A fresh engine with the row's settings. Bytes arrive `piece` at a time, 0 for all at once.
    ///
    /// # Errors
    /// The settings make no sense.
    pub fn new(row: &Row, piece: usize) -> Result<Self, String> {
        let settings = Arc::new(row.broker_settings()?);
        Ok(Self {
            engine: Engine::new(settings, 1),
            now: Time::from_secs(1),
            conns: BTreeMap::new(),
            piece,
        })
    }

    /// Everything that follows from what just happened, as the driving contract of the engine says.
    fn settle(&mut self) {
        loop {
            while let Some(id) = self.engine.next_touched() {
                let mut bytes = Vec::new();
                while let Some(front) = self.engine.outbox(id).map(|outbox| outbox.front().to_vec())
                    && !front.is_empty()
                {
                    self.engine.wrote(self.now, id, front.len());
                    bytes.extend(front);
                }
                let closing = self.engine.close_reason(id).is_some();
                if let Some(conn) = self.conns.values_mut().find(|conn| conn.id == id) {
                    conn.came.extend(bytes);
                    conn.closed |= closing;
                }
                if closing {
                    self.engine.closed(self.now, id, "closed");
                }
            }
            match self.engine.next_timeout() {
                Some(due) if due <= self.now => self.engine.tick(self.now),
                _ => return,
            }
        }
    }
}

impl Wire for InProcess {
    fn open(&mut self, conn: &str) -> Result<(), String> {
        let id = self.engine.open(self.now, format!("test:{conn}"));
        self.conns.insert(
            conn.to_owned(),
            Conn {
                id,
                unread: Vec::new(),
                came: VecDeque::new(),
                closed: false,
            },
        );
        self.settle();
        Ok(())
    }

    fn send(&mut self, conn: &str, bytes: &[u8]) {
        let piece = if self.piece == 0 {
            bytes.len().max(1)
        } else {
            self.piece
        };
        for piece in bytes.chunks(piece) {
            let Some(conn) = self.conns.get_mut(conn).filter(|conn| !conn.closed) else {
                return;
            };
            conn.unread.extend(piece);
            loop {
                let taken = self.engine.receive(self.now, conn.id, &conn.unread);
                conn.unread.drain(..taken);
                if !self.engine.has_unhandled(conn.id) || self.engine.is_owed_too_much(conn.id) {
                    break;
                }
            }
            self.settle();
        }
    }

    fn next(&mut self, conn: &str) -> Got {
        let Some(conn) = self.conns.get_mut(conn) else {
            return Got::Nothing;
        };
        let came = conn.came.make_contiguous();
        match whole(came) {
            Some(length) => Got::Packet(conn.came.drain(..length).collect()),
            None if !came.is_empty() => Got::Packet(conn.came.drain(..).collect()),
            None if conn.closed => Got::Closed,
            None => Got::Nothing,
        }
    }

    fn drop(&mut self, conn: &str) {
        if let Some(conn) = self.conns.remove(conn) {
            self.engine.closed(self.now, conn.id, "the client closed");
            self.settle();
        }
    }

    fn advance(&mut self, by: Duration) -> bool {
        let until = self.now + by;
        while let Some(due) = self.engine.next_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.engine.tick(self.now);
            self.settle();
        }
        self.now = until;
        self.settle();
        true
    }
}
