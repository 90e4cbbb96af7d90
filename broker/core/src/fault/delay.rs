//! [`Delay`]: how late something is. In milliseconds.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::table::{Table, Wrong, inside};
use crate::chance::Rng;

/// The longest time that a rule can say: 49 days.
pub(crate) const LONGEST_MILLIS: u64 = u32::MAX as u64;

/// How late, in milliseconds: always the same, or drawn from one of the distributions that `WireMock` has.
///
/// ```
/// use broker::fault::Delay;
///
/// let delays = [
///     Delay::fixed(200),
///     Delay::Uniform { lower: 50.0, upper: 150.0 },
///     Delay::LogNormal { median: 80.0, sigma: 0.4, max: None },
/// ];
/// # let _ = delays;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Delay {
    /// By `latency` ± `jitter`.
    Fixed {
        /// Milliseconds.
        latency: u64,
        /// Milliseconds.
        jitter: u64,
    },
    /// Half of all are later than `median`; the greater `sigma`, the longer the tail.
    LogNormal {
        /// Milliseconds.
        median: f64,
        /// The standard deviation of the logarithm.
        sigma: f64,
        /// Milliseconds: nothing is later.
        max: Option<f64>,
    },
    /// From `lower` to `upper`, each as likely.
    Uniform {
        /// Milliseconds.
        lower: f64,
        /// Milliseconds.
        upper: f64,
    },
}

impl Delay {
    /// Always the same.
    pub fn fixed(latency: u64) -> Self {
        Self::Fixed { latency, jitter: 0 }
    }

    pub(crate) fn draw(&self, rng: &mut Rng) -> Duration {
        let millis = match *self {
            Self::Fixed { latency, jitter: 0 } => return Duration::from_millis(latency),
            Self::Fixed { latency, jitter } => {
                latency as f64 - jitter as f64 + rng.unit() * 2.0 * jitter as f64
            }
            Self::Uniform { lower, upper } => lower + rng.unit() * (upper - lower),
            Self::LogNormal { median, sigma, max } => {
                // Box and Muller: two numbers that are equally likely everywhere make one of the bell curve.
                let (one, two) = (1.0 - rng.unit(), rng.unit());
                let bell = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos();
                (median * (sigma * bell).exp()).min(max.unwrap_or(f64::MAX))
            }
        };
        // Whole microseconds: the last bits of a logarithm differ from machine to machine.
        let micros = (millis.clamp(0.0, LONGEST_MILLIS as f64) * 1_000.0).round();
        Duration::from_secs_f64(micros / 1_000_000.0)
    }

    /// Reads `latency` and `jitter`, or `delayDistribution`.
    pub(super) fn read(table: &Table<'_>, path: &str) -> Result<Self, Wrong> {
        let Some(distribution) = table.get("delayDistribution") else {
            let latency = table.whole("latency", 0, LONGEST_MILLIS)?;
            let jitter = table.whole("jitter", 0, LONGEST_MILLIS)?.unwrap_or(0);
            let latency = table.needed("latency", latency)?;
            return Ok(Self::Fixed { latency, jitter });
        };
        if table.has("latency") || table.has("jitter") {
            let what = "it stands in the place of latency and jitter: say one of the two";
            return Err(table.wrong("delayDistribution", what));
        }
        Self::distribution(&inside(path, "delayDistribution"), distribution)
    }

    fn distribution(path: &str, distribution: &Json) -> Result<Self, Wrong> {
        let inner = Table::of(path, distribution, "a delayDistribution")?;
        let kinds = [("lognormal", 0), ("uniform", 1), ("fixed", 2)];
        let millis = |name: &str| {
            let number = inner.needed(name, inner.number(name)?)?;
            if number > LONGEST_MILLIS as f64 {
                return Err(inner.wrong(name, format!("it is at most {LONGEST_MILLIS}")));
            }
            Ok(number)
        };
        match inner.needed("type", inner.word("type", &kinds)?)? {
            0 => {
                inner.only(&["type", "median", "sigma", "maxValue"])?;
                let (median, sigma) = (millis("median")?, inner.needed("sigma", inner.number("sigma")?)?);
                if sigma > 20.0 {
                    return Err(inner.wrong("sigma", "it is at most 20; common values are from 0.1 to 1"));
                }
                let max = inner.number("maxValue")?;
                Ok(Self::LogNormal { median, sigma, max })
            }
            1 => {
                inner.only(&["type", "lower", "upper"])?;
                let (lower, upper) = (millis("lower")?, millis("upper")?);
                if lower > upper {
                    return Err(inner.wrong("lower", format!("it is above upper, {upper}")));
                }
                Ok(Self::Uniform { lower, upper })
            }
            _ => {
                inner.only(&["type", "milliseconds"])?;
                let millis = inner.whole("milliseconds", 0, LONGEST_MILLIS)?;
                Ok(Self::fixed(inner.needed("milliseconds", millis)?))
            }
        }
    }

    /// Reads a `delayDistribution`; an error has its path, and what is wrong there.
    pub(crate) fn from_distribution(path: &str, distribution: &Json) -> Result<Self, (String, String)> {
        Self::distribution(path, distribution).map_err(|wrong| (wrong.path, wrong.what))
    }

    /// What is wrong with it, where it was made in Rust.
    pub(crate) fn wrong(&self) -> Option<String> {
        let mut members = Map::new();
        self.write(&mut members);
        let read = Self::read(&Table::new("", &members), "");
        read.err().map(|wrong| wrong.what)
    }

    /// The opposite of [`Delay::read`].
    pub(crate) fn write(&self, to: &mut Map<String, Json>) {
        let distribution = match self {
            Self::Fixed { latency, jitter } => {
                to.insert("latency".to_owned(), json!(latency));
                if *jitter > 0 {
                    to.insert("jitter".to_owned(), json!(jitter));
                }
                return;
            }
            Self::LogNormal {
                median,
                sigma,
                max: None,
            } => {
                json!({"type": "lognormal", "median": median, "sigma": sigma})
            }
            Self::LogNormal { median, sigma, max } => {
                json!({"type": "lognormal", "median": median, "sigma": sigma, "maxValue": max})
            }
            Self::Uniform { lower, upper } => json!({"type": "uniform", "lower": lower, "upper": upper}),
        };
        to.insert("delayDistribution".to_owned(), distribution);
    }
}
