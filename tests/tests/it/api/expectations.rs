//! Expectations, and the reports of those that are not met.

use broker::QoS;
use broker::wire::Version;
use serde_json::json;
use tests::harness::{Client, message};

use super::start;

#[test]
fn an_expectation_is_met_or_tells_what_came_closest() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("lamp/1", "on", QoS::AtLeastOnce));

    let met = api.post(
        "expectations",
        &json!({"pattern": {"packet": "PUBLISH", "topic": "lamp/1", "direction": "in"}, "times": 1}),
    );
    let met = met.json(200);
    assert_eq!((&met["count"], &met["unproven"]), (&json!(1), &json!(null)));
    assert_eq!(met["packets"][0]["payload"], "on");
    let steps = json!({"steps": [
        {"pattern": {"packet": "CONNECT", "client_id": "lamp"}},
        {"pattern": {"packet": "PUBLISH", "topic": "lamp/1"}, "times": {"min": 1, "max": 2}},
        {"pattern": {"packet": "PUBLISH", "topic": "alarm"}, "times": 0},
    ]});
    assert_eq!(api.post("expectations", &steps).json(200)["count"], 2);
    assert_eq!(
        api.post(
            "expectations",
            &json!({"never": {"packet": "PUBLISH", "topic": "alarm"}})
        )
        .json(200)["count"],
        0
    );

    let asked = json!({"pattern": {"packet": "PUBLISH", "topic": "lamp/1", "payload": "off", "direction": "in"}, "timeout_secs": 0.01});
    let reply = api.post("expectations", &asked);
    let detail = reply.problem(417);
    assert!(detail.contains(r#"payload "on", not "off""#), "{detail}");
    let failure = &reply.json(417)["failure"];
    assert_eq!(failure["nearest"][0]["entry"]["topic_name"], "lamp/1");
    assert_eq!(
        failure["nearest"][0]["differences"],
        json!([{"field": "payload", "found": "\"on\"", "wanted": "\"off\""}])
    );
    assert_eq!(failure["waited_secs"], 0.01);

    // Never is decided at once, and not by waiting.
    let detail = api
        .post(
            "expectations",
            &json!({"never": {"topic": "lamp/1", "direction": "in"}, "timeout_secs": 600}),
        )
        .problem(417);
    assert!(detail.contains("it came once, wanted: never"), "{detail}");
}

#[test]
fn a_mark_and_a_number_say_from_where_on() {
    let (broker, api) = start();
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("a", "1", QoS::AtLeastOnce));
    let mark = api.post("mark", &json!({})).json(200);
    let never = json!({"never": {"packet": "PUBLISH"}});
    assert_eq!(api.post("expectations", &never).json(200)["count"], 0);
    lamp.publish(&message("a", "2", QoS::AtLeastOnce));
    let one = json!({"pattern": {"packet": "PUBLISH"}, "times": 1});
    assert_eq!(
        api.post("expectations", &one).json(200)["packets"][0]["payload"],
        "2"
    );
    let both = json!({"pattern": {"packet": "PUBLISH"}, "times": 2, "after": 0});
    assert_eq!(api.post("expectations", &both).json(200)["count"], 2);
    let later = json!({"pattern": {"packet": "PUBLISH"}, "after": mark["after"]});
    assert_eq!(
        api.post("expectations", &later).json(200)["packets"][0]["payload"],
        "2"
    );
}

#[test]
fn an_expectation_that_makes_no_sense_is_refused() {
    let (_broker, api) = start();
    for (asked, path, says) in [
        (
            json!({}),
            "pattern",
            "exactly one of `pattern`, `never` and `steps` is to be there",
        ),
        (json!({"pattern": {}, "never": {}}), "never", "exactly one of"),
        (json!({"steps": []}), "steps", "there is none"),
        (
            json!({"never": {}, "times": 2}),
            "times",
            "it says how often `pattern` comes",
        ),
        (
            json!({"pattern": {}, "times": "two"}),
            "times",
            "expected a number of times, or an object with `min`",
        ),
        (
            json!({"steps": [{"pattern": {}}, {"pattern": {"qos": 9}}]}),
            "steps[1].pattern",
            "qos is never 9",
        ),
        (
            json!({"steps": [{"pattern": {}, "time": 3}]}),
            "steps[0].time",
            "did you mean `times`?",
        ),
        (
            json!({"pattern": {}, "within": 3}),
            "within",
            "unknown field `within`",
        ),
    ] {
        let reply = api.post("expectations", &asked);
        let detail = reply.problem(422);
        assert!(detail.contains(says), "{asked}: {detail}");
        assert_eq!(reply.json(422)["path"], path, "{asked}: {detail}");
    }
}

#[test]
fn a_client_of_the_api_that_goes_cancels_its_wait_and_nothing_else() {
    let (broker, api) = start();
    let waiting = r#"{"pattern": {"topic": "lamp"}, "timeout_secs": 600}"#;
    let (gone, stays) = (
        api.begin("POST", "messages/wait", &[], waiting.as_bytes()),
        api.begin("POST", "messages/wait", &[], waiting.as_bytes()),
    );
    drop(gone);
    let mut lamp = Client::new(broker.addr(), Version::V311, "lamp");
    lamp.publish(&message("lamp", "on", QoS::AtLeastOnce));
    assert_eq!(stays.end().json(200)["message"]["payload"], "on");
}
