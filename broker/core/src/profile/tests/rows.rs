//! Limits that one packet alone passes, as a table.

use serde_json::{Value as Json, json};

use super::*;

/// A limit, a packet that keeps it, one that does not, and what is said of that: `what was seen, what is allowed`.
fn rows() -> Vec<(Json, Packet<'static>, Packet<'static>, &'static str)> {
    let expiry = |secs| hello(move |it| it.properties.session_expiry_secs = Some(secs));
    let with_will = |change: fn(&mut Will<'static>)| {
        hello(move |it| {
            let mut will = will(QoS::AtMostOnce, false);
            change(&mut will);
            it.will = Some(will);
        })
    };
    let plain_will = || with_will(|_| {});
    let alias = |alias| message(move |it| it.properties.topic_alias = Some(alias));
    let on = |topic: &'static str| message(move |it| it.topic = topic);
    let to = |filters: &'static [&'static str]| Packet::Subscribe(subscribe(filters));
    vec![
        (
            json!({"name": "versions", "only": ["5.0"]}),
            hello(|_| {}),
            hello(|it| it.version = Version::V311),
            "MQTT 3.1.1, only 5.0 is taken",
        ),
        (
            json!({"name": "no_user_name"}),
            hello(|it| it.username = Some("ana")),
            hello(|_| {}),
            "a CONNECT without a user name, there must be one",
        ),
        (
            json!({"name": "no_client_id"}),
            hello(|_| {}),
            hello(|it| it.client_id = ""),
            "a CONNECT without a client identifier, there must be one",
        ),
        (
            json!({"name": "client_id_bytes", "max": 4}),
            hello(|_| {}),
            hello(|it| it.client_id = "lamps"),
            "a client identifier of 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "keep_alive_secs", "max": 60}),
            hello(|_| {}),
            hello(|it| it.keep_alive_secs = 61),
            "a Keep Alive of 61 s, 60 s is the longest",
        ),
        (
            json!({"name": "keep_alive_secs", "max": 60}),
            hello(|_| {}),
            hello(|it| it.keep_alive_secs = 0),
            "no Keep Alive, 60 s is the longest",
        ),
        (
            json!({"name": "keep_alive_secs", "min": 60, "max": 90}),
            hello(|_| {}),
            hello(|it| it.keep_alive_secs = 59),
            "a Keep Alive of 59 s, 60 s is the shortest",
        ),
        (
            json!({"name": "no_keep_alive"}),
            hello(|_| {}),
            hello(|it| it.keep_alive_secs = 0),
            "a Keep Alive of 0, there must be one",
        ),
        (
            json!({"name": "topic_levels_of_filters", "max": 2}),
            on("home/lamp/on"),
            to(&["a", "a/b/#"]),
            "a topic filter of 3 levels, 2 allowed",
        ),
        (
            json!({"name": "unsubscribe_unknown"}),
            to(&["a"]),
            drop_filters(&["a", "b"]),
            "an UNSUBSCRIBE for b, which the client has not subscribed to, there must be a subscription",
        ),
        (
            json!({"name": "session_expiry_secs", "max": 10}),
            expiry(10),
            expiry(11),
            "a Session Expiry Interval of 11 s, 10 s allowed",
        ),
        (
            json!({"name": "persistent_session"}),
            expiry(0),
            expiry(1),
            "a session that is to outlive its connection, not offered",
        ),
        (
            json!({"name": "will"}),
            hello(|_| {}),
            plain_will(),
            "a will, not offered",
        ),
        (
            json!({"name": "will_qos", "max": 1}),
            with_will(|it| it.qos = QoS::AtLeastOnce),
            with_will(|it| it.qos = QoS::ExactlyOnce),
            "a will at QoS 2, 1 is the highest",
        ),
        (
            json!({"name": "will_retain"}),
            plain_will(),
            with_will(|it| it.retain = true),
            "a will with RETAIN, not allowed",
        ),
        (
            json!({"name": "will_payload_bytes", "max": 4}),
            plain_will(),
            with_will(|it| it.payload = b"12345"),
            "a will whose payload has 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "will_delay_secs", "max": 4}),
            plain_will(),
            with_will(|it| it.properties.delay_secs = Some(5)),
            "a Will Delay Interval of 5 s, 4 s allowed",
        ),
        (
            json!({"name": "user_properties", "not": ["CONNECT"]}),
            message(|it| it.properties.user = vec![("a", "b")]),
            hello(|it| it.properties.user = vec![("a", "b")]),
            "a User Property in CONNECT, which may have none",
        ),
        (
            json!({"name": "user_properties", "only": ["PUBLISH", "CONNECT"]}),
            message(|it| it.properties.user = vec![("a", "b")]),
            ask(|it| it.user = vec![("a", "b")]),
            "a User Property in SUBSCRIBE, only PUBLISH and CONNECT may have one",
        ),
        (
            json!({"name": "user_properties_bytes", "max": 4}),
            message(|it| it.properties.user = vec![("a", "b"), ("c", "d")]),
            message(|it| it.properties.user = vec![("a", "b"), ("c", "de")]),
            "User Properties of 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "content_type_bytes", "max": 4}),
            message(|it| it.properties.content_type = Some("text")),
            message(|it| it.properties.content_type = Some("texts")),
            "a Content Type of 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "correlation_data_bytes", "max": 4}),
            message(|it| it.properties.correlation_data = Some(b"1234")),
            with_will(|it| it.properties.correlation_data = Some(b"12345")),
            "Correlation Data of 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "response_topic_bytes", "max": 4}),
            message(|it| it.properties.response_topic = Some("back")),
            message(|it| it.properties.response_topic = Some("backs")),
            "a Response Topic of 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "packet_bytes", "max": 20}),
            message(|it| it.payload = b""),
            message(|it| it.payload = b"123456789"),
            "a packet of 23 bytes, 20 allowed",
        ),
        (
            json!({"name": "publish_qos", "max": 1}),
            message(|_| {}),
            Packet::Publish(publish("a", QoS::ExactlyOnce)),
            "a PUBLISH at QoS 2, 1 is the highest",
        ),
        (
            json!({"name": "publish_retain"}),
            message(|_| {}),
            message(|it| it.retain = true),
            "a PUBLISH with RETAIN, not offered",
        ),
        (
            json!({"name": "payload_bytes", "max": 5}),
            message(|_| {}),
            message(|it| it.payload = b"123456"),
            "a payload of 6 bytes, 5 allowed",
        ),
        (
            json!({"name": "retained_payload_bytes", "max": 4}),
            message(|_| {}),
            message(|it| it.retain = true),
            "a retained payload of 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "topic_alias", "max": 2}),
            alias(2),
            alias(3),
            "Topic Alias 3, 2 is the highest",
        ),
        (
            json!({"name": "topic_bytes", "max": 9}),
            on("home/lamp"),
            on("home/lamps"),
            "a topic of 10 bytes, 9 allowed",
        ),
        (
            json!({"name": "topic_bytes", "max": 9}),
            on("home/lamp"),
            drop_filters(&["a", "home/lamps"]),
            "a topic of 10 bytes, 9 allowed",
        ),
        (
            json!({"name": "topic_levels", "max": 2}),
            on("home/lamp"),
            to(&["a", "a/b/#"]),
            "a topic of 3 levels, 2 allowed",
        ),
        (
            json!({"name": "topic_level_bytes", "max": 4}),
            on("home/lamp"),
            on("house/lamp"),
            "a topic with a level of 5 bytes, 4 allowed",
        ),
        (
            json!({"name": "publish_topics", "only": ["home/+"]}),
            on("home/lamp"),
            on("work/lamp"),
            "a PUBLISH to work/lamp, only home/+ is taken",
        ),
        (
            json!({"name": "subscribe_filters", "not": ["$SYS/#"]}),
            to(&["home/#"]),
            to(&["a", "$SYS/broker/#"]),
            "a SUBSCRIBE to $SYS/broker/#, $SYS/# is not taken",
        ),
        (
            json!({"name": "subscribe_filters", "only": ["home/+/state"]}),
            to(&["$share/g/home/a/state"]),
            to(&["home/#"]),
            "a SUBSCRIBE to home/#, only home/+/state is taken",
        ),
        (
            json!({"name": "subscribe_filters", "not": ["a", "b"]}),
            to(&["c"]),
            to(&["b"]),
            "a SUBSCRIBE to b, which is not taken",
        ),
        (
            json!({"name": "publish_topics", "only": ["devices/%c/state"]}),
            on("devices/lamp/state"),
            on("devices/other/state"),
            "a PUBLISH to devices/other/state, only devices/lamp/state is taken",
        ),
        (
            json!({"name": "will_topics", "only": ["devices/%c/state", "all"]}),
            with_will(|it| it.topic = "devices/lamp/state"),
            plain_will(),
            "a will on gone, only devices/lamp/state and all are taken",
        ),
        (
            json!({"name": "dollar_topics", "only": ["$aws/#"]}),
            on("$aws/things"),
            on("$mine/x"),
            "a message on $mine/x, of what begins with $ only $aws/# is taken",
        ),
        (
            json!({"name": "dollar_topics", "only": ["$aws/#"]}),
            on("mine/x"),
            with_will(|it| it.topic = "$mine"),
            "a message on $mine, of what begins with $ only $aws/# is taken",
        ),
        (
            json!({"name": "dollar_filters", "only": ["$share/#"]}),
            to(&["a", "#", "$share/g/a"]),
            to(&["a", "$aws/#"]),
            "a SUBSCRIBE to $aws/#, of what begins with $ only $share/# is taken",
        ),
        (
            json!({"name": "subscribe_qos", "max": 0}),
            ask(|_| {}),
            ask(|it| it.filters[0].options.qos = QoS::AtLeastOnce),
            "a SUBSCRIBE that asks for QoS 1, 0 is the highest",
        ),
        (
            json!({"name": "filters_per_subscribe", "max": 2}),
            to(&["a", "b"]),
            to(&["a", "b", "c"]),
            "3 topic filters in one SUBSCRIBE, 2 allowed",
        ),
        (
            json!({"name": "filters_per_unsubscribe", "max": 2}),
            drop_filters(&["a", "b"]),
            drop_filters(&["a", "b", "c"]),
            "3 topic filters in one UNSUBSCRIBE, 2 allowed",
        ),
        (
            json!({"name": "subscriptions_per_client", "max": 2}),
            to(&["a", "b", "a"]),
            to(&["a", "c"]),
            "3 subscriptions of one client, 2 allowed",
        ),
        (
            json!({"name": "shared_subscriptions"}),
            to(&["a"]),
            to(&["$share/g/a"]),
            "a shared subscription, not offered",
        ),
        (
            json!({"name": "subscription_identifiers"}),
            ask(|_| {}),
            ask(|it| it.subscription_id = Some(1)),
            "a Subscription Identifier, not offered",
        ),
        (
            json!({"name": "wildcard_subscriptions"}),
            to(&["a"]),
            to(&["a/+"]),
            "a filter with a wildcard, not offered",
        ),
    ]
}

#[test]
fn a_limit_is_told_when_it_is_passed_and_not_before() {
    for (limit, kept, passed, said) in rows() {
        let mut desk = Desk::new(limit.clone(), Version::V5);
        assert_eq!(desk.hear(&kept), [""; 0], "{limit}");
        let whole = format!("It would close this connection: {said} (a test, 2026-11-28)");
        assert_eq!(desk.hear(&passed), [whole], "{limit}");
    }
}

#[test]
fn each_kind_has_a_test() {
    let with_own = [
        "ways",
        "receive_maximum",
        "publishes_per_second",
        "subscribes_per_second",
        "publish_bytes_per_second",
        "error_ack",
        "parent_of_hash",
        "retained_for_wildcard",
    ];
    let rows = rows();
    for kind in KINDS {
        let in_rows = rows.iter().any(|(limit, ..)| limit["name"] == kind.name);
        assert!(in_rows || with_own.contains(&kind.name), "{}", kind.name);
    }
}
