//! What the simulation found in the engine, each as the shortest exchange of packets that shows it.

use std::sync::Arc;
use std::time::Duration;

use broker_core::engine::{ConnId, Engine};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{
    self, Ack, Connect, ConnectProperties, Packet, PacketId, Publish, QoS, Subscribe, Version,
};

fn settings() -> BrokerSettings {
    let mut settings = BrokerSettings::default();
    settings.sys.interval_secs = 0;
    settings
}

fn at(secs: u64) -> Time {
    Time::from_secs(secs)
}

fn id(number: u16) -> PacketId {
    PacketId::new(number).expect("not 0")
}

fn connect(client_id: &str) -> Connect<'_> {
    Connect {
        clean_start: false,
        properties: ConnectProperties {
            session_expiry_secs: Some(1000),
            ..ConnectProperties::default()
        },
        ..Connect::new(Version::V5, client_id)
    }
}

fn publish<'a>(qos: QoS, packet_id: u16, topic: &'a str, payload: &'a [u8]) -> Publish<'a> {
    Publish {
        packet_id: PacketId::new(packet_id),
        ..Publish::new(topic, payload, qos)
    }
}

fn subscribe(filter: &str, qos: QoS) -> Packet<'_> {
    Packet::Subscribe(Subscribe::new(id(100), filter, qos))
}

fn ack(number: u16) -> Ack<'static> {
    Ack::new(id(number))
}

/// Opens a connection and says CONNECT.
fn enter(engine: &mut Engine, now: Time, connect: Connect<'_>) -> ConnId {
    let conn = engine.open(now, String::new());
    say(engine, now, conn, &Packet::Connect(Box::new(connect)));
    conn
}

/// Hands one packet to the engine.
fn say(engine: &mut Engine, now: Time, conn: ConnId, packet: &Packet<'_>) {
    let mut bytes = Vec::new();
    packet.encode(Version::V5, &mut bytes);
    assert_eq!(engine.receive(now, conn, &bytes), bytes.len());
}

/// Takes everything out of the outbox, a line for each packet; CONNACK and SUBACK are left out.
fn heard(engine: &mut Engine, now: Time, conn: ConnId) -> Vec<String> {
    let mut bytes = Vec::new();
    while let Some(outbox) = engine.outbox(conn).filter(|outbox| !outbox.is_empty()) {
        let part = outbox.front().to_vec();
        engine.wrote(now, conn, part.len());
        bytes.extend(part);
    }
    let mut lines = Vec::new();
    let mut rest = &bytes[..];
    while let Some(length) = wire::frame(rest, usize::MAX).expect("packets") {
        let packet = wire::decode(Version::V5, &rest[..length]).expect("a packet");
        if !matches!(packet, Packet::ConnAck(_) | Packet::SubAck(_)) {
            lines.push(packet.to_string());
        }
        rest = &rest[length..];
    }
    lines
}

#[test]
fn a_closed_connection_leaves_no_keep_alive_timer() {
    let mut engine = Engine::new(Arc::new(settings()), 1);
    let properties = ConnectProperties::default();
    let conn = enter(
        &mut engine,
        at(0),
        Connect {
            keep_alive_secs: 60_000,
            properties,
            ..connect("a")
        },
    );
    assert_eq!(engine.census().timers, 1);
    engine.closed(at(1), conn, "gone");
    assert_eq!(engine.census().timers, 0);
    assert_eq!(engine.next_timeout(), None);
}

#[test]
fn a_keep_alive_timer_that_moved_on_is_cleared_too() {
    let mut engine = Engine::new(Arc::new(settings()), 1);
    let conn = enter(
        &mut engine,
        at(0),
        Connect {
            keep_alive_secs: 10,
            ..connect("a")
        },
    );
    say(&mut engine, at(5), conn, &Packet::PingReq);
    engine.tick(at(15));
    assert_eq!(
        engine.next_timeout(),
        Some(at(20)),
        "1.5 times 10 s after the last packet"
    );
    engine.closed(at(16), conn, "gone");
    // What is left is the end of the session.
    assert_eq!(engine.next_timeout(), Some(at(1016)));
    assert_eq!(engine.census().timers, 1);
}

// MQTT5-3.3.2-5: to the member that takes over, the message would be a new one.
#[test]
fn a_message_that_expired_is_not_handed_to_another_member() {
    for (leaves_after_secs, gets_it) in [(1, true), (3, false)] {
        let mut engine = Engine::new(Arc::new(settings()), 1);
        let leaver = enter(
            &mut engine,
            at(0),
            Connect {
                properties: ConnectProperties::default(),
                ..connect("a")
            },
        );
        say(
            &mut engine,
            at(0),
            leaver,
            &subscribe("$share/g/t", QoS::AtLeastOnce),
        );
        let publisher = enter(&mut engine, at(0), connect("p"));
        let mut message = publish(QoS::AtLeastOnce, 1, "t", b"x");
        message.properties.message_expiry_secs = Some(2);
        say(&mut engine, at(0), publisher, &Packet::Publish(message));
        assert_eq!(heard(&mut engine, at(0), leaver).len(), 1);
        let other = enter(&mut engine, at(0), connect("b"));
        say(
            &mut engine,
            at(0),
            other,
            &subscribe("$share/g/t", QoS::AtLeastOnce),
        );
        // It never acknowledged, and its session ends with its connection.
        engine.closed(at(leaves_after_secs), leaver, "gone");
        let heard = heard(&mut engine, at(leaves_after_secs), other);
        assert_eq!(!heard.is_empty(), gets_it, "{heard:?}");
    }
}

// Section 3.1.2.11.3: the value holds for one connection; what an earlier one left open does not use it up.
#[test]
fn receive_maximum_counts_the_messages_of_this_connection() {
    let mut settings = settings();
    settings.session.receive_maximum = 2;
    let mut engine = Engine::new(Arc::new(settings), 1);
    let first = enter(&mut engine, at(0), connect("a"));
    for number in [1, 2] {
        say(
            &mut engine,
            at(0),
            first,
            &Packet::Publish(publish(QoS::ExactlyOnce, number, "t", b"x")),
        );
    }
    engine.closed(at(0), first, "gone");
    let second = enter(&mut engine, at(1), connect("a"));
    for number in [3, 1] {
        say(
            &mut engine,
            at(1),
            second,
            &Packet::Publish(publish(QoS::ExactlyOnce, number, "t", b"x")),
        );
    }
    assert_eq!(
        engine.close_reason(second),
        None,
        "two are open on this connection"
    );
    // PUBREL for one that was opened earlier frees nothing of this connection's.
    say(&mut engine, at(1), second, &Packet::PubRel(ack(2)));
    say(&mut engine, at(1), second, &Packet::PubRel(ack(1)));
    say(
        &mut engine,
        at(1),
        second,
        &Packet::Publish(publish(QoS::ExactlyOnce, 4, "t", b"x")),
    );
    assert_eq!(engine.close_reason(second), None);
    say(
        &mut engine,
        at(1),
        second,
        &Packet::Publish(publish(QoS::ExactlyOnce, 5, "t", b"x")),
    );
    let said = heard(&mut engine, at(1), second);
    assert!(
        said.last()
            .is_some_and(|last| last.starts_with("DISCONNECT(0x93")),
        "{said:?}"
    );
}

// MQTT5-4.6.0-6, MQTT311-4.6.0-6
#[test]
fn a_qos_0_message_does_not_overtake_one_that_was_queued() {
    let mut settings = settings();
    settings.session.queue_qos0 = true;
    let mut engine = Engine::new(Arc::new(settings), 1);
    let reader = enter(&mut engine, at(0), connect("a"));
    say(&mut engine, at(0), reader, &subscribe("t", QoS::ExactlyOnce));
    engine.closed(at(0), reader, "gone");
    let publisher = enter(&mut engine, at(0), connect("p"));
    say(
        &mut engine,
        at(0),
        publisher,
        &Packet::Publish(publish(QoS::AtLeastOnce, 1, "t", b"1")),
    );
    say(
        &mut engine,
        at(0),
        publisher,
        &Packet::Publish(publish(QoS::AtMostOnce, 0, "t", b"2")),
    );
    let mut again = connect("a");
    again.properties.receive_maximum = Some(1);
    let reader = enter(&mut engine, at(1), again);
    say(
        &mut engine,
        at(1),
        publisher,
        &Packet::Publish(publish(QoS::AtMostOnce, 0, "t", b"3")),
    );
    say(&mut engine, at(1), reader, &Packet::PubAck(ack(1)));
    say(
        &mut engine,
        at(1) + Duration::from_secs(1),
        publisher,
        &Packet::Publish(publish(QoS::AtMostOnce, 0, "t", b"4")),
    );
    let said = heard(&mut engine, at(2), reader);
    let order: Vec<&str> = said.iter().filter_map(|line| line.split('"').nth(3)).collect();
    assert_eq!(order, ["1", "2", "3", "4"], "{said:?}");
}
