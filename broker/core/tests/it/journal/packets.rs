//! Packets and events, in the order in which they happened.

use broker_core::journal::{CloseReason, Direction, Event, Mark, Record};
use broker_core::time::Time;
use broker_core::wire::{
    Disconnect, DisconnectProperties, Packet, PublishProperties, QoS, ReasonCode, Version,
};

use super::bench::{Bench, lines, publish};

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

#[test]
fn a_short_life_reads_from_connect_to_disconnect() {
    for version in VERSIONS {
        let mut bench = Bench::new(|_| {});
        let id = bench.connect("a", version);
        bench.subscribe(id, version, "t/#", QoS::AtMostOnce);
        bench.at_secs(1);
        bench.send(
            id,
            version,
            &Packet::Publish(publish("t/1", b"hi", QoS::AtLeastOnce)),
        );
        bench.send(id, version, &Packet::PingReq);
        let goodbye = Disconnect {
            reason: ReasonCode::SUCCESS,
            properties: DisconnectProperties::default(),
        };
        bench.send(id, version, &Packet::Disconnect(goodbye));
        let all = bench.since(Mark::START);
        assert_eq!(
            lines(&all),
            [
                "a → CONNECT",
                "a ← CONNACK",
                "a * Connected",
                "a → SUBSCRIBE",
                "a * Subscribed",
                "a ← SUBACK",
                "a → PUBLISH t/1 [sent a]",
                "a ← PUBLISH t/1",
                "a ← PUBACK",
                "a → PINGREQ",
                "a ← PINGRESP",
                "a → DISCONNECT",
                "a * Disconnected",
                "a * SessionEnded",
            ],
            "{version:?}"
        );
        assert_eq!((all.missed, all.until), (0, bench.mark()));
        for (number, entry) in all.entries.iter().enumerate() {
            assert_eq!(entry.seq, number as u64 + 1);
            assert_eq!(entry.at, Time::from_secs(u64::from(number > 5)));
            // The end of a session is on no connection.
            let on = (number < 13).then_some(id);
            assert_eq!(entry.conn, on, "{entry:?}");
            if let Some(packet) = entry.packet() {
                assert_eq!(entry.version, version);
                packet.expect("what both sides said can be read");
            }
        }
    }
}

#[test]
fn what_is_no_packet_is_there_too_and_how_it_ended() {
    let mut bench = Bench::new(|_| {});
    let http = bench.open();
    bench.receive(http, b"GET / HTTP/1.1\r\n\r\n");
    let all = bench.since(Mark::START);
    assert_eq!(lines(&all)[1..], [" * Disconnected"]);
    let Record::Packet { direction, bytes, .. } = &all.entries[0].record else {
        panic!("the bytes come first");
    };
    assert_eq!(
        (*direction, &bytes[..]),
        (Direction::In, &b"GET / HTTP/1.1\r\n\r\n"[..])
    );

    let id = bench.connect("a", Version::V5);
    let mark = bench.mark();
    bench.receive(id, &[0x30, 3, 0, 9, b't']); // a topic longer than the packet
    let since = bench.since(mark);
    assert_eq!(
        lines(&since),
        [
            "a → PUBLISH [refused 0x81]",
            "a ← DISCONNECT",
            "a * Disconnected",
            "a * SessionEnded"
        ]
    );
    assert!(since.entries[0].packet().expect("bytes came").is_err());
    let Record::Event(Event::Disconnected {
        cause: CloseReason::Malformed(_),
        ..
    }) = &since.entries[2].record
    else {
        panic!("not {:?}", since.entries[2]);
    };
}

#[test]
fn a_refused_client_is_known_by_the_name_it_gave() {
    let mut bench = Bench::new(|settings| settings.auth.allow_anonymous = false);
    bench.connect("stranger", Version::V5);
    let all = bench.since(Mark::START);
    assert_eq!(
        lines(&all),
        ["stranger → CONNECT", "stranger ← CONNACK", "stranger * Refused"]
    );
    assert!(all.entries.iter().all(|entry| entry.version == Version::V5));
}

#[test]
fn a_name_that_the_broker_gave_goes_for_the_connect_too() {
    let mut bench = Bench::new(|_| {});
    bench.connect("", Version::V311);
    let all = bench.since(Mark::START);
    let name = &all.entries[0].client_id;
    assert!(name.starts_with("auto-"), "{name}");
    assert!(all.entries.iter().all(|entry| entry.client_id == *name));
}

#[test]
fn a_takeover_shows_both_connections() {
    let mut bench = Bench::new(|_| {});
    let old = bench.connect("a", Version::V5);
    let mark = bench.mark();
    let new = bench.connect("a", Version::V5);
    let since = bench.since(mark);
    let told: Vec<_> = since
        .entries
        .iter()
        .zip(lines(&since))
        .map(|(entry, line)| (entry.conn, line))
        .collect();
    assert_eq!(
        told,
        [
            (Some(new), "a → CONNECT".to_owned()),
            (Some(old), "a ← DISCONNECT".to_owned()),
            (Some(old), "a * Disconnected".to_owned()),
            (None, "a * SessionEnded".to_owned()),
            (Some(new), "a ← CONNACK".to_owned()),
            (Some(new), "a * Connected".to_owned()),
        ]
    );
}

#[test]
fn an_alias_is_resolved_on_both_sides() {
    let mut bench = Bench::new(|settings| settings.session.outgoing_topic_alias_maximum = 4);
    let subscriber = bench.connect_with("sub", Version::V5, |connect| {
        connect.properties.topic_alias_maximum = Some(4);
    });
    bench.subscribe(subscriber, Version::V5, "#", QoS::AtMostOnce);
    let publisher = bench.connect("pub", Version::V5);
    let mark = bench.mark();
    for topic in ["long/topic/name", ""] {
        let aliased = broker_core::wire::Publish {
            properties: PublishProperties {
                topic_alias: Some(3),
                ..PublishProperties::default()
            },
            ..publish(topic, b"x", QoS::AtMostOnce)
        };
        bench.send(publisher, Version::V5, &Packet::Publish(aliased));
    }
    let since = bench.since(mark);
    assert_eq!(
        lines(&since),
        [
            "pub → PUBLISH long/topic/name [sent sub]",
            "sub ← PUBLISH long/topic/name",
            "pub → PUBLISH long/topic/name [sent sub]",
            "sub ← PUBLISH long/topic/name",
        ]
    );
    // Only the resolved name tells: the packets themselves name no topic.
    for entry in &since.entries[2..] {
        let Some(Ok(Packet::Publish(publish))) = entry.packet() else {
            panic!("not {entry:?}");
        };
        assert_eq!(publish.topic, "");
    }
}

#[test]
fn a_will_and_an_expiry_are_told_at_their_own_instants() {
    let mut bench = Bench::new(|_| {});
    let watcher = bench.connect("watcher", Version::V5);
    bench.subscribe(watcher, Version::V5, "will", QoS::AtMostOnce);
    let id = bench.connect_with("a", Version::V5, |connect| {
        connect.properties.session_expiry_secs = Some(60);
        connect.will = Some(broker_core::wire::Will {
            topic: "will",
            payload: b"gone",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: broker_core::wire::WillProperties {
                delay_secs: Some(10),
                ..broker_core::wire::WillProperties::default()
            },
        });
    });
    let mark = bench.mark();
    bench
        .engine
        .closed(bench.now, id, "the peer closed the connection");
    bench.at_secs(100);
    let since = bench.since(mark);
    let told: Vec<_> = since
        .entries
        .iter()
        .zip(lines(&since))
        .map(|(entry, line)| (entry.at.as_nanos() / 1_000_000_000, line))
        .collect();
    assert_eq!(
        told,
        [
            (0, "a * Disconnected".to_owned()),
            (10, "a * WillPublished".to_owned()),
            (10, "watcher ← PUBLISH will".to_owned()),
            (60, "a * SessionEnded".to_owned()),
        ]
    );
}

#[test]
fn a_large_payload_is_whole_again() {
    let payload: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let mut bench = Bench::new(|_| {});
        for name in ["sub1", "sub2"] {
            let id = bench.connect(name, Version::V5);
            bench.subscribe(id, Version::V5, "t", QoS::AtLeastOnce);
        }
        let publisher = bench.connect("pub", Version::V5);
        let mark = bench.mark();
        bench.send(
            publisher,
            Version::V5,
            &Packet::Publish(publish("t", &payload, qos)),
        );
        let since = bench.since(mark);
        let bodies: Vec<_> = since
            .entries
            .iter()
            .filter_map(|entry| match entry.packet() {
                Some(Ok(Packet::Publish(publish))) => Some(publish.payload == payload),
                _ => None,
            })
            .collect();
        assert_eq!(bodies, [true; 3], "{qos:?}");
    }
}
