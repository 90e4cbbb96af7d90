//! The one seam: what stands behind the front door.
//!
//! [`Native`], our own engine, knows MQTT and nothing of sockets: the front reads and writes for it. [`Relay`] passes
//! bytes on to a broker that is not ours, elsewhere or embedded ([`Rumqttd`]), and drives its connections itself. What
//! differs between the two is decided in this file.

mod acknowledge;
mod lent;
mod native;
mod relay;
mod rumqttd;

use std::rc::Rc;

use crate::engine::{CloseReason, ConnId, Engine, Event, Outbox, Stats};
use crate::time::Time;
use crate::wire;

pub(crate) use acknowledge::{ACKNOWLEDGES_AT_ONCE, LITTLE_BYTES, acknowledge_at_once};
pub(crate) use lent::{Lent, LentMut};
pub(crate) use native::Native;
pub(crate) use relay::{Book, Relay, Target, Upstream};
pub(crate) use rumqttd::Rumqttd;

/// What answers the clients.
#[derive(Debug)]
pub(crate) enum Backend {
    /// Our own engine, in this thread.
    Native(Box<Native>),
    /// A broker that is not ours. What the front asks of single connections is not asked of it.
    Relay(Rc<Relay>),
}

impl Backend {
    pub(crate) fn open(&mut self, peer: String) -> ConnId {
        match self {
            Self::Native(native) => native.engine.open(native.clock.now(), peer),
            Self::Relay(relay) => relay.book.borrow_mut().open().0,
        }
    }

    /// The connection that this one takes over, if `bytes` are a CONNECT that does.
    pub(crate) fn predecessor(&self, id: ConnId, bytes: &[u8]) -> Option<ConnId> {
        self.native()?.engine.predecessor(id, bytes)
    }

    /// Hands over bytes that arrived; says how many were taken.
    pub(crate) fn receive(&mut self, id: ConnId, bytes: &[u8]) -> usize {
        match self {
            Self::Native(native) => native.receive(id, bytes),
            Self::Relay(_) => bytes.len(),
        }
    }

    /// The same for a long packet, with the buffer that it was collected in; gives back what was not taken.
    pub(crate) fn receive_collected(&mut self, id: ConnId, bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Native(native) => native.receive_collected(id, bytes),
            Self::Relay(_) => Vec::new(),
        }
    }

    pub(crate) fn closed(&mut self, id: ConnId, why: &str) {
        match self {
            Self::Native(native) => native.engine.closed(native.clock.now(), id, why),
            Self::Relay(_) => {}
        }
    }

    pub(crate) fn journal(&self) -> Lent<'_> {
        match self {
            Self::Native(native) => Lent::Plain(native.engine.journal()),
            Self::Relay(relay) => {
                Lent::Counted(std::cell::Ref::map(relay.book.borrow(), |book| &book.journal))
            }
        }
    }

    pub(crate) fn journal_mut(&mut self) -> LentMut<'_> {
        match self {
            Self::Native(native) => LentMut::Plain(native.engine.journal_mut()),
            Self::Relay(relay) => LentMut::Counted(std::cell::RefMut::map(relay.book.borrow_mut(), |book| {
                &mut book.journal
            })),
        }
    }

    /// The relay, if it is one.
    pub(crate) fn relay(&self) -> Option<&Rc<Relay>> {
        match self {
            Self::Native(_) => None,
            Self::Relay(relay) => Some(relay),
        }
    }

    /// Our own engine, if it is that.
    pub(crate) fn native(&self) -> Option<&Native> {
        match self {
            Self::Native(native) => Some(native),
            Self::Relay(_) => None,
        }
    }

    /// The same, to change it.
    pub(crate) fn native_mut(&mut self) -> Option<&mut Native> {
        match self {
            Self::Native(native) => Some(native),
            Self::Relay(_) => None,
        }
    }

    pub(crate) fn now(&self) -> Time {
        match self {
            Self::Native(native) => native.clock.now(),
            Self::Relay(relay) => relay.book.borrow().clock.now(),
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Native(native) => native.engine.stats(),
            Self::Relay(relay) => relay.book.borrow().stats,
        }
    }

    pub(crate) fn collect_events(&mut self, on: bool) {
        match self {
            Self::Native(native) => native.engine.collect_events(on),
            Self::Relay(relay) => relay.book.borrow_mut().collect_events(on),
        }
    }

    pub(crate) fn next_event(&mut self) -> Option<Event> {
        match self {
            Self::Native(native) => native.engine.next_event(),
            Self::Relay(relay) => relay.book.borrow_mut().next_event(),
        }
    }

    pub(crate) fn is_connected(&self, client_id: &str) -> bool {
        match self {
            Self::Native(native) => native.engine.is_connected(client_id),
            Self::Relay(relay) => relay.book.borrow().is_connected(client_id),
        }
    }

    /// Whether the client was ever here.
    pub(crate) fn has_seen(&self, client_id: &str) -> bool {
        match self {
            Self::Native(native) => native.engine.has_seen(client_id),
            Self::Relay(relay) => relay.book.borrow().has_seen(client_id),
        }
    }

    pub(crate) fn is_subscribed(&self, client_id: &str, filter: &str) -> bool {
        match self {
            Self::Native(native) => native.engine.is_subscribed(client_id, filter),
            Self::Relay(relay) => relay.book.borrow().is_subscribed(client_id, filter),
        }
    }

    /// Whether this is so of our own engine.
    pub(crate) fn is(&self, so: impl FnOnce(&Engine) -> bool) -> bool {
        self.native().is_some_and(|native| so(&native.engine))
    }

    /// How things stand, as our own engine tells it; of a relay nobody knows.
    pub(crate) fn stands(&mut self, tell: impl FnOnce(&mut Engine, Time) -> String) -> String {
        match self {
            Self::Native(native) => tell(&mut native.engine, native.clock.now()),
            Self::Relay(_) => "all that is known here is what passed by".to_owned(),
        }
    }

    /// What is still going on, in words; of a relay nobody knows.
    pub(crate) fn unsettled(&self) -> Option<String> {
        let native = self.native()?;
        native.engine.unsettled(native.clock.now())
    }

    /// Whose connection this is, and from where, for people.
    pub(crate) fn name_of(&self, id: ConnId) -> String {
        match self {
            Self::Native(native) => native.engine.name_of(id),
            Self::Relay(_) => id.to_string(),
        }
    }

    pub(crate) fn next_touched(&mut self) -> Option<ConnId> {
        match self {
            Self::Native(native) => native.engine.next_touched(),
            Self::Relay(_) => None,
        }
    }

    pub(crate) fn outbox(&self, id: ConnId) -> Option<&Outbox> {
        match self {
            Self::Native(native) => native.engine.outbox(id),
            Self::Relay(_) => None,
        }
    }

    pub(crate) fn wrote(&mut self, id: ConnId, n: usize) {
        match self {
            Self::Native(native) => native.engine.wrote(native.clock.now(), id, n),
            Self::Relay(_) => {}
        }
    }

    /// Whether the connection is not to be read from until it has taken what it asked for.
    pub(crate) fn is_owed_too_much(&self, id: ConnId) -> bool {
        self.is(|engine| engine.is_owed_too_much(id))
    }

    /// Whether the broker holds as much as it may.
    pub(crate) fn is_full(&self) -> bool {
        self.is(Engine::is_full)
    }

    /// Whether whole packets were left behind for the connection's next turn.
    pub(crate) fn has_unhandled(&self, id: ConnId) -> bool {
        self.is(|engine| engine.has_unhandled(id))
    }

    pub(crate) fn take_pressure(&mut self) -> Option<ConnId> {
        match self {
            Self::Native(native) => native.engine.take_pressure(),
            Self::Relay(_) => None,
        }
    }

    pub(crate) fn is_pressed(&self, id: ConnId) -> bool {
        match self {
            Self::Native(native) => native.engine.is_pressed(id),
            Self::Relay(_) => false,
        }
    }

    pub(crate) fn close_reason(&self, id: ConnId) -> Option<&CloseReason> {
        match self {
            Self::Native(native) => native.engine.close_reason(id),
            Self::Relay(_) => None,
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<std::time::Instant> {
        match self {
            Self::Native(native) => native
                .engine
                .next_timeout()
                .and_then(|at| native.clock.instant_of(at)),
            Self::Relay(_) => None,
        }
    }

    pub(crate) fn tick(&mut self) {
        match self {
            Self::Native(native) => native.engine.tick(native.clock.now()),
            Self::Relay(_) => {}
        }
    }

    pub(crate) fn write_timed_out(&mut self, id: ConnId) {
        match self {
            Self::Native(native) => native.engine.write_timed_out(native.clock.now(), id),
            Self::Relay(_) => {}
        }
    }

    pub(crate) fn turned_away(&mut self) {
        match self {
            Self::Native(native) => native.engine.turned_away(),
            Self::Relay(relay) => relay.book.borrow_mut().stats.connections_turned_away += 1,
        }
    }

    pub(crate) fn stop(&mut self) {
        match self {
            Self::Native(native) => native.engine.stop(native.clock.now()),
            Self::Relay(relay) => relay.stop(),
        }
    }
}

/// How much of a packet came, in words, where `bytes` are the beginning of one and no more.
pub(crate) fn half_packet(bytes: &[u8]) -> Option<String> {
    let came = bytes.len();
    // A packet that is too large, or none at all, is refused as soon as its header is there.
    match wire::frame(bytes, usize::MAX) {
        Ok(Some(whole)) if came < whole => {
            Some(format!("owes the rest of a packet: {came} of {whole} bytes came"))
        }
        Ok(None) if came > 0 => Some(format!(
            "owes the rest of a packet: {came} bytes came, less than a fixed header"
        )),
        _ => None,
    }
}
