//! Connections that are not let in, where there are too many.

use std::sync::Arc;
use std::time::Duration;

use broker_core::auth::{Authenticators, Step};
use broker_core::engine::{CloseReason, ConnId, Engine};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;

use crate::common::outbox::written;

const NOW: Time = Time::ZERO;

fn engine(max_connections: u32) -> Engine {
    let mut settings = BrokerSettings::default();
    settings.limits.max_connections = max_connections;
    settings.sys.interval_secs = 0;
    let mut engine = Engine::new(Arc::new(settings), 7);
    let mut hooks = Authenticators::default();
    hooks.set_method(
        "SLOW",
        Arc::new(|_| Box::new(|_: Option<&[u8]>| Step::Challenge(None))),
    );
    engine.set_authenticators(hooks);
    engine
}

fn open(engine: &mut Engine) -> ConnId {
    engine.open(NOW, String::new())
}

/// The first bytes of the answer to CONNECT of a client with a name of one letter.
fn connect(engine: &mut Engine, conn: ConnId, name: u8) -> Vec<u8> {
    let hello = [b"\x10\x0D\0\x04MQTT\x04\x02\0\0\0\x01", &[name][..]].concat();
    engine.receive(NOW, conn, &hello);
    written(engine, conn)
}

const ACCEPTED: [u8; 4] = [0x20, 2, 0, 0];
const UNAVAILABLE: [u8; 4] = [0x20, 2, 0, 3];

#[test]
fn the_oldest_that_is_not_let_in_gives_way() {
    let mut engine = engine(100);
    let conns: Vec<_> = (0..4).map(|_| open(&mut engine)).collect();
    assert_eq!(connect(&mut engine, conns[0], b'a'), ACCEPTED);
    engine.closed(NOW, conns[2], "gone");
    assert_eq!(engine.make_way(NOW), Some(conns[1]));
    assert_eq!(engine.close_reason(conns[1]), Some(&CloseReason::GaveWay));
    assert!(written(&mut engine, conns[1]).is_empty());
    assert_eq!(engine.make_way(NOW), Some(conns[3]));
    assert_eq!(engine.make_way(NOW), None);
    assert_eq!(engine.close_reason(conns[0]), None);
    assert_eq!(engine.stats().connections_gave_way, 2);
}

#[test]
fn one_that_has_only_just_come_has_a_moment_for_its_connect() {
    let mut engine = engine(100);
    let (patience, conn) = (Duration::from_millis(50), open(&mut engine));
    let almost = NOW + Duration::from_millis(49);
    assert_eq!(engine.make_way_after(almost, patience), None);
    let late = engine.open(almost, String::new());
    assert_eq!(engine.make_way_after(NOW + patience, patience), Some(conn));
    assert_eq!(engine.make_way_after(NOW + patience, patience), None);
    assert_eq!(engine.make_way(NOW + patience), Some(late));
}

#[test]
fn one_that_does_not_finish_its_authentication_is_told_and_gives_way_too() {
    let mut engine = engine(100);
    let conn = open(&mut engine);
    engine.receive(
        NOW,
        conn,
        b"\x10\x15\0\x04MQTT\x05\x02\0\0\x07\x15\0\x04SLOW\0\x01a",
    );
    written(&mut engine, conn);
    assert_eq!(engine.make_way(NOW), Some(conn));
    // CONNACK with Server busy.
    assert_eq!(written(&mut engine, conn)[..4], [0x20, 3, 0, 0x89]);
    assert_eq!(engine.next_timeout(), None);
}

#[test]
fn those_that_are_not_let_in_take_no_clients_place() {
    let mut engine = engine(2);
    let silent: Vec<_> = (0..1_000).map(|_| open(&mut engine)).collect();
    for (name, answer) in [(b'a', ACCEPTED), (b'b', ACCEPTED), (b'c', UNAVAILABLE)] {
        let conn = open(&mut engine);
        assert_eq!(connect(&mut engine, conn, name), answer, "{}", name as char);
    }
    // A client that takes over its own connection needs no more room.
    let again = open(&mut engine);
    assert_eq!(connect(&mut engine, again, b'a'), ACCEPTED);
    assert_eq!(connect(&mut engine, silent[0], b'd'), UNAVAILABLE);
}

#[test]
fn what_is_remembered_of_them_does_not_grow_with_those_that_were_here() {
    let mut engine = engine(100);
    let first = open(&mut engine);
    for _ in 0..100_000 {
        let conn = open(&mut engine);
        engine.closed(NOW, conn, "gone");
    }
    let last = open(&mut engine);
    assert_eq!(engine.make_way(NOW), Some(first));
    assert_eq!(engine.make_way(NOW), Some(last));
}
