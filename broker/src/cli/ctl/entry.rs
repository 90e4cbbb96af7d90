//! Packets, events and messages in words: a line each.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use settings::text::{cut, escaped, padded};

/// The width of the column of client identifiers.
const WHO_COLUMNS: usize = 23;
/// No value is shown in more columns.
const VALUE_COLUMNS: usize = 120;

/// What has a place of its own in a line, or says nothing to people.
const APART: [&str; 17] = [
    "at_secs",
    "clean_start",
    "client_id",
    "conn",
    "decisions",
    "direction",
    "event",
    "json",
    "number",
    "packet",
    "raw_base64",
    "record",
    "seq",
    "side",
    "topic",
    "topic_name",
    "version",
];

/// All that an answer lists. What is missing before them is told.
pub(super) fn lines(answer: &Value) -> String {
    let mut text = String::new();
    let meta = answer.get("meta");
    let missed = meta.and_then(|meta| meta.get("missed")).and_then(Value::as_u64);
    if let Some(missed) = missed.filter(|missed| *missed > 0) {
        let _ = writeln!(text, "({missed} before these are forgotten)");
    }
    let lists = answer.as_object().into_iter().flatten();
    let entries = lists.filter_map(|(_, value)| value.as_array()).flatten();
    let mut count = 0;
    for entry in entries {
        text.push_str(&line(entry));
        text.push('\n');
        count += 1;
    }
    // One message is no list.
    if count == 0 {
        let message = answer.get("message").filter(|message| message.is_object());
        text.push_str(&message.map_or_else(|| super::shown::words(answer), |one| format!("{}\n", line(one))));
    }
    text
}

/// One of them, without the end of its line.
pub(in crate::cli) fn line(entry: &Value) -> String {
    let Value::Object(members) = entry else {
        return escaped(&entry.to_string());
    };
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = members.get("at_secs").and_then(Value::as_f64);
    let at = at.map_or_else(String::new, |at| format!("{at:>12.6}  "));
    let who = match (text("client_id"), members.get("conn").and_then(Value::as_u64)) {
        ("", Some(conn)) => format!("#{conn}"),
        (client_id, _) => cut(client_id, WHO_COLUMNS),
    };
    let what = match (text("packet"), text("event")) {
        ("", "") => String::new(),
        ("", event) => format!("· {} ", escaped(event)),
        (packet, _) => {
            let arrow = if text("direction") == "out" { '←' } else { '→' };
            format!("{arrow} {} ", escaped(packet))
        }
    };
    // A packet has the one, a message the other.
    let topic = match [text("topic_name"), text("topic")].concat() {
        none if none.is_empty() => none,
        topic => format!("{} ", cut(&topic, VALUE_COLUMNS)),
    };
    let (who, rest) = (padded(&who, WHO_COLUMNS), rest(members));
    let line = format!("{at}{who} {what}{topic}{rest}{}", decided(members));
    line.trim_end().to_owned()
}

/// What was decided about a message: `; sent to lamp, dropped for tv: queue_full`.
fn decided(members: &Map<String, Value>) -> String {
    let decisions = members.get("decisions").and_then(Value::as_array);
    let words = decisions.into_iter().flatten().map(|decision| {
        let text = |name: &str| decision.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut words = escaped(text("decision")).replace('_', " ");
        if !text("client_id").is_empty() {
            let towards = if text("decision") == "sent" { "to" } else { "for" };
            let _ = write!(words, " {towards} {}", cut(text("client_id"), WHO_COLUMNS));
        }
        for why in ["why", "because"]
            .map(text)
            .into_iter()
            .filter(|why| !why.is_empty())
        {
            let _ = write!(words, ": {}", cut(why, VALUE_COLUMNS));
        }
        words
    });
    let words = words.collect::<Vec<_>>().join(", ");
    let is = |name: &str, value: &str| members.get(name).is_some_and(|is| is == value);
    let is_decided =
        decisions.is_some() && is("packet", "PUBLISH") && is("direction", "in") && !is("side", "client");
    if words.is_empty() && is_decided {
        "; for nobody: no subscription matches".to_owned()
    } else if words.is_empty() {
        words
    } else {
        format!("; {words}")
    }
}

/// How a session begins, in the words of the version; and that a rule keeps the packet from the other side.
fn remarks(members: &Map<String, Value>) -> Vec<String> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let version = [text("version"), text("mqtt_version")].concat();
    let session = match (members.get("clean_start"), &*version) {
        (Some(Value::Bool(true)), "5.0") => Some("clean start"),
        (Some(Value::Bool(true)), _) => Some("clean session"),
        (Some(Value::Bool(false)), _) => Some("keeps its session"),
        _ => None,
    };
    let side = match (text("side"), text("direction")) {
        ("client", "in") => Some("(so the client sends it; a rule deals with it)"),
        ("client", "out") => Some("(so the client gets it, from a rule)"),
        ("engine", "in") => Some("(so the broker gets it, from a rule)"),
        ("engine", "out") => Some("(so the broker sends it; a rule deals with it)"),
        _ => None,
    };
    session.into_iter().chain(side).map(ToOwned::to_owned).collect()
}

fn rest(members: &Map<String, Value>) -> String {
    // 3.x has no reason codes; in 5.0 success is what is usual.
    let is_success = members.get("reason_code").is_some_and(|code| code == 0);
    let rest = members.iter().filter(|(name, value)| {
        if is_success && matches!(&***name, "reason" | "reason_code") {
            return false;
        }
        let says_nothing = match value {
            Value::Null | Value::Bool(false) => true,
            Value::Object(members) => members.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        !says_nothing && !APART.contains(&&***name)
    });
    let words = rest.map(|(name, value)| {
        if let ("topic_filters", Some(filters)) = (&**name, value.as_array()) {
            return filters.iter().map(filter).collect::<Vec<_>>().join(", ");
        }
        let value = match value {
            Value::String(text) => format!("{text:?}"),
            other => other.to_string(),
        };
        format!("{}={}", escaped(name), cut(&value, VALUE_COLUMNS))
    });
    let words = words.chain(remarks(members));
    words.collect::<Vec<_>>().join(" ")
}

/// A filter of SUBSCRIBE or UNSUBSCRIBE: `test/topic QoS 0`.
fn filter(filter: &Value) -> String {
    let Some(members) = filter.as_object() else {
        let text = filter
            .as_str()
            .map_or_else(|| filter.to_string(), ToOwned::to_owned);
        return cut(&text, VALUE_COLUMNS);
    };
    let text = members
        .get("topic_filter")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut words = cut(text, VALUE_COLUMNS);
    if let Some(qos) = members.get("qos").and_then(Value::as_u64) {
        let _ = write!(words, " QoS {qos}");
    }
    for option in ["no_local", "retain_as_published"] {
        if members.get(option) == Some(&Value::Bool(true)) {
            let _ = write!(words, " {option}");
        }
    }
    let handling = members.get("retain_handling").and_then(Value::as_u64);
    if let Some(handling) = handling.filter(|handling| *handling > 0) {
        let _ = write!(words, " retain_handling={handling}");
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn how_a_session_begins_and_what_a_rule_deals_with_is_said() {
        let said = |packet: serde_json::Value| lines(&json!({ "packets": [packet] }));
        let hello =
            said(json!({"packet": "CONNECT", "direction": "in", "version": "3.1.1", "clean_start": false}));
        assert!(hello.contains("CONNECT keeps its session"), "{hello}");
        let lost = said(
            json!({"packet": "PUBACK", "direction": "in", "version": "3.1.1", "side": "client",
            "packet_identifier": 2, "reason": "Success", "reason_code": 0}),
        );
        let (there, not) = (
            "packet_identifier=2 (so the client sends it; a rule deals with it)",
            "Success",
        );
        assert!(lost.contains(there) && !lost.contains(not), "{lost}");
    }

    #[test]
    fn a_packet_and_an_event_are_a_line_each() {
        let packets = json!({"packets": [
            {"seq": 3, "at_secs": 0.25, "conn": 1, "client_id": "lamp", "version": "5.0", "record": "packet", "direction": "in",
             "packet": "PUBLISH", "topic_name": "a\u{1b}", "payload": "on", "qos": 1, "retain": false, "raw_base64": "AA==",
             "decisions": [{"decision": "sent", "client_id": "a"}, {"decision": "dropped", "client_id": "b", "why": "queue_full"}]},
            {"seq": 4, "at_secs": 0.5, "conn": 2, "client_id": "", "record": "event", "event": "refused", "why": "x"},
        ], "meta": {"missed": 2, "next": 5}});
        assert_eq!(
            lines(&packets),
            "(2 before these are forgotten)\n\
             \x20   0.250000  lamp                    → PUBLISH a\\u{1b} payload=\"on\" qos=1; sent to a, dropped for b: queue_full\n\
             \x20   0.500000  #2                      · refused why=\"x\"\n"
        );
        assert_eq!(lines(&json!({"met": true})), "met  yes\n");
    }

    #[test]
    fn a_message_that_nobody_wants_is_told_as_such() {
        let mut publish = json!({"client_id": "lamp", "direction": "in", "packet": "PUBLISH", "topic_name": "a", "decisions": []});
        let words = "lamp                    → PUBLISH a ; for nobody: no subscription matches";
        assert_eq!(line(&publish), words);
        publish["direction"] = json!("out");
        assert_eq!(line(&publish), "lamp                    ← PUBLISH a");
    }

    #[test]
    fn filters_are_words() {
        let subscribe = json!({"client_id": "lamp", "direction": "in", "packet": "SUBSCRIBE", "packet_identifier": 1, "topic_filters": [
            {"no_local": false, "qos": 0, "retain_as_published": false, "retain_handling": 0, "topic_filter": "a/+"},
            {"no_local": true, "qos": 2, "retain_as_published": false, "retain_handling": 1, "topic_filter": "b"},
        ]});
        assert_eq!(
            line(&subscribe),
            "lamp                    → SUBSCRIBE packet_identifier=1 a/+ QoS 0, b QoS 2 no_local retain_handling=1"
        );
        let unsubscribe = json!({"client_id": "lamp", "direction": "in", "packet": "UNSUBSCRIBE", "topic_filters": ["a/+"]});
        assert_eq!(line(&unsubscribe), "lamp                    → UNSUBSCRIBE a/+");
    }
}
