//! [`Delay`]: how late a message is published.

use std::time::Duration;

use crate::chance::Rng;

/// How late a message is published, in milliseconds: always the same, or drawn from a distribution, as `WireMock` has them.
///
/// ```
/// use broker_core::stub::Delay;
///
/// let delays = [Delay::Fixed(200.0), Delay::Uniform { lower: 50.0, upper: 150.0 }, Delay::LogNormal { median: 80.0, sigma: 0.4 }];
/// # let _ = delays;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// So many milliseconds.
    Fixed(f64),
    /// Evenly spread between the two.
    Uniform {
        /// Milliseconds.
        lower: f64,
        /// Milliseconds.
        upper: f64,
    },
    /// Half of them are below the median, and some are far above it.
    LogNormal {
        /// Milliseconds.
        median: f64,
        /// How widely they are spread: the standard deviation of the logarithm.
        sigma: f64,
    },
}

/// A day: nothing is later than that.
const MOST_MILLIS: f64 = 24.0 * 3600.0 * 1000.0;

impl Delay {
    /// What is wrong with it.
    pub(super) fn wrong(self) -> Option<String> {
        let is_time = |millis: f64| (0.0..=MOST_MILLIS).contains(&millis);
        match self {
            Self::Fixed(millis) if !is_time(millis) => Some(format!(
                "{millis} milliseconds; there may be 0 to {MOST_MILLIS}, a day"
            )),
            Self::Uniform { lower, upper } if !is_time(lower) || !is_time(upper) || lower > upper => {
                Some(format!(
                    "from {lower} to {upper} milliseconds; `lower` is not above `upper`, and both are 0 to {MOST_MILLIS}, a day"
                ))
            }
            Self::LogNormal { median, sigma } if !is_time(median) || !(0.0..=10.0).contains(&sigma) => {
                Some(format!(
                    "a median of {median} milliseconds and a sigma of {sigma}; there may be 0 to {MOST_MILLIS}, and 0 to 10"
                ))
            }
            _ => None,
        }
    }

    pub(super) fn draw(self, chance: &mut Rng) -> Duration {
        let millis = match self {
            Self::Fixed(millis) => millis,
            Self::Uniform { lower, upper } => lower + (upper - lower) * chance.unit(),
            Self::LogNormal { median, sigma } => {
                let (one, two) = (1.0 - chance.unit(), chance.unit());
                let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos();
                median * (sigma * normal).exp()
            }
        };
        Duration::from_secs_f64(millis.clamp(0.0, MOST_MILLIS) / 1000.0)
    }
}
