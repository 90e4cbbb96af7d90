//! How the bridges of a running broker are doing.

use crate::answer::Answer;
use crate::broker::Broker;
use crate::capability::Capability;
use crate::error::Error;
use crate::front::BridgeStatus;

impl Broker {
    /// How each bridge is doing: whether it is connected, and what has crossed.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    pub fn bridges(&self) -> Answer<Vec<BridgeStatus>> {
        self.caller.disturb(Capability::Bridges, |machines, backend| {
            let native = backend.native();
            let list = native.map(|native| machines.bridges.list(&native.engine));
            Ok::<_, Error>(list.unwrap_or_default())
        })
    }
}
