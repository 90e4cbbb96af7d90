//! [`Time`], the broker's own time. The engine is told the time and never reads it.
//!
//! ```
//! use std::time::Duration;
//! use broker_core::time::Time;
//!
//! let time = Time::from_secs(60) + Duration::from_millis(500);
//! assert_eq!(time - Time::from_secs(60), Duration::from_millis(500));
//! assert!(time < Time::NEVER);
//! ```

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A point in time, counted from the start of the broker.
///
/// All code below the sans-IO line gets it as an argument, so a test can move it freely.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// broker.clock().freeze().wait()?;
/// let now = broker.clock().now().wait()?;
/// broker.clock().run_until(now.plus_secs(60)).wait()?;
/// assert_eq!(broker.clock().now().wait()? - now, std::time::Duration::from_secs(60));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// The start of the broker.
    pub const ZERO: Time = Time(0);
    /// Later than every deadline.
    pub const NEVER: Time = Time(u64::MAX);

    /// The latest that a clock is moved to, some 292 years from the start: what is due in a while is still before
    /// [`NEVER`](Self::NEVER) then.
    pub const LAST: Time = Time(u64::MAX / 2);

    /// The time `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The time `secs` seconds after the start.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// How long it is since the start.
    pub const fn since_start(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// How long it is from `earlier` to this, or zero if `earlier` is the later one.
    pub const fn saturating_since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This time and `secs` seconds more.
    #[must_use]
    pub const fn plus_secs(self, secs: u32) -> Self {
        Self(self.0.saturating_add((secs as u64) * 1_000_000_000))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, by: Duration) -> Time {
        Time(
            self.0
                .saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)),
        )
    }
}

impl Sub for Time {
    type Output = Duration;

    fn sub(self, earlier: Time) -> Duration {
        self.saturating_since(earlier)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:06}",
            self.0 / 1_000_000_000,
            self.0 % 1_000_000_000 / 1_000
        )
    }
}
