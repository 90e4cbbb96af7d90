//! What a stub says, and what it cannot.

use serde_json::{Value as Json, json};

use super::super::read::KEYS;
use super::super::*;
use crate::pattern::publish;
use crate::time::Time;

#[test]
fn what_cannot_work_is_refused_with_its_place_and_the_nearest_right_thing() {
    let refused = |json: Json| {
        let added = Stub::from_json(&json).and_then(|stub| Stubs::default().add(Time::ZERO, stub, false));
        added.unwrap_err().to_string()
    };
    let on = json!({"packet": "PUBLISH", "topic": "a"});
    for (stub, error) in [
        (
            json!({"name": "x", "wen": on}),
            "stub \"x\": wen: there is no such key (did you mean \"when\"?); there are name, ",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topc": "a"}}),
            "stub \"x\": publish.topc: there is no such key (did you mean \"topic\"?)",
        ),
        (
            json!({"name": "x", "when": {"packet": "PUBLISH", "topik": "a"}, "publish": []}),
            "stub \"x\": when: there is no field \"topik\" here (did you mean \"topic\"?)",
        ),
        (
            json!({"when": on, "publish": {"topic": "a/+"}}),
            "stub \"stub-1\": publish.topic: ",
        ),
        (
            json!({"name": "x", "when": on, "publish": [{"topic": "a"}, {"topic": "a", "payload": "{{ mesage.topic }}"}]}),
            "stub \"x\": publish[1].payload: line 1, column 4: there is no \"mesage\" here (did you mean \"message\"?)",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topic": "a", "json": {"b": ["{{ 1 | uper }}"]}}}),
            "stub \"x\": publish.json.b[0]: line 1, column 8: there is no filter \"uper\"",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topic": "a", "qos": 3}}),
            "stub \"x\": publish.qos: this is a whole number from 0 to 2, not 3",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"payload": "a"}}),
            "stub \"x\": publish.topic: a message has a topic",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topic": "a", "payload": "a", "json": 1}}),
            "stub \"x\": publish.json: a message has one payload",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topic": "a", "base64": "?"}}),
            "stub \"x\": publish.base64: this is not Base64",
        ),
        (
            json!({"name": "x", "when": on}),
            "stub \"x\": publish: a stub publishes something",
        ),
        (
            json!({"name": "x", "publish": {"topic": "a"}}),
            "stub \"x\": when: a stub says what it answers",
        ),
        (
            json!({"name": "x", "when": on, "every_secs": 1}),
            "stub \"x\": when: a stub has one of",
        ),
        (
            json!({"name": "x", "every_secs": 0, "publish": {"topic": "a"}}),
            "stub \"x\": every_secs: a period is 0.001 seconds or more",
        ),
        (
            json!({"name": "x", "every_secs": -1, "publish": {"topic": "a"}}),
            "stub \"x\": every_secs: -1 seconds",
        ),
        (
            json!({"name": "x", "every_secs": 1, "publish": {"topic": "{{ message.topic }}"}}),
            "stub \"x\": publish.topic: line 1, column 4: there is no \"message\" here",
        ),
        (
            json!({"name": "x", "every_secs": 1, "publish": {"reply": true}}),
            "stub \"x\": publish.reply: only a message can be replied to",
        ),
        (
            json!({"name": "x", "when": on, "new_state": "b"}),
            "stub \"x\": scenario: ",
        ),
        (
            json!({"name": "x", "when": {"packet": "CONNACK"}, "publish": {"topic": "a"}}),
            "stub \"x\": when: ",
        ),
        (
            json!({"name": "x", "when": {"event": "stub_answered"}, "publish": {"topic": "a"}}),
            "stub \"x\": when: a stub does not answer what stubs do",
        ),
        (
            json!({"name": "x", "when": {"client_id": "a"}, "publish": {"topic": "a"}}),
            "stub \"x\": when: a stub answers what clients send: say packet",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topic": "a", "delay": -1}}),
            "stub \"x\": publish.delay: this is a whole number from 0 to 4294967295, not -1",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topic": "a", "delayDistribution": {"type": "normal"}}}),
            "stub \"x\": publish.delayDistribution.type: ",
        ),
        (
            json!({"name": "x", "when": on, "publish": {"topic": "a", "properties": {"user_property": {"a": 1}}}}),
            "stub \"x\": publish.properties.user_property.a: a value is a text, not 1",
        ),
        (json!(7), "a stub: this is an object with keys, not 7"),
    ] {
        let found = refused(stub.clone());
        assert!(found.starts_with(error), "{stub}\n  {found}\n  {error}");
    }
    let mut stubs = Stubs::default();
    let twice = || Stub::on(publish("a")).named("x").publish("b", "");
    stubs.add(Time::ZERO, twice(), false).unwrap();
    assert!(
        stubs
            .add(Time::ZERO, twice(), false)
            .unwrap_err()
            .to_string()
            .contains("already")
    );
}

#[test]
fn a_stub_is_the_same_after_json() {
    let full = json!({
        "name": "x", "priority": 1, "when": {"packet": "PUBLISH", "direction": "in", "topic": "a/+", "qos": 1},
        "nth": 1, "every": 2, "first": 3, "after": 4, "max_times": 5,
        "scenario": "s", "required_state": "a", "new_state": "b", "continue": true, "cycle": true,
        "publish": [
            {"topic": "t", "reply": true, "payload": "p", "qos": 2, "retain": true, "delay": 2, "jitter": 1, "properties": {
                "payload_format_indicator": 1, "message_expiry_interval": 60, "content_type": "c", "response_topic": "r",
                "correlation_data": "d", "user_property": [{"name": "n", "value": "v"}],
            }},
            {"topic": "t", "json": {"a": "{{ 1 }}"}, "delayDistribution": {"type": "uniform", "lower": 1.0, "upper": 2.0}},
            {"topic": "t", "base64": "AA==", "delayDistribution": {"type": "lognormal", "median": 1.0, "sigma": 0.5}},
            {"topic": "t", "file": "f"},
        ],
    });
    assert_eq!(Stub::from_json(&full).unwrap().to_json(), full);
    for timer in [
        json!({"every_secs": 5.0, "publish": {"topic": "t"}}),
        json!({"after_secs": 0.5, "publish": {"topic": "t"}}),
    ] {
        assert_eq!(Stub::from_json(&timer).unwrap().to_json(), timer);
    }
    for (nth, keys) in KEYS.iter().enumerate() {
        // Each key is one that the full stub has, or a payload or a time in its place.
        let has = |at: &Json, key: &str| at.get(key).is_some();
        let place = [&full, &full["publish"][0], &full["publish"][0]["properties"]][nth];
        let instead = [
            "every_secs",
            "after_secs",
            "json",
            "base64",
            "file",
            "delayDistribution",
        ];
        assert!(
            keys.iter()
                .all(|(key, _)| has(place, key) || instead.contains(key))
        );
    }
}
