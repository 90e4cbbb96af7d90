//! Figures: what was measured once, and what several runs say together.

use serde::Serialize;

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things a second.
    PerSecond,
    /// Bytes a second.
    BytesPerSecond,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Messages.
    Messages,
    /// How many times as much.
    Times,
}

impl Unit {
    /// Whether more is better.
    pub fn more_is_better(self) -> bool {
        matches!(self, Self::PerSecond | Self::BytesPerSecond | Self::Times)
    }

    /// A value for people.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::PerSecond => scaled(value, &[(1e6, " M/s"), (1e3, " k/s"), (1.0, "/s")]),
            Self::BytesPerSecond => scaled(
                value,
                &[(1e9, " GB/s"), (1e6, " MB/s"), (1e3, " kB/s"), (1.0, " B/s")],
            ),
            Self::Seconds => scaled(value, &[(1.0, " s"), (1e-3, " ms"), (1e-6, " µs"), (1e-9, " ns")]),
            Self::Bytes => scaled(value, &[(1e9, " GB"), (1e6, " MB"), (1e3, " kB"), (1.0, " B")]),
            Self::Times => scaled(value, &[(1.0, " ×")]),
            Self::Messages => scaled(value, &[(1e6, " M"), (1e3, " k"), (1.0, "")]),
        }
    }
}

/// Three digits that count, and the largest unit that leaves one before the point.
fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let fits = units
        .iter()
        .find(|(size, _)| value.abs() >= *size)
        .or(units.last());
    let (size, name) = fits.copied().unwrap_or((1.0, ""));
    let number = value / size;
    let digits = match number.abs() {
        n if n >= 99.95 || n == 0.0 => 0,
        n if n >= 9.995 => 1,
        _ => 2,
    };
    format!("{number:.digits$}{name}")
}

/// A kind of figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name in JSON.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is counted in.
    pub unit: Unit,
}

/// One figure of one run.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Of which kind.
    pub metric: Metric,
    /// The figure.
    pub value: f64,
    /// The share of the messages that did not arrive.
    pub lost: f64,
    /// Messages out of order or with a wrong content.
    pub wrong: u64,
    /// What was measured had not finished when its time ran out.
    pub unfinished: bool,
}

impl Metric {
    /// A figure of this kind.
    pub fn is(self, value: f64) -> Measure {
        Measure {
            metric: self,
            value,
            lost: 0.0,
            wrong: 0,
            unfinished: false,
        }
    }
}

/// What several runs say together.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Summary {
    /// The one in the middle.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// How many.
    pub runs: usize,
    /// The largest share of messages lost in any run.
    pub lost: f64,
    /// Messages out of order or with a wrong content, in all runs.
    pub wrong: u64,
    /// A run had not finished when its time ran out.
    pub unfinished: bool,
}

impl Summary {
    /// Of at least one figure.
    pub fn of(measures: &[Measure]) -> Option<Self> {
        let values: Vec<f64> = measures.iter().map(|measure| measure.value).collect();
        let median = quantile(&values, 0.5)?;
        Some(Self {
            median,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            runs: values.len(),
            lost: measures.iter().map(|measure| measure.lost).fold(0.0, f64::max),
            wrong: measures.iter().map(|measure| measure.wrong).sum(),
            unfinished: measures.iter().any(|measure| measure.unfinished),
        })
    }
}

/// The value below which a share `q` of the values lies; of an even number of values, half-way between two.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = q * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (
        *sorted.get(at.floor() as usize)?,
        *sorted.get(at.ceil() as usize)?,
    );
    Some(low + (high - low) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[4.0, 1.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 1.0), Some(3.0));
    }

    #[test]
    fn values_for_people() {
        assert_eq!(Unit::PerSecond.show(10_123_456.0), "10.1 M/s");
        assert_eq!(Unit::PerSecond.show(9_990.0), "9.99 k/s");
        assert_eq!(Unit::Seconds.show(0.000_067_8), "67.8 µs");
        assert_eq!(Unit::Seconds.show(2.4e-8), "24.0 ns");
        assert_eq!(Unit::Bytes.show(272e6), "272 MB");
        assert_eq!(Unit::Bytes.show(0.0), "0 B");
    }
}
