use std::time::Duration;

use super::*;
use crate::time::Time;
use crate::wire::{
    Connect, FilterRequest, Packet, PacketId, Publish, QoS, Subscribe, SubscriptionOptions, Version, decode,
};

/// What a broker was recorded to say to "lamp": SUBACK, a delivery a second later, PUBACK.
const RECORDED: &str = r#"{"event":"recording","version":1}
{"at_secs":0,"event":"connect","conn":1,"client_id":"lamp","mqtt_version":"3.1.1","clean_start":true}
{"at_secs":0,"event":"packet","conn":1,"client_id":"lamp","direction":"out","packet":"CONNACK","raw_base64":"IAIAAA=="}
{"at_secs":1,"event":"subscribe","conn":1,"client_id":"lamp","id":1,"filters":[{"filter":"a","qos":1},{"filter":"b","qos":0}]}
{"at_secs":1,"event":"packet","conn":1,"client_id":"lamp","direction":"out","packet":"SUBACK","raw_base64":"kAQAAQEA"}
{"at_secs":2,"event":"delivery","conn":1,"client_id":"lamp","topic":"a","qos":1,"id":9,"payload":"on"}
{"at_secs":2,"event":"packet","conn":1,"client_id":"lamp","direction":"in","packet":"PUBACK","raw_base64":"QAIACQ=="}
{"at_secs":3,"event":"message","conn":1,"client_id":"lamp","topic":"state","qos":1,"id":2,"payload":"on"}
{"at_secs":3,"event":"packet","conn":1,"client_id":"lamp","direction":"out","packet":"PUBACK","raw_base64":"QAIAAg=="}
"#;

fn answers(speed: Speed) -> Answers {
    Answers::new(&Recording::read(RECORDED.as_bytes()).unwrap(), speed).unwrap()
}

fn id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

#[test]
fn another_client_is_answered_under_its_own_identifiers_and_in_its_own_version() {
    let mut answers = answers(Speed::default());
    let mut answering = answers.begin("somebody else");
    let (start, mut out) = (Time::from_secs(100), Vec::new());
    let connect = Packet::Connect(Box::new(Connect::new(Version::V5, "somebody else")));
    assert_eq!(answering.receive(start, &connect, &mut out), None);
    assert_eq!(out, b"\x20\x03\0\0\0");

    // The same filters in two packets, as another library sends them.
    out.clear();
    for (number, filter) in [(70, "b"), (71, "a")] {
        let subscribe = Packet::Subscribe(Subscribe::new(id(number), filter, QoS::AtLeastOnce));
        assert_eq!(answering.receive(start, &subscribe, &mut out), None);
    }
    // Each with the grant that was recorded.
    assert_eq!(out, b"\x90\x04\0\x46\0\0\x90\x04\0\x47\0\x01");

    // A second after the subscription.
    out.clear();
    let due = answering.next_due().unwrap();
    assert_eq!(due, start + Duration::from_secs(1));
    answering.tick(start + Duration::from_millis(999), &mut out);
    assert_eq!(out, b"");
    answering.tick(due, &mut out);
    assert_eq!(out, b"\x32\x08\0\x01a\0\x09\0on");

    // It says something else before it acknowledges.
    out.clear();
    let mut other = Publish::new("unheard", b"", QoS::AtLeastOnce);
    other.packet_id = Some(id(72));
    let difference = answering
        .receive(due, &Packet::Publish(other), &mut out)
        .expect("it was not recorded");
    assert!(difference.came.contains("unheard"), "{difference:?}");
    assert_eq!(difference.recorded.as_deref(), Some("PUBACK #9"));
    assert_eq!(out, b"\x40\x02\0\x48", "it can go on");

    out.clear();
    let ack = Packet::PubAck(crate::wire::Ack::new(id(9)));
    assert_eq!(answering.receive(due, &ack, &mut out), None);
    let mut state = Publish::new("state", b"another payload", QoS::AtLeastOnce);
    state.packet_id = Some(id(73));
    assert_eq!(answering.receive(due, &Packet::Publish(state), &mut out), None);
    assert_eq!(out, b"\x40\x02\0\x48\x40\x02\0\x49"[4..]);
    assert_eq!(answering.next_due(), None);
}

#[test]
fn a_client_that_leaves_early_and_one_that_asks_for_more_are_told() {
    let mut answers = answers(Speed::Max);
    let mut answering = answers.begin("lamp");
    let (now, mut out) = (Time::from_secs(100), Vec::new());
    let connect = Packet::Connect(Box::new(Connect::new(Version::V311, "lamp")));
    assert_eq!(answering.receive(now, &connect, &mut out), None);
    let mut subscribe = Subscribe::new(id(5), "a", QoS::AtLeastOnce);
    subscribe.filters.push(FilterRequest {
        filter: "more",
        options: SubscriptionOptions::default(),
    });
    let difference = answering
        .receive(now, &Packet::Subscribe(subscribe), &mut out)
        .unwrap();
    assert!(difference.came.contains("more"), "{difference:?}");
    let goodbye = decode(Version::V311, b"\xE0\0").unwrap();
    let difference = answering.receive(now, &goodbye, &mut out).unwrap();
    assert_eq!(difference.recorded.as_deref(), Some("SUBSCRIBE a, b"));
    assert!(answering.is_over);
}

#[test]
fn conversations_begin_again_once_all_were_played() {
    let mut answers = answers(Speed::Max);
    for client_id in ["lamp", "lamp", "x", "y"] {
        let mut answering = answers.begin(client_id);
        let mut out = Vec::new();
        let connect = Packet::Connect(Box::new(Connect::new(Version::V311, client_id)));
        answering.receive(Time::from_secs(100), &connect, &mut out);
        assert_eq!(out, b"\x20\x02\0\0", "{client_id}");
    }
    let error = Answers::new(&Recording::read(&br#"{"topic":"a"}"#[..]).unwrap(), Speed::Max).unwrap_err();
    assert!(error.contains("--record"), "{error}");
}

#[test]
fn a_connect_whose_answer_was_not_recorded_is_accepted_and_that_is_told() {
    let recorded: Vec<&str> = RECORDED
        .lines()
        .filter(|line| !line.contains("CONNACK"))
        .collect();
    let recorded = recorded.join("\n");
    let recording = Recording::read(recorded.as_bytes()).unwrap();
    let mut answering = Answers::new(&recording, Speed::Max).unwrap().begin("lamp");
    let connect = Packet::Connect(Box::new(Connect::new(Version::V311, "lamp")));
    let mut out = Vec::new();
    let difference = answering.receive(Time::ZERO, &connect, &mut out).unwrap();
    assert_eq!(out, b"\x20\x02\0\0");
    assert!(
        difference.came.starts_with("CONNECT, whose answer"),
        "{difference:?}"
    );
    assert!(
        difference.recorded.unwrap().starts_with("SUBSCRIBE"),
        "the client goes on with that"
    );
}
