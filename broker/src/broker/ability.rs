//! What the engine can do, asked before anything is asked of it.

use super::Broker;
use crate::capability::{Capability, EngineName, Support};

/// The engines that can, in words.
pub(crate) fn able(what: Capability) -> String {
    let able = EngineName::ALL
        .into_iter()
        .filter(|engine| engine.support(what) == Support::Yes);
    able.map(EngineName::name).collect::<Vec<_>>().join(", ")
}

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
