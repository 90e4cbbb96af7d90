//! `/metrics`, as Prometheus reads it.

use std::collections::BTreeMap;

use broker::{Broker, Injected};
use serde_json::json;
use tests::harness::api::Api;

use super::connect;

/// The value of each metric, read as Prometheus reads it: HELP and TYPE before the value.
fn metrics(api: Api) -> BTreeMap<String, u64> {
    let reply = api.ask("GET", "/metrics", &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.head.contains("text/plain; version=0.0.4"), "{}", reply.head);
    let text = reply.text();
    let lines: Vec<&str> = text.lines().collect();
    lines
        .chunks(3)
        .map(|three| {
            let (labelled, value) = three[2].rsplit_once(' ').expect("a value");
            let name = labelled.split('{').next().unwrap();
            let kind = if name.ends_with("_total") {
                "counter"
            } else {
                "gauge"
            };
            assert!(three[0].starts_with(&format!("# HELP {name} ")), "{three:?}");
            assert_eq!(three[1], format!("# TYPE {name} {kind}"));
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{name}"
            );
            (name.to_owned(), value.parse().expect("a number"))
        })
        .collect()
}

#[test]
fn figures_are_there_under_names_of_prometheus() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let _lamp = connect(&broker, "lamp");
    broker.wait_connected("lamp").wait().unwrap();
    broker
        .publish(Injected::text("a", "on").retained())
        .wait()
        .unwrap();
    api.post("brokers", &json!({})).json(201);
    let metrics = metrics(api);
    for (name, value) in [
        ("citronella_info", 1),
        ("citronella_clients_connected", 1),
        ("citronella_retained_messages", 1),
        ("citronella_connects_accepted_total", 1),
        ("citronella_brokers", 1),
        ("citronella_violations_total", 0),
    ] {
        assert_eq!(metrics.get(name), Some(&value), "{name}: {metrics:#?}");
    }
}

#[test]
fn an_engine_of_others_has_the_counters() {
    let real = Broker::start().wait().unwrap();
    let broker = Broker::builder().upstream(&real.url()).start().wait().unwrap();
    let metrics = metrics(Api::of(&broker));
    assert_eq!(metrics["citronella_connects_received_total"], 0);
    assert!(!metrics.contains_key("citronella_clients_connected"));
}
