//! Which entries a filter lets through.

use broker_core::journal::{Direction, Filter, Mark};
use broker_core::wire::{Packet, PacketType, Publish, PublishProperties, QoS, Version};

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
fn assert_fit(filter: &Filter, expected: &[&str]) {
    let bench = bench();
    let found = bench.engine.journal().read(Mark::START, usize::MAX, filter);
    let lines: Vec<String> = found.entries.iter().map(line).collect();
    assert_eq!(lines, expected, "{filter:?}");
    assert_eq!(found.until, bench.mark(), "all was looked at");
    // The same, entry by entry.
    let all = bench.since(Mark::START);
    let one_by_one: Vec<String> = all
        .entries
        .iter()
        .filter(|entry| filter.fits(entry))
        .map(line)
        .collect();
    assert_eq!(one_by_one, expected, "{filter:?}");
    // And as it is after it was written down and read again.
    let json = serde_json::to_string(filter).expect("it serialises");
    let again: Filter = serde_json::from_str(&json).expect("it can be read");
    assert_eq!(again, *filter, "{json}");
}

#[test]
fn by_topic_also_behind_an_alias_and_with_the_rule_of_the_dollar() {
    let topic = |filter: &str| Filter::new().topic(filter).expect("a topic filter");
    assert_fit(
        &topic("x/1").direction(Direction::In),
        &["b → PUBLISH x/1 [sent a]", "b → PUBLISH x/1 [sent a]"],
    );
    assert_fit(
        &topic("+/1").direction(Direction::Out).qos(QoS::AtMostOnce),
        &["a ← PUBLISH x/1", "a ← PUBLISH x/1"],
    );
    assert_fit(&topic("$own/+"), &["b → PUBLISH $own/1"]);
    assert_fit(&topic("run").client("a"), &["a ← PUBLISH run"; 5]);
    let error = Filter::new().topic("a/#/b").expect_err("no topic filter");
    assert!(error.to_string().contains('#'), "{error}");
}

#[test]
fn by_qos_client_connection_and_packet_type() {
    assert_fit(
        &Filter::new().qos(QoS::AtLeastOnce),
        &["b → PUBLISH x/2 [sent a]", "a ← PUBLISH x/2"],
    );
    let acknowledgements = Filter::new()
        .packet(PacketType::SubAck)
        .packet(PacketType::PubAck);
    assert_fit(&acknowledgements, &["a ← SUBACK", "b ← PUBACK"]);
    assert_fit(
        &Filter::new().connection(1).direction(Direction::In),
        &["a → CONNECT", "a → SUBSCRIBE"],
    );
    assert_fit(&Filter::new().client("nobody"), &[]);
}

#[test]
fn events_or_packets_only() {
    assert_fit(
        &Filter::new().only_events(),
        &[
            "a * Connected",
            "a * Subscribed",
            "b * Connected",
            "b * Disconnected",
            "b * SessionEnded",
        ],
    );
    assert_fit(
        &Filter::new().client("a").only_packets().direction(Direction::In),
        &["a → CONNECT", "a → SUBSCRIBE"],
    );
    assert_fit(&Filter::new().only_events().direction(Direction::In), &[]);
}

#[test]
fn what_is_written_wrong_is_told() {
    for (json, expected) in [
        (
            r#"{"packets": ["PUBLSH"]}"#,
            "\"PUBLSH\" is not a packet type; expected one of CONNECT,",
        ),
        (r#"{"topic": "a/#/b"}"#, "\"a/#/b\" is not a topic filter: "),
        (r#"{"qos": 3}"#, "3 is not a QoS; expected 0, 1 or 2"),
        (
            r#"{"direction": "sideways"}"#,
            "unknown variant `sideways`, expected `in` or `out`",
        ),
        (
            r#"{"client": "a"}"#,
            "unknown field `client`, expected one of `client_id`,",
        ),
    ] {
        let error = serde_json::from_str::<Filter>(json).expect_err(json).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_bounded_read_goes_on_where_it_stopped() {
    let bench = bench();
    let journal = bench.engine.journal();
    let all = bench.since(Mark::START).entries;
    for filter in [
        Filter::new(),
        Filter::new().client("a"),
        Filter::new().only_events(),
    ] {
        let (mut mark, mut found) = (Mark::START, Vec::new());
        loop {
            let part = journal.read(mark, 3, &filter);
            assert!(part.entries.len() <= 3);
            mark = part.until;
            if part.entries.is_empty() {
                break;
            }
            found.extend(part.entries);
        }
        let expected: Vec<_> = all.iter().filter(|entry| filter.fits(entry)).cloned().collect();
        assert_eq!(found, expected, "{filter:?}");
        assert_eq!(mark, bench.mark());
    }
}
