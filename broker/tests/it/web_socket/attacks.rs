//! Peers that mean harm, or do not know better.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use ::packets::{Client, Connect, PINGREQ, publish, subscribe};
use broker::expect;

use super::{BINARY, FIN, PATIENCE, PING, PONG, Raw, binary, frame, start};

#[test]
fn a_frame_of_2_to_the_63_bytes_is_a_stream_of_packets() {
    let broker = start();
    let mut raw = Raw::upgraded(&broker);
    let mut header = vec![FIN | BINARY, 0xFF];
    header.extend((u64::MAX >> 1).to_be_bytes());
    // A mask of zeros.
    header.extend([0; 4]);
    raw.send(&header);
    raw.send(&Connect::new(4, "endless").bytes());
    assert_eq!(raw.frame(), (FIN | BINARY, vec![0x20, 2, 0, 0]));
    for n in 0..3 {
        raw.send(&publish("a", 1, false, n + 1, b"x"));
        assert_eq!(raw.frame().1, [0x40, 2, 0, n as u8 + 1]);
    }
    broker
        .expect(expect::publish("a").from("endless").times(3..))
        .wait();
    drop(raw);
    broker.wait_disconnected("endless").wait().expect("it is gone");
}

#[test]
fn a_length_with_the_highest_bit_is_refused() {
    let broker = start();
    let mut raw = Raw::connected(&broker, "beyond");
    let mut header = vec![FIN | BINARY, 0xFF];
    header.extend((1u64 << 63).to_be_bytes());
    raw.send(&header);
    let reason = raw.is_closed_with(1002);
    assert!(reason.contains("the highest bit must be 0"), "{reason}");
}

#[test]
fn a_peer_that_pings_and_reads_nothing_is_not_read_from_any_more() {
    /// More than the buffers of two kernels.
    const MOST_BYTES: usize = 256 * 1024 * 1024;
    let broker = start();
    let mut other = Client::connect(broker.addr(), "other");
    let mut raw = Raw::connected(&broker, "flood");
    let ping = frame(FIN | PING, &[b'p'; 125]);
    let pings = ping.repeat(1000);
    raw.0
        .set_write_timeout(Some(Duration::from_secs(2)))
        .expect("a time is set");
    let (mut written, mut at) = (0, 0);
    loop {
        match raw.0.write(&pings[at..]) {
            Ok(n) => {
                written += n;
                at = (at + n) % pings.len();
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => panic!("{error}"),
        }
        assert!(written < MOST_BYTES, "the broker reads on");
    }
    other.ping(1);
    // It reads after all. Perhaps not each ping is answered, but the last one is; and MQTT goes on.
    let mut reader = Raw(raw.0.try_clone().expect("a socket has two ends"));
    let last = [
        &pings[at..at.next_multiple_of(ping.len())],
        &frame(FIN | PING, b"last"),
        &binary(&PINGREQ),
    ]
    .concat();
    raw.0.set_write_timeout(Some(PATIENCE)).expect("a time is set");
    let writer = std::thread::spawn(move || raw.send(&last));
    let (mut pongs, mut saw_last) = (0, false);
    loop {
        match reader.frame() {
            (first, payload) if first == FIN | PONG => {
                pongs += 1;
                saw_last = payload == b"last";
            }
            answer => {
                assert_eq!(answer, (FIN | BINARY, vec![0xD0, 0]));
                break;
            }
        }
    }
    writer.join().expect("all was written");
    assert!(saw_last && pongs <= written / ping.len() + 1, "{pongs}");
}

#[test]
fn a_subscriber_that_never_reads_costs_what_it_costs_over_tcp() {
    let configured =
        broker::Broker::builder().configure(|settings| settings.limits.max_outbox_bytes = 100_000);
    let broker = configured.start().wait().expect("it starts");
    let mut raw = Raw::connected(&broker, "deaf");
    raw.send(&binary(&subscribe(1, &["a"], 0)));
    assert_eq!(raw.frame().1, [0x90, 3, 0, 1, 0]);
    let mut device = Client::connect(broker.addr(), "device");
    let payload = vec![7; 100_000];
    let mut rounds = 0;
    // Until its bounds are full.
    while broker.stats().wait().expect("it runs").dropped() == 0 {
        rounds += 1;
        assert!(rounds < 1000, "nothing is ever dropped");
        device.send(&publish("a", 0, false, 0, &payload));
        device.ping(1);
    }
    // What it is owed, it gets whole.
    let mut some = vec![0; 300_000];
    raw.0.read_exact(&mut some).expect("messages come");
    assert_eq!(&some[..2], [FIN | BINARY, 127]);
}

#[test]
fn frames_without_an_end_are_a_turn_each() {
    let broker = start();
    let mut other = Client::connect(broker.addr(), "other");
    let mut raw = Raw::connected(&broker, "empty");
    // Fragments of nothing: 2 MB that carry no byte of MQTT.
    let nothing = frame(super::CONTINUATION, b"").repeat(1000);
    raw.send(&frame(BINARY, b""));
    for _ in 0..300 {
        raw.send(&nothing);
    }
    other.ping(1);
    raw.send(&frame(FIN | super::CONTINUATION, &PINGREQ));
    assert_eq!(raw.frame(), (FIN | BINARY, vec![0xD0, 0]));
}
