//! Which packet may carry which reason code, compared with a copy of the standard's table 2-6.

use crate::wire::{PacketType, ReasonCode};

#[test]
fn codes_are_allowed_where_the_standard_lists_them() {
    use PacketType::{Auth, ConnAck, Disconnect, PubAck, PubComp, PubRec, PubRel, SubAck, UnsubAck};
    let table: &[(u8, &[PacketType])] = &[
        (
            0x00,
            &[
                ConnAck, PubAck, PubRec, PubRel, PubComp, UnsubAck, Auth, Disconnect, SubAck,
            ],
        ),
        (0x01, &[SubAck]),
        (0x02, &[SubAck]),
        (0x04, &[Disconnect]),
        (0x10, &[PubAck, PubRec]),
        (0x11, &[UnsubAck]),
        (0x18, &[Auth]),
        (0x19, &[Auth]),
        (0x80, &[ConnAck, PubAck, PubRec, SubAck, UnsubAck, Disconnect]),
        (0x81, &[ConnAck, Disconnect]),
        (0x82, &[ConnAck, Disconnect]),
        (0x83, &[ConnAck, PubAck, PubRec, SubAck, UnsubAck, Disconnect]),
        (0x84, &[ConnAck]),
        (0x85, &[ConnAck]),
        (0x86, &[ConnAck]),
        (0x87, &[ConnAck, PubAck, PubRec, SubAck, UnsubAck, Disconnect]),
        (0x88, &[ConnAck]),
        (0x89, &[ConnAck, Disconnect]),
        (0x8A, &[ConnAck]),
        (0x8B, &[Disconnect]),
        (0x8C, &[ConnAck, Disconnect]),
        (0x8D, &[Disconnect]),
        (0x8E, &[Disconnect]),
        (0x8F, &[SubAck, UnsubAck, Disconnect]),
        (0x90, &[ConnAck, PubAck, PubRec, Disconnect]),
        (0x91, &[PubAck, PubRec, SubAck, UnsubAck]),
        (0x92, &[PubRel, PubComp]),
        (0x93, &[Disconnect]),
        (0x94, &[Disconnect]),
        (0x95, &[ConnAck, Disconnect]),
        (0x96, &[Disconnect]),
        (0x97, &[ConnAck, PubAck, PubRec, SubAck, Disconnect]),
        (0x98, &[Disconnect]),
        (0x99, &[ConnAck, PubAck, PubRec, Disconnect]),
        (0x9A, &[ConnAck, Disconnect]),
        (0x9B, &[ConnAck, Disconnect]),
        (0x9C, &[ConnAck, Disconnect]),
        (0x9D, &[ConnAck, Disconnect]),
        (0x9E, &[SubAck, Disconnect]),
        (0x9F, &[ConnAck, Disconnect]),
        (0xA0, &[Disconnect]),
        (0xA1, &[SubAck, Disconnect]),
        (0xA2, &[SubAck, Disconnect]),
    ];
    for code in 0..=0xFF {
        let listed = table
            .iter()
            .find(|(listed, _)| *listed == code)
            .map_or(&[][..], |(_, packets)| packets);
        for packet_type in (1..=15).filter_map(|bits: u8| PacketType::from_first_byte(bits << 4)) {
            assert_eq!(
                ReasonCode(code).allowed_in(packet_type),
                listed.contains(&packet_type),
                "0x{code:02X} in {packet_type}"
            );
        }
    }
}

#[test]
fn return_codes_of_3_x_go_both_ways() {
    for code in 0..=5 {
        assert_eq!(
            ReasonCode::from_connack_3x(code).and_then(ReasonCode::connack_3x),
            Some(code)
        );
    }
    assert_eq!(ReasonCode::from_connack_3x(6), None);
}
