//! CONNECT.

use super::{Refusal, V5, V31, V311, accepted, bytes, refused};
use crate::wire::{Packet, ReasonCode, Version, decode};

#[test]
fn versions_that_are_not_spoken_are_told_apart() {
    const NAME: &str = "Protocol Name is neither MQTT nor MQIsdp";
    const LEVEL: &str = "Protocol Version is not one that this broker speaks: 4 (3.1.1) or 5 (5.0) with the name MQTT, \
                         3 (3.1) with MQIsdp";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "10: 'mqtt' 05 02 003C [] 'a'", NAME, 2, "MQTT5-3.1.2-1", 0x84),
        (V311, "10: 'MQIsdpX' 03 02 003C 'a'", NAME, 2, "MQTT5-3.1.2-1", 0x84),
        (V311, "10: '' 04 02 003C 'a'", NAME, 2, "MQTT5-3.1.2-1", 0x84),
        (V311, "10: 'MQTT' 03 02 003C 'a'", LEVEL, 8, "MQTT5-3.1.2-2", 0x84),
        (V311, "10: 'MQTT' 06 02 003C [] 'a'", LEVEL, 8, "MQTT5-3.1.2-2", 0x84),
        (V311, "10: 'MQTT' 85 02 003C [] 'a'", LEVEL, 8, "MQTT5-3.1.2-2", 0x84),
        (V311, "10: 'MQIsdp' 04 02 003C 'a'", LEVEL, 10, "MQTT5-3.1.2-2", 0x84),
        (V311, "10: 'MQIsdp' 84 02 003C 'a'", LEVEL, 10, "MQTT5-3.1.2-2", 0x84),
        // The rest of the packet does not matter: a future version may allow it.
        (V311, "10: 'MQTT' 07", LEVEL, 8, "MQTT5-3.1.2-2", 0x84),
    ];
    refused(table);
}

#[test]
fn a_bridge_says_so_in_the_high_bit_of_its_version() {
    for (bytes, version) in [
        (&b"\x10\x0D\0\x04MQTT\x84\x02\0\0\0\x01a"[..], V311),
        (&b"\x10\x0F\0\x06MQIsdp\x83\x02\0\0\0\x01a"[..], V31),
    ] {
        let Ok(Packet::Connect(connect)) = decode(V311, bytes) else {
            panic!("{bytes:02x?} is one");
        };
        assert_eq!((connect.version, connect.bridge), (version, true));
    }
}

#[test]
fn flags_are_checked() {
    const BIT_0: &str = "bit 0 of the Connect Flags is set; it is reserved and must be 0";
    const QOS_3: &str = "Will QoS is 3; it must be 0, 1 or 2";
    const QOS: &str = "Will QoS is not 0 though Will Flag is 0";
    const RETAIN: &str = "Will Retain is 1 though Will Flag is 0";
    const PASSWORD: &str =
        "Password Flag is 1 though User Name Flag is 0; only 5.0 lets a password come alone";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V311, "10: 'MQTT' 05 03 003C [] 'a'", BIT_0, 9, "MQTT5-3.1.2-3", 0x81),
        (V5, "10: 'MQTT' 04 03 003C 'a'", BIT_0, 9, "MQTT311-3.1.2-3", 0x81),
        (V5, "10: 'MQTT' 05 1E 003C [] 'a' [] 'w' 'p'", QOS_3, 9, "MQTT5-3.1.2-12", 0x81),
        (V5, "10: 'MQTT' 04 1E 003C 'a' 'w' 'p'", QOS_3, 9, "MQTT311-3.1.2-14", 0x81),
        (V5, "10: 'MQIsdp' 03 1E 003C 'a' 'w' 'p'", QOS_3, 11, "MQTT31-3.1", 0x81),
        (V5, "10: 'MQTT' 05 0A 003C [] 'a'", QOS, 9, "MQTT5-3.1.2-11", 0x81),
        (V5, "10: 'MQTT' 04 12 003C 'a'", QOS, 9, "MQTT311-3.1.2-13", 0x81),
        (V5, "10: 'MQTT' 05 22 003C [] 'a'", RETAIN, 9, "MQTT5-3.1.2-13", 0x81),
        (V5, "10: 'MQTT' 04 22 003C 'a'", RETAIN, 9, "MQTT311-3.1.2-15", 0x81),
        (V5, "10: 'MQTT' 04 42 003C 'a' 'p'", PASSWORD, 9, "MQTT311-3.1.2-22", 0x81),
        (V5, "10: 'MQIsdp' 03 42 003C 'a' 'p'", PASSWORD, 11, "MQTT31-3.1", 0x81),
    ];
    refused(table);
}

#[test]
fn fields_that_are_missing_or_too_many_are_malformed() {
    const LEFT: &str = "bytes are left over after the packet's last field";
    macro_rules! cut {
        ($field:literal) => {
            concat!(
                $field,
                " is missing or cut short: the packet ends inside it"
            )
        };
    }
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V311, "10:", cut!("Protocol Name"), 2, "MQTT5-2.1.4", 0x81),
        (V311, "10: 0004 4D51", cut!("Protocol Name"), 2, "MQTT5-2.1.4", 0x81),
        (V311, "10: 'MQTT'", cut!("Protocol Version"), 8, "MQTT5-2.1.4", 0x81),
        (V5, "10: 'MQTT' 04", cut!("the Connect Flags byte"), 9, "MQTT311-2.2.3", 0x81),
        (V311, "10: 'MQTT' 05 02 00", cut!("Keep Alive"), 10, "MQTT5-2.1.4", 0x81),
        (V311, "10: 'MQTT' 05 02 003C", cut!("a Variable Byte Integer"), 12, "MQTT5-2.1.4", 0x81),
        (V5, "10: 'MQTT' 04 02 003C", cut!("Client Identifier"), 12, "MQTT311-2.2.3", 0x81),
        (V5, "10: 'MQTT' 04 02 003C 0002 61", cut!("Client Identifier"), 12, "MQTT311-2.2.3", 0x81),
        (V5, "10: 'MQTT' 04 06 003C 'a'", cut!("Will Topic"), 15, "MQTT311-2.2.3", 0x81),
        (V5, "10: 'MQTT' 04 06 003C 'a' 'w'", cut!("Will Payload"), 18, "MQTT311-2.2.3", 0x81),
        (V5, "10: 'MQTT' 04 82 003C 'a'", cut!("User Name"), 15, "MQTT311-2.2.3", 0x81),
        (V5, "10: 'MQTT' 04 C2 003C 'a' 'u'", cut!("Password"), 18, "MQTT311-2.2.3", 0x81),
        (V5, "10: 'MQIsdp' 03 82 003C 'a' 0002 61", cut!("User Name"), 17, "MQTT31-2.1", 0x81),
        (V5, "10: 'MQTT' 04 02 003C 'a' 'u'", LEFT, 15, "MQTT311-2.2.3", 0x81),
        (V5, "10: 'MQTT' 05 02 003C [] 'a' 00", LEFT, 16, "MQTT5-2.1.4", 0x81),
        (V5, "10: 'MQIsdp' 03 02 003C 'a' 'u'", LEFT, 17, "MQTT31-2.1", 0x81),
    ];
    refused(table);
}

#[test]
fn strings_are_checked() {
    const UTF8: &str = "Client Identifier is not valid UTF-8";
    const NUL: &str = "User Name holds the character U+0000, which no string may";
    const WILDCARD: &str = "Will Topic holds a wildcard (+ or #), which only topic filters may";
    const EMPTY: &str = "Will Topic is empty; a topic name has at least one character";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "10: 'MQTT' 05 02 003C [] 0002 61FF", UTF8, 16, "MQTT5-1.5.4-1", 0x81),
        (V5, "10: 'MQTT' 04 02 003C 0001 FF", UTF8, 14, "MQTT311-1.5.3-1", 0x81),
        (V5, "10: 'MQTT' 04 82 003C 'a' 0002 6100", NUL, 18, "MQTT311-1.5.3-2", 0x81),
        (V5, "10: 'MQTT' 05 06 003C [] 'a' [] 'w/#' 'p'", WILDCARD, 21, "MQTT5-4.7.0-1", 0x81),
        (V5, "10: 'MQTT' 04 06 003C 'a' 'w/+' 'p'", WILDCARD, 19, "MQTT311-4.7.1-1", 0x81),
        (V5, "10: 'MQTT' 05 06 003C [] 'a' [] '' 'p'", EMPTY, 17, "MQTT5-4.7.3-1", 0x82),
        (V5, "10: 'MQTT' 04 06 003C 'a' '' 'p'", EMPTY, 15, "MQTT311-4.7.3-1", 0x82),
    ];
    refused(table);
}

#[test]
fn properties_are_checked() {
    const DATA: &str = "there is Authentication Data but no Authentication Method";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "10: 'MQTT' 05 02 003C [16 0001 61] 'a'", DATA, 12, "MQTT5-3.1.2.11.10", 0x82),
        (V5, "10: 'MQTT' 05 02 003C [21 0000] 'a'", "Receive Maximum is 0; it must be 1 or more", 14, "MQTT5-3.1.2.11.3", 0x82),
        (V5, "10: 'MQTT' 05 02 003C [27 00000000] 'a'", "Maximum Packet Size is 0; it must be 1 or more", 14, "MQTT5-3.1.2.11.4", 0x82),
        (V5, "10: 'MQTT' 05 02 003C [18 00000001] 'a'", "Will Delay Interval is not a property of this packet", 13, "MQTT5-2.2.2.2", 0x81),
        (V5, "10: 'MQTT' 05 06 003C [] 'a' [11 00000001] 'w' 'p'", "Session Expiry Interval is not a property of this packet", 17, "MQTT5-2.2.2.2", 0x81),
        (V5, "10: 'MQTT' 05 06 003C [] 'a' [01 02] 'w' 'p'", "Payload Format Indicator is neither 0 nor 1", 18, "MQTT5-3.1.3.2.3", 0x82),
        (V5, "10: 'MQTT' 05 06 003C [] 'a' [08 0001 2B] 'w' 'p'", "Response Topic holds a wildcard (+ or #), which only topic filters may", 20, "MQTT5-3.3.2-14", 0x82),
    ];
    refused(table);
}

/// 3.1 leaves these open: bit 0, will flags without a will, and flags for fields that an older client leaves out.
#[test]
fn version_3_1_is_lenient() {
    accepted(
        &[
            (V5, "10: 'MQIsdp' 03 03 003C 'a'"),
            (V5, "10: 'MQIsdp' 03 3A 003C 'a'"),
            (V5, "10: 'MQIsdp' 03 C2 003C 'a'"),
            (V5, "10: 'MQIsdp' 03 82 003C 'a'"),
        ],
        |packet| match packet {
            Packet::Connect(connect) => {
                assert_eq!((connect.version, connect.client_id), (Version::V31, "a"));
                assert_eq!(
                    (&connect.will, connect.username, connect.password),
                    (&None, None, None)
                );
            }
            other => panic!("{other:?}"),
        },
    );
    match decode(V31, &bytes("10: 'MQIsdp' 03 C2 003C 'a' 'u'")) {
        Ok(Packet::Connect(connect)) => assert_eq!((connect.username, connect.password), (Some("u"), None)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn five_lets_a_password_come_alone() {
    match decode(V5, &bytes("10: 'MQTT' 05 42 003C [] 'a' 0002 00FF")) {
        Ok(Packet::Connect(connect)) => {
            assert_eq!(
                (connect.username, connect.password),
                (None, Some(&[0x00, 0xFF][..]))
            );
        }
        other => panic!("{other:?}"),
    }
}

/// The version that the caller passes does not matter.
#[test]
fn connect_says_its_own_version() {
    for believed in [V31, V311, V5] {
        for (said, notation) in [
            (V31, "10: 'MQIsdp' 03 02 003C 'a'"),
            (V311, "10: 'MQTT' 04 02 003C 'a'"),
            (V5, "10: 'MQTT' 05 02 003C [] 'a'"),
        ] {
            let given = bytes(notation);
            let packet = decode(believed, &given).unwrap();
            assert!(matches!(&packet, Packet::Connect(connect) if connect.version == said));
            let mut written = Vec::new();
            packet.encode(believed, &mut written);
            assert_eq!(written, given);
        }
        let error = decode(believed, &bytes("10: 'MQTT' 09")).unwrap_err();
        assert_eq!(error.reason, ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
    }
}
