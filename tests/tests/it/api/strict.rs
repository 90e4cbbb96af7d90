//! A request that says what its route does not take changes nothing.

use broker::Broker;
use broker::fault::Rule;
use broker::pattern::puback;
use serde_json::json;
use tests::harness::api::Api;

#[test]
fn a_filter_that_a_route_does_not_know_destroys_nothing() {
    let broker = Broker::start().wait().unwrap();
    broker
        .faults()
        .add(Rule::on(puback()).drop_it().named("loss"))
        .wait()
        .unwrap()
        .keep();
    let api = Api::of(&broker);
    for (method, path) in [
        ("DELETE", "/api/v1/faults?name=other"),
        ("DELETE", "/api/v1/retained?topic=a"),
        ("POST", "/api/v1/reset?dry=1"),
    ] {
        let said = api.ask(method, path, &[], b"").problem(422);
        assert!(said.contains("takes no parameters"), "{method} {path}: {said}");
    }
    for body in [json!({"dry": true}), json!([])] {
        let said = api.post("/api/v1/reset", &body).problem(422);
        assert!(said.contains("takes no body"), "{body}: {said}");
    }
    assert_eq!(broker.faults().list().wait().unwrap().len(), 1);
    api.post("/api/v1/reset", &json!({})).json(200);
    assert!(broker.faults().list().wait().unwrap().is_empty());
}

#[test]
fn a_list_is_no_object_wherever_it_stands() {
    let (_broker, api) = super::start();
    for (route, body, path) in [
        (
            "expectations",
            json!({"steps": [[{"packet": "CONNECT"}, 1]]}),
            "steps[0]",
        ),
        (
            "expectations",
            json!({"pattern": {"packet": "CONNECT"}, "times": [1, 2]}),
            "times",
        ),
        (
            "publish",
            json!({"topic": "a", "properties": [1, 60]}),
            "properties",
        ),
        ("interruptions", json!(["lamp", 30]), ""),
    ] {
        let problem = api.post(route, &body).json(422);
        assert_eq!(
            problem["path"].as_str().unwrap_or_default(),
            path,
            "{route} {body}: {problem}"
        );
        assert!(
            problem["detail"].as_str().unwrap().contains("object"),
            "{problem}"
        );
    }
}
