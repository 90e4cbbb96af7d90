//! The fixed header and `frame`.

use super::{Refusal, V5, V31, V311, accepted, refused};
use crate::wire::{PacketType, ReasonCode, decode, frame};

const ZEROS: &str = "the low four bits of the first byte must be 0000 for this packet";
const TWO: &str = "the low four bits of the first byte must be 0010 for this packet (in 3.1, QoS 1)";

#[test]
fn flags_are_as_prescribed() {
    #[rustfmt::skip]
    let table: &[Refusal] = &[
        (V5, "11: 'MQTT' 05 02 003C [] 'a'", ZEROS, 0, "MQTT5-2.1.3-1", 0x81),
        (V311, "18: 'MQTT' 04 02 003C 'a'", ZEROS, 0, "MQTT311-2.2.2-2", 0x81),
        (V5, "22: 00 00 []", ZEROS, 0, "MQTT5-2.1.3-1", 0x81),
        (V311, "21: 00 00", ZEROS, 0, "MQTT311-2.2.2-2", 0x81),
        (V5, "42: 0001", ZEROS, 0, "MQTT5-2.1.3-1", 0x81),
        (V311, "51: 0001", ZEROS, 0, "MQTT311-2.2.2-2", 0x81),
        (V5, "60: 0001", TWO, 0, "MQTT5-3.6.1-1", 0x81),
        (V311, "6A: 0001", TWO, 0, "MQTT311-3.6.1-1", 0x81),
        (V31, "60: 0001", TWO, 0, "MQTT31-3.6", 0x81),
        (V311, "78: 0001", ZEROS, 0, "MQTT311-2.2.2-2", 0x81),
        (V5, "80: 0001 [] 'a' 00", TWO, 0, "MQTT5-3.8.1-1", 0x81),
        (V311, "8A: 0001 'a' 00", TWO, 0, "MQTT311-3.8.1-1", 0x81),
        (V31, "84: 0001 'a' 00", TWO, 0, "MQTT31-3.8", 0x81),
        (V5, "91: 0001 [] 00", ZEROS, 0, "MQTT5-2.1.3-1", 0x81),
        (V5, "A3: 0001 [] 'a'", TWO, 0, "MQTT5-3.10.1-1", 0x81),
        (V311, "A0: 0001 'a'", TWO, 0, "MQTT311-3.10.1-1", 0x81),
        (V31, "A6: 0001 'a'", TWO, 0, "MQTT31-3.10", 0x81),
        (V311, "B2: 0001", ZEROS, 0, "MQTT311-2.2.2-2", 0x81),
        (V5, "C1:", ZEROS, 0, "MQTT5-2.1.3-1", 0x81),
        (V311, "D4:", ZEROS, 0, "MQTT311-2.2.2-2", 0x81),
        (V5, "E2:", ZEROS, 0, "MQTT5-3.14.1-1", 0x81),
        (V311, "E1:", ZEROS, 0, "MQTT311-3.14.1-1", 0x81),
        (V5, "F1: 00", ZEROS, 0, "MQTT5-3.15.1-1", 0x81),
    ];
    refused(table);
}

/// A client of 3.1 sets DUP when it sends a packet again; 3.1 calls the other flags unused.
#[test]
fn version_3_1_is_lenient_with_flags() {
    accepted(
        &[
            (V31, "1F: 'MQIsdp' 03 02 003C 'a'"),
            (V31, "42: 0001"),
            (V31, "6A: 0001"),
            (V31, "8A: 0001 'a' 00"),
            (V31, "83: 0001 'a' 00"),
            (V31, "AA: 0001 'a'"),
            (V31, "CF:"),
            (V31, "E8:"),
        ],
        |_| (),
    );
}

#[test]
fn reserved_packet_types_are_malformed() {
    let zero = "packet type 0 is reserved; types are 1 to 15";
    let auth = "packet type 15 is reserved in this version; only 5.0 has AUTH";
    refused(&[
        (V5, "00:", zero, 0, "MQTT5-2.1.2", 0x81),
        (V311, "0F: 00", zero, 0, "MQTT311-2.2.1", 0x81),
        (V31, "00:", zero, 0, "MQTT31-2.1", 0x81),
        (V311, "F0:", auth, 0, "MQTT311-2.2.1", 0x81),
        (V31, "F0: 00", auth, 0, "MQTT31-2.1", 0x81),
    ]);
}

#[test]
fn frame_waits_for_the_header_and_then_says_the_length() {
    let big = [0x30, 0xFF, 0xFF, 0xFF, 0x7F];
    for cut in 0..big.len() {
        assert_eq!(frame(&big[..cut], usize::MAX), Ok(None), "{cut} bytes");
    }
    assert_eq!(frame(&big, usize::MAX), Ok(Some(5 + 268_435_455)));
    assert_eq!(frame(&[0xC0, 0], 2), Ok(Some(2)));
    assert_eq!(
        frame(&[0xC0, 0, 0xFF, 0xFF, 0xFF, 0xFF], 2),
        Ok(Some(2)),
        "bytes after the packet are not looked at"
    );
    assert_eq!(frame(&[0x30, 0x80, 0x01], 131), Ok(Some(131)));
}

#[test]
fn frame_refuses_what_no_version_reads() {
    let too_long = frame(&[0x30, 0x80, 0x80, 0x80, 0x80], usize::MAX).unwrap_err();
    assert_eq!((too_long.offset, too_long.statement), (1, "MQTT5-1.5.5"));
    assert_eq!(too_long.reason, ReasonCode::MALFORMED_PACKET);
    let type_0 = frame(&[0x00], usize::MAX).unwrap_err();
    assert_eq!((type_0.offset, type_0.statement), (0, "MQTT5-2.1.2"));
}

#[test]
fn frame_refuses_what_is_too_large_before_it_is_there() {
    assert_eq!(frame(&[0x30, 0x7E], 128), Ok(Some(128)));
    let error = frame(&[0x30, 0x7F], 128).unwrap_err();
    assert_eq!(error.reason, ReasonCode::PACKET_TOO_LARGE);
    assert_eq!((error.offset, error.statement), (1, "MQTT5-3.2.2-15"));
}

/// Only 5.0 demands the shortest form of a Remaining Length; clients of 3.x that always write four bytes exist.
#[test]
fn a_padded_remaining_length_is_wrong_in_5_only() {
    let ping = [0xC0, 0x80, 0x00];
    assert_eq!(frame(&ping, 10), Ok(Some(3)));
    assert_eq!(decode(V311, &ping).unwrap().packet_type(), PacketType::PingReq);
    let error = decode(V5, &ping).unwrap_err();
    assert_eq!((error.offset, error.statement), (1, "MQTT5-1.5.5-1"));
    // A CONNECT names its own version.
    let connect = |level| {
        [
            &[0x10, 0x8D, 0x00, 0, 4],
            &b"MQTT"[..],
            &[level, 2, 0, 60, 0, 1, b'a'],
        ]
        .concat()
    };
    assert!(decode(V5, &connect(4)).is_ok());
    let mut five = connect(5);
    five.insert(13, 0);
    five[1] += 1;
    assert_eq!(decode(V311, &five).unwrap_err().statement, "MQTT5-1.5.5-1");
}

#[test]
fn decode_wants_exactly_one_packet() {
    for wrong in [
        &[][..],
        &[0xC0],
        &[0xC0, 0x80],
        &[0xC0, 1],
        &[0xC0, 0, 0],
        &[0x40, 2, 0],
    ] {
        let error = decode(V311, wrong).unwrap_err();
        assert_eq!(error.statement, "MQTT311-2.2.3", "{wrong:?}");
        assert_eq!(error.reason, ReasonCode::MALFORMED_PACKET, "{wrong:?}");
    }
}

#[test]
fn pings_are_two_bytes() {
    let what = "bytes are left over after the packet's last field";
    refused(&[
        (V5, "C0: 00", what, 2, "MQTT5-2.1.4", 0x81),
        (V311, "C0: 00", what, 2, "MQTT311-2.2.3", 0x81),
        (V31, "D0: 00", what, 2, "MQTT31-2.1", 0x81),
    ]);
}
