//! What is done with packets, byte for byte.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::{Deed, Onward, Wait};
use super::{Bench, client};
use crate::journal::Direction;
use crate::journal::Direction::{In, Out};
use crate::wire::{PacketId, PacketType, Version};

pub(super) const V5: Version = Version::V5;
pub(super) const V311: Version = Version::V311;

/// What an action does with a packet.
pub(super) fn act(version: Version, direction: Direction, packet: &[u8], action: Json) -> Deed {
    let kind = PacketType::from_first_byte(packet[0]).expect("it is one").name();
    let mut bench = Bench::of(json!({"name": "x", "when": {"packet": kind}, "action": action}));
    bench
        .decide(&client("lamp", version), direction, packet)
        .expect("it acts")
}

pub(super) fn onward(version: Version, packet: &[u8], action: Json) -> Vec<u8> {
    let deed = act(version, Out, packet, action);
    match (deed.onward, deed.why) {
        (Onward::Bytes(bytes), None) => bytes,
        other => panic!("{other:?}"),
    }
}

/// Why it cannot be done: then the packet passes.
pub(super) fn why(version: Version, packet: &[u8], action: Json) -> String {
    let deed = act(version, Out, packet, action);
    assert_eq!(
        (&deed.onward, deed.wait, deed.cut),
        (&Onward::Same, Wait::No, None)
    );
    assert!(deed.back.is_empty() && deed.swallow.is_empty());
    deed.why.expect("it cannot be done").to_string()
}

pub(super) fn swallowed(deed: &Deed) -> Vec<(Direction, PacketType, Option<u16>)> {
    let each = deed.swallow.iter();
    each.map(|one| (one.direction, one.packet, one.packet_id.map(PacketId::get)))
        .collect()
}

/// PUBLISH of QoS 1 to a/b, number 7, "hi".
pub(super) const PUBLISH_311: &[u8] = b"\x32\x09\0\x03a/b\0\x07hi";
pub(super) const PUBLISH_5: &[u8] = b"\x32\x0A\0\x03a/b\0\x07\0hi";
pub(super) const PUBACK: &[u8] = b"\x40\x02\0\x07";
pub(super) const SUBSCRIBE_311: &[u8] = b"\x82\x0A\0\x05\0\x01a\x01\0\x01b\x00";
pub(super) const SUBSCRIBE_5: &[u8] = b"\x82\x0B\0\x05\0\0\x01a\x01\0\x01b\x00";
pub(super) const CONNECT_311: &[u8] = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp";
pub(super) const CONNECT_5: &[u8] = b"\x10\x11\0\x04MQTT\x05\x02\0\0\0\0\x04lamp";

#[test]
fn waits() {
    let wait = |action: Json| act(V5, In, PUBACK, action).wait;
    let millis = Duration::from_millis;
    assert_eq!(
        wait(json!({"type": "latency", "latency": 500})),
        Wait::For(millis(500))
    );
    assert_eq!(wait(json!("hold")), Wait::Held(None));
    assert_eq!(
        wait(json!({"type": "hold", "timeout": 9})),
        Wait::Held(Some(millis(9)))
    );
    assert_eq!(wait(json!("reorder")), Wait::Behind(1, millis(1_000)));
    for action in [
        json!({"type": "latency", "latency": 100, "jitter": 20}),
        json!({"type": "latency", "delayDistribution": {"type": "uniform", "lower": 80, "upper": 120}}),
    ] {
        let mut bench = Bench::of(json!({"name": "x", "action": action}));
        let mut times = Vec::new();
        for _ in 0..100 {
            match bench.decide(&client("lamp", V5), In, PUBACK).unwrap().wait {
                Wait::For(time) => times.push(time),
                other => panic!("{other:?}"),
            }
        }
        assert!(times.iter().all(|time| (millis(80)..=millis(120)).contains(time)));
        assert!(times.iter().any(|time| *time < millis(90)) && times.iter().any(|time| *time > millis(110)));
    }
}

#[test]
fn half_of_a_log_normal_distribution_is_above_its_median() {
    let action = json!({"type": "latency", "delayDistribution": {"type": "lognormal", "median": 80, "sigma": 0.4, "maxValue": 200}});
    let mut bench = Bench::of(json!({"name": "x", "action": action}));
    let later = (0..1_000).filter(
        |_| match bench.decide(&client("lamp", V5), In, PUBACK).unwrap().wait {
            Wait::For(time) => {
                assert!(time <= Duration::from_millis(200));
                time > Duration::from_millis(80)
            }
            other => panic!("{other:?}"),
        },
    );
    let later = later.count();
    assert!((440..560).contains(&later), "{later}");
}

#[test]
fn drop_loses_it() {
    let deed = act(V5, In, PUBLISH_5, json!("drop"));
    assert_eq!((&*deed.rule, deed.nth, deed.action), ("x", 1, "drop"));
    assert_eq!(
        (deed.onward, deed.back.len(), deed.cut),
        (Onward::Nothing, 0, None)
    );
}

#[test]
fn duplicate_sends_it_again() {
    assert_eq!(
        onward(V311, PUBACK, json!({"type": "duplicate", "copies": 2})),
        PUBACK.repeat(3)
    );
    assert_eq!(
        onward(V311, PUBLISH_311, json!({"type": "duplicate", "dup": true})),
        [PUBLISH_311, b"\x3A\x09\0\x03a/b\0\x07hi"].concat()
    );
    let deed = act(
        V311,
        In,
        PUBLISH_311,
        json!({"type": "duplicate", "packet_identifier": 9}),
    );
    assert_eq!(
        deed.onward,
        Onward::Bytes([PUBLISH_311, b"\x32\x09\0\x03a/b\0\x09hi"].concat())
    );
    assert_eq!(swallowed(&deed), [(Out, PacketType::PubAck, Some(9))]);
    assert_eq!(
        why(V311, PUBACK, json!({"type": "duplicate", "dup": true})),
        "only PUBLISH of QoS 1 or 2 has DUP"
    );
    assert_eq!(
        why(
            V311,
            b"\xD0\0",
            json!({"type": "duplicate", "packet_identifier": 9})
        ),
        "PINGRESP has no packet_identifier"
    );
}

#[test]
fn corrupt_flips_one_bit_in_each_byte_it_chooses() {
    let differs = |bytes: &[u8]| -> Vec<usize> {
        let pairs = bytes.iter().zip(PUBLISH_311).enumerate();
        let changed = pairs.filter(|(_, (new, old))| new != old);
        changed
            .inspect(|(_, (new, old))| assert_eq!((*new ^ *old).count_ones(), 1))
            .map(|(at, _)| at)
            .collect()
    };
    let at = |bytes: u32, at: &str| {
        differs(&onward(
            V311,
            PUBLISH_311,
            json!({"type": "corrupt", "bytes": bytes, "at": at}),
        ))
    };
    assert_eq!(at(100, "payload"), [9, 10]);
    assert_eq!(at(100, "fixed_header"), [0, 1]);
    assert_eq!(at(100, "body"), (2..11).collect::<Vec<_>>());
    assert_eq!(at(100, "any").len(), 11);
    assert_eq!(at(1, "body").len(), 1);
    assert_eq!(
        why(V311, b"\xD0\0", json!("corrupt")),
        "the packet has nothing there"
    );
}

#[test]
fn truncate_keeps_the_beginning() {
    assert_eq!(
        onward(V311, PUBLISH_311, json!({"type": "truncate", "keep": 4})),
        b"\x32\x09\0\x03"
    );
    assert_eq!(
        onward(
            V311,
            PUBLISH_311,
            json!({"type": "truncate", "keep": 4, "adjust": true})
        ),
        b"\x32\x02\0\x03"
    );
    assert_eq!(
        act(V311, Out, PUBACK, json!({"type": "truncate", "keep": 0})).onward,
        Onward::Nothing
    );
    assert_eq!(
        why(V311, PUBACK, json!({"type": "truncate", "keep": 4})),
        "the packet has 4 bytes, no more than are kept"
    );
}
