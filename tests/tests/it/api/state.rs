//! What is in the broker, and who.

use broker::QoS;
use broker::wire::{Connect, Packet, Version, Will, WillProperties};
use serde_json::{Value, json};
use tests::harness::{Client, hello, message, resume};

use super::start;

#[test]
fn sessions_subscriptions_and_retained_messages_are_read() {
    let (broker, api) = start();
    let will = Will {
        topic: "status",
        payload: b"gone",
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: WillProperties::default(),
    };
    let connect = Connect {
        will: Some(will),
        ..resume(Version::V5, "sub/1")
    };
    let mut sub = Client::connect(broker.addr(), &connect);
    sub.subscribe("lamp/#", QoS::AtLeastOnce);
    sub.subscribe("$share/g/b", QoS::AtMostOnce);
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    let mut on = message("lamp/1", r#"{"on": true}"#, QoS::AtLeastOnce);
    on.retain = true;
    on.properties.user = vec![("unit", "C")];
    lamp.publish(&on);

    let session = api.get("sessions/sub%2F1").json(200);
    assert_eq!(
        (&session["connected"], &session["version"]),
        (&json!(true), &json!("5.0"))
    );
    assert_eq!(
        (&session["will"]["payload"], &session["will"]["topic"]),
        (&json!("gone"), &json!("status"))
    );
    assert_eq!(session["subscriptions"][1]["topic_filter"], "lamp/#");
    assert_eq!(
        (&session["inflight_count"], &session["queued_count"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(session["inflight"][0]["awaits"], "PUBACK");
    assert_eq!(session["inflight"][0]["message"]["topic"], "lamp/1");
    let detail = api.get("sessions/sub%2F2").problem(404);
    assert!(detail.contains("did you mean \"sub/1\"?"), "{detail}");

    let all = api.get("sessions").json(200);
    assert_eq!(all["sessions"][0]["client_id"], "lamp");
    assert_eq!(
        all["sessions"][1],
        json!({
            "client_id": "sub/1", "connected": true, "version": "5.0", "session_expiry_secs": u32::MAX, "ends_in_secs": null,
            "has_will": true, "subscriptions": 2, "inflight": 1, "queued": 0, "awaiting_pubrel": 0,
        })
    );
    assert_eq!(all["meta"]["next"], Value::Null);
    let page = api.get("sessions?limit=1").json(200);
    assert_eq!(
        (page["sessions"].as_array().unwrap().len(), &page["meta"]["next"]),
        (1, &json!("lamp"))
    );
    assert_eq!(
        api.get("sessions?limit=1&after=lamp").json(200)["sessions"][0]["client_id"],
        "sub/1"
    );

    let one = api.get("subscriptions?limit=1").json(200);
    assert_eq!(
        (
            &one["subscriptions"][0]["topic_filter"],
            &one["subscriptions"][0]["share_name"]
        ),
        (&json!("$share/g/b"), &json!("g"))
    );
    let next = one["meta"]["next"].as_str().expect("there is more");
    let next = next
        .replace('"', "%22")
        .replace('[', "%5B")
        .replace(']', "%5D")
        .replace('$', "%24");
    let two = api.get(&format!("subscriptions?after={next}")).json(200);
    assert_eq!(
        (
            two["subscriptions"].as_array().unwrap().len(),
            &two["subscriptions"][0]["client_id"]
        ),
        (1, &json!("sub/1"))
    );
    assert!(
        api.get("subscriptions?after=x")
            .problem(422)
            .contains("`meta.next` of the page before")
    );

    let mut kept = json!({
        "topic": "lamp/1", "payload": "{\"on\": true}", "json": {"on": true}, "qos": 1, "retain": true, "expires_in_secs": null,
        "properties": {"user_property": [{"name": "unit", "value": "C"}]}, "publisher": "lamp",
    });
    let published_at_secs = api.get("retained/lamp/1").json(200)["published_at_secs"].clone();
    let now_secs = api.get("clock").json(200)["now_secs"].clone();
    let (published, now) = (published_at_secs.as_f64(), now_secs.as_f64());
    assert!(
        published
            .zip(now)
            .is_some_and(|(published, now)| (0.0..=now).contains(&published)),
        "{published_at_secs} {now_secs}"
    );
    kept["published_at_secs"] = published_at_secs;
    assert_eq!(
        api.get("retained").json(200),
        json!({"retained": [kept], "meta": {"next": null}})
    );
    assert_eq!(api.get("retained/lamp/1").json(200), kept);
    assert_eq!(api.get("retained?topic=lamp/%2B").json(200)["retained"][0], kept);
    assert_eq!(api.get("retained?topic=b").json(200)["retained"], json!([]));
    assert!(
        api.get("retained?topic=a%23")
            .problem(422)
            .contains("it is no topic filter")
    );
    assert!(
        api.get("retained/lamp/2")
            .problem(404)
            .contains("did you mean \"lamp/1\"?")
    );

    let state = api.get("state?limit=1").json(200);
    assert_eq!(
        (
            state["sessions"].as_array().unwrap().len(),
            &state["clock_frozen"]
        ),
        (1, &json!(false))
    );
    assert_eq!(
        (
            &state["retained"][0],
            state["subscriptions"].as_array().unwrap().len()
        ),
        (&kept, 1)
    );
    assert_eq!(api.get("stats").json(200)["publish_received"], 1);
    assert_eq!(api.get("capabilities").json(200)["engine"], "native");
    assert!(
        api.get("sessions?limt=1")
            .problem(422)
            .contains("did you mean `limit`?")
    );
}

#[test]
fn pages_go_on_where_the_one_before_ended() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    for number in 0..25 {
        let topic = format!("lamp/{number:02}");
        let mut on = message(&topic, "on", QoS::AtLeastOnce);
        on.retain = true;
        lamp.publish(&on);
    }
    let (mut topics, mut after) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("retained?limit=10{after}")).json(200);
        let found = page["retained"].as_array().expect("a list");
        topics.extend(
            found
                .iter()
                .map(|one| one["topic"].as_str().expect("a topic").to_owned()),
        );
        match page["meta"]["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(
        topics,
        (0..25)
            .map(|number| format!("lamp/{number:02}"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_client_that_went_is_told_of_with_what_to_do_about_it() {
    let (broker, api) = start();
    let _lamp = Client::new(broker.addr(), Version::V311, "lamp");
    let lamp = api.get("clients/lamp").json(200);
    assert_eq!(
        (
            &lamp["connected"],
            &lamp["last_disconnect"],
            &lamp["last_refusal"]
        ),
        (&json!(true), &json!(null), &json!(null))
    );
    assert_eq!(lamp["connection"]["event"], "connected");
    assert!(lamp["connected_at_secs"].is_f64());

    // A second one with the same name takes its place.
    let mut second = Client::new(broker.addr(), Version::V311, "lamp");
    let lamp = api.get("clients/lamp").json(200);
    let ended = &lamp["last_disconnect"];
    assert_eq!(
        (&lamp["connected"], &ended["cause"]),
        (&json!(true), &json!("taken_over"))
    );
    assert_eq!(
        ended["why"],
        "lamp is disconnected: another connection took over the client identifier"
    );
    assert!(
        ended["advice"]
            .as_str()
            .expect("a sentence")
            .starts_with("Give each client an identifier of its own")
    );
    assert_eq!(ended["event"]["event"], "disconnected");

    second.send(&Packet::PubAck(tests::harness::raw::ack(
        1.try_into().expect("an identifier"),
    )));
    second.send(&Packet::Connect(Box::new(hello(Version::V311, "lamp"))));
    broker.wait_disconnected("lamp").wait().expect("it broke a rule");
    let lamp = api.get("clients/lamp").json(200);
    assert_eq!(
        (&lamp["connected"], &lamp["last_disconnect"]["cause"]),
        (&json!(false), &json!("protocol_violation"))
    );

    let all = api.get("clients").json(200);
    assert_eq!(
        (
            all["clients"].as_array().unwrap().len(),
            &all["clients"][0]["client_id"]
        ),
        (1, &json!("lamp"))
    );
    assert!(
        api.get("clients/lmap")
            .problem(404)
            .contains("did you mean \"lamp\"?")
    );
}

#[test]
fn a_client_that_is_refused_is_told_of() {
    let broker = broker::Broker::builder()
        .configure(|settings| settings.auth.allow_anonymous = false)
        .start()
        .wait()
        .expect("it starts");
    let api = tests::harness::api::Api::of(&broker);
    let (_lamp, connack) = Client::say_hello(broker.addr(), &hello(Version::V311, "lamp"));
    assert!(connack.reason.is_error());
    let refusal = &api.get("clients/lamp").json(200)["last_refusal"];
    assert_eq!(refusal["cause"], "refused");
    assert!(
        refusal["advice"]
            .as_str()
            .expect("a sentence")
            .starts_with("Let the client log in"),
        "{refusal}"
    );
}
