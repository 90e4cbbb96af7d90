//! [`Clock`]: what is seen of the broker's clock, which no entry of the journal tells: that it was stopped, moved, or let run.

use std::time::{Duration, Instant};

use super::row::{Kind, Marks, Row};
use crate::time::Time;

/// Two looks are told apart from a move by more than this.
const SLACK: Duration = Duration::from_millis(750);

/// How the clock stood when it was looked at.
#[derive(Debug)]
struct Look {
    now: Time,
    is_frozen: bool,
    at: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Clock(Option<Look>);

impl Clock {
    /// Whether it shows more at `at` than it can by itself since the last look.
    pub fn is_ahead(&self, now: Time, at: Instant) -> bool {
        // Where it stood still, somebody may have let it run meanwhile.
        self.0.as_ref().is_some_and(|before| {
            now.saturating_since(before.now) > at.saturating_duration_since(before.at) + SLACK
        })
    }

    /// Looks at it; says what was done to it since the last look.
    pub fn look(&mut self, now: Time, is_frozen: bool, at: Instant) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(before) = &self.0 {
            let gone = now.saturating_since(before.now);
            if self.is_ahead(now, at) || (before.is_frozen && is_frozen && !gone.is_zero()) {
                let by = if before.is_frozen {
                    gone
                } else {
                    gone.saturating_sub(at.saturating_duration_since(before.at))
                };
                told.push(format!("moved on by {} s, to {}", secs(by), face(now)));
            }
            match (before.is_frozen, is_frozen) {
                (false, true) => told.push(format!("stopped at {}", face(now))),
                (true, false) => told.push(format!("runs again from {}", face(now))),
                _ => {}
            }
        }
        self.0 = Some(Look { now, is_frozen, at });
        told
    }
}

/// A row that stands behind this entry.
pub(super) fn row(seq: u64, at: Time, text: String) -> Row {
    Row {
        seq,
        at,
        kind: Kind::CLOCK,
        marks: Marks::default(),
        qos: 0,
        id: 0,
        who: "".into(),
        topic: None,
        text: text.into(),
        note: None,
        exchange: 0,
        root: None,
    }
}

fn secs(time: Duration) -> String {
    let text = format!("{:.1}", time.as_secs_f64());
    text.strip_suffix(".0")
        .map_or_else(|| text.clone(), ToOwned::to_owned)
}

fn face(now: Time) -> String {
    format!("{:.3} s", now.since_start().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::after;

    #[test]
    fn what_somebody_does_to_the_clock_is_told_and_its_own_pace_is_not() {
        let began = after(Duration::ZERO);
        let mut clock = Clock::default();
        // Milliseconds of the machine, those of the broker, and whether it stands still.
        for (at, now, is_frozen, told) in [
            (0, 700, false, vec![]),
            (1_000, 1_650, false, vec![]),
            (2_000, 2_100, true, vec!["stopped at 2.100 s"]),
            (3_000, 2_100, true, vec![]),
            (4_000, 62_100, true, vec!["moved on by 60 s, to 62.100 s"]),
            (5_000, 62_600, false, vec!["runs again from 62.600 s"]),
            (6_000, 73_600, false, vec!["moved on by 10 s, to 73.600 s"]),
            (7_000, 74_500, false, vec![]),
        ] {
            let now = Time::from_nanos(now * 1_000_000);
            assert_eq!(
                clock.look(now, is_frozen, began + Duration::from_millis(at)),
                told,
                "{at}"
            );
        }
        let ahead = |millis: u64| Time::from_nanos(millis * 1_000_000);
        let soon = began + Duration::from_millis(7_100);
        assert!(clock.is_ahead(ahead(80_000), soon) && !clock.is_ahead(ahead(74_700), soon));
    }
}
