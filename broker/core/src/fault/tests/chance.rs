//! Who is meant, which of the packets, and chance.

use std::time::Duration;

use serde_json::json;

use super::super::{Rule, Who};
use super::{Bench, client};
use crate::journal::Direction;
use crate::pattern::{pingreq, publish};
use crate::time::Time;
use crate::wire::Version;

const PING: &[u8] = b"\xC0\0";

/// On which of the first twelve pings of a client it acts.
fn acts(bench: &mut Bench, who: &Who) -> Vec<u64> {
    (1..=12).filter(|_| bench.sent(who, PING).is_some()).collect()
}

#[test]
fn a_client_without_an_identifier_is_not_the_one_that_is_named() {
    let connect = b"\x10\x0C\0\x04MQTT\x04\x02\0\0\0\0";
    let connack: &[u8] = b"\x20\x02\0\0";
    let any = |packet: &str| json!({"name": packet, "when": {"packet": packet, "client_id": "lamp"}, "action": "drop"});
    let mut bench = Bench::of(json!([any("CONNECT"), any("CONNACK"), any("PINGREQ")]));
    let (nobody, lamp) = (client("", Version::V311), client("lamp", Version::V311));
    for packet in [&connect[..], PING] {
        assert_eq!(bench.sent(&nobody, packet), None, "{packet:?}");
    }
    assert!(bench.decide(&nobody, Direction::Out, connack).is_none());
    assert!(bench.sent(&lamp, PING).is_some() && bench.decide(&lamp, Direction::Out, connack).is_some());
    // Before its CONNECT the client itself says who it is.
    let connect = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp";
    assert!(bench.sent(&nobody, connect).is_some());
}

#[test]
fn turns_are_counted_for_each_client() {
    let (a, b) = (client("a", Version::V5), client("b", Version::V5));
    let cases: [(Rule, &[u64]); 4] = [
        (Rule::on(pingreq()).nth(2).drop_it(), &[2]),
        (Rule::on(pingreq()).every(5).drop_it(), &[5, 10]),
        (Rule::on(pingreq()).first(2).drop_it(), &[1, 2]),
        (Rule::on(pingreq()).after(10).drop_it(), &[11, 12]),
    ];
    for (rule, expected) in cases {
        let mut bench = Bench::new([rule]);
        assert_eq!(acts(&mut bench, &a), expected);
        assert_eq!(acts(&mut bench, &b), expected);
    }
}

#[test]
fn a_rule_that_does_not_act_lets_the_next_be_asked_and_each_counts_all() {
    let a = client("a", Version::V5);
    let named = |name: &str, nth: u64| Rule::on(pingreq()).nth(nth).drop_it().named(name);
    // The order in which they come does not matter: each counts the packets that match it.
    for rules in [
        [named("one", 1), named("two", 2)],
        [named("two", 2), named("one", 1)],
    ] {
        let mut bench = Bench::new(rules);
        let said: Vec<Option<String>> = (0..3).map(|_| bench.sent(&a, PING)).collect();
        assert_eq!(said, [Some("one".to_owned()), Some("two".to_owned()), None]);
    }
}

#[test]
fn the_lowest_priority_wins_and_the_newest_of_a_tie() {
    let a = client("a", Version::V5);
    let rule = |name: &str, priority: u32| Rule::on(pingreq()).drop_it().named(name).priority(priority);
    let mut bench = Bench::new([rule("old", 3), rule("new", 3), rule("last", 9)]);
    assert_eq!(bench.sent(&a, PING).unwrap(), "new");
    bench.faults.add(Time::ZERO, rule("first", 0)).unwrap();
    assert_eq!(bench.sent(&a, PING).unwrap(), "first");
}

#[test]
fn chance_is_drawn_for_each_client_alone_and_repeats_itself() {
    let (a, b) = (client("a", Version::V5), client("b", Version::V5));
    let bench = || Bench::new([Rule::on(pingreq()).drop_it().toxicity(0.5).named("x")]);
    let alone = acts(&mut bench(), &a);
    assert!((2..=10).contains(&alone.len()), "{alone:?}");
    // Another client's packets between change nothing.
    let mut together = bench();
    let mixed: Vec<u64> = (1..=12)
        .filter(|_| {
            together.sent(&b, PING);
            together.sent(&a, PING).is_some()
        })
        .collect();
    assert_eq!(mixed, alone);
    assert_ne!(acts(&mut bench(), &b), alone);
}

#[test]
fn clients_users_and_listeners_are_chosen() {
    let mut a = client("lamp-1", Version::V5);
    let rule = json!({"name": "x", "client": {"matches": "^lamp-"}, "user": "ann", "listener": "main", "action": "drop"});
    let mut bench = Bench::of(rule);
    assert!(bench.faults.may_concern(&a));
    assert!(bench.sent(&a, PING).is_some());
    let changes: [fn(&mut Who); 3] = [
        |who| who.client_id = "door".into(),
        |who| who.user = None,
        |who| who.listener = "tls".into(),
    ];
    for change in changes {
        let mut other = a.clone();
        change(&mut other);
        assert!(!bench.faults.may_concern(&other));
        assert!(bench.sent(&other, PING).is_none());
    }
    // Before CONNECT nothing but the listener is known.
    a.client_id = "".into();
    a.user = None;
    assert!(bench.faults.may_concern(&a));
}

#[test]
fn a_connect_is_that_of_the_client_that_it_names() {
    let mut nobody = client("", Version::V311);
    nobody.user = None;
    let connect = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp";
    for rule in [
        json!({"name": "x", "when": {"packet": "CONNECT", "client_id": "lamp"}, "nth": 1, "action": "drop"}),
        json!({"name": "x", "client": "lamp", "nth": 1, "action": "drop"}),
    ] {
        let mut bench = Bench::of(rule);
        assert!(bench.sent(&nobody, connect).is_some());
        assert!(
            bench.sent(&nobody, connect).is_none(),
            "its count outlives the connection"
        );
        let other = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04door";
        assert!(bench.sent(&nobody, other).is_none());
    }
}

#[test]
fn a_turn_that_is_over_concerns_the_client_no_more() {
    let (a, b) = (client("a", Version::V5), client("b", Version::V5));
    let mut bench = Bench::new([Rule::on(pingreq()).nth(1).drop_it()]);
    bench.sent(&a, PING);
    assert!(!bench.faults.may_concern(&a));
    assert!(bench.faults.may_concern(&b));
}

#[test]
fn windows_open_and_close_on_the_clock() {
    let a = client("a", Version::V5);
    let rule = Rule::on(pingreq()).drop_it();
    let mut bench = Bench::new([rule
        .starting_at(Duration::from_secs(1))
        .until(Duration::from_secs(2))]);
    let seconds = Time::from_secs;
    let begun = bench.faults.generation();
    assert_eq!(bench.faults.next_timeout(), Some(seconds(1)));
    assert!(bench.sent(&a, PING).is_none());
    assert!(bench.faults.may_concern(&a), "later it does");
    bench.now = seconds(1);
    bench.faults.tick(bench.now);
    assert!(bench.faults.generation() > begun);
    assert!(bench.sent(&a, PING).is_some());
    assert_eq!(bench.faults.next_timeout(), Some(seconds(2)));
    bench.now = seconds(2);
    bench.faults.tick(bench.now);
    assert!(bench.sent(&a, PING).is_none());
    assert_eq!(bench.faults.next_timeout(), None);
    assert!(!bench.faults.may_concern(&a));
}

#[test]
fn a_window_that_a_leap_of_the_clock_passes_is_over() {
    let mut bench = Bench::new([Rule::for_bytes()
        .down()
        .starting_at(Duration::from_secs(1))
        .until(Duration::from_secs(2))]);
    bench.faults.tick(Time::from_secs(5));
    assert_eq!(bench.faults.next_timeout(), None);
}

#[test]
fn scenarios_decide_and_move() {
    let a = client("a", Version::V5);
    let mut bench = Bench::of(json!([
        {"name": "one", "scenario": "s", "required_state": "Started", "new_state": "two", "action": "drop"},
        {"name": "two", "scenario": "s", "required_state": "two", "new_state": "three", "action": "drop"},
        {"name": "bytes", "scenario": "s", "required_state": "three", "type": "stall"},
    ]));
    assert!(
        bench
            .faults
            .infections(bench.now, &mut bench.scenarios, &a)
            .is_empty()
    );
    let before = bench.faults.generation();
    let said: Vec<Option<String>> = (0..3).map(|_| bench.sent(&a, PING)).collect();
    assert_eq!(said, [Some("one".to_owned()), Some("two".to_owned()), None]);
    assert!(
        bench.faults.generation() > before,
        "lines ask again which toxics they have"
    );
    assert_eq!(
        bench.faults.infections(bench.now, &mut bench.scenarios, &a).len(),
        1
    );
}

#[test]
fn the_toxics_of_a_connection_are_drawn_once() {
    let mut a = client("a", Version::V5);
    let mut bench = Bench::new([
        Rule::for_bytes().latency(1).toxicity(0.5).named("half"),
        Rule::for_bytes().both_ways().stall().priority(1).named("first"),
    ]);
    let names = |bench: &mut Bench, who: &Who| -> Vec<String> {
        let all = bench.faults.infections(bench.now, &mut bench.scenarios, who);
        all.iter()
            .map(|one| format!("{} {}", one.rule, one.nth))
            .collect()
    };
    let mut seen = Vec::new();
    for number in 1..=20 {
        a.conn = crate::session::ConnId::relayed(number);
        let first = names(&mut bench, &a);
        assert_eq!(names(&mut bench, &a), first, "asked again, it is the same");
        assert_eq!(first[0], format!("first {number}"));
        seen.push(first.len() - 1);
    }
    let share: usize = seen.iter().sum();
    assert!((4..=16).contains(&share), "{seen:?}");
    let fired: Vec<u64> = bench.faults.list().map(|one| one.fired).collect();
    assert_eq!(fired, [20, share as u64]);
}

#[test]
fn the_topic_of_an_alias_is_asked_for() {
    let a = client("a", Version::V5);
    let mut bench = Bench::new([Rule::on(publish("x/+")).drop_it()]);
    let alias = b"\x30\x06\0\0\x03\x23\0\x01";
    let mut ask = |topic: Option<&str>| {
        bench
            .faults
            .decide(bench.now, &mut bench.scenarios, &a, Direction::In, alias, topic)
            .is_some()
    };
    assert!(ask(Some("x/y")) && !ask(Some("y")));
}

#[test]
fn counts_are_bounded() {
    let mut bench = Bench::new([Rule::on(pingreq()).nth(2).drop_it()]);
    for number in 0..10_050 {
        bench.sent(&client(&format!("c{number}"), Version::V5), PING);
    }
    // Those beyond the bound share a count, which passed 2 long ago.
    assert!(bench.sent(&client("c1", Version::V5), PING).is_some());
    assert!(bench.sent(&client("c10049", Version::V5), PING).is_none());
}
