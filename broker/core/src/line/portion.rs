//! [`Portion`]: how many bytes are given to a line at a time, so that the other clients get their turn.

/// So many rules or stubs may be asked in one turn: less than a millisecond.
const ASKED_IN_A_TURN: u64 = 2_000;
const LEAST_BYTES: usize = 64;
const MOST_BYTES: usize = 64 * 1024;

/// How many bytes are given at a time. It shrinks where they make many rules or stubs be asked, and grows where they do not.
///
/// ```
/// let mut portion = broker_core::line::Portion::default();
/// let first = portion.bytes();
/// portion.spent(10); // few were asked
/// assert!(portion.bytes() > first);
/// portion.spent(1_000_000);
/// assert_eq!(portion.bytes(), first);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Portion {
    bytes: usize,
}

impl Default for Portion {
    fn default() -> Self {
        Self { bytes: LEAST_BYTES }
    }
}

impl Portion {
    /// At most so many.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many rules or stubs were asked because of what was given last.
    pub fn spent(&mut self, asked: u64) {
        if asked > ASKED_IN_A_TURN {
            let times = usize::try_from(asked / ASKED_IN_A_TURN).unwrap_or(usize::MAX);
            self.bytes = (self.bytes / times.max(2)).max(LEAST_BYTES);
        } else if asked < ASKED_IN_A_TURN / 2 {
            self.bytes = (self.bytes * 2).min(MOST_BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Faults, Rule, Who};
    use crate::journal::Direction;
    use crate::line::{Attach, Line, World};
    use crate::scenario::Scenarios;
    use crate::time::Time;
    use crate::wire::Version;

    /// How much a line takes at a time once many small messages have passed so many rules that none of them means.
    fn with_rules(count: usize) -> usize {
        let mut faults = Faults::new(7);
        for number in 0..count {
            let rule = format!(
                r#"{{"name": "r{number}", "when": {{"packet": "PUBLISH", "topic": "a/{number}"}}, "action": "drop"}}"#
            );
            let rule = serde_json::from_str(&rule).expect("it is JSON");
            let rule = Rule::from_json(&rule).expect("it can work");
            faults.add(Time::ZERO, rule).expect("its name is new");
        }
        let who = Who {
            conn: crate::session::ConnId::relayed(1),
            client_id: "lamp".into(),
            user: None,
            listener: "main".into(),
            version: Version::V311,
        };
        let mut line = Line::new(who, Attach::default());
        let publish = b"\x30\x04\0\x01bx";
        for _ in 0..20 {
            let most = publish.repeat(line.portion_bytes() / publish.len());
            let world = &mut World {
                now: Time::ZERO,
                faults: &mut faults,
                scenarios: &mut Scenarios::default(),
                note: &mut |_| (),
            };
            line.receive(world, Direction::In, &most);
            let length = line.ready(Direction::In).map_or(0, |ready| ready.bytes.len());
            line.took(Direction::In, length);
        }
        line.portion_bytes()
    }

    #[test]
    fn the_more_rules_there_are_the_sooner_others_get_their_turn() {
        assert_eq!(with_rules(0), MOST_BYTES);
        assert!((LEAST_BYTES + 1..MOST_BYTES / 4).contains(&with_rules(50)));
        assert_eq!(with_rules(3_000), LEAST_BYTES);
    }

    #[test]
    fn it_follows_what_is_spent_and_has_bounds() {
        let mut portion = Portion::default();
        for _ in 0..20 {
            portion.spent(0);
        }
        assert_eq!(portion.bytes(), MOST_BYTES);
        portion.spent(ASKED_IN_A_TURN);
        assert_eq!(portion.bytes(), MOST_BYTES);
        for _ in 0..20 {
            portion.spent(1_000_000);
        }
        assert_eq!(portion.bytes(), LEAST_BYTES);
    }
}
