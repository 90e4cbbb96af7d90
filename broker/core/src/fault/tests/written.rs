//! Rules in Rust and in JSON are the same rules.

use serde_json::{Value as Json, json};

use super::super::{Rule, Toxic};
use crate::pattern::{Is, connack, connect, packet, pingreq, puback, publish, pubrel, suback, subscribe};
use crate::wire::ReasonCode;

/// Every rule of the builders, with its JSON.
fn pairs() -> Vec<(Rule, Json)> {
    let of_lamp = json!({"packet": "PUBACK", "direction": "out", "client_id": "lamp"});
    vec![
        (
            Rule::on(pubrel().from("lamp")).nth(1).drop_it().named("lost"),
            json!({"name": "lost", "when": {"packet": "PUBREL", "direction": "in", "client_id": "lamp"}, "nth": 1, "action": "drop"}),
        ),
        (
            Rule::on(puback().to("lamp"))
                .every(3)
                .latency(100)
                .jitter(20)
                .priority(1)
                .named("late"),
            json!({"name": "late", "priority": 1, "when": of_lamp, "every": 3,
                   "action": {"type": "latency", "latency": 100, "jitter": 20}}),
        ),
        (
            Rule::on(puback().to("lamp"))
                .first(2)
                .latency_lognormal(80.0, 0.5)
                .named("tail"),
            json!({"name": "tail", "when": of_lamp, "first": 2, "action": {"type": "latency",
                   "delayDistribution": {"type": "lognormal", "median": 80.0, "sigma": 0.5}}}),
        ),
        (
            Rule::on(puback().to("lamp"))
                .after(2)
                .latency_uniform(1.0, 9.0)
                .named("even"),
            json!({"name": "even", "when": of_lamp, "after": 2, "action": {"type": "latency",
                   "delayDistribution": {"type": "uniform", "lower": 1.0, "upper": 9.0}}}),
        ),
        (
            Rule::on(puback().to("lamp"))
                .duplicate()
                .toxicity(0.5)
                .for_user("ann")
                .at_listener("tls")
                .named("twice"),
            json!({"name": "twice", "when": of_lamp, "user": "ann", "listener": "tls", "toxicity": 0.5, "action": "duplicate"}),
        ),
        (
            Rule::on(puback().to("lamp")).hold().named("kept"),
            json!({"name": "kept", "when": of_lamp, "action": "hold"}),
        ),
        (
            Rule::on(puback().to("lamp"))
                .hold_at_most(9)
                .named("kept a while"),
            json!({"name": "kept a while", "when": of_lamp, "action": {"type": "hold", "timeout": 9}}),
        ),
        (
            Rule::on(puback().to("lamp")).reorder(2).named("swapped"),
            json!({"name": "swapped", "when": of_lamp, "action": {"type": "reorder", "behind": 2, "timeout": 1000}}),
        ),
        (
            Rule::on(puback().to("lamp")).corrupt(2).named("noise"),
            json!({"name": "noise", "when": of_lamp, "action": {"type": "corrupt", "bytes": 2, "at": "body"}}),
        ),
        (
            Rule::on(puback().to("lamp")).truncate(1).named("short"),
            json!({"name": "short", "when": of_lamp, "action": {"type": "truncate", "keep": 1}}),
        ),
        (
            Rule::on(connack())
                .edit(json!({"session_present": true}))
                .named("lie"),
            json!({"name": "lie", "when": {"packet": "CONNACK", "direction": "out"},
                   "action": {"type": "edit", "set": {"session_present": true}}}),
        ),
        (
            Rule::on(puback().to("lamp"))
                .replace(json!({"base64": "QAIAAQ=="}))
                .named("other"),
            json!({"name": "other", "when": of_lamp, "action": {"type": "replace", "with": {"base64": "QAIAAQ=="}}}),
        ),
        (
            Rule::on(subscribe())
                .answer(json!({"packet": "SUBACK", "reason_codes": [135]}))
                .named("no"),
            json!({"name": "no", "when": {"packet": "SUBSCRIBE", "direction": "in"},
                   "action": {"type": "answer", "with": {"packet": "SUBACK", "reason_codes": [135]}}}),
        ),
        (
            Rule::on(subscribe()).answer_early(500).named("early"),
            json!({"name": "early", "when": {"packet": "SUBSCRIBE", "direction": "in"},
                   "action": {"type": "answer_early", "latency": 500}}),
        ),
        (
            Rule::on(connect())
                .refuse(ReasonCode::SERVER_BUSY)
                .in_state("day", "night")
                .then_state("day", "day")
                .named("busy"),
            json!({"name": "busy", "when": {"packet": "CONNECT", "direction": "in"},
                   "scenario": "day", "required_state": "night", "new_state": "day",
                   "action": {"type": "refuse", "reason_code": 0x89}}),
        ),
        (
            Rule::on(suback())
                .disconnect_after()
                .for_client(Is::matching("^a"))
                .named("gone"),
            json!({"name": "gone", "when": {"packet": "SUBACK", "direction": "out"}, "client": {"matches": "^a"},
                   "action": {"type": "disconnect", "after": true}}),
        ),
        (
            Rule::on(suback())
                .disconnect_with(ReasonCode::SERVER_SHUTTING_DOWN)
                .named("shut"),
            json!({"name": "shut", "when": {"packet": "SUBACK", "direction": "out"},
                   "action": {"type": "disconnect", "reason_code": 0x8B}}),
        ),
        (
            Rule::on(suback()).half_open().named("half"),
            json!({"name": "half", "when": {"packet": "SUBACK", "direction": "out"},
                   "action": {"type": "disconnect", "how": "half_open"}}),
        ),
        (
            Rule::on(pingreq())
                .send_to_client(json!({"packet": "PUBACK", "packet_identifier": 7}))
                .named("surprise"),
            json!({"name": "surprise", "when": {"packet": "PINGREQ", "direction": "in"},
                   "action": {"type": "send", "packets": {"packet": "PUBACK", "packet_identifier": 7}, "to": "client"}}),
        ),
        (
            Rule::on(packet().of("lamp")).drop_it().named("deaf"),
            json!({"name": "deaf", "when": {"record": "packet", "client_id": "lamp"}, "action": "drop"}),
        ),
        (
            Rule::for_bytes()
                .of("lamp")
                .upstream()
                .latency(100)
                .jitter(20)
                .toxicity(0.5)
                .named("radio"),
            json!({"name": "radio", "client": "lamp", "type": "latency", "stream": "upstream", "toxicity": 0.5,
                   "attributes": {"latency": 100, "jitter": 20}}),
        ),
        (
            Rule::for_bytes()
                .bandwidth(9)
                .until(std::time::Duration::from_millis(1_500))
                .named("narrow"),
            json!({"name": "narrow", "type": "bandwidth", "stream": "downstream", "attributes": {"rate": 9}, "to_secs": 1.5}),
        ),
        (
            Rule::for_bytes().reset_after(9).named("torn"),
            json!({"name": "torn", "type": "limit_data", "stream": "downstream", "attributes": {"bytes": 9, "reset": true}}),
        ),
        (
            Rule::for_bytes().both_ways().stall().named("still"),
            json!({"name": "still", "type": "stall", "stream": "both"}),
        ),
        (
            Rule::for_bytes().down().named("down"),
            json!({"name": "down", "type": "down"}),
        ),
    ]
}

#[test]
fn what_is_built_is_what_is_read_and_written() {
    for (built, json) in pairs() {
        built.check().unwrap();
        assert_eq!(serde_json::to_value(&built).unwrap(), json);
        assert_eq!(Rule::from_json(&json).unwrap(), built, "{json}");
    }
}

#[test]
fn every_toxic_is_read_as_it_is_written() {
    let toxics = [
        Toxic::SlowClose { delay: 1 },
        Toxic::Timeout { timeout: 0 },
        Toxic::ResetPeer { timeout: 5 },
        Toxic::Slicer {
            average_size: 3,
            size_variation: 2,
            delay: 10,
        },
        Toxic::LimitData {
            bytes: 0,
            reset: false,
        },
        Toxic::HalfOpen { timeout: 7 },
    ];
    for toxic in toxics {
        let rule = Rule::for_bytes().toxic(toxic).named("x");
        let json = serde_json::to_value(&rule).unwrap();
        assert_eq!(Rule::from_json(&json).unwrap(), rule, "{json}");
    }
}

#[test]
fn a_rule_without_a_name_is_called_by_its_words() {
    let words = |rule: Rule| rule.name();
    assert_eq!(
        words(Rule::on(publish("a/#")).every(3).drop_it()),
        "drop PUBLISH from a client on a/#, every 3"
    );
    assert_eq!(words(Rule::for_bytes().down()), "down");
    assert_eq!(
        words(Rule::on(packet()).hold().for_user("ann")),
        "hold packet, user \"ann\""
    );
}
