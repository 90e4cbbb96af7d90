//! `Native`: our own engine with its clock.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::clock::Clock;
use crate::engine::{ConnId, Engine};

#[derive(Debug)]
pub(crate) struct Native {
    pub engine: Engine,
    pub clock: Clock,
}

impl Native {
    /// A panic while a client's bytes are handled is a bug of ours, and ends that client's connection only.
    pub(super) fn receive(&mut self, id: ConnId, bytes: &[u8]) -> usize {
        let now = self.clock.now();
        let engine = &mut self.engine;
        catch_unwind(AssertUnwindSafe(|| engine.receive(now, id, bytes))).unwrap_or_else(|_| {
            engine.failed(now, id);
            bytes.len()
        })
    }

    /// The same for a long packet, with its buffer; gives back what was not taken.
    pub(super) fn receive_collected(&mut self, id: ConnId, bytes: Vec<u8>) -> Vec<u8> {
        let now = self.clock.now();
        let engine = &mut self.engine;
        catch_unwind(AssertUnwindSafe(|| engine.receive_collected(now, id, bytes))).unwrap_or_else(|_| {
            engine.failed(now, id);
            Vec::new()
        })
    }
}
