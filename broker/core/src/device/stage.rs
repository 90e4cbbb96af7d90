//! [`Stage`]: a part of the life of a device or a group.

use std::time::Duration;

use serde::Serialize;

use crate::chance::Rng;
use crate::time::Time;

/// A part of the life of a device or a group, with how long it takes. They come one after the other; after the last one,
/// everything stays as it is.
///
/// ```
/// use broker_core::device::{Device, Stage};
///
/// // 500 lamps connect within a minute. After an hour all are lost at once, and come back within ten seconds.
/// let lamps = Device::new("lamp").count(500).stages([
///     Stage::connect_secs(60.0),
///     Stage::run_secs(3600.0),
///     Stage::storm_secs(10.0),
///     Stage::run_secs(3600.0),
///     Stage::leave_secs(5.0),
/// ]);
/// # let _ = lamps;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Stage {
    /// They connect, evenly spread over this time, in the order of their numbers.
    Connect {
        /// Seconds.
        connect_secs: f64,
    },
    /// Nothing changes.
    Run {
        /// Seconds.
        run_secs: f64,
    },
    /// All connections are lost in the same moment, without a word. Each comes back within this time, at an instant that is
    /// left to chance.
    Storm {
        /// Seconds.
        storm_secs: f64,
    },
    /// They disconnect, evenly spread over this time, and stay away.
    Leave {
        /// Seconds.
        leave_secs: f64,
        /// With DISCONNECT; without, their wills are published.
        goodbye: bool,
    },
}

/// What happens to one client at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It wants to be connected.
    Connect,
    /// Its connection is lost, and it waits for its next step.
    Drop,
    /// It goes, with or without a goodbye.
    Leave(bool),
}

impl Stage {
    /// [`Stage::Connect`].
    pub fn connect_secs(connect_secs: f64) -> Self {
        Self::Connect { connect_secs }
    }

    /// [`Stage::Run`].
    pub fn run_secs(run_secs: f64) -> Self {
        Self::Run { run_secs }
    }

    /// [`Stage::Storm`].
    pub fn storm_secs(storm_secs: f64) -> Self {
        Self::Storm { storm_secs }
    }

    /// [`Stage::Leave`], with a goodbye.
    pub fn leave_secs(leave_secs: f64) -> Self {
        let goodbye = true;
        Self::Leave { leave_secs, goodbye }
    }

    /// Its key in a file, and how long it takes.
    pub(super) fn secs(self) -> (&'static str, f64) {
        match self {
            Self::Connect { connect_secs } => ("connect_secs", connect_secs),
            Self::Run { run_secs } => ("run_secs", run_secs),
            Self::Storm { storm_secs } => ("storm_secs", storm_secs),
            Self::Leave { leave_secs, .. } => ("leave_secs", leave_secs),
        }
    }

    /// What it means for one of `count` clients, the `nth` from 0, if it begins at `begins`.
    fn steps(self, begins: Time, (nth, count): (u32, u32), chance: &mut Rng, steps: &mut Vec<(Time, Step)>) {
        let secs = self.secs().1;
        let share = || begins + Duration::from_secs_f64(secs * f64::from(nth) / f64::from(count.max(1)));
        match self {
            Self::Connect { .. } => steps.push((share(), Step::Connect)),
            Self::Run { .. } => {}
            Self::Storm { .. } => {
                steps.push((begins, Step::Drop));
                let back = Duration::from_secs_f64(secs * chance.unit());
                steps.push((begins + back, Step::Connect));
            }
            Self::Leave { goodbye, .. } => steps.push((share(), Step::Leave(goodbye))),
        }
    }
}

/// The steps of one of `count` clients, the `nth` from 0.
pub(super) fn steps(
    stages: &[Stage],
    begins: Time,
    which: (u32, u32),
    chance: &mut Rng,
) -> Vec<(Time, Step)> {
    let (mut at, mut steps) = (begins, Vec::new());
    for stage in stages {
        stage.steps(at, which, chance, &mut steps);
        at = at + Duration::from_secs_f64(stage.secs().1);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_even_and_a_storm_brings_everybody_back_in_time() {
        let stages = [
            Stage::connect_secs(10.0),
            Stage::run_secs(50.0),
            Stage::storm_secs(5.0),
            Stage::leave_secs(10.0),
        ];
        let of = |nth| {
            steps(
                &stages,
                Time::from_secs(100),
                (nth, 5),
                &mut Rng::new(u64::from(nth)),
            )
        };
        for nth in 0..5 {
            let steps = of(nth);
            let ramp = u64::from(nth) * 2;
            assert_eq!(steps[0], (Time::from_secs(100 + ramp), Step::Connect));
            assert_eq!(steps[1], (Time::from_secs(160), Step::Drop));
            assert!(steps[2].0 >= Time::from_secs(160) && steps[2].0 < Time::from_secs(165));
            assert_eq!(steps[3], (Time::from_secs(165 + ramp), Step::Leave(true)));
        }
        assert_ne!(of(1)[2].0, of(2)[2].0);
        assert_eq!(of(1), of(1));
    }
}
