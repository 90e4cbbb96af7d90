//! Two codecs that others wrote serve as oracles. They decode our packets to the same fields, and we decode their
//! packets to the same packet. Where they differ from the standard, the test says how, and checks that it is still so.

mod protocol_core;
mod rumqttc_v4;
mod rumqttc_v5;

use crate::common::packets::packet;
use broker_core::wire::{Packet, Version, decode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

fn encoded(version: Version, packet: &Packet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    packet.encode(version, &mut out);
    out
}

proptest! {
    #[test]
    fn rumqttc_reads_and_writes_the_same_3_1_1(packet in packet(Version::V311)) {
        if rumqttc_v4::differs(&packet).is_some() {
            return Ok(());
        }
        let theirs = rumqttc_v4::read(&encoded(Version::V311, &packet));
        prop_assert_eq!(&rumqttc_v4::as_ours(&theirs), &packet);
        let written = rumqttc_v4::write(&theirs);
        prop_assert_eq!(decode(Version::V311, &written), Ok(packet));
    }

    #[test]
    fn rumqttc_reads_and_writes_the_same_5_0(packet in packet(Version::V5)) {
        if rumqttc_v5::differs(&packet).is_some() {
            return Ok(());
        }
        let theirs = rumqttc_v5::read(&encoded(Version::V5, &packet));
        prop_assert_eq!(&rumqttc_v5::as_ours(&theirs), &packet);
        if rumqttc_v5::miswrites(&packet).is_some() {
            return Ok(());
        }
        let written = rumqttc_v5::write(&theirs);
        prop_assert_eq!(decode(Version::V5, &written), Ok(packet));
    }

    /// This one keeps the order of properties, so bytes can be compared.
    #[test]
    fn protocol_core_reads_and_writes_the_same_3_1_1(packet in packet(Version::V311)) {
        let ours = encoded(Version::V311, &packet);
        prop_assert_eq!(protocol_core::through(Version::V311, &ours), Ok(ours));
    }

    #[test]
    fn protocol_core_reads_and_writes_the_same_5_0(packet in packet(Version::V5)) {
        if protocol_core::differs(&packet).is_some() {
            return Ok(());
        }
        let ours = encoded(Version::V5, &packet);
        prop_assert_eq!(protocol_core::through(Version::V5, &ours), Ok(ours));
    }

    /// It accepts every damaged packet that we accept. (We are stricter: the reverse does not hold.)
    #[test]
    fn nothing_passes_that_protocol_core_refuses(
        five in any::<bool>(),
        (three_packet, five_packet) in (packet(Version::V311), packet(Version::V5)),
        changes in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let (version, packet) = if five { (Version::V5, five_packet) } else { (Version::V311, three_packet) };
        let mut bytes = encoded(version, &packet);
        // The Remaining Length stays right: framing is not what this is about.
        let body = 2 + bytes[1..].iter().take_while(|&&byte| byte >= 0x80).count();
        for (at, byte) in changes {
            match at.index(bytes.len()) {
                at if at >= body => bytes[at] = byte,
                _ => bytes[0] = bytes[0] & 0xF0 | byte & 0x0F,
            }
        }
        if let Ok(read) = decode(version, &bytes)
            && read.packet_type() == packet.packet_type()
            && protocol_core::differs(&read).is_none()
        {
            prop_assert!(protocol_core::through(version, &bytes).is_ok(), "{version} {read:?} {bytes:02X?}");
        }
    }
}

/// If one of these fails, the other codec has changed: check whether the difference can go from the list.
#[test]
fn the_known_differences_are_still_there() {
    rumqttc_v4::check_differences();
    rumqttc_v5::check_differences();
    protocol_core::check_differences();
}
