//! What CONNACK says under a profile; profiles that come and go while clients are there.

use broker::expect::{no_violations, violation};
use broker::profile::Mode;
use broker::wire::{Packet, QoS, Version};
use broker::{Broker, profiles};
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::raw::{Client, hello, message};

fn enforcing(name: &str) -> Broker {
    let builder = Broker::builder().profile(name).profile_mode(Mode::Enforce);
    builder.start().wait().unwrap()
}

#[test]
fn connack_says_what_that_broker_would_say() {
    let broker = enforcing("aws-iot");
    let (_client, connack) = Client::say_hello(broker.addr(), &hello(Version::V5, "lamp"));
    let said = &connack.properties;
    assert_eq!(said.maximum_qos, Some(QoS::AtLeastOnce));
    assert_eq!(
        (said.receive_maximum, said.topic_alias_maximum),
        (Some(100), Some(8))
    );
    assert_eq!(said.maximum_packet_size, Some(149_504));
    assert_eq!(said.subscription_identifiers_available, Some(false));
    assert_eq!(
        (said.retain_available, said.shared_subscription_available),
        (None, None)
    );

    let ours = Broker::builder().profile("aws-iot").start().wait().unwrap();
    let plain = Broker::start().wait().unwrap();
    let connack_of = |broker: &Broker| Client::say_hello(broker.addr(), &hello(Version::V5, "lamp")).1;
    assert_eq!(
        connack_of(&ours),
        connack_of(&plain),
        "told alone, it says what ours says"
    );
}

#[test]
fn what_is_enforced_for_others_does_not_reach_them() {
    let broker = enforcing("aws-iot");
    let mut ear = Client::new(broker.addr(), Version::V311, "ear");
    ear.subscribe("#", QoS::AtMostOnce);
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.start_publish(&message("a", "lost", QoS::ExactlyOnce));
    lamp.closed();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("a", "kept", QoS::AtLeastOnce));
    assert_eq!(ear.receive().payload, b"kept");
    broker
        .expect(violation().of("lamp").field("rule", "publish_qos"))
        .times(1)
        .wait();
}

#[test]
fn a_profile_comes_and_goes_on_connections_that_are_open() {
    let broker = Broker::start().wait().unwrap();
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    lamp.publish(&message("a", "1", QoS::ExactlyOnce));
    broker.expect(no_violations()).wait();
    let aws = || profiles::find("aws-iot").unwrap();
    broker.profile().set(aws(), Mode::Warn).wait().unwrap();
    lamp.publish(&message("a", "2", QoS::ExactlyOnce));
    broker
        .expect(violation().of("lamp").field("rule", "publish_qos"))
        .times(1)
        .wait();
    assert!(broker.profile().remove().wait().unwrap());
    lamp.publish(&message("a", "3", QoS::ExactlyOnce));
    broker
        .expect(violation().of("lamp").field("rule", "publish_qos"))
        .times(1)
        .wait();
    assert_eq!(broker.profile().violations().wait().unwrap().total(), 0);

    broker.profile().set(aws(), Mode::Enforce).wait().unwrap();
    lamp.start_publish(&message("a", "4", QoS::ExactlyOnce));
    lamp.closed();
    assert_eq!(
        broker.stats().wait().unwrap().publish_received,
        3,
        "the fourth is not taken"
    );
    broker.reset().wait().unwrap();
    assert!(broker.profile().get().wait().unwrap().is_none());
}

#[test]
fn what_the_pushed_message_of_a_session_does_is_told_of_its_client() {
    let broker = Broker::builder().profile("aws-iot").start().wait().unwrap();
    let mut ear = Client::new(broker.addr(), Version::V5, "ear");
    ear.subscribe("home/#", QoS::AtMostOnce);
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    lamp.send(&Packet::Publish(message("home", "on", QoS::AtMostOnce)));
    let told = violation()
        .of("ear")
        .field("rule", "parent_of_hash")
        .field("topic", "home");
    broker.expect(told).wait();
}

#[test]
fn profiles_over_http() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    assert_eq!(api.get("profile").json(200)["name"], json!(null));
    let listed = api.get("profiles").json(200);
    assert!(listed["profiles"].as_array().unwrap().len() >= 10);
    assert_eq!(api.get("profiles/tbmq").json(200)["title"], "TBMQ");
    assert!(api.get("profiles/tbmw").problem(404).contains("tbmq"));

    let problem = api.put("profile", &json!({"name": "aws-iott"})).json(422);
    assert!(
        problem["detail"].as_str().unwrap().contains("aws-iot"),
        "{problem}"
    );
    let file = api.put("profile", &json!({"name": "/etc/passwd.toml"})).json(422);
    assert!(
        file["detail"]
            .as_str()
            .unwrap()
            .contains("there is no profile of this name"),
        "{file}"
    );
    let limit =
        json!({"name": "publish_qos", "max": 0, "outcome": "close", "source": "x", "as_of": "2026-11-28"});
    let own = json!({"title": "Ours", "limit": [limit]});
    let wrong = json!({"name": "ours", "profile": {"title": "Ours", "limit": [{"name": "publis_qos"}]}});
    assert_eq!(api.put("profile", &wrong).json(422)["path"], "limit[0].name");
    let held = api
        .put("profile", &json!({"name": "ours", "profile": own}))
        .json(200);
    assert_eq!((&held["mode"], &held["profile"]), (&json!("warn"), &own));
    assert_eq!(api.get("profile").json(200), held);

    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("a", "on", QoS::AtLeastOnce));
    lamp.publish(&message("a", "on", QoS::AtLeastOnce));
    let found = api.get("violations").json(200);
    assert_eq!((&found["total"], &found["unlisted"]), (&json!(2), &json!(0)));
    let row = &found["violations"][0];
    assert_eq!(
        (&row["client_id"], &row["rule"], &row["count"]),
        (&json!("lamp"), &json!("publish_qos"), &json!(2))
    );
    assert_eq!(
        row["text"],
        "Ours would close this connection: a PUBLISH at QoS 1, 0 is the highest (x, 2026-11-28)"
    );
    assert_eq!(api.delete("profile").json(200), json!({"removed": 1}));
    assert_eq!(api.get("violations").json(200)["total"], 0);
}
