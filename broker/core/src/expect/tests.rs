//! Patterns and progress against entries that are made here.

mod impossible;

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::journal::{Bounds, Decision, Direction, Entry, Event, Journal, Mark, Record};
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::{Packet, Publish, QoS, Version};

const CONN: ConnId = ConnId { slot: 0, serial: 1 };

fn bytes_of(topic: &str, qos: QoS, payload: &[u8]) -> Vec<u8> {
    let publish = Publish {
        packet_id: (qos != QoS::AtMostOnce).then(|| 7.try_into().expect("not 0")),
        ..Publish::new(topic, payload, qos)
    };
    let mut bytes = Vec::new();
    Packet::Publish(publish).encode(Version::V5, &mut bytes);
    bytes
}

fn published(client: &str, topic: &str, qos: QoS, payload: &str) -> Entry {
    Entry {
        seq: 0,
        at: Time::ZERO,
        conn: Some(CONN),
        client_id: Arc::from(client),
        version: Version::V5,
        record: Record::Packet {
            direction: Direction::In,
            bytes: bytes_of(topic, qos, payload.as_bytes()).into(),
            omitted: None,
            aliased_topic: None,
            decisions: vec![Decision::Sent("sub".into())],
        },
    }
}

fn why(pattern: &Pattern, entry: &Entry) -> String {
    let fit = pattern.compare(entry).expect("the same kind");
    assert_eq!(
        fit.differences.is_empty(),
        pattern.fits(entry),
        "both ways of asking agree on {pattern}"
    );
    let said: Vec<String> = fit.differences.iter().map(ToString::to_string).collect();
    said.join("; ")
}

#[test]
fn each_condition_fits_and_says_what_differs() {
    let entry = published("dev-1", "sensors/1/temp", QoS::AtLeastOnce, "{\"celsius\":21}");
    let right = publish("sensors/+/temp")
        .from("dev-1")
        .qos(1)
        .retain(false)
        .packet_identifier(7)
        .version("5.0")
        .json_subset(json!({"celsius": 21}))
        .test("an odd length", |entry| {
            entry.topic().is_some_and(|topic| topic.len() == 14)
        });
    assert_eq!(why(&right, &entry), "");
    let wrong = [
        (
            publish("sensors/+/hum"),
            "topic sensors/1/temp, not sensors/+/hum",
        ),
        (publish("#").from("dev-2"), "client \"dev-1\", not \"dev-2\""),
        (publish("#").to("dev-1"), "sent from a client, not to a client"),
        (publish("#").qos(0), "qos 1, not 0"),
        (publish("#").retain(true), "retain false, not true"),
        (publish("#").packet_identifier(8), "packet identifier 7, not 8"),
        (
            publish("#").content_type("text"),
            "no content type, wanted \"text\"",
        ),
        (publish("#").text("on"), r#"payload '{"celsius":21}', not "on""#),
        (
            publish("#").json_at("/celsius", 20),
            "payload at /celsius 21, not 20",
        ),
        (publish("#").test("it is green", |_| false), "it is green: not so"),
    ];
    for (pattern, words) in wrong {
        assert_eq!(why(&pattern, &entry), words);
    }
    assert!(
        connect().compare(&entry).is_none(),
        "another kind of packet is no near miss"
    );
    assert!(event("connected").compare(&entry).is_none());
    assert!(packet().fits(&entry));
}

#[test]
fn a_closure_that_panics_does_not_hold() {
    let entry = published("dev-1", "a", QoS::AtMostOnce, "x");
    let fails = publish("a").test("it is quiet", |_| panic!("a bug in a test"));
    assert_eq!(why(&fails, &entry), "it is quiet: the test panicked");
}

#[test]
fn a_connect_is_of_whom_it_says_before_it_is_accepted() {
    let mut entry = published("", "a", QoS::AtMostOnce, "x");
    if let Record::Packet { bytes: wire, .. } = &mut entry.record {
        *wire = b"\x10\x0F\0\x04MQTT\x05\x02\0\0\0\0\x02me".to_vec().into();
    }
    assert!(connect().from("me").fits(&entry));
    assert_eq!(why(&connect().from("you"), &entry), "client \"me\", not \"you\"");
}

#[test]
fn an_expectation_is_the_same_when_it_was_written_down_and_read() {
    let wanted = connect().from("a").keep_alive_secs(60).then(
        publish("a/+")
            .to("b")
            .qos(1)
            .user_property("k", "v")
            .matching("^x")
            .json_at("/a", 1)
            .bytes(*b"\xFF")
            .times(2..=3),
    );
    let text = serde_json::to_string(&wanted).expect("it can be written");
    assert_eq!(
        serde_json::from_str::<Expectation>(&text).expect("it can be read"),
        wanted
    );
    assert!(text.contains(r#"{"bytes_base64":"/w=="}"#), "{text}");
    let wrong = serde_json::from_str::<Expectation>(&text.replace("/w==", "?"));
    let error = wrong.expect_err("it is none").to_string();
    assert!(error.contains("\"?\" is not Base64: "), "{error}");
    let closure = publish("a").test("it is green", |_| true);
    let error = serde_json::to_string(&closure)
        .expect_err("a closure cannot")
        .to_string();
    assert_eq!(error, "a closure cannot be written down: it is green");
    let typo =
        serde_json::from_str::<Expectation>("{\"steps\":[{\"what\":{\"packet\":\"PUBLISH\"},\"qos\":1}]}");
    let error = typo.expect_err("there is no such key").to_string();
    assert!(error.contains("unknown field `qos`"), "{error}");
}

/// What became of an expectation after each of these messages from client `a`, given as topics.
fn standings(expectation: impl Into<Expectation>, topics: &[&str]) -> Vec<Standing> {
    let mut journal = Journal::new(Bounds::default());
    let source = journal.open(CONN);
    journal.identify(source, &Arc::from("a"), Version::V5);
    let mut progress = Progress::new(expectation.into(), Mark::START);
    let mut all = vec![progress.look(&journal)];
    for topic in topics {
        journal.packet_in(Time::ZERO, source, &bytes_of(topic, QoS::AtMostOnce, b""));
        all.push(progress.look(&journal));
    }
    all
}

#[test]
fn progress_goes_step_by_step() {
    use Standing::{Enough, Exceeded, Met, Open};
    assert_eq!(standings(publish("x"), &["y", "x"]), [Open, Open, Met]);
    assert_eq!(
        standings(publish("x").times(2), &["x", "x", "x"]),
        [Open, Open, Enough, Exceeded]
    );
    assert_eq!(
        standings(publish("x").never(), &["y", "x"]),
        [Enough, Enough, Exceeded]
    );
    assert_eq!(
        standings(publish("x").times(..=1), &["x", "x"]),
        [Enough, Enough, Exceeded]
    );
    let order = publish("x").then(publish("y"));
    assert_eq!(
        standings(order.clone(), &["y", "x", "y"]),
        [Open, Open, Open, Met]
    );
    let nothing_between = publish("x").then(publish("z").never()).then(publish("y"));
    assert_eq!(standings(nothing_between.clone(), &["x", "y"]), [Open, Open, Met]);
    assert_eq!(standings(nothing_between, &["z", "x", "z", "y"])[3], Exceeded);
    let exactly_two_first = publish("x").times(2).then(publish("y"));
    assert_eq!(standings(exactly_two_first, &["x", "x", "x"])[3], Exceeded);
    let at_the_end = publish("x").then(publish("z").never());
    assert_eq!(
        standings(at_the_end, &["z", "x", "z"]),
        [Open, Open, Enough, Exceeded]
    );
}

#[test]
fn the_index_finds_everything_that_an_entry_fits() {
    let patterns = [
        publish("a"),
        publish("a/#"),
        publish("a/b/#"),
        publish("a/+"),
        publish("+/b"),
        publish("#"),
        publish("/#"),
        publish("/+"),
        publish("+/#").from("dev"),
        publish("a/b").from("other"),
        packet(),
        packet().topic("a/b"),
        packet().of("dev"),
        connect(),
        event("will_published").topic("a/+"),
    ];
    let mut index = Index::default();
    let all: Vec<Expectation> = patterns.iter().map(|pattern| pattern.clone().into()).collect();
    for (number, expectation) in (0..).zip(&all) {
        index.insert(number, expectation);
    }
    let will = Entry {
        record: Record::Event(Event::WillPublished {
            client_id: "dev".into(),
            topic: "a/b".into(),
        }),
        ..published("dev", "a", QoS::AtMostOnce, "")
    };
    let topics = ["a", "a/b", "a/b/c", "/", "/a", "b", "b/b", "ab"];
    let sent = topics.map(|topic| published("dev", topic, QoS::AtMostOnce, ""));
    for entry in sent.iter().chain([&will]) {
        let found = index.concerned(entry);
        for (number, pattern) in (0..).zip(&patterns) {
            assert!(
                !pattern.fits(entry) || found.contains(&number),
                "{pattern}: {}",
                entry.words()
            );
        }
        assert!(found.len() < patterns.len() - 2, "{found:?}");
    }
    for (number, expectation) in (0..).zip(&all) {
        index.remove(number, expectation);
    }
    assert!(sent.iter().all(|entry| index.concerned(entry).is_empty()));
}

#[test]
fn events_are_expected_by_their_names_and_fields() {
    let entry = Entry {
        seq: 3,
        at: Time::ZERO,
        conn: None,
        client_id: Arc::from("gone"),
        version: Version::V5,
        record: Record::Event(Event::SessionEnded {
            client_id: Arc::from("gone"),
            expired: true,
        }),
    };
    assert!(session_ended().of("gone").field("expired", true).fits(&entry));
    assert_eq!(
        why(&session_ended().of("gone").field("expired", false), &entry),
        "expired true, not false"
    );
    assert!(!connected().of("gone").fits(&entry));
}
