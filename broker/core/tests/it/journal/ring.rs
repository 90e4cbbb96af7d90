//! The ring: what it holds, what it forgets, and what it says about that.

use broker_core::journal::{Bounds, Decision, Direction, Event, Journal, Mark, Record};
use broker_core::time::Time;
use broker_core::wire::{Packet, QoS, Version};
use bytes::Bytes;
use proptest::prelude::*;

use super::bench::{Bench, publish};

#[test]
fn it_forgets_the_oldest_and_says_how_many() {
    let mut bench = Bench::new(|settings| settings.journal.entries = 10);
    let id = bench.connect("a", Version::V311); // three entries
    let early = bench.mark();
    for _ in 0..20 {
        bench.send(id, Version::V311, &Packet::PingReq); // two entries each
    }
    let since = bench.since(early);
    assert_eq!((since.entries.len(), since.missed), (10, 30));
    assert_eq!(since.entries[0].seq, early.seq() + 30);
    assert_eq!(bench.since(Mark::START).missed, 33);
    let late = bench.mark();
    assert_eq!((late.last(), bench.since(late).missed), (43, 0));
    assert_eq!(bench.since(late).entries, []);
}

#[test]
fn clearing_is_no_loss_and_numbers_go_on() {
    let mut bench = Bench::new(|_| {});
    let id = bench.connect("a", Version::V311);
    bench.engine.journal_mut().clear();
    assert_eq!(bench.engine.journal().len(), 0);
    bench.send(id, Version::V311, &Packet::PingReq);
    let all = bench.since(Mark::START);
    assert_eq!((all.missed, all.entries.len(), all.entries[0].seq), (0, 2, 4));
    assert_eq!(&*all.entries[0].client_id, "a");
}

#[test]
fn a_reset_clears_it_and_is_its_first_entry() {
    let mut bench = Bench::new(|_| {});
    bench.connect("a", Version::V311);
    let before = bench.mark();
    bench.engine.reset(bench.now);
    let all = bench.since(Mark::START);
    assert_eq!(all.missed, 0);
    let [only] = &all.entries[..] else {
        panic!("{:?}", all.entries);
    };
    assert_eq!(only.record, Record::Event(Event::Reset {}));
    assert!(only.seq > before.last());
}

#[test]
fn zero_entries_turn_it_off() {
    let mut bench = Bench::new(|settings| settings.journal.entries = 0);
    let id = bench.connect("a", Version::V5);
    bench.subscribe(id, Version::V5, "t", QoS::AtMostOnce);
    for _ in 0..3 {
        bench.send(
            id,
            Version::V5,
            &Packet::Publish(publish("t", b"x", QoS::AtMostOnce)),
        );
    }
    bench.engine.closed(bench.now, id, "gone");
    let journal = bench.engine.journal();
    assert_eq!((journal.mark(), journal.held_bytes()), (Mark::START, 0));
}

#[test]
fn memory_stays_within_the_bound_whatever_is_recorded() {
    const BYTES: u64 = 1024 * 1024;
    let mut bench = Bench::new(|settings| settings.journal.bytes = BYTES);
    let subscriber = bench.connect("sub", Version::V311);
    bench.subscribe(subscriber, Version::V311, "#", QoS::AtMostOnce);
    let publisher = bench.connect("pub", Version::V311);
    for length in [0, 10, 1000, 5000, 20_000, 40_000, 100_000, 900_000] {
        for _ in 0..200 {
            let payload = vec![b'.'; length];
            bench.send(
                publisher,
                Version::V311,
                &Packet::Publish(publish("t", &payload, QoS::AtMostOnce)),
            );
            assert!(bench.engine.journal().held_bytes() as u64 <= BYTES, "at {length}");
        }
        // It is not forgetful beyond need: half of the bound is in use.
        assert!(
            length < 5000 || bench.engine.journal().held_bytes() as u64 > BYTES / 2,
            "at {length}"
        );
    }
}

#[test]
fn a_payload_larger_than_the_bound_leaves_its_length_and_digest() {
    let mut bench = Bench::new(|settings| settings.journal.bytes = 65_536);
    let id = bench.connect("a", Version::V311);
    let payload = vec![7; 200_000];
    bench.send(
        id,
        Version::V311,
        &Packet::Publish(publish("t", &payload, QoS::AtMostOnce)),
    );
    let all = bench.since(Mark::START);
    assert_eq!((all.entries.len(), all.missed), (4, 0), "and leaves the others");
    let large = &all.entries[3];
    assert_eq!((large.topic(), large.qos()), (Some("t"), Some(QoS::AtMostOnce)));
    assert_eq!(large.payload(), None, "no other payload is told in its place");
    assert!(
        large.words().ends_with("PUBLISH t (200000 bytes, not kept)"),
        "{}",
        large.words()
    );
    let json = serde_json::to_value(large).expect("it can be written");
    assert_eq!(json["payload_bytes"], 200_000);
    assert_eq!(
        json["payload_sha256"],
        "8cfcba83dcfc81a193bb4e52fd3161efb513906f52cbbe2328fac5f1a79c2b6e"
    );
    assert_eq!((json.get("payload"), json.get("raw_base64")), (None, None));
}

#[test]
fn a_connect_that_nobody_answers_has_the_version_that_it_asks_for() {
    let mut journal = Journal::new(Bounds {
        entries: 10,
        bytes: 1000,
    });
    let source = journal.open(Bench::new(|_| {}).open());
    journal.packet_in(
        Time::from_secs(1),
        source,
        b"\x10\x0d\0\x04MQTT\x05\x02\0\0\0\0\0",
    );
    assert_eq!(journal.since(Mark::START).entries[0].version, Version::V5);
}

#[test]
fn events_alone_go_round_too() {
    let mut journal = Journal::new(Bounds {
        entries: 10,
        bytes: 100_000,
    });
    for n in 0..100 {
        let event = Event::SessionEnded {
            client_id: "a".into(),
            expired: true,
        };
        journal.event(Time::from_secs(n), None, event);
    }
    let all = journal.since(Mark::START);
    assert_eq!((all.entries.len(), all.missed), (10, 90));
    assert_eq!(all.entries[0].at, Time::from_secs(90));
}

/// One call of the journal.
#[derive(Debug, Clone)]
enum Call {
    In(usize, Vec<u8>),
    Run(usize, u32, Vec<usize>),
    Out(usize, Vec<u8>),
    Shared(usize, usize),
    Open,
    Close(usize),
    Clear,
}

fn call() -> impl Strategy<Value = Call> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        4 => (any::<usize>(), bytes()).prop_map(|(who, bytes)| Call::In(who, bytes)),
        4 => (any::<usize>(), 1..20_u32, proptest::collection::vec(any::<usize>(), 0..5))
            .prop_map(|(who, packets, to)| Call::Run(who, packets, to)),
        4 => (any::<usize>(), bytes()).prop_map(|(who, bytes)| Call::Out(who, bytes)),
        2 => (any::<usize>(), 0..5000_usize).prop_map(|(who, length)| Call::Shared(who, length)),
        2 => Just(Call::Open),
        1 => any::<usize>().prop_map(Call::Close),
        1 => Just(Call::Clear),
    ]
}

/// What the journal should hold: everything, in a list.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    client_id: String,
    direction: Direction,
    bytes: Vec<u8>,
    decisions: Vec<Decision>,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Compared with a list that forgets nothing, the ring holds the end of that list.
    #[test]
    fn it_is_the_end_of_the_list_of_all_that_happened(
        calls in proptest::collection::vec(call(), 1..200),
        entries in 1..200_u64,
        bytes in prop_oneof![0..3000_usize, 0..100_000_usize],
    ) {
        let mut journal = Journal::new(Bounds { entries, bytes });
        let mut model: Vec<Model> = Vec::new();
        let mut open = Vec::new();
        let mut engine = Bench::new(|_| {});
        for (number, call) in calls.into_iter().enumerate() {
            let at = Time::from_secs(number as u64);
            if open.is_empty() || matches!(call, Call::Open) {
                let name = format!("client {}", open.len());
                let source = journal.open(engine.open());
                journal.identify(source, &name.as_str().into(), Version::V311);
                open.push((name, source));
            }
            let who = |index: usize| open[index % open.len()].clone();
            let entry = |client_id: &str, direction, bytes: &[u8]| Model {
                client_id: client_id.to_owned(), direction, bytes: bytes.to_vec(), decisions: Vec::new(),
            };
            match call {
                Call::In(index, bytes) => {
                    let (name, source) = who(index);
                    journal.packet_in(at, source, &bytes);
                    model.push(entry(&name, Direction::In, &bytes));
                }
                Call::Out(index, bytes) => {
                    let (name, source) = who(index);
                    journal.packet_out(at, source, &bytes);
                    model.push(entry(&name, Direction::Out, &bytes));
                }
                Call::Shared(index, length) => {
                    let (name, source) = who(index);
                    let payload = Bytes::from(vec![b'.'; length]);
                    journal.shared_out(at, source, b"head", &payload);
                    model.push(entry(&name, Direction::Out, &[b"head", &payload[..]].concat()));
                }
                Call::Run(index, packets, to) => {
                    let (name, source) = who(index);
                    // Without a payload, which very narrow bounds leave out.
                    let one = [0x30, 3, 0, 1, b'a' + (number % 26) as u8];
                    let all = one.repeat(packets as usize);
                    let recorded = journal.run_in(at, source, packets, &all);
                    journal.begin_decisions();
                    let decisions: Vec<_> = to.iter().map(|to| Decision::Sent(who(*to).0.as_str().into())).collect();
                    for _ in 0..packets {
                        model.push(Model { decisions: decisions.clone(), ..entry(&name, Direction::In, &one) });
                    }
                    for to in to {
                        let (name, source) = who(to);
                        // In this order as the engine does it.
                        journal.decide_sent(source);
                        journal.again_out(at, source, recorded, &all);
                        for _ in 0..packets {
                            model.push(entry(&name, Direction::Out, &one));
                        }
                    }
                    journal.end_decisions();
                }
                Call::Close(index) => {
                    let (_, source) = open.remove(index % open.len());
                    journal.close(source);
                }
                Call::Clear => journal.clear(),
                Call::Open => {}
            }
            let all = journal.since(Mark::START);
            prop_assert_eq!(journal.mark().last(), model.len() as u64);
            prop_assert_eq!(journal.len(), all.entries.len() as u64);
            let held = &model[model.len() - all.entries.len()..];
            for (entry, expected) in all.entries.iter().zip(held) {
                let Record::Packet { direction, bytes, decisions, .. } = &entry.record else {
                    return Err(TestCaseError::fail("no events here"));
                };
                prop_assert_eq!(&*entry.client_id, &expected.client_id);
                prop_assert_eq!((*direction, &bytes[..]), (expected.direction, &expected.bytes[..]));
                // A packet that was forgotten while it was handled has lost what was decided afterwards.
                prop_assert_eq!(decisions, &expected.decisions);
            }
        }
    }
}
