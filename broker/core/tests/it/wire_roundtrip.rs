//! Properties of the codec that hold for every packet of every version, and for all other bytes of a peer.
//!
//! `PROPTEST_CASES=100000 cargo test -p broker-core --test it wire_roundtrip` looks longer.

use crate::common::packets::{packet, version, versioned_packet};
use broker_core::wire::{MAX_REMAINING_LENGTH, Packet, PacketType, Version, decode, frame};
use packets::{frame as frame_of, framed};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

fn encoded(version: Version, packet: &Packet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    packet.encode(version, &mut out);
    out
}

/// The fixed header's length of a well-formed packet.
fn header_len(bytes: &[u8]) -> usize {
    frame_of(bytes).map_or(bytes.len(), |(header, _)| header)
}

/// A body with its Remaining Length corrected after something was done to it.
fn refit(bytes: &[u8]) -> Vec<u8> {
    framed(bytes[0], &bytes[header_len(bytes)..])
}

/// Every packet that is accepted can be encoded, and decodes to itself again.
fn check_stable(version: Version, bytes: &[u8]) {
    if let Ok(packet) = decode(version, bytes) {
        let again = encoded(version, &packet);
        assert_eq!(packet.encoded_len(version), again.len(), "{packet:?}");
        assert_eq!(decode(version, &again).as_ref(), Ok(&packet), "{again:02X?}");
        // Nor does showing it break off.
        let _ = packet.to_string();
    }
}

/// What can happen to a packet on its way.
#[derive(Debug, Clone)]
enum Mutation {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (any::<Index>(), vec(any::<u8>(), 1..4)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (any::<Index>(), 1..4_usize).prop_map(|(at, len)| Mutation::Remove(at, len)),
        (any::<Index>(), 1..16_usize).prop_map(|(at, len)| Mutation::Repeat(at, len)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: Mutation) {
    if bytes.is_empty() {
        return;
    }
    let len = bytes.len();
    match mutation {
        Mutation::Set(at, byte) => bytes[at.index(len)] = byte,
        Mutation::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
        Mutation::Insert(at, inserted) => {
            let at = at.index(len + 1);
            bytes.splice(at..at, inserted);
        }
        Mutation::Remove(at, count) => {
            let at = at.index(len);
            bytes.drain(at..(at + count).min(len));
        }
        Mutation::Repeat(at, count) => {
            let at = at.index(len);
            let repeated = bytes[at..(at + count).min(len)].to_vec();
            bytes.splice(at..at, repeated);
        }
    }
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same((version, packet) in versioned_packet()) {
        let bytes = encoded(version, &packet);
        prop_assert_eq!(packet.encoded_len(version), bytes.len());
        prop_assert_eq!(frame(&bytes, bytes.len()), Ok(Some(bytes.len())));
        prop_assert!(frame(&bytes, bytes.len() - 1).is_err());
        prop_assert_eq!(decode(version, &bytes), Ok(packet));
    }

    /// Any packet in any version: fields that do not fit are left out, and the result is well-formed or empty.
    #[test]
    fn any_packet_can_be_encoded_in_any_version((_, packet) in versioned_packet(), version in version()) {
        let bytes = encoded(version, &packet);
        prop_assert_eq!(packet.encoded_len(version), bytes.len());
        if bytes.is_empty() {
            prop_assert!(matches!(packet, Packet::Auth(_)) && !version.is_v5());
        } else {
            prop_assert_eq!(frame(&bytes, usize::MAX), Ok(Some(bytes.len())));
        }
    }

    #[test]
    fn encoding_appends((version, first) in versioned_packet(), second in packet(Version::V5)) {
        let mut both = encoded(version, &first);
        second.encode(Version::V5, &mut both);
        let len = frame(&both, MAX_REMAINING_LENGTH).unwrap().unwrap();
        prop_assert_eq!(decode(version, &both[..len]), Ok(first));
        prop_assert_eq!(decode(Version::V5, &both[len..]), Ok(second));
    }

    /// A packet that is not all there yet is waited for; one that is cut off inside is not accepted as what it was.
    #[test]
    fn truncations_are_noticed((version, packet) in versioned_packet()) {
        let bytes = encoded(version, &packet);
        let header = header_len(&bytes);
        // The long runs inside a payload all look the same: every byte at both ends is enough.
        let cuts = (0..bytes.len()).filter(|cut| *cut < 600 || bytes.len() - cut < 600);
        for cut in cuts {
            let expected = if cut < header { None } else { Some(bytes.len()) };
            prop_assert_eq!(frame(&bytes[..cut], usize::MAX), Ok(expected));
            prop_assert!(decode(version, &bytes[..cut]).is_err());
            if cut >= header {
                let shorter = refit(&bytes[..cut]);
                let read = decode(version, &shorter);
                // It may leave out that it has no properties, but is written with it; all else is as short as can be.
                let shortest = !matches!(packet, Packet::Disconnect(_));
                prop_assert!(read.as_ref() != Ok(&packet) || !shortest);
                check_stable(version, &shorter);
            }
        }
    }

    #[test]
    fn one_byte_too_many_is_noticed((version, packet) in versioned_packet(), extra in any::<u8>()) {
        let mut bytes = encoded(version, &packet);
        bytes.push(extra);
        prop_assert!(decode(version, &bytes).is_err());
        let longer = refit(&bytes);
        // Where a Reason Code or a Property Length may be left out, a zero says what its absence did.
        let may_be_left_out = version.is_v5() && extra == 0 && matches!(
            packet.packet_type(),
            PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp
                | PacketType::Disconnect | PacketType::Auth
        );
        prop_assert!(decode(version, &longer) != Ok(packet) || may_be_left_out);
    }

    #[test]
    fn arbitrary_bytes_never_panic(version in version(), bytes in vec(any::<u8>(), 0..300), max in any::<usize>()) {
        let _ = frame(&bytes, max);
        check_stable(version, &bytes);
    }

    /// With a right Remaining Length, more of the decoder sees the arbitrary bytes.
    #[test]
    fn arbitrary_bodies_never_panic(version in version(), first in any::<u8>(), body in vec(any::<u8>(), 0..300)) {
        check_stable(version, &framed(first, &body));
    }

    /// Small numbers are lengths, identifiers and flags: with them arbitrary bodies get furthest.
    #[test]
    fn arbitrary_small_bodies_never_panic(version in version(), first in any::<u8>(), body in vec(0..48_u8, 0..40)) {
        check_stable(version, &framed(first, &body));
    }

    #[test]
    fn mutated_packets_never_panic(
        (version, packet) in versioned_packet(),
        mutations in vec(mutation(), 1..5),
        refitted in any::<bool>(),
        read_as in version(),
    ) {
        let mut bytes = encoded(version, &packet);
        for mutation in mutations {
            mutate(&mut bytes, mutation);
        }
        if refitted && bytes.len() > 1 {
            bytes = refit(&bytes);
        }
        let _ = frame(&bytes, usize::MAX);
        check_stable(version, &bytes);
        check_stable(read_as, &bytes);
    }
}
