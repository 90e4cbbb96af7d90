//! A reset over HTTP: one test leaves nothing to the next.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use broker::journal::{Mark, Record};
use broker::settings::User;
use broker::wire::{Connect, ReasonCode, Version};
use broker::{Broker, expect};
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::raw::{Client, hello};

use super::{connect, ends, start, with_api_apart};

fn reset(api: &Api) {
    assert_eq!(api.post("reset", &json!({})).json(200), json!({"reset": true}));
}

#[test]
fn a_frozen_clock_goes_on_and_does_not_go_back() {
    let (_broker, api) = start();
    api.post("clock/freeze", &json!({})).json(200);
    api.post("clock/advance", &json!({"secs": 3600})).json(200);
    reset(&api);
    let clock = api.get("clock").json(200);
    assert_eq!(clock["frozen"], false);
    assert!(clock["now_secs"].as_f64().unwrap() >= 3600.0, "{clock}");
}

#[test]
fn a_recording_ends_and_is_lost() {
    let (broker, api) = start();
    api.post("recordings/start", &json!({})).json(201);
    reset(&api);
    let status = |api: &Api| api.get("recordings/status").json(200)["status"].clone();
    assert_eq!(status(&api), "NeverStarted");
    api.post("recordings/stop", &json!({})).problem(409);
    api.post("recordings/start", &json!({})).json(201);
    assert_eq!(status(&api), "Recording");
    // The handle of a Rust program does the same.
    broker.reset().wait().unwrap();
    assert_eq!(status(&api), "NeverStarted");
}

#[test]
fn users_and_rights_are_those_of_the_settings() {
    let users = vec![User::new("ann", "pencil")];
    let broker = Broker::builder()
        .configure(|settings| settings.auth.users = users)
        .start()
        .wait()
        .unwrap();
    let api = Api::of(&broker);
    for _ in 0..2 {
        api.put("users/bob", &json!({"password": "pen"})).json(200);
        api.delete("users/ann").json(200);
        api.put("allow-anonymous", &json!({"allow": false})).json(200);
        let lines = json!({"acl": [{"topic": "none", "access": "read"}]});
        api.put("acl", &lines).json(200);
        // What is read again meanwhile is not lost.
        api.post("access/reload", &json!({})).json(200);
        reset(&api);
        assert_eq!(api.get("users").json(200)["users"], json!(["ann"]));
        let mut lamp = Client::new(broker.addr(), Version::V5, "lamp");
        lamp.subscribe("a", broker::QoS::AtMostOnce);
        api.post("publish", &json!({"topic": "a", "payload": "on"}))
            .json(200);
        lamp.publish_packet();
    }
}

#[test]
fn everything_that_was_cut_off_is_there_again() {
    let (broker, api) = with_api_apart();
    let main = broker.listeners()[0].name().to_owned();
    let arrives = || drop(Client::new(broker.addr(), Version::V5, "lamp"));

    api.post("interruptions", &json!({"client": "lamp", "duration_secs": 3600}))
        .json(201);
    ends(connect(&broker, "lamp"));
    reset(&api);
    arrives();

    api.post("partitions", &json!({"clients": ["lamp"]})).json(201);
    reset(&api);
    arrives();

    api.post(&format!("listeners/{main}/down"), &json!({})).json(200);
    assert!(TcpStream::connect(broker.addr()).is_err());
    reset(&api);
    arrives();

    for outage in [json!({}), json!({"duration_secs": 3600})] {
        api.post("clock/freeze", &json!({})).json(200);
        api.post("outage", &outage).json(200);
        assert!(TcpStream::connect(broker.addr()).is_err());
        reset(&api);
        arrives();
        api.delete("outage").problem(404);
    }
    // One that was to end by itself ends no later one.
    api.post("clock/freeze", &json!({})).json(200);
    api.post("outage", &json!({})).json(200);
    api.post("clock/advance", &json!({"secs": 4000})).json(200);
    assert!(TcpStream::connect(broker.addr()).is_err());
    reset(&api);
    arrives();
}

#[test]
fn who_was_there_before_was_never_there() {
    let (broker, api) = start();
    drop(connect(&broker, "lamp"));
    api.post("clients/lamp/wait", &json!({"for": "disconnected"}))
        .json(200);
    let rule = json!({"name": "lost", "when": {"packet": "PUBREL"}, "action": "drop"});
    api.post("faults", &rule).json(201);
    let stub =
        json!({"name": "echo", "when": {"packet": "PUBLISH", "topic": "a"}, "publish": {"topic": "b"}});
    api.post("stubs", &stub).json(201);
    reset(&api);
    for becomes in ["disconnected", "session_ended"] {
        let waited = api.post(
            "clients/lamp/wait",
            &json!({"for": becomes, "timeout_secs": 0.05}),
        );
        let said = waited.problem(417);
        assert!(said.contains("there never was a client \"lamp\""), "{said}");
    }
    for expectation in [expect::rule("lost").fired(0), expect::stub("echo").answered(0)] {
        let error = broker.expect(expectation).check().wait().unwrap_err();
        assert!(error.to_string().contains("was ever in force"), "{error}");
    }
}

#[test]
fn the_journal_has_nothing_but_that_it_was_reset() {
    let (broker, api) = start();
    drop(connect(&broker, "lamp"));
    broker.wait_disconnected("lamp").wait().unwrap();
    let before = broker.journal().since(Mark::START).wait().unwrap();
    reset(&api);
    let after = broker.journal().since(before.until).wait().unwrap();
    let words = after.entries.iter().map(|entry| match &entry.record {
        Record::Event(event) => event.word(),
        Record::Packet { .. } => "a packet",
    });
    assert_eq!(words.collect::<Vec<_>>(), ["reset"]);
    assert_eq!(after.missed, 0);
    let all = broker.journal().since(Mark::START).wait().unwrap();
    assert_eq!(all.entries.len(), 1);
}

#[test]
fn a_client_without_a_name_gets_the_same_after_each_reset() {
    let (broker, api) = start();
    let mut names = Vec::new();
    for _ in 0..2 {
        let _client = connect(&broker, "");
        let connected = json!({"pattern": {"event": "connected"}, "times": 1});
        api.post("expectations", &connected).json(200);
        let clients: Value = api.get("clients").json(200);
        names.push(clients["clients"][0]["client_id"].clone());
        reset(&api);
    }
    assert_eq!(names[0], names[1]);
    assert_ne!(names[0], Value::Null);
}

#[test]
fn wrong_passwords_are_forgotten() {
    let broker = Broker::builder()
        .configure(|settings| {
            settings.auth.allow_anonymous = false;
            settings.auth.max_failed_logins_per_minute = 1;
            settings.auth.users = vec![User::new("ann", "pencil")];
        })
        .start()
        .wait()
        .unwrap();
    let api = Api::of(&broker);
    let login = |password: &str| {
        let connect = Connect {
            username: Some("ann"),
            password: Some(password.as_bytes()),
            ..hello(Version::V5, "lamp")
        };
        Client::say_hello(broker.addr(), &connect).1.reason
    };
    let mistaken = [login("pen"), login("pencil")];
    assert_eq!(
        mistaken,
        [
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            ReasonCode::CONNECTION_RATE_EXCEEDED
        ]
    );
    reset(&api);
    assert_eq!(login("pencil"), ReasonCode::SUCCESS);
}

#[test]
fn further_brokers_stay() {
    let (_broker, api) = start();
    let further = api.post("brokers", &json!({})).json(201);
    reset(&api);
    let brokers = api.get("brokers").json(200);
    assert_eq!(brokers["brokers"][0]["id"], further["id"]);
}

#[test]
fn who_has_said_nothing_yet_may_still_say_it() {
    let (_broker, api) = with_api_apart();
    let addr = api.addr();
    for what in ["reset", "crash", "restart"] {
        let mut early = TcpStream::connect(addr).unwrap();
        api.post(what, &json!({})).json(200);
        early
            .write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut said = String::new();
        early.read_to_string(&mut said).expect(what);
        assert!(said.starts_with("HTTP/1.1 200"), "{what}: {said}");
    }
}
