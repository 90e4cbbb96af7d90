//! Patterns as JSON: every pattern comes back as it was, and what is wrong is named.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{connected, disconnected, dropped, subscribed};
use crate::pattern::*;
use crate::wire::ReasonCode;

fn there_and_back(pattern: &Pattern) {
    let text = serde_json::to_string(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    let read: Pattern = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(read, *pattern, "{text}");
    // By way of a value, which sorts them.
    let value: Json = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(
        serde_json::from_value::<Pattern>(value).expect("the same"),
        *pattern
    );
}

/// A text that is a topic name and a topic filter, too.
fn name() -> impl Strategy<Value = String> {
    "[a-z]{1,4}(/[a-z]{1,3}){0,2}"
}

fn number() -> impl Strategy<Value = Is> {
    (1_u16..200, 0_u16..100).prop_flat_map(|(from, more)| {
        prop_oneof![
            Just(Is::from(from)),
            Just(Is::at_least(from)),
            Just(Is::at_most(from)),
            Just(Is::between(from, from + more)),
            Just(Is::one_of([from, from + more])),
            Just(Is::not(from)),
            Just(Is::present()),
            Just(Is::absent()),
            Just(Is::all([Is::at_least(from), Is::not(from + 1)])),
        ]
    })
}

fn text() -> impl Strategy<Value = Is> {
    "\\PC{0,6}".prop_flat_map(|text| {
        prop_oneof![
            Just(Is::from(&*text)),
            Just(Is::containing(&*text)),
            Just(Is::matching("^[a-z]+$")),
            Just(Is::one_of([&*text, "other"])),
            Just(Is::not(Is::containing(&*text))),
            Just(Is::len_bytes(text.len())),
            Just(Is::len_bytes(Is::at_most(text.len()))),
            Just(Is::absent()),
        ]
    })
}

fn payload() -> impl Strategy<Value = Is> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..6);
    let json = || {
        let value =
            |(number, name): (i32, String)| json!({"number": number, "from": [name, null, {"to": true}]});
        (any::<i32>(), name()).prop_map(value)
    };
    prop_oneof![
        text(),
        bytes.prop_map(Is::bytes),
        json().prop_map(Is::json),
        json().prop_map(Is::json_subset),
        (name(), number()).prop_map(|(name, is)| Is::json_at(format!("/{name}"), is)),
        Just(Is::sha256("0".repeat(64))),
    ]
}

fn of_publish() -> impl Strategy<Value = Pattern> {
    let base = (name(), name(), 0..4_u8).prop_map(|(topic, client, way)| match way {
        0 => publish(topic),
        1 => publish(topic).from(client),
        2 => publish(format!("+/{topic}/#")).to(client),
        _ => publish("#").outbound(),
    });
    (
        base,
        proptest::option::of(0..3_u8),
        proptest::option::of(any::<bool>()),
        proptest::option::of(payload()),
        number(),
        text(),
    )
        .prop_map(|(mut pattern, qos, retain, payload, number, text)| {
            if let Some(qos) = qos {
                pattern = pattern.qos(qos);
            }
            if let Some(retain) = retain {
                pattern = pattern.retain(retain).dup(!retain);
            }
            if let Some(payload) = payload {
                pattern = pattern.payload(payload).payload(Is::present());
            }
            pattern
                .field("packet_identifier", number)
                .property("content_type", text)
                .user_property("k", "v")
                .user_property("l", "w")
        })
}

fn of_others() -> impl Strategy<Value = Pattern> {
    (name(), number(), text(), 0..12_u8).prop_map(|(name, number, text, kind)| match kind {
        0 => connect()
            .from(name)
            .field("keep_alive", number)
            .field("user_name", text),
        1 => connect()
            .will_topic(name)
            .field("will.payload", text)
            .field("will.qos", 1)
            .session_expiry_secs(5),
        2 => connack()
            .to(name)
            .reason(ReasonCode::SUCCESS)
            .session_present(true),
        3 => subscribe()
            .topic_filter(name)
            .topic_filter("#")
            .field("packet_identifier", number),
        4 => suback()
            .reason(ReasonCode::SUCCESS)
            .field("reason_codes", json!([0, 1])),
        5 => packet().of(name).field("seq", number),
        6 => connected()
            .of(name)
            .field("user", text)
            .field("keep_alive_secs", number),
        7 => disconnected()
            .of(name)
            .field("cause", Is::one_of(["taken_over", "ended"])),
        8 => subscribed().topic_filter(name).field("qos", Is::not(1)),
        9 => dropped().topic(name).field("why", "expired"),
        10 => event("contested").field("takeovers", number).field("peer", text),
        _ => unsubscribe()
            .topic_filter(name)
            .field("version", Is::one_of(["5.0", "3.1.1"])),
    })
}

proptest! {
    #[test]
    fn every_pattern_that_is_built_comes_back_from_json_as_it_was(pattern in prop_oneof![of_publish(), of_others()]) {
        there_and_back(&pattern);
    }
}

#[test]
fn json_is_what_a_person_would_write() {
    let pattern = publish("a/+").from("dev-1").qos(1).text("on");
    let written =
        r#"{"packet":"PUBLISH","direction":"in","topic":"a/+","client_id":"dev-1","qos":1,"payload":"on"}"#;
    assert_eq!(
        serde_json::to_string(&pattern).expect("it can be written"),
        written
    );
    let written = serde_json::to_value(
        connect()
            .from("x")
            .will_topic("gone")
            .field("user_name", Is::absent()),
    );
    assert_eq!(
        written.expect("it can be written"),
        json!({"packet": "CONNECT", "direction": "in", "client_id": "x", "will": {"topic": "gone"}, "user_name": null})
    );
    let several: Pattern =
        serde_json::from_value(json!({"packet": ["puback", "PUBREC"], "reason_code": {"from": 128}}))
            .expect("two types, in any case");
    assert_eq!(several.to_string(), "PUBACK or PUBREC, reason code at least 128");
    for all in [json!({}), json!({"record": ["packet", "event"]})] {
        let all: Pattern = serde_json::from_value(all).expect("anything");
        assert_eq!(all.to_string(), "anything");
    }
    let twice = json!({"packet": "PUBLISH", "payload": {"contains": "a", "len_bytes": {"to": 3}}});
    let twice: Pattern = serde_json::from_value(twice).expect("two comparisons");
    assert_eq!(
        twice.to_string(),
        "PUBLISH, payload containing \"a\", payload of at most 3 bytes"
    );
}

#[test]
fn what_is_wrong_in_json_is_named_by_its_path_with_what_would_be_right() {
    let wrong = [
        (
            json!({"packet": "PUBLSH"}),
            "there is no packet \"PUBLSH\" (did you mean \"PUBLISH\"?); there are CONNECT, ",
        ),
        (
            json!({"event": "connectd"}),
            "there is no event \"connectd\" (did you mean \"connected\"?); there are connected, ",
        ),
        (json!({"record": "packets"}), "(did you mean \"packet\"?)"),
        (
            json!({"packet": 3}),
            "packet is a name or a list of names, such as \"CONNECT\"",
        ),
        (json!({"packet": []}), "packet names nothing"),
        (
            json!({"packet": "PUBLISH", "event": "dropped"}),
            "an entry is never both",
        ),
        (
            json!({"packet": "CONNECT", "direction": "out"}),
            "the broker never sends CONNECT",
        ),
        (
            json!({"direction": "inn"}),
            "direction is \"in\" (from a client) or \"out\" (to a client), not \"inn\"",
        ),
        (
            json!({"pakcet": "PUBLISH"}),
            "there is no field \"pakcet\" here (did you mean \"packet\"?); there are action, ",
        ),
        (
            json!({"drection": "in"}),
            "there is no field \"drection\" here (did you mean \"direction\"?)",
        ),
        (
            json!({"packet": "PUBLISH", "qoss": 1}),
            "there is no field \"qoss\" here (did you mean \"qos\"?); there are at_secs, ",
        ),
        (
            json!({"packet": "CONNECT", "will": {"topc": "x"}}),
            "there is no field \"will.topc\" here (did you mean \"will.topic\"?); there are topic, qos, ",
        ),
        (
            json!({"packet": "CONNECT", "will": {"properties": {"content_typ": "x"}}}),
            "there is no property \"will.properties.content_typ\" here (did you mean \"will.properties.content_type\"?)",
        ),
        (
            json!({"packet": "PUBLISH", "qos": {"form": 1}}),
            "there is no comparison \"form\" (did you mean \"from\"?); there are all, ",
        ),
        (
            json!({"packet": "PUBLISH", "qos": {"from": 1, "til": 2}}),
            "qos: there is no comparison \"til\"",
        ),
        (
            json!({"packet": "PUBLISH", "qos": {"from": "1"}}),
            "qos: from is a number, not \"1\"",
        ),
        (
            json!({"packet": "PUBLISH", "qos": {"from": 2, "to": 1}}),
            "qos: nothing is from 2 to 1",
        ),
        (
            json!({"packet": "PUBLISH", "qos": [0, 1]}),
            "qos is not a list; for one of several values say {\"one_of\": [0,1]}",
        ),
        (
            json!({"packet": "PUBLISH", "qos": {"one_of": [0, 3]}}),
            "qos is never 3",
        ),
        (
            json!({"packet": "PUBLISH", "qos": {"one_of": []}}),
            "qos: one_of names nothing",
        ),
        (
            json!({"packet": "PUBLISH", "qos": {"contains": "1"}}),
            "qos: contains looks at texts, and this is not a text",
        ),
        (
            json!({"packet": "PUBLISH", "topic": {"not": "a/#/b"}}),
            "topic: \"a/#/b\" is not a topic filter",
        ),
        (
            json!({"packet": "PUBLISH", "topic_name": {"from": 1}}),
            "topic_name: from and to compare numbers",
        ),
        (
            json!({"packet": "PUBLISH", "payload": {"base64": "?"}}),
            "payload: \"?\" is not Base64: ",
        ),
        (
            json!({"packet": "PUBLISH", "payload": {"matches": "("}}),
            "payload: \"(\" is not a regular expression: ",
        ),
        (
            json!({"packet": "PUBLISH", "payload": {"json_at": {"x": 1}}}),
            "\"x\" is not a JSON pointer: it begins with /",
        ),
        (
            json!({"packet": "PUBLISH", "payload": {"json_at": {"/a": {"b": 1}}}}),
            "payload at /a: an object of JSON is {\"json\": {\"b\":1}}",
        ),
        (
            json!({"packet": "CONNECT", "will": {}}),
            "will: an object without members asks for nothing",
        ),
        (
            json!({"packet": "PUBLISH", "retain": {"present": 1}}),
            "retain: present is true or false, not 1",
        ),
    ];
    for (json, words) in wrong {
        let error = serde_json::from_value::<Pattern>(json.clone())
            .expect_err("it is wrong")
            .to_string();
        assert!(
            error.contains(words),
            "{json}\n    says {error}\n   lacks {words}"
        );
    }
    let twice = serde_json::from_str::<Pattern>(r#"{"packet": "PUBLISH", "qos": 1, "qos": 2}"#);
    assert_eq!(
        twice.expect_err("which one?").to_string(),
        "qos is there twice at line 1 column 41"
    );
}

#[test]
fn a_closure_and_a_wrong_pattern_cannot_be_written_down() {
    let closure = publish("a").test("it is green", |_| true);
    let error = serde_json::to_string(&closure).expect_err("a closure cannot");
    assert_eq!(error.to_string(), "a closure cannot be written down: it is green");
    let error = serde_json::to_string(&publish("a").qos(7)).expect_err("nor what cannot be");
    assert!(error.to_string().contains("qos is never 7"), "{error}");
}
