//! What clients published.

use broker::QoS;
use broker::wire::{Packet, Version};
use serde_json::json;
use tests::harness::{Client, message};

use super::start;

#[test]
fn a_message_is_one_object() {
    let (broker, api) = start();
    let mut sub = Client::new(broker.addr(), Version::V311, "sub");
    sub.subscribe("lamp/#", QoS::AtMostOnce);
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    let mut told = message("lamp/1", r#"{"on": true}"#, QoS::AtLeastOnce);
    told.properties.content_type = Some("application/json");
    lamp.publish(&told);
    lamp.send(&Packet::Publish(broker::wire::Publish::new(
        "lamp/2",
        b"\xFF\x00",
        QoS::AtMostOnce,
    )));

    let found = api
        .post("messages/wait-for-count", &json!({"count": 2}))
        .json(200);
    let mut first = found["messages"][0].clone();
    assert!(first["at_secs"].take().is_f64());
    let seq = first["seq"].take();
    assert_eq!(
        first,
        json!({
            "seq": null, "at_secs": null, "client_id": "lamp", "version": "5.0", "topic": "lamp/1",
            "payload": "{\"on\": true}", "json": {"on": true}, "qos": 1, "retain": false, "dup": false,
            "properties": {"content_type": "application/json"},
            "decisions": [{"decision": "sent", "client_id": "sub"}],
        })
    );
    // Its properties can be given back as they are.
    let again = json!({"topic": "lamp/3", "payload": "on", "properties": first["properties"]});
    assert_eq!(api.post("publish", &again).json(200)["sessions"], 1);
    let second = &found["messages"][1];
    assert_eq!(
        (&second["payload_base64"], second.get("payload")),
        (&json!("/wA="), None)
    );
    assert_eq!(found["meta"]["next"], second["seq"]);

    // The deliveries are no messages of their own.
    assert_eq!(api.get("messages").json(200)["messages"], found["messages"]);
    assert_eq!(
        api.post("messages/count", &json!({"after": seq})).json(200)["count"],
        1
    );
    let text = json!({"pattern": {"payload": {"json_at": {"/on": true}}}});
    assert_eq!(
        api.post("messages/find", &text).json(200)["messages"][0]["topic"],
        "lamp/1"
    );
}

#[test]
fn a_wait_ends_with_the_message_that_comes() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let waiting = api.begin(
        "POST",
        "messages/wait",
        &[],
        r#"{"pattern": {"topic": "lamp/+"}, "timeout_secs": 20}"#.as_bytes(),
    );
    lamp.publish(&message("other", "", QoS::AtLeastOnce));
    lamp.publish(&message("lamp/1", "on", QoS::AtLeastOnce));
    let found = waiting.end().json(200);
    assert_eq!(found["message"]["payload"], "on");

    let asked = json!({"pattern": {"topic": "lamp/+"}, "after": found["meta"]["next"], "timeout_secs": 0.01});
    let reply = api.post("messages/wait", &asked);
    let detail = reply.problem(417);
    assert!(
        detail.starts_with("expected at least once: PUBLISH from a client on lamp/+"),
        "{detail}"
    );
    assert!(!detail.contains(".rs:"), "no line of ours is to blame: {detail}");
    assert_eq!(reply.json(417)["failure"]["found"], 0);

    for (asked, says) in [
        (
            json!({"timeout_secs": -1}),
            "`timeout_secs`: -1 s; a request waits from 0 to 600 s",
        ),
        (
            json!({"timeout_secs": "5"}),
            "`timeout_secs`: invalid type: string",
        ),
        (
            json!({"pattern": {"packet": "CONNECT"}}),
            "never both CONNECT and PUBLISH",
        ),
    ] {
        let detail = api.post("messages/wait", &asked).problem(422);
        assert!(detail.contains(says), "{asked}: {detail}");
    }
    let detail = api
        .post("messages/wait-for-count", &json!({"count": 0}))
        .problem(422);
    assert_eq!(detail, "`count`: expected 1 to 1000, not 0");
}

#[test]
fn the_broker_publishes_properties_under_the_names_of_the_journal_and_of_recordings() {
    let (broker, api) = start();
    let mut sub = Client::new(broker.addr(), Version::V5, "sub");
    sub.subscribe("#", QoS::AtMostOnce);
    for properties in [
        json!({
            "message_expiry_interval": 60, "correlation_data": "7",
            "user_property": [{"name": "unit", "value": "C"}],
        }),
        json!({
            "message_expiry_interval_secs": 60, "correlation_data_base64": "Nw==",
            "user_properties": [["unit", "C"]],
        }),
    ] {
        api.post("publish", &json!({"topic": "a", "properties": properties}))
            .json(200);
        let got = sub.publish_packet();
        assert_eq!(got.properties.message_expiry_secs, Some(60));
        assert_eq!(got.properties.correlation_data, Some(&b"7"[..]));
        assert_eq!(got.properties.user, vec![("unit", "C")]);
    }
    for (wrong, said) in [
        (json!({}), "`topic`: it is missing"),
        (
            json!({"topic": "a", "properties": {"user_properties": ["unit"]}}),
            "expected [\"NAME\", \"VALUE\"]",
        ),
        (
            json!({"topic": "a", "properties": {"correlation_data": "7", "correlation_data_base64": "Nw=="}}),
            "only one of correlation_data and correlation_data_base64",
        ),
    ] {
        let problem = api.post("publish", &wrong);
        assert!(problem.problem(422).contains(said), "{wrong}");
    }
}

#[test]
fn a_cursor_from_before_a_new_start_is_told() {
    let (_broker, api) = start();
    for path in [
        "packets?after=99",
        "messages?after=99",
        "export?format=jsonl&after=99",
    ] {
        let problem = api.get(path);
        assert!(problem.problem(422).contains("begin with 0"), "{path}");
    }
}
