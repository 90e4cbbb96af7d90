//! Further brokers over HTTP: isolated, bounded, ended by a request and with their parent.

use std::net::{SocketAddr, TcpListener, TcpStream};

use broker::{Broker, Injected};
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::folder::Folder;

use super::connect_to;

/// Where clients of MQTT find it.
fn addr(child: &Value) -> SocketAddr {
    let url = child["url"].as_str().expect("a URL");
    url.trim_start_matches("mqtt://").parse().expect("an address")
}

#[test]
fn a_fresh_broker_is_there_at_once_and_shares_nothing() {
    let parent = Broker::start().wait().unwrap();
    let api = Api::of(&parent);
    let one = api.post("brokers", &json!({})).json(201);
    let two = api.post("brokers", &json!({})).json(201);
    assert_eq!((&one["id"], &two["id"]), (&json!("1"), &json!("2")));
    assert_eq!(api.get("brokers").json(200), json!({"brokers": [one, two]}));
    assert_eq!(api.get("brokers/2").json(200), two);
    assert_eq!(one["api"], format!("http://{}/api/v1", addr(&one)));

    let of_one = Api::at(addr(&one));
    of_one
        .post(
            "publish",
            &json!({"topic": "lamp", "payload": "on", "retain": true}),
        )
        .json(200);
    parent
        .publish(Injected::text("door", "shut").retained())
        .wait()
        .unwrap();
    let _lamp = connect_to(addr(&one), "lamp");
    for (api, retained) in [(of_one, 1), (Api::at(addr(&two)), 0), (api, 1)] {
        assert_eq!(api.delete("retained").json(200), json!({"removed": retained}));
    }

    assert_eq!(api.delete("brokers/1").json(200), json!({"removed": 1}));
    assert!(TcpListener::bind(addr(&one)).is_ok(), "its port is free");
    assert!(api.get("brokers/1").problem(404).contains("there are \"2\""));
    assert!(TcpStream::connect(addr(&two)).is_ok());
    for id in ["3", "02", "two"] {
        api.delete(&format!("brokers/{id}")).problem(404);
    }
}

#[test]
fn its_settings_are_those_of_a_file_with_rules_stubs_and_devices() {
    let parent = Broker::start().wait().unwrap();
    let api = Api::of(&parent);
    let body = json!({
        "session": {"max_inflight": 1},
        "engine": {"seed": 7},
        "listener": [{"name": "second", "port": 0, "accepts": ["tcp"]}],
        "fault": [{"name": "slow", "type": "latency", "attributes": {"latency": 1}}],
        "stub": [{"name": "echo", "when": {"packet": "PUBLISH", "topic": "a"}, "publish": {"topic": "b", "file": "row"},
                  "files": {"row": "1"}}],
        "device": [{"name": "heater"}],
    });
    let child = api.post("brokers", &body).json(201);
    assert_eq!(
        (&child["seed"], &child["listeners"][1]["name"]),
        (&json!(7), &json!("second"))
    );
    let of_child = Api::at(addr(&child));
    assert_eq!(of_child.get("faults").json(200)["faults"][0]["name"], "slow");
    assert_eq!(of_child.get("stubs").json(200)["stubs"][0]["name"], "echo");
    assert_eq!(of_child.get("devices").json(200)["devices"][0]["name"], "heater");
    // They are its own: a reset leaves them.
    of_child.post("reset", &json!({})).json(200);
    assert_eq!(of_child.get("stubs").json(200)["stubs"][0]["name"], "echo");
    // It begins no others.
    of_child.post("brokers", &json!({})).problem(429);
}

#[test]
fn what_is_wrong_with_its_settings_is_told_and_nothing_begins() {
    let parent = Broker::start().wait().unwrap();
    let api = Api::of(&parent);
    for (body, path, says) in [
        (
            json!({"limits": {"max_conections": 1}}),
            "limits.max_conections",
            "did you mean `limits.max_connections`?",
        ),
        (json!({"limits": 3}), "limits", "expected a section"),
        (
            json!({"port": "x"}),
            "port",
            "expected an integer from 0 to 65535",
        ),
        (json!({"listen": false}), "listen", "[[listener]]"),
        (
            json!({"state_dir": "/tmp"}),
            "state_dir",
            "no file of the broker's machine",
        ),
        (
            json!({"auth": {"password_file": "/etc/passwd"}}),
            "auth.password_file",
            "no file",
        ),
        (
            json!({"upstream": {"url": "recording:/etc/passwd"}}),
            "upstream.url",
            "no file",
        ),
        (
            json!({"listener": [{"port": 0}, {"socket": "/tmp/x"}]}),
            "listener[1].socket",
            "no file",
        ),
        (
            json!({"http": {"max_brokers": 3}}),
            "http.max_brokers",
            "begins no others",
        ),
        (
            json!({"fault": [{"name": "x", "type": "latensy"}]}),
            "fault[0].type",
            "did you mean \"latency\"?",
        ),
        (json!({"stub": {"name": "x"}}), "stub", "it is a list"),
        (
            json!({"stub": [{"name": "x", "when": {"packet": "PUBLISH"}, "publish": {"topic": "b", "file": "/etc/passwd"}}]}),
            "stub[0].files",
            "no file of the broker's machine",
        ),
        (
            json!({"device": [{"name": "x", "keep_alive_sec": 3}]}),
            "device[0].keep_alive_sec",
            "did you mean",
        ),
    ] {
        let problem = api.post("brokers", &body).json(422);
        assert_eq!(problem["path"], path, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
    }
    api.post("brokers", &json!([])).problem(422);
    // Its port may be taken.
    api.post("brokers", &json!({"port": parent.addr().port()}))
        .problem(409);
    assert_eq!(api.get("brokers").json(200), json!({"brokers": []}));
}

#[test]
fn there_are_as_many_as_the_setting_allows_and_they_end_with_their_parent() {
    let parent = Broker::builder()
        .configure(|settings| settings.http.max_brokers = 2)
        .start()
        .wait()
        .unwrap();
    let api = Api::of(&parent);
    let one = api.post("brokers", &json!({})).json(201);
    api.post("brokers", &json!({"port": parent.addr().port()}))
        .problem(409); // takes no place
    let _two = api.post("brokers", &json!({})).json(201);
    assert!(
        api.post("brokers", &json!({}))
            .problem(429)
            .contains("http.max_brokers")
    );
    assert_eq!(api.delete("brokers").json(200), json!({"removed": 2}));
    let three = api.post("brokers", &json!({})).json(201);
    assert_eq!(three["id"], "3");
    // Somebody asks it, so that its API runs.
    Api::at(addr(&three)).get("info").json(200);

    drop(parent);
    for child in [one, three] {
        assert!(TcpListener::bind(addr(&child)).is_ok(), "its port is free");
    }
}

#[test]
fn who_needs_a_token_for_the_parent_needs_it_for_its_brokers() {
    let folder = Folder::new();
    let token = folder.write("token", "secret-1\n");
    let path = token.to_string_lossy().into_owned();
    let parent = Broker::builder()
        .configure(|settings| settings.http.token_file = path)
        .start()
        .wait()
        .unwrap();
    let shown = ["Authorization: Bearer secret-1"];
    let child = Api::of(&parent).ask("POST", "brokers", &shown, b"").json(201);
    assert!(!child.to_string().contains("secret-1"));
    Api::at(addr(&child)).get("info").problem(401);
    Api::at(addr(&child)).ask("GET", "info", &shown, b"").json(200);
}
