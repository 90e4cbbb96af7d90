//! Many things that are due at once are done in parts, so that other clients get their turn in between.

use std::sync::Arc;

use broker_core::engine::Engine;
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{Connect, Packet, Publish, QoS, Version};

#[test]
fn a_storm_of_expiries_is_done_in_parts() {
    const TOPICS: usize = 5_000;
    let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 1);
    let conn = engine.open(Time::ZERO, "bench".to_owned());
    let mut bytes = Vec::new();
    Packet::Connect(Box::new(Connect::new(Version::V5, "c"))).encode(Version::V5, &mut bytes);
    for topic in 0..TOPICS {
        let topic = format!("t/{topic}");
        let mut publish = Publish::new(&topic, b"x", QoS::AtMostOnce);
        publish.retain = true;
        publish.properties.message_expiry_secs = Some(60);
        Packet::Publish(publish).encode(Version::V5, &mut bytes);
    }
    // A turn takes only so much of it.
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let taken = engine.receive(Time::ZERO, conn, rest);
        assert!(taken > 0, "{} bytes are left", rest.len());
        rest = &rest[taken..];
    }
    let retained = |engine: &Engine| engine.state(Time::ZERO).retained.len();
    assert_eq!(retained(&engine), TOPICS);

    let at = Time::from_secs(60);
    let mut parts = Vec::new();
    while engine.next_timeout().is_some_and(|due| due <= at) {
        let before = retained(&engine);
        engine.tick(at);
        parts.push(before - retained(&engine));
    }
    assert_eq!(retained(&engine), 0);
    assert!(parts.iter().all(|part| *part <= TOPICS / 2), "{parts:?}");
}
