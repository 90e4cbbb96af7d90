//! The bridge that tests with chance have: everything goes out and comes in, each way to topics of its own.

use broker_bridge::{Backoff, Direction, Plan, Rule};
use broker_core::wire::{QoS, Version};

/// A bridge with these lines too.
pub fn plan_with(version: Version, more: impl IntoIterator<Item = Rule>) -> Plan {
    let mut rules = vec![
        Rule::new("#", Direction::Out, QoS::ExactlyOnce).prefixes("up/", "from/near/"),
        Rule::new("#", Direction::In, QoS::ExactlyOnce).prefixes("from/far/", "down/"),
    ];
    rules.extend(more);
    Plan {
        version,
        backoff: Backoff {
            base_millis: 1_000,
            cap_millis: 3_000,
        },
        ..Plan::new("up", rules)
    }
}
