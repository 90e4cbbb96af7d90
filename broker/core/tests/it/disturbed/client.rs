//! A client with a session: it publishes or subscribes, and connects again where nothing comes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use broker_core::time::Time;
use broker_core::wire::{
    self, Ack, Connect, Packet, PacketId, Publish, PublishProperties, QoS, Subscribe, Version,
};

/// How many messages are under way at once.
const WINDOW: usize = 40;
/// How many are sent in one go.
const BURST: usize = 10;
/// A client that waits so long for an acknowledgement, or for anything, connects again.
const PATIENCE: Duration = Duration::from_millis(100);
/// A subscriber connects again after so long, come what may.
const RESTLESS: Duration = Duration::from_millis(400);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Published,
    Released,
}

struct Open {
    id: u16,
    number: u32,
    stage: Stage,
    since: Time,
}

pub(crate) struct Client {
    pub name: String,
    pub version: Version,
    /// What it publishes, or subscribes to.
    pub qos: QoS,
    /// How many messages it publishes; a subscriber none.
    pub total: Option<u32>,
    next: u32,
    last_id: u16,
    open: VecDeque<Open>,
    connected: bool,
    subscribed: bool,
    since: Time,
    heard: Time,
    alias_is_set: bool,
    aliases: BTreeMap<u16, String>,
    /// Identifiers of QoS 2 whose PUBREL has not come.
    known: BTreeSet<u16>,
    partial: Vec<u8>,
    /// How often each message came, by topic and number.
    pub got: BTreeMap<(String, u32), u32>,
    pub got_qos0: u64,
    /// What it sends.
    pub out: Vec<u8>,
}

impl Client {
    pub fn new(name: String, version: Version, qos: QoS, total: Option<u32>) -> Self {
        Self {
            name,
            version,
            qos,
            total,
            next: 0,
            last_id: 0,
            open: VecDeque::new(),
            connected: false,
            subscribed: false,
            since: Time::ZERO,
            heard: Time::ZERO,
            alias_is_set: false,
            aliases: BTreeMap::new(),
            known: BTreeSet::new(),
            partial: Vec::new(),
            got: BTreeMap::new(),
            got_qos0: 0,
            out: Vec::new(),
        }
    }

    /// Whether all that it publishes is acknowledged.
    pub fn is_done(&self) -> bool {
        self.total
            .is_none_or(|total| self.next == total && self.open.is_empty())
    }

    /// Whether it wants a new connection.
    pub fn is_impatient(&self, now: Time) -> bool {
        let waits = match self.total {
            Some(_) => self.open.front().is_some_and(|open| now - open.since > PATIENCE),
            None => now - self.heard > PATIENCE || now - self.since > RESTLESS,
        };
        self.since == Time::ZERO || waits
    }

    /// A new connection, with the old session.
    pub fn connect(&mut self, now: Time) {
        (self.since, self.heard) = (now, now);
        (self.connected, self.alias_is_set) = (false, false);
        self.aliases.clear();
        self.partial.clear();
        self.out.clear();
        let mut connect = Connect::new(self.version, &self.name);
        connect.clean_start = false;
        if self.version.is_v5() {
            connect.properties.session_expiry_secs = Some(1_000_000);
            connect.properties.topic_alias_maximum = Some(10);
        }
        Packet::Connect(Box::new(connect)).encode(self.version, &mut self.out);
    }

    /// Publishes what its window allows.
    pub fn publish(&mut self, now: Time) {
        let Some(total) = self.total.filter(|_| self.connected) else {
            return;
        };
        for _ in 0..BURST {
            if self.next == total || self.open.len() >= WINDOW {
                return;
            }
            let number = self.next;
            self.next += 1;
            let id = if self.qos == QoS::AtMostOnce {
                0
            } else {
                self.last_id = self.last_id % u16::MAX + 1;
                self.last_id
            };
            self.send(id, number, false);
            if id != 0 {
                let stage = Stage::Published;
                let since = now;
                self.open.push_back(Open {
                    id,
                    number,
                    stage,
                    since,
                });
            }
        }
    }

    fn send(&mut self, id: u16, number: u32, dup: bool) {
        let alias = self.version.is_v5().then_some(1);
        let names = alias.is_none() || !std::mem::replace(&mut self.alias_is_set, true);
        let topic = self.name.clone();
        let publish = Publish {
            dup,
            qos: self.qos,
            retain: false,
            topic: if names { &topic } else { "" },
            packet_id: PacketId::new(id),
            properties: PublishProperties {
                topic_alias: alias,
                ..PublishProperties::default()
            },
            payload: &number.to_be_bytes(),
        };
        publish.encode(self.version, &mut self.out);
    }

    /// Bytes came.
    pub fn receive(&mut self, now: Time, bytes: &[u8]) {
        self.heard = now;
        let mut buffer = std::mem::take(&mut self.partial);
        buffer.extend_from_slice(bytes);
        let mut rest = &buffer[..];
        while let Some(len) = wire::frame(rest, usize::MAX).expect("a broker sends packets")
            && let Some((packet, behind)) = rest.split_at_checked(len)
        {
            let packet = wire::decode(self.version, packet).expect("a broker sends packets that are right");
            self.packet(now, &packet);
            rest = behind;
        }
        self.partial = rest.to_vec();
    }

    fn packet(&mut self, now: Time, packet: &Packet<'_>) {
        match packet {
            Packet::ConnAck(connack) => {
                assert!(
                    connack.session_present || !self.subscribed && self.next == 0,
                    "{}",
                    self.name
                );
                self.connected = true;
                if self.total.is_none() && !std::mem::replace(&mut self.subscribed, true) {
                    let subscribe = Subscribe::new(PacketId::MIN, "#", self.qos);
                    Packet::Subscribe(subscribe).encode(self.version, &mut self.out);
                }
                self.resend(now);
            }
            Packet::Publish(publish) => self.message(publish),
            Packet::PubAck(ack) => self.open.retain(|open| open.id != ack.packet_id.get()),
            Packet::PubRec(ack) => {
                if let Some(open) = self.open.iter_mut().find(|open| open.id == ack.packet_id.get()) {
                    open.stage = Stage::Released;
                }
                self.answer(Packet::PubRel, ack.packet_id);
            }
            Packet::PubComp(ack) => self
                .open
                .retain(|open| open.id != ack.packet_id.get() || open.stage == Stage::Published),
            Packet::PubRel(ack) => {
                self.known.remove(&ack.packet_id.get());
                self.answer(Packet::PubComp, ack.packet_id);
            }
            Packet::SubAck(_) => {}
            other => panic!("{}: {other:?}", self.name),
        }
    }

    fn answer(&mut self, packet: fn(Ack<'static>) -> Packet<'static>, id: PacketId) {
        packet(Ack::new(id)).encode(self.version, &mut self.out);
    }

    fn resend(&mut self, now: Time) {
        for at in 0..self.open.len() {
            let open = &mut self.open[at];
            open.since = now;
            let (id, number) = (open.id, open.number);
            match open.stage {
                Stage::Published => self.send(id, number, true),
                Stage::Released => self.answer(Packet::PubRel, PacketId::new(id).expect("it has one")),
            }
        }
    }

    fn message(&mut self, publish: &Publish<'_>) {
        let topic = match publish.properties.topic_alias {
            Some(alias) if publish.topic.is_empty() => self.aliases[&alias].clone(),
            Some(alias) => {
                self.aliases.insert(alias, publish.topic.to_owned());
                publish.topic.to_owned()
            }
            None => publish.topic.to_owned(),
        };
        match (publish.qos, publish.packet_id) {
            (QoS::AtLeastOnce, Some(id)) => self.answer(Packet::PubAck, id),
            (QoS::ExactlyOnce, Some(id)) => {
                self.answer(Packet::PubRec, id);
                if !self.known.insert(id.get()) {
                    return;
                }
            }
            _ => self.got_qos0 += 1,
        }
        let number = u32::from_be_bytes(publish.payload.try_into().expect("a number"));
        *self.got.entry((topic, number)).or_default() += 1;
    }
}
