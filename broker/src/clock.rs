//! [`Clock`]: the only reader of the system's clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::Time;

/// Tells the engine the time. It can be stopped and moved.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// Time passes as real time does.
    Running {
        /// When the clock was last started.
        since: Instant,
        /// What it showed then.
        from: Time,
    },
    /// Time stands still until the clock is moved or started.
    Frozen(Time),
}

impl Clock {
    /// A running clock that shows zero now.
    pub fn start() -> Self {
        Self::Running {
            since: Instant::now(),
            from: Time::ZERO,
        }
    }

    /// What time it is.
    pub fn now(&self) -> Time {
        match self {
            Self::Running { since, from } => *from + since.elapsed(),
            Self::Frozen(at) => *at,
        }
    }

    /// When the real time for `at` is; `None` if it never comes by waiting. What is due already is due at once, on a
    /// frozen clock, too.
    pub fn instant_of(&self, at: Time) -> Option<Instant> {
        match self {
            Self::Running { since, from } => since.checked_add(at.saturating_since(*from)),
            Self::Frozen(now) => (at <= *now).then(Instant::now),
        }
    }

    /// Whether it stands still.
    pub fn is_frozen(&self) -> bool {
        matches!(self, Self::Frozen(_))
    }

    /// Stops at the time that it shows now.
    pub fn freeze(&mut self) {
        *self = Self::Frozen(self.now());
    }

    /// Goes on from the time that it shows now.
    pub fn resume(&mut self) {
        *self = Self::Running {
            since: Instant::now(),
            from: self.now(),
        };
    }

    /// From now on shows `by` more, running or frozen.
    pub fn skip(&mut self, by: Duration) {
        match self {
            Self::Running { from, .. } => *from = *from + by,
            Self::Frozen(at) => *at = *at + by,
        }
    }
}

/// The instant that is `deadline` from now, in real time, but at most a year: a year is as good as for ever, and can be
/// added to any instant.
pub(crate) fn after(deadline: Duration) -> Instant {
    Instant::now() + deadline.min(Duration::from_secs(365 * 24 * 3600))
}

/// The system's time, counted from 1970, for files that are read beside others.
pub(crate) fn on_the_wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_moved() {
        let mut clock = Clock::start();
        clock.freeze();
        let then = clock.now();
        assert_eq!(clock.now(), then);
        clock.skip(Duration::from_secs(90));
        let now = clock.now();
        assert_eq!(now, then + Duration::from_secs(90));
        assert!(clock.instant_of(now).is_some_and(|due| due <= Instant::now()));
        assert_eq!(clock.instant_of(now + Duration::from_nanos(1)), None);
    }

    #[test]
    fn a_resumed_clock_goes_on_from_where_it_stood() {
        let mut clock = Clock::Frozen(Time::from_secs(3600));
        clock.resume();
        assert!(clock.now() >= Time::from_secs(3600));
        assert!(clock.instant_of(Time::from_secs(3601)).is_some());
    }
}
