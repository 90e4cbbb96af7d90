//! A packet that set a topic alias and was lost, late or changed takes no topic from those that rely on it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Bench, deed};
use crate::fault::{Deed, Onward, Wait};
use crate::journal::Direction::Out;
use crate::line::Attach;
use crate::wire::{self, Packet, Publish, PublishProperties, QoS, Version};

fn publish(topic: &str, alias: Option<u16>, payload: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic,
        packet_id: None,
        properties: PublishProperties {
            topic_alias: alias,
            ..PublishProperties::default()
        },
        payload: payload.as_bytes(),
    }
    .encode(Version::V5, &mut bytes);
    bytes
}

/// Topic, alias and payload of each packet.
fn read(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Ok(Some(len)) = wire::frame(bytes, usize::MAX) {
        let (packet, rest) = bytes.split_at(len);
        let Ok(Packet::Publish(publish)) = wire::decode(Version::V5, packet) else {
            panic!("only these went in");
        };
        let alias = publish.properties.topic_alias.unwrap_or(0);
        let payload = String::from_utf8_lossy(publish.payload);
        found.push(format!("{}={alias} {payload}", publish.topic));
        bytes = rest;
    }
    found
}

/// A connection of 5.0 on which `deed` is done to the packets with this payload.
fn bench(names: &'static str, deed: Deed) -> Bench {
    Bench::with(Version::V5, "lamp", Attach::default(), move |_, packet, _| {
        let name = char::from(*packet.last()?);
        names.contains(name).then(|| deed.clone())
    })
}

fn lost() -> Deed {
    deed(Onward::Nothing, Wait::No)
}

#[test]
fn the_next_packet_gets_the_topic_that_was_lost() {
    let mut bench = bench("a", lost());
    bench.receive(Out, &publish("t/1", Some(1), "a"));
    bench.rules.may_concern = false;
    assert_eq!(
        bench.line.detach(&bench.rules),
        None,
        "somebody must know the topic"
    );
    bench.receive(Out, &publish("", Some(1), "b"));
    bench.receive(Out, &publish("", Some(1), "c"));
    assert_eq!(read(&bench.came_out(Out)), ["t/1=1 b", "=1 c"]);
    assert!(bench.line.detach(&bench.rules).is_some());
    assert_eq!(bench.released, bench.given);
}

#[test]
fn an_alias_that_is_set_anew_and_lost_is_not_taken_for_the_old_one() {
    let mut bench = bench("b", lost());
    bench.receive(Out, &publish("old", Some(1), "a"));
    bench.receive(Out, &publish("new", Some(1), "b"));
    bench.receive(Out, &publish("", Some(1), "c"));
    assert_eq!(read(&bench.came_out(Out)), ["old=1 a", "new=1 c"]);
}

#[test]
fn packets_that_overtake_each_other_keep_their_topics() {
    let mut bench = bench("bc", deed(Onward::Same, Wait::Held(Some(Duration::from_secs(1)))));
    bench.receive(Out, &publish("old", Some(1), "a"));
    bench.receive(Out, &publish("", Some(1), "b"));
    bench.receive(Out, &publish("new", Some(1), "c"));
    bench.receive(Out, &publish("", Some(1), "d"));
    assert_eq!(read(&bench.came_out(Out)), ["old=1 a", "new=1 d"]);
    bench.pass_millis(1000);
    assert_eq!(read(&bench.came_out(Out)), ["old=1 b", "new=1 c"]);
    bench.receive(Out, &publish("", Some(1), "e"));
    assert_eq!(read(&bench.came_out(Out)), ["=1 e"]);
}

#[test]
fn a_copy_and_an_edit_are_given_the_topic_too() {
    let edited = [publish("", Some(1), "x"), publish("", Some(1), "y")].concat();
    let mut bench = Bench::with(Version::V5, "lamp", Attach::default(), move |_, packet, _| {
        Some(match packet.last()? {
            b'a' => lost(),
            _ => deed(Onward::Bytes(edited.clone()), Wait::No),
        })
    });
    bench.receive(Out, &publish("t", Some(1), "a"));
    bench.receive(Out, &publish("", Some(1), "b"));
    assert_eq!(read(&bench.came_out(Out)), ["t=1 x", "=1 y"]);
}

#[test]
fn rules_are_told_the_topic_also_where_the_line_came_late() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    let attach = Attach {
        aliases: [vec![], vec![(3, "known".into())]],
        ..Attach::default()
    };
    let mut bench = Bench::with(Version::V5, "lamp", attach, move |_, _, topic| {
        notes.lock().expect("one thread").push(topic.map(str::to_owned));
        None
    });
    for (topic, alias) in [
        ("", Some(3)),
        ("t", Some(4)),
        ("", Some(4)),
        ("u", None),
        ("", Some(9)),
    ] {
        bench.receive(Out, &publish(topic, alias, "a"));
    }
    let asked = asked.lock().expect("one thread").clone();
    let asked: Vec<_> = asked.iter().map(Option::as_deref).collect();
    assert_eq!(asked, [Some("known"), Some("t"), Some("t"), None, None]);
    assert_eq!(read(&bench.came_out(Out)).len(), 5);
    assert!(bench.notes().iter().all(|note| note.starts_with("Out passed 1")));
}
