//! Settings of how messages come and stay: at which QoS, how many bytes at once, how long.

use broker_core::engine::{ConnId, Injected};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{
    self, Ack, Connect, Packet, PacketId, PacketType, Publish, QoS, ReasonCode, Subscribe, Version, Will,
    WillProperties,
};

use crate::common::outbox::written;
use crate::engine_listeners::Bed;

fn bed(change: impl FnOnce(&mut BrokerSettings)) -> Bed {
    Bed::of(change)
}

fn client(bed: &mut Bed, version: Version, client_id: &str) -> ConnId {
    let (conn, _) = bed.connect("main", Connect::new(version, client_id));
    conn
}

fn subscribe(bed: &mut Bed, conn: ConnId, version: Version, filter: &str, qos: QoS) -> Vec<u8> {
    bed.say(
        conn,
        version,
        &Packet::Subscribe(Subscribe::new(PacketId::MIN, filter, qos)),
    )
}

/// QoS and payload of each PUBLISH among these packets.
fn messages(version: Version, mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut messages = Vec::new();
    while let Some(length) = wire::frame(bytes, usize::MAX).unwrap() {
        if let Packet::Publish(publish) = wire::decode(version, &bytes[..length]).unwrap() {
            messages.push((publish.qos.bits(), publish.payload.to_vec()));
        }
        bytes = &bytes[length..];
    }
    messages
}

/// Publishes these payloads in one go, as a lane likes it.
fn publish_all(bed: &mut Bed, conn: ConnId, qos: QoS, payloads: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, payload) in payloads.iter().enumerate() {
        let mut publish = Publish::new("t", payload, qos);
        publish.packet_id = (qos != QoS::AtMostOnce).then(|| PacketId::new(number as u16 + 1).unwrap());
        Packet::Publish(publish).encode(Version::V311, &mut bytes);
    }
    assert_eq!(bed.engine.receive(Time::ZERO, conn, &bytes), bytes.len());
    written(&mut bed.engine, conn)
}

const V4: Version = Version::V311;

#[test]
fn delivery_may_be_at_the_qos_of_the_subscription() {
    for (upgrades, expected) in [(false, [0, 1, 0, 1]), (true, [2, 2, 0, 1])] {
        let mut bed = bed(|settings| settings.session.upgrade_outgoing_qos = upgrades);
        let publisher = client(&mut bed, V4, "publisher");
        let mut got = Vec::new();
        for (granted, published) in [
            (QoS::ExactlyOnce, QoS::AtMostOnce),
            (QoS::ExactlyOnce, QoS::AtLeastOnce),
            (QoS::AtMostOnce, QoS::AtLeastOnce),
            (QoS::AtLeastOnce, QoS::ExactlyOnce),
        ] {
            let reader = client(&mut bed, V4, "reader");
            subscribe(&mut bed, reader, V4, "t", granted);
            publish_all(&mut bed, publisher, published, &[b"a", b"b", b"c"]);
            let came = messages(V4, &written(&mut bed.engine, reader));
            let payloads: Vec<&[u8]> = came.iter().map(|(_, payload)| &payload[..]).collect();
            assert_eq!(payloads, [b"a", b"b", b"c"]);
            assert!(came.iter().all(|(qos, _)| *qos == came[0].0), "{came:?}");
            got.push(came[0].0);
            // PUBREL of QoS 2, so that its identifiers are free again.
            for id in 1..=3 {
                bed.say(
                    publisher,
                    V4,
                    &Packet::PubRel(Ack::new(PacketId::new(id).unwrap())),
                );
            }
        }
        assert_eq!(got, expected, "{upgrades}");
        // A retained message, too.
        let mut retained = Publish::new("r", b"kept", QoS::AtMostOnce);
        retained.retain = true;
        bed.say(publisher, V4, &Packet::Publish(retained));
        let reader = client(&mut bed, V4, "reader");
        let said = subscribe(&mut bed, reader, V4, "r", QoS::AtLeastOnce);
        assert_eq!(messages(V4, &said), [(u8::from(upgrades), b"kept".to_vec())]);
    }
}

#[test]
fn payloads_on_their_way_are_bounded_in_bytes() {
    let mut bed = bed(|settings| settings.session.max_inflight_bytes = 100);
    let publisher = client(&mut bed, V4, "publisher");
    let reader = client(&mut bed, V4, "reader");
    subscribe(&mut bed, reader, V4, "t", QoS::AtLeastOnce);
    let (long, longest) = ([b'l'; 60], [b'x'; 1000]);
    publish_all(
        &mut bed,
        publisher,
        QoS::AtLeastOnce,
        &[&long, &long, &long, &longest, b"end"],
    );
    let sizes = |bytes: &[u8]| -> Vec<usize> {
        let came = messages(V4, bytes);
        came.iter().map(|(_, payload)| payload.len()).collect()
    };
    assert_eq!(sizes(&written(&mut bed.engine, reader)), [60, 60]);
    let mut ack = |id| {
        let packet = Packet::PubAck(Ack::new(PacketId::new(id).unwrap()));
        sizes(&bed.say(reader, V4, &packet))
    };
    assert_eq!(ack(1), [60]);
    assert_eq!(
        ack(2),
        [1000],
        "one that is longer than the bound comes beside 60 bytes"
    );
    assert_eq!(ack(3), [0; 0]);
    assert_eq!(ack(4), [3]);
}

#[test]
fn a_payload_that_is_too_long_goes_to_nobody() {
    for version in [Version::V5, V4] {
        let mut bed = bed(|settings| settings.limits.max_payload_bytes = 10);
        let publisher = client(&mut bed, V4, "publisher");
        let reader = client(&mut bed, V4, "reader");
        subscribe(&mut bed, reader, V4, "t", QoS::ExactlyOnce);
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
            publish_all(
                &mut bed,
                publisher,
                qos,
                &[b"short", b"0123456789", b"0123456789A", b"end"],
            );
            let came = messages(V4, &written(&mut bed.engine, reader));
            let payloads: Vec<&[u8]> = came.iter().map(|(_, payload)| &payload[..]).collect();
            assert_eq!(payloads, [&b"short"[..], b"0123456789", b"end"], "{qos:?}");
        }
        let conn = client(&mut bed, version, "another");
        for (qos, answer) in [
            (QoS::AtLeastOnce, PacketType::PubAck),
            (QoS::ExactlyOnce, PacketType::PubRec),
        ] {
            let mut publish = Publish::new("t", b"0123456789A", qos);
            publish.packet_id = Some(PacketId::MIN);
            let said = bed.say(conn, version, &Packet::Publish(publish));
            let said = wire::decode(version, &said).unwrap();
            let (Packet::PubAck(ack) | Packet::PubRec(ack)) = &said else {
                panic!("{said:?}")
            };
            assert_eq!(said.packet_type(), answer);
            let (reason, words) = match version {
                Version::V5 => (
                    ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
                    Some("the payload has 11 bytes; limits.max_payload_bytes is 10"),
                ),
                _ => (ReasonCode::SUCCESS, None),
            };
            assert_eq!((ack.reason, ack.properties.reason_string), (reason, words));
        }
        let connect = Connect {
            will: Some(Will {
                topic: "w",
                payload: b"0123456789A",
                qos: QoS::AtMostOnce,
                retain: false,
                properties: WillProperties::default(),
            }),
            ..Connect::new(version, "will")
        };
        let (_, said) = bed.connect("main", connect);
        let Packet::ConnAck(connack) = wire::decode(version, &said).unwrap() else {
            panic!("CONNACK")
        };
        let expected = if version.is_v5() {
            ReasonCode::PACKET_TOO_LARGE
        } else {
            ReasonCode::NOT_AUTHORIZED
        };
        assert_eq!(connack.reason, expected);
        let error = bed.engine.publish(Time::ZERO, Injected::text("t", "0123456789A"));
        assert!(error.unwrap_err().what.contains("limits.max_payload_bytes"));
    }
}

#[test]
fn a_retained_message_grows_old() {
    let mut bed = bed(|settings| settings.limits.retained_expiry_secs = 60);
    let publisher = client(&mut bed, Version::V5, "publisher");
    for (topic, expiry) in [("old", None), ("short", Some(10)), ("long", Some(100))] {
        let mut publish = Publish::new(topic, b"x", QoS::AtMostOnce);
        publish.retain = true;
        publish.properties.message_expiry_secs = expiry;
        bed.say(publisher, Version::V5, &Packet::Publish(publish));
    }
    let left = |bed: &mut Bed, secs| -> Vec<(String, Option<u64>)> {
        let now = Time::from_secs(secs);
        bed.engine.tick(now);
        let retained = bed.engine.state(now).retained;
        let left = retained.into_iter().map(|it| (it.topic, it.expires_in_secs));
        left.collect()
    };
    let expected = |left: &[(&str, u64)]| -> Vec<(String, Option<u64>)> {
        let each = left
            .iter()
            .map(|(topic, secs)| ((*topic).to_owned(), Some(*secs)));
        each.collect()
    };
    assert_eq!(
        left(&mut bed, 9),
        expected(&[("long", 91), ("old", 51), ("short", 1)])
    );
    assert_eq!(left(&mut bed, 59), expected(&[("long", 41), ("old", 1)]));
    // To whom it comes, it says nothing of that.
    let said = subscribe(&mut bed, publisher, Version::V5, "old", QoS::AtMostOnce);
    let suback = wire::frame(&said, usize::MAX).unwrap().unwrap();
    let Packet::Publish(publish) = wire::decode(Version::V5, &said[suback..]).unwrap() else {
        panic!("PUBLISH")
    };
    assert_eq!(publish.properties.message_expiry_secs, None);
    assert_eq!(left(&mut bed, 60), expected(&[("long", 40)]));
    // A later one begins anew.
    let mut again = Publish::new("old", b"x", QoS::AtMostOnce);
    again.retain = true;
    bed.say_at(
        Time::from_secs(60),
        publisher,
        Version::V5,
        &Packet::Publish(again),
    );
    assert_eq!(left(&mut bed, 119), expected(&[("old", 1)]));
    assert_eq!(left(&mut bed, 120), expected(&[]));
}
