//! A contract that is much work, and the turns of the others.

use std::sync::Arc;

use broker_core::engine::{Broken, CloseReason, ConnId, Contract, Engine};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{Connect, Packet, Publish, QoS, Subscribe, Version};

/// One that nothing breaks, and that takes so many steps to see it.
#[derive(Debug)]
struct Slow(u64);

impl Contract for Slow {
    fn publication(
        &self,
        _: Time,
        _: ConnId,
        _: &Arc<str>,
        _: Version,
        _: &str,
        _: &Publish<'_>,
    ) -> Vec<Broken> {
        Vec::new()
    }

    fn connection(&self, _: Time, _: ConnId, _: &Arc<str>, _: &Connect<'_>) -> Vec<Broken> {
        Vec::new()
    }

    fn subscription(&self, _: &Arc<str>, _: &Subscribe<'_>) {}

    fn ended(&self, _: Time, _: ConnId, _: &Arc<str>, _: &CloseReason) -> Vec<Broken> {
        Vec::new()
    }

    fn closed(&self, _: ConnId) {}

    fn retained_at(&self, _: &str) -> Option<String> {
        None
    }

    fn reset(&self) {}

    fn steps(&self) -> u64 {
        self.0
    }

    fn is_in_force(&self) -> bool {
        true
    }

    fn enforces(&self) -> bool {
        false
    }
}

/// How many messages one turn takes.
fn in_one_turn(steps: u64) -> u64 {
    let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 1);
    engine.set_contract(Some(Arc::new(Slow(steps))));
    let lamp = engine.open(Time::ZERO, String::new());
    let mut bytes = Vec::new();
    Packet::Connect(Box::new(Connect::new(Version::V311, "lamp"))).encode(Version::V311, &mut bytes);
    engine.receive(Time::ZERO, lamp, &bytes);
    bytes.clear();
    for _ in 0..100 {
        Packet::Publish(Publish::new("t", b"x", QoS::AtMostOnce)).encode(Version::V311, &mut bytes);
    }
    engine.receive(Time::ZERO, lamp, &bytes);
    engine.stats().publish_received
}

#[test]
fn behind_a_message_that_was_much_work_the_others_have_their_turn() {
    assert_eq!(in_one_turn(10), 100);
    assert_eq!(in_one_turn(1_000), 3);
    assert_eq!(in_one_turn(10_000_000), 1);
}
