//! The journal has the decision about a PUBLISH beside it.

use broker_core::journal::{Decision, DropReason, Mark, Record};
use broker_core::wire::{Packet, Publish, QoS, Version};

use super::bench::{Bench, line, lines, publish};

/// The one PUBLISH from a client since `mark`, in a line.
fn published(bench: &Bench, mark: Mark) -> String {
    let since = bench.since(mark);
    let found: Vec<_> = since
        .entries
        .iter()
        .map(line)
        .filter(|line| line.contains("→ PUBLISH"))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

#[test]
fn it_says_who_got_it_who_waits_and_who_gets_nothing() {
    let mut bench = Bench::new(|settings| settings.session.max_queued_messages = 1);
    let here = bench.connect("here", Version::V5);
    bench.subscribe(here, Version::V5, "t", QoS::AtLeastOnce);
    let away = bench.connect_with("away", Version::V5, |connect| {
        connect.properties.session_expiry_secs = Some(100);
    });
    bench.subscribe(away, Version::V5, "t", QoS::AtLeastOnce);
    bench.engine.closed(bench.now, away, "gone");
    let publisher = bench.connect("pub", Version::V5);
    for (qos, retain, expected) in [
        (QoS::AtMostOnce, false, "[sent here, dropped away away]"),
        (QoS::AtLeastOnce, true, "[retained, sent here, queued away]"),
        (QoS::AtLeastOnce, false, "[sent here, dropped away queue_full]"),
    ] {
        let mark = bench.mark();
        let message = Publish {
            retain,
            ..publish("t", b"x", qos)
        };
        bench.send(publisher, Version::V5, &Packet::Publish(message));
        assert_eq!(published(&bench, mark), format!("pub → PUBLISH t {expected}"));
    }
    let mark = bench.mark();
    let message = Publish {
        retain: true,
        ..publish("u", b"", QoS::AtMostOnce)
    };
    bench.send(publisher, Version::V5, &Packet::Publish(message));
    assert_eq!(published(&bench, mark), "pub → PUBLISH u [retained removed]");
}

#[test]
fn duplicates_and_refusals_are_told() {
    let mut bench = Bench::new(|settings| settings.access.deny_publish = vec!["secret/#".to_owned()]);
    let publisher = bench.connect("pub", Version::V5);
    bench.subscribe(publisher, Version::V5, "#", QoS::AtMostOnce);
    let mark = bench.mark();
    let message = Packet::Publish(publish("t", b"x", QoS::ExactlyOnce));
    bench.send(publisher, Version::V5, &message);
    bench.send(publisher, Version::V5, &message);
    let refused = Packet::Publish(publish("secret/1", b"x", QoS::AtLeastOnce));
    bench.send(publisher, Version::V5, &refused);
    let since = lines(&bench.since(mark));
    let published: Vec<_> = since.iter().filter(|line| line.contains("→")).collect();
    assert_eq!(
        published,
        [
            "pub → PUBLISH t [sent pub]",
            "pub → PUBLISH t [duplicate]",
            "pub → PUBLISH secret/1 [refused 0x87]"
        ]
    );
}

#[test]
fn a_message_that_ends_its_connection_is_refused() {
    let mut bench = Bench::new(|settings| {
        settings.limits.max_packet_size_bytes = 100;
        settings.capabilities.maximum_qos = 1;
    });
    let ear = bench.connect("ear", Version::V5);
    bench.subscribe(ear, Version::V5, "#", QoS::AtMostOnce);
    for (qos, payload, told) in [
        (QoS::AtLeastOnce, [b'x'; 200].as_slice(), "0x95"),
        (QoS::ExactlyOnce, b"x", "0x9b"),
    ] {
        let publisher = bench.connect("pub", Version::V5);
        let mark = bench.mark();
        bench.send(
            publisher,
            Version::V5,
            &Packet::Publish(publish("t", payload, qos)),
        );
        assert_eq!(
            published(&bench, mark),
            format!("pub → PUBLISH t [refused {told}]")
        );
    }
}

#[test]
fn a_will_is_no_decision_about_the_packet_that_set_it_free() {
    let mut bench = Bench::new(|_| {});
    let watcher = bench.connect("watcher", Version::V5);
    bench.subscribe(watcher, Version::V5, "will", QoS::AtMostOnce);
    let id = bench.connect_with("a", Version::V5, |connect| {
        connect.will = Some(broker_core::wire::Will {
            topic: "will",
            payload: b"gone",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: broker_core::wire::WillProperties::default(),
        });
    });
    let mark = bench.mark();
    let broken = Publish {
        properties: broker_core::wire::PublishProperties {
            topic_alias: Some(0xFFFF),
            ..broker_core::wire::PublishProperties::default()
        },
        ..publish("t", b"x", QoS::AtMostOnce)
    };
    bench.send(id, Version::V5, &Packet::Publish(broken));
    assert_eq!(published(&bench, mark), "a → PUBLISH t [refused 0x94]");
    assert!(lines(&bench.since(mark)).contains(&"watcher ← PUBLISH will".to_owned()));
}

#[test]
fn a_run_says_for_each_of_its_packets_who_got_it() {
    for version in [Version::V311, Version::V5] {
        let mut bench = Bench::new(|_| {});
        for name in ["sub1", "sub2"] {
            let id = bench.connect(name, version);
            bench.subscribe(id, version, "t", QoS::AtMostOnce);
        }
        let publisher = bench.connect("pub", version);
        let mut bytes = Vec::new();
        for n in 0..10_u8 {
            Packet::Publish(publish("t", &vec![n; usize::from(n)], QoS::AtMostOnce))
                .encode(version, &mut bytes);
        }
        let mark = bench.mark();
        bench.receive(publisher, &bytes);
        let since = bench.since(mark);
        assert_eq!(since.entries.len(), 30);
        let mut seen = [0; 3];
        for (entry, seq) in since.entries.iter().zip(mark.seq()..) {
            assert_eq!((entry.seq, entry.topic()), (seq, Some("t")));
            let Some(Ok(Packet::Publish(publish))) = entry.packet() else {
                panic!("not {entry:?}");
            };
            let Record::Packet { decisions, .. } = &entry.record else {
                panic!("not {entry:?}");
            };
            let who = ["pub", "sub1", "sub2"]
                .iter()
                .position(|name| **name == *entry.client_id)
                .expect("one of the three");
            assert_eq!(publish.payload, vec![seen[who]; usize::from(seen[who])]);
            seen[who] += 1;
            let sent = ["sub1", "sub2"].map(|name| Decision::Sent(name.into()));
            let expected = if who == 0 { &sent[..] } else { &[] };
            assert_eq!(decisions, expected);
        }
        assert_eq!(seen, [10; 3]);
        // A mark in the middle of a run is as good as any other.
        let middle = broker_core::journal::Mark::before(mark.seq() + 5);
        assert_eq!(bench.since(middle).entries, since.entries[5..]);
    }
}

#[test]
fn a_subscriber_that_takes_nothing_loses_a_run_in_the_journal_too() {
    let mut bench = Bench::new(|settings| settings.limits.max_outbox_bytes = 1024);
    let slow = bench.connect("slow", Version::V311);
    bench.subscribe(slow, Version::V311, "t", QoS::AtMostOnce);
    let publisher = bench.connect("pub", Version::V311);
    let mut bytes = Vec::new();
    Packet::Publish(publish("t", &[0; 2000], QoS::AtMostOnce)).encode(Version::V311, &mut bytes);
    let mark = bench.mark();
    // Nothing is written in between.
    for _ in 0..3 {
        assert_eq!(bench.engine.receive(bench.now, publisher, &bytes), bytes.len());
    }
    let since = bench.since(mark);
    let decisions: Vec<_> = since
        .entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Packet { decisions, .. } if !decisions.is_empty() => Some(decisions.clone()),
            _ => None,
        })
        .collect();
    let dropped = vec![Decision::Dropped("slow".into(), DropReason::OutboxFull)];
    assert_eq!(
        decisions,
        [vec![Decision::Sent("slow".into())], dropped.clone(), dropped]
    );
}
