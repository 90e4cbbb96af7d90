//! [`ConnId`]: the name of a connection.

use std::fmt;

/// Names a connection. A broker never gives it to two connections.
///
/// ```
/// # use std::sync::Arc;
/// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
/// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// let one = engine.open(Time::ZERO, "one".to_owned());
/// engine.closed(Time::ZERO, one, "gone");
/// let two = engine.open(Time::ZERO, "two".to_owned());
/// assert_ne!(one, two); // never used again
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    pub(crate) slot: u32,
    pub(crate) serial: u32,
}

impl ConnId {
    /// A connection of a broker that is not ours, so no engine has it; its number is counted by the caller.
    pub const fn relayed(number: u32) -> Self {
        Self {
            slot: number,
            serial: number,
        }
    }

    /// The connection's number: 1 for the first one, and so on.
    pub const fn number(self) -> u32 {
        self.serial
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.serial)
    }
}

impl fmt::Debug for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
