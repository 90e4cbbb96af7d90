//! The journal as traces: which spans there are, where they hang, and how long they last.

use std::time::Duration;

use broker_core::engine::ConnId;
use broker_core::journal::{Mark, Traces};
use broker_core::wire::{Ack, Packet, PacketId, Publish, PublishProperties, QoS, ReasonCode, Version};
use serde_json::{Value as Json, json};

use super::bench::{Bench, publish};

const V5: Version = Version::V5;
const V311: Version = Version::V311;
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// When the broker was started.
const STARTED: Duration = Duration::from_secs(1_700_000_000);

fn document(bench: &Bench) -> Json {
    let bytes = Traces::document(STARTED, &bench.since(Mark::START).entries);
    serde_json::from_slice(&bytes).expect("it is JSON")
}

fn spans(bench: &Bench) -> Vec<Json> {
    let document = document(bench);
    let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
    spans.as_array().expect("a list").clone()
}

fn named<'a>(spans: &'a [Json], name: &str, client: &str) -> &'a Json {
    let found = spans
        .iter()
        .find(|span| span["name"] == name && attribute(span, "messaging.client.id") == client);
    found.unwrap_or_else(|| panic!("no {name} of {client}: {spans:#?}"))
}

/// What is said of a span or of an event, whatever its type.
fn attribute(of: &Json, key: &str) -> Json {
    let all = of["attributes"].as_array().expect("a list");
    let found = all.iter().find(|one| one["key"] == key);
    let value = found.and_then(|one| one["value"].as_object()?.values().next().cloned());
    value.unwrap_or_default()
}

fn events(span: &Json) -> Vec<&str> {
    let all = span["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|event| event["name"].as_str()).collect()
}

/// From when until when, by the broker's clock, in nanoseconds.
fn lasts(span: &Json) -> [u128; 2] {
    ["startTimeUnixNano", "endTimeUnixNano"].map(|name| {
        let text = span[name].as_str().expect("64 bits are text");
        text.parse::<u128>().expect("a number") - STARTED.as_nanos()
    })
}

fn traced<'a>(topic: &'a str, payload: &'a [u8], qos: QoS) -> Publish<'a> {
    Publish {
        properties: PublishProperties {
            user: vec![("traceparent", PARENT), ("tracestate", "vendor=1")],
            ..PublishProperties::default()
        },
        ..publish(topic, payload, qos)
    }
}

fn second(bench: &mut Bench, conn: ConnId, packet: &Packet<'_>) {
    let now = bench.now.since_start().as_secs();
    bench.at_secs(now + 1);
    bench.send(conn, V5, packet);
}

#[test]
fn a_message_is_followed_from_its_publisher_to_each_subscriber() {
    let mut bench = Bench::new(|_| {});
    let new = bench.connect("new", V5);
    bench.subscribe(new, V5, "a/#", QoS::AtLeastOnce);
    let old = bench.connect("old", V311);
    bench.subscribe(old, V311, "a/+", QoS::AtMostOnce);
    let lamp = bench.connect("lamp", V5);
    second(
        &mut bench,
        lamp,
        &Packet::Publish(traced("a/b", b"on", QoS::AtLeastOnce)),
    );
    second(&mut bench, new, &Packet::PubAck(Ack::new(PacketId::MIN)));

    let spans = spans(&bench);
    assert_eq!(spans.len(), 3, "{spans:#?}");
    let receive = named(&spans, "receive a/b", "lamp");
    assert_eq!(
        (&receive["traceId"], &receive["parentSpanId"]),
        (&json!(TRACE), &json!(SPAN))
    );
    assert_eq!(
        (&receive["kind"], &receive["flags"], &receive["traceState"]),
        (&json!(2), &json!(0x301), &json!("vendor=1"))
    );
    assert_eq!(events(receive), ["sent", "sent", "PUBACK"]);
    assert_eq!(lasts(receive), [1_000_000_000; 2]);
    assert_eq!(attribute(receive, "mqtt.acknowledged"), true);
    for client in ["new", "old"] {
        let deliver = named(&spans, "deliver a/b", client);
        assert_eq!(
            (&deliver["traceId"], &deliver["kind"]),
            (&json!(TRACE), &json!(3))
        );
        assert_eq!(deliver["parentSpanId"], receive["spanId"]);
        assert_eq!(deliver["flags"], 0x101, "its parent is of this broker");
        assert_ne!(deliver["spanId"], receive["spanId"]);
    }
    // It lasts until its acknowledgement; without one it is over at once.
    assert_eq!(
        lasts(named(&spans, "deliver a/b", "new")),
        [1_000_000_000, 2_000_000_000]
    );
    let old = named(&spans, "deliver a/b", "old");
    assert_eq!(lasts(old), [1_000_000_000; 2]);
    assert_eq!(
        (attribute(old, "mqtt.qos"), attribute(old, "mqtt.acknowledged")),
        (json!("0"), Json::Null)
    );
    // Written once more, they have the same identifiers.
    assert_eq!(document(&bench), document(&bench));
}

#[test]
fn a_message_without_a_traceparent_has_no_span() {
    let mut bench = Bench::new(|_| {});
    let lamp = bench.connect("lamp", V5);
    bench.subscribe(lamp, V5, "#", QoS::AtLeastOnce);
    bench.send(lamp, V5, &Packet::Publish(publish("a", b"", QoS::AtLeastOnce)));
    let mut wrong = traced("a", b"", QoS::AtMostOnce);
    wrong.properties.user = vec![("traceparent", "00-0-0-01")];
    bench.send(lamp, V5, &Packet::Publish(wrong));
    assert_eq!(spans(&bench), [] as [Json; 0]);
}

#[test]
fn each_packet_of_an_exchange_exactly_once_is_told() {
    let mut bench = Bench::new(|_| {});
    let lamp = bench.connect("lamp", V5);
    bench.subscribe(lamp, V5, "a", QoS::ExactlyOnce);
    second(
        &mut bench,
        lamp,
        &Packet::Publish(traced("a", b"", QoS::ExactlyOnce)),
    );
    let repeated = Publish {
        dup: true,
        ..traced("a", b"", QoS::ExactlyOnce)
    };
    second(&mut bench, lamp, &Packet::Publish(repeated));
    second(&mut bench, lamp, &Packet::PubRel(Ack::new(PacketId::MIN)));
    second(&mut bench, lamp, &Packet::PubRec(Ack::new(PacketId::MIN)));
    second(&mut bench, lamp, &Packet::PubComp(Ack::new(PacketId::MIN)));
    let spans = spans(&bench);
    let receive = named(&spans, "receive a", "lamp");
    assert_eq!(
        events(receive),
        ["sent", "PUBREC", "received again", "PUBREC", "PUBREL", "PUBCOMP"]
    );
    assert_eq!(lasts(receive), [1_000_000_000, 3_000_000_000]);
    let deliver = named(&spans, "deliver a", "lamp");
    assert_eq!(events(deliver), ["PUBREC", "PUBREL", "PUBCOMP"]);
    assert_eq!(lasts(deliver), [1_000_000_000, 5_000_000_000]);
    assert_eq!(spans.len(), 2);
}

#[test]
fn what_is_not_answered_is_told_as_it_is() {
    let mut bench = Bench::new(|_| {});
    let new = bench.connect("new", V5);
    bench.subscribe(new, V5, "a", QoS::AtLeastOnce);
    let lamp = bench.connect("lamp", V5);
    second(
        &mut bench,
        lamp,
        &Packet::Publish(traced("a", b"", QoS::AtLeastOnce)),
    );
    let before = spans(&bench);
    assert_eq!(
        attribute(named(&before, "deliver a", "new"), "mqtt.acknowledged"),
        false
    );
    let refused = Ack {
        reason: ReasonCode::QUOTA_EXCEEDED,
        ..Ack::new(PacketId::MIN)
    };
    second(&mut bench, new, &Packet::PubAck(refused));
    let after = spans(&bench);
    let deliver = named(&after, "deliver a", "new");
    assert_eq!(
        deliver["status"],
        json!({"code": 2, "message": "0x97 Quota exceeded"})
    );
    assert_eq!(deliver["spanId"], named(&before, "deliver a", "new")["spanId"]);
}

#[test]
fn a_message_that_the_journal_forgot_hangs_under_its_publisher() {
    let mut bench = Bench::new(|_| {});
    let lamp = bench.connect("lamp", V5);
    let kept = Publish {
        retain: true,
        ..traced("a", b"x", QoS::AtMostOnce)
    };
    bench.send(lamp, V5, &Packet::Publish(kept));
    let mark = bench.mark();
    bench.subscribe(lamp, V5, "a", QoS::AtMostOnce);
    let bytes = Traces::document(STARTED, &bench.since(mark).entries);
    let document: Json = serde_json::from_slice(&bytes).expect("it is JSON");
    let span = &document["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(
        (&span["name"], &span["parentSpanId"]),
        (&json!("deliver a"), &json!(SPAN))
    );
    assert_eq!(attribute(span, "mqtt.retain"), true);
}

#[test]
fn more_decisions_than_a_span_has_events_are_counted() {
    let mut bench = Bench::new(|_| {});
    for number in 0..200 {
        let conn = bench.connect(&format!("c{number}"), V5);
        bench.subscribe(conn, V5, "a", QoS::AtMostOnce);
    }
    let lamp = bench.connect("lamp", V5);
    bench.send(lamp, V5, &Packet::Publish(traced("a", b"", QoS::AtMostOnce)));
    let spans = spans(&bench);
    let receive = named(&spans, "receive a", "lamp");
    assert_eq!(
        (events(receive).len(), &receive["droppedEventsCount"]),
        (128, &json!(72))
    );
    assert_eq!(spans.len(), 201);
}
