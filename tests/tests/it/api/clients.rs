//! Ends over HTTP: of connections, of sessions, of what is retained, of everything.

use broker::expect::disconnect;
use broker::wire::Version;
use broker::{Broker, Injected};
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::raw::Client;

fn lamp(broker: &Broker) -> Client {
    let lamp = Client::new(broker.addr(), Version::V5, "lamp");
    broker.wait_connected("lamp").wait().unwrap();
    lamp
}

#[test]
fn a_client_is_disconnected_and_told_why() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    for (body, code, name) in [
        (json!({}), 0x98, "Administrative action"),
        (json!({"reason_code": "server moved"}), 0x9D, "Server moved"),
        (json!({"reason_code": "QUOTA_EXCEEDED"}), 0x97, "Quota exceeded"),
        (json!({"reason_code": 0x8E}), 0x8E, "Session taken over"),
    ] {
        broker.mark().wait().unwrap();
        let _lamp = lamp(&broker);
        let said = api.post("clients/lamp/disconnect", &body).json(200);
        assert_eq!(
            said,
            json!({"client_id": "lamp", "reason_code": code, "reason": name})
        );
        broker.wait_disconnected("lamp").wait().unwrap();
        broker
            .expect(disconnect().to("lamp").reason(broker::ReasonCode(code)))
            .wait();
    }
    for (wrong, says) in [
        (
            json!({"reason_code": "Server movd"}),
            "did you mean \"Server moved\"?",
        ),
        (json!({"reason_code": "Granted QoS 1"}), "the standard has no"),
        (json!({"reason_code": 4}), "the standard has no"),
        (json!({"reason": 4}), "did you mean `reason_code`?"),
    ] {
        let problem = api.post("clients/lamp/disconnect", &wrong).problem(422);
        assert!(problem.contains(says), "{problem}");
    }
    let _lamp = lamp(&broker);
    assert_eq!(api.delete("clients/lamp").json(200)["reason_code"], 0x98);
    broker.wait_disconnected("lamp").wait().unwrap();
    assert_eq!(
        api.delete("clients/lamp").problem(404),
        "no client \"lamp\" is connected"
    );
}

#[test]
fn a_session_ends() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let _lamp = lamp(&broker);
    assert_eq!(api.delete("sessions/lamp").json(200), json!({"removed": 1}));
    assert!(broker.state().wait().unwrap().session("lamp").is_none());
    api.delete("sessions/lamp").problem(404);
}

#[test]
fn one_retained_message_goes_or_all_of_them() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    for topic in ["a/b", "a/b/c", "d"] {
        broker
            .publish(Injected::text(topic, "on").retained())
            .wait()
            .unwrap();
    }
    assert_eq!(api.delete("retained/a/b").json(200), json!({"removed": 1}));
    assert_eq!(api.delete("retained/a%2Fb%2Fc").json(200), json!({"removed": 1}));
    assert_eq!(
        api.delete("retained/a/b").problem(404),
        "no message is retained for \"a/b\""
    );
    assert_eq!(api.delete("retained").json(200), json!({"removed": 1}));
    assert!(broker.state().wait().unwrap().retained.is_empty());
}

#[test]
fn a_reset_makes_it_new() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let _lamp = lamp(&broker);
    api.post("faults", &json!({"name": "x", "type": "stall"}))
        .json(201);
    assert_eq!(api.post("reset", &json!({})).json(200), json!({"reset": true}));
    assert!(broker.state().wait().unwrap().sessions.is_empty());
    assert_eq!(api.get("faults").json(200), json!({"faults": []}));
}
