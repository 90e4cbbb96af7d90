//! Tests of rules: what they say, and what they do.

mod acts;
mod chance;
mod changes;
mod found;
mod mistakes;
mod switched;
mod written;

use serde_json::Value as Json;

use super::{Deed, Faults, Rule, Who};
use crate::journal::Direction;
use crate::scenario::Scenarios;
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::Version;

/// A client of this version.
fn client(name: &str, version: Version) -> Who {
    Who {
        conn: ConnId::relayed(1),
        client_id: name.into(),
        user: Some("ann".into()),
        listener: "main".into(),
        version,
    }
}

/// Rules in force, and what they are asked with.
struct Bench {
    faults: Faults,
    scenarios: Scenarios,
    now: Time,
}

impl Bench {
    fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut faults = Faults::new(1);
        for rule in rules {
            faults.add(Time::ZERO, rule).expect("it can work");
        }
        Self {
            faults,
            scenarios: Scenarios::default(),
            now: Time::ZERO,
        }
    }

    fn of(rules: Json) -> Self {
        let all = rules.as_array().cloned().unwrap_or(vec![rules]);
        Self::new(all.iter().map(|one| Rule::from_json(one).expect("it can work")))
    }

    fn decide(&mut self, who: &Who, direction: Direction, packet: &[u8]) -> Option<Deed> {
        self.faults
            .decide(self.now, &mut self.scenarios, who, direction, packet, None)
    }

    /// Whose rule acts on a packet from the client.
    fn sent(&mut self, who: &Who, packet: &[u8]) -> Option<String> {
        self.decide(who, Direction::In, packet)
            .map(|deed| deed.rule.to_string())
    }
}
