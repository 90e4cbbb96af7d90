//! An engine to drive without sockets, shared by the benchmarks and the count of allocations.

// Each user of this module needs a part of it.
#![allow(dead_code)]

use std::io::IoSlice;
use std::sync::Arc;

use broker_core::engine::{ConnId, Engine};
use broker_core::settings::{AclAccess, AclLine, BrokerSettings};
use broker_core::time::Time;
use broker_core::wire::{Ack, Connect, Packet, PacketId, Publish, QoS, Subscribe, Version};

/// The payload of every message, as in the end-to-end benchmark.
pub const PAYLOAD: [u8; 64] = [b'x'; 64];
/// How many messages are handed to the engine in one go, as in one read of a busy connection.
pub const BATCH: usize = 100;

/// An ACL of so many lines that lets everybody do what the benchmarks do: among others for users, for topics beside theirs, with
/// wildcards and with names.
pub fn acl_lines(count: usize) -> Vec<AclLine> {
    let line = |number: usize| match number {
        0 => AclLine::new("bench/#", AclAccess::ReadWrite),
        _ => match number % 5 {
            0 => AclLine::new(format!("home/%u/{number}/#"), AclAccess::ReadWrite),
            1 => AclLine::new(format!("site/+/sensor{number}"), AclAccess::Read),
            2 => AclLine::new(format!("bench/secret{number}/#"), AclAccess::Deny),
            3 => AclLine::new(format!("{number}/%c/#"), AclAccess::Write),
            _ => AclLine::new("own/#", AclAccess::ReadWrite).of(format!("user{number}")),
        },
    };
    (0..count).map(line).collect()
}

/// An engine, its connections, and where their bytes go.
pub struct Bed {
    engine: Engine,
    version: Version,
    /// The bytes written to the last connection that [`Bed::drain`] handled.
    written: Vec<u8>,
    acks: Vec<u8>,
}

impl Bed {
    /// An engine with default settings, for connections of one version.
    pub fn new(version: Version) -> Self {
        Self::with(version, BrokerSettings::default())
    }

    /// The same without a journal, to see what it costs.
    pub fn without_journal(version: Version) -> Self {
        let mut settings = BrokerSettings::default();
        settings.journal.entries = 0;
        Self::with(version, settings)
    }

    /// The same with other settings.
    pub fn with(version: Version, settings: BrokerSettings) -> Self {
        Self {
            engine: Engine::new(Arc::new(settings), 1),
            version,
            written: Vec::new(),
            acks: Vec::new(),
        }
    }

    /// A connected client.
    pub fn connect(&mut self, client_id: &str) -> ConnId {
        let id = self.engine.open(Time::ZERO, String::new());
        let connect = Connect::new(self.version, client_id);
        let mut bytes = Vec::new();
        Packet::Connect(Box::new(connect)).encode(self.version, &mut bytes);
        self.receive(id, &bytes);
        self.drain();
        id
    }

    /// A connected client with a subscription.
    pub fn subscriber(&mut self, client_id: &str, filter: &str, qos: QoS) -> ConnId {
        let id = self.connect(client_id);
        let subscribe = Subscribe::new(PacketId::MIN, filter, qos);
        let mut bytes = Vec::new();
        Packet::Subscribe(subscribe).encode(self.version, &mut bytes);
        self.receive(id, &bytes);
        self.drain();
        id
    }

    /// [`BATCH`] messages to `topics` in turn, as bytes; with identifiers from 1 where the QoS asks for them.
    pub fn batch(&self, topics: &[String], qos: QoS) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (id, topic) in (1..=BATCH as u16).zip(topics.iter().cycle()) {
            let publish = Publish {
                packet_id: PacketId::new(id).filter(|_| qos != QoS::AtMostOnce),
                ..Publish::new(topic, &PAYLOAD, qos)
            };
            publish.encode(self.version, &mut bytes);
        }
        bytes
    }

    /// Bytes arrive; all must be whole packets.
    pub fn receive(&mut self, id: ConnId, bytes: &[u8]) {
        let mut taken = self.engine.receive(Time::ZERO, id, bytes);
        while self.engine.has_unhandled(id) {
            taken += self.engine.receive(Time::ZERO, id, &bytes[taken..]);
        }
        assert_eq!(taken, bytes.len(), "not all of it was taken");
        assert!(
            self.engine.close_reason(id).is_none(),
            "{:?}",
            self.engine.close_reason(id)
        );
    }

    /// Writes what all connections have to write; returns how many bytes that was.
    pub fn drain(&mut self) -> usize {
        let mut total = 0;
        while let Some(id) = self.engine.next_touched() {
            total += self.write(id);
        }
        total
    }

    fn write(&mut self, id: ConnId) -> usize {
        self.written.clear();
        while let Some(outbox) = self.engine.outbox(id).filter(|outbox| !outbox.is_empty()) {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = outbox.fill(&mut slices);
            let before = self.written.len();
            for slice in &slices[..filled] {
                self.written.extend_from_slice(slice);
            }
            let written = self.written.len() - before;
            self.engine.wrote(Time::ZERO, id, written);
        }
        self.written.len()
    }

    /// A batch at QoS 0: in at `publisher`, out at everybody.
    pub fn flow(&mut self, publisher: ConnId, batch: &[u8]) -> usize {
        self.receive(publisher, batch);
        self.drain()
    }

    /// A batch at QoS 1 or 2, with all packets of both sides until each exchange is done.
    pub fn exchange(&mut self, publisher: ConnId, batch: &[u8]) {
        self.receive(publisher, batch);
        while let Some(id) = self.engine.next_touched() {
            self.write(id);
            let mut acks = std::mem::take(&mut self.acks);
            self.answer(&mut acks);
            self.receive(id, &acks);
            acks.clear();
            self.acks = acks;
        }
    }

    /// The client's answers to the bytes that it got.
    fn answer(&self, acks: &mut Vec<u8>) {
        let mut rest = self.written.as_slice();
        while let Ok(Some(length)) = broker_core::wire::frame(rest, usize::MAX) {
            let Ok(packet) = broker_core::wire::decode(self.version, &rest[..length]) else {
                return;
            };
            match &packet {
                Packet::Publish(Publish {
                    packet_id: Some(id),
                    qos: QoS::AtLeastOnce,
                    ..
                }) => {
                    Packet::PubAck(Ack::new(*id)).encode(self.version, acks);
                }
                Packet::Publish(Publish {
                    packet_id: Some(id), ..
                }) => {
                    Packet::PubRec(Ack::new(*id)).encode(self.version, acks);
                }
                Packet::PubRec(received) => {
                    Packet::PubRel(Ack::new(received.packet_id)).encode(self.version, acks);
                }
                Packet::PubRel(released) => {
                    Packet::PubComp(Ack::new(released.packet_id)).encode(self.version, acks);
                }
                _ => {}
            }
            rest = &rest[length..];
        }
    }
}

/// `count` topics, all of one length.
pub fn topics(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("bench/{number:07}")).collect()
}
