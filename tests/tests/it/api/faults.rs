//! Rules over HTTP: put into force, replaced, released, removed; faults of the world.

use std::net::TcpStream;
use std::time::Duration;

use broker::expect::{connack, rule};
use broker::{Broker, Injected};
use serde_json::json;
use tests::harness::api::Api;

use super::{connect, ends};

#[test]
fn a_rule_comes_acts_and_goes() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let lost = json!({"name": "lost", "when": {"packet": "CONNECT", "client_id": "lamp"}, "nth": 1, "action": "drop"});

    let added = api.post("faults", &lost).json(201);
    assert_eq!((&added["name"], &added["fired"]), (&json!("lost"), &json!(0)));
    let _lamp = connect(&broker, "lamp");
    broker.expect(rule("lost").fired(1)).wait();

    let listed = api.get("faults").json(200);
    assert_eq!(listed["faults"][0]["fired"], 1);
    assert_eq!(listed["faults"][0]["rule"]["action"], "drop");
    assert_eq!(api.get("faults/lost").json(200), listed["faults"][0]);

    assert_eq!(api.delete("faults/lost").json(200), json!({"removed": 1}));
    assert_eq!(api.get("faults").json(200), json!({"faults": []}));
}

#[test]
fn a_rule_that_cannot_work_is_refused_and_changes_nothing() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let wrong = json!({"name": "x", "when": {"packet": "PUBLISH", "tpoic": "a"}, "action": "drop"});
    let problem = api.post("faults", &wrong).json(422);
    assert_eq!(problem["path"], "when");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("did you mean \"topic\"?"),
        "{problem}"
    );

    let two = json!({"name": "x", "when": {"packet": "PUBREL"}, "nth": 0, "action": "dorp"});
    let problem = api.post("faults", &two).json(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");
    assert_eq!(problem["errors"][1]["path"], "action");

    api.post("faults", &json!(3)).problem(422);
    assert!(broker.faults().list().wait().unwrap().is_empty());
}

#[test]
fn a_name_is_taken_once_and_replaced_on_request() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let slow = |millis: u32| json!({"name": "slow", "type": "latency", "attributes": {"latency": millis}});
    api.post("faults", &slow(1)).json(201);
    assert!(
        api.post("faults", &slow(2))
            .problem(409)
            .contains("in force already")
    );

    let unnamed = json!({"type": "latency", "attributes": {"latency": 3}});
    assert_eq!(
        api.put("faults/slow", &unnamed).json(200)["rule"]["attributes"]["latency"],
        3
    );
    let problem = api.put("faults/slow", &json!({"type": "latensy"})).problem(422);
    assert!(problem.starts_with("fault \"slow\": type: "), "{problem}");
    let problem = api.put("faults/other", &slow(4)).problem(422);
    assert!(problem.starts_with("`name`: "), "{problem}");
    let rules = broker.faults().list().wait().unwrap();
    assert_eq!(
        (rules.len(), json!(rules[0].rule)["attributes"]["latency"].clone()),
        (1, json!(3))
    );

    let problem = api.delete("faults/slwo").problem(404);
    assert_eq!(problem, "there is no fault \"slwo\"; did you mean \"slow\"?");
    assert_eq!(api.delete("faults").json(200), json!({"removed": 1}));
    assert_eq!(
        api.get("faults/slow").problem(404),
        "there is no fault \"slow\"; there is none at all"
    );
}

#[test]
fn what_a_rule_holds_is_released() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let door = json!({"name": "the door", "when": {"packet": "CONNECT"}, "action": "hold"});
    api.post("faults", &door).json(201);
    let _lamp = connect(&broker, "lamp");
    broker.expect(rule("the door").fired(1)).wait();

    assert_eq!(
        api.post("faults/the%20door/release", &json!({})).json(200)["fired"],
        1
    );
    broker.wait_connected("lamp").wait().unwrap();
    api.post("faults/the%20dor/release", &json!({})).problem(404);

    // What a rule held goes on when another takes its name.
    let _heater = connect(&broker, "heater");
    broker.expect(rule("the door").fired(2)).wait();
    api.put("faults/the%20door", &door).json(200);
    broker.wait_connected("heater").wait().unwrap();
}

#[test]
fn a_rule_is_switched_off_and_on_again_in_its_place() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let door = json!({"name": "the door", "when": {"packet": "CONNECT"}, "action": "hold"});
    api.post("faults", &door).json(201);
    let _lamp = connect(&broker, "lamp");
    broker.expect(rule("the door").fired(1)).wait();

    // What it held goes on, and it holds nothing more.
    let switched = api
        .put("faults/the%20door/enabled", &json!({"enabled": false}))
        .json(200);
    assert_eq!(
        (
            &switched["enabled"],
            &switched["fired"],
            &switched["rule"]["enabled"]
        ),
        (&json!(false), &json!(1), &json!(false))
    );
    broker.wait_connected("lamp").wait().unwrap();
    let _heater = connect(&broker, "heater");
    broker.wait_connected("heater").wait().unwrap();
    assert_eq!(api.get("faults/the%20door").json(200)["fired"], 1);
    let wanted = broker
        .expect(rule("the door").fired(2))
        .within(Duration::from_millis(1));
    let error = wanted.check().wait().unwrap_err();
    let notes = &error.failure().unwrap().notes;
    assert_eq!(notes, &["the rule \"the door\" is switched off"]);

    let switched = api
        .put("faults/the%20door/enabled", &json!({"enabled": true}))
        .json(200);
    assert_eq!(
        (&switched["enabled"], switched["rule"].get("enabled")),
        (&json!(true), None)
    );
    let _fan = connect(&broker, "fan");
    broker.expect(rule("the door").fired(2)).wait();

    let problem = api
        .put("faults/the%20dor/enabled", &json!({"enabled": true}))
        .problem(404);
    assert_eq!(
        problem,
        "there is no fault \"the dor\"; did you mean \"the door\"?"
    );
    let problem = api
        .put("faults/the%20door/enabled", &json!({"enabled": "no"}))
        .problem(422);
    assert!(problem.contains("enabled"), "{problem}");
}

#[test]
fn a_rule_that_is_added_switched_off_waits_and_one_that_is_reset_counts_anew() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let lost = json!({"name": "lost", "enabled": false, "when": {"packet": "CONNECT"}, "first": 1, "action": "drop"});
    assert_eq!(api.post("faults", &lost).json(201)["enabled"], false);
    let _lamp = connect(&broker, "lamp");
    broker.wait_connected("lamp").wait().unwrap();

    api.put("faults/lost/enabled", &json!({"enabled": true}))
        .json(200);
    let _first = connect(&broker, "lamp");
    broker.expect(rule("lost").fired(1)).wait();
    let again = connect(&broker, "lamp");
    broker.expect(connack().to("lamp")).times(2).wait();
    drop(again);

    assert_eq!(api.post("faults/lost/reset", &json!({})).json(200)["fired"], 0);
    let _again = connect(&broker, "lamp");
    broker.expect(rule("lost").fired(2)).wait();
    api.post("faults/lots/reset", &json!({})).problem(404);
}

#[test]
fn one_request_cuts_one_client_off_for_a_while() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    api.post("clock/freeze", &json!({})).json(200);
    let lamp = connect(&broker, "lamp");
    let _door = connect(&broker, "door");
    broker.wait_connected("lamp").wait().unwrap();
    broker.wait_connected("door").wait().unwrap();

    let interrupted = api
        .post("interruptions", &json!({"client": "lamp", "duration_secs": 30}))
        .json(201);
    assert_eq!(interrupted["fault"], "interruption of \"lamp\"");
    ends(lamp);
    ends(connect(&broker, "lamp"));
    broker.wait_disconnected("lamp").wait().unwrap();
    assert!(
        broker
            .state()
            .wait()
            .unwrap()
            .session("door")
            .is_some_and(|door| door.connected)
    );

    api.post("clock/advance", &json!({"secs": 30})).json(200);
    let _lamp = connect(&broker, "lamp");
    broker.wait_connected("lamp").wait().unwrap();
    broker.expect(connack().to("lamp")).times(2).wait();

    let again = api
        .post("clients/lamp/interrupt", &json!({"duration_secs": 0.5}))
        .json(201);
    assert_eq!(
        (&again["client"], &again["duration_secs"]),
        (&json!("lamp"), &json!(0.5))
    );
    for wrong in [
        json!({"duration_secs": 0}),
        json!({"duration_secs": -1}),
        json!({"duration": 3}),
        json!({}),
    ] {
        let problem = api.post("clients/lamp/interrupt", &wrong).problem(422);
        assert!(problem.contains("duration_secs"), "{problem}");
    }
}

#[test]
fn a_partition_is_healed_by_its_name() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let made = api
        .post("partitions", &json!({"clients": ["lamp", "heater"]}))
        .json(201);
    assert_eq!(made["name"], r#"partition of "lamp", "heater""#);
    let _lamp = connect(&broker, "lamp");
    let path = "partitions/partition%20of%20%22lamp%22%2C%20%22heater%22";
    assert_eq!(api.delete(path).json(200), json!({"removed": 1}));
    broker.wait_connected("lamp").wait().unwrap();

    api.post("partitions", &json!({"clients": ["lamp"], "name": "cut"}))
        .json(201);
    api.post("partitions", &json!({"clients": ["lamp"], "name": "cut"}))
        .problem(409);
    let one_way = json!({"name": "deaf", "client": "lamp", "type": "stall", "stream": "downstream"});
    api.post("faults", &one_way).json(201);
    let cut = json!({"partitions": [{"name": "cut", "clients": ["lamp"]}]});
    assert_eq!(api.get("partitions").json(200), cut);
    api.put("faults/cut/enabled", &json!({"enabled": false}))
        .json(200);
    assert_eq!(api.get("partitions").json(200), json!({"partitions": []}));
    assert_eq!(
        api.delete("partitions/ctu").problem(404),
        "there is no partition \"ctu\"; did you mean \"cut\"?"
    );
    api.delete("partitions/cut").json(200);
    api.post("partitions", &json!({"clients": []})).problem(422);
}

#[test]
fn a_listener_goes_down_and_up_but_for_the_last_one_with_the_api() {
    let broker = Broker::builder()
        .configure(|settings| settings.http.listen = true)
        .start()
        .wait()
        .unwrap();
    let main = broker.listeners()[0].name().to_owned();
    let http = broker.listeners().iter().find(|it| it.name() != main).unwrap();
    let api = Api::at(http.addrs()[0]);

    let down = json!({"name": main, "down": true});
    assert_eq!(
        api.post(&format!("listeners/{main}/down"), &json!({})).json(200),
        down
    );
    assert_eq!(
        api.post(&format!("listeners/{main}/down"), &json!({})).json(200),
        down
    );
    assert!(TcpStream::connect(broker.addr()).is_err());
    assert_eq!(
        api.post(&format!("listeners/{main}/up"), &json!({})).json(200)["down"],
        false
    );
    assert!(TcpStream::connect(broker.addr()).is_ok());
    api.post("listeners/mian/down", &json!({})).problem(404);

    let alone = Broker::start().wait().unwrap();
    let main = alone.listeners()[0].name();
    let problem = Api::of(&alone)
        .post(&format!("listeners/{main}/down"), &json!({}))
        .problem(409);
    assert!(problem.contains("http.listen = true"), "{problem}");
    alone.publish(Injected::text("a", "")).wait().unwrap();
}
