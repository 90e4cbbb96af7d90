//! A rule that cannot work is refused, with the place and what would be right.

use serde_json::{Value as Json, json};

use super::super::{Faults, Rule};
use crate::pattern::{event, publish};
use crate::time::Time;

fn error(rule: &Json) -> String {
    Rule::from_json(rule).expect_err("it cannot work").to_string()
}

/// What is wrong with a rule that has these keys beside a name.
fn wrong(mut rule: Json) -> String {
    rule["name"] = "x".into();
    let error = error(&rule);
    error
        .strip_prefix("fault \"x\": ")
        .expect("the rule is named")
        .to_owned()
}

/// What is wrong with an action on packets of this type.
fn wrong_action(packet: &str, action: Json) -> String {
    let wrong = wrong(json!({"when": {"packet": packet}, "action": action}));
    wrong
        .strip_prefix("action")
        .expect("it is the action")
        .trim_start_matches([':', ' ', '.'])
        .to_owned()
}

#[test]
fn keys_that_are_not_there_or_do_not_fit_together() {
    assert_eq!(
        error(&json!({"type": "stall"})),
        "fault: name: it is needed, and it is not there"
    );
    assert_eq!(
        wrong(json!({})),
        "it does nothing: say `when` and `action` for packets, or `type` for bytes"
    );
    assert!(
        wrong(json!({"typ": "stall"}))
            .starts_with("typ: there is no key \"typ\" here (did you mean \"type\"?)")
    );
    assert_eq!(
        wrong(json!({"type": "stall", "nth": 1})),
        "nth: packets are counted, and this rule is about bytes; for a share of the connections say toxicity"
    );
    assert_eq!(
        wrong(json!({"type": "stall", "when": {"packet": "PUBLISH"}})),
        "type: a rule is about packets (`when` and `action`) or about bytes (`type`), not both"
    );
    assert_eq!(
        wrong(json!({"when": {}, "action": "drop", "nth": 1, "every": 2})),
        "every: nth is there, too: a rule has one of nth, every, first and after"
    );
    assert_eq!(
        wrong(json!({"when": {"packet": "PUBLISH"}})),
        "action: it is needed, and it is not there"
    );
    assert_eq!(
        wrong(json!({"when": {}, "action": "drop", "nth": 0})),
        "nth: it is a whole number from 1 to 18446744073709551615, not 0"
    );
    assert_eq!(
        wrong(json!({"type": "down", "stream": "both"})),
        "stream: down ends the connection as a whole: leave it out"
    );
    assert_eq!(
        wrong(json!({"type": "stall", "new_state": "x"})),
        "new_state: of which scenario? say `scenario`, too"
    );
    assert_eq!(
        wrong(json!({"type": "stall", "scenario": "x"})),
        "scenario: it does nothing with it: say required_state, new_state, or both"
    );
    assert_eq!(
        wrong(json!({"type": "stall", "from_secs": 2, "to_secs": 1})),
        "to_secs: it is 1 s, and from_secs is 2 s: nothing is between"
    );
}

#[test]
fn all_mistakes_of_a_rule_are_told() {
    let all = |rule: Json| {
        let wrongs = Rule::from_json_or_all_wrongs(&rule).expect_err("it cannot work");
        let told = wrongs.iter().map(ToString::to_string);
        told.map(|told| told.replace("fault \"x\": ", ""))
            .collect::<Vec<_>>()
    };
    let of_packets = json!({
        "name": "x", "when": {"packet": "PUBLISH", "qos": 7}, "nth": 0, "action": "dorp", "client": 7, "toxicity": 1.5,
        "priority": "high", "scenario": "s", "from_secs": -1,
    });
    let starts = [
        "when: qos is never 7",
        "nth: it is a whole number",
        "action: there is no action \"dorp\"",
        "priority: it is a whole number",
        "scenario: it does nothing",
        "from_secs: it is a number",
        "toxicity: it is a share",
        "client: it is ",
    ];
    let told = all(of_packets);
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start), "{told}");
    }
    // Misspelt keys are told alone: that there is no action follows from the first.
    let told = all(json!({"name": "x", "when": {}, "acton": "drop", "nht": 1, "toxicity": 1.5}));
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told[0].starts_with("acton: ") && told[1].starts_with("nht: "),
        "{told:#?}"
    );
    // What the action may meet is not known where `when` is wrong: no word of it.
    let told = all(json!({"name": "x", "when": {"packet": "PUBLISH", "qos": 7}, "action": "refuse"}));
    assert_eq!(told.len(), 1, "{told:#?}");
}

#[test]
fn a_share_is_no_percentage() {
    assert_eq!(
        wrong(json!({"type": "stall", "toxicity": 50})),
        "toxicity: it is a share from 0 to 1, not 50; 50 % is 0.5"
    );
    assert_eq!(
        wrong(json!({"type": "stall", "toxicity": -1})),
        "toxicity: it is a share from 0 to 1, not -1; 50 % is 0.5"
    );
}

#[test]
fn patterns_that_no_packet_fits() {
    let when = |when: Json| wrong(json!({"when": when, "action": "drop"}));
    assert!(when(json!({"packet": "PUBLISH", "qos": 7})).starts_with("when: qos is never 7"));
    assert_eq!(
        when(json!({"packet": "SUBACK", "direction": "in"})),
        "when: a client never sends SUBACK, the broker does: say `direction = \"out\"` (in Rust: `to`, not `from`)"
    );
    assert_eq!(
        when(json!({"event": "connected"})),
        "when: a fault acts on packets, and this means events: say `packet`"
    );
    assert_eq!(
        when(json!({"packet": "PUBLISH", "seq": 3})),
        "when: seq is known only once a packet is in the journal"
    );
}

#[test]
fn actions_that_cannot_be() {
    assert!(
        wrong_action("PUBLISH", json!("dorp"))
            .starts_with("there is no action \"dorp\" (did you mean \"drop\"?)")
    );
    assert_eq!(
        wrong_action("PUBLISH", json!({"type": "drop", "latency": 5})),
        "latency: there is no key \"latency\" here; there is only type"
    );
    assert_eq!(
        wrong_action("PUBLISH", json!("latency")),
        "latency: it is needed, and it is not there"
    );
    assert!(
        wrong_action("PUBLISH", json!({"type": "edit", "set": {"retian": true}}))
            .starts_with("set.retian: PUBLISH has no field \"retian\" to set (did you mean \"retain\"?)"),
    );
    assert!(
        wrong_action("PUBLISH", json!({"type": "edit", "set": {"properties": {"topic_alais": 3}}}))
            .contains("properties.topic_alais: there is no property \"topic_alais\" here (did you mean \"topic_alias\"?)")
    );
    assert_eq!(
        wrong_action("PINGREQ", json!({"type": "edit", "set": {"qos": 1}})),
        "set.qos: PINGREQ has no field at all"
    );
    assert_eq!(
        wrong_action("PINGREQ", json!("refuse")),
        "refuse is for CONNECT, PUBLISH, SUBSCRIBE and UNSUBSCRIBE, and `when` may mean PINGREQ: name the packet there, as in \
         packet = \"SUBSCRIBE\""
    );
    assert_eq!(
        wrong_action("CONNECT", json!({"type": "refuse", "reason_code": 5})),
        "reason_code: 0x05 Unknown reason code refuses nothing: from 0x80 on they do; return code 5 of 3.1.1 is 0x87 Not authorized"
    );
    assert!(
        wrong_action("SUBSCRIBE", json!({"type": "refuse", "reason_code": "0x89"})).starts_with(
            "reason_code: the standard has no 0x89 Server busy in SUBACK: it has 0x80 Unspecified error, "
        )
    );
    assert_eq!(
        wrong_action(
            "SUBSCRIBE",
            json!({"type": "refuse", "reason_code": "Quota exeeded"})
        ),
        "reason_code: there is no reason code \"Quota exeeded\" (did you mean \"Quota exceeded\"?)"
    );
    assert_eq!(
        wrong_action("PINGREQ", json!({"type": "answer", "with": {"packet": "PUBACK"}})),
        "with: PUBACK needs a packet_identifier, and PINGREQ has none that it could take"
    );
    assert_eq!(
        wrong_action(
            "PINGREQ",
            json!({"type": "send", "packets": {"packet": "PUBLISH", "payload": "x"}})
        ),
        "packets: PUBLISH needs a topic, and PINGREQ has none that it could take"
    );
    assert_eq!(
        wrong_action(
            "PINGREQ",
            json!({"type": "disconnect", "how": "reset", "reason_code": 0x8B})
        ),
        "reason_code: a DISCONNECT goes with how = \"close\" only: a reset or a half-open connection says nothing"
    );
    assert_eq!(
        wrong_action("PUBACK", json!("answer_early")),
        "answer_early is for packets that are answered, and PUBACK is not: `when` names others"
    );
}

#[test]
fn toxics_that_cannot_be() {
    let toxic = |kind: &str, attributes: Json| wrong(json!({"type": kind, "attributes": attributes}));
    assert!(
        toxic("latensy", json!({}))
            .starts_with("type: there is no toxic \"latensy\" (did you mean \"latency\"?)")
    );
    assert_eq!(
        toxic("latency", json!({})),
        "attributes.latency: it is needed, and it is not there"
    );
    assert_eq!(
        toxic("stall", json!({"rate": 1})),
        "attributes.rate: stall has no attributes"
    );
    assert_eq!(
        toxic("slicer", json!({"average_size": 2, "size_variation": 2})),
        "attributes.size_variation: it is less than average_size, which is 2: a slice has at least one byte"
    );
    assert_eq!(
        toxic("bandwidth", json!({"rate": -1})),
        "attributes.rate: it is a whole number from 0 to 4294967295, not -1"
    );
}

#[test]
fn builders_tell_of_their_mistakes_when_they_are_put_into_force() {
    let mut faults = Faults::new(1);
    let mut add = |rule: Rule| {
        faults
            .add(Time::ZERO, rule.named("x"))
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        add(Rule::on(publish("a")).nth(1).every(2).drop_it()),
        "fault \"x\": every: a rule has one of nth, every, first and after"
    );
    assert_eq!(
        add(Rule::on(publish("a")).nth(0).drop_it()),
        "fault \"x\": nth: it is counted from 1"
    );
    assert_eq!(
        add(Rule::on(publish("a")).drop_it().jitter(3)),
        "fault \"x\": jitter: it belongs to a latency that is a number"
    );
    assert!(
        add(Rule::on(event("connected")).duplicate())
            .starts_with("fault \"x\": when: a fault acts on packets")
    );
    assert!(
        add(Rule::on(publish("a")).edit(json!({"qos": 9})))
            .starts_with("fault \"x\": action.set.qos: qos is never 9")
    );
    assert_eq!(
        add(Rule::on(publish("a"))
            .hold()
            .in_state("a", "b")
            .then_state("c", "d")),
        "fault \"x\": scenario: a rule is part of one scenario, not of both \"a\" and \"c\""
    );
}
