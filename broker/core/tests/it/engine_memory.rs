//! The bound on the memory that all clients together use: what counts, what is refused, and what the client is told.

use std::sync::Arc;

use crate::common::outbox::written;
use broker_core::engine::{CloseReason, ConnId, Engine};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{
    self, Connect, Packet, PacketId, Publish, QoS, ReasonCode, Subscribe, Version, Will,
};

const NOW: Time = Time::ZERO;
const MOST: usize = 1_000_000;
/// How far above the bound one refused message may be until it is freed, with the small things that are allowed anyway.
const SLACK: usize = 400_000;

struct Bed {
    engine: Engine,
    version: Version,
}

impl Bed {
    fn new(version: Version, most: usize) -> Self {
        let mut settings = BrokerSettings::default();
        settings.journal.entries = 0;
        settings.limits.max_memory_bytes = most as u64;
        settings.session.max_inflight = 65_535;
        Self {
            engine: Engine::new(Arc::new(settings), 1),
            version,
        }
    }

    fn held(&self) -> usize {
        self.engine.census().held_bytes
    }

    fn say(&mut self, conn: ConnId, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes);
        let mut taken = self.engine.receive(NOW, conn, &bytes);
        while self.engine.has_unhandled(conn) {
            taken += self.engine.receive(NOW, conn, &bytes[taken..]);
        }
        assert_eq!(taken, bytes.len());
    }

    /// The next packet to the client.
    fn told(&mut self, conn: ConnId) -> Option<ReasonCode> {
        let came = written(&mut self.engine, conn);
        let length = wire::frame(&came, usize::MAX).unwrap()?;
        Some(match wire::decode(self.version, &came[..length]).unwrap() {
            Packet::ConnAck(connack) => connack.reason,
            Packet::PubAck(ack) | Packet::PubRec(ack) => ack.reason,
            Packet::SubAck(suback) => suback.reasons[0],
            Packet::Disconnect(disconnect) => disconnect.reason,
            other => panic!("{other}"),
        })
    }

    fn connect_with<'a>(&mut self, client_id: &'a str, change: impl FnOnce(&mut Connect<'a>)) -> ConnId {
        let conn = self.engine.open(NOW, "192.0.2.1:1".to_owned());
        let mut connect = Connect::new(self.version, client_id);
        connect.clean_start = false;
        if self.version.is_v5() {
            connect.properties.session_expiry_secs = Some(3600);
        }
        change(&mut connect);
        self.say(conn, &Packet::Connect(Box::new(connect)));
        conn
    }

    fn connect(&mut self, client_id: &str) -> ConnId {
        let conn = self.connect_with(client_id, |_| {});
        assert_eq!(self.told(conn), Some(ReasonCode::SUCCESS));
        conn
    }

    fn subscribe(&mut self, conn: ConnId, filter: &str, qos: QoS) {
        self.say(
            conn,
            &Packet::Subscribe(Subscribe::new(PacketId::MIN, filter, qos)),
        );
    }

    fn publish(&mut self, conn: ConnId, topic: &str, payload: &[u8], qos: QoS, retain: bool) {
        let publish = Publish {
            packet_id: (qos != QoS::AtMostOnce).then_some(PacketId::MIN),
            retain,
            ..Publish::new(topic, payload, qos)
        };
        self.say(conn, &Packet::Publish(publish));
    }

    fn end(&mut self, conn: ConnId) {
        self.engine.closed(NOW, conn, "gone");
    }
}

const VERSIONS: [Version; 2] = [Version::V311, Version::V5];

#[test]
fn messages_for_one_that_does_not_read() {
    for version in VERSIONS {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for payload in [100, 10_000, 100_000] {
                let mut bed = Bed::new(version, MOST);
                let reader = bed.connect("reader");
                bed.subscribe(reader, "t", QoS::ExactlyOnce);
                written(&mut bed.engine, reader);
                let publisher = bed.connect("publisher");
                let small = bed.connect("small");
                bed.subscribe(small, "small", QoS::AtLeastOnce);
                written(&mut bed.engine, small);
                let payload = vec![7; payload];
                let mut refused = None;
                for number in 1..=30_000u16 {
                    let publish = Publish {
                        packet_id: (qos != QoS::AtMostOnce).then(|| PacketId::new(number).unwrap()),
                        ..Publish::new("t", &payload, qos)
                    };
                    bed.say(publisher, &Packet::Publish(publish));
                    if qos == QoS::ExactlyOnce {
                        let release = wire::Ack::new(PacketId::new(number).unwrap());
                        bed.say(publisher, &Packet::PubRel(release));
                    }
                    assert!(bed.held() < MOST + SLACK, "{} held", bed.held());
                    if bed.engine.stats().dropped_memory_full == 3 {
                        refused = Some(bed.told(publisher));
                        break;
                    }
                    written(&mut bed.engine, publisher);
                }
                let what = format!("{version:?} {qos:?} {}", payload.len());
                let told = match (qos, version) {
                    (QoS::AtMostOnce, _) => None,
                    (_, Version::V5) => Some(ReasonCode::QUOTA_EXCEEDED),
                    // 3.x has no way to say it.
                    _ => Some(ReasonCode::SUCCESS),
                };
                assert_eq!(refused, Some(told), "{what}");
                // A client that takes its answers is still served.
                bed.publish(publisher, "small", b"x", qos, false);
                assert!(!written(&mut bed.engine, small).is_empty(), "{what}");
            }
        }
    }
}

#[test]
fn a_message_counts_once_however_many_wait_for_it() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let mut bed = Bed::new(Version::V5, 20 * MOST);
        let mut readers = Vec::new();
        for number in 0..50 {
            let reader = bed.connect(&format!("reader-{number}"));
            bed.subscribe(reader, "t", QoS::AtLeastOnce);
            written(&mut bed.engine, reader);
            readers.push(reader);
        }
        let publisher = bed.connect("publisher");
        let before = bed.held();
        bed.publish(publisher, "t", &vec![7; MOST], qos, false);
        let more = bed.held() - before;
        assert!(more > MOST && more < MOST + 100_000, "{qos:?}: {more}");
        assert_eq!(bed.engine.stats().publish_sent, 50);
        for reader in readers {
            bed.end(reader);
        }
        assert_eq!(bed.engine.stats().dropped_memory_full, 0);
    }
}

#[test]
fn wills_and_client_identifiers() {
    for version in VERSIONS {
        let will = vec![7; 100_000];
        let long = "x".repeat(50_000);
        for with_will in [true, false] {
            let mut bed = Bed::new(version, MOST);
            let mut refused = None;
            for number in 0..100 {
                let name = format!("{number}-{}", if with_will { "" } else { &long });
                let conn = bed.connect_with(&name, |connect| {
                    connect.will = with_will.then(|| Will {
                        topic: "will",
                        payload: &will,
                        qos: QoS::AtMostOnce,
                        retain: false,
                        properties: wire::WillProperties::default(),
                    });
                });
                assert!(bed.held() < MOST + SLACK, "{} held", bed.held());
                let told = bed.told(conn);
                if told != Some(ReasonCode::SUCCESS) {
                    refused = told;
                    assert!(bed.engine.close_reason(conn).is_some());
                    break;
                }
            }
            let told = if version.is_v5() {
                ReasonCode::QUOTA_EXCEEDED
            } else {
                ReasonCode::SERVER_UNAVAILABLE
            };
            assert_eq!(refused, Some(told), "{version:?}, with a will: {with_will}");
            assert_eq!(bed.engine.stats().refused_for_memory, 1);
        }
    }
}

#[test]
fn subscriptions_retained_messages_and_topic_aliases() {
    let long = |number: usize| format!("{number}/{}", "x".repeat(50_000));
    let mut bed = Bed::new(Version::V5, MOST);
    let conn = bed.connect("c");
    let mut told = None;
    for number in 0..100 {
        bed.subscribe(conn, &long(number), QoS::AtMostOnce);
        told = bed.told(conn);
        assert!(bed.held() < MOST + SLACK);
    }
    assert_eq!(told, Some(ReasonCode::QUOTA_EXCEEDED));

    let mut bed = Bed::new(Version::V5, MOST);
    let conn = bed.connect("c");
    for number in 0..100 {
        bed.publish(
            conn,
            &format!("r/{number}"),
            &vec![7; 50_000],
            QoS::AtLeastOnce,
            true,
        );
        told = bed.told(conn);
        assert!(bed.held() < MOST + SLACK);
    }
    assert_eq!(told, Some(ReasonCode::QUOTA_EXCEEDED));
    assert!(bed.engine.stats().refused_for_memory > 0);

    let mut bed = Bed::new(Version::V5, MOST);
    let conn = bed.connect("c");
    for alias in 1..=100 {
        let topic = long(alias);
        let mut publish = Publish::new(&topic, b"", QoS::AtMostOnce);
        publish.properties.topic_alias = Some(alias as u16);
        bed.say(conn, &Packet::Publish(publish));
        assert!(bed.held() < MOST + SLACK);
        if bed.engine.close_reason(conn).is_some() {
            break;
        }
    }
    assert!(matches!(
        bed.engine.close_reason(conn),
        Some(CloseReason::BoundPassed(_))
    ));
    assert_eq!(bed.told(conn), Some(ReasonCode::QUOTA_EXCEEDED));
}

#[test]
fn half_packets() {
    for connected in [true, false] {
        let mut bed = Bed::new(Version::V5, MOST);
        let mut half = Vec::new();
        let payload = vec![7; 300_000];
        if connected {
            Packet::Publish(Publish::new("t", &payload, QoS::AtMostOnce)).encode(Version::V5, &mut half);
        } else {
            let mut connect = Connect::new(Version::V5, "c");
            connect.password = Some(&payload[..60_000]);
            connect.will = Some(Will {
                topic: "will",
                payload: &payload[..60_000],
                qos: QoS::AtMostOnce,
                retain: false,
                properties: wire::WillProperties::default(),
            });
            Packet::Connect(Box::new(connect)).encode(Version::V5, &mut half);
        }
        half.pop();
        let mut refused = None;
        for number in 0..30 {
            let conn = if connected {
                bed.connect(&format!("c-{number}"))
            } else {
                bed.engine.open(NOW, String::new())
            };
            bed.engine.receive(NOW, conn, &half);
            assert!(bed.held() < MOST + SLACK);
            if bed.engine.close_reason(conn).is_some() {
                refused = Some(conn);
                break;
            }
        }
        let refused = refused.expect("some are refused");
        assert_eq!(
            bed.told(refused),
            Some(ReasonCode::QUOTA_EXCEEDED),
            "connected: {connected}"
        );
    }
}

#[test]
fn queues_of_many_that_are_away() {
    let mut bed = Bed::new(Version::V5, 4 * MOST);
    for number in 0..200 {
        let conn = bed.connect(&format!("away-{number}"));
        bed.subscribe(conn, "t", QoS::AtLeastOnce);
        bed.end(conn);
    }
    let publisher = bed.connect("publisher");
    for _ in 0..1000 {
        bed.publish(publisher, "t", b"x", QoS::AtLeastOnce, false);
        assert!(bed.held() < 4 * MOST + SLACK);
    }
    assert!(bed.engine.stats().dropped_memory_full > 100_000);
}

#[test]
fn nothing_is_held_once_nothing_is_left() {
    for version in VERSIONS {
        let mut bed = Bed::new(version, MOST);
        assert_eq!(bed.held(), 0);
        let big = vec![7; 30_000];
        let mut conns = Vec::new();
        for number in 0..10 {
            let conn = bed.connect_with(&format!("c-{number}"), |connect| {
                connect.will = Some(Will {
                    topic: "t",
                    payload: &big,
                    qos: QoS::AtLeastOnce,
                    retain: true,
                    properties: wire::WillProperties::default(),
                });
                if version.is_v5() {
                    connect.properties.topic_alias_maximum = Some(5);
                }
            });
            bed.subscribe(conn, "t", QoS::ExactlyOnce);
            bed.subscribe(conn, "+", QoS::AtLeastOnce);
            conns.push(conn);
        }
        for (number, conn) in conns.iter().enumerate() {
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                bed.publish(*conn, "t", b"small", qos, number == 3);
                bed.publish(*conn, "u", &big, qos, number == 4);
            }
            if number % 2 == 0 {
                written(&mut bed.engine, *conn);
            }
            // Half a packet.
            bed.engine.receive(NOW, *conn, &[0x30, 0x7F, 0]);
        }
        assert!(bed.held() > 100_000);
        for conn in conns {
            bed.end(conn);
        }
        assert!(bed.held() > 100_000, "the sessions are still there");
        for number in 0..10 {
            bed.engine.delete_session(NOW, &format!("c-{number}"));
        }
        bed.engine.clear_retained();
        assert_eq!(bed.engine.census().sessions, 0);
        assert_eq!(bed.held(), 0, "{version:?}: {:?}", bed.engine.census());
    }
}
