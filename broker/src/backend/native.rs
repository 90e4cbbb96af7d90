//! [`Native`]: our own engine with its clock. The front drives its connections.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::arrival::Arrival;
use crate::clock::Clock;
use crate::durable::Keeper;
use crate::engine::{ConnId, Engine};
use crate::time::Time;

#[derive(Debug)]
pub(crate) struct Native {
    pub engine: Engine,
    pub clock: Clock,
    /// Who keeps what outlives the process, if somebody does.
    pub keeper: Option<Keeper>,
}

impl Native {
    /// The turn is over: what it has changed is on its way to where it is kept.
    pub fn end_turn(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            keeper.end_turn(&mut self.engine, self.clock.now());
        }
    }

    /// What was to be written was looked at. Devices and bridges have spoken meanwhile: that was a turn of its own, and whoever is
    /// looked at again on its behalf is looked at soon.
    pub fn end_turn_of_writing(&mut self) {
        if let Some(keeper) = &mut self.keeper
            && self.engine.has_unended()
        {
            keeper.end_turn(&mut self.engine, self.clock.now());
            keeper.inbox().arrived.notify_one();
        }
    }

    /// Does this once what was just changed is kept; at once where nothing was, or nobody keeps anything.
    pub fn then(&mut self, work: impl FnOnce() + Send + 'static) {
        match &mut self.keeper {
            Some(keeper) => keeper.then(&mut self.engine, self.clock.now(), work),
            None => work(),
        }
    }

    /// A connection begins.
    pub fn open(&mut self, peer: String) -> ConnId {
        self.engine.open(self.clock.now(), peer)
    }

    /// There is no room for one more connection: which one makes room, unless it came less than `patience` ago.
    pub fn make_way(&mut self, patience: Duration) -> Option<ConnId> {
        self.engine.make_way_after(self.clock.now(), patience)
    }

    /// Hands over bytes that arrived, and returns how many were taken.
    pub fn receive(&mut self, id: ConnId, bytes: &[u8]) -> usize {
        self.guarded(id, |engine, now| engine.receive(now, id, bytes))
            .unwrap_or(bytes.len())
    }

    /// The same for bytes that a rule has made other than what the client sent, or late.
    pub fn receive_differing(&mut self, id: ConnId, bytes: &[u8]) -> usize {
        self.guarded(id, |engine, now| engine.receive_differing(now, id, bytes))
            .unwrap_or(bytes.len())
    }

    /// The same for a long packet, with its buffer. Returns the bytes that were not taken.
    pub fn receive_collected(&mut self, id: ConnId, bytes: Vec<u8>) -> Vec<u8> {
        self.guarded(id, |engine, now| engine.receive_collected(now, id, bytes))
            .unwrap_or_default()
    }

    /// The connection took this many bytes of its outbox.
    pub fn wrote(&mut self, id: ConnId, n: usize) {
        self.engine.wrote(self.clock.now(), id, n);
    }

    /// The connection takes nothing any more.
    pub fn forget_unsent(&mut self, id: ConnId) {
        self.engine.forget_unsent(self.clock.now(), id);
    }

    /// The connection took no bytes for too long.
    pub fn write_timed_out(&mut self, id: ConnId) {
        self.engine.write_timed_out(self.clock.now(), id);
    }

    /// A panic in a layer below MQTT: a bug of ours, too.
    pub fn failed(&mut self, id: ConnId) {
        self.engine.failed(self.clock.now(), id);
    }

    /// The connection is over, for a reason in words.
    pub fn closed(&mut self, id: ConnId, why: &str) {
        self.engine.closed(self.clock.now(), id, why);
    }

    /// What lies between the socket and MQTT went wrong, for a reason in words.
    pub fn handshake_failed(&mut self, id: ConnId, arrival: Arrival, why: &str) {
        self.engine
            .handshake_failed(self.clock.now(), id, arrival, why.to_owned());
    }

    /// Says goodbye to everybody.
    pub fn stop(&mut self) {
        self.engine.stop(self.clock.now());
    }

    /// A panic while a client's bytes are handled is a bug of ours, and ends that client's connection only.
    fn guarded<T>(&mut self, id: ConnId, handle: impl FnOnce(&mut Engine, Time) -> T) -> Option<T> {
        let now = self.clock.now();
        let engine = &mut self.engine;
        let handled = catch_unwind(AssertUnwindSafe(|| handle(engine, now)));
        if handled.is_err() {
            self.engine.failed(now, id);
        }
        handled.ok()
    }
}
