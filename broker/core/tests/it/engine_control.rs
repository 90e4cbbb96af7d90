//! Commands to the broker, below `$CONTROL/`: who may send them, and how many wait.

use std::sync::Arc;

use broker_core::access::{Acl, Realm, Realms};
use broker_core::engine::{BROKER_TOPIC, ConnId, DYNAMIC_SECURITY_TOPIC, Engine};
use broker_core::settings::{AclAccess, AclLine, BrokerSettings};
use broker_core::time::Time;
use packets::Connect;

const NOW: Time = Time::ZERO;

/// An engine whose clients may do everything below `$CONTROL/` that there is, and a client of 5.0.
fn engine() -> (Engine, ConnId) {
    let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    let lines = [
        AclLine::new("$CONTROL/#", AclAccess::ReadWrite),
        AclLine::new("#", AclAccess::ReadWrite),
    ];
    let realm = Realm {
        allow_anonymous: true,
        commands: Some(Arc::from("ds.json")),
        acl: Acl::of_lines(&lines).expect("they are good"),
        ..Realm::default()
    };
    engine.set_realms(NOW, Realms::one(realm));
    let admin = engine.open(NOW, "bench".to_owned());
    engine.receive(NOW, admin, &Connect::new(5, "admin").bytes());
    said(&mut engine, admin);
    (engine, admin)
}

/// What waits to be written to the client.
fn said(engine: &mut Engine, id: ConnId) -> Vec<u8> {
    let said = engine.outbox(id).expect("it is open").front().to_vec();
    engine.wrote(NOW, id, said.len());
    said
}

/// PUBLISH of 5.0; its first byte says QoS and RETAIN.
fn publish(first: u8, topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = (topic.len() as u16).to_be_bytes().to_vec();
    body.extend(topic.as_bytes());
    if first & 6 != 0 {
        body.extend([0, 1]);
    }
    body.push(0);
    body.extend(payload);
    packets::framed(first, &body)
}

#[test]
fn commands_go_to_nobody_are_not_retained_and_are_taken_once() {
    let (mut engine, admin) = engine();
    engine.receive(NOW, admin, b"\x82\x10\0\x01\0\0\x0A$CONTROL/#\0");
    said(&mut engine, admin);
    // QoS 1 with RETAIN; then QoS 2, twice.
    engine.receive(NOW, admin, &publish(0x33, DYNAMIC_SECURITY_TOPIC, b"one"));
    assert_eq!(said(&mut engine, admin), [0x40, 2, 0, 1]);
    for _ in 0..2 {
        engine.receive(NOW, admin, &publish(0x34, BROKER_TOPIC, b"two"));
        assert_eq!(said(&mut engine, admin), [0x50, 2, 0, 1]);
    }
    let messages: Vec<_> = std::iter::from_fn(|| engine.next_control()).collect();
    assert!(
        !format!("{messages:?}").contains("two"),
        "there may be passwords in it"
    );
    let taken: Vec<_> = messages.iter().map(|it| (&*it.topic, &it.payload[..])).collect();
    assert_eq!(
        taken,
        [(DYNAMIC_SECURITY_TOPIC, &b"one"[..]), (BROKER_TOPIC, &b"two"[..])]
    );
    assert!(
        engine
            .state(NOW)
            .retained_message(DYNAMIC_SECURITY_TOPIC)
            .is_none()
    );
}

#[test]
fn so_many_wait_and_no_more() {
    let (mut engine, admin) = engine();
    let refused = |said: Vec<u8>| packets::body(&said).get(2).copied();
    for _ in 0..64 {
        engine.receive(NOW, admin, &publish(0x32, DYNAMIC_SECURITY_TOPIC, b"x"));
        assert_eq!(refused(said(&mut engine, admin)), None);
    }
    engine.receive(NOW, admin, &publish(0x32, DYNAMIC_SECURITY_TOPIC, b"x"));
    assert_eq!(refused(said(&mut engine, admin)), Some(0x97));
    // A run that a lane would take, without answers: none of it is taken either.
    engine.receive(
        NOW,
        admin,
        &publish(0x30, DYNAMIC_SECURITY_TOPIC, b"y").repeat(500),
    );
    assert_eq!(std::iter::from_fn(|| engine.next_control()).count(), 64);
    // As to bytes, they are counted off again.
    for (bytes, reason) in [(1 << 20, None), (1, Some(0x97))] {
        engine.receive(
            NOW,
            admin,
            &publish(0x32, DYNAMIC_SECURITY_TOPIC, &vec![b'x'; bytes]),
        );
        assert_eq!(refused(said(&mut engine, admin)), reason);
    }
    assert!(engine.has_control() && engine.next_control().is_some());
    engine.receive(NOW, admin, &publish(0x32, DYNAMIC_SECURITY_TOPIC, b"x"));
    assert_eq!(refused(said(&mut engine, admin)), None);
}

#[test]
fn other_topics_are_refused_and_a_will_commands_nothing() {
    let (mut engine, admin) = engine();
    for topic in ["$CONTROL/dynamic-security/v1/response", "$CONTROL/x", "$CONTROL/"] {
        engine.receive(NOW, admin, &publish(0x32, topic, b"x"));
        let said = said(&mut engine, admin);
        assert_eq!(packets::body(&said)[2], 0x87, "{topic}");
        assert!(String::from_utf8_lossy(&said).contains("commands go to $CONTROL/dynamic-security/v1"));
    }
    let will = Connect {
        will: Some((DYNAMIC_SECURITY_TOPIC, "x")),
        ..Connect::new(4, "dies")
    };
    let dies = engine.open(NOW, "bench".to_owned());
    engine.receive(NOW, dies, &will.bytes());
    engine.closed(NOW, dies, "cut");
    assert!(!engine.has_control());
}
