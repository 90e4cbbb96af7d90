//! A pattern that no entry can fit is an error; a pattern that some entry can fit is not.

use serde_json::json;

use super::{connected, disconnected, dropped, refused, subscribed, will_published};
use crate::pattern::*;
use crate::wire::ReasonCode;

#[test]
fn a_pattern_that_nothing_can_fit_says_why() {
    let wrong = [
        (
            publish("a/#/b"),
            "PUBLISH from a client on a/#/b: topic: \"a/#/b\" is not a topic filter: ",
        ),
        (publish("a").matching("("), "\"(\" is not a regular expression: "),
        (
            publish("a").json_at("x", 1),
            "\"x\" is not a JSON pointer: it begins with /",
        ),
    ];
    for (pattern, words) in wrong {
        let error = pattern.check().expect_err("it cannot fit").to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn what_no_entry_can_have_is_an_error_that_says_what_would_be_right() {
    let wrong = [
        // Directions.
        (
            connack().from("x"),
            "a client never sends CONNACK, the broker does: say `direction = \"out\"` (in Rust: `to`, not `from`)",
        ),
        (suback().from("x"), "a client never sends SUBACK"),
        (unsuback().from("x"), "a client never sends UNSUBACK"),
        (pingresp().from("x"), "a client never sends PINGRESP"),
        (
            connect().to("x"),
            "the broker never sends CONNECT, a client does: say `direction = \"in\"` (in Rust: `from`, not `to`)",
        ),
        (subscribe().to("x"), "the broker never sends SUBSCRIBE"),
        (unsubscribe().outbound(), "the broker never sends UNSUBSCRIBE"),
        (pingreq().to("x"), "the broker never sends PINGREQ"),
        (connected().outbound(), "an event is not sent"),
        (
            packet().to("x").field("keep_alive", 60),
            "there is no field \"keep_alive\" here",
        ),
        (
            connect().field("direction", "out"),
            "direction is never both \"in\" and \"out\"",
        ),
        (
            publish("a").to("x").field("direction", "in"),
            "direction is never both",
        ),
        // Said twice.
        (
            publish("a").from("x").to("y"),
            "no packet goes both ways: say either `from` or `to`",
        ),
        (
            publish("a").from("x").from("y"),
            "client_id is said twice: \"x\" and \"y\"",
        ),
        (publish("a").topic("b"), "topic is said twice: \"a\" and \"b\""),
        // Numbers.
        (publish("a").qos(7), "qos is never 7: it is 0, 1 or 2"),
        (
            publish("a").field("qos", "1"),
            "qos is never \"1\": it is 0, 1 or 2",
        ),
        (
            publish("a").packet_identifier(0),
            "packet_identifier is never 0: it is a whole number from 1 to 65535",
        ),
        (puback().packet_identifier(0), "packet_identifier is never 0"),
        (connect().field("keep_alive", 65_536), "keep_alive is never 65536"),
        (connect().field("will.qos", 3), "will.qos is never 3"),
        (connect().field("will", json!({"qos": 3})), "will.qos is never 3"),
        (
            subscribe().field("topic_filters", json!({"qos": 3})),
            "topic_filters.qos is never 3",
        ),
        (
            subscribe().field("topic_filters", json!({"retain_handling": 3})),
            "retain_handling is never 3",
        ),
        (
            connect().property("receive_maximum", 0),
            "receive_maximum is never 0",
        ),
        (
            connack().property("maximum_qos", 2),
            "maximum_qos is never 2: it is 0 or 1",
        ),
        (publish("a").property("topic_alias", 0), "topic_alias is never 0"),
        (
            subscribe().property("subscription_identifier", 0),
            "subscription_identifier is never 0",
        ),
        (
            publish("a").property("payload_format_indicator", true),
            "it is 0 or 1",
        ),
        (subscribed().field("qos", 3), "qos is never 3"),
        // Words, texts and truths.
        (
            disconnected().field("cause", "takenover"),
            "cause is never \"takenover\" (did you mean \"taken_over\"?); there are client_disconnect, ",
        ),
        (
            dropped().field("why", "queue full"),
            "(did you mean \"queue_full\"?)",
        ),
        (connect().version("5"), "version is never \"5\""),
        (
            event("conected"),
            "there is no event \"conected\" (did you mean \"connected\"?)",
        ),
        (publish("a").field("retian", true), "(did you mean \"retain\"?)"),
        (
            publish("a").field("retain", 1),
            "retain is never 1: it is true or false",
        ),
        (
            connect().field("password", "secret"),
            "password is true, or null where there is no password",
        ),
        (
            connect().property("authentication_data", "x"),
            "a secret, which the journal does not show",
        ),
        (
            connect().field("user_name", 1),
            "user_name is never 1: it is a text",
        ),
        (
            publish("a").field("decisions", json!({"decision": "send"})),
            "(did you mean \"sent\"?)",
        ),
        (
            publish("a")
                .user_property("k", "v")
                .property("user_property", json!({"key": "k"})),
            "there is no field \"properties.user_property.key\" here",
        ),
        // Reason codes and their names.
        (
            connack().reason(ReasonCode::GRANTED_QOS_2),
            "reason_code is never 2: it is a reason code from 0 to 159",
        ),
        (puback().reason(ReasonCode::BANNED), "reason_code is never 138"),
        (suback().reason(ReasonCode(3)), "reason_codes is never 3"),
        (refused().reason(ReasonCode::SUCCESS), "reason_code is never 0"),
        (
            connack().field("reason", "not authorised"),
            "(did you mean \"Not authorized\"?)",
        ),
        // Topics.
        (
            connect().will_topic("gone/#"),
            "will.topic: \"gone/#\" is not a topic name",
        ),
        (
            publish("a").field("topic_name", "a/+"),
            "topic_name: \"a/+\" is not a topic name",
        ),
        (
            publish("a").response_topic("a/#"),
            "response_topic: \"a/#\" is not a topic name",
        ),
        (
            will_published().field("topic", "+x"),
            "topic: \"+x\" is not a topic filter",
        ),
        (
            subscribed().topic_filter("a/#/b"),
            "filter: \"a/#/b\" is not a topic filter",
        ),
        // Two things at once.
        (publish("a").qos(0).qos(1), "qos is never both 0 and 1"),
        (
            publish("a").text("on").text("off"),
            "it asks for two things at once: payload \"on\", not \"off\"",
        ),
        (publish("a").text("on").json(1), "it asks for two things at once"),
        (
            publish("a").bytes(*b"on").empty(),
            "payload of 2 bytes, not of 0 bytes",
        ),
    ];
    for (pattern, words) in wrong {
        let error = pattern.check().expect_err("it cannot fit").to_string();
        assert!(error.contains(words), "{error}\n    lacks {words}");
    }
}

#[test]
fn what_an_entry_can_have_is_no_error() {
    let right = [
        connack().to("x").reason(ReasonCode::NOT_AUTHORIZED),
        puback().to("x").packet_identifier(1),
        disconnect().to("x").reason(ReasonCode::SESSION_TAKEN_OVER),
        auth().to("x").reason(ReasonCode::CONTINUE_AUTHENTICATION),
        connected()
            .from("x")
            .keep_alive_secs(0)
            .field("user", json!(null)),
        connect().field("password", true).field("will", json!(null)),
        connect()
            .property("user_property", json!({"name": "a"}))
            .user_property("b", "c"),
        suback()
            .reason(ReasonCode::SUCCESS)
            .reason(ReasonCode::UNSPECIFIED_ERROR),
        suback().field("reason_codes", json!([0, 1])),
        subscribe().topic_filter("a/#").topic_filter("no/#/filter"),
        unsubscribe().topic_filter("a/#"),
        publish("a").qos(1).qos(1).field("qos", 1.0),
        publish("a")
            .text("{\"a\":1}")
            .json_subset(json!({"a": 1}))
            .matching("a"),
        packet().field("packet_identifier", 1),
        packet().to("x").field("reason_code", 0),
        disconnected()
            .field("reason_code", 0x8E)
            .field("cause", "taken_over"),
        event("upstream_unavailable").field("why", "it is away"),
        publish("a").property("correlation_data_base64", "/w=="),
    ];
    for pattern in right {
        pattern.check().expect("it can fit");
    }
}
