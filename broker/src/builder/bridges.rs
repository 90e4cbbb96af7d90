//! Bridges to other brokers.

use settings::{Bridge, BrokerSettings};

use super::{Builder, engine_of};
use crate::bridging::{Bridging, bridging};
use crate::capability::EngineName;
use crate::front::StartError;
use crate::host;

impl Builder {
    /// A bridge to another broker: what is published here and fits one of its lines goes there, and the other way round. It is
    /// a client of this broker, too, with a session in which messages wait while there is no link.
    ///
    /// ```
    /// use broker::settings::Bridge;
    ///
    /// let far = broker::Broker::start().wait()?; // in real life a broker elsewhere
    /// let mut bridge = Bridge::new("up", far.url(), "sensors/# out 1");
    /// bridge.client_id = "house".to_owned(); // its name there
    /// let near = broker::Broker::builder().bridge(bridge).start().wait()?;
    /// far.wait_connected("house").wait()?;
    /// # drop(near);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bridge(mut self, bridge: Bridge) -> Self {
        self.settings.bridge.push(bridge);
        self
    }
}

/// The bridges of the settings, with what they read from files.
pub(super) fn of(settings: &BrokerSettings) -> Result<Vec<Bridging>, StartError> {
    let engine = engine_of(settings);
    if let (Some(first), true) = (settings.bridge.first(), engine != EngineName::Native) {
        let why = format!(
            "a bridge ({:?}) is a client of the native engine; here, another broker answers, which may have bridges of its own",
            first.name
        );
        return Err(StartError::Engine { engine, why });
    }
    let host = host::name().unwrap_or_else(|| "citronella".to_owned());
    let bridges = settings.bridge.iter().map(|bridge| bridging(bridge, &host));
    bridges.collect::<Result<_, _>>().map_err(StartError::Bridge)
}
