//! The codec from outside: whole packets both ways, and what callers tell apart.

use broker::wire::{Packet, ReasonCode, Version, decode, frame};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Packets that decode, and encode to the very same bytes again.
#[test]
fn whole_packets_come_back_byte_for_byte() {
    let packets = [
        (
            Version::V31,
            "10 16 0006 4D5149736470 03 02 003C 0008 7061686F2D323031",
        ),
        (Version::V311, "10 10 0004 4D515454 04 02 003C 0004 666F6F32"),
        (Version::V5, "10 11 0004 4D515454 05 02 003C 00 0004 666F6F32"),
        (
            Version::V311,
            "10 21 0004 4D515454 04 CE 000A 0001 61 0003 772F74 0003 627965 0004 75736572 0002 7077",
        ),
        (Version::V311, "20 02 01 00"),
        (Version::V5, "20 03 00 87 00"),
        (Version::V5, "20 0C 01 00 09 21 0014 22 000A 13 003C"),
        (Version::V311, "30 0F 000A 746573742F746F706963 626172"),
        (Version::V5, "30 10 000A 746573742F746F706963 00 626172"),
        (Version::V311, "3A 05 0001 61 0007"),
        (Version::V5, "35 0C 0001 61 0007 05 02 0000000A 78"),
        (Version::V311, "40 02 0001"),
        (Version::V5, "40 03 0001 10"),
        (Version::V5, "50 0A 0001 97 06 1F 0003 6E6F21"),
        (Version::V311, "62 02 0001"),
        (Version::V5, "70 03 0001 92"),
        (Version::V311, "82 08 000A 0003 612F62 01"),
        (Version::V5, "82 0B 000A 02 0B 05 0003 612F62 2D"),
        (Version::V311, "90 04 000A 01 80"),
        (Version::V5, "90 05 000A 00 02 8F"),
        (Version::V311, "A2 07 000A 0003 612F62"),
        (Version::V5, "A2 08 000A 00 0003 612F62"),
        (Version::V311, "B0 02 000A"),
        (Version::V5, "B0 04 000A 00 11"),
        (Version::V5, "C0 00"),
        (Version::V31, "D0 00"),
        (Version::V311, "E0 00"),
        (Version::V5, "E0 01 8E"),
        (Version::V5, "E0 07 00 05 11 00000078"),
        (Version::V5, "F0 0A 18 08 15 0005 5343524152"),
    ];
    for (version, hex) in packets {
        let given = bytes(hex);
        assert_eq!(frame(&given, given.len()), Ok(Some(given.len())), "{hex}");
        let packet = decode(version, &given).unwrap_or_else(|error| panic!("{version} {hex}: {error}"));
        let mut written = Vec::new();
        packet.encode(version, &mut written);
        assert_eq!(written, given, "{version} {hex}: {packet:?}");
        assert_eq!(packet.encoded_len(version), given.len(), "{version} {hex}");
    }
}

/// Return codes of 3.x become the reason codes that say the same.
#[test]
fn return_codes_of_3_x_are_reason_codes() {
    for (code, reason) in [(0, 0x00), (1, 0x84), (2, 0x85), (3, 0x88), (4, 0x86), (5, 0x87)] {
        let given = [0x20, 2, 0, code];
        match decode(Version::V311, &given) {
            Ok(Packet::ConnAck(connack)) => assert_eq!(connack.reason, ReasonCode(reason)),
            other => panic!("return code {code}: {other:?}"),
        }
    }
}

/// A CONNECT of a version that is not spoken here is told from one that cannot be read.
#[test]
fn unsupported_versions_have_their_own_reason() {
    let unsupported = [
        "10 10 0004 4D515454 06 02 003C 0004 666F6F32",
        "10 10 0004 4D515454 03 02 003C 0004 666F6F32",
        "10 10 0004 4D515454 84 02 003C 0004 666F6F32",
        "10 12 0006 4D5149736470 04 02 003C 0004 666F6F32",
        "10 10 0004 6D717474 04 02 003C 0004 666F6F32",
    ];
    for hex in unsupported {
        let error = decode(Version::V311, &bytes(hex)).expect_err(hex);
        assert_eq!(
            error.reason,
            ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
            "{hex}: {error}"
        );
    }
}
