//! [`Loads`]: how much there was a minute, averaged over one, five and fifteen minutes.

use super::table::{TOPICS, Value};
use crate::engine::Stats;
use crate::time::Time;

/// The spans that are averaged over: the last level of the topic, and seconds.
pub(super) const SPANS: [(&str, f64); 3] = [("1min", 60.0), ("5min", 300.0), ("15min", 900.0)];

/// Exponential moving averages of what is counted, for each row of the table that is a load.
///
/// As mosquitto and the load average of Unix do it: at each update the average moves towards the rate since the last
/// update, the further the longer that is ago; a span after a rate has changed, 63 % of the change have arrived. All
/// start at 0.
#[derive(Debug, Default)]
pub(super) struct Loads {
    at: Time,
    rows: Vec<Row>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Row {
    counted: u64,
    averages: [f64; SPANS.len()],
}

impl Loads {
    /// Averages over nothing yet; counting begins at `now`, with all counters at 0.
    pub(super) fn starting(now: Time) -> Self {
        Self {
            at: now,
            rows: vec![Row::default(); TOPICS.len()],
        }
    }

    /// Takes in what was counted since the last update.
    pub(super) fn update(&mut self, now: Time, stats: &Stats) {
        let secs = now.saturating_since(self.at).as_secs_f64();
        if secs <= 0.0 {
            return;
        }
        self.at = now;
        for (row, topic) in self.rows.iter_mut().zip(TOPICS) {
            let Value::Load(counter) = topic.value else {
                continue;
            };
            let count = counter(stats);
            // The counts between two updates are small enough for an f64 to hold them exactly.
            #[allow(clippy::cast_precision_loss)]
            let rate = count.saturating_sub(row.counted) as f64 * 60.0 / secs;
            row.counted = count;
            for (average, (_, span_secs)) in row.averages.iter_mut().zip(SPANS) {
                *average = rate + (-secs / span_secs).exp() * (*average - rate);
            }
        }
    }

    /// The averages of one row of the table, each with its span's name.
    pub(super) fn averages(&self, row: usize) -> [(&'static str, f64); SPANS.len()] {
        let averages = self.rows.get(row).copied().unwrap_or_default().averages;
        std::array::from_fn(|i| (SPANS[i].0, averages[i]))
    }
}
