//! Room: the bound on the memory that all clients together use (`limits.max_memory_bytes`).
//!
//! What is held is counted where it comes and goes ([`Held`](crate::session::Held)). The questions here come before anything
//! more is kept. Each kind of packet is refused in its own way.

use super::conn::{Live, Phase};
use super::{CloseReason, ConnId, Engine, Outbox};
use crate::session::{Delivery, Held, Session, SessionKey, Will};
use crate::time::Time;
use crate::wire::{Connect, ReasonCode};

/// Even a full broker sends this much to a client that is owed nothing. So it still serves clients that keep up.
const SMALL_BYTES: usize = 4 * 1024;
/// An incomplete packet of at most this length may always be completed.
const HALF_PACKET_BYTES: usize = 16 * 1024;
/// Identifiers of QoS 2 messages that a session may always have open.
const IDENTIFIERS: usize = 64;
/// The bytes of a topic alias beside its topic.
pub(super) const ALIAS_BYTES: usize = 64;
/// The bytes of a connection that has sent nothing yet.
pub(super) const CONN_BYTES: usize = 1024;

/// The memory that clients use, and its bound.
#[derive(Debug)]
pub(super) struct Room {
    pub held: Held,
    /// `limits.max_memory_bytes`.
    most_bytes: u64,
    /// What must outlive the process cannot be kept now: nothing of that kind is taken on.
    pub keeps_nothing: bool,
}

impl Room {
    pub fn new(most_bytes: u64) -> Self {
        Self {
            held: Held::default(),
            most_bytes,
            keeps_nothing: false,
        }
    }

    /// Whether `bytes` more may be kept.
    pub fn has(&self, bytes: usize) -> bool {
        (self.held.bytes() + bytes) as u64 <= self.most_bytes
    }

    /// Whether nothing more should be taken in than is needed.
    pub fn is_full(&self) -> bool {
        !self.has(0)
    }

    /// Whether `bytes` more may be kept for a client that is `owed` so many bytes already.
    pub fn may_hold(&self, bytes: usize, owed: usize) -> bool {
        self.has(bytes) || (owed == 0 && bytes <= SMALL_BYTES)
    }
}

impl Engine {
    /// Whether nothing more should be taken in than is needed.
    pub fn is_full(&self) -> bool {
        self.room.is_full()
    }

    /// Whether there is room for something that is kept as a whole or refused. A refusal is counted.
    pub(super) fn make_room(&mut self, bytes: usize) -> bool {
        let has_room = self.room.has(bytes);
        self.log.stats.refused_for_memory += u64::from(!has_room);
        has_room
    }

    /// Whether one more message may wait for the session. The message itself counts already.
    pub(super) fn has_room_for_delivery(&self, key: SessionKey, delivery: &Delivery) -> bool {
        let Some(session) = self.sessions.get(key) else {
            return true;
        };
        let unsent = session.conn.and_then(|id| self.outbox(id)).map_or(0, Outbox::len);
        // A copy in an outbox takes the room once more.
        let copied = session.conn.map_or(0, |_| delivery.message.cost());
        self.room.has(delivery.place_bytes() + copied)
            || (session.held_bytes() + unsent == 0 && delivery.message.cost() <= SMALL_BYTES)
    }

    /// Whether there is room for the session that this CONNECT asks for, and for its will.
    pub(super) fn has_room_for(&self, connect: &Connect<'_>) -> bool {
        let known = self.sessions.has(connect.client_id);
        let session = if known {
            0
        } else {
            Session::cost(connect.client_id)
        };
        // The will may replace an older one, but the client's identity is not proved yet.
        self.room
            .has(session + connect.will.as_ref().map_or(0, Will::cost))
    }

    /// Whether the client may open one more QoS 2 exchange.
    pub(super) fn has_room_for_identifier(&self, key: SessionKey) -> bool {
        let few = |session: &Session| session.incoming.len() < IDENTIFIERS;
        self.room.has(0) || self.sessions.get(key).is_none_or(few)
    }

    /// The beginning of a packet has come. It counts, and may wait for the rest only while there is room.
    pub(super) fn keep_half(&mut self, now: Time, id: ConnId, half: &[u8]) {
        let known = self.conns.get(id).map_or(0, |conn| conn.half.bytes());
        let has_room = half.len() <= HALF_PACKET_BYTES || self.room.has(half.len().saturating_sub(known));
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        if half.len() > known {
            // The client is alive: a long packet may take longer than Keep Alive, and nothing else can come meanwhile.
            conn.heard_at = now;
        }
        conn.half.set(if has_room { half.len() } else { 0 });
        if has_room || conn.close_reason().is_some() {
            return;
        }
        self.log.stats.refused_for_memory += 1;
        if matches!(conn.phase, Phase::Opening(_)) {
            self.answer_in_its_version(id, half);
            return self.refuse(now, id, ReasonCode::QUOTA_EXCEEDED);
        }
        self.close(
            now,
            id,
            CloseReason::BoundPassed("no room for more of its packet (limits.max_memory_bytes)"),
        );
    }
}

impl Live {
    /// A topic alias of either side is kept.
    pub(super) fn count_alias(&mut self, topic: &str) {
        self.alias_charge.add(ALIAS_BYTES + topic.len());
    }
}
