//! The journal as a capture file: which side ends a stream, and what its comments hold.

use std::time::Duration;

use broker_core::engine::{Cut, Restart};
use broker_core::journal::{Mark, Pcapng};
use broker_core::wire::ReasonCode;
use broker_core::wire::{Disconnect, DisconnectProperties, Packet, QoS, Version};

use super::bench::{Bench, publish};
use super::drawings::HIDDEN;

const FIN: u8 = 0x01;
const RST: u8 = 0x04;
const V5: Version = Version::V5;

/// One frame: whether the broker sent it, its flags of TCP, and the bytes behind its data.
struct Frame {
    from_broker: bool,
    flags: u8,
    rest: Vec<u8>,
}

fn frames(bench: &Bench) -> Vec<Frame> {
    let file = Pcapng::file(Duration::ZERO, &bench.since(Mark::START).entries);
    let mut rest = &file[..];
    let mut frames = Vec::new();
    while let Some((head, _)) = rest.split_at_checked(8) {
        let number = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes"));
        let (block, behind) = rest.split_at(number(4) as usize);
        if number(0) == 6 {
            // 28 bytes of the block, 20 of the IP header, then that of TCP.
            let (ip, tcp) = (&block[28..48], &block[48..]);
            let length = u16::from_be_bytes([ip[2], ip[3]]) as usize;
            frames.push(Frame {
                from_broker: tcp[..2] == 1883u16.to_be_bytes(),
                flags: tcp[13],
                rest: block[28 + length..].to_vec(),
            });
        }
        rest = behind;
    }
    frames
}

/// Who ended the last stream, in which order, and by which flag.
fn ends(bench: &Bench) -> Vec<(&'static str, &'static str)> {
    frames(bench)
        .iter()
        .filter(|frame| frame.flags & (FIN | RST) != 0)
        .map(|frame| {
            let who = if frame.from_broker { "broker" } else { "client" };
            (who, if frame.flags & RST == 0 { "FIN" } else { "RST" })
        })
        .collect()
}

#[test]
fn the_side_that_closed_first_does_so_in_the_capture() {
    type End = fn(&mut Bench, broker_core::engine::ConnId);
    let by_client = vec![("client", "FIN"), ("broker", "FIN")];
    let by_broker = vec![("broker", "FIN"), ("client", "FIN")];
    let cases: [(&str, End, Vec<_>); 7] = [
        (
            "goodbye",
            |bench, id| {
                let goodbye = Disconnect {
                    reason: ReasonCode::SUCCESS,
                    properties: DisconnectProperties::default(),
                };
                bench.send(id, V5, &Packet::Disconnect(goodbye));
            },
            by_client.clone(),
        ),
        (
            "lost",
            |bench, id| {
                bench
                    .engine
                    .closed(bench.now, id, "the client closed the connection");
            },
            by_client,
        ),
        (
            "reset by the client",
            |bench, id| {
                bench
                    .engine
                    .closed(bench.now, id, "Connection reset by peer (os error 104)");
            },
            vec![("client", "RST")],
        ),
        (
            "reset by the broker",
            |bench, _| bench.engine.restart(bench.now, Restart::KeepState, Cut::Reset),
            vec![("broker", "RST")],
        ),
        (
            "no packet",
            |bench, id| bench.receive(id, &[0, 0]),
            by_broker.clone(),
        ),
        (
            "taken over",
            |bench, _| {
                bench.connect("dev", V5);
            },
            by_broker.clone(),
        ),
        (
            "a refusal",
            |bench, _| {
                bench.connect_with("", Version::V311, |connect| connect.clean_start = false);
            },
            by_broker,
        ),
    ];
    for (name, end, expected) in cases {
        let mut bench = Bench::new(|_| {});
        let id = bench.connect("dev", V5);
        end(&mut bench, id);
        assert_eq!(ends(&bench), expected, "{name}");
    }
}

#[test]
fn nothing_in_a_comment_turns_or_hides_text_and_a_long_name_is_cut() {
    for hidden in HIDDEN {
        let mut bench = Bench::new(|_| {});
        let id = bench.connect(&format!("a{hidden}b"), V5);
        bench.subscribe(id, V5, "t", QoS::AtMostOnce);
        bench.send(id, V5, &Packet::Publish(publish("t", b"", QoS::AtMostOnce)));
        let written = hidden.to_string();
        for frame in frames(&bench) {
            let has = frame
                .rest
                .windows(written.len())
                .any(|bytes| bytes == written.as_bytes());
            assert!(!has, "{hidden:?} in {:?}", String::from_utf8_lossy(&frame.rest));
        }
    }
    let mut bench = Bench::new(|_| {});
    let id = bench.connect(&"é".repeat(30_000), V5);
    bench.subscribe(id, V5, "t", QoS::AtMostOnce);
    bench.send(id, V5, &Packet::Publish(publish("t", b"", QoS::AtMostOnce)));
    assert!(frames(&bench).iter().all(|frame| frame.rest.len() < 20_000));
}
