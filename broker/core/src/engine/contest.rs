//! [`Contest`]: clients that take one identifier from each other, again and again.

use std::time::Duration;

use crate::time::Time;

/// So many takeovers of one identifier are a contest. A client that comes back after a lost connection makes one takeover.
const TAKEOVERS: u32 = 3;
/// A contest is over when there was no takeover for so long.
const QUIET: Duration = Duration::from_secs(30);

/// How often an identifier was taken over, up to the connection that has it now. It dies with that connection, so that
/// there are never more of these than connections.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Contest {
    takeovers: u32,
    began: Time,
    last: Time,
}

impl Contest {
    /// After one more takeover.
    #[must_use]
    pub fn taken_over(self, now: Time) -> Self {
        let goes_on = self.takeovers > 0 && now - self.last < QUIET;
        let (takeovers, began) = if goes_on {
            (self.takeovers.saturating_add(1), self.began)
        } else {
            (1, now)
        };
        Self {
            takeovers,
            began,
            last: now,
        }
    }

    /// How many takeovers within how long, if this takeover makes it a contest. So each contest is told once.
    pub fn news(self) -> Option<(u32, Duration)> {
        (self.takeovers == TAKEOVERS).then(|| (self.takeovers, self.last - self.began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_and_again_after_a_quiet_time() {
        let at = |secs: u64| Time::ZERO + Duration::from_secs(secs);
        let mut contest = Contest::default();
        let mut told = Vec::new();
        for secs in [0, 1, 2, 3, 32, 61, 91, 92, 93, 94] {
            contest = contest.taken_over(at(secs));
            if contest.news().is_some() {
                told.push(secs);
            }
        }
        assert_eq!(told, [2, 93]);
    }
}
