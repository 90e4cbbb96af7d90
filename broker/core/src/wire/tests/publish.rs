//! PUBLISH.

use super::{Refusal, V5, V31, V311, accepted, body_bytes, bytes, refused};
use crate::wire::{Packet, PacketId, Publish, QoS, decode, frame};

#[test]
fn malformed_publishes_are_refused() {
    const QOS: &str = "both QoS bits are set; QoS is 0, 1 or 2";
    const DUP: &str = "DUP is set at QoS 0, where nothing is ever sent again";
    const WILDCARD: &str = "Topic Name holds a wildcard (+ or #), which only topic filters may";
    const EMPTY: &str = "Topic Name is empty and there is no Topic Alias; one of the two must name the topic";
    const UTF8: &str = "Topic Name is not valid UTF-8";
    const NUL: &str = "Topic Name holds the character U+0000, which no string may";
    const TOPIC: &str = "Topic Name is missing or cut short: the packet ends inside it";
    const ID: &str = "the Packet Identifier is missing or cut short: the packet ends inside it";
    const ID_0: &str = "the Packet Identifier is 0; it must be 1 to 65,535";
    const PROPERTIES: &str = "the Property Length is greater than what is left of the packet";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "36: 'a' 0001 []", QOS, 0, "MQTT5-3.3.1-4", 0x81),
        (V311, "36: 'a' 0001", QOS, 0, "MQTT311-3.3.1-4", 0x81),
        (V31, "37: 'a' 0001", QOS, 0, "MQTT31-2.1", 0x81),
        (V5, "38: 'a' []", DUP, 0, "MQTT5-3.3.1-2", 0x81),
        (V311, "39: 'a'", DUP, 0, "MQTT311-3.3.1-2", 0x81),
        (V5, "30: 'a/+' []", WILDCARD, 6, "MQTT5-3.3.2-2", 0x81),
        (V311, "30: 'a/#'", WILDCARD, 6, "MQTT311-3.3.2-2", 0x81),
        (V31, "30: '+'", WILDCARD, 4, "MQTT31-3.3", 0x81),
        (V5, "30: '' []", EMPTY, 2, "MQTT5-3.3.2.1", 0x82),
        (V5, "30: '' [01 00]", EMPTY, 2, "MQTT5-3.3.2.1", 0x82),
        (V311, "30: ''", EMPTY, 2, "MQTT311-4.7.3-1", 0x82),
        (V31, "30: ''", EMPTY, 2, "MQTT31-3.3", 0x82),
        (V5, "30: 0003 61C328 []", UTF8, 5, "MQTT5-1.5.4-1", 0x81),
        (V5, "30: 0004 61EDA080 []", UTF8, 5, "MQTT5-1.5.4-1", 0x81),
        (V311, "30: 0003 EDBFBF", UTF8, 4, "MQTT311-1.5.3-1", 0x81),
        (V311, "30: 0002 C080", UTF8, 4, "MQTT311-1.5.3-1", 0x81),
        (V31, "30: 0001 FF", UTF8, 4, "MQTT31-2.5", 0x81),
        (V5, "30: 0003 610062 []", NUL, 5, "MQTT5-1.5.4-2", 0x81),
        (V311, "30: 0001 00", NUL, 4, "MQTT311-1.5.3-2", 0x81),
        (V311, "30: 0003 2B0061", NUL, 5, "MQTT311-1.5.3-2", 0x81),
        (V5, "30:", TOPIC, 2, "MQTT5-2.1.4", 0x81),
        (V311, "30: 00", TOPIC, 2, "MQTT311-2.2.3", 0x81),
        (V31, "30: 0002 61", TOPIC, 2, "MQTT31-2.1", 0x81),
        (V5, "32: 'a'", ID, 5, "MQTT5-2.1.4", 0x81),
        (V311, "34: 'a' 00", ID, 5, "MQTT311-2.2.3", 0x81),
        (V5, "32: 'a' 0000 []", ID_0, 5, "MQTT5-2.2.1-3", 0x82),
        (V311, "34: 'a' 0000", ID_0, 5, "MQTT311-2.3.1-1", 0x82),
        (V31, "32: 'a' 0000", ID_0, 5, "MQTT31-2.4", 0x82),
        (V5, "30: 'a'", "a Variable Byte Integer is missing or cut short: the packet ends inside it", 5, "MQTT5-2.1.4", 0x81),
        (V5, "30: 'a' 01", PROPERTIES, 5, "MQTT5-2.2.2.1", 0x81),
        (V5, "30: 'a' 05 01", PROPERTIES, 5, "MQTT5-2.2.2.1", 0x81),
    ];
    refused(table);
}

#[test]
fn odd_publishes_are_accepted() {
    accepted(
        &[
            // U+FEFF stays, U+FFFF is discouraged but allowed, $ is a character like others, and a topic may be slashes
            // alone.
            (V5, "30: 0003 EFBBBF []"),
            (V311, "30: 0003 EFBFBF"),
            (V311, "30: '$SYS/x'"),
            (V311, "30: '///'"),
            (V5, "30: '' [23 FFFF]"),
            // 3.1 gives DUP no meaning at QoS 0.
            (V31, "38: 'a'"),
        ],
        |packet| match packet {
            Packet::Publish(publish) => assert!(!publish.dup && publish.payload.is_empty()),
            other => panic!("{other:?}"),
        },
    );
}

/// One encoding serves several receivers: each gets its own identifier written into it.
#[test]
fn the_packet_identifier_can_be_patched() {
    for version in [V31, V311, V5] {
        for len in [0, 1, 200, 20_000] {
            let payload = vec![b'x'; len];
            let mut out = b"before".to_vec();
            let at = Publish::new("test/topic", &payload, QoS::AtLeastOnce)
                .encode(version, &mut out)
                .unwrap();
            assert_eq!(out[6 + at..6 + at + 2], [0, 0]);
            out[6 + at..6 + at + 2].copy_from_slice(&0x1234_u16.to_be_bytes());
            match decode(version, &out[6..]) {
                Ok(Packet::Publish(publish)) => {
                    assert_eq!(publish.packet_id, PacketId::new(0x1234));
                    assert_eq!(publish.payload, payload);
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(
                Publish::new("test/topic", &payload, QoS::AtMostOnce).encode(version, &mut out),
                None
            );
        }
    }
}

#[test]
fn the_header_alone_counts_the_payload() {
    for version in [V31, V311, V5] {
        for len in [0, 100, 200, 20_000] {
            let payload = vec![b'x'; len];
            let publish = Publish::new("a/b", &payload, QoS::ExactlyOnce);
            let (mut whole, mut header) = (Vec::new(), Vec::new());
            let at = publish.encode(version, &mut whole);
            assert_eq!(publish.encode_header(version, &mut header), at);
            assert_eq!([&header[..], &payload].concat(), whole);
            assert_eq!(publish.encoded_len(version), whole.len());
        }
    }
}

/// Fields that a PUBLISH cannot have are left out: DUP and an identifier at QoS 0. A payload that is too long is not
/// sent at all.
#[test]
fn encoding_never_writes_a_malformed_publish() {
    let mut at_qos_0 = Publish::new("a", b"", QoS::AtMostOnce);
    at_qos_0.dup = true;
    at_qos_0.packet_id = PacketId::new(7);
    let mut out = Vec::new();
    at_qos_0.encode(V5, &mut out);
    assert_eq!(out, bytes("30: 'a' []"));

    let long = "é".repeat(40_000);
    out.clear();
    Publish::new(&long, b"payload", QoS::AtMostOnce).encode(V311, &mut out);
    match decode(V311, &out) {
        // A topic has at most 65,535 bytes, an odd number, and "é" is two bytes.
        Ok(Packet::Publish(publish)) => {
            assert_eq!((publish.topic.len(), publish.payload), (65_534, &b"payload"[..]));
        }
        other => panic!("{other:?}"),
    }

    let huge = vec![0; crate::wire::MAX_REMAINING_LENGTH];
    out.clear();
    assert_eq!(
        Publish::new("a", &huge, QoS::AtLeastOnce).encode_header(V311, &mut out),
        None
    );
    assert_eq!(out, body_bytes(""));
    assert_eq!(
        Publish::new("a", &huge[3..], QoS::AtMostOnce).encode_header(V311, &mut out),
        None
    );
    assert_eq!(out.len(), 5 + 3, "the longest there can be");
}

/// When the Remaining Length gets one byte longer, the length still is as predicted, and the packet decodes to itself.
#[test]
fn lengths_are_right_at_every_edge() {
    for remaining in [3, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1F_FFFF, 0x20_0000] {
        let payload = vec![b'x'; remaining - 3];
        let publish = Publish::new("a", &payload, QoS::AtMostOnce);
        let mut out = Vec::new();
        publish.encode(V311, &mut out);
        assert_eq!(publish.encoded_len(V311), out.len(), "{remaining}");
        assert_eq!(frame(&out, usize::MAX), Ok(Some(out.len())), "{remaining}");
        assert_eq!(decode(V311, &out), Ok(Packet::Publish(publish)), "{remaining}");
    }
}
