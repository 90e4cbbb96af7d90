//! Stubs, scenarios and devices over HTTP.

use broker::expect::{publish, stub};
use broker::wire::{Packet, QoS, Version};
use broker::{Broker, Injected};
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::raw::{Client, message};

#[test]
fn a_stub_answers_is_replaced_and_goes() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let echo = json!({"name": "echo", "when": {"packet": "PUBLISH", "topic": "cmd/+"},
                      "publish": {"topic": "state/{{ message.levels[1] }}", "payload": "{{ message.payload }}"}});
    let added = api.post("stubs", &echo).json(201);
    assert_eq!((&added["name"], &added["answered"]), (&json!("echo"), &json!(0)));
    api.post("stubs", &echo).problem(409);

    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.send(&Packet::Publish(message("cmd/hall", "on", QoS::AtMostOnce)));
    broker.expect(stub("echo").answered(1)).wait();
    let listed = api.get("stubs").json(200);
    assert_eq!(listed["stubs"][0]["answered"], 1);
    assert_eq!(api.get("stubs/echo").json(200), listed["stubs"][0]);

    let off = json!({"when": {"packet": "PUBLISH", "topic": "cmd/+"}, "publish": {"topic": "off"}});
    assert_eq!(
        api.put("stubs/echo", &off).json(200)["stub"]["publish"]["topic"],
        "off"
    );
    let wrong = json!({"when": {"packet": "PUBLISH"}, "publish": {"topic": "{{ mesage.topic }}"}});
    let problem = api.put("stubs/echo", &wrong).json(422);
    assert_eq!(problem["path"], "publish.topic", "{problem}");
    assert_eq!(api.get("stubs/echo").json(200)["stub"]["publish"]["topic"], "off");

    let numbered = api
        .post("stubs", &json!({"every_secs": 5, "publish": {"topic": "tick"}}))
        .json(201);
    assert_eq!(numbered["name"], "stub-1");
    assert_eq!(
        api.delete("stubs/ecko").problem(404),
        "there is no stub \"ecko\"; did you mean \"echo\"?"
    );
    assert_eq!(api.delete("stubs/echo").json(200), json!({"removed": 1}));
    assert_eq!(api.delete("stubs").json(200), json!({"removed": 1}));
    assert_eq!(api.get("stubs").json(200), json!({"stubs": []}));
}

#[test]
fn files_come_along_and_none_of_the_machine_is_read() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let stub = |files: serde_json::Value| {
        let mut stub = json!({"name": "row", "when": {"packet": "PUBLISH", "topic": "go"},
                              "publish": {"topic": "row", "file": "/etc/hostname"}});
        stub.as_object_mut()
            .unwrap()
            .extend(files.as_object().unwrap().clone());
        stub
    };
    let problem = api.post("stubs", &stub(json!({}))).problem(422);
    assert!(
        problem.contains("no file of the broker's machine is read"),
        "{problem}"
    );
    for wrong in [
        json!({"files": 3}),
        json!({"files": {"x": 3}}),
        json!({"files": {"x": {"base64": "?"}}}),
    ] {
        api.post("stubs", &stub(wrong)).problem(422);
    }
    api.post(
        "stubs",
        &stub(json!({"files": {"/etc/hostname": {"base64": "b3du"}}})),
    )
    .json(201);
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.subscribe("row", QoS::AtMostOnce);
    lamp.send(&Packet::Publish(message("go", "", QoS::AtMostOnce)));
    broker.expect(publish("row").to("lamp").text("own")).wait();

    let device = json!({"name": "meter", "telemetry": {"topic": "m", "every_secs": 1, "payload": "{{ line('rows.csv').t }}"}});
    api.post("devices", &device).problem(422);
}

#[test]
fn scenarios_are_seen_moved_and_begun_anew() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    assert_eq!(
        api.get("scenarios/door").json(200),
        json!({"name": "door", "state": "Started"})
    );
    let open = json!({"name": "door", "state": "open"});
    assert_eq!(
        api.put("scenarios/door/state", &json!({"state": "open"}))
            .json(200),
        open
    );
    assert_eq!(api.get("scenarios").json(200), json!({"scenarios": [open]}));
    api.put("scenarios/door/state", &json!({"state": "x".repeat(1001)}))
        .problem(422);
    api.put("scenarios/door/state", &json!({"stat": "x"}))
        .problem(422);
    assert_eq!(
        api.post("scenarios/reset", &json!({})).json(200),
        json!({"scenarios": []})
    );
    assert_eq!(broker.scenarios().state("door").wait().unwrap(), "Started");
    api.put("scenarios/door/state", &json!({"state": "open"}))
        .json(200);
    assert_eq!(
        api.put("scenarios/door/state", &json!({})).json(200)["state"],
        "Started"
    );
}

#[test]
fn devices_live_are_replaced_and_leave() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    api.post("clock/freeze", &json!({})).json(200);
    let lamps = json!({"name": "lamp", "count": 3, "answer": {"to": "set", "publish": {"topic": "state", "payload": "{{ message.payload }}"}}});
    let added = api.post("devices", &lamps).json(201);
    assert_eq!(
        (&added["name"], &added["count"]),
        (&json!("lamp"), &json!(3)),
        "{added}"
    );
    api.post("devices", &lamps).problem(409);
    for n in 1..=3 {
        broker
            .wait_subscribed(&format!("lamp-{n}"), "set")
            .wait()
            .unwrap();
    }
    broker.publish(Injected::text("set", "on")).wait().unwrap();
    broker.expect(publish("state").from("lamp-3").text("on")).wait();
    broker.settle().wait().unwrap();
    let listed = api.get("devices").json(200);
    assert_eq!(
        (
            &listed["devices"][0]["connected"],
            &listed["devices"][0]["published"]
        ),
        (&json!(3), &json!(3))
    );
    let second = api.get("devices/lamp?after=1&limit=1").json(200);
    assert_eq!(
        (&second["count"], &second["clients"][0]["client_id"]),
        (&json!(3), &json!("lamp-2"))
    );
    assert_eq!(second["clients"].as_array().unwrap().len(), 1);
    for wrong in ["limit=0", "limit=1001", "limt=3", "after=x"] {
        api.get(&format!("devices/lamp?{wrong}")).problem(422);
    }

    let one = json!({"keep_alive_secs": 30});
    assert_eq!(api.put("devices/lamp", &one).json(200)["count"], 1);
    broker.wait_connected("lamp").wait().unwrap();
    broker.wait_disconnected("lamp-1").wait().unwrap();
    let problem = api.put("devices/lamp", &json!({"keep_alive_sec": 30})).json(422);
    assert_eq!(problem["path"], "keep_alive_sec", "{problem}");
    api.delete("devices/lmap").problem(404);
    assert_eq!(api.delete("devices/lamp").json(200), json!({"removed": 1}));
    broker.wait_disconnected("lamp").wait().unwrap();
    assert_eq!(api.get("devices").json(200), json!({"devices": []}));
    api.post("devices", &lamps).json(201);
    assert_eq!(api.delete("devices").json(200), json!({"removed": 3}));
}
