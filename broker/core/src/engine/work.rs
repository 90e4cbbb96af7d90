//! Work: what one call of the engine may cost before the others get their turn.
//!
//! A few bytes can ask for much: a PUBLISH that a thousand sessions get, a SUBSCRIBE with a thousand filters. So the
//! engine counts not only the bytes that it reads but also the work that it does, in units of about a fifth of a
//! microsecond. A client that asks for much is answered in portions, and others get their turn in between.

use super::conn::Conn;
use super::outlet::Outlet;
use super::{ConnId, Engine};

/// Units that one call may spend: less than a millisecond. The packet that spends the last of them is still finished, but a
/// long list of filters is put off in the middle.
pub(super) const BUDGET: usize = 2048;
/// How many bytes count as one unit when they are copied into an outbox, and from there into a socket.
pub(super) const UNIT_BYTES: usize = 512;
/// The cost of one filter of SUBSCRIBE or UNSUBSCRIBE.
pub(super) const FILTER: usize = 4;
/// The cost of CONNECT, with the session that it begins or takes over.
pub(super) const CONNECT: usize = 16;
/// A connection with more new subscriptions than this that wait for their retained messages is not read from.
const MAX_WALKS: usize = 1024;

/// The units that a call has spent so far.
#[derive(Debug, Default)]
pub(super) struct Work(usize);

impl Work {
    /// A new call begins.
    pub fn begin(&mut self) {
        self.0 = 0;
    }

    /// Adds units that were spent.
    pub fn spend(&mut self, units: usize) {
        self.0 = self.0.saturating_add(units);
    }

    /// Adds the cost of bytes that were copied in one go.
    pub fn copy(&mut self, bytes: usize) {
        self.spend(1 + bytes / UNIT_BYTES);
    }

    /// Whether the others should get their turn.
    pub fn is_spent(&self) -> bool {
        self.0 >= BUDGET
    }
}

impl Engine {
    /// Whether the client takes too little: more than `limits.max_outbox_bytes` waits to be written, or did, and half of that
    /// is not taken yet. The caller should not read from it, for it asks for what it does not take.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// let mut settings = BrokerSettings::default();
    /// settings.limits.max_outbox_bytes = 1024;
    /// let mut engine = Engine::new(Arc::new(settings), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// engine.receive(Time::ZERO, lamp, &b"\xC0\0".repeat(1000)); // PINGREQ, and nothing is written
    /// assert!(engine.is_owed_too_much(lamp));
    /// assert!(engine.has_unhandled(lamp)); // it has asked for more than it will be answered now
    /// let owed = engine.outbox(lamp).expect("it is open").len();
    /// engine.wrote(Time::ZERO, lamp, owed);
    /// assert!(!engine.is_owed_too_much(lamp));
    /// ```
    pub fn is_owed_too_much(&self, id: ConnId) -> bool {
        self.conns.get(id).is_some_and(|conn| conn.muted)
    }

    /// Whether [`Engine::receive`] left whole packets behind, because it had done enough for one call or because the
    /// connection [is owed too much](Engine::is_owed_too_much). The caller brings them again once the others had their turn,
    /// whether more arrives or not.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// let flood = b"\xC0\0".repeat(100_000); // PINGREQ
    /// let taken = engine.receive(Time::ZERO, lamp, &flood);
    /// assert!(0 < taken && taken < flood.len() && engine.has_unhandled(lamp));
    /// ```
    pub fn has_unhandled(&self, id: ConnId) -> bool {
        self.conns
            .get(id)
            .is_some_and(|conn| conn.unhandled && conn.close_reason().is_none())
    }
}

impl Conn {
    /// Called before each packet: whether it has to wait until its client has taken more.
    pub(super) fn must_take_first(&mut self, outlet: &Outlet) -> bool {
        self.muted |= !outlet.has_room(&self.outbox) || self.walks() > MAX_WALKS;
        self.muted
    }

    /// Called after the client took something: it is read from again once about half is taken.
    pub(super) fn may_go_on(&mut self, outlet: &mut Outlet) {
        if self.muted
            && !self.is_being_checked()
            && outlet.is_half_taken(&self.outbox)
            && self.walks() <= MAX_WALKS / 2
        {
            self.muted = false;
            // The caller looks at it again.
            outlet.touch(&mut self.outbox);
        }
    }

    fn walks(&self) -> usize {
        self.live().map_or(0, |live| live.walks.len())
    }
}
