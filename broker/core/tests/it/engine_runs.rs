//! Packets that the engine handles as one run have the same effect as when each comes alone.

use std::sync::Arc;

use crate::common::outbox::written;
use broker_core::engine::{ConnId, Engine};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{self, Ack, Connect, Packet, PacketId, Publish, QoS, Subscribe, Version};

struct Bed {
    engine: Engine,
    version: Version,
    /// Whether bytes are handed over packet by packet.
    one_by_one: bool,
}

fn ack(id: u16) -> Ack<'static> {
    Ack::new(PacketId::new(id).unwrap())
}

impl Bed {
    fn new(version: Version, one_by_one: bool, max_inflight: u16) -> Self {
        let mut settings = BrokerSettings::default();
        settings.session.max_inflight = max_inflight;
        Self {
            engine: Engine::new(Arc::new(settings), 1),
            version,
            one_by_one,
        }
    }

    fn bytes(&self, packets: &[Packet<'_>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for packet in packets {
            packet.encode(self.version, &mut bytes);
        }
        bytes
    }

    fn send(&mut self, id: ConnId, packets: &[Packet<'_>]) {
        let bytes = self.bytes(packets);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let length = match wire::frame(rest, usize::MAX) {
                Ok(Some(length)) if self.one_by_one => length,
                _ => rest.len(),
            };
            assert_eq!(self.engine.receive(Time::ZERO, id, &rest[..length]), length);
            rest = &rest[length..];
        }
    }

    fn connect(&mut self, client_id: &str, filter: Option<(&str, QoS)>) -> ConnId {
        let id = self.engine.open(Time::ZERO, String::new());
        let connect = Connect::new(self.version, client_id);
        self.send(id, &[Packet::Connect(Box::new(connect))]);
        if let Some((filter, qos)) = filter {
            self.send(
                id,
                &[Packet::Subscribe(Subscribe::new(PacketId::MIN, filter, qos))],
            );
        }
        self.written(id);
        id
    }

    /// What the engine wrote on a connection since the last call.
    fn written(&mut self, id: ConnId) -> Vec<u8> {
        written(&mut self.engine, id)
    }
}

fn publish(topic: &'static str, qos: QoS, id: u16, payload: &'static [u8]) -> Packet<'static> {
    Packet::Publish(Publish {
        packet_id: PacketId::new(id).filter(|_| qos != QoS::AtMostOnce),
        ..Publish::new(topic, payload, qos)
    })
}

/// Everything that three clients are sent, and what was counted.
fn story(mut bed: Bed) -> (Vec<Vec<u8>>, broker_core::engine::Stats, String) {
    let publisher = bed.connect("pub", None);
    let subscribers = [
        bed.connect("all", Some(("#", QoS::ExactlyOnce))),
        bed.connect("one", Some(("t", QoS::ExactlyOnce))),
    ];
    let once: Vec<_> = (1..=20)
        .map(|id| publish("t", QoS::AtLeastOnce, id, b"once"))
        .collect();
    let mut exactly: Vec<_> = (21..=40)
        .map(|id| publish("t", QoS::ExactlyOnce, id, b""))
        .collect();
    // One that was there already, another topic, QoS 0, and one too long for a short length.
    exactly.insert(9, publish("t", QoS::ExactlyOnce, 25, b"again"));
    exactly.insert(12, publish("u", QoS::ExactlyOnce, 50, b"other"));
    exactly.insert(15, publish("t", QoS::AtMostOnce, 0, b"plain"));
    exactly.push(publish("t", QoS::ExactlyOnce, 60, &[b'x'; 200]));
    exactly.push(publish("t", QoS::ExactlyOnce, 61, &[b'y'; 200]));
    bed.send(publisher, &once);
    bed.send(publisher, &exactly);
    // The last two were never received.
    let releases: Vec<_> = (21..=41).chain([99]).map(|id| Packet::PubRel(ack(id))).collect();
    bed.send(publisher, &releases);
    let mut written = vec![bed.written(publisher)];
    for subscriber in subscribers {
        let mut all = bed.written(subscriber);
        // One twice, one unknown, one out of turn.
        let firsts: Vec<_> = (1..=20)
            .chain([7, 999])
            .map(|id| Packet::PubAck(ack(id)))
            .collect();
        bed.send(subscriber, &firsts);
        let received: Vec<_> = (21..=35)
            .chain([30, 999])
            .map(|id| Packet::PubRec(ack(id)))
            .collect();
        bed.send(subscriber, &received);
        let completed: Vec<_> = [21, 23, 22]
            .into_iter()
            .chain(24..=35)
            .map(|id| Packet::PubComp(ack(id)))
            .collect();
        bed.send(subscriber, &completed);
        all.extend(bed.written(subscriber));
        written.push(all);
    }
    let state = format!("{:?}", bed.engine.state(Time::ZERO).sessions);
    (written, bed.engine.stats(), state)
}

#[test]
fn a_run_has_the_effect_of_its_packets() {
    for version in [Version::V31, Version::V311, Version::V5] {
        for max_inflight in [1, 7, 1024] {
            let together = story(Bed::new(version, false, max_inflight));
            let alone = story(Bed::new(version, true, max_inflight));
            assert!(together.0.iter().all(|bytes| !bytes.is_empty()));
            assert_eq!(together, alone, "{version:?}, window {max_inflight}");
        }
    }
}
