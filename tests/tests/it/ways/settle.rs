//! "Nothing more is coming" is true over each way, with the kernel's buffers and those of TLS and WebSocket in between: what
//! a client wrote before the question counts. `TEST_ROUNDS=1000` asks more often.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use broker::QoS;
use broker::expect::publish;
use broker::wire::{Packet, Version};
use tests::harness::cases::rounds;
use tests::harness::way::{Frames, Reachable};
use tests::harness::{Client, Way, hello, message};

/// A message of a device, encoded.
fn alarm() -> Vec<u8> {
    let mut bytes = Vec::new();
    Packet::Publish(message("alarm", "on", QoS::AtMostOnce)).encode(Version::V311, &mut bytes);
    bytes
}

/// For each way: a broker, and a client that is connected.
fn over_each_way(mut round: impl FnMut(&Reachable, Client)) {
    let broker = Reachable::start();
    for way in Way::ALL {
        println!("case: {way}");
        let door = broker.door(*way);
        for _ in 0..rounds(100) {
            broker.mark().wait().expect("it runs");
            round(&broker, Client::new(&door, Version::V311, "device"));
            broker.wait_disconnected("device").wait().expect("it has gone");
        }
    }
}

/// Each in a write of its own, from a client whose kernel holds small writes back.
fn says_three_things(client: &mut Client) {
    for topic in ["state", "state", "alarm"] {
        client.send(&Packet::Publish(message(topic, "on", QoS::AtMostOnce)));
    }
}

#[test]
fn never_sees_what_lies_in_any_buffer() {
    over_each_way(|broker, mut client| {
        says_three_things(&mut client);
        assert!(broker.expect(publish("alarm")).never().check().wait().is_err());
    });
}

#[test]
fn settle_waits_for_what_lies_in_any_buffer() {
    over_each_way(|broker, mut client| {
        let before = broker.stats().publish_received;
        says_three_things(&mut client);
        broker.settle().wait().expect("nothing is going on");
        assert_eq!(broker.stats().publish_received - before, 3);
    });
}

#[test]
fn settle_waits_for_many_records_and_frames() {
    let broker = Reachable::start();
    let payload = "x".repeat(300 * 1024);
    for way in Way::ALL {
        for frames in [Frames::EachWrite, Frames::Of(1_000), Frames::Fragments(1_000)] {
            let mut client = Client::new(broker.door(*way).frames(frames), Version::V311, "device");
            for _ in 0..rounds(10) {
                let before = broker.stats().publish_received;
                client.send(&Packet::Publish(message("big", &payload, QoS::AtMostOnce)));
                broker.settle().wait().expect("nothing is going on");
                assert_eq!(
                    broker.stats().publish_received - before,
                    1,
                    "over {way}, {frames:?}"
                );
            }
        }
    }
}

#[test]
fn half_of_anything_is_owed() {
    let broker = Reachable::start();
    for way in Way::ALL {
        let mut client = Client::new(broker.door(*way), Version::V311, "device");
        // Every way to cut it in two.
        let mut wire = client.layers().wrapped(&alarm());
        let mut cut = 1;
        while cut < wire.len() {
            let (first, rest) = wire.split_at(cut);
            let before = broker.stats().publish_received;
            write(&mut client, first);
            let mut settled = broker.settle();
            let early = broker.answered(&mut settled);
            assert!(
                early.is_none(),
                "{cut} of {} bytes over {way}: {early:?}",
                wire.len()
            );
            write(&mut client, rest);
            settled.wait().expect("nothing is going on");
            assert_eq!(
                broker.stats().publish_received - before,
                1,
                "{cut} bytes over {way}"
            );
            wire = client.layers().wrapped(&alarm());
            cut += 1;
        }
    }
}

/// Writes past all layers.
fn write(client: &mut Client, bytes: &[u8]) {
    let socket = client.layers().socket_mut();
    socket.write_all(bytes).expect("it is taken");
}

#[test]
fn the_client_that_owes_is_named_with_what_it_owes() {
    let mut broker = Reachable::start();
    let owed = [
        (Way::Tls, "TLS record"),
        (Way::Ws, "WebSocket frame"),
        (Way::Wss, "TLS record"),
    ];
    for (way, what) in owed {
        let mut client = Client::new(broker.door(way), Version::V311, "device");
        let wire = client.layers().wrapped(&alarm());
        write(&mut client, &wire[..3]);
        broker.set_deadline(Duration::from_millis(50));
        let error = broker
            .settle()
            .wait()
            .expect_err("it does not settle")
            .to_string();
        assert!(
            error.contains(r#""device""#) && error.contains(what),
            "over {way}: {error}"
        );
        broker.set_deadline(broker::DEFAULT_DEADLINE);
        drop(client);
        broker.wait_disconnected("device").wait().expect("it has gone");
    }
}

#[test]
fn a_ping_of_web_socket_hides_nothing() {
    let broker = Reachable::start();
    for way in [Way::Ws, Way::Wss] {
        let mut client = Client::new(broker.door(way), Version::V311, "device");
        for _ in 0..rounds(200) {
            let before = broker.stats().publish_received;
            client.layers().ping_web_socket().expect("it is taken");
            client.send(&Packet::Publish(message("alarm", "on", QoS::AtMostOnce)));
            client.layers().ping_web_socket().expect("it is taken");
            broker.settle().wait().expect("nothing is going on");
            assert_eq!(broker.stats().publish_received - before, 1);
        }
    }
}

#[test]
fn a_handshake_under_way_is_waited_for() {
    let broker = Reachable::start();
    for _ in 0..rounds(100) {
        // ClientHello went out, and its answer came: the client's last words are missing.
        let mut stream = broker.door(Way::Tls).open_holding_finished().expect("it answers");
        let mut settled = broker.settle();
        let early = broker.answered(&mut settled);
        assert!(early.is_none(), "within a handshake of TLS: {early:?}");
        let last = stream.socket_mut().release();
        stream.socket_mut().write_all(&last).expect("it is taken");
        settled.wait().expect("nothing is going on");
    }
    for _ in 0..rounds(100) {
        let mut stream = TcpStream::connect(broker.addr()).expect("it accepts");
        stream
            .write_all(b"GET /mqtt HTTP/1.1\r\nHo")
            .expect("it is taken");
        let mut settled = broker.settle();
        let early = broker.answered(&mut settled);
        assert!(early.is_none(), "within the head of a request: {early:?}");
        drop(stream);
        settled.wait().expect("nothing is going on");
    }
}

#[test]
fn what_comes_together_with_the_end_of_the_handshake_counts() {
    let broker = Reachable::start();
    let mut bytes = Vec::new();
    Packet::Connect(Box::new(hello(Version::V311, "hasty"))).encode(Version::V311, &mut bytes);
    bytes.extend(alarm());
    for _ in 0..rounds(200) {
        let before = broker.stats().publish_received;
        let mut stream = broker.door(Way::Tls).open_holding_finished().expect("it answers");
        stream.write_all(&bytes).expect("it is held");
        let together = stream.socket_mut().release();
        stream.socket_mut().write_all(&together).expect("it is taken");
        broker.settle().wait().expect("nothing is going on");
        assert_eq!(broker.stats().publish_received - before, 1);
        drop(stream);
        broker.wait_disconnected("hasty").wait().expect("it has gone");
    }
}
