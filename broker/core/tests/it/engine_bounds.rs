//! What one client can make the broker hold, and how much it can make it do before the others get their turn.

use std::sync::Arc;

use crate::common::outbox::written;
use broker_core::engine::{CloseReason, ConnId, Engine};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{
    self, Ack, Connect, FilterRequest, Packet, PacketId, Publish, QoS, ReasonCode, Subscribe, Unsubscribe,
    Version,
};

const NOW: Time = Time::ZERO;
/// More packets in one read than any turn should handle.
const FLOOD: usize = 20_000;

struct Bed {
    engine: Engine,
}

fn id(number: usize) -> PacketId {
    PacketId::new((number % 65_535 + 1) as u16).unwrap()
}

fn bytes_of(packet: &Packet<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(Version::V5, &mut bytes);
    bytes
}

fn subscribe_to(filters: &[&str], qos: QoS) -> Vec<u8> {
    let mut subscribe = Subscribe::new(PacketId::MIN, filters[0], qos);
    let options = subscribe.filters[0].options;
    subscribe.filters = filters
        .iter()
        .map(|filter| FilterRequest { filter, options })
        .collect();
    bytes_of(&Packet::Subscribe(subscribe))
}

fn unsubscribe_from(filters: &[&str]) -> Vec<u8> {
    bytes_of(&Packet::Unsubscribe(Unsubscribe {
        packet_id: PacketId::MIN,
        user: Vec::new(),
        filters: filters.to_vec(),
    }))
}

fn publish(topic: &str, payload: &[u8], qos: QoS, number: usize) -> Vec<u8> {
    bytes_of(&Packet::Publish(Publish {
        packet_id: (qos != QoS::AtMostOnce).then(|| id(number)),
        ..Publish::new(topic, payload, qos)
    }))
}

impl Bed {
    fn new(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let mut settings = BrokerSettings::default();
        settings.journal.entries = 0;
        change(&mut settings);
        Self {
            engine: Engine::new(Arc::new(settings), 1),
        }
    }

    fn connect(&mut self, client_id: &str, change: impl FnOnce(&mut Connect<'_>)) -> ConnId {
        let conn = self.engine.open(NOW, String::new());
        let mut connect = Connect::new(Version::V5, client_id);
        change(&mut connect);
        self.all(conn, &bytes_of(&Packet::Connect(Box::new(connect))));
        written(&mut self.engine, conn);
        conn
    }

    /// All of it is handled, however many turns that takes; says how many.
    fn all(&mut self, conn: ConnId, bytes: &[u8]) -> usize {
        let mut taken = self.engine.receive(NOW, conn, bytes);
        let mut turns = 1;
        while self.engine.has_unhandled(conn) {
            taken += self.engine.receive(NOW, conn, &bytes[taken..]);
            turns += 1;
        }
        assert_eq!(taken, bytes.len(), "{:?}", self.engine.close_reason(conn));
        turns
    }

    fn owed(&self, conn: ConnId) -> usize {
        self.engine.outbox(conn).unwrap().len()
    }

    /// A session that is away and subscribed.
    fn away(&mut self, client_id: &str, filter: &str) {
        let conn = self.connect(client_id, |connect| {
            connect.properties.session_expiry_secs = Some(3600);
        });
        self.all(conn, &subscribe_to(&[filter], QoS::AtLeastOnce));
        self.engine.closed(NOW, conn, "gone");
    }
}

/// Each flood: its packet, and the answer to each packet.
fn floods() -> Vec<(&'static str, Vec<u8>)> {
    let many = |packet: &dyn Fn(usize) -> Vec<u8>| (0..FLOOD).flat_map(packet).collect::<Vec<u8>>();
    vec![
        ("PINGREQ", many(&|_| vec![0xC0, 0])),
        (
            "QoS 1 that is not allowed",
            many(&|n| publish("$SYS/x", b"", QoS::AtLeastOnce, n)),
        ),
        (
            "QoS 1 for nobody",
            many(&|n| publish("t", b"", QoS::AtLeastOnce, n)),
        ),
        (
            "QoS 2",
            many(&|n| {
                let mut exchange = publish("t", b"", QoS::ExactlyOnce, n);
                exchange.extend(bytes_of(&Packet::PubRel(Ack::new(id(n)))));
                exchange
            }),
        ),
        (
            "QoS 1 to oneself",
            many(&|n| publish("own", b"", QoS::AtLeastOnce, n)),
        ),
        (
            "PUBREC for nothing",
            many(&|n| bytes_of(&Packet::PubRec(Ack::new(id(n))))),
        ),
        ("SUBSCRIBE", many(&|_| subscribe_to(&["a", "b"], QoS::AtMostOnce))),
        ("UNSUBSCRIBE", many(&|_| unsubscribe_from(&["a", "b"]))),
    ]
}

#[test]
fn what_a_client_asks_for_and_does_not_take_is_bounded() {
    const MOST: usize = 20_000;
    for (what, flood) in floods() {
        let mut bed = Bed::new(|settings| {
            settings.limits.max_outbox_bytes = MOST as u64;
            settings.session.max_inflight = 65_535;
        });
        let conn = bed.connect("flooder", |connect| connect.properties.receive_maximum = None);
        bed.all(conn, &subscribe_to(&["own"], QoS::AtLeastOnce));
        written(&mut bed.engine, conn);
        let (mut taken, mut calls) = (0, 0);
        while !bed.engine.is_owed_too_much(conn) {
            taken += bed.engine.receive(NOW, conn, &flood[taken..]);
            calls += 1;
            assert!(calls < FLOOD, "{what}");
        }
        let owed = bed.owed(conn);
        assert!(owed > MOST && owed < MOST + 20_000, "{what}: {owed}");
        // However often it is asked, nothing more is done for it …
        assert_eq!(bed.engine.receive(NOW, conn, &flood[taken..]), 0, "{what}");
        assert!(bed.engine.has_unhandled(conn), "{what}");
        // … until it has taken about half.
        bed.engine.wrote(NOW, conn, owed - MOST / 2 - 1);
        assert!(bed.engine.is_owed_too_much(conn), "{what}");
        bed.engine.wrote(NOW, conn, 1);
        assert!(!bed.engine.is_owed_too_much(conn), "{what}");
        // In the end the client has all its answers.
        while taken < flood.len() {
            let more = bed.engine.receive(NOW, conn, &flood[taken..]);
            taken += more;
            if more == 0 {
                written(&mut bed.engine, conn);
            }
        }
        let answers = bed.engine.stats().packets_sent;
        assert!(answers >= FLOOD as u64, "{what}: {answers}");
    }
}

#[test]
fn keep_alive_does_not_end_a_client_that_is_not_listened_to() {
    let mut bed = Bed::new(|settings| settings.limits.max_outbox_bytes = 1024);
    let conn = bed.connect("c", |connect| connect.keep_alive_secs = 1);
    let flood = [0xC0, 0].repeat(1000);
    bed.engine.receive(NOW, conn, &flood);
    assert!(bed.engine.is_owed_too_much(conn));
    bed.engine.tick(Time::from_secs(60));
    assert_eq!(
        bed.engine.close_reason(conn),
        None,
        "its PINGREQ may be among what is not read"
    );
    written(&mut bed.engine, conn);
    bed.engine.tick(Time::from_secs(120));
    assert_eq!(
        bed.engine.close_reason(conn),
        Some(&CloseReason::KeepAliveTimeout)
    );
}

#[test]
fn messages_of_others_wait_in_the_session_while_too_much_waits_to_be_written() {
    const PAYLOAD: usize = 100_000;
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut bed = Bed::new(|settings| {
            settings.limits.max_outbox_bytes = 250_000;
            settings.session.max_queued_messages = 5;
        });
        let reader = bed.connect("reader", |_| {});
        bed.all(reader, &subscribe_to(&["t"], QoS::ExactlyOnce));
        written(&mut bed.engine, reader);
        let publisher = bed.connect("publisher", |_| {});
        for number in 0..20 {
            let payload = vec![number as u8; PAYLOAD];
            bed.all(publisher, &publish("t", &payload, qos, number));
        }
        let census = bed.engine.census();
        assert!(bed.owed(reader) < 350_000, "{} bytes", bed.owed(reader));
        assert_eq!((census.inflight, census.queued), (3, 5), "{qos:?}");
        assert_eq!(bed.engine.stats().dropped_queue_full, 12, "{qos:?}");
        // What waits follows as the client reads, in order, and needs no acknowledgement for that.
        let came = written(&mut bed.engine, reader);
        let mut rest = came.as_slice();
        let mut payloads = Vec::new();
        while let Ok(Some(length)) = wire::frame(rest, usize::MAX) {
            if let Ok(Packet::Publish(publish)) = wire::decode(Version::V5, &rest[..length]) {
                payloads.push(publish.payload[0]);
            }
            rest = &rest[length..];
        }
        assert_eq!(payloads, [0, 1, 2, 3, 4, 5, 6, 7], "{qos:?}");
        assert_eq!(bed.engine.census().queued, 0);
    }
}

#[test]
fn a_packet_for_a_thousand_sessions_is_a_lot_of_work() {
    let mut bed = Bed::new(|_| {});
    for number in 0..1000 {
        bed.away(&format!("away-{number}"), "t");
    }
    let publisher = bed.connect("publisher", |_| {});
    let one = publish("t", b"x", QoS::AtLeastOnce, 1);
    let flood = one.repeat(1000);
    let before = bed.engine.stats().publish_received;
    let taken = bed.engine.receive(NOW, publisher, &flood);
    let handled = bed.engine.stats().publish_received - before;
    assert_eq!(taken, handled as usize * one.len());
    assert!((1..=10).contains(&handled), "{handled} in one turn");
    assert!(bed.engine.has_unhandled(publisher));
    assert!(bed.engine.is_owed_too_much(publisher) == (bed.owed(publisher) > 1 << 24));
}

#[test]
fn every_flood_is_cut_into_turns() {
    for (what, flood) in floods() {
        let mut bed = Bed::new(|_| {});
        let conn = bed.connect("flooder", |_| {});
        let before = bed.engine.stats().packets_received;
        let taken = bed.engine.receive(NOW, conn, &flood);
        let handled = bed.engine.stats().packets_received - before;
        assert!(
            taken < flood.len() && handled <= 4_100,
            "{what}: {handled} in one turn"
        );
        let turns = bed.all(conn, &flood[taken..]);
        assert!(turns > 3, "{what}: {turns}");
        let all = bed.engine.stats().packets_received - before;
        assert!(all >= FLOOD as u64, "{what}: {all}");
    }
}

#[test]
fn a_long_subscribe_takes_several_turns_and_is_answered_once() {
    let names: Vec<String> = (0..10_000).map(|n| format!("f/{n}")).collect();
    let mut filters: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut bed = Bed::new(|settings| settings.access.deny_subscribe = vec!["f/77".to_owned()]);
    let conn = bed.connect("c", |_| {});
    let before = bed.engine.stats();
    let turns = bed.all(conn, &subscribe_to(&filters, QoS::AtLeastOnce));
    assert!(turns > 5, "{turns}");
    let after = bed.engine.stats();
    assert_eq!(after.packets_received - before.packets_received, 1);
    assert_eq!(after.packets_sent - before.packets_sent, 1);
    let came = written(&mut bed.engine, conn);
    let Ok(Packet::SubAck(suback)) = wire::decode(Version::V5, &came) else {
        panic!("a SUBACK");
    };
    assert_eq!(suback.reasons.len(), 10_000);
    for (number, reason) in suback.reasons.iter().enumerate() {
        let denied = number == 77;
        assert_eq!(reason.is_error(), denied, "filter {number}: {reason}");
    }
    assert_eq!(bed.engine.census().subscriptions, 9_999);

    filters.push("never");
    let turns = bed.all(conn, &unsubscribe_from(&filters));
    assert!(turns > 5, "{turns}");
    let came = written(&mut bed.engine, conn);
    let Ok(Packet::UnsubAck(unsuback)) = wire::decode(Version::V5, &came) else {
        panic!("an UNSUBACK");
    };
    assert_eq!(unsuback.reasons.len(), 10_001);
    assert_eq!(unsuback.reasons[0], ReasonCode::SUCCESS);
    assert_eq!(unsuback.reasons[10_000], ReasonCode::NO_SUBSCRIPTION_EXISTED);
    let census = bed.engine.census();
    assert_eq!((census.subscriptions, census.routed), (0, 0));
}

#[test]
fn a_connection_that_ends_in_the_middle_of_a_long_subscribe_leaves_nothing_half_done() {
    let names: Vec<String> = (0..10_000).map(|n| format!("f/{n}")).collect();
    let filters: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut bed = Bed::new(|_| {});
    let conn = bed.connect("c", |_| {});
    bed.engine
        .receive(NOW, conn, &subscribe_to(&filters, QoS::AtLeastOnce));
    assert!(bed.engine.has_unhandled(conn));
    let taken_over = bed.connect("c", |_| {});
    assert!(!bed.engine.has_unhandled(conn));
    assert_eq!(bed.engine.close_reason(conn), Some(&CloseReason::TakenOver));
    assert_eq!(bed.engine.census().subscriptions, 0);
    bed.all(taken_over, &subscribe_to(&["a"], QoS::AtMostOnce));
    assert_eq!(bed.engine.census().subscriptions, 1);
}

#[test]
fn more_filters_than_a_mebibyte_in_one_packet_are_refused() {
    let names: Vec<String> = (0..11).map(|n| format!("{n}/{}", "x".repeat(64_000))).collect();
    let few: Vec<&str> = names.iter().map(String::as_str).collect();
    let many: Vec<&str> = few.iter().chain(&few).copied().collect();
    for make in [
        |filters: &[&str]| subscribe_to(filters, QoS::AtMostOnce),
        unsubscribe_from,
    ] {
        let mut bed = Bed::new(|_| {});
        let conn = bed.connect("c", |_| {});
        bed.all(conn, &make(&few));
        assert_eq!(bed.engine.close_reason(conn), None);
        bed.all(conn, &make(&many));
        let why = bed.engine.close_reason(conn).unwrap();
        assert!(matches!(why, CloseReason::BoundPassed(_)), "{why:?}");
        assert_eq!(why.disconnect_code(), Some(ReasonCode::QUOTA_EXCEEDED));
    }
}

#[test]
fn walks_over_retained_messages_are_sliced_and_a_client_that_waits_for_many_is_not_read() {
    let mut bed = Bed::new(|_| {});
    let publisher = bed.connect("publisher", |_| {});
    for number in 0..500 {
        let retained = bytes_of(&Packet::Publish(Publish {
            retain: true,
            ..Publish::new(&format!("ret/{number}"), b"x", QoS::AtMostOnce)
        }));
        bed.all(publisher, &retained);
    }
    let greedy = bed.connect("greedy", |_| {});
    let filters = ["ret/#"; 1000];
    let one = subscribe_to(&filters, QoS::AtMostOnce);
    let flood = one.repeat(20);
    let mut taken = 0;
    for _ in 0..1000 {
        taken += bed.engine.receive(NOW, greedy, &flood[taken..]);
    }
    assert!(bed.engine.is_owed_too_much(greedy));
    assert!(taken <= 2 * one.len(), "{} SUBSCRIBEs taken", taken / one.len());
    // Another client gets its few in between.
    let other = bed.connect("other", |_| {});
    bed.all(other, &subscribe_to(&["ret/1"], QoS::AtMostOnce));
    let (mut ticks, mut came) = (0, 0);
    let sent_before = bed.engine.stats().publish_sent;
    bed.engine.tick(NOW);
    let in_one_tick = bed.engine.stats().publish_sent - sent_before;
    assert!((1..=5_000).contains(&in_one_tick), "{in_one_tick}");
    assert!(!written(&mut bed.engine, other).is_empty());
    while bed.engine.next_timeout() == Some(NOW) || bed.owed(greedy) > 0 {
        came += written(&mut bed.engine, greedy).len();
        bed.engine.tick(NOW);
        ticks += 1;
        assert!(ticks < 100_000);
    }
    assert!(!bed.engine.is_owed_too_much(greedy));
    assert!(came > 1000 * 500 * 8, "{came}");
}
