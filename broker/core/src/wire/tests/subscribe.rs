//! SUBSCRIBE and SUBACK.

use super::{Refusal, V5, V31, V311, bytes, refused};
use crate::wire::{Packet, QoS, ReasonCode, ReasonProperties, RetainHandling, SubAck, decode};

#[test]
fn malformed_subscribes_are_refused() {
    const ID_0: &str = "the Packet Identifier is 0; it must be 1 to 65,535";
    const RESERVED: &str =
        "a reserved bit of the Subscription Options is set (6 and 7 in 5.0, 2 to 7 in 3.1.1); it must be 0";
    const NONE: &str = "there is no Topic Filter; a SUBSCRIBE has at least one";
    const FILTER: &str = "Topic Filter is missing or cut short: the packet ends inside it";
    const OPTIONS: &str = "the Subscription Options byte is missing or cut short: the packet ends inside it";
    const UTF8: &str = "Topic Filter is not valid UTF-8";
    const QOS: &str = "Maximum QoS is 3; it must be 0, 1 or 2";
    const REQUESTED: &str = "Requested QoS is 3; it must be 0, 1 or 2";
    const HANDLING: &str = "Retain Handling is 3; it must be 0, 1 or 2";
    const ZERO: &str = "Subscription Identifier is 0; it must be 1 or more";
    const TWICE: &str = "Subscription Identifier comes twice; it may come once";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "82: 0000 [] 'a' 00", ID_0, 2, "MQTT5-2.2.1-3", 0x82),
        (V311, "82: 0000 'a' 00", ID_0, 2, "MQTT311-2.3.1-1", 0x82),
        (V5, "82: 0001 []", NONE, 5, "MQTT5-3.8.3-2", 0x82),
        (V311, "82: 0001", NONE, 4, "MQTT311-3.8.3-3", 0x82),
        (V31, "82: 0001", NONE, 4, "MQTT31-3.8", 0x82),
        (V5, "82: 0001 [] 'a' 40", RESERVED, 8, "MQTT5-3.8.3-5", 0x81),
        (V5, "82: 0001 [] 'a' 80", RESERVED, 8, "MQTT5-3.8.3-5", 0x81),
        (V311, "82: 0001 'a' 04", RESERVED, 7, "MQTT311-3.8.3-4", 0x81),
        (V5, "82: 0001 [] 'a' 03", QOS, 8, "MQTT5-3.8.3.1", 0x82),
        (V311, "82: 0001 'a' 03", REQUESTED, 7, "MQTT311-3.8.3-4", 0x81),
        (V31, "82: 0001 'a' 03", REQUESTED, 7, "MQTT31-3.8", 0x81),
        (V5, "82: 0001 [] 'a' 30", HANDLING, 8, "MQTT5-3.8.3.1", 0x82),
        (V5, "82: 0001 [] 'a' 00 0001", FILTER, 9, "MQTT5-2.1.4", 0x81),
        (V311, "82: 0001 'a'", OPTIONS, 7, "MQTT311-2.2.3", 0x81),
        (V5, "82: 0001 [] 0001 FF 00", UTF8, 7, "MQTT5-1.5.4-1", 0x81),
        (V311, "82: 0001 0001 FF 00", UTF8, 6, "MQTT311-1.5.3-1", 0x81),
        (V5, "82: 0001 [0B 00] 'a' 00", ZERO, 6, "MQTT5-3.8.2.1.2", 0x82),
        (V5, "82: 0001 [0B 01 0B 01] 'a' 00", TWICE, 7, "MQTT5-3.8.2.1.2", 0x82),
    ];
    refused(table);
}

#[test]
fn options_of_5_are_read_bit_by_bit() {
    for (byte, qos, no_local, as_published, handling) in [
        (0x00, QoS::AtMostOnce, false, false, RetainHandling::Always),
        (0x05, QoS::AtLeastOnce, true, false, RetainHandling::Always),
        (0x0A, QoS::ExactlyOnce, false, true, RetainHandling::Always),
        (0x10, QoS::AtMostOnce, false, false, RetainHandling::IfNew),
        (0x2E, QoS::ExactlyOnce, true, true, RetainHandling::Never),
    ] {
        let mut given = bytes("82: 0001 [] 'a' 00");
        *given.last_mut().unwrap() = byte;
        match decode(V5, &given) {
            Ok(Packet::Subscribe(subscribe)) => {
                let options = subscribe.filters[0].options;
                assert_eq!((options.qos, options.no_local), (qos, no_local), "{byte:02X}");
                assert_eq!(
                    (options.retain_as_published, options.retain_handling),
                    (as_published, handling)
                );
                assert_eq!((options.to_byte(V5), options.to_byte(V311)), (byte, byte & 3));
            }
            other => panic!("{byte:02X}: {other:?}"),
        }
    }
}

/// 3.1 does not use the upper six bits.
#[test]
fn version_3_1_ignores_unused_bits_of_the_qos_byte() {
    match decode(V31, &bytes("82: 0001 'a' FE")) {
        Ok(Packet::Subscribe(subscribe)) => assert_eq!(subscribe.filters[0].options.to_byte(V5), 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn malformed_subacks_are_refused() {
    const ID_0: &str = "the Packet Identifier is 0; it must be that of the SUBSCRIBE";
    const CODE: &str = "this code is not one that SUBACK may carry";
    const NONE: &str = "there is no Reason Code; a SUBACK has one for each filter of the SUBSCRIBE";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "90: 0000 [] 00", ID_0, 2, "MQTT5-2.2.1-6", 0x82),
        (V311, "90: 0000 00", ID_0, 2, "MQTT311-2.3.1-7", 0x82),
        (V5, "90: 0001 []", NONE, 5, "MQTT5-3.8.4-6", 0x82),
        (V311, "90: 0001", NONE, 4, "MQTT311-3.8.4-5", 0x82),
        (V5, "90: 0001 [] 00 03", CODE, 6, "MQTT5-3.9.3-2", 0x82),
        (V5, "90: 0001 [] 90", CODE, 5, "MQTT5-3.9.3-2", 0x82),
        (V311, "90: 0001 00 87", CODE, 5, "MQTT311-3.9.3-2", 0x82),
        (V31, "90: 0001 03", CODE, 4, "MQTT31-3.9", 0x82),
    ];
    refused(table);
}

#[test]
fn every_failure_is_0x80_in_3_x() {
    let suback = SubAck {
        packet_id: crate::wire::PacketId::MIN,
        properties: ReasonProperties::default(),
        reasons: vec![
            ReasonCode::NOT_AUTHORIZED,
            ReasonCode::GRANTED_QOS_2,
            ReasonCode::TOPIC_FILTER_INVALID,
        ],
    };
    let mut out = Vec::new();
    suback.encode(V311, &mut out);
    assert_eq!(out, bytes("90: 0001 80 02 80"));
}
