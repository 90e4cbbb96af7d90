//! Packets in frames.

use std::time::Duration;

use ::packets::{Client, Connect, DISCONNECT, PINGREQ, publish, subscribe};
use broker::Broker;
use broker::expect::{self, Is, event};

use super::{BINARY, CONTINUATION, FIN, HANDSHAKE, PING, PONG, Raw, TEXT, binary, frame, start};

#[test]
fn packets_and_frames_need_not_be_aligned() {
    let broker = start();
    let mut raw = Raw::upgraded(&broker);
    // A frame for each byte.
    for byte in Connect::new(4, "pieces").bytes() {
        raw.send(&binary(&[byte]));
    }
    assert_eq!(raw.frame(), (FIN | BINARY, vec![0x20, 2, 0, 0]));
    // Two packets and the beginning of a third in one message of three frames; between them a ping.
    let message = [
        &subscribe(1, &["a/#"], 0)[..],
        &PINGREQ,
        &publish("a/b", 0, false, 0, b"whole")[..],
    ]
    .concat();
    let (one, rest) = message.split_at(3);
    let (two, three) = rest.split_at(message.len() - 8);
    let (in_message, later) = three.split_at(2);
    raw.send(
        &[
            frame(BINARY, one),
            frame(FIN | PING, b"?"),
            frame(CONTINUATION, two),
            frame(CONTINUATION, b""),
            frame(FIN | CONTINUATION, in_message),
        ]
        .concat(),
    );
    raw.send(&binary(later));
    let (mut came, mut pongs) = (Vec::new(), 0);
    while !came.ends_with(b"whole") {
        match raw.frame() {
            (first, packets) if first == FIN | BINARY => came.extend(packets),
            pong => {
                assert_eq!(pong, (FIN | PONG, b"?".to_vec()));
                pongs += 1;
            }
        }
    }
    let expected = [
        &[0x90, 3, 0, 1, 0][..],
        &[0xD0, 0],
        &publish("a/b", 0, false, 0, b"whole")[..],
    ]
    .concat();
    assert_eq!((came, pongs), (expected, 1));
    broker
        .expect(expect::publish("a/b").from("pieces").text("whole").times(1))
        .wait();
}

#[test]
fn a_text_frame_ends_the_connection() {
    let broker = start();
    let mut other = Client::connect(broker.addr(), "other");
    let mut raw = Raw::connected(&broker, "chatty");
    raw.send(
        &[
            binary(&publish("a", 0, false, 0, b"before")),
            frame(FIN | TEXT, b"hello"),
        ]
        .concat(),
    );
    let reason = raw.is_closed_with(1003);
    assert!(reason.contains("MQTT goes in binary frames"), "{reason}");
    broker
        .expect(expect::publish("a").from("chatty").text("before"))
        .wait();
    let gone = expect::disconnected().of("chatty");
    let found = broker.expect(gone).wait();
    let words = found[0].words();
    assert!(words.contains("a text frame came"), "{words}");
    other.ping(1);
}

#[test]
fn the_subprotocol_that_the_client_likes_best_is_answered() {
    const OFFER: &str = "Sec-WebSocket-Protocol: mqtt\r\n";
    let broker = start();
    for (offer, answer) in [
        ("Sec-WebSocket-Protocol: mqtt\r\n", Some("mqtt")),
        ("Sec-WebSocket-Protocol: soap, mqtt, mqttv3.1\r\n", Some("mqtt")),
        ("Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n", Some("mqttv3.1")),
        ("", None),
    ] {
        let mut raw = Raw::open(&broker);
        raw.send(HANDSHAKE.replace(OFFER, offer).as_bytes());
        let head = raw.head();
        let answered = head
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Protocol: "));
        assert_eq!(answered, answer, "{head}");
        assert!(
            head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            "{head}"
        );
        assert!(!head.contains("permessage-deflate"), "{head}");
        raw.send(&binary(&Connect::new(5, "x").bytes()));
        assert_eq!(raw.frame().0, FIN | BINARY);
    }
    let mut raw = Raw::open(&broker);
    raw.send(
        HANDSHAKE
            .replace(OFFER, "Sec-WebSocket-Protocol: soap\r\n")
            .as_bytes(),
    );
    let refused = String::from_utf8(raw.rest()).expect("it is text");
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    let why = Is::containing("offers the subprotocol \"soap\"");
    broker.expect(event("handshake_failed").field("why", why)).wait();
}

#[test]
fn what_comes_with_the_handshake_in_one_write_is_heard() {
    let broker = start();
    let mut raw = Raw::open(&broker);
    let all = [
        HANDSHAKE.as_bytes(),
        &binary(&Connect::new(4, "hasty").bytes()),
        &binary(&publish("a", 1, false, 7, b"now")),
        &binary(&DISCONNECT),
    ];
    raw.send(&all.concat());
    let head = raw.head();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let rest = raw.rest();
    let answers = [&[0x82, 4, 0x20, 2, 0, 0][..], &[0x82, 4, 0x40, 2, 0, 7]];
    let together = [&[0x82, 8, 0x20, 2, 0, 0][..], &[0x40, 2, 0, 7]];
    assert!(
        rest.starts_with(&answers.concat()) || rest.starts_with(&together.concat()),
        "{rest:02x?}"
    );
    broker
        .expect(expect::publish("a").from("hasty").text("now").times(1))
        .wait();
}

#[test]
fn half_frames_are_waited_for_by_name() {
    let mut broker = start();
    broker.set_deadline(Duration::from_millis(100));
    let owed = |broker: &Broker, words: &str| {
        let error = broker
            .settle()
            .wait()
            .expect_err("something is missing")
            .to_string();
        assert!(error.contains("\"lamp\""), "{error}");
        assert!(error.contains(words), "{error} does not say {words:?}");
    };
    let mut raw = Raw::connected(&broker, "lamp");
    let whole = binary(&PINGREQ);
    raw.send(&whole[..1]);
    owed(&broker, "owes the rest of the header of a WebSocket frame");
    raw.send(&whole[1..6]);
    owed(&broker, "owes 2 bytes of a WebSocket frame");
    raw.send(&whole[6..]);
    assert_eq!(raw.frame(), (FIN | BINARY, vec![0xD0, 0]));
    raw.send(&frame(BINARY, &PINGREQ));
    assert_eq!(raw.frame(), (FIN | BINARY, vec![0xD0, 0]));
    owed(&broker, "owes the last frame of a WebSocket message");
    raw.send(&frame(FIN | CONTINUATION, b""));
    raw.send(&binary(&PINGREQ));
    assert_eq!(raw.frame(), (FIN | BINARY, vec![0xD0, 0]));
    broker.set_deadline(super::PATIENCE);
    broker.settle().wait().expect("nothing is missing");
}
