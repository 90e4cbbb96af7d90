//! What is refused, and how.

use proptest::prelude::*;

use super::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, frame, lengths, parts, receive, received};

#[test]
fn what_websocket_does_not_allow_is_named_and_closed() {
    let unmasked = |first: u8| vec![first, 1];
    let with_length = |second: u8, length: &[u8]| [&[FIN | BINARY, second], length].concat();
    for (bytes, code, words) in [
        (
            frame(FIN | TEXT, b"hello"),
            1003,
            "a text frame came: MQTT goes in binary frames (MQTT5-6.0.0-1)",
        ),
        (frame(TEXT, b"hello"), 1003, "a text frame came"),
        (unmasked(FIN | BINARY), 1002, "a binary frame is not masked"),
        (unmasked(FIN | PING), 1002, "a Ping frame is not masked"),
        (
            frame(FIN | 0x40 | BINARY, b"x"),
            1002,
            "0xC2: its reserved bits must be 0; RSV1 marks a compressed message",
        ),
        (
            frame(FIN | 0x10 | BINARY, b"x"),
            1002,
            "0x92: its reserved bits must be 0",
        ),
        (frame(FIN | 0x3, b"x"), 1002, "0x83: 0x3 is no opcode"),
        (frame(FIN | 0xF, b"x"), 1002, "0x8F: 0xF is no opcode"),
        (
            frame(FIN | CONTINUATION, b"x"),
            1002,
            "a continuation frame came, and no message has begun",
        ),
        (
            [frame(BINARY, b"x"), frame(FIN | BINARY, b"x")].concat(),
            1002,
            "a binary frame came, and the message before has not ended",
        ),
        (
            [frame(BINARY, b"x"), frame(FIN | TEXT, b"x")].concat(),
            1003,
            "a text frame came",
        ),
        (frame(PING, b"x"), 1002, "a Ping frame is fragmented"),
        (frame(CLOSE, b""), 1002, "a Close frame is fragmented"),
        (
            frame(FIN | PONG, &[0; 126]),
            1002,
            "a Pong frame carries more than 125 bytes",
        ),
        (
            with_length(0xFE, &[0, 125]),
            1002,
            "its length, 125, in 2 bytes: fewer do",
        ),
        (
            with_length(0xFF, &[0, 0, 0, 0, 0, 0, 0xFF, 0xFF]),
            1002,
            "its length, 65535, in 8 bytes: fewer do",
        ),
        (
            with_length(0xFF, &[0x80, 0, 0, 0, 0, 0, 0, 0]),
            1002,
            "0x8000000000000000: the highest bit must be 0",
        ),
        (
            frame(FIN | CLOSE, b"\x03"),
            1002,
            "a Close frame carries one byte",
        ),
        (
            frame(FIN | CLOSE, &999u16.to_be_bytes()),
            1002,
            "the code 999, which may not stand in one",
        ),
        (frame(FIN | CLOSE, &1005u16.to_be_bytes()), 1002, "the code 1005"),
        (frame(FIN | CLOSE, &5000u16.to_be_bytes()), 1002, "the code 5000"),
        (
            frame(FIN | CLOSE, b"\x03\xE8\xFF"),
            1007,
            "the reason in a Close frame is not UTF-8",
        ),
    ] {
        let made = received(&bytes);
        let fault = made.fault.unwrap_or_default();
        assert!(fault.contains(words), "{fault:?} does not say {words:?}");
        assert!(fault.ends_with(&format!("closed with {code}")), "{fault}");
        // The Close says it, too.
        let [first, length, high, low, reason @ ..] = &made.down[..] else {
            panic!("no Close: {:?}", made.down);
        };
        assert_eq!((*first, usize::from(*length)), (FIN | CLOSE, reason.len() + 2));
        assert_eq!(u16::from_be_bytes([*high, *low]), code);
        let reason = std::str::from_utf8(reason).expect("it is text");
        assert!(fault.contains(reason), "{reason}");
        assert!(reason.len() <= 123);
    }
}

#[test]
fn what_came_before_a_fault_counts() {
    let made = received(&[frame(FIN | BINARY, b"mqtt"), frame(FIN | TEXT, b"hello")].concat());
    assert_eq!(made.up, b"mqtt");
    assert!(made.fault.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Frames with a few bytes changed: whatever they are, how they are cut does not matter, and a fault ends with a Close.
    #[test]
    fn mutated_frames_are_judged_alike_however_they_are_cut(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..140), 0..6),
        firsts in proptest::collection::vec(prop_oneof![
            3 => Just(FIN | BINARY), 1 => Just(FIN | PING), 1 => Just(BINARY), 1 => Just(FIN), 1 => Just(FIN | CLOSE),
        ], 6),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        lengths in lengths(),
    ) {
        let mut bytes: Vec<u8> = payloads.iter().zip(firsts).flat_map(|(payload, first)| frame(first, payload)).collect();
        for (at, byte) in changes.iter().filter(|_| !payloads.is_empty()) {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        let made = receive([&bytes[..]]);
        prop_assert_eq!(&made, &receive(bytes.chunks(1)));
        prop_assert_eq!(&made, &receive(parts(&bytes, &lengths)));
        prop_assert!(made.up.len() <= bytes.len());
        prop_assert!(made.down.len() <= bytes.len() + 127);
        prop_assert!(made.fault.is_none() || made.down.windows(2).any(|it| it[0] == FIN | CLOSE && it[1] >= 2));
    }
}
