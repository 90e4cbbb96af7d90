//! Contracts that come and go while clients are there; very many messages that break one.

use broker::expect::violation;
use broker::wire::Version;
use broker::{Broker, Event, QoS};
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::raw::{Client, message};

const LAMPS: &str = "\
asyncapi: 3.0.0
channels:
  state:
    address: lamps/{lampId}/state
    parameters: {lampId: {}}
    messages:
      level: {payload: {$ref: 'level.yaml#/level'}}
";
const LEVEL: &str = "level: {type: integer, maximum: 100}\n";

fn lamps() -> Value {
    json!({"asyncapi": ["lamps.yaml"], "files": {"lamps.yaml": LAMPS, "level.yaml": LEVEL}})
}

fn publish(client: &mut Client, payload: &'static str) {
    client.publish(&message("lamps/7/state", payload, QoS::AtLeastOnce));
}

#[test]
fn they_come_and_go_on_connections_that_are_open() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    // The topic is known, and takes the fast way.
    (0..3).for_each(|_| publish(&mut lamp, "101"));
    let held = api.put("contracts", &lamps()).json(200);
    assert_eq!(held["channels"][0]["address"], "lamps/{lampId}/state");
    publish(&mut lamp, "101");
    publish(&mut lamp, "100");
    let report = api.get("contracts").json(200);
    assert_eq!((&report["messages"], &report["broken"]), (&json!(2), &json!(1)));
    assert_eq!(
        report["violations"][0]["text"],
        "the message level is broken: 101 is greater than the maximum of 100 (level.yaml:1)"
    );
    let counted = api.get("violations").json(200);
    assert_eq!(
        (&counted["total"], &counted["violations"][0]["origin"]),
        (&json!(1), &json!("asyncapi"))
    );

    // Another takes its place, and refuses.
    let schemas = json!({"schemas": ["lamps/+/state=level.json"], "enforce": true,
                         "files": {"level.json": "{\"type\": \"string\"}"}});
    api.put("contracts", &schemas).json(200);
    assert_eq!(api.get("violations").json(200)["total"], 0);
    let reason = lamp.publish(&message("lamps/7/state", "1", QoS::AtLeastOnce));
    assert!(
        !reason.is_error(),
        "without a content type it may be a text: {reason:?}"
    );
    let number = json!({"schemas": ["lamps/+/state=level.json"], "enforce": true,
                        "files": {"level.json": "{\"type\": \"boolean\"}"}});
    api.put("contracts", &number).json(200);
    let reason = lamp.publish(&message("lamps/7/state", "1", QoS::AtLeastOnce));
    assert!(reason.is_error(), "{reason:?}");

    assert_eq!(api.delete("contracts").json(200), json!({"removed": 1}));
    assert_eq!(api.delete("contracts").json(200), json!({"removed": 0}));
    publish(&mut lamp, "101");
    assert_eq!(api.get("contracts").json(200)["messages"], 0);
    broker.expect(violation().of("lamp")).times(2).wait();
}

#[test]
fn what_is_wrong_changes_nothing_and_is_told_with_its_line() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    api.put("contracts", &lamps()).json(200);
    let with = |asyncapi: &str, text: &str| json!({"asyncapi": [asyncapi], "files": {"lamps.yaml": text}});
    for (wrong, detail) in [
        (
            with("lamps.yaml", &LAMPS.replace("payload", "paylod")),
            "lamps.yaml:7: `paylod` is not a field of a message; did you mean `payload`?",
        ),
        (
            with("lamps.yaml", LAMPS),
            "lamps.yaml:7: `$ref: level.yaml#/level` cannot be read: no file of this name came along",
        ),
        (with("lamps.yaml", "asyncapi: ["), "lamps.yaml:"),
        (
            with("lamp.yaml", LAMPS),
            "`files`: there is no text of \"lamp.yaml\" in it, and no file of the broker's machine is read for a request; \
             did you mean \"lamps.yaml\"?",
        ),
        (
            with("/etc/passwd", LAMPS),
            "`files`: there is no text of \"/etc/passwd\"",
        ),
        (json!({}), "`asyncapi`: it names no document"),
        (
            json!({"schemas": ["level.json"], "files": {}}),
            "level.json:1: names no topics: write FILTER=FILE",
        ),
    ] {
        let problem = api.put("contracts", &wrong).json(422);
        let said = problem["detail"].as_str().unwrap();
        assert!(said.starts_with(detail), "{wrong}: {said}");
    }
    let two = LAMPS
        .replace("payload", "paylod")
        .replace("parameters", "paramters");
    let problem = api.put("contracts", &with("lamps.yaml", &two)).json(422);
    let lines: Vec<u64> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [5, 7], "{problem}");
    assert_eq!(
        api.get("contracts").json(200)["channels"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_reset_brings_those_of_the_start_back() {
    let path = std::env::temp_dir().join(format!("contracts-start-{}.json", std::process::id()));
    std::fs::write(&path, "{\"type\": \"boolean\"}").unwrap();
    let schema = format!("doors/+={}", path.display());
    let broker = Broker::builder()
        .configure(|settings| settings.contracts.schemas = vec![schema])
        .start()
        .wait()
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    let address = || {
        broker
            .contract_report()
            .map(|report| report.channels[0].address.clone())
    };
    assert_eq!(address().as_deref(), Some("doors/+"));
    for change in [Some(lamps()), None] {
        let api = Api::of(&broker);
        match change {
            Some(other) => drop(api.put("contracts", &other).json(200)),
            None => drop(api.delete("contracts").json(200)),
        }
        assert_ne!(address().as_deref(), Some("doors/+"));
        broker.reset().wait().unwrap();
        assert_eq!(address().as_deref(), Some("doors/+"));
        let mut door = Client::new(broker.addr(), Version::V311, "door");
        door.publish(&message("doors/1", "7", QoS::AtLeastOnce));
        let report = broker.contract_report().unwrap();
        assert_eq!((report.messages, report.broken), (1, 1));
    }
}

#[test]
fn where_another_broker_answers_nothing_can_be_refused() {
    let behind = Broker::start().wait().unwrap();
    let url = behind.url();
    let relay = Broker::builder()
        .configure(|settings| settings.upstream.url = url)
        .start()
        .wait()
        .unwrap();
    let api = Api::of(&relay);
    let mut enforced = lamps();
    enforced["enforce"] = json!(true);
    let said = api.put("contracts", &enforced).problem(422);
    assert!(
        said.contains("`contracts.enforce` is for the native engine"),
        "{said}"
    );
    let mut lamp = Client::new(relay.addr(), Version::V5, "lamp");
    publish(&mut lamp, "101");
    api.put("contracts", &lamps()).json(200);
    publish(&mut lamp, "101");
    assert_eq!(api.get("violations").json(200)["total"], 1);
}

/// A client that breaks a contract without end drowns nothing else in the journal.
#[test]
fn of_very_many_a_hundred_are_told_and_all_are_counted() {
    const SENT: usize = 5_000;

    for relayed in [false, true] {
        let behind = Broker::start().wait().unwrap();
        let url = if relayed { behind.url() } else { String::new() };
        let broker = Broker::builder()
            .configure(|settings| settings.upstream.url = url)
            .start()
            .wait()
            .unwrap();
        let api = Api::of(&broker);
        // Then no second passes.
        broker.clock().freeze().wait().unwrap();
        api.put("contracts", &lamps()).json(200);
        let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
        let mut bytes = Vec::new();
        for _ in 0..SENT {
            let publish = broker::wire::Packet::Publish(message("lamps/7/state", "101", QoS::AtMostOnce));
            publish.encode(Version::V311, &mut bytes);
        }
        lamp.send_bytes(&bytes);
        publish(&mut lamp, "101");
        let told = |broker: &Broker| {
            let seen = broker.journal().all().wait().unwrap().entries;
            let is_it = |entry: &&broker::journal::Entry| {
                matches!(
                    &entry.record,
                    broker::journal::Record::Event(Event::Violation { .. })
                )
            };
            seen.iter().filter(is_it).count()
        };
        assert_eq!(told(&broker), 100, "relayed: {relayed}");
        let counted = api.get("violations").json(200);
        assert_eq!(counted["total"], SENT + 1);
        assert_eq!(counted["violations"][0]["count"], SENT + 1);
        assert_eq!(broker.contract_report().unwrap().broken, SENT as u64 + 1);
        // Each connection counts for itself.
        let mut other = Client::new(broker.addr(), Version::V311, "other");
        publish(&mut other, "101");
        assert_eq!(told(&broker), 101);
    }
}
