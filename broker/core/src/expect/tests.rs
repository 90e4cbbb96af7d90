//! Progress, and the index, against entries that are made here.

use std::sync::Arc;

use super::*;
use crate::journal::{Bounds, Entry, Event, Journal, Mark, Record};
use crate::pattern::tests::{CONN, bytes_of, published};
use crate::time::Time;
use crate::wire::{QoS, Version};

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
fn a_range_that_holds_no_number_is_an_error() {
    let wrong = [
        (
            publish("a").times(Count { min: 3, max: Some(2) }),
            "3 to 2 times is no range",
        ),
        (publish("a").times(2..2), "2 to 1 times is no range"),
        (publish("a").times(0..0), "1 to 0 times is no range"),
        (publish("a").times(..0), "1 to 0 times is no range"),
    ];
    for (expectation, words) in wrong {
        let error = expectation.check().expect_err("it cannot be met").to_string();
        assert!(error.contains(words), "{error}");
    }
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
            .times(2..=3),
    );
    let wanted = wanted.then(publish("b").bytes(*b"\xFF").never());
    let text = serde_json::to_string(&wanted).expect("it can be written");
    assert_eq!(
        serde_json::from_str::<Expectation>(&text).expect("it can be read"),
        wanted
    );
    assert!(text.contains(r#"{"base64":"/w=="}"#), "{text}");
    let typo = serde_json::from_str::<Expectation>(r#"{"steps": [{"pattern": {}, "time": 1}]}"#);
    let error = typo.expect_err("there is no such key").to_string();
    assert!(error.contains("unknown field `time`"), "{error}");
}
