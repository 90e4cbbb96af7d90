mod another;
mod faults;

use std::io::IoSlice;

use proptest::prelude::*;

use super::{Layer, WebSocket};

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// A frame as a client sends it, masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=0xFFFF => {
            bytes.push(0xFE);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0xFF);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(KEY);
    bytes.extend(
        payload
            .iter()
            .zip(KEY.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    bytes
}

/// What a layer made of bytes that came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Made {
    up: Vec<u8>,
    down: Vec<u8>,
    fault: Option<String>,
    ended: bool,
    owes: Option<String>,
}

/// Gives a fresh layer these parts of a stream.
fn receive<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Made {
    let mut layer = WebSocket::new();
    let mut made = Made::default();
    for part in parts {
        let received = layer.receive(&mut part.to_vec(), &mut made.up, &mut made.down);
        if let Err(fault) = received {
            made.fault = Some(fault.0);
            break;
        }
    }
    made.ended = layer.peer_ended();
    made.owes = layer.owes();
    made
}

/// Gives a fresh layer these bytes at once, and one by one: that must not differ.
fn received(bytes: &[u8]) -> Made {
    let made = receive([bytes]);
    assert_eq!(made, receive(bytes.chunks(1)), "byte by byte");
    made
}

/// A frame as the server sends it.
fn answer(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, payload.len() as u8];
    bytes.extend(payload);
    bytes
}

#[test]
fn payloads_go_up_however_they_are_framed() {
    let mut bytes = frame(FIN | BINARY, b"one");
    bytes.extend(frame(BINARY, b"t"));
    bytes.extend(frame(CONTINUATION, b""));
    bytes.extend(frame(FIN | PONG, b"nobody asked"));
    bytes.extend(frame(FIN | CONTINUATION, b"wo"));
    bytes.extend(frame(FIN | BINARY, b""));
    bytes.extend(frame(FIN | BINARY, &[b'x'; 126]));
    bytes.extend(frame(FIN | BINARY, &vec![b'y'; 70_000]));
    let made = received(&bytes);
    assert_eq!(made.fault, None);
    assert!(made.down.is_empty());
    let expected = [b"onetwo", &[b'x'; 126][..], &vec![b'y'; 70_000]].concat();
    assert!(made.up == expected);
    assert_eq!(made.owes, None);
}

#[test]
fn what_is_missing_is_owed() {
    let whole = frame(FIN | BINARY, &[7; 300]);
    let owes = |bytes: &[u8]| received(bytes).owes.unwrap_or_default();
    assert_eq!(owes(&[]), "");
    assert_eq!(owes(&whole), "");
    for end in 1..8 {
        assert_eq!(
            owes(&whole[..end]),
            "owes the rest of the header of a WebSocket frame"
        );
    }
    assert_eq!(owes(&whole[..8]), "owes 300 bytes of a WebSocket frame");
    assert_eq!(
        owes(&whole[..whole.len() - 1]),
        "owes 1 bytes of a WebSocket frame"
    );
    let begun = frame(BINARY, b"x");
    assert_eq!(owes(&begun), "owes the last frame of a WebSocket message");
    let ping = frame(FIN | PING, b"hello");
    assert_eq!(owes(&ping[..7]), "owes 4 bytes of a control frame of WebSocket");
    assert_eq!(owes(&[begun, frame(FIN | CLOSE, b"")].concat()), "");
}

#[test]
fn a_frame_of_2_to_the_63_needs_no_room() {
    let mut layer = WebSocket::new();
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let mut header = [0xFF; 14];
    header[0] = FIN | BINARY;
    header[2] = 0x7F;
    header[10..].copy_from_slice(&[0; 4]);
    layer
        .receive(&mut header, &mut up, &mut down)
        .expect("it is in order");
    for _ in 0..100 {
        layer
            .receive(&mut [7; 1000], &mut up, &mut down)
            .expect("it is in order");
    }
    assert_eq!(up.len(), 100_000);
    assert!(up.iter().all(|byte| *byte == 7));
    let left = (u64::MAX >> 1) - 100_000;
    assert_eq!(
        layer.owes(),
        Some(format!("owes {left} bytes of a WebSocket frame"))
    );
}

#[test]
fn a_ping_gets_its_pong_in_between() {
    let bytes = [
        frame(BINARY, b"a"),
        frame(FIN | PING, b"one"),
        frame(FIN | PING, b""),
        frame(FIN | PING, &[b'p'; 125]),
        frame(FIN | CONTINUATION, b"b"),
    ]
    .concat();
    let made = received(&bytes);
    assert_eq!(made.up, b"ab");
    let pongs = [
        answer(FIN | PONG, b"one"),
        answer(FIN | PONG, b""),
        answer(FIN | PONG, &[b'p'; 125]),
    ];
    assert_eq!(made.down, pongs.concat());
}

#[test]
fn pings_of_a_peer_that_never_reads_cost_no_more_than_a_bound() {
    let mut layer = WebSocket::new();
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let ping = frame(FIN | PING, &[b'p'; 125]);
    let mut longest = 0;
    for _ in 0..50_000 {
        layer
            .receive(&mut ping.repeat(2), &mut up, &mut down)
            .expect("it is in order");
        longest = longest.max(down.len());
    }
    assert!((1024 * 1024..1024 * 1024 + 200).contains(&longest), "{longest}");
    // It reads after all: the most recent one is answered with the next that comes.
    down.clear();
    let mut last = frame(FIN | BINARY, b"x");
    layer
        .receive(&mut last, &mut up, &mut down)
        .expect("it is in order");
    assert_eq!(down, answer(FIN | PONG, &[b'p'; 125]));
}

#[test]
fn of_many_pings_before_a_slow_reader_the_last_is_answered() {
    let mut layer = WebSocket::new();
    let (mut up, mut down) = (Vec::new(), vec![0; 100_000]);
    let mut pings = [frame(FIN | PING, b"one"), frame(FIN | PING, b"two")].concat();
    layer
        .receive(&mut pings, &mut up, &mut down)
        .expect("it is in order");
    assert_eq!(&down[100_000..], answer(FIN | PONG, b"two"));
}

#[test]
fn a_close_is_answered_with_its_code_once_all_is_said() {
    for (payload, expected) in [
        (&b""[..], &b""[..]),
        (b"\x03\xE8", b"\x03\xE8"),
        (b"\x0F\xA0so long", b"\x0F\xA0"),
    ] {
        let mut layer = WebSocket::new();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        let mut bytes = [
            frame(FIN | BINARY, b"goodbye"),
            frame(FIN | CLOSE, payload),
            b"\xFFno frame".to_vec(),
        ]
        .concat();
        layer
            .receive(&mut bytes, &mut up, &mut down)
            .expect("it is in order");
        assert_eq!(up, b"goodbye");
        assert!(layer.peer_ended());
        layer.send(&[IoSlice::new(b"PUBACK")], &mut down);
        layer.end(&mut down);
        layer.end(&mut down);
        layer.send(&[IoSlice::new(b"too late")], &mut down);
        let all = [answer(FIN | BINARY, b"PUBACK"), answer(FIN | CLOSE, expected)].concat();
        assert_eq!(down, all);
    }
}

#[test]
fn after_our_close_the_peer_is_still_heard_and_told_nothing() {
    let mut layer = WebSocket::new();
    let (mut up, mut down) = (Vec::new(), Vec::new());
    layer.end(&mut down);
    assert_eq!(down, answer(FIN | CLOSE, &1000u16.to_be_bytes()));
    down.clear();
    let mut bytes = [frame(FIN | BINARY, b"last words"), frame(FIN | PING, b"?")].concat();
    layer
        .receive(&mut bytes, &mut up, &mut down)
        .expect("it is in order");
    layer
        .receive(&mut frame(FIN | TEXT, b"!"), &mut up, &mut down)
        .expect_err("it is text");
    assert_eq!((up, down), (b"last words".to_vec(), Vec::new()));
}

#[test]
fn what_is_sent_is_one_frame_a_call() {
    let mut layer = WebSocket::new();
    let mut down = Vec::new();
    layer.send(
        &[IoSlice::new(b"on"), IoSlice::new(b""), IoSlice::new(b"e")],
        &mut down,
    );
    layer.send(&[IoSlice::new(b"")], &mut down);
    assert_eq!(down, answer(FIN | BINARY, b"one"));
    for (length, header) in [
        (125, &b"\x82\x7D"[..]),
        (126, b"\x82\x7E\0\x7E"),
        (0xFFFF, b"\x82\x7E\xFF\xFF"),
        (0x1_0000, b"\x82\x7F\0\0\0\0\0\x01\0\0"),
    ] {
        down.clear();
        layer.send(&[IoSlice::new(&vec![7; length])], &mut down);
        assert!(down.starts_with(header), "{length}");
        assert_eq!(down.len(), header.len() + length);
    }
}

/// Cuts bytes into parts of these lengths, over and over.
fn parts<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    for length in lengths.iter().cycle() {
        let (part, rest) = bytes.split_at(bytes.len().min(*length));
        parts.push(part);
        bytes = rest;
        if bytes.is_empty() {
            break;
        }
    }
    parts
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(1usize..600, 1..8)
}
