//! Snapshots as JSON: their content, and the errors about invalid ones.

use std::error::Error as _;
use std::sync::Arc;

use broker::snapshot::{self, Snapshot, SnapshotError};
use broker::time::Time;
use broker::{Broker, Injected, QoS};
use broker_core::engine::Engine;
use packets::{Client, Connect};

/// Two sessions that wait for the same two messages, one of them as a member of a shared subscription, and a retained one.
fn snapshot() -> Snapshot {
    let broker = Broker::builder().seed(7).start().wait().expect("it starts");
    broker.clock().freeze().wait().expect("it runs");
    for (client_id, filter) in [("a", "t/#"), ("b", "$share/g/t/#")] {
        let lasting = Connect {
            clean: false,
            ..Connect::new(4, client_id)
        };
        let mut client = Client::with(broker.addr(), &lasting);
        client.subscribe(filter, 1);
        drop(client);
        broker.wait_disconnected(client_id).wait().expect("it is gone");
    }
    let binary = Injected::bytes("t/binary", vec![0xFF, 0x00]);
    broker
        .publish(binary.qos(QoS::AtLeastOnce))
        .wait()
        .expect("it runs");
    let text = Injected::text("t/text", "on").qos(QoS::AtLeastOnce).retained();
    broker.publish(text).wait().expect("it runs");
    broker.snapshot().wait().expect("it runs")
}

fn with(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut json = serde_json::to_value(snapshot()).expect("it serialises");
    change(&mut json);
    serde_json::to_string_pretty(&json).expect("it serialises")
}

#[track_caller]
fn refused(json: &str, expected: &str) {
    let error = Snapshot::from_json(json).expect_err(expected);
    assert_eq!(error.to_string(), expected);
}

#[test]
fn messages_stand_in_it_once_and_are_named_by_their_places() {
    let snapshot = snapshot();
    let (a, b) = (
        snapshot.session("a").expect("it is there"),
        snapshot.session("b").expect("it is there"),
    );
    let places = |session: &broker::snapshot::Session| -> Vec<usize> {
        session.queued.iter().map(|delivery| delivery.message).collect()
    };
    assert_eq!((places(a), places(b)), (vec![1, 0], vec![1, 0]));
    assert_eq!((snapshot.messages.len(), &snapshot.retained), (2, &vec![0]));
    assert_eq!(b.queued[0].shared.as_deref(), Some("$share/g/t/#"));
    assert_eq!(snapshot.shared[0].members, ["b"]);
    assert_eq!((a.queued[0].retain, b.queued[1].retain), (false, false));

    let json: serde_json::Value = serde_json::from_str(&snapshot.to_json()).expect("it is JSON");
    assert_eq!(json["citronella_snapshot"], 1);
    assert_eq!(json["messages"][0]["payload"]["text"], "on");
    assert_eq!(json["messages"][1]["payload"]["base64"], "/wA=");
    assert_eq!(json["sessions"][0]["version"], "3.1.1");
    assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
}

#[test]
fn what_is_no_snapshot_is_told_with_line_and_key() {
    refused("", "line 1, column 0: EOF while parsing a value");
    refused("{\n  \"a\": ]", "line 2, column 8: expected value");
    refused(
        "{\"sessions\": []}",
        "not a snapshot: it has no number `citronella_snapshot`, which says the version of its form",
    );
    refused(
        "{\"citronella_snapshot\": 99, \"new\": true}",
        "a snapshot of version 99; this broker reads version 1",
    );
    let error = Snapshot::from_json(&with(|json| json["sessions"][1]["queued"][0]["qos"] = 3.into()))
        .expect_err("QoS 3");
    let SnapshotError::Form { line, key, what, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(
        (key.as_str(), what.as_str()),
        ("sessions[1].queued[0].qos", "3 is no QoS; expected 0, 1 or 2")
    );
    assert!(*line > 50, "{error}");
    let error = Snapshot::from_json(&with(|json| json["sessions"][0]["clientid"] = "x".into()))
        .expect_err("no such key");
    assert!(
        error
            .to_string()
            .contains("at `sessions[0].clientid`: unknown field `clientid`, expected one of `client_id`"),
        "{error}"
    );
}

#[test]
fn parts_that_do_not_fit_together_are_told_with_their_key() {
    refused(
        &with(|json| json["sessions"][0]["queued"][1]["message"] = 2.into()),
        "`sessions[0].queued[1].message`: there is no message 2: `messages` has 2, counted from 0",
    );
    refused(
        &with(|json| json["sessions"][1]["client_id"] = "a".into()),
        "`sessions[1].client_id`: \"a\" has a session already",
    );
    refused(
        &with(|json| json["shared"][0]["members"][0] = "c".into()),
        "`shared[0].members[0]`: no session \"c\" is subscribed to \"$share/g/t/#\"",
    );
    refused(
        &with(|json| json["retained"] = serde_json::json!([0, 0])),
        "`retained[1]`: \"t/text\" has a retained message already",
    );
    let error = Snapshot::from_json(&with(|json| json["messages"][0]["topic"] = "t/+".into()))
        .expect_err("a wildcard");
    assert!(
        error
            .to_string()
            .starts_with("`messages[0].topic`: \"t/+\" is no topic name: "),
        "{error}"
    );
}

#[test]
fn a_bad_snapshot_changes_nothing_and_starts_nothing() {
    let mut bad = snapshot();
    bad.retained.push(99);
    let broker = Broker::start().wait().expect("it starts");
    broker
        .publish(Injected::text("kept", "x").retained())
        .wait()
        .expect("it runs");
    let error = broker.restore(&bad).wait().expect_err("it is bad");
    assert!(error.is_invalid());
    let content = error
        .source()
        .and_then(|source| source.downcast_ref::<SnapshotError>());
    assert!(matches!(content, Some(SnapshotError::Content { key, .. }) if key == "retained[1]"));
    assert_eq!(broker.state().wait().expect("it runs").retained.len(), 1);

    let error = Broker::builder()
        .restore(bad)
        .start()
        .wait()
        .expect_err("it is bad");
    assert!(error.is_invalid(), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("cannot restore the snapshot: `retained[1]`: there is no message 99"),
        "{error}"
    );
}

#[test]
fn files_are_named_in_errors() {
    let path = std::env::temp_dir().join(format!("citronella-bad-{}.json", std::process::id()));
    std::fs::write(&path, "{}").expect("it can be written");
    let error = snapshot::load(&path).expect_err("it is empty");
    assert!(error.is_invalid());
    assert!(
        error
            .to_string()
            .starts_with(&format!("{}: not a snapshot", path.display())),
        "{error}"
    );
    std::fs::remove_file(&path).expect("it is there");
    let error = snapshot::save(&snapshot(), path.join("below")).expect_err("no such folder");
    assert!(
        error.to_string().starts_with("cannot write the snapshot "),
        "{error}"
    );
    assert!(
        error
            .source()
            .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
    );
}

#[test]
fn what_was_taken_is_what_a_broker_started_with_it_holds() {
    let taken = snapshot();
    let broker = Broker::builder()
        .restore(taken.clone())
        .start()
        .wait()
        .expect("it fits together");
    broker.clock().freeze().wait().expect("it runs");
    let again = broker.snapshot().wait().expect("it runs");
    assert_eq!(broker.seed(), 7);
    let without_ages = |snapshot: &Snapshot| {
        let mut messages = snapshot.messages.clone();
        for message in &mut messages {
            message.retained_for_nanos = None;
        }
        messages
    };
    assert_eq!(without_ages(&again), without_ages(&taken));
    assert_eq!((again.chance, &again.shared), (taken.chance, &taken.shared));
    let without_times = |snapshot: &Snapshot| {
        let mut sessions = snapshot.sessions.clone();
        for session in &mut sessions {
            session.ends_in_nanos = None;
        }
        sessions
    };
    assert_eq!(
        without_times(&broker.snapshot().wait().expect("it runs")),
        without_times(&taken)
    );
}

/// Every place in the JSON where a single value stands.
fn leaves<'a>(json: &'a mut serde_json::Value, found: &mut Vec<&'a mut serde_json::Value>) {
    match json {
        serde_json::Value::Array(list) => list.iter_mut().for_each(|one| leaves(one, found)),
        serde_json::Value::Object(map) => map.values_mut().for_each(|one| leaves(one, found)),
        leaf => found.push(leaf),
    }
}

#[test]
fn what_was_changed_by_hand_is_refused_or_can_be_lived_with() {
    let replacements = [
        serde_json::json!(0),
        serde_json::json!(1),
        serde_json::json!(u64::MAX),
        serde_json::json!(""),
        serde_json::json!("$share/g/t/#"),
        serde_json::json!("$SYS/x"),
        serde_json::json!(null),
        serde_json::json!(true),
    ];
    let original = serde_json::to_value(snapshot()).expect("it serialises");
    let count = {
        let mut copy = original.clone();
        let mut found = Vec::new();
        leaves(&mut copy, &mut found);
        found.len()
    };
    // More than a century passes: without figures every few seconds of it.
    let mut settings = broker::settings::BrokerSettings::default();
    settings.sys.interval_secs = 0;
    let settings = Arc::new(settings);
    let (mut lived_with, mut refused) = (0, 0);
    for at in 0..count {
        for replacement in &replacements {
            let mut json = original.clone();
            let mut found = Vec::new();
            leaves(&mut json, &mut found);
            *found[at] = replacement.clone();
            let Ok(snapshot) = Snapshot::from_json(&json.to_string()) else {
                refused += 1;
                continue;
            };
            let mut engine = Engine::new(settings.clone(), 1);
            let now = Time::from_secs(1);
            engine.restore(now, &snapshot).expect("it was checked");
            let again = engine.snapshot(now);
            assert_eq!(again.check(), Ok(()), "{json}");
            engine.tick(Time::from_secs(u64::from(u32::MAX)));
            lived_with += 1;
        }
    }
    assert!(lived_with > 50 && refused > 50, "{lived_with} {refused}");
}

#[test]
fn since_when_a_message_is_retained_is_kept_also_in_a_broker_that_began_later() {
    let first = Broker::start().wait().expect("it starts");
    first.clock().freeze().wait().expect("it runs");
    let move_on = |broker: &Broker, secs| {
        let by = std::time::Duration::from_secs(secs);
        broker.clock().advance(by).wait().expect("it moves");
    };
    move_on(&first, 100);
    let text = Injected::text("lamp", "on").retained();
    first.publish(text).wait().expect("it runs");
    let since = |broker: &Broker| {
        let state = broker.state().wait().expect("it runs");
        state.retained[0].published_at_nanos.expect("it is retained")
    };
    let published = since(&first);
    assert!(
        (100_000_000_000..101_000_000_000).contains(&published),
        "{published}"
    );
    move_on(&first, 50);
    assert_eq!(since(&first), published);
    let snapshot = first.snapshot().wait().expect("it runs");
    let age = snapshot.messages[0].retained_for_nanos.expect("it is written");
    assert_eq!(age, 50_000_000_000);

    let later = Broker::start().wait().expect("it starts");
    later.clock().freeze().wait().expect("it runs");
    let now = i64::try_from(later.clock().now().wait().expect("it runs").as_nanos()).expect("it began");
    later.restore(&snapshot).wait().expect("it fits");
    assert_eq!(since(&later), now - 50_000_000_000);

    // A snapshot of a broker that did not write it: the message is as old as the restore.
    let mut old = snapshot.clone();
    old.messages[0].retained_for_nanos = None;
    assert!(!old.to_json().contains("retained_for_nanos"));
    let old = Snapshot::from_json(&old.to_json()).expect("it is valid");
    later.restore(&old).wait().expect("it fits");
    assert_eq!(since(&later), now);
}
