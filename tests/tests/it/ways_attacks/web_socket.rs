//! Abuse of HTTP and WebSocket.

use std::io::{Read as _, Write as _};

use socket2::SockRef;
use tests::bench::packet;
use tests::harness::way::Way;
use tests::line::bytes::{headers, long_header};
use tests::line::web_socket::{answer, masked, request};

use super::{Ground, SMALL_BYTES, closed, frames};

#[test]
fn heads_that_are_too_large_are_refused_before_they_are_there() {
    let mut ground = Ground::new(&[]);
    for (more, words) in [
        (
            long_header(1 << 20),
            "longer than the 8192 bytes of websocket.max_header_bytes",
        ),
        (headers(1000), "more than 100 headers"),
    ] {
        let mut stream = ground.tcp();
        let head = request(ground.addr(), &more);
        // It closes before it has all of it.
        let _ = stream.write_all(head.as_bytes());
        closed(&mut stream);
        ground.ended_because(words);
    }
    // One that is slow enough hears of it, too.
    let mut stream = ground.tcp();
    let head = request(ground.addr(), &headers(101));
    stream.write_all(head.as_bytes()).expect("it is read");
    let said = answer(&mut stream).expect("it is answered");
    assert!(said.starts_with("HTTP/1.1 431 "), "{said}");
}

#[test]
fn frames_that_announce_more_than_there_can_be_are_refused_and_long_ones_take_no_memory() {
    let mut ground = Ground::new(&[]);
    let (_line, mut stream) = ground.open_raw(Way::Ws);
    stream
        .write_all(&[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
        .expect("it is read");
    closed(&mut stream);
    ground.ended_because("the highest bit must be 0");
    // One bit less is a length like any other. What is in the frame is MQTT, and is judged as that.
    let (_line, mut stream) = ground.open_raw(Way::Ws);
    stream
        .write_all(&[0x82, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        .expect("it is read");
    let connect = packet::connect("long");
    let publish = packet::publish("long", 0, false, 0, &vec![7; 60_000]);
    stream.write_all(&connect).expect("it is read");
    ground.push(&mut stream, &publish, publish.len() * 50);
    ground.is_unharmed();
}

#[test]
fn pings_whose_pongs_are_not_read_take_no_memory() {
    let mut ground = Ground::new(&[]);
    let (line, mut stream) = ground.open_raw(Way::Ws);
    SockRef::from(line.socket())
        .set_recv_buffer_size(SMALL_BYTES)
        .expect("it can be set");
    ground.push(&mut stream, &frames(0x89, &[7; 125], 4096), 16 << 20);
    ground.is_unharmed();
}

#[test]
fn fragments_with_nothing_in_them_are_nothing() {
    let mut ground = Ground::new(&[]);
    let (_line, mut stream) = ground.open_raw(Way::Ws);
    stream.write_all(&frames(0x02, b"", 1)).expect("it is read");
    stream.write_all(&frames(0x00, b"", 100_000)).expect("it is read");
    // What comes last counts.
    let mut rest = Vec::new();
    masked(0x80, &packet::connect("patient"), &mut rest);
    stream.write_all(&rest).expect("it is read");
    let mut head = [0; 6];
    stream.read_exact(&mut head).expect("it is answered");
    assert_eq!(head, [0x82, 4, packet::CONNACK, 2, 0, 0]);
    ground.is_unharmed();
}

#[test]
fn compression_is_not_agreed_on_and_not_taken() {
    let mut ground = Ground::new(&[]);
    let mut stream = ground.tcp();
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    stream
        .write_all(request(ground.addr(), offer).as_bytes())
        .expect("it is read");
    let said = answer(&mut stream).expect("it is answered");
    assert!(said.starts_with("HTTP/1.1 101 "), "{said}");
    assert!(!said.to_ascii_lowercase().contains("extensions"), "{said}");
    stream.write_all(&frames(0xC2, b"x", 1)).expect("it is read");
    closed(&mut stream);
    ground.ended_because("compress");
}
