//! Formulas against templates; errors of descriptions.

use std::time::Duration;

use serde_json::json;

use super::compiled::{self, Context, Previous, Text};
use super::formula::{Filled, Formula, Names};
use super::number::Number;
use super::*;
use crate::chance::Rng;
use crate::template::{Feed, Files, Template};
use crate::time::Time;

fn context<'a>(
    t: f64,
    chance: &'a mut Rng,
    feed: &'a mut Feed,
    previous: Option<&'a Previous>,
) -> Context<'a> {
    Context {
        now: Time::ZERO,
        t,
        n: 7,
        count: 500,
        client_id: "lamp-7",
        previous,
        row: None,
        message: None,
        chance,
        feed,
    }
}

#[test]
fn a_formula_gives_the_very_bytes_of_the_template_and_draws_the_same_chance() {
    let scope = compiled::scope().with("previous");
    for source in [
        "{{ 20 + 5 * sin(t / 3600) }}",
        "{{ (20 + 5 * sin(t / 3600)) | round(2) }}",
        "{{ t }} {{ n }} {{ count }} {{ pi }}",
        "lamp/{{ n }}/x{{n+1}}",
        "{{ -n + 3 - -2 }}{{ 7 % 3 }}{{ 7.5 % 2 }}{{ n * n / 2 }}",
        "{{ random_int(1, 6) }},{{ random_decimal(0, 1) }},{{ random_normal(20, 0.5) | round(1) }}",
        "{{ (previous + random_normal(0, 0.1)) | round(2) }}",
        "{{ clamp(previous * 3, 0, 50) }} {{ floor(t) }} {{ ceil(t / 7) }} {{ sqrt(n) }} {{ ln(n) }} {{ exp(1) }} {{ cos(t) }} {{ tan(1) }}",
        "{{ (0 - 3) | abs }} {{ (0.0 - 2.5) | abs | round }} {{ 2.5 | round }} {{ 0.125 | round(2) }} {{ 1e3 }}",
        r#"{"temperature": {{ 20 + 0.1 * n }}, "on": true}"#,
        "{{ 1 / 3 }}{{ 100000000000.0 * 1000000000000.0 }}{{ 0.0000001 }}",
        "{{ n ** 2 }} {{ 7 // 2 }} {{ n - 1 if n else 2 }}",
    ] {
        let template = Template::new(source, &scope).unwrap();
        let text = Text::new(source, &scope).unwrap();
        let previous = Previous::Number(Number::Real(20.25));
        let (mut one, mut two) = (Rng::new(3), Rng::new(3));
        for t in [0.0, 5.0, 1234.5, 86_400.0] {
            let mut feed = Feed::default();
            let quick = text
                .text(&mut context(t, &mut one, &mut feed, Some(&previous)))
                .unwrap();
            let slow = Text::Template(template.clone());
            let slow = slow
                .text(&mut context(t, &mut two, &mut feed, Some(&previous)))
                .unwrap();
            assert_eq!(quick, slow, "{source}");
            assert_eq!(one.state(), two.state(), "{source}");
        }
    }
}

#[test]
fn what_is_plain_arithmetic_is_a_formula_and_nothing_else() {
    for source in [
        "{{ 20 + 5 * sin(t / 3600) }}",
        "a{{ n }}",
        "{{ (previous + random_normal(0, 0.1)) | round(2) }}",
    ] {
        assert!(Formula::of(source).is_some(), "{source}");
    }
    for source in [
        "{{ n ** 2 }}",
        "{{- n }}",
        "{{ x }}",
        "{{ previous.a }}",
        "{% if n %}{% endif %}",
        "{{ n | upper }}",
        "{{ n",
        "{{ 1e3 }}",
        "{{ n }}\n",
    ] {
        assert!(Formula::of(source).is_none(), "{source}");
    }
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(100), ")".repeat(100));
    assert!(Formula::of(&nested).is_none());
    // What cannot be told is left to the template, and nothing is appended.
    let formula = Formula::of("a{{ 1 / (n - 7) }}").unwrap();
    let names = Names {
        t: 0.0,
        n: 7,
        count: 1,
        previous: None,
    };
    let mut out = Vec::new();
    assert_eq!(formula.fill(&names, &mut Rng::new(1), &mut out), Filled::Unknown);
    assert!(out.is_empty());
}

fn refused(device: serde_json::Value) -> String {
    let added = device_from_json(&device)
        .and_then(|device| Devices::new(7).add(Time::ZERO, device, &Files::default(), Duration::ZERO));
    added.unwrap_err().to_string()
}

#[test]
fn what_cannot_work_is_an_error_with_its_place_and_what_would_be_right() {
    for (device, error) in [
        (
            json!({"nam": "x"}),
            "a device: nam: there is no such key (did you mean \"name\"?); there are name, count, ",
        ),
        (
            json!({"count": 3}),
            "a device: name: it is needed, and it is not there",
        ),
        (
            json!({"name": "a", "keep_alive": 3}),
            r#"device "a": keep_alive: there is no such key (did you mean "keep_alive_secs"?)"#,
        ),
        (
            json!({"name": "a", "version": "4"}),
            r#"device "a": version: this is one of "3.1", "3.1.1", "5.0", not "4""#,
        ),
        (
            json!({"name": "a", "count": 0}),
            r#"device "a": count: this is a whole number from 1 to 100000, not 0"#,
        ),
        (
            json!({"name": "a", "count": 2, "client_id": "b"}),
            r#"device "a": client_id: all clients of the group would have it"#,
        ),
        (
            json!({"name": "a", "client_id": "{{ m }}"}),
            r#"device "a": client_id: line 1, column 4: there is no "m" here"#,
        ),
        (
            json!({"name": "a", "telemetry": {"topic": "a", "every_secs": 5}}),
            r#"device "a": telemetry[0].payload: telemetry needs a payload, or rows"#,
        ),
        (
            json!({"name": "a", "telemetry": [{"topic": "a/+", "payload": "x", "every_secs": 5}]}),
            r#"device "a": telemetry[0].topic: "a/+" is no topic name"#,
        ),
        (
            json!({"name": "a", "telemetry": [{"topic": "a", "payload": "x", "every_secs": 0}]}),
            r#"device "a": telemetry[0].every_secs: 0 seconds cannot be"#,
        ),
        (
            json!({"name": "a", "telemetry": [{"topic": "a", "payload": "x", "every_secs": 1, "qos": 3}]}),
            r#"device "a": telemetry[0].qos: this is a whole number from 0 to 2, not 3"#,
        ),
        (
            json!({"name": "a", "telemetry": [{"topic": "a", "payload": {"x": ["{{ sinn(t) }}"]}, "every_secs": 1}]}),
            r#"device "a": telemetry[0].payload.x[0]: line 1, column 4: there is no "sinn" here (did you mean "sin"?)"#,
        ),
        (
            json!({"name": "a", "telemetry": [{"topic": "a", "payload": "{{ previous }}", "every_secs": 1}]}),
            r#"device "a": telemetry[0].payload: line 1, column 4: there is no "previous" here"#,
        ),
        (
            json!({"name": "a", "telemetry": [{"topic": "a", "rows": "x.csv", "every_secs": 1}]}),
            r#"device "a": telemetry[0].rows: the file "x.csv" was not read"#,
        ),
        (
            json!({"name": "a", "answer": {"to": "a/#/b"}}),
            r#"device "a": answer[0].to: "a/#/b" is no topic filter"#,
        ),
        (
            json!({"name": "a", "answer": [{"to": "a", "publish": {"topic": "{{ message.topik }}"}}]}),
            r#"device "a": answer[0].publish[0].topic: line 1, column 12: there is no "topik" in message"#,
        ),
        (
            json!({"name": "a", "stages": [{"run_secs": 3}]}),
            r#"device "a": stages: no stage connects"#,
        ),
        (
            json!({"name": "a", "stages": [{"storm": 3}]}),
            r#"device "a": stages[0].storm: there is no such key; there are connect_secs, run_secs, storm_secs, leave_secs, goodbye"#,
        ),
        (
            json!({"name": "a", "stages": [{"connect_secs": -1}]}),
            r#"device "a": stages[0].connect_secs: -1 seconds cannot be"#,
        ),
        (
            json!({"name": "a", "password": "x", "version": "3.1.1"}),
            r#"device "a": password: only MQTT 5.0"#,
        ),
        (
            json!({"name": "a", "keep_alive_secs": 65536}),
            r#"device "a": keep_alive_secs: this is a whole number from 0 to 65535, not 65536"#,
        ),
        (
            json!({"name": "a", "will": {"payload": "x"}}),
            r#"device "a": will.topic: it is needed, and it is not there"#,
        ),
        (
            json!({"name": "a", "password": ["secret"]}),
            r#"device "a": password: this is a text"#,
        ),
        (
            json!({"name": "a", "telemetry": 5}),
            r#"device "a": telemetry: this is a table or a list of tables, not 5"#,
        ),
        (
            json!({"name": "a", "stages": [{"run_secs": 3, "storm_secs": 3}]}),
            r#"device "a": stages[0]: a stage has one of connect_secs"#,
        ),
    ] {
        let said = refused(device.clone());
        assert!(said.starts_with(error), "{device}\n  {said}\n  {error}");
        assert!(!said.contains("secret"));
    }
    let hint = refused(
        json!({"name": "a", "telemetry": {"topic": "a", "payload": "{{ previous }}", "every_secs": 1}}),
    );
    assert!(hint.contains("with `initial`"), "{hint}");
}

#[test]
fn a_device_is_the_same_as_json() {
    let device = Device::new("lamp")
        .count(3)
        .will(DeviceWill::new("w", "gone").delay_secs(3))
        .telemetry(
            "t",
            Every::secs(5).jitter(Duration::from_millis(500)),
            json!({"x": "{{ t }}"}),
        )
        .answers(DeviceAnswer::to("cmd").with(Say::new("state", "on").qos(1)))
        .stages([
            Stage::connect_secs(3.0),
            Stage::storm_secs(1.5),
            Stage::leave_secs(0.0),
        ]);
    let json = serde_json::to_value(&device).unwrap();
    assert_eq!(device_from_json(&json).unwrap(), device);
    let secret = serde_json::to_string(&Device::new("a").user("u", "hush")).unwrap();
    assert!(!secret.contains("hush"), "{secret}");
}
