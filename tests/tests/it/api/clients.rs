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

#[test]
fn a_client_that_an_interruption_keeps_out_is_told_of_with_how_to_end_it() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let mut there = lamp(&broker);
    api.post("clock/freeze", &json!({})).json(200);
    let now = api.get("clock").json(200)["now_secs"].as_f64().unwrap();
    api.post("interruptions", &json!({"client": "lamp", "duration_secs": 30}))
        .json(201);
    there.closed();
    broker.wait_disconnected("lamp").wait().unwrap();
    api.post("clock/advance", &json!({"secs": 10})).json(200);

    let one = api.get("clients/lamp").json(200);
    let kept_out = &one["kept_out"];
    assert_eq!(kept_out["fault"], "interruption of \"lamp\"");
    let until = kept_out["until_secs"].as_f64().unwrap();
    assert!((until - now - 30.0).abs() < 1e-6, "{kept_out}");
    let advice = kept_out["advice"].as_str().unwrap();
    for words in [
        "keeps it out for 20",
        "which stands still",
        "POST /api/v1/clock/advance",
    ] {
        assert!(advice.contains(words), "{advice}");
    }
    assert_eq!(one["last_disconnect"]["advice"], advice);
    assert_eq!(api.get("clients").json(200)["clients"][0]["kept_out"], *kept_out);

    // What the advice says ends it.
    let path = advice.split("DELETE ").nth(1).unwrap();
    api.delete(path).json(200);
    let one = api.get("clients/lamp").json(200);
    assert_eq!(one["kept_out"], serde_json::Value::Null);
    let _there = lamp(&broker);

    // One that never was here is known all the same.
    api.post("interruptions", &json!({"client": "heater", "duration_secs": 30}))
        .json(201);
    let heater = api.get("clients/heater").json(200);
    assert_eq!(heater["connected"], false);
    assert!(heater["kept_out"].is_object());
}

#[test]
fn clients_are_listed_page_by_page() {
    let broker = Broker::builder()
        .configure(|settings| settings.auth.max_failed_logins_per_minute = 0)
        .start()
        .wait()
        .unwrap();
    let api = Api::of(&broker);
    let mut there = Vec::new();
    // The later ones stand before the others.
    for number in (0..25).rev() {
        let client = Client::new(broker.addr(), Version::V5, &format!("c{number:02}"));
        if number % 2 == 0 {
            there.push(client);
        } else {
            client.disconnect();
        }
    }
    for number in 0..25 {
        if number % 2 == 1 {
            broker.wait_disconnected(&format!("c{number:02}")).wait().unwrap();
        }
    }
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("clients?limit=5{after}")).json(200);
        for client in page["clients"].as_array().unwrap() {
            let name = client["client_id"].as_str().unwrap().to_owned();
            let number: usize = name[1..].parse().unwrap();
            assert_eq!(client["connected"], number.is_multiple_of(2), "{client}");
            assert_eq!(
                client["last_disconnect"].is_null(),
                number.is_multiple_of(2),
                "{client}"
            );
            assert!(client["connection"].is_object(), "{client}");
            names.push(name);
        }
        match page["meta"]["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let all: Vec<String> = (0..25).map(|number| format!("c{number:02}")).collect();
    assert_eq!(names, all);
}
