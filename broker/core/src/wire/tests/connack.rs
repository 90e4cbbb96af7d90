//! CONNACK.

use super::{Refusal, V5, V31, V311, bytes, refused};
use crate::wire::{ConnAck, ConnAckProperties, Packet, QoS, ReasonCode, decode};

#[test]
fn malformed_connacks_are_refused() {
    const FLAGS: &str =
        "a reserved bit of the Connect Acknowledge Flags is set; only bit 0, Session Present, may be";
    const REASON: &str = "the Connect Reason Code is not one that CONNACK may carry";
    const PRESENT: &str = "Session Present is set in a refusal; it must be 0 there";
    const LEFT: &str = "bytes are left over after the packet's last field";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "20:", "the Connect Acknowledge Flags byte is missing or cut short: the packet ends inside it", 2, "MQTT5-2.1.4", 0x81),
        (V311, "20: 00", "the Connect Reason Code is missing or cut short: the packet ends inside it", 3, "MQTT311-2.2.3", 0x81),
        (V5, "20: 02 00 []", FLAGS, 2, "MQTT5-3.2.2-1", 0x81),
        (V311, "20: 80 00", FLAGS, 2, "MQTT311-3.2.2.1", 0x81),
        (V5, "20: 00 01 []", REASON, 3, "MQTT5-3.2.2-8", 0x82),
        (V5, "20: 00 8B []", REASON, 3, "MQTT5-3.2.2-8", 0x82),
        (V311, "20: 00 06", REASON, 3, "MQTT311-3.2.2.3", 0x82),
        (V31, "20: 00 80", REASON, 3, "MQTT31-3.2", 0x82),
        (V5, "20: 01 87 []", PRESENT, 2, "MQTT5-3.2.2-6", 0x82),
        (V311, "20: 01 05", PRESENT, 2, "MQTT311-3.2.2-4", 0x82),
        (V5, "20: 00 00 [] 00", LEFT, 5, "MQTT5-2.1.4", 0x81),
        (V311, "20: 00 00 00", LEFT, 4, "MQTT311-2.2.3", 0x81),
        (V5, "20: 00 00 [24 02]", "Maximum QoS is neither 0 nor 1", 6, "MQTT5-3.2.2.3.4", 0x82),
        (V5, "20: 00 00 [21 0000]", "Receive Maximum is 0; it must be 1 or more", 6, "MQTT5-3.2.2.3.3", 0x82),
    ];
    refused(table);
}

/// In 3.1 the first byte has no meaning yet, in either direction.
#[test]
fn version_3_1_has_no_session_present() {
    let connack = ConnAck {
        session_present: true,
        reason: ReasonCode::SUCCESS,
        properties: ConnAckProperties::default(),
    };
    let mut out = Vec::new();
    connack.encode(V31, &mut out);
    assert_eq!(out, bytes("20: 00 00"));
    match decode(V31, &bytes("20: FF 00")) {
        Ok(Packet::ConnAck(connack)) => assert!(!connack.session_present),
        other => panic!("{other:?}"),
    }
}

#[test]
fn return_codes_of_3_x_are_reason_codes() {
    for (code, reason) in [(0, 0x00), (1, 0x84), (2, 0x85), (3, 0x88), (4, 0x86), (5, 0x87)] {
        match decode(V311, &[0x20, 2, 0, code]) {
            Ok(Packet::ConnAck(connack)) => assert_eq!(connack.reason, ReasonCode(reason)),
            other => panic!("return code {code}: {other:?}"),
        }
    }
}

#[test]
fn what_cannot_be_said_is_not_said() {
    let mut connack = ConnAck {
        session_present: false,
        reason: ReasonCode::BANNED,
        properties: ConnAckProperties {
            maximum_qos: Some(QoS::ExactlyOnce),
            ..ConnAckProperties::default()
        },
    };
    let mut out = Vec::new();
    connack.encode(V311, &mut out);
    assert_eq!(out, bytes("20: 00 05"));
    out.clear();
    connack.reason = ReasonCode::MALFORMED_PACKET;
    connack.encode(V311, &mut out);
    assert_eq!(
        out,
        bytes("20: 00 03"),
        "no return code says it, but it stays a refusal"
    );
    out.clear();
    connack.encode(V5, &mut out);
    assert_eq!(out, bytes("20: 00 81 []"), "Maximum QoS 2 is left out");
}
