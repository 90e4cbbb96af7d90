//! `Native`: our own engine with its clock.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::clock::Clock;
use crate::engine::{ConnId, Engine};
use crate::time::Time;

#[derive(Debug)]
pub(crate) struct Native {
    pub engine: Engine,
    pub clock: Clock,
}

impl Native {
    pub(super) fn receive(&mut self, id: ConnId, bytes: &[u8]) -> usize {
        self.guarded(id, |engine, now| engine.receive(now, id, bytes))
            .unwrap_or(bytes.len())
    }

    /// The same for a long packet, with its buffer; gives back what was not taken.
    pub(super) fn receive_collected(&mut self, id: ConnId, bytes: Vec<u8>) -> Vec<u8> {
        self.guarded(id, |engine, now| engine.receive_collected(now, id, bytes))
            .unwrap_or_default()
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
