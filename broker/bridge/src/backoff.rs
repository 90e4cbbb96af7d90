//! [`Wait`]: how long until the next attempt.

use std::time::Duration;

use broker_core::chance::Rng;

use crate::plan::Backoff;

/// "Decorrelated jitter": each wait is drawn between the base and three times the one before.
#[derive(Debug)]
pub(crate) struct Wait {
    backoff: Backoff,
    last_millis: u64,
}

impl Wait {
    pub(crate) fn new(backoff: Backoff) -> Self {
        Self {
            backoff,
            last_millis: 0,
        }
    }

    /// It worked: the next wait is a short one again.
    pub(crate) fn reset(&mut self) {
        self.last_millis = 0;
    }

    pub(crate) fn next(&mut self, chance: &mut Rng) -> Duration {
        let base = u64::from(self.backoff.base_millis.max(1));
        let cap = u64::from(self.backoff.cap_millis).max(base);
        let most = self.last_millis.max(base).saturating_mul(3).min(cap);
        self.last_millis = base + chance.below(most - base + 1);
        Duration::from_millis(self.last_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_constant_or_grows_up_to_its_cap() {
        let mut chance = Rng::new(1);
        let mut constant = Wait::new(Backoff {
            base_millis: 2_000,
            cap_millis: 0,
        });
        for _ in 0..9 {
            assert_eq!(constant.next(&mut chance), Duration::from_secs(2));
        }
        let mut jitter = Wait::new(Backoff {
            base_millis: 5_000,
            cap_millis: 30_000,
        });
        let waits: Vec<Duration> = (0..1000).map(|_| jitter.next(&mut chance)).collect();
        let bounds = Duration::from_secs(5)..=Duration::from_secs(30);
        assert!(waits.iter().all(|wait| bounds.contains(wait)), "{waits:?}");
        assert!(
            waits[0] <= Duration::from_secs(15),
            "the first is drawn up to three times the base"
        );
        assert!(
            waits.iter().any(|wait| *wait > Duration::from_secs(25)),
            "it grows"
        );
        jitter.reset();
        assert!(jitter.next(&mut chance) <= Duration::from_secs(15));
    }
}
