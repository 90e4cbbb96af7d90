//! Recordings over HTTP: made, given, played.

use broker::Broker;
use broker::expect::publish;
use broker::recording::Recording;
use broker::wire::{Packet, QoS, Version};
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::raw::{Client, message};

fn says(broker: &Broker, topic: &str, payload: &str) {
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.send(&Packet::Publish(message(topic, payload, QoS::AtMostOnce)));
    lamp.ping();
    lamp.disconnect();
    broker.wait_disconnected("lamp").wait().unwrap();
}

#[test]
fn what_happens_is_recorded_and_played_again() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let status = |status: &str| assert_eq!(api.get("recordings/status").json(200), json!({"status": status}));
    status("NeverStarted");
    api.post("recordings/stop", &json!({})).problem(409);
    // Of a broker at which nothing happens, too.
    api.post("recordings/start", &json!({})).json(201);
    assert_eq!(api.post("recordings/stop", &json!({})).text().lines().count(), 1);
    api.post("recordings/start", &json!({})).json(201);
    status("Recording");
    api.post("recordings/start", &json!({})).problem(409);
    says(&broker, "home/lamp", "on");

    let stopped = api.post("recordings/stop", &json!({}));
    assert!(stopped.head.contains("application/x-ndjson"), "{}", stopped.head);
    status("Stopped");
    let recording = Recording::read(&stopped.body[..]).unwrap();
    assert!(recording.is_whole(), "{:?}", recording.notes);
    assert!(
        stopped.text().contains(r#""topic":"home/lamp""#),
        "{}",
        stopped.text()
    );

    let other = Broker::start().wait().unwrap();
    let mut reader = Client::new(other.addr(), Version::V311, "reader");
    reader.subscribe("test/#", QoS::AtMostOnce);
    let played = Api::of(&other).ask(
        "POST",
        "recordings/play?speed=max&rewrite=home/%23%20=%3E%20test/%23",
        &[],
        &stopped.body,
    );
    assert_eq!(
        played.json(200),
        json!({"over": true, "messages": 1, "left_out": 0, "notes": []})
    );
    other.expect(publish("test/lamp").to("reader").text("on")).wait();
}

#[test]
fn only_what_a_pattern_means_is_recorded() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    for wrong in [
        json!({"pattern": {"packet": "PUBLISH", "tpoic": "a"}}),
        json!({"patern": {}}),
        json!({"pattern": 3}),
    ] {
        api.post("recordings/start", &wrong).problem(422);
    }
    api.post(
        "recordings/start",
        &json!({"pattern": {"packet": "PUBLISH", "topic": "a/#"}}),
    )
    .json(201);
    says(&broker, "a/b", "1");
    says(&broker, "c", "2");
    let text = api.post("recordings/stop", &json!({})).text();
    assert!(
        text.contains(r#""topic":"a/b""#) && !text.contains(r#""topic":"c""#),
        "{text}"
    );
}

#[test]
fn a_play_goes_on_behind_its_request() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    api.post("clock/freeze", &json!({})).json(200);
    let lines = b"{\"at_secs\":0,\"topic\":\"lamp\",\"payload\":\"on\",\"retain\":true}\n\
                  {\"at_secs\":3600,\"topic\":\"lamp\",\"payload\":\"off\",\"retain\":true}\nnot JSON\n";
    let played = api
        .ask("POST", "recordings/play?timeout_secs=0", &[], lines)
        .json(200);
    assert_eq!(
        (&played["over"], &played["messages"]),
        (&json!(false), &json!(null))
    );
    assert!(
        played["notes"][0]
            .as_str()
            .unwrap()
            .starts_with("line 3 is passed over"),
        "{played}"
    );
    api.post("clock/advance", &json!({"secs": 3600})).json(200);
    let state = broker.state().wait().unwrap();
    assert_eq!(state.retained_message("lamp").unwrap().text(), Some("off"));

    api.ask("POST", "recordings/play", &[], b"").problem(422);
    api.ask("POST", "recordings/play", &[], b"{\"topic\":\"a/+\"}")
        .problem(422);
    for wrong in ["speed=fast", "qos=3", "topic=a%23", "rewrite=x", "spede=1"] {
        api.ask("POST", &format!("recordings/play?{wrong}"), &[], lines)
            .problem(422);
    }
}
