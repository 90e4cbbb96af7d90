//! Waits for how things stand.

use broker::QoS;
use broker::wire::Version;
use serde_json::json;
use tests::harness::{Client, message};

use super::start;

#[test]
fn what_a_client_becomes_can_be_waited_for() {
    let (broker, api) = start();
    let connected = api.begin(
        "POST",
        "clients/lamp%2F1/wait",
        &[],
        r#"{"for": "connected", "timeout_secs": 20}"#.as_bytes(),
    );
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp/1");
    assert_eq!(connected.end().json(200), json!({"client_id": "lamp/1"}));
    lamp.subscribe("set/#", QoS::AtLeastOnce);
    let path = "clients/lamp%2F1/wait";
    api.post(path, &json!({"for": "subscribed", "topic_filter": "set/#"}))
        .json(200);
    api.post(path, &json!({"for": "acked"})).json(200);
    drop(lamp);
    api.post(path, &json!({"for": "disconnected"})).json(200);
    api.post(path, &json!({"for": "session_ended"})).json(200);

    let detail = api
        .post(
            "clients/lmap/wait",
            &json!({"for": "connected", "timeout_secs": 0.01}),
        )
        .problem(417);
    assert!(detail.contains("there never was a client \"lmap\""), "{detail}");
    for (asked, says) in [
        (
            json!({"for": "subscribed"}),
            "`topic_filter`: which subscription is waited for?",
        ),
        (
            json!({"for": "acked", "topic_filter": "a"}),
            "it goes with \"for\": \"subscribed\"",
        ),
        (json!({"for": "conected"}), "did you mean `connected`?"),
        (json!({}), "missing field `for`"),
    ] {
        let detail = api.post("clients/lamp/wait", &asked).problem(422);
        assert!(detail.contains(says), "{asked}: {detail}");
    }
}

#[test]
fn settling_and_a_retained_message_can_be_waited_for() {
    let (broker, api) = start();
    assert_eq!(api.post("settle", &json!({})).json(200), json!({"settled": true}));
    let waiting = api.begin(
        "POST",
        "retained/wait",
        &[],
        r#"{"topic": "lamp/1", "timeout_secs": 20}"#.as_bytes(),
    );
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let mut on = message("lamp/1", "on", QoS::AtLeastOnce);
    on.retain = true;
    lamp.publish(&on);
    assert_eq!(waiting.end().json(200), json!({"topic": "lamp/1"}));

    // It does not acknowledge.
    lamp.subscribe("lamp/1", QoS::AtLeastOnce);
    let detail = api.post("settle", &json!({"timeout_secs": 0.01})).problem(417);
    assert!(detail.contains("packet 1 (lamp/1) without PUBACK"), "{detail}");
}

#[test]
fn a_wait_for_a_client_that_a_rule_keeps_out_names_the_rule() {
    let (broker, api) = start();
    let lamp = Client::new(broker.addr(), Version::V311, "lamp");
    broker
        .faults()
        .interrupt("lamp", std::time::Duration::from_secs(600))
        .wait()
        .expect("it runs");
    drop(lamp);
    let asked = json!({"for": "connected", "timeout_secs": 0.01});
    let detail = api.post("clients/lamp/wait", &asked).problem(417);
    assert!(
        detail.contains("rules in force that may concern it: \"interruption of"),
        "{detail}"
    );
}
