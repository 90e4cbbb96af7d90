//! `Outbox`: bytes on their way to one connection.
//!
//! Small packets are appended to one growing buffer; a large payload is shared, not copied. Buffers come from a
//! pool and go back when drained, so that an idle connection holds none.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;

use super::gate::Gate;
use crate::journal::Source;
use crate::session::{ConnId, Held, Message};

/// A buffer is closed and a new one begun when it has grown to this.
const SEGMENT_BYTES: usize = 256 * 1024;
/// How many drained buffers are kept for reuse.
const POOL_BUFFERS: usize = 32;
/// Buffers that grew beyond this are given back to the allocator instead.
const POOL_BUFFER_BYTES: usize = 2 * SEGMENT_BYTES;

/// Drained buffers, ready to be used again by any connection.
#[derive(Debug, Default)]
pub(super) struct Pool {
    free: Vec<Vec<u8>>,
    /// Counts the bytes of all outboxes, without shared payloads.
    held: Held,
}

impl Pool {
    pub fn new(held: Held) -> Self {
        Self {
            free: Vec::new(),
            held,
        }
    }

    fn take(&mut self) -> Vec<u8> {
        self.free.pop().unwrap_or_default()
    }

    fn give(&mut self, mut buffer: Vec<u8>) {
        self.held.sub(buffer.len());
        if buffer.capacity() > 0 && buffer.capacity() <= POOL_BUFFER_BYTES && self.free.len() < POOL_BUFFERS {
            buffer.clear();
            self.free.push(buffer);
        }
    }
}

#[derive(Debug)]
enum Segment {
    Own(Vec<u8>),
    /// The payload of a message, which counts for as long as it is there.
    Payload(Arc<Message>),
}

impl Segment {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(buffer) => buffer,
            Self::Payload(message) => &message.payload,
        }
    }
}

/// The unsent bytes of one connection, in order.
///
/// ```
/// # use std::sync::Arc;
/// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
/// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
/// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
/// let outbox = engine.outbox(lamp).expect("it is open");
/// assert_eq!((outbox.len(), outbox.front()), (4, &b"\x20\x02\0\0"[..])); // CONNACK
/// ```
#[derive(Debug)]
pub struct Outbox {
    /// The connection that it belongs to, and the connection's name in the journal.
    pub(super) conn: ConnId,
    pub(super) source: Source,
    /// A line stands behind it: the caller tells the journal what the client gets of all this.
    pub(super) has_line: bool,
    /// Whether the caller is going to look at it.
    pub(super) touched: bool,
    /// Closed segments; sent before `tail`.
    closed: VecDeque<Segment>,
    /// The buffer that packets are appended to.
    tail: Vec<u8>,
    /// How many bytes of the first segment (or of `tail`, where there is none) are sent.
    sent: usize,
    /// Unsent bytes in all.
    len: usize,
    /// What they wait for, where changes are kept.
    pub(super) gate: Option<Box<Gate>>,
}

impl Outbox {
    pub(in crate::engine) fn new(conn: ConnId, source: Source) -> Self {
        Self {
            conn,
            source,
            has_line: false,
            touched: false,
            closed: VecDeque::new(),
            tail: Vec::new(),
            sent: 0,
            len: 0,
            gate: None,
        }
    }

    /// The name of its connection in the journal.
    pub(in crate::engine) fn source(&self) -> Source {
        self.source
    }

    /// Its connection.
    pub(in crate::engine) fn conn(&self) -> ConnId {
        self.conn
    }

    /// The caller has been told to look at this outbox.
    pub(in crate::engine) fn told(&mut self) {
        self.touched = false;
    }

    /// A line stands behind it now, or none any more.
    pub(in crate::engine) fn set_line(&mut self, has_line: bool) {
        self.has_line = has_line;
    }

    /// Whether the caller tells the journal what the client gets.
    pub(in crate::engine) fn has_line(&self) -> bool {
        self.has_line
    }

    /// The turn is over: what it wrote waits for this batch, or for none. Whether it wrote anything, where there is a gate.
    pub(super) fn end_turn(&mut self, batch: Option<u64>) -> bool {
        self.gate.as_mut().is_some_and(|gate| gate.end_turn(batch))
    }

    /// How many of the unsent bytes may go: those of finished turns whose changes are kept.
    pub fn open(&self) -> usize {
        self.gate.as_ref().map_or(self.len, |gate| gate.open(self.len))
    }

    /// The unsent bytes that may go behind the first `skip` of them, as far as they lie together.
    pub fn after(&self, mut skip: usize) -> &[u8] {
        let most = self.open().saturating_sub(skip);
        skip += self.sent;
        let parts = self.closed.iter().map(Segment::bytes);
        for part in parts.chain(std::iter::once(&self.tail[..])) {
            match part.get(skip..) {
                Some(rest) if !rest.is_empty() => return rest.get(..most).unwrap_or(rest),
                _ => skip = skip.saturating_sub(part.len()),
            }
        }
        &[]
    }

    /// Unsent bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether everything is sent.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends the bytes that `write` writes, and returns them.
    #[inline]
    pub(super) fn append(&mut self, pool: &mut Pool, write: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        if self.tail.capacity() == 0 {
            self.tail = pool.take();
        } else if self.tail.len() >= SEGMENT_BYTES {
            self.close_tail(pool);
        }
        let before = self.tail.len();
        if let Some(gate) = &mut self.gate {
            gate.written(self.len);
        }
        write(&mut self.tail);
        let bytes = &self.tail[before..];
        self.len += bytes.len();
        pool.held.add(bytes.len());
        bytes
    }

    /// Appends the payload of a message, without a copy.
    pub(super) fn append_payload(&mut self, pool: &mut Pool, of: Arc<Message>) {
        if of.payload.is_empty() {
            return;
        }
        self.close_tail(pool);
        self.len += of.payload.len();
        self.closed.push_back(Segment::Payload(of));
    }

    fn close_tail(&mut self, pool: &mut Pool) {
        if !self.tail.is_empty() {
            let full = std::mem::replace(&mut self.tail, pool.take());
            self.closed.push_back(Segment::Own(full));
        }
    }

    /// Fills `slices` with unsent bytes that may go, first to be sent first; says how many it filled.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// use std::io::{IoSlice, Write};
    ///
    /// let outbox = engine.outbox(lamp).expect("it is open");
    /// let mut slices = [IoSlice::new(&[]); 8];
    /// let filled = outbox.fill(&mut slices);
    /// let mut socket = Vec::new(); // any `Write`
    /// assert_eq!(socket.write_vectored(&slices[..filled])?, outbox.len());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn fill<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let (mut skip, mut open) = (self.sent, self.open());
        let mut filled = 0;
        let parts = self
            .closed
            .iter()
            .map(Segment::bytes)
            .chain(std::iter::once(&self.tail[..]));
        for part in parts {
            let rest = part.get(skip..).unwrap_or_default();
            let rest = rest.get(..open).unwrap_or(rest);
            open -= rest.len();
            skip = 0;
            if rest.is_empty() {
                continue;
            }
            let Some(slice) = slices.get_mut(filled) else {
                break;
            };
            *slice = IoSlice::new(rest);
            filled += 1;
        }
        filled
    }

    /// The first run of unsent bytes that may go; empty when none may.
    pub fn front(&self) -> &[u8] {
        let first = self.closed.front().map_or(&self.tail[..], Segment::bytes);
        let first = first.get(self.sent..).unwrap_or_default();
        first.get(..self.open()).unwrap_or(first)
    }

    /// Takes note that `n` bytes were sent.
    pub(super) fn consume(&mut self, n: usize, pool: &mut Pool) {
        debug_assert!(n <= self.len, "more sent than there was");
        self.len = self.len.saturating_sub(n);
        if let Some(gate) = &mut self.gate {
            gate.sent(n);
        }
        self.sent += n;
        while let Some(front) = self.closed.front() {
            let length = front.bytes().len();
            if self.sent < length {
                return;
            }
            self.sent -= length;
            if let Some(Segment::Own(buffer)) = self.closed.pop_front() {
                pool.give(buffer);
            }
        }
        if self.len == 0 {
            self.sent = 0;
            pool.give(std::mem::take(&mut self.tail));
        }
    }

    /// Forgets everything unsent.
    pub(super) fn clear(&mut self, pool: &mut Pool) {
        for segment in std::mem::take(&mut self.closed) {
            if let Segment::Own(buffer) = segment {
                pool.give(buffer);
            }
        }
        if let Some(gate) = &mut self.gate {
            gate.cleared(self.len);
        }
        self.len = 0;
        self.sent = 0;
        pool.give(std::mem::take(&mut self.tail));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::session::{Charge, Number};
    use crate::wire::QoS;

    fn outbox() -> Outbox {
        let conn = ConnId { slot: 0, serial: 1 };
        Outbox::new(conn, Source::NOBODY)
    }

    fn with_payload(payload: &'static [u8]) -> Arc<Message> {
        Arc::new(Message {
            topic: Arc::from("t"),
            payload: Bytes::from_static(payload),
            qos: QoS::AtMostOnce,
            retain: false,
            expires_at: None,
            properties: None,
            publisher: Arc::from(""),
            charge: Charge::default(),
            number: Number::default(),
        })
    }

    fn drain(outbox: &mut Outbox, pool: &mut Pool, step: usize) -> Vec<u8> {
        let mut got = Vec::new();
        while !outbox.is_empty() {
            let mut slices = [IoSlice::new(&[]); 4];
            let filled = outbox.fill(&mut slices);
            let chunk: Vec<u8> = slices[..filled]
                .iter()
                .flat_map(|s| s.iter().copied())
                .take(step)
                .collect();
            assert!(!chunk.is_empty());
            assert!(chunk.starts_with(&outbox.front()[..outbox.front().len().min(chunk.len())]));
            outbox.consume(chunk.len(), pool);
            got.extend(chunk);
        }
        got
    }

    #[test]
    fn bytes_come_out_as_they_went_in_whatever_the_size_of_a_write() {
        for step in [1, 3, 7, 1000] {
            let (mut outbox, mut pool) = (outbox(), Pool::default());
            outbox.append(&mut pool, |b| b.extend(b"abc"));
            outbox.append_payload(&mut pool, with_payload(b"SHARED"));
            outbox.append(&mut pool, |b| b.extend(b"def"));
            outbox.append_payload(&mut pool, with_payload(b"!"));
            assert_eq!(outbox.len(), 13);
            assert_eq!(drain(&mut outbox, &mut pool, step), b"abcSHAREDdef!");
            outbox.append(&mut pool, |b| b.extend(b"again"));
            assert_eq!(drain(&mut outbox, &mut pool, step), b"again");
        }
    }

    #[test]
    fn a_partly_sent_buffer_keeps_its_place_when_it_is_closed() {
        let (mut outbox, mut pool) = (outbox(), Pool::default());
        outbox.append(&mut pool, |b| b.extend(b"abcdef"));
        outbox.consume(2, &mut pool);
        outbox.append_payload(&mut pool, with_payload(b"XY"));
        assert_eq!(drain(&mut outbox, &mut pool, 1), b"cdefXY");
    }

    #[test]
    fn a_drained_outbox_holds_no_buffer() {
        let (mut outbox, mut pool) = (outbox(), Pool::default());
        outbox.append(&mut pool, |b| b.extend([7; 5000]));
        outbox.consume(5000, &mut pool);
        assert_eq!(outbox.tail.capacity(), 0);
        assert_eq!(pool.free.len(), 1);
    }

    #[test]
    fn a_long_backlog_is_kept_in_segments() {
        let (mut outbox, mut pool) = (outbox(), Pool::default());
        for _ in 0..10 {
            outbox.append(&mut pool, |b| b.resize(b.len() + 100_000, 1));
        }
        assert!(outbox.closed.len() >= 2);
        assert_eq!(drain(&mut outbox, &mut pool, 65_536).len(), 1_000_000);
    }
}
