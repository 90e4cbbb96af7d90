//! The table of properties, compared with a copy of the standard's table 2-4, and the errors in sets of properties.

use super::{Refusal, V5, body_bytes, bytes, refused};
use crate::wire::{Packet, ReasonCode, decode};

/// A packet of each type that has properties: its name in this test, and the bytes around the properties.
const OWNERS: [(&str, &str, &str); 14] = [
    ("connect", "10: 'MQTT' 05 02 003C", "'a'"),
    ("will", "10: 'MQTT' 05 06 003C [] 'a'", "'w' 'p'"),
    ("connack", "20: 00 00", ""),
    ("publish", "30: 'a'", ""),
    ("puback", "40: 0001 00", ""),
    ("pubrec", "50: 0001 00", ""),
    ("pubrel", "62: 0001 00", ""),
    ("pubcomp", "70: 0001 00", ""),
    ("subscribe", "82: 0001", "'a' 00"),
    ("suback", "90: 0001", "00"),
    ("unsubscribe", "A2: 0001", "'a'"),
    ("unsuback", "B0: 0001", "00"),
    ("disconnect", "E0: 00", ""),
    ("auth", "F0: 18", ""),
];

/// The identifier, a valid value, and the packets where it may stand.
const TABLE: [(&str, &[&str]); 27] = [
    ("01 01", &["publish", "will"]),
    ("02 00000001", &["publish", "will"]),
    ("03 0001 61", &["publish", "will"]),
    ("08 0001 61", &["publish", "will"]),
    ("09 0001 00", &["publish", "will"]),
    ("0B 01", &["publish", "subscribe"]),
    ("11 00000000", &["connect", "connack", "disconnect"]),
    ("12 0001 61", &["connack"]),
    ("13 0000", &["connack"]),
    ("15 0001 61", &["connect", "connack", "auth"]),
    ("16 0001 00", &["connect", "connack", "auth"]),
    ("17 00", &["connect"]),
    ("18 00000000", &["will"]),
    ("19 01", &["connect"]),
    ("1A 0001 61", &["connack"]),
    ("1C 0001 61", &["connack", "disconnect"]),
    (
        "1F 0000",
        &[
            "connack",
            "puback",
            "pubrec",
            "pubrel",
            "pubcomp",
            "suback",
            "unsuback",
            "disconnect",
            "auth",
        ],
    ),
    ("21 0001", &["connect", "connack"]),
    ("22 0000", &["connect", "connack"]),
    ("23 0001", &["publish"]),
    ("24 00", &["connack"]),
    ("25 01", &["connack"]),
    (
        "26 0001 61 0000",
        &[
            "connect",
            "will",
            "connack",
            "publish",
            "puback",
            "pubrec",
            "pubrel",
            "pubcomp",
            "subscribe",
            "suback",
            "unsubscribe",
            "unsuback",
            "disconnect",
            "auth",
        ],
    ),
    ("27 00000001", &["connect", "connack"]),
    ("28 00", &["connack"]),
    ("29 00", &["connack"]),
    ("2A 00", &["connack"]),
];

fn packet(owner: (&str, &str, &str), properties: &str) -> Vec<u8> {
    let (name, before, after) = owner;
    // An AUTH with properties must name a method, and so must a CONNECT with authentication data.
    let method = match name {
        "auth" if !properties.starts_with("15") => "15 0001 61",
        "connect" if properties.starts_with("16") => "15 0001 61",
        _ => "",
    };
    bytes(&format!("{before} [{properties} {method}] {after}"))
}

#[test]
fn each_property_stands_where_the_standard_lets_it() {
    for (property, allowed) in TABLE {
        for owner in OWNERS {
            let given = packet(owner, property);
            let outcome = decode(V5, &given);
            if allowed.contains(&owner.0) {
                let read = outcome.unwrap_or_else(|error| panic!("{property} in {}: {error}", owner.0));
                let mut written = Vec::new();
                read.encode(V5, &mut written);
                assert_eq!(decode(V5, &written), Ok(read), "{property} in {}", owner.0);
            } else {
                let error = outcome.expect_err(property);
                assert_eq!(
                    (error.statement, error.reason),
                    ("MQTT5-2.2.2.2", ReasonCode::MALFORMED_PACKET)
                );
                assert!(
                    error.what.ends_with("is not a property of this packet"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn each_property_may_come_once() {
    for (property, allowed) in TABLE {
        for owner in OWNERS.into_iter().filter(|owner| allowed.contains(&owner.0)) {
            let given = packet(owner, &format!("{property} {property}"));
            let outcome = decode(V5, &given);
            let repeatable =
                property.starts_with("26") || (property.starts_with("0B") && owner.0 == "publish");
            if repeatable {
                assert!(outcome.is_ok(), "{property} in {}: {outcome:?}", owner.0);
                continue;
            }
            let error = outcome.expect_err(property);
            assert_eq!(
                error.reason,
                ReasonCode::PROTOCOL_ERROR,
                "{property} in {}",
                owner.0
            );
            assert!(error.what.ends_with("comes twice; it may come once"), "{error}");
            assert!(error.statement.starts_with("MQTT5-3."), "{error}");
        }
    }
}

#[test]
fn every_other_identifier_is_unknown() {
    let known: Vec<u8> = TABLE
        .iter()
        .map(|(property, _)| body_bytes(property)[0])
        .collect();
    for id in (0..0x80_u8).filter(|id| !known.contains(id)) {
        let error = decode(V5, &bytes(&format!("30: 'a' [{id:02X} 00]"))).unwrap_err();
        assert_eq!(
            error.what, "this Property Identifier is not in the standard's list",
            "{id:02X}"
        );
        assert_eq!((error.offset, error.statement), (6, "MQTT5-2.2.2.2"));
        assert_eq!(error.reason, ReasonCode::MALFORMED_PACKET);
    }
}

#[test]
fn wrong_values_are_refused() {
    const UNKNOWN: &str = "this Property Identifier is not in the standard's list";
    const ALIAS: &str = "Topic Alias is 0; it must be 1 or more";
    const RESPONSE: &str = "Response Topic holds a wildcard (+ or #), which only topic filters may";
    const SHORTEST: &str = "a Variable Byte Integer takes more bytes than its value needs";
    const TOO_LONG: &str = "a Variable Byte Integer goes on after its fourth byte, the last it may have";
    const CUT: &str = "Content Type is cut short: the properties end inside it";
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "30: 'a' [23 0000]", ALIAS, 7, "MQTT5-3.3.2-8", 0x94),
        (V5, "30: 'a' [08 0003 612F23]", RESPONSE, 11, "MQTT5-3.3.2-14", 0x82),
        (V5, "30: 'a' [01 02]", "Payload Format Indicator is neither 0 nor 1", 7, "MQTT5-3.3.2.3.2", 0x82),
        (V5, "30: 'a' [0B 00]", "Subscription Identifier is 0; it must be 1 or more", 7, "MQTT5-3.3.2.3.8", 0x82),
        (V5, "30: 'a' [0B 8000]", SHORTEST, 7, "MQTT5-1.5.5-1", 0x81),
        (V5, "30: 'a' [0B 8180808001]", TOO_LONG, 7, "MQTT5-1.5.5", 0x81),
        (V5, "30: 'a' [8100 00]", SHORTEST, 6, "MQTT5-1.5.5-1", 0x81),
        (V5, "30: 'a' [8101 00]", UNKNOWN, 6, "MQTT5-2.2.2.2", 0x81),
        (V5, "30: 'a' 8000", SHORTEST, 5, "MQTT5-1.5.5-1", 0x81),
        (V5, "30: 'a' FFFFFFFF7F", TOO_LONG, 5, "MQTT5-1.5.5", 0x81),
        (V5, "30: 'a' [03 0005 6162]", CUT, 7, "MQTT5-2.2.2.1", 0x81),
        (V5, "30: 'a' [02 0000]", "Message Expiry Interval is cut short: the properties end inside it", 7, "MQTT5-2.2.2.1", 0x81),
        (V5, "30: 'a' [26 0001 61]", "User Property is cut short: the properties end inside it", 10, "MQTT5-2.2.2.1", 0x81),
        (V5, "30: 'a' [03 0001 FF]", "Content Type is not valid UTF-8", 9, "MQTT5-1.5.4-1", 0x81),
        (V5, "30: 'a' [26 0001 00 0000]", "User Property holds the character U+0000, which no string may", 9, "MQTT5-1.5.4-2", 0x81),
        (V5, "30: 'a' [26 0000 0001 C0]", "User Property is not valid UTF-8", 11, "MQTT5-1.5.4-1", 0x81),
        (V5, "10: 'MQTT' 05 02 003C [17 02] 'a'", "Request Problem Information is neither 0 nor 1", 14, "MQTT5-3.1.2.11.7", 0x82),
        (V5, "20: 00 00 [2A FF]", "Shared Subscription Available is neither 0 nor 1", 6, "MQTT5-3.2.2.3.13", 0x82),
    ];
    refused(table);
}

/// Properties end where their length says, even if a value claims more bytes.
#[test]
fn a_value_does_not_reach_into_the_payload() {
    let error = decode(V5, &bytes("30: 'a' 03 03 0002 6162")).unwrap_err();
    assert_eq!(
        error.what,
        "Content Type is cut short: the properties end inside it"
    );
    match decode(V5, &bytes("30: 'a' 04 03 0001 61 62")) {
        Ok(Packet::Publish(publish)) => {
            assert_eq!(
                (publish.properties.content_type, publish.payload),
                (Some("a"), &b"b"[..])
            );
        }
        other => panic!("{other:?}"),
    }
}
