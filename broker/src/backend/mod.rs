//! The one seam: what stands behind the front door.
//!
//! The front knows sockets and nothing of MQTT; a backend knows MQTT and nothing of sockets. Today there is one,
//! [`Native`]: our own engine. A relay to a broker elsewhere, and an embedded rumqttd behind such a relay, are to become
//! further variants; everything that differs between them is decided in this file.

mod native;

use crate::engine::{CloseReason, ConnId, Outbox};
use crate::journal::Journal;

pub(crate) use native::Native;

/// What answers the clients.
#[derive(Debug)]
pub(crate) enum Backend {
    /// Our own engine, in this thread.
    Native(Box<Native>),
}

impl Backend {
    pub(crate) fn open(&mut self, peer: String) -> ConnId {
        match self {
            Self::Native(native) => native.engine.open(native.clock.now(), peer),
        }
    }

    /// Hands over bytes that arrived; says how many were taken.
    pub(crate) fn receive(&mut self, id: ConnId, bytes: &[u8]) -> usize {
        match self {
            Self::Native(native) => native.receive(id, bytes),
        }
    }

    pub(crate) fn closed(&mut self, id: ConnId, why: &str) {
        match self {
            Self::Native(native) => native.engine.closed(native.clock.now(), id, why),
        }
    }

    pub(crate) fn journal(&self) -> &Journal {
        match self {
            Self::Native(native) => native.engine.journal(),
        }
    }

    pub(crate) fn journal_mut(&mut self) -> &mut Journal {
        match self {
            Self::Native(native) => native.engine.journal_mut(),
        }
    }

    pub(crate) fn next_touched(&mut self) -> Option<ConnId> {
        match self {
            Self::Native(native) => native.engine.next_touched(),
        }
    }

    pub(crate) fn outbox(&self, id: ConnId) -> Option<&Outbox> {
        match self {
            Self::Native(native) => native.engine.outbox(id),
        }
    }

    pub(crate) fn wrote(&mut self, id: ConnId, n: usize) {
        match self {
            Self::Native(native) => native.engine.wrote(native.clock.now(), id, n),
        }
    }

    pub(crate) fn take_pressure(&mut self) -> Option<ConnId> {
        match self {
            Self::Native(native) => native.engine.take_pressure(),
        }
    }

    pub(crate) fn is_pressed(&self, id: ConnId) -> bool {
        match self {
            Self::Native(native) => native.engine.is_pressed(id),
        }
    }

    pub(crate) fn close_reason(&self, id: ConnId) -> Option<&CloseReason> {
        match self {
            Self::Native(native) => native.engine.close_reason(id),
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<std::time::Instant> {
        match self {
            Self::Native(native) => native
                .engine
                .next_timeout()
                .and_then(|at| native.clock.instant_of(at)),
        }
    }

    pub(crate) fn tick(&mut self) {
        match self {
            Self::Native(native) => native.engine.tick(native.clock.now()),
        }
    }

    pub(crate) fn write_timed_out(&mut self, id: ConnId) {
        match self {
            Self::Native(native) => native.engine.write_timed_out(native.clock.now(), id),
        }
    }

    pub(crate) fn turned_away(&mut self) {
        match self {
            Self::Native(native) => native.engine.turned_away(),
        }
    }

    pub(crate) fn stop(&mut self) {
        match self {
            Self::Native(native) => native.engine.stop(native.clock.now()),
        }
    }
}
