//! The clock over HTTP.

use broker::Broker;
use serde_json::{Value, json};
use tests::harness::api::Api;

#[test]
fn the_clock_stops_is_moved_and_goes_on() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    assert_eq!(api.get("clock").json(200)["frozen"], false);
    let frozen = api.post("clock/freeze", &Value::Null).json(200);
    assert_eq!(frozen["frozen"], true);
    assert_eq!(api.get("clock").json(200), frozen);

    let now = |clock: Value| clock["now_secs"].as_f64().unwrap();
    let then = now(frozen);
    let moved = now(api.post("clock/advance", &json!({"secs": 3600.5})).json(200));
    assert!((moved - then - 3600.5).abs() < 1e-6, "{then} {moved}");
    let moved = api
        .post(
            "clock/fast_forward",
            &json!({"until_secs": 7200, "timeout_secs": 5}),
        )
        .json(200);
    assert_eq!(moved, json!({"now_secs": 7200.0, "frozen": true}));

    assert_eq!(api.post("clock/resume", &json!({})).json(200)["frozen"], false);
}

#[test]
fn a_time_that_is_none_moves_nothing() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    let frozen = api.post("clock/freeze", &json!({})).json(200);
    for wrong in [
        json!({}),
        json!({"secs": 1, "until_secs": 2}),
        json!({"secs": -1}),
        json!({"secs": 1e300}),
        json!({"secs": "1h"}),
        json!({"sec": 1}),
        json!({"secs": 1, "timeout_secs": 601}),
    ] {
        let problem = api.post("clock/advance", &wrong).problem(422);
        assert!(problem.contains("secs"), "{problem}");
    }
    assert_eq!(api.get("clock").json(200), frozen);
}

#[test]
fn the_clock_does_not_reach_the_end_of_time() {
    let broker = Broker::start().wait().unwrap();
    let api = Api::of(&broker);
    api.post("clock/freeze", &json!({})).json(200);
    let now = api.get("clock").json(200);
    for far in [json!({"secs": 1e11}), json!({"until_secs": 9_300_000_000u64})] {
        let said = api.post("clock/advance", &far).problem(422);
        assert!(
            said.contains("the clock cannot be moved so far: it goes to 9223372036"),
            "{said}"
        );
    }
    assert_eq!(api.get("clock").json(200), now);
    // Near its end everything works as before.
    api.post("clock/advance", &json!({"until_secs": 9_223_372_036u64}))
        .json(200);
    api.get("info").json(200);
}

#[test]
fn a_clock_that_does_not_come_so_far_says_where_it_stands_and_what_to_do() {
    let (_broker, api) = super::start();
    api.post("clock/freeze", &json!({})).json(200);
    let tick = json!({"name": "tick", "every_secs": 0.001, "publish": {"topic": "tick", "payload": "x"}});
    api.post("stubs", &tick).json(201);
    let before = api.get("clock").json(200)["now_secs"].as_f64().unwrap();
    let far = json!({"secs": 10_000_000, "timeout_secs": 0.05});
    for route in ["clock/advance", "clock/fast_forward"] {
        let problem = api.post(route, &far).json(417);
        let said = problem["detail"].as_str().unwrap();
        for words in [
            "it shows ",
            " are left",
            "Move it on by the rest",
            "`timeout_secs`",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert!(!said.contains("set_deadline"), "{said}");
        let now = api.get("clock").json(200)["now_secs"].as_f64().unwrap();
        assert_eq!(problem["now_secs"], now);
        assert!(problem["left_secs"].as_f64().is_some_and(|left| left > 1.0));
        assert!(now > before);
    }
}
