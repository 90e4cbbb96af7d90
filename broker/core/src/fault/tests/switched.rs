//! Rules that are switched off and on, or begin anew, in their place.

use std::time::Duration;

use serde_json::json;

use super::super::{Faults, Rule};
use super::{Bench, client};
use crate::pattern::pingreq;
use crate::time::Time;
use crate::wire::Version;

const PING: &[u8] = b"\xC0\0";

fn fired(faults: &Faults) -> Vec<u64> {
    faults.list().map(|one| one.fired).collect()
}

#[test]
fn a_rule_that_is_off_does_and_counts_nothing() {
    let a = client("a", Version::V5);
    let mut bench = Bench::new([Rule::on(pingreq()).nth(2).drop_it().named("second")]);
    assert!(bench.sent(&a, PING).is_none());
    assert!(bench.faults.set_enabled("second", false));
    assert!(!bench.faults.in_force("second") && !bench.faults.may_concern(&a));
    let why = bench.faults.why_absent("second").expect("it is off");
    assert_eq!(why.words, r#"the rule "second" is switched off"#);
    for _ in 0..3 {
        assert!(bench.sent(&a, PING).is_none());
    }
    assert_eq!(fired(&bench.faults), [0]);
    // The first ping was counted, and none of those meanwhile: so this is the second.
    assert!(bench.faults.set_enabled("second", true));
    assert!(bench.faults.in_force("second") && bench.faults.may_concern(&a));
    assert_eq!(bench.sent(&a, PING).as_deref(), Some("second"));
    assert_eq!(fired(&bench.faults), [1]);
}

#[test]
fn a_rule_begins_switched_off_where_it_says_so() {
    let a = client("a", Version::V5);
    let rule = json!({"name": "later", "enabled": false, "when": {"packet": "PINGREQ"}, "action": "drop"});
    let mut bench = Bench::of(rule);
    assert!(bench.sent(&a, PING).is_none());
    let listed = bench.faults.list().next().expect("it is listed");
    assert!(!listed.rule.is_enabled());
    assert!(bench.faults.set_enabled("later", true));
    assert_eq!(bench.sent(&a, PING).as_deref(), Some("later"));
}

#[test]
fn it_keeps_its_place_among_the_others() {
    let a = client("a", Version::V5);
    let rule = |name: &str| Rule::on(pingreq()).drop_it().named(name);
    let mut bench = Bench::new([rule("old"), rule("new")]);
    let names = |bench: &Bench| -> Vec<String> { bench.faults.list().map(|one| one.name).collect() };
    let order = names(&bench);
    // Of two that could act, the newest does.
    bench.faults.set_enabled("new", false);
    assert_eq!(bench.sent(&a, PING).as_deref(), Some("old"));
    bench.faults.set_enabled("new", true);
    assert_eq!(bench.sent(&a, PING).as_deref(), Some("new"));
    // One that is switched on again is no newer for it.
    bench.faults.set_enabled("old", false);
    bench.faults.set_enabled("old", true);
    assert_eq!(bench.sent(&a, PING).as_deref(), Some("new"));
    assert_eq!(names(&bench), order);
}

#[test]
fn its_window_of_time_goes_on_while_it_is_off() {
    let a = client("a", Version::V5);
    let rule = Rule::on(pingreq()).drop_it().named("early");
    let mut bench = Bench::new([rule.until(Duration::from_secs(2))]);
    bench.faults.set_enabled("early", false);
    bench.now = Time::from_secs(1);
    bench.faults.set_enabled("early", true);
    assert!(bench.sent(&a, PING).is_some());
    bench.faults.set_enabled("early", false);
    bench.now = Time::from_secs(2);
    bench.faults.tick(bench.now);
    bench.faults.set_enabled("early", true);
    assert!(bench.sent(&a, PING).is_none(), "it is over");
}

#[test]
fn toxics_of_a_rule_that_is_off_are_on_no_connection() {
    let a = client("a", Version::V5);
    let mut bench = Bench::new([Rule::for_bytes().both_ways().stall().named("still")]);
    let toxics = |bench: &mut Bench| bench.faults.infections(bench.now, &mut bench.scenarios, &a).len();
    assert_eq!(toxics(&mut bench), 1);
    bench.faults.set_enabled("still", false);
    assert_eq!(toxics(&mut bench), 0);
    bench.faults.set_enabled("still", true);
    assert_eq!(toxics(&mut bench), 1);
}

#[test]
fn lines_ask_again_after_a_change_and_only_then() {
    let mut faults = Faults::new(1);
    let rule = Rule::on(pingreq()).drop_it().named("lost");
    faults.add(Time::ZERO, rule).expect("it can work");
    let begun = faults.generation();
    assert!(faults.set_enabled("lost", true));
    assert!(!faults.set_enabled("lots", false) && !faults.reset_one(Time::ZERO, "lots"));
    assert_eq!(faults.generation(), begun);
    assert!(faults.set_enabled("lost", false));
    assert_eq!(faults.generation(), begun + 1);
    assert!(faults.reset_one(Time::ZERO, "lost"));
    assert_eq!(faults.generation(), begun + 2);
    assert!(!faults.in_force("lost"), "one that is off stays so");
}

#[test]
fn one_rule_begins_anew_and_the_others_go_on() {
    let a = client("a", Version::V5);
    let rule = |name: &str| Rule::on(pingreq()).first(1).drop_it().named(name);
    let mut bench = Bench::new([rule("one"), rule("two").until(Duration::from_secs(2))]);
    // Both count the ping, and the newest acts.
    assert_eq!(bench.sent(&a, PING).as_deref(), Some("two"));
    assert_eq!(bench.sent(&a, PING), None);
    bench.now = Time::from_secs(3);
    bench.faults.tick(bench.now);
    assert_eq!(bench.faults.next_timeout(), None);
    assert!(bench.faults.reset_one(bench.now, "two"));
    // Its window counts from now.
    assert_eq!(bench.faults.next_timeout(), Some(Time::from_secs(5)));
    assert_eq!(bench.sent(&a, PING).as_deref(), Some("two"));
    assert_eq!(bench.sent(&a, PING), None);
    let count = |name: &str| {
        bench
            .faults
            .list()
            .find(|one| one.name == name)
            .map(|one| one.fired)
    };
    assert_eq!((count("one"), count("two")), (Some(0), Some(1)));
}
