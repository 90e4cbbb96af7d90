//! Snapshots, restarts, crashes and outages over HTTP.

use std::io::Read as _;
use std::net::TcpStream;

use broker::wire::{Packet, QoS, ReasonCode, Version};
use broker::{Broker, Injected};
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::raw::{Client, resume};

use super::{connect, with_api_apart};

#[test]
fn a_snapshot_is_taken_and_put_back() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    broker
        .publish(Injected::text("lamp", "on").retained())
        .wait()
        .unwrap();
    let mut lamp = Client::connect(broker.addr(), &resume(Version::V5, "lamp"));
    lamp.subscribe("a/#", QoS::AtLeastOnce);
    drop(lamp);
    broker.wait_disconnected("lamp").wait().unwrap();
    let lit = api.get("snapshot").json(200);
    assert_eq!(lit["messages"][0]["topic"], "lamp");

    api.post("reset", &json!({})).json(200);
    assert_eq!(
        api.put("snapshot", &lit).json(200),
        json!({"sessions": 1, "retained": 1})
    );
    let state = broker.state().wait().unwrap();
    assert_eq!(state.retained_message("lamp").unwrap().text(), Some("on"));
    assert!(state.session("lamp").is_some());

    let mut wrong = lit.clone();
    wrong["retained"] = json!([7]);
    let problem = api.put("snapshot", &wrong).json(422);
    assert_eq!(problem["path"], "retained[0]", "{problem}");
    for (body, says) in [
        (json!({}), "not a snapshot"),
        (json!({"citronella_snapshot": 99}), "version 99"),
        (Value::Null, ""),
    ] {
        let problem = api.put("snapshot", &body).problem(422);
        assert!(problem.contains(says), "{problem}");
    }
    api.ask("PUT", "snapshot", &[], b"{\xFF").problem(400);
    assert!(
        broker.state().wait().unwrap().session("lamp").is_some(),
        "nothing has changed"
    );
}

#[test]
fn a_restart_says_goodbye_and_a_crash_does_not() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    broker
        .publish(Injected::text("lamp", "on").retained())
        .wait()
        .unwrap();
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    let kept = api.post("restart", &json!({})).json(200);
    assert_eq!(kept, json!({"restarted": true, "lose_state": false}));
    lamp.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
    assert_eq!(broker.state().wait().unwrap().retained.len(), 1);

    let mut lamp = connect(&broker, "lamp");
    broker.wait_connected("lamp").wait().unwrap();
    api.post("crash", &json!({"lose_state": true})).json(200);
    assert!(lamp.read_to_end(&mut Vec::new()).is_err(), "it is reset");
    assert_eq!(broker.state().wait().unwrap().retained.len(), 0);
    api.post("restart", &json!({"lose_sate": true})).problem(422);
}

#[test]
fn an_outage_lasts_for_its_time_or_until_it_is_ended() {
    let (broker, api) = with_api_apart();
    api.post("clock/freeze", &json!({})).json(200);
    let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
    let away = api.post("outage", &json!({"duration_secs": 5})).json(200);
    assert_eq!(away, json!({"away": true, "duration_secs": 5.0}));
    lamp.ended_with(ReasonCode::SERVER_SHUTTING_DOWN);
    assert!(TcpStream::connect(broker.addr()).is_err());
    let said = api.post("outage", &json!({})).problem(409);
    assert_eq!(
        said,
        "the broker is away: end its outage first: DELETE /api/v1/outage"
    );
    for path in ["/readyz", "/healthz"] {
        assert!(
            api.get(path)
                .problem(503)
                .contains("the broker is away: an outage is under way")
        );
    }
    assert_eq!(api.get("/livez").status, 200);
    api.post("restart", &json!({})).problem(409);
    api.post("clock/advance", &json!({"secs": 4.9})).json(200);
    assert!(TcpStream::connect(broker.addr()).is_err());
    api.post("clock/advance", &json!({"secs": 0.1})).json(200);
    assert!(TcpStream::connect(broker.addr()).is_ok());
    assert_eq!(api.get("/readyz").status, 200);
    let main = broker.listeners()[0].name();
    api.post(&format!("listeners/{main}/down"), &json!({})).json(200);
    assert!(api.get("/readyz").problem(503).contains("every listener is down"));
    api.post(&format!("listeners/{main}/up"), &json!({})).json(200);
    assert_eq!(api.get("/readyz").status, 200);
    api.delete("outage").problem(404);

    api.post("outage", &json!({"reset": true, "lose_state": true}))
        .json(200);
    assert!(TcpStream::connect(broker.addr()).is_err());
    assert_eq!(
        api.delete("outage").json(200),
        json!({"away": false, "duration_secs": null})
    );
    assert!(TcpStream::connect(broker.addr()).is_ok());

    // One that was ended before its time ends no other.
    api.post("outage", &json!({"duration_secs": 5})).json(200);
    api.delete("outage").json(200);
    api.post("outage", &json!({"duration_secs": 60})).json(200);
    api.post("clock/advance", &json!({"secs": 10})).json(200);
    assert!(TcpStream::connect(broker.addr()).is_err());
    api.delete("outage").json(200);
}

#[test]
fn nobody_is_shut_out_for_good() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let problem = api.post("outage", &json!({})).json(422);
    assert_eq!(problem["path"], "duration_secs", "{problem}");
    api.post("clock/freeze", &json!({})).json(200);
    let problem = api.post("outage", &json!({"duration_secs": 1})).problem(409);
    assert!(problem.contains("stands still"), "{problem}");
    api.post("clock/resume", &json!({})).json(200);

    api.post("outage", &json!({"duration_secs": 0.05, "reset": true}))
        .json(200);
    // The port itself says when it is over.
    let mut lamp = loop {
        if let Ok(stream) = TcpStream::connect(broker.addr()) {
            drop(stream);
            break Client::new(broker.addr(), Version::V5, "lamp");
        }
        std::thread::yield_now();
    };
    lamp.send(&Packet::PingReq);
    assert_eq!(lamp.packet(), Packet::PingResp);
}
