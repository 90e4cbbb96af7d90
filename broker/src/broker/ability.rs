//! What the engine can do, asked before anything is asked of it.

use super::{Broker, CommandError};
use crate::capability::{self, Capability};

/// The engines that can.
pub(super) fn can(what: Capability) -> String {
    let able = capability::Engine::ALL
        .into_iter()
        .filter(|engine| engine.support(what) == capability::Support::Yes);
    able.map(capability::Engine::name).collect::<Vec<_>>().join(", ")
}

impl Broker {
    /// What answers behind the front door.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// assert_eq!(broker.engine(), broker::Engine::Native);
    /// # Ok(())
    /// # }
    /// ```
    pub fn engine(&self) -> capability::Engine {
        self.engine
    }

    /// What that can do, and what not.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::{Broker, Capability, Support};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// assert!(broker.capabilities().any(|it| it == (Capability::VirtualClock, Support::Yes)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn capabilities(&self) -> impl Iterator<Item = (Capability, capability::Support)> + use<> {
        let engine = self.engine;
        Capability::ALL
            .iter()
            .map(move |&capability| (capability, engine.support(capability)))
    }

    /// Errs where the engine does not have this at all.
    pub(crate) fn require(&self, what: Capability) -> Result<(), CommandError> {
        match self.engine.support(what) {
            capability::Support::No => Err(CommandError::Unsupported {
                what,
                engine: self.engine,
            }),
            _ => Ok(()),
        }
    }
}
