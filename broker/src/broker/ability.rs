//! What the engine can do, asked before anything is asked of it.

use super::Broker;
use crate::capability::{Capability, EngineName, Support};

impl Broker {
    /// What answers behind the front door.
    pub fn engine(&self) -> EngineName {
        self.caller.engine_name()
    }

    /// What that can do, and what not.
    pub fn capabilities(&self) -> impl Iterator<Item = (Capability, Support)> + use<> {
        let engine = self.engine();
        Capability::ALL
            .iter()
            .map(move |&capability| (capability, engine.support(capability)))
    }
}
