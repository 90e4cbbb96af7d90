//! Each packet in one line.

use super::{V5, V31, V311, bytes};
use crate::wire::{Packet, Publish, QoS, decode};

#[test]
fn packets_are_shown_in_one_line() {
    let table = [
        (
            V5,
            "10: 'MQTT' 05 02 003C [] 'foo2'",
            r#"CONNECT(MQTT 5.0, client "foo2", clean start, keep alive 60 s)"#,
        ),
        (
            V311,
            "10: 'MQTT' 04 02 0000 ''",
            r#"CONNECT(MQTT 3.1.1, client "", clean session, no keep alive)"#,
        ),
        (
            V31,
            "10: 'MQIsdp' 03 EC 000A 'a' 'x/y' 'bye' 'me' 'secret'",
            r#"CONNECT(MQTT 3.1, client "a", keep alive 10 s, will "x/y" qos 1 retain 3 bytes "bye", user "me", password given)"#,
        ),
        (
            V5,
            "10: 'MQTT' 05 06 003C [11 FFFFFFFF 16 0003 706177 15 0001 78] 'a' [18 00000005] 'w' ''",
            r#"CONNECT(MQTT 5.0, client "a", clean start, keep alive 60 s, will "w" qos 0 0 bytes, will delay interval 5 s, session expiry interval never, authentication method "x", authentication data 3 bytes)"#,
        ),
        (V311, "20: 01 00", "CONNACK(0x00 Success, session present)"),
        (
            V5,
            "20: 00 87 [1F 0002 6E6F 24 01 25 00]",
            r#"CONNACK(0x87 Not authorized, maximum qos 1, retain available no, reason string "no")"#,
        ),
        (
            V5,
            "3B: 'test/topic' 0007 [] 626172",
            r#"PUBLISH(qos 1, id 7, dup, retain, "test/topic", 3 bytes "bar")"#,
        ),
        (
            V5,
            "30: 'a' [01 01 23 0003 09 0002 00FF 26 0001 6B 0001 76]",
            r#"PUBLISH(qos 0, "a", 0 bytes, payload format indicator text, topic alias 3, correlation data 2 bytes 00 FF, user property "k"="v")"#,
        ),
        (V311, "40: 0007", "PUBACK(id 7)"),
        (V5, "40: 0007 10", "PUBACK(id 7, 0x10 No matching subscribers)"),
        (
            V5,
            "62: 0007 92 [1F 0001 3F]",
            r#"PUBREL(id 7, 0x92 Packet Identifier not found, reason string "?")"#,
        ),
        (
            V5,
            "82: 0001 [0B 05] 'a/b' 2D 'c' 10",
            r#"SUBSCRIBE(id 1, "a/b" qos 1 no local retain as published retained never, "c" qos 0 retained if new, subscription identifier 5)"#,
        ),
        (
            V311,
            "90: 0001 01 80",
            "SUBACK(id 1, granted qos 1, 0x80 Unspecified error)",
        ),
        (V311, "A2: 0001 'a/b' 'c'", r#"UNSUBSCRIBE(id 1, "a/b", "c")"#),
        (
            V5,
            "B0: 0001 [] 11",
            "UNSUBACK(id 1, 0x11 No subscription existed)",
        ),
        (V311, "B0: 0001", "UNSUBACK(id 1)"),
        (V5, "C0:", "PINGREQ"),
        (V5, "D0:", "PINGRESP"),
        (V311, "E0:", "DISCONNECT(0x00 Normal disconnection)"),
        (V5, "E0: 8E", "DISCONNECT(0x8E Session taken over)"),
        (
            V5,
            "F0: 18 [15 0001 78]",
            r#"AUTH(0x18 Continue authentication, authentication method "x")"#,
        ),
    ];
    for (version, notation, line) in table {
        assert_eq!(
            decode(version, &bytes(notation)).unwrap().to_string(),
            line,
            "{notation}"
        );
    }
}

#[test]
fn payloads_are_text_where_they_look_like_it_and_never_long() {
    let shown = |payload: &[u8]| {
        let publish = Publish::new("t", payload, QoS::AtMostOnce);
        let line = Packet::Publish(publish).to_string();
        line.trim_start_matches("PUBLISH(qos 0, \"t\", ")
            .trim_end_matches(')')
            .to_owned()
    };
    assert_eq!(shown(b""), "0 bytes");
    assert_eq!(shown(b"x"), r#"1 byte "x""#);
    assert_eq!(
        shown("Grüße \"quoted\"\n".as_bytes()),
        r#"17 bytes 'Grüße "quoted"\n'"#
    );
    assert_eq!(shown(b"it's"), r#"4 bytes "it's""#);
    assert_eq!(shown(b"\x1b[31mred"), "8 bytes 1B 5B 33 31 6D 72 65 64");
    assert_eq!(shown(&[0xFF]), "1 byte FF");
    assert_eq!(
        shown(br#"{"celsius":21.5,"name":"it's"}"#),
        r#"30 bytes "{\"celsius\":21.5,\"name\":\"it's\"}""#
    );
    assert_eq!(shown(br#"{"celsius":21.5}"#), r#"16 bytes '{"celsius":21.5}'"#);
    assert_eq!(shown("a\u{202e}b".as_bytes()), r#"5 bytes "a\u{202e}b""#);
    assert_eq!(shown(&[b'a'; 64]), format!("64 bytes \"{}\"", "a".repeat(64)));
    assert_eq!(shown(&[b'a'; 65]), format!("65 bytes \"{}…\"", "a".repeat(63)));
    assert_eq!(shown(&[0; 16]), format!("16 bytes {}", ["00"; 16].join(" ")));
    assert_eq!(shown(&[0; 17]), format!("17 bytes {} …", ["00"; 16].join(" ")));
    // A cut inside a character is no reason to show hexadecimal.
    let euros = "€".repeat(1000);
    assert_eq!(
        shown(euros.as_bytes()),
        format!("3000 bytes \"{}…\"", "€".repeat(63))
    );
}

/// A peer cannot break the line, and no secret gets into it.
#[test]
fn strings_are_escaped_and_cut_and_secrets_are_left_out() {
    let line = decode(V311, &bytes("10: 'MQTT' 04 C2 003C 0004 0A1B0922 'me' 'secret'"))
        .unwrap()
        .to_string();
    assert_eq!(
        line,
        r#"CONNECT(MQTT 3.1.1, client '\n\u{1b}\t"', clean session, keep alive 60 s, user "me", password given)"#
    );
    let long = "t".repeat(300);
    let line = decode(V311, &bytes(&format!("30: '{long}'")))
        .unwrap()
        .to_string();
    assert_eq!(line, format!("PUBLISH(qos 0, \"{}…\", 0 bytes)", "t".repeat(127)));
}
