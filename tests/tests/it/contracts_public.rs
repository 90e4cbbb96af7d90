//! AsyncAPI documents that others wrote, each exercised by a client that keeps to it, and by one that does not.

use broker::wire::{Publish, Version};
use broker::{Broker, QoS};
use serde_json::{Value, json};
use tests::harness::binaries::workspace;
use tests::harness::raw::{Client, hello, message};

/// A channel, one of its topics, its QoS where the document says one, and a payload that keeps to it.
type Channel = (&'static str, &'static str, Option<QoS>, fn() -> Value);

fn measured() -> Value {
    json!({"lumens": 7, "sentAt": "2026-01-31T12:00:00Z"})
}

fn switched() -> Value {
    json!({"command": "on", "sentAt": "2026-01-31T12:00:00Z"})
}

fn dimmed() -> Value {
    json!({"percentage": 70, "sentAt": "2026-01-31T12:00:00Z"})
}

const AT_LEAST_ONCE: Option<QoS> = Some(QoS::AtLeastOnce);
const MEASURED: &str = "smartylighting/streetlights/1/0/event/{streetlightId}/lighting/measured";
const ON: &str = "smartylighting/streetlights/1/0/action/{streetlightId}/turn/on";
const OFF: &str = "smartylighting/streetlights/1/0/action/{streetlightId}/turn/off";
const DIM: &str = "smartylighting/streetlights/1/0/action/{streetlightId}/dim";
const ON_IN_ZONE: &str = "smartylighting/streetlights/1/0/action/{streetlightId}/turn/on/{zoneId}";

const OF_3: &[Channel] = &[
    (
        MEASURED,
        "smartylighting/streetlights/1/0/event/7/lighting/measured",
        AT_LEAST_ONCE,
        measured,
    ),
    (
        ON,
        "smartylighting/streetlights/1/0/action/7/turn/on",
        AT_LEAST_ONCE,
        switched,
    ),
    (
        OFF,
        "smartylighting/streetlights/1/0/action/7/turn/off",
        AT_LEAST_ONCE,
        switched,
    ),
    (
        DIM,
        "smartylighting/streetlights/1/0/action/7/dim",
        AT_LEAST_ONCE,
        dimmed,
    ),
];
/// The zone is an object by this document, which no level of a topic is.
const OF_2_0: &[Channel] = &[(
    MEASURED,
    "smartylighting/streetlights/1/0/event/7/lighting/measured",
    None,
    measured,
)];

fn broker(file: &str) -> Broker {
    let path = workspace().join("tests/data/asyncapi").join(file);
    let path = path.to_string_lossy().into_owned();
    Broker::builder()
        .configure(|settings| {
            settings.contracts.asyncapi = vec![path];
            settings.contracts.application = vec!["guest".to_owned()];
        })
        .start()
        .wait()
        .unwrap()
}

/// Publishes as the one who does so by the document, and gives what was told of it.
fn told(broker: &Broker, client: &mut Client, publish: &Publish<'_>) -> Vec<String> {
    let before = broker.contract_report().unwrap().violated;
    client.publish(publish);
    let report = broker.contract_report().unwrap();
    let new = usize::try_from(report.violated - before).unwrap();
    let all = report.violations.iter().skip(report.violations.len() - new);
    all.map(|(_, one)| format!("{} {one}", one.rule.name())).collect()
}

#[test]
fn what_keeps_to_them_is_right_and_each_change_is_found_with_its_path() {
    for (file, channels) in [
        ("streetlights-3.yml", OF_3),
        ("streetlights-2.2.yml", OF_3),
        ("streetlights-2.0.yml", OF_2_0),
    ] {
        let broker = broker(file);
        let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
        let mut guest = hello(Version::V311, "guest");
        guest.clean_start = file != "streetlights-2.0.yml";
        guest.keep_alive_secs = 0;
        let mut guest = Client::connect(broker.addr(), &guest);
        let connected = broker.contract_report().unwrap().violated;
        for (address, topic, qos, payload) in channels {
            // What the application says is its own, and the rest that of others.
            let client = if *address == MEASURED {
                &mut lamp
            } else {
                &mut guest
            };
            let right = payload().to_string();
            let mut at = |payload: &str, qos| told(&broker, client, &message(topic, payload, qos));
            let own = qos.unwrap_or(QoS::AtMostOnce);
            assert_eq!(at(&right, own), [""; 0], "{file} {topic}");
            for name in payload().as_object().unwrap().keys() {
                let mut wrong = payload();
                wrong[name] = json!([]);
                let found = at(&wrong.to_string(), own);
                let is_told = |one: &String| {
                    one.contains(&format!(": /{name}: ")) && one.contains(&format!("({file}:"))
                };
                assert!(
                    !found.is_empty() && found.iter().all(is_told),
                    "{file} {topic} {name}: {found:?}"
                );
            }
            let found = at("[]", own);
            assert!(
                found[0].contains("[] is not of type \"object\""),
                "{file} {topic}: {found:?}"
            );
            if qos.is_some() {
                let found = at(&right, QoS::AtMostOnce);
                assert!(
                    found[0].starts_with("qos it came with QoS 0, and is to be sent with QoS 1"),
                    "{found:?}"
                );
            }
        }
        let found = told(
            &broker,
            &mut lamp,
            &message("smartylighting/streetlights", "{}", QoS::AtMostOnce),
        );
        assert!(found[0].starts_with("topic no channel of "), "{found:?}");
        let (_, ours, _, payload) = channels[0];
        let found = told(
            &broker,
            &mut guest,
            &message(ours, &payload().to_string(), QoS::AtLeastOnce),
        );
        assert!(
            found[0].starts_with("action the application publishes here"),
            "{found:?}"
        );

        let report = broker.contract_report().unwrap();
        let used = report.channels.iter().filter(|one| one.messages > 0);
        assert_eq!(used.count(), channels.len(), "{file}");
        // The third says how its application connects, and with which will.
        let said: Vec<String> = report
            .violations
            .iter()
            .take(usize::try_from(connected).unwrap())
            .map(|(_, one)| one.to_string())
            .collect();
        if file == "streetlights-2.0.yml" {
            assert!(
                said.len() == 1 && said[0].starts_with("there is no will"),
                "{said:?}"
            );
        } else {
            assert_eq!(said, [""; 0]);
        }
    }
}

/// A parameter with a schema that no level of a topic can keep to: the document is wrong there, and that is seen.
#[test]
fn what_no_client_can_do_right_is_seen() {
    let broker = broker("streetlights-2.0.yml");
    let mut guest = Client::new(broker.addr(), Version::V311, "guest");
    let topic = ON_IN_ZONE
        .replace("{streetlightId}", "7")
        .replace("{zoneId}", "1");
    let found = told(
        &broker,
        &mut guest,
        &message(&topic, &switched().to_string(), QoS::AtMostOnce),
    );
    assert!(
        found.len() == 1
            && found[0]
                .starts_with("parameter the parameter {zoneId} is wrong: \"1\" is not of type \"object\""),
        "{found:?}"
    );
    let mut retained = message(&topic, "{}", QoS::AtLeastOnce);
    retained.retain = true;
    let found = told(&broker, &mut guest, &retained);
    for said in [
        "it came with QoS 1, and is to be sent with QoS 0",
        "it came with RETAIN",
    ] {
        assert!(found.iter().any(|one| one.contains(said)), "{said}: {found:?}");
    }
}
