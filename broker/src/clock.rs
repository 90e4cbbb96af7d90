//! [`Clock`]: the only reader of the system's clock.

use std::time::Instant;

use crate::time::Time;

/// Tells the engine the time.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// Time passes as it does outside, counted from the start of the broker.
    System(Instant),
}

impl Clock {
    /// A system clock that starts at zero now.
    pub fn system() -> Self {
        Self::System(Instant::now())
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        match self {
            Self::System(start) => Time::ZERO + start.elapsed(),
        }
    }

    /// When `at` will be on the clock on the wall; `None` where no waiting brings it.
    pub fn instant_of(&self, at: Time) -> Option<Instant> {
        match self {
            Self::System(start) => start.checked_add(at.since_start()),
        }
    }
}
