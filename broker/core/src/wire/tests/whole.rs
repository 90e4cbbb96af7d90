//! Whole packets both ways, byte for byte.

use super::{V5, V31, V311, bytes};
use crate::wire::{decode, frame};

/// Packets as the encoder writes them: they decode, and encode to exactly the same bytes.
#[test]
fn packets_come_back_byte_for_byte() {
    let packets = [
        (V31, "10: 'MQIsdp' 03 02 003C 'paho-201'"),
        (V311, "10: 'MQTT' 04 02 003C 'foo2'"),
        (V5, "10: 'MQTT' 05 02 003C [] 'foo2'"),
        (V5, "10: 'MQTT' 05 40 0000 [] '' 'only a password'"),
        (V311, "10: 'MQTT' 04 EE 000A 'a' 'w/t' 'bye' 'user' 'pw'"),
        (
            V5,
            "10: 'MQTT' 05 36 0000 [11 FFFFFFFF 21 000A] 'a' [18 00000005 01 01] 'w/t' 'bye'",
        ),
        (V31, "20: 00 05"),
        (V311, "20: 01 00"),
        (V5, "20: 00 87 []"),
        (V5, "20: 01 00 [21 0014 24 01 22 000A 13 003C]"),
        (V311, "30: 'test/topic' 626172"),
        (V311, "31: 'test/topic'"),
        (V5, "30: 'test/topic' [] 626172"),
        (V5, "30: '' [23 0007] 626172"),
        (V311, "3A: 'a' 0007"),
        (V5, "35: 'a' 0007 [02 0000000A] 78"),
        (V5, "30: 'a' [0B 01 0B FFFFFF7F 0B 01]"),
        (V5, "30: 'a' [26 0001 6B 0001 31 26 0001 6B 0001 32]"),
        (V311, "40: 0001"),
        (V5, "40: 0001"),
        (V5, "40: 0001 10"),
        (V5, "50: 0001 97 [1F 0003 6E6F21]"),
        (V5, "50: 0001 00 [1F 0003 6F6821]"),
        (V311, "62: FFFF"),
        (V5, "70: 0001 92"),
        (V311, "82: 000A 'a/b' 01 'c/d' 02"),
        (V5, "82: 000A [0B 05] 'a/b' 2D"),
        (V311, "90: 000A 01 80"),
        (V5, "90: 000A [] 02 8F"),
        (V311, "A2: 000A 'a/b' 'c'"),
        (V5, "A2: 000A [] 'a/b'"),
        (V311, "B0: 000A"),
        (V5, "B0: 000A [] 00 11"),
        (V5, "C0:"),
        (V31, "D0:"),
        (V311, "E0:"),
        (V5, "E0:"),
        (V5, "E0: 8E []"),
        (V5, "E0: 00 [11 00000078]"),
        (V5, "F0: 18 [15 0005 5343524152]"),
        (V5, "F0:"),
    ];
    for (version, notation) in packets {
        let given = bytes(notation);
        assert_eq!(frame(&given, given.len()), Ok(Some(given.len())), "{notation}");
        let packet = decode(version, &given).unwrap_or_else(|error| panic!("{version} {notation}: {error}"));
        let mut written = Vec::new();
        packet.encode(version, &mut written);
        assert_eq!(written, given, "{version} {notation}: {packet:?}");
        assert_eq!(packet.encoded_len(version), given.len(), "{version} {notation}");
    }
}

/// Other forms that the standard allows: they decode to the same.
#[test]
fn other_forms_mean_the_same() {
    let pairs = [
        (V5, "40: 0001 00", "40: 0001"),
        (V5, "40: 0001 00 []", "40: 0001"),
        (V5, "62: 0001 92 []", "62: 0001 92"),
        (V5, "E0: 00", "E0:"),
        (V5, "E0: 00 []", "E0:"),
        (V5, "E0: 04", "E0: 04 []"),
        (V5, "F0: 00", "F0:"),
        (V5, "F0: 00 []", "F0:"),
    ];
    for (version, long, short) in pairs {
        let (long, short) = (bytes(long), bytes(short));
        assert_eq!(decode(version, &long).unwrap(), decode(version, &short).unwrap());
    }
}
