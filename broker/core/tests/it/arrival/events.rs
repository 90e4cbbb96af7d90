//! Where it shows how a client came.

use std::sync::Arc;

use broker_core::arrival::{Arrival, Way};
use broker_core::engine::{CloseReason, ConnId, Engine, Event, Outbox};
use broker_core::journal::{Mark, Record};
use broker_core::pattern;
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;

use super::with_certificate;

const NOW: Time = Time::ZERO;
const CONNECT: &[u8] = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp";
const DISCONNECT: &[u8] = b"\xE0\0";

fn engine() -> Engine {
    let mut settings = BrokerSettings::default();
    settings.sys.interval_secs = 0;
    settings.auth.allow_anonymous = true;
    Engine::new(Arc::new(settings), 7)
}

fn events(engine: &Engine) -> Vec<Event> {
    let entries = engine.journal().since(Mark::START).entries;
    let events = entries.into_iter().filter_map(|entry| match entry.record {
        Record::Event(event) => Some(event),
        Record::Packet { .. } => None,
    });
    events.collect()
}

/// The JSON of all events in the journal.
fn json(engine: &Engine) -> Vec<serde_json::Value> {
    let entries = engine.journal().since(Mark::START).entries;
    let events = entries
        .iter()
        .filter(|entry| matches!(entry.record, Record::Event(_)));
    events
        .map(|entry| serde_json::to_value(entry).expect("an entry is JSON"))
        .collect()
}

fn arrived(engine: &mut Engine) -> ConnId {
    let conn = engine.open(NOW, "198.51.100.1:9".to_owned());
    engine.arrived(conn, with_certificate());
    conn
}

#[test]
fn events_and_state_tell_how_a_client_came() {
    let mut engine = engine();
    let conn = arrived(&mut engine);
    engine.receive(NOW, conn, CONNECT);
    let state = engine.state(NOW);
    let lamp = state.session("lamp").expect("it is connected");
    assert_eq!(lamp.peer.as_deref(), Some("192.0.2.7:40123"));
    assert_eq!(lamp.listener.as_deref(), Some("outside"));
    assert_eq!(lamp.tls, with_certificate().tls.as_deref().cloned());
    assert_eq!(serde_json::to_value(lamp).unwrap()["way"], "wss");

    engine.receive(NOW, conn, DISCONNECT);
    let state = engine.state(NOW);
    assert_eq!(state.session("lamp").and_then(|lamp| lamp.way), None);
    let [connected, disconnected, ended] = &json(&engine)[..] else {
        panic!("{:?}", events(&engine));
    };
    assert_eq!(ended["event"], "session_ended");
    for (field, value) in [
        ("peer", "192.0.2.7:40123"),
        ("way", "wss"),
        ("listener", "outside"),
        ("tls_version", "1.3"),
        ("certificate", "CN=lamp,O=Home"),
    ] {
        assert_eq!(connected[field], value, "{field}: {connected}");
    }
    assert_eq!(
        (&disconnected["way"], &disconnected["peer"]),
        (&"wss".into(), &connected["peer"])
    );
    let over_wss = pattern::event("connected")
        .field("way", "wss")
        .field("certificate", "CN=lamp,O=Home");
    let found = engine.journal().read(Mark::START, usize::MAX, &over_wss);
    assert_eq!(found.entries.len(), 1);
}

#[test]
fn without_a_word_about_it_a_client_came_by_plain_tcp() {
    let mut engine = engine();
    for told in [false, true] {
        let conn = engine.open(NOW, "192.0.2.7:1".to_owned());
        if told {
            let arrival = Arrival {
                peer: "192.0.2.7:1".to_owned(),
                ..Arrival::default()
            };
            engine.arrived(conn, arrival);
        }
        engine.receive(NOW, conn, CONNECT);
        let state = engine.state(NOW);
        let lamp = state.session("lamp").expect("it is connected");
        assert_eq!(
            (lamp.way, &lamp.listener, &lamp.tls),
            (Some(Way::default()), &Some("main".to_owned()), &None)
        );
        // A reset is told first.
        let connected = &json(&engine)[usize::from(told)];
        assert_eq!(connected["way"], "tcp");
        assert_eq!(connected["listener"], "main");
        for field in ["tls_version", "certificate"] {
            assert!(
                connected.get(field).is_some_and(serde_json::Value::is_null),
                "{field}"
            );
        }
        engine.reset(NOW);
    }
}

#[test]
fn a_refusal_tells_the_way() {
    let mut settings = BrokerSettings::default();
    settings.auth.allow_anonymous = false;
    let mut engine = Engine::new(Arc::new(settings), 7);
    let conn = arrived(&mut engine);
    engine.receive(NOW, conn, CONNECT);
    let refused = json(&engine);
    assert_eq!(
        (&refused[0]["event"], &refused[0]["way"]),
        (&"refused".into(), &"wss".into())
    );
}

#[test]
fn a_failed_handshake_is_told_once_and_nothing_is_written() {
    let mut engine = engine();
    let conn = engine.open(NOW, "198.51.100.1:9".to_owned());
    let why = "the client does not know the CA";
    engine.handshake_failed(NOW, conn, with_certificate(), why.to_owned());
    assert_eq!(
        engine.close_reason(conn),
        Some(&CloseReason::HandshakeFailed(why.to_owned()))
    );
    assert!(engine.outbox(conn).is_some_and(Outbox::is_empty));
    assert_eq!(engine.next_touched(), Some(conn));
    assert_eq!((engine.next_timeout(), engine.unsettled(NOW)), (None, None));
    // A second fault, and the end of the connection, are no news.
    engine.handshake_failed(NOW, conn, with_certificate(), "another".to_owned());
    engine.closed(NOW, conn, "closed");
    let [failed] = &json(&engine)[..] else {
        panic!("{:?}", events(&engine));
    };
    for (field, value) in [
        ("event", "handshake_failed"),
        ("peer", "192.0.2.7:40123"),
        ("way", "wss"),
        ("listener", "outside"),
        ("why", why),
    ] {
        assert_eq!(failed[field], value, "{failed}");
    }
    assert_eq!(failed["conn"], 1);
    assert_eq!(
        engine.client_stands("lamp"),
        "there never was a client \"lamp\"; seen: none; a handshake over wss failed: the client does not know the CA"
    );
    let stats = engine.stats();
    assert_eq!(
        (stats.handshakes_failed, stats.violations, stats.clients_refused),
        (1, 0, 0)
    );
    assert_eq!(engine.census().held_bytes, 0);
}

#[test]
fn a_fault_below_mqtt_after_connect_loses_the_client_with_its_will() {
    let mut engine = engine();
    let conn = arrived(&mut engine);
    // Will Flag, topic "w", no payload.
    engine.receive(NOW, conn, b"\x10\x15\0\x04MQTT\x04\x06\0\0\0\x04lamp\0\x01w\0\0");
    engine.handshake_failed(NOW, conn, with_certificate(), "a text frame".to_owned());
    let told = json(&engine);
    let words: Vec<_> = told
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        words,
        ["connected", "disconnected", "will_published", "session_ended"]
    );
    assert_eq!(
        (&told[1]["cause"], &told[1]["text"]),
        (&"handshake_failed".into(), &"a text frame".into())
    );
    assert_eq!(engine.stats().handshakes_failed, 0);
}

#[test]
fn who_was_no_client_is_forgotten_without_a_word() {
    let mut engine = engine();
    let browser = arrived(&mut engine);
    engine.forget(browser);
    engine.forget(browser);
    engine.closed(NOW, browser, "closed");
    assert_eq!((events(&engine), engine.next_timeout()), (Vec::new(), None));
    let census = engine.census();
    assert_eq!((census.connections, census.timers, census.held_bytes), (0, 0, 0));
}
