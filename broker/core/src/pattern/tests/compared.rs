//! What each comparison takes and what it says of the rest.

use serde_json::json;

use super::{published, why};
use crate::journal::{Omitted, Record};
use crate::pattern::*;
use crate::wire::QoS;

#[test]
fn each_comparison_fits_and_says_why_not() {
    let text = published("dev-1", "a/b", QoS::AtLeastOnce, "on");
    let object = published("dev-1", "a/b", QoS::AtLeastOnce, r#"{"a":[1,"x"],"from":2.5}"#);
    let right = [
        (publish("#").field("qos", Is::one_of([0, 1])), &text),
        (publish("#").field("qos", Is::not(0)), &text),
        (publish("#").field("qos", Is::between(1, 1)), &text),
        (
            publish("#").field("qos", Is::all([Is::at_least(1), Is::at_most(2)])),
            &text,
        ),
        (publish("#").field("packet_identifier", Is::present()), &text),
        (publish("#").field("malformed", Is::absent()), &text),
        (
            publish("#").field("properties.content_type", Is::not("text")),
            &text,
        ),
        (
            publish("#").field("client_id", Is::matching("^dev-[0-9]$")),
            &text,
        ),
        (
            publish("#")
                .field("topic", Is::not("a/+/c"))
                .field("topic_name", Is::containing("/b")),
            &text,
        ),
        (
            publish("#").field("decisions", json!({"decision": "sent", "client_id": "sub"})),
            &text,
        ),
        (
            publish("#").field("decisions", Is::not(json!({"decision": "dropped"}))),
            &text,
        ),
        (publish("#").payload(Is::one_of(["off", "on"])), &text),
        (publish("#").payload(Is::len_bytes(Is::at_most(2))), &text),
        (publish("#").payload(Is::matching("^o")), &text),
        (publish("#").payload(Is::not(Is::containing("error"))), &text),
        (publish("#").json(json!({"from": 2.5, "a": [1.0, "x"]})), &object),
        (
            publish("#")
                .payload(Is::json_at("/from", Is::between(2, 3)))
                .json_at("/a", json!([1, "x"])),
            &object,
        ),
        (publish("#").payload(Is::json_at("/none", Is::absent())), &object),
    ];
    for (pattern, entry) in &right {
        pattern.check().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(why(pattern, entry), "", "{pattern}");
    }
    let wrong = [
        (
            publish("#").field("qos", Is::one_of([0, 2])),
            &text,
            "qos 1, not 0 or 2",
        ),
        (
            publish("#").field("qos", Is::not(1)),
            &text,
            "qos: 1, which it must not be",
        ),
        (
            publish("#").field("packet_identifier", Is::between(1, 6)),
            &text,
            "packet identifier 7, not from 1 to 6",
        ),
        (
            publish("#").field("packet_identifier", Is::at_least(8)),
            &text,
            "packet identifier 7, not at least 8",
        ),
        (
            publish("#").field("packet_identifier", Is::absent()),
            &text,
            "packet identifier 7, not absent",
        ),
        (
            publish("#").field("properties.content_type", Is::present()),
            &text,
            "no content type, wanted present",
        ),
        (
            publish("#").field("topic", Is::not("a/+")),
            &text,
            "topic: a/b, which it must not be",
        ),
        (
            publish("#").payload(Is::len_bytes(Is::at_least(3))),
            &text,
            "payload of 2 bytes, not of at least 3 bytes",
        ),
        (
            publish("#").payload(Is::one_of(["off", "out"])),
            &text,
            r#"payload "on", not "off" or "out""#,
        ),
        (
            publish("#").payload(Is::json_at("/from", Is::at_least(3))),
            &object,
            "payload at /from 2.5, not at least 3",
        ),
        (
            publish("#").payload(Is::json_at("/from", Is::absent())),
            &object,
            "payload at /from 2.5, not absent",
        ),
        (
            publish("#").json_at("/a", json!([1])),
            &object,
            r#"payload at /a [1,"x"], not [1]"#,
        ),
        (
            publish("#").payload(Is::bytes([0xFF, 0])),
            &text,
            r#"payload "on", not <ff 00>"#,
        ),
        (
            publish("#").containing("x"),
            &text,
            r#"payload "on", not containing "x""#,
        ),
        (
            publish("#").matching("^\\d+$"),
            &text,
            r#"payload "on", not matching /^\d+$/"#,
        ),
        (
            publish("#").json(json!({"a": 1})),
            &text,
            "payload \"on\" (no JSON: expected value at line 1 column 1), not {\"a\":1}",
        ),
    ];
    for (pattern, entry, words) in &wrong {
        assert_eq!(why(pattern, entry), *words, "{pattern}");
    }
}

#[test]
fn of_a_payload_that_is_not_kept_only_length_and_digest_are_known() {
    let mut entry = published("dev-1", "a", QoS::AtMostOnce, "");
    let known = Omitted::of(b"{\"on\":1}");
    if let Record::Packet { omitted, .. } = &mut entry.record {
        *omitted = Some(known);
    }
    let fits = |is: Is| publish("a").payload(is).fits(&entry);
    assert!(fits(Is::from("{\"on\":1}")) && fits(Is::bytes(*b"{\"on\":1}")) && fits(Is::not("off")));
    assert!(fits(Is::len_bytes(8)) && fits(Is::sha256(known.digest())) && fits(Is::present()));
    assert!(!fits(Is::containing("on")) && !fits(Is::json(json!({"on": 1}))));
    assert!(!fits(Is::not(Is::containing("off"))), "nobody can know");
    assert_eq!(
        why(&publish("a").containing("on"), &entry),
        "payload (8 bytes, not kept), not containing \"on\""
    );
}
