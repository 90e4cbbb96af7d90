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
    ///
    /// ```
    /// use broker::settings::Bridge;
    ///
    /// let mut bridge = Bridge::new("up", "mqtt://127.0.0.1:9", "#"); // nobody is there
    /// bridge.restart_min_millis = 60_000;
    /// let near = broker::Broker::builder().bridge(bridge).start().wait()?;
    /// let up = &near.bridges().wait()?[0];
    /// assert_eq!((up.connects, up.waiting), (0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bridges(&self) -> Answer<Vec<BridgeStatus>> {
        self.caller.disturb(Capability::Bridges, |machines, backend| {
            let native = backend.native();
            let list = native.map(|native| machines.bridges.list(&native.engine));
            Ok::<_, Error>(list.unwrap_or_default())
        })
    }
}
