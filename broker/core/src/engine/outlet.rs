//! The outlet: the only way by which bytes reach a client.
//!
//! All that is sent, on the plain path or in a lane, is written by [`Outlet::send`]: into the connection's outbox, the
//! journal and the counters. The methods that append to an [`Outbox`] are private to this module. So a rule that must
//! hold for everything that clients are sent is one line in `send`.

mod gate;
mod outbox;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use super::conn::Conns;
use super::log::Log;
use crate::journal::Recorded;
use crate::session::{ConnId, Held, Message};
use crate::time::Time;

pub use outbox::Outbox;
use outbox::Pool;

/// Unsent bytes towards one client from which on its publishers should wait a little.
const PRESSURE_BYTES: usize = 1024 * 1024;

impl Outbox {
    /// Whether its publishers should go on waiting.
    pub(super) fn is_pressed(&self) -> bool {
        self.len() > PRESSURE_BYTES / 2
    }
}

/// The part of the way out that all connections share.
#[derive(Debug)]
pub(super) struct Outlet {
    pool: Pool,
    /// Connections with something to do, of which the caller has not been told.
    touched: VecDeque<ConnId>,
    /// Bytes wait until the changes of their turn are kept.
    has_gates: bool,
    /// Where there are gates: the connections that the caller was told to look at in this turn. More may have been written to them since.
    looked_at: Vec<ConnId>,
    /// The connections whose bytes wait for a batch of changes, each with the number of the batch. Numbers rise.
    gated: VecDeque<(u64, ConnId)>,
    /// The connection that can hardly keep up with what was published last.
    pressure: Option<ConnId>,
    /// `limits.max_outbox_bytes`.
    most_bytes: usize,
    /// How many bytes passed, and in how many calls. A test shows with it that no byte goes another way.
    #[cfg(test)]
    passed_bytes: usize,
    #[cfg(test)]
    sends: u64,
}

/// What is sent, in the words of the journal and the counters.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    packets: u32,
    /// The details, if they are PUBLISH packets.
    payload_bytes: Option<usize>,
    form: Form<'a>,
}

#[derive(Debug)]
enum Form<'a> {
    /// Bytes that the journal has not seen yet.
    New,
    /// Exactly the bytes that the journal has there.
    Again(Recorded),
    /// The beginning of a packet. The payload of this message is the rest of it, and goes along uncopied.
    Shared(&'a Arc<Message>),
}

impl<'a> Sent<'a> {
    /// This many packets that are not PUBLISH.
    pub fn packets(packets: u32) -> Self {
        Self {
            packets,
            payload_bytes: None,
            form: Form::New,
        }
    }

    /// This many PUBLISH packets, with this many bytes of payload in all.
    pub fn publishes(packets: u32, payload_bytes: usize) -> Self {
        Self {
            packets,
            payload_bytes: Some(payload_bytes),
            form: Form::New,
        }
    }

    /// The same. They are, byte for byte, what the journal has there.
    pub fn again(recorded: Recorded, packets: u32, payload_bytes: usize) -> Self {
        Self {
            packets,
            payload_bytes: Some(payload_bytes),
            form: Form::Again(recorded),
        }
    }

    /// One PUBLISH of which only the beginning is written: its payload is the message's own.
    pub fn shared(message: &'a Arc<Message>) -> Self {
        Self {
            packets: 1,
            payload_bytes: Some(message.payload.len()),
            form: Form::Shared(message),
        }
    }
}

impl Outlet {
    pub fn new(held: Held, most_bytes: usize) -> Self {
        Self {
            pool: Pool::new(held),
            touched: VecDeque::new(),
            has_gates: false,
            looked_at: Vec::new(),
            gated: VecDeque::new(),
            pressure: None,
            most_bytes,
            #[cfg(test)]
            passed_bytes: 0,
            #[cfg(test)]
            sends: 0,
        }
    }

    /// Sends what `write` writes. Returns where the journal has it, for those who get the same bytes.
    #[inline]
    pub fn send(
        &mut self,
        log: &mut Log,
        now: Time,
        to: &mut Outbox,
        sent: Sent<'_>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Option<Recorded> {
        let (source, has_line) = (to.source, to.has_line);
        #[cfg(test)]
        let before = to.len();
        if self.has_gates {
            to.gate.get_or_insert_default();
        }
        let bytes = to.append(&mut self.pool, write);
        let recorded = match sent.form {
            // What the client gets of it is told by its line.
            Form::New if has_line => None,
            Form::Again(recorded) if has_line => Some(recorded),
            Form::Shared(message) if has_line => {
                to.append_payload(&mut self.pool, message.clone());
                None
            }
            Form::New => Some(log.journal.run_out(now, source, sent.packets, bytes)),
            Form::Again(recorded) => {
                log.journal.again_out(now, source, recorded, bytes);
                Some(recorded)
            }
            Form::Shared(message) => {
                log.journal.shared_out(now, source, bytes, &message.payload);
                to.append_payload(&mut self.pool, message.clone());
                None
            }
        };
        log.stats.packets_sent += u64::from(sent.packets);
        if let Some(payload_bytes) = sent.payload_bytes {
            log.journal.decide_sent(source);
            log.stats.publish_sent += u64::from(sent.packets);
            log.stats.publish_bytes_sent += payload_bytes as u64;
        }
        self.touch(to);
        #[cfg(test)]
        {
            self.passed_bytes += to.len() - before;
            self.sends += 1;
        }
        recorded
    }

    /// The caller is to look at the connection.
    #[inline]
    pub fn touch(&mut self, conn: &mut Outbox) {
        if !conn.touched {
            conn.touched = true;
            self.touched.push_back(conn.conn);
        }
    }

    /// From now on bytes wait until the changes of their turn are kept. No connection has any yet.
    pub fn begin_gates(&mut self) {
        self.has_gates = true;
    }

    /// The turn is over: what it wrote waits for this batch of changes, or for none.
    pub fn end_turn(&mut self, conns: &mut Conns, batch: Option<u64>) {
        for id in &self.touched {
            let Some(conn) = conns.get_mut(*id) else { continue };
            if conn.outbox.end_turn(batch) {
                self.gated.extend(batch.map(|batch| (batch, *id)));
            }
        }
        // The caller looked at these when their bytes had to wait. Where they may go now, it is told again.
        for id in std::mem::take(&mut self.looked_at) {
            let Some(conn) = conns.get_mut(id) else { continue };
            if !conn.outbox.end_turn(batch) {
                continue;
            }
            match batch {
                Some(batch) => self.gated.push_back((batch, id)),
                None => self.touch(&mut conn.outbox),
            }
        }
    }

    /// Whether there are bytes that the caller was told of, and that wait for the turn to end.
    pub fn has_unended(&self, conns: &Conns) -> bool {
        let outboxes = self.looked_at.iter().filter_map(|id| conns.get(*id));
        let gates = outboxes.filter_map(|conn| conn.outbox.gate.as_ref());
        gates.into_iter().any(|gate| gate.is_written())
    }

    /// All batches up to this one are kept: the caller is to look at the connections that waited for them.
    pub fn kept(&mut self, conns: &mut Conns, through: u64) {
        while let Some((batch, id)) = self.gated.front().copied().filter(|(batch, _)| *batch <= through) {
            self.gated.pop_front();
            if let Some(conn) = conns.get_mut(id) {
                if let Some(gate) = &mut conn.outbox.gate {
                    gate.kept(batch);
                }
                self.touch(&mut conn.outbox);
            }
        }
    }

    /// The next connection that the caller is to look at. It may be gone by now.
    pub fn next_touched(&mut self) -> Option<ConnId> {
        let next = self.touched.pop_front();
        if self.has_gates {
            self.looked_at.extend(next);
        }
        next
    }

    /// The socket took `n` bytes.
    pub fn wrote(&mut self, log: &mut Log, outbox: &mut Outbox, n: usize) {
        outbox.consume(n, &mut self.pool);
        log.stats.bytes_sent += n as u64;
    }

    /// The connection takes nothing any more: its unsent bytes are forgotten.
    pub fn closed(&mut self, outbox: &mut Outbox) {
        outbox.clear(&mut self.pool);
    }

    /// Whether more may be put into the outbox. What others send waits in the session until then.
    pub fn has_room(&self, outbox: &Outbox) -> bool {
        outbox.len() <= self.most_bytes
    }

    /// Whether the client has taken about half of what it may be owed: what waited for that goes on.
    pub fn is_half_taken(&self, outbox: &Outbox) -> bool {
        outbox.len() <= self.most_bytes / 2
    }

    /// Takes note where the client has so much to take that its publishers should wait a little.
    pub fn press(&mut self, outbox: &Outbox) {
        if outbox.len() > PRESSURE_BYTES {
            self.press_on(outbox.conn);
        }
    }

    /// The connection can hardly keep up.
    pub fn press_on(&mut self, conn: ConnId) {
        self.pressure = Some(conn);
    }

    /// The connection that could hardly keep up since this was asked last.
    pub fn take_pressure(&mut self) -> Option<ConnId> {
        self.pressure.take()
    }
}
