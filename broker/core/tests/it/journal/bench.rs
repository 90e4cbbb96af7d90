//! An engine, clients that only send bytes, and what the journal says about them.

use std::sync::Arc;

use broker_core::engine::{ConnId, Engine};
use broker_core::journal::{Decision, Entry, Excerpt, Mark};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{Connect, Packet, PacketId, Publish, QoS, Subscribe, Version};

pub struct Bench {
    pub engine: Engine,
    pub now: Time,
}

impl Bench {
    pub fn new(change: impl FnOnce(&mut BrokerSettings)) -> Self {
        let mut settings = BrokerSettings::default();
        change(&mut settings);
        Self {
            engine: Engine::new(Arc::new(settings), 1),
            now: Time::ZERO,
        }
    }

    pub fn at_secs(&mut self, secs: u64) {
        self.now = Time::from_secs(secs);
        self.engine.tick(self.now);
    }

    pub fn open(&mut self) -> ConnId {
        self.engine.open(self.now, "192.0.2.1:1000".to_owned())
    }

    pub fn connect(&mut self, client_id: &str, version: Version) -> ConnId {
        self.connect_with(client_id, version, |_| {})
    }

    pub fn connect_with(
        &mut self,
        client_id: &str,
        version: Version,
        change: impl FnOnce(&mut Connect<'_>),
    ) -> ConnId {
        let id = self.open();
        let mut connect = Connect::new(version, client_id);
        change(&mut connect);
        self.send(id, version, &Packet::Connect(Box::new(connect)));
        id
    }

    pub fn subscribe(&mut self, id: ConnId, version: Version, filter: &str, qos: QoS) {
        let subscribe = Subscribe::new(PacketId::MIN, filter, qos);
        self.send(id, version, &Packet::Subscribe(subscribe));
    }

    pub fn send(&mut self, id: ConnId, version: Version, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes);
        self.receive(id, &bytes);
    }

    pub fn receive(&mut self, id: ConnId, bytes: &[u8]) {
        assert_eq!(self.engine.receive(self.now, id, bytes), bytes.len());
        while let Some(id) = self.engine.next_touched() {
            while let Some(n) = self
                .engine
                .outbox(id)
                .map(|outbox| outbox.front().len())
                .filter(|n| *n > 0)
            {
                self.engine.wrote(self.now, id, n);
            }
        }
    }

    pub fn mark(&self) -> Mark {
        self.engine.journal().mark()
    }

    pub fn since(&self, mark: Mark) -> Excerpt {
        self.engine.journal().since(mark)
    }
}

/// A plain message.
pub fn publish<'a>(topic: &'a str, payload: &'a [u8], qos: QoS) -> Publish<'a> {
    Publish {
        packet_id: (qos != QoS::AtMostOnce).then_some(PacketId::MIN),
        ..Publish::new(topic, payload, qos)
    }
}

/// One entry in one line: the client, the direction, the packet, and the decision.
pub fn line(entry: &Entry) -> String {
    let who = &entry.client_id;
    match &entry.record {
        broker_core::journal::Record::Packet {
            direction, decisions, ..
        } => {
            let arrow = match direction {
                broker_core::journal::Direction::In => "→",
                broker_core::journal::Direction::Out => "←",
            };
            let packet = match entry.packet_type() {
                Some(packet_type) => packet_type.to_string(),
                None => "?".to_owned(),
            };
            let topic = entry.topic().map(|topic| format!(" {topic}")).unwrap_or_default();
            let decisions: Vec<String> = decisions.iter().map(decision).collect();
            let decisions = if decisions.is_empty() {
                String::new()
            } else {
                format!(" [{}]", decisions.join(", "))
            };
            format!("{who} {arrow} {packet}{topic}{decisions}")
        }
        broker_core::journal::Record::Event(event) => {
            let text = format!("{event:?}");
            let name = text.split([' ', '{']).next().unwrap_or_default();
            format!("{who} * {name}")
        }
    }
}

fn decision(decision: &Decision) -> String {
    match decision {
        Decision::Sent(to) => format!("sent {to}"),
        Decision::Queued(to) => format!("queued {to}"),
        Decision::Dropped(to, why) => format!("dropped {to} {}", why.word()),
        Decision::Retained(true) => "retained".to_owned(),
        Decision::Retained(false) => "retained removed".to_owned(),
        Decision::Mounted(topic) => format!("mounted {topic}"),
        Decision::Duplicate => "duplicate".to_owned(),
        Decision::Refused(code, _) => format!("refused {:#04x}", code.0),
    }
}

pub fn lines(excerpt: &Excerpt) -> Vec<String> {
    excerpt.entries.iter().map(line).collect()
}
