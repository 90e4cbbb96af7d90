//! Which entries a pattern lets through.

use broker_core::journal::Mark;
use broker_core::pattern::{Is, Pattern, any_event, anything, packet};
use broker_core::wire::{Packet, Publish, PublishProperties, QoS, Version};
use serde_json::json;

use super::bench::{Bench, line, publish};

const V5: Version = Version::V5;

/// Two clients, an alias, all QoS levels, a topic of the broker's kind, a run.
fn bench() -> Bench {
    let mut bench = Bench::new(|_| {});
    let a = bench.connect("a", V5);
    bench.subscribe(a, V5, "#", QoS::AtLeastOnce);
    let b = bench.connect("b", V5);
    let aliased = |topic| Publish {
        properties: PublishProperties {
            topic_alias: Some(1),
            ..PublishProperties::default()
        },
        ..publish(topic, b"x", QoS::AtMostOnce)
    };
    for message in [
        aliased("x/1"),
        aliased(""),
        publish("x/2", b"x", QoS::AtLeastOnce),
        publish("$own/1", b"x", QoS::AtMostOnce),
    ] {
        bench.send(b, V5, &Packet::Publish(message));
    }
    let mut run = Vec::new();
    for _ in 0..5 {
        Packet::Publish(publish("run", b"x", QoS::AtMostOnce)).encode(V5, &mut run);
    }
    bench.receive(b, &run);
    bench.engine.closed(bench.now, b, "gone");
    bench
}

#[track_caller]
fn assert_fit(pattern: &Pattern, expected: &[&str]) {
    let bench = bench();
    let found = bench.engine.journal().read(Mark::START, usize::MAX, pattern);
    let lines: Vec<String> = found.entries.iter().map(line).collect();
    assert_eq!(lines, expected, "{pattern}");
    assert_eq!(found.until, bench.mark(), "all was looked at");
    // The same, entry by entry.
    let all = bench.since(Mark::START);
    let one_by_one: Vec<String> = all
        .entries
        .iter()
        .filter(|entry| pattern.fits(entry))
        .map(line)
        .collect();
    assert_eq!(one_by_one, expected, "{pattern}");
    // And as it is after it was written down and read again.
    let json = serde_json::to_string(pattern).expect("it serialises");
    let again: Pattern = serde_json::from_str(&json).expect("it can be read");
    assert_eq!(again, *pattern, "{json}");
}

/// A pattern as JSON.
fn read(json: serde_json::Value) -> Pattern {
    serde_json::from_value(json).expect("it is one")
}

#[test]
fn by_topic_also_behind_an_alias_and_with_the_rule_of_the_dollar() {
    assert_fit(
        &read(json!({"packet": "PUBLISH", "topic": "x/1", "direction": "in"})),
        &["b → PUBLISH x/1 [sent a]", "b → PUBLISH x/1 [sent a]"],
    );
    assert_fit(
        &packet().topic("+/1").outbound().qos(0),
        &["a ← PUBLISH x/1", "a ← PUBLISH x/1"],
    );
    assert_fit(&anything().topic("$own/+"), &["b → PUBLISH $own/1"]);
    assert_fit(&packet().topic("run").of("a"), &["a ← PUBLISH run"; 5]);
    let error = packet().topic("a/#/b").check().expect_err("not a topic filter");
    assert!(error.to_string().contains('#'), "{error}");
}

#[test]
fn by_qos_client_connection_and_packet_type() {
    assert_fit(
        &packet().qos(1).field("packet", "publish"),
        &["b → PUBLISH x/2 [sent a]", "a ← PUBLISH x/2"],
    );
    assert_fit(
        &read(json!({"packet": ["SUBACK", "PUBACK"]})),
        &["a ← SUBACK", "b ← PUBACK"],
    );
    assert_fit(
        &packet().field("conn", 1).field("direction", "in"),
        &["a → CONNECT", "a → SUBSCRIBE"],
    );
    assert_fit(&anything().of("nobody"), &[]);
    assert_fit(
        &read(json!({"record": "packet", "client_id": {"not": "b"}, "direction": "in"})),
        &["a → CONNECT", "a → SUBSCRIBE"],
    );
}

#[test]
fn events_or_packets_only() {
    assert_fit(
        &any_event(),
        &[
            "a * Connected",
            "a * Subscribed",
            "b * Connected",
            "b * Disconnected",
            "b * SessionEnded",
        ],
    );
    assert_fit(&packet().from("a"), &["a → CONNECT", "a → SUBSCRIBE"]);
    assert_fit(
        &read(json!({"event": ["connected", "session_ended"], "client_id": "b"})),
        &["b * Connected", "b * SessionEnded"],
    );
    any_event().outbound().check().expect_err("an event goes no way");
}

#[test]
fn a_bounded_read_goes_on_where_it_stopped() {
    let bench = bench();
    let journal = bench.engine.journal();
    let all = bench.since(Mark::START).entries;
    for pattern in [
        anything(),
        anything().of("a"),
        any_event(),
        packet().field("seq", Is::at_least(5)),
    ] {
        let (mut mark, mut found) = (Mark::START, Vec::new());
        loop {
            let part = journal.read(mark, 3, &pattern);
            assert!(part.entries.len() <= 3);
            mark = part.until;
            if part.entries.is_empty() {
                break;
            }
            found.extend(part.entries);
        }
        let expected: Vec<_> = all.iter().filter(|entry| pattern.fits(entry)).cloned().collect();
        assert_eq!(found, expected, "{pattern}");
        assert_eq!(mark, bench.mark());
    }
}
