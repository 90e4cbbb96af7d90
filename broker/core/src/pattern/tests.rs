//! Patterns against entries that are made here.

mod compared;
mod fields;
mod impossible;
mod written;

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::journal::{Decision, Direction, Entry, Event, Record, Side};
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::{Packet, Publish, QoS, Version};

macro_rules! events {
    ($($word:ident)*) => {
        $(fn $word() -> Pattern {
            event(stringify!($word))
        })*
    };
}

events!(connected disconnected dropped refused session_ended subscribed will_published);

pub(crate) const CONN: ConnId = ConnId { slot: 0, serial: 1 };

pub(crate) fn bytes_of(topic: &str, qos: QoS, payload: &[u8]) -> Vec<u8> {
    let publish = Publish {
        packet_id: (qos != QoS::AtMostOnce).then(|| 7.try_into().expect("not 0")),
        ..Publish::new(topic, payload, qos)
    };
    let mut bytes = Vec::new();
    Packet::Publish(publish).encode(Version::V5, &mut bytes);
    bytes
}

pub(crate) fn published(client: &str, topic: &str, qos: QoS, payload: &str) -> Entry {
    Entry {
        seq: 1,
        at: Time::ZERO,
        conn: Some(CONN),
        client_id: Arc::from(client),
        version: Version::V5,
        record: Record::Packet {
            direction: Direction::In,
            side: Side::default(),
            bytes: bytes_of(topic, qos, payload.as_bytes()).into(),
            omitted: None,
            aliased_topic: None,
            decisions: vec![Decision::Sent("sub".into())],
        },
    }
}

fn why(pattern: &Pattern, entry: &Entry) -> String {
    let fit = pattern.compare(entry).expect("the same kind");
    assert_eq!(
        fit.differences.is_empty(),
        pattern.fits(entry),
        "both ways of asking agree on {pattern}"
    );
    let said: Vec<String> = fit.differences.iter().map(ToString::to_string).collect();
    said.join("; ")
}

#[test]
fn each_condition_fits_and_says_what_differs() {
    let entry = published("dev-1", "sensors/1/temp", QoS::AtLeastOnce, "{\"celsius\":21}");
    let right = publish("sensors/+/temp")
        .from("dev-1")
        .qos(1)
        .retain(false)
        .packet_identifier(7)
        .version("5.0")
        .json_subset(json!({"celsius": 21}))
        .test("an odd length", |entry| {
            entry.topic().is_some_and(|topic| topic.len() == 14)
        });
    assert_eq!(why(&right, &entry), "");
    let wrong = [
        (
            publish("sensors/+/hum"),
            "topic sensors/1/temp, not sensors/+/hum",
        ),
        (publish("#").from("dev-2"), "client \"dev-1\", not \"dev-2\""),
        (publish("#").to("dev-1"), "sent from a client, not to a client"),
        (publish("#").qos(0), "qos 1, not 0"),
        (publish("#").retain(true), "retain false, not true"),
        (publish("#").packet_identifier(8), "packet identifier 7, not 8"),
        (
            publish("#").content_type("text"),
            "no content type, wanted \"text\"",
        ),
        (publish("#").text("on"), r#"payload '{"celsius":21}', not "on""#),
        (
            publish("#").json_at("/celsius", 20),
            "payload at /celsius 21, not 20",
        ),
        (publish("#").test("it is green", |_| false), "it is green: not so"),
    ];
    for (pattern, words) in wrong {
        assert_eq!(why(&pattern, &entry), words);
    }
    assert!(
        connect().compare(&entry).is_none(),
        "another kind of packet is no near miss"
    );
    assert!(event("connected").compare(&entry).is_none());
    assert!(packet().fits(&entry));
}

#[test]
fn a_closure_that_panics_does_not_hold() {
    let entry = published("dev-1", "a", QoS::AtMostOnce, "x");
    let fails = publish("a").test("it is quiet", |_| panic!("a bug in a test"));
    assert_eq!(why(&fails, &entry), "it is quiet: the test panicked");
}

#[test]
fn a_connect_is_of_whom_it_says_before_it_is_accepted() {
    let mut entry = published("", "a", QoS::AtMostOnce, "x");
    if let Record::Packet { bytes: wire, .. } = &mut entry.record {
        *wire = b"\x10\x0F\0\x04MQTT\x05\x02\0\0\0\0\x02me".to_vec().into();
    }
    assert!(connect().from("me").fits(&entry));
    assert_eq!(why(&connect().from("you"), &entry), "client \"me\", not \"you\"");
}

#[test]
fn events_are_expected_by_their_names_and_fields() {
    let entry = Entry {
        seq: 3,
        at: Time::ZERO,
        conn: None,
        client_id: Arc::from("gone"),
        version: Version::V5,
        record: Record::Event(Event::SessionEnded {
            client_id: Arc::from("gone"),
            expired: true,
        }),
    };
    assert!(session_ended().of("gone").field("expired", true).fits(&entry));
    assert_eq!(
        why(&session_ended().of("gone").field("expired", false), &entry),
        "expired true, not false"
    );
    assert!(!connected().of("gone").fits(&entry));
}
