//! Bytes that are no packets, and packets that break a rule: the connection ends, the broker and all others go on.

use std::net::SocketAddr;

use broker::wire::{Packet, Version};
use broker::{QoS, ReasonCode};
use tests::harness::raw::text;
use tests::harness::{Client, Embedded, hello, message};

use ReasonCode as R;
use Version::{V5, V31, V311};

/// What is sent after CONNACK, in which version, and the reason that a 5.0 client is told.
const AFTER_CONNACK: &[(&str, Version, &[u8], R)] = &[
    ("packet type 0", V5, &[0x00, 0], R::MALFORMED_PACKET),
    ("packet type 0", V311, &[0x00, 0], R::MALFORMED_PACKET),
    ("packet type 15", V311, &[0xF0, 0], R::MALFORMED_PACKET),
    (
        "Remaining Length of five bytes",
        V5,
        &[0x30, 0x80, 0x80, 0x80, 0x80, 0x01],
        R::MALFORMED_PACKET,
    ),
    (
        "Remaining Length of five bytes",
        V31,
        &[0x30, 0x80, 0x80, 0x80, 0x80, 0x01],
        R::MALFORMED_PACKET,
    ),
    ("flags of PINGREQ", V5, &[0xC1, 0], R::MALFORMED_PACKET),
    (
        "flags of SUBSCRIBE",
        V311,
        &[0x80, 6, 0, 1, 0, 1, b'a', 0],
        R::MALFORMED_PACKET,
    ),
    ("flags of PUBREL", V5, &[0x60, 2, 0, 1], R::MALFORMED_PACKET),
    (
        "a body where PINGREQ has none",
        V311,
        &[0xC0, 1, 0],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH at QoS 3",
        V5,
        &[0x36, 6, 0, 1, b'a', 0, 1, 0],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH at QoS 3",
        V311,
        &[0x36, 5, 0, 1, b'a', 0, 1],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH at QoS 0 with DUP",
        V5,
        &[0x38, 4, 0, 1, b'a', 0],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH whose topic is longer than it",
        V5,
        &[0x30, 3, 0, 9, b'a'],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH whose topic is longer than it",
        V31,
        &[0x30, 3, 0, 9, b'a'],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH to a wildcard",
        V5,
        &[0x30, 4, 0, 1, b'#', 0],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH to a wildcard",
        V311,
        &[0x30, 5, 0, 3, b'a', b'/', b'+'],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH to an empty topic",
        V311,
        &[0x30, 2, 0, 0],
        R::MALFORMED_PACKET,
    ),
    (
        "PUBLISH to no topic and no alias",
        V5,
        &[0x30, 3, 0, 0, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "PUBLISH with an alias never set",
        V5,
        &[0x30, 6, 0, 0, 3, 0x23, 0, 1],
        R::PROTOCOL_ERROR,
    ),
    (
        "PUBLISH with Topic Alias 0",
        V5,
        &[0x30, 7, 0, 1, b'a', 3, 0x23, 0, 0],
        R::TOPIC_ALIAS_INVALID,
    ),
    (
        "PUBLISH with packet identifier 0",
        V5,
        &[0x32, 6, 0, 1, b'a', 0, 0, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "PUBLISH without packet identifier",
        V311,
        &[0x32, 3, 0, 1, b'a'],
        R::MALFORMED_PACKET,
    ),
    (
        "a topic that is no UTF-8",
        V5,
        &[0x30, 5, 0, 2, 0xC3, 0x28, 0],
        R::MALFORMED_PACKET,
    ),
    (
        "a topic with a surrogate",
        V311,
        &[0x30, 5, 0, 3, 0xED, 0xA0, 0x80],
        R::MALFORMED_PACKET,
    ),
    (
        "a topic with U+0000",
        V5,
        &[0x30, 6, 0, 3, b'a', 0, b'b', 0],
        R::MALFORMED_PACKET,
    ),
    (
        "a property that does not exist",
        V5,
        &[0x30, 6, 0, 1, b'a', 2, 0x7F, 0],
        R::MALFORMED_PACKET,
    ),
    (
        "a property that belongs elsewhere",
        V5,
        &[0x30, 7, 0, 1, b'a', 3, 0x21, 0, 1],
        R::MALFORMED_PACKET,
    ),
    (
        "a property twice",
        V5,
        &[0x30, 8, 0, 1, b'a', 4, 0x01, 0, 0x01, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "properties longer than the packet",
        V5,
        &[0x30, 5, 0, 1, b'a', 9, 0x01],
        R::MALFORMED_PACKET,
    ),
    (
        "Payload Format Indicator 2",
        V5,
        &[0x30, 6, 0, 1, b'a', 2, 0x01, 2],
        R::PROTOCOL_ERROR,
    ),
    (
        "a Subscription Identifier from a client",
        V5,
        &[0x30, 6, 0, 1, b'a', 2, 0x0B, 1],
        R::PROTOCOL_ERROR,
    ),
    (
        "Response Topic with a wildcard",
        V5,
        &[0x30, 8, 0, 1, b'a', 4, 0x08, 0, 1, b'#'],
        R::PROTOCOL_ERROR,
    ),
    (
        "SUBSCRIBE without filter",
        V5,
        &[0x82, 3, 0, 1, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "SUBSCRIBE without filter",
        V311,
        &[0x82, 2, 0, 1],
        R::PROTOCOL_ERROR,
    ),
    (
        "SUBSCRIBE with packet identifier 0",
        V5,
        &[0x82, 7, 0, 0, 0, 0, 1, b'a', 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "SUBSCRIBE at QoS 3",
        V5,
        &[0x82, 7, 0, 1, 0, 0, 1, b'a', 3],
        R::PROTOCOL_ERROR,
    ),
    (
        "SUBSCRIBE at QoS 3",
        V311,
        &[0x82, 6, 0, 1, 0, 1, b'a', 3],
        R::MALFORMED_PACKET,
    ),
    (
        "reserved bits of SUBSCRIBE",
        V311,
        &[0x82, 6, 0, 1, 0, 1, b'a', 4],
        R::MALFORMED_PACKET,
    ),
    (
        "Subscription Identifier 0",
        V5,
        &[0x82, 9, 0, 1, 2, 0x0B, 0, 0, 1, b'a', 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "a filter with # in the middle",
        V5,
        &[0x82, 9, 0, 1, 0, 0, 3, b'#', b'/', b'a', 0],
        R::MALFORMED_PACKET,
    ),
    (
        "a filter with + within a level",
        V311,
        &[0x82, 7, 0, 1, 0, 2, b'a', b'+', 0],
        R::MALFORMED_PACKET,
    ),
    (
        "UNSUBSCRIBE without filter",
        V5,
        &[0xA2, 3, 0, 1, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "UNSUBSCRIBE without filter",
        V31,
        &[0xA2, 2, 0, 1],
        R::PROTOCOL_ERROR,
    ),
    ("PUBACK cut short", V311, &[0x40, 1, 0], R::MALFORMED_PACKET),
    (
        "PUBACK with packet identifier 0",
        V5,
        &[0x40, 2, 0, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "PUBACK with a code of another packet",
        V5,
        &[0x40, 3, 0, 1, 0x8E],
        R::PROTOCOL_ERROR,
    ),
    (
        "CONNACK from a client",
        V5,
        &[0x20, 3, 0, 0, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "SUBACK from a client",
        V311,
        &[0x90, 3, 0, 1, 0],
        R::PROTOCOL_ERROR,
    ),
    ("PINGRESP from a client", V31, &[0xD0, 0], R::PROTOCOL_ERROR),
    (
        "AUTH without method in CONNECT",
        V5,
        &[0xF0, 0],
        R::PROTOCOL_ERROR,
    ),
    (
        "DISCONNECT with a server's code",
        V5,
        &[0xE0, 1, 0x8E],
        R::PROTOCOL_ERROR,
    ),
    (
        "a body where DISCONNECT has none",
        V311,
        &[0xE0, 1, 0],
        R::MALFORMED_PACKET,
    ),
];

#[test]
fn after_connack() {
    let broker = Embedded::start();
    let mut speaker = Client::new(broker.addr(), V5, "speaker");
    let mut listener = Client::new(broker.addr(), V311, "listener");
    listener.subscribe("undisturbed", QoS::AtLeastOnce);
    for (what, version, bytes, reason) in AFTER_CONNACK {
        println!("case: {what} in MQTT {version}");
        let mut client = Client::new(broker.addr(), *version, "bad");
        client.send_bytes(bytes);
        client.ended_with(*reason);
        speaker.publish(&message("undisturbed", what, QoS::AtLeastOnce));
        assert_eq!(text(&listener.receive()), *what);
    }
    listener.nothing_came();
    let stats = broker.stats();
    assert_eq!(
        (stats.violations, stats.panics_caught),
        (AFTER_CONNACK.len() as u64, 0)
    );
}

/// A CONNECT of 5.0 with this in the place of its flags, and this after Keep Alive.
fn connect_v5(flags: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![
        0x10,
        (10 + rest.len()) as u8,
        0,
        4,
        b'M',
        b'Q',
        b'T',
        b'T',
        5,
        flags,
        0,
        60,
    ];
    bytes.extend_from_slice(rest);
    bytes
}

#[test]
fn connect_itself_in_5_0() {
    let bad: [(&str, Vec<u8>, R); 12] = [
        (
            "reserved flag",
            connect_v5(0x03, &[0, 0, 1, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "flags of the fixed header",
            [&[0x11], &connect_v5(2, &[0, 0, 1, b'a'])[1..]].concat(),
            R::MALFORMED_PACKET,
        ),
        (
            "no client identifier",
            connect_v5(0x02, &[0]),
            R::MALFORMED_PACKET,
        ),
        (
            "client identifier cut short",
            connect_v5(0x02, &[0, 0, 9, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "client identifier no UTF-8",
            connect_v5(0x02, &[0, 0, 1, 0xFF]),
            R::MALFORMED_PACKET,
        ),
        (
            "something after the end",
            connect_v5(0x02, &[0, 0, 1, b'a', 7]),
            R::MALFORMED_PACKET,
        ),
        (
            "a will at QoS 3",
            connect_v5(0x1E, &[0, 0, 1, b'a', 0, 0, 1, b'w', 0, 0]),
            R::MALFORMED_PACKET,
        ),
        (
            "Will QoS without a will",
            connect_v5(0x0A, &[0, 0, 1, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "Will Retain without a will",
            connect_v5(0x22, &[0, 0, 1, b'a']),
            R::MALFORMED_PACKET,
        ),
        (
            "a will cut short",
            connect_v5(0x06, &[0, 0, 1, b'a', 0, 0, 1]),
            R::MALFORMED_PACKET,
        ),
        (
            "Receive Maximum 0",
            connect_v5(0x02, &[3, 0x21, 0, 0, 0, 1, b'a']),
            R::PROTOCOL_ERROR,
        ),
        (
            "Authentication Data alone",
            connect_v5(0x02, &[3, 0x16, 0, 0, 0, 1, b'a']),
            R::PROTOCOL_ERROR,
        ),
    ];
    let broker = Embedded::start();
    for (what, bytes, reason) in bad {
        println!("case: {what}");
        let mut client = Client::open(broker.addr(), V5);
        client.send_bytes(&bytes);
        match client.packet() {
            Packet::ConnAck(connack) => assert_eq!(connack.reason, reason),
            other => panic!("expected CONNACK, got {other:?}"),
        }
        client.closed();
    }
    well(broker.addr());
}

#[test]
fn connect_itself_in_3_1_1_is_closed_in_silence() {
    let mut good = Vec::new();
    Packet::Connect(Box::new(hello(V311, "abc"))).encode(V311, &mut good);
    let flags = 9;
    let broker = Embedded::start();
    for (what, change) in [
        (
            "reserved flag",
            Box::new(|b: &mut Vec<u8>| b[flags] |= 1) as Box<dyn Fn(&mut Vec<u8>)>,
        ),
        ("Will QoS without a will", Box::new(|b| b[flags] |= 0x08)),
        ("password without a user name", Box::new(|b| b[flags] |= 0x40)),
        (
            "client identifier longer than the packet",
            Box::new(|b| b[13] = 200),
        ),
        (
            "client identifier shorter than the packet",
            Box::new(|b| b[13] = 1),
        ),
    ] {
        println!("case: {what}");
        let mut bytes = good.clone();
        change(&mut bytes);
        let mut client = Client::open(broker.addr(), V311);
        client.send_bytes(&bytes);
        client.closed();
    }
    well(broker.addr());
}

#[test]
fn every_packet_cut_off_anywhere() {
    let broker = Embedded::start();
    for version in [V31, V311, V5] {
        let mut publish = Vec::new();
        Packet::Publish(message("a", "xyz", QoS::AtMostOnce)).encode(version, &mut publish);
        for cut in 1..publish.len() {
            let mut client = Client::new(broker.addr(), version, "cut");
            client.send_bytes(&publish[..cut]);
            client.vanish();
        }
    }
    well(broker.addr());
    assert_eq!(broker.stats().publish_received, 0);
}

#[test]
fn a_packet_may_come_byte_by_byte_and_many_at_once() {
    let broker = Embedded::start();
    for version in [V31, V311, V5] {
        let mut bytes = Vec::new();
        Packet::Connect(Box::new(hello(version, "slow"))).encode(version, &mut bytes);
        let mut client = Client::open(broker.addr(), version);
        for byte in &bytes {
            client.send_bytes(&[*byte]);
        }
        assert!(matches!(client.packet(), Packet::ConnAck(_)));
        // And all in one write, even before CONNACK came.
        for _ in 0..200 {
            Packet::PingReq.encode(version, &mut bytes);
        }
        let mut client = Client::open(broker.addr(), version);
        client.send_bytes(&bytes);
        assert!(matches!(client.packet(), Packet::ConnAck(_)));
        (0..200).for_each(|_| assert_eq!(client.packet(), Packet::PingResp));
    }
}

/// The broker goes on.
fn well(addr: SocketAddr) {
    Client::new(addr, V5, "well").disconnect();
}
