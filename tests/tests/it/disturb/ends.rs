//! Takeover, restart and crash discard what is kept; rules outlive them, and no snapshot has one.

use broker::journal::Record;
use broker::wire::Version;
use broker::{Broker, Event, QoS, Restart};
use tests::harness::raw::text;
use tests::harness::{message, resume};

use super::ground::{Ground, rule};

/// The journal has an entry that says that something of this client's was discarded.
pub fn discarded(ground: &Ground, client: &str) {
    let found = ground.entries().into_iter().any(
        |entry| matches!(&entry.record, Record::Event(Event::Fault { client_id, action, .. }) if **client_id == *client && *action == "discard"),
    );
    assert!(found, "no entry:\n{}", ground.ladder());
}

/// The rules in force.
fn names(broker: &Broker) -> Vec<String> {
    let all = broker.faults().list().wait().expect("it runs");
    all.into_iter().map(|one| one.name).collect()
}

const LATE: &str = r#"
    name = "late"
    when = { packet = "PUBLISH", direction = "in", client_id = "mouth" }
    nth = 1
    action = { type = "latency", latency = 1000 }
"#;

fn a_restart_discards(go: impl Fn(&Broker)) {
    let ground = Ground::native(|_| {});
    let mut ear = ground.connect(&resume(Version::V5, "ear"));
    ear.subscribe("t", QoS::AtLeastOnce);
    ground.rule(LATE);
    let mut mouth = ground.client("mouth");
    mouth.start_publish(&message("t", "late", QoS::AtMostOnce));
    ground.settle();
    go(&ground.front);
    discarded(&ground, "mouth");
    let mut ear = ground.connect(&resume(Version::V5, "ear"));
    ground.advance(2000);
    ground.is_silent(&ear);
    // The rule is there, and counts on: this is the second of this client.
    assert_eq!(names(&ground.front), ["late"]);
    let mut mouth = ground.client("mouth");
    mouth.start_publish(&message("t", "again", QoS::AtMostOnce));
    assert_eq!(text(&ear.receive()), "again");
}

#[test]
fn a_restart_discards_what_is_kept_and_the_rule_stays() {
    a_restart_discards(|broker| broker.restart(Restart::KeepState).wait().expect("it restarts"));
}

#[test]
fn a_crash_discards_what_is_kept_and_the_rule_stays() {
    a_restart_discards(|broker| broker.crash(Restart::KeepState).wait().expect("it restarts"));
}

#[test]
fn a_snapshot_has_no_rule_and_nothing_that_is_kept() {
    let ground = Ground::native(|_| {});
    let before = ground.front.snapshot().wait().expect("it runs").to_json();
    ground.rule(LATE);
    let mut mouth = ground.client("mouth");
    mouth.start_publish(&message("t", "late", QoS::AtMostOnce));
    ground.settle();
    mouth.vanish();
    ground.settle();
    let snapshot = ground.front.snapshot().wait().expect("it runs");
    let text = snapshot.to_json();
    assert!(!text.contains("late"), "{text}\nbefore: {before}");
    let other = Broker::builder()
        .restore(snapshot)
        .start()
        .wait()
        .expect("it starts");
    assert!(names(&other).is_empty());
}

#[test]
fn reset_restores_the_world_as_it_began() {
    let broker = Broker::builder()
        .fault(rule(LATE))
        .start()
        .wait()
        .expect("it starts");
    let added = broker.faults().add(rule(
        "name = \"added\"\ntype = \"reset_peer\"\nattributes = { timeout = 0 }",
    ));
    added.wait().expect("it is right").keep();
    broker.faults().remove("late").wait().expect("it is there");
    broker.reset().wait().expect("it runs");
    assert_eq!(names(&broker), ["late"]);
}
