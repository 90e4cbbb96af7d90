//! Limits that need what was before: rates, sessions, exchanges.

use super::*;
use crate::arrival::Way;

#[test]
fn rates_are_counted_over_a_second_and_told_once_in_it() {
    for (limit, said) in [
        (
            json!({"name": "publishes_per_second", "max": 2}),
            "3 PUBLISH packets within a second, 2 a second allowed",
        ),
        (
            json!({"name": "publish_bytes_per_second", "max": 10}),
            "15 bytes of payloads within a second, 10 a second allowed",
        ),
    ] {
        let mut desk = Desk::new(limit, Version::V311);
        let mut counts = Vec::new();
        for millis in [0, 400, 999, 999, 1000, 1001, 1900] {
            desk.now = Time::ZERO + Duration::from_millis(millis);
            let found = desk.find(Direction::In, &message(|_| {}));
            let told = found.iter().filter(|one| !one.is_repeated);
            let told: Vec<String> = told.map(ToString::to_string).collect();
            assert!(told.iter().all(|one| one.contains(said)), "{told:?}");
            counts.push((found.len(), told.len()));
        }
        let (none, first, more) = ((0, 0), (1, 1), (1, 0));
        assert_eq!(
            counts,
            [none, none, first, more, none, none, first],
            "found, and told"
        );
    }
}

#[test]
fn subscribing_and_unsubscribing_are_counted_together() {
    let mut desk = Desk::new(json!({"name": "subscribes_per_second", "max": 2}), Version::V5);
    let said = "3 SUBSCRIBE and UNSUBSCRIBE packets within a second, 2 a second allowed";
    assert_eq!(
        desk.hear(&Packet::Subscribe(subscribe(&["a", "b", "c"]))),
        [""; 0]
    );
    assert_eq!(desk.hear(&drop_filters(&["a"])), [""; 0]);
    assert_eq!(desk.hear(&message(|_| {})), [""; 0]);
    assert!(desk.hear(&Packet::Subscribe(subscribe(&["a"])))[0].contains(said));
    let again = desk.find(Direction::In, &drop_filters(&["a"]));
    assert!(again[0].is_repeated, "it is told once in a second");
    desk.now = Time::ZERO + Duration::from_secs(1);
    assert_eq!(desk.hear(&drop_filters(&["b"])), [""; 0]);
}

#[test]
fn a_client_identifier_with_a_wildcard_stands_for_no_other_client() {
    let limit = json!({"name": "publish_topics", "only": ["devices/%c/state"]});
    let mut desk = Desk::new(limit, Version::V5);
    desk.who.client_id = "+".into();
    assert_eq!(desk.hear(&message(|it| it.topic = "devices/lamp/state")).len(), 1);
}

#[test]
fn what_our_broker_tells_of_itself_is_not_held_against_a_client() {
    for name in ["parent_of_hash", "retained_for_wildcard"] {
        let mut desk = Desk::new(json!({"name": name, "outcome": "ignore"}), Version::V5);
        desk.hear(&Packet::Subscribe(subscribe(&[
            "$SYS/#",
            "$SYS/uptime/#",
            "$own/#",
            "$own/uptime/#",
        ])));
        let on = |topic| {
            message(move |it| {
                it.retain = true;
                it.topic = topic;
            })
        };
        assert_eq!(desk.say(Direction::Out, &on("$SYS/uptime")), [""; 0], "{name}");
        let is_told = name == "retained_for_wildcard";
        assert_eq!(
            desk.say(Direction::Out, &on("$own/uptime")).len(),
            usize::from(is_told)
        );
        desk.hear(&drop_filters(&["$own/#"]));
        assert_eq!(desk.say(Direction::Out, &on("$own/uptime")).len(), 1, "{name}");
    }
}

#[test]
fn receive_maximum_counts_exchanges_that_are_open() {
    let mut desk = Desk::new(json!({"name": "receive_maximum", "max": 1}), Version::V5);
    let numbered = |number| {
        Packet::Publish(Publish {
            packet_id: PacketId::new(number),
            ..publish("a", QoS::ExactlyOnce)
        })
    };
    let ack = |number| Ack {
        packet_id: PacketId::new(number).expect("not 0"),
        reason: ReasonCode::SUCCESS,
        properties: ReasonProperties::default(),
    };
    assert_eq!(desk.hear(&numbered(1)), [""; 0]);
    assert_eq!(desk.hear(&numbered(1)), [""; 0], "the same once more");
    assert!(desk.hear(&numbered(2))[0].contains("2 PUBLISH packets of QoS 2 at once, Receive Maximum is 1"));
    desk.say(Direction::Out, &Packet::PubComp(ack(1)));
    desk.say(
        Direction::Out,
        &Packet::PubRec(Ack {
            reason: ReasonCode::QUOTA_EXCEEDED,
            ..ack(2)
        }),
    );
    assert_eq!(desk.hear(&numbered(3)), [""; 0]);
}

#[test]
fn an_acknowledgement_with_an_error_is_told() {
    let mut desk = Desk::new(json!({"name": "error_ack"}), Version::V5);
    let ack = |reason| {
        Packet::PubAck(Ack {
            packet_id: PacketId::MIN,
            reason,
            properties: ReasonProperties::default(),
        })
    };
    assert_eq!(desk.hear(&ack(ReasonCode::NO_MATCHING_SUBSCRIBERS)), [""; 0]);
    assert!(desk.hear(&ack(ReasonCode::UNSPECIFIED_ERROR))[0].contains("an acknowledgement with an error"));
}

#[test]
fn the_parent_of_a_filter_that_ends_in_a_hash_is_told_where_nothing_else_brings_it() {
    let mut desk = Desk::new(
        json!({"name": "parent_of_hash", "outcome": "ignore"}),
        Version::V5,
    );
    desk.hear(&Packet::Subscribe(subscribe(&["home/#"])));
    let parent = message(|it| it.topic = "home");
    assert_eq!(desk.say(Direction::Out, &message(|_| {})), [""; 0], "a child");
    let said = "It would not send this message: a message on home for its filter that ends in /#";
    assert!(desk.say(Direction::Out, &parent)[0].starts_with(said));
    desk.hear(&Packet::Subscribe(subscribe(&["home"])));
    assert_eq!(
        desk.say(Direction::Out, &parent),
        [""; 0],
        "there is another filter"
    );
    desk.hear(&drop_filters(&["home"]));
    assert_eq!(desk.say(Direction::Out, &parent).len(), 1);
    desk.hear(&hello(|_| {}));
    assert_eq!(
        desk.say(Direction::Out, &parent),
        [""; 0],
        "its session began anew"
    );
}

#[test]
fn a_retained_message_for_a_wildcard_is_told() {
    let mut desk = Desk::new(
        json!({"name": "retained_for_wildcard", "outcome": "ignore"}),
        Version::V5,
    );
    desk.hear(&Packet::Subscribe(subscribe(&["home/+"])));
    let retained = message(|it| it.retain = true);
    assert_eq!(
        desk.say(Direction::Out, &message(|_| {})),
        [""; 0],
        "not retained"
    );
    assert!(
        desk.say(Direction::Out, &retained)[0]
            .contains("a retained message on home/lamp for a filter with a wildcard")
    );
    desk.hear(&ask(|it| it.filters[0].filter = "home/lamp"));
    assert_eq!(
        desk.say(Direction::Out, &retained),
        [""; 0],
        "a filter without one brings it, too"
    );
}

#[test]
fn ways_are_held_against_what_is_said_of_the_connection() {
    for (tls, told) in [(true, 0), (false, 1)] {
        let mut desk = Desk::new(json!({"name": "ways", "only": ["tls"]}), Version::V5);
        assert_eq!(desk.hear(&hello(|_| {})).len(), 0, "nobody says it");
        let way = Way {
            tls,
            ..Way::default()
        };
        desk.inspector.arrived(desk.who.conn, way);
        assert_eq!(desk.hear(&hello(|_| {})).len(), told, "{way}");
    }
}

#[test]
fn what_is_refused_is_not_remembered() {
    let limit = json!({"name": "subscriptions_per_client", "max": 1, "outcome": "close", "source": "a test"});
    let profile = json!({"title": "It", "as_of": "2026-11-28", "limit": [limit]});
    let profile = Arc::new(Profile::from_json_or_all_wrongs("it", &profile).expect("it is right"));
    for (mode, told) in [(Mode::Warn, 1), (Mode::Enforce, 0)] {
        let mut desk = Desk::new(json!({"name": "will"}), Version::V5);
        desk.inspector = Inspector::new(Arc::clone(&profile), mode);
        assert_eq!(desk.hear(&Packet::Subscribe(subscribe(&["a", "b"]))).len(), 1);
        assert_eq!(
            desk.hear(&Packet::Subscribe(subscribe(&["c"]))).len(),
            told,
            "{mode:?}"
        );
    }
}
