//! Two brokers, a client of each, and the bridge between them. Time and chance are arguments.

mod kept;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use broker_bridge::{Bridge, Plan, Side};
use broker_core::chance::Rng;
use broker_core::engine::{ConnId, Engine};
use broker_core::time::Time;
use broker_core::wire::{
    self, Ack, Connect, ConnectProperties, FilterRequest, Packet, PacketId, Publish, PublishProperties, QoS,
    ReasonCode, ReasonProperties, Subscribe, SubscriptionOptions, Version,
};
use settings::BrokerSettings;

use kept::{Kept, Unkept};

/// A broker, and a client that publishes and hears everything.
pub struct Broker {
    pub engine: Engine,
    client: Option<ConnId>,
    /// Sent and not yet taken.
    unread: BTreeMap<ConnId, Vec<u8>>,
    /// What it sent and nobody took yet.
    sent: BTreeMap<ConnId, Vec<u8>>,
    closed: Vec<ConnId>,
    last_id: u16,
    /// What is kept of it, if anything is.
    kept: Option<Kept>,
    /// Topic, payload and QoS of what its client got.
    pub got: Vec<(String, String, QoS, bool)>,
}

impl Broker {
    fn new(settings: BrokerSettings, seed: u64) -> Self {
        let mut broker = Self::empty(settings, seed);
        broker.connect(Time::ZERO, None);
        broker.subscribe(Time::ZERO);
        broker
    }

    /// Without a client.
    fn empty(settings: BrokerSettings, seed: u64) -> Self {
        Self {
            engine: Engine::new(Arc::new(settings), seed),
            client: None,
            unread: BTreeMap::new(),
            sent: BTreeMap::new(),
            closed: Vec::new(),
            last_id: 1,
            kept: None,
            got: Vec::new(),
        }
    }

    /// Its client comes; its session goes on, and stays for so long.
    fn connect(&mut self, now: Time, session_expiry_secs: Option<u32>) {
        let client = self.engine.open(now, "client".to_owned());
        self.client = Some(client);
        let connect = Packet::Connect(Box::new(Connect {
            version: Version::V5,
            bridge: false,
            clean_start: session_expiry_secs.is_none(),
            keep_alive_secs: 0,
            client_id: "client",
            will: None,
            username: None,
            password: None,
            properties: ConnectProperties {
                session_expiry_secs,
                ..ConnectProperties::default()
            },
        }));
        self.say(now, &connect);
    }

    fn subscribe(&mut self, now: Time) {
        let options = SubscriptionOptions {
            qos: QoS::ExactlyOnce,
            no_local: true,
            ..SubscriptionOptions::default()
        };
        let filters = ["#", "$SYS/broker/connection/#"].map(|filter| FilterRequest { filter, options });
        let subscribe = Subscribe {
            packet_id: PacketId::MIN,
            subscription_id: None,
            user: Vec::new(),
            filters: filters.to_vec(),
        };
        self.say(now, &Packet::Subscribe(subscribe));
    }

    fn say(&mut self, now: Time, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(Version::V5, &mut bytes);
        self.receive(now, self.client.unwrap(), &bytes);
    }

    pub fn publish(&mut self, now: Time, topic: &str, payload: &str, qos: QoS, retain: bool) {
        self.last_id = self.last_id % 65_535 + 1;
        let publish = Publish {
            dup: false,
            qos,
            retain,
            topic,
            packet_id: PacketId::new(self.last_id).filter(|_| qos != QoS::AtMostOnce),
            properties: PublishProperties::default(),
            payload: payload.as_bytes(),
        };
        self.say(now, &Packet::Publish(publish));
    }

    pub fn receive(&mut self, now: Time, id: ConnId, bytes: &[u8]) {
        let mut unread = self.unread.remove(&id).unwrap_or_default();
        unread.extend_from_slice(bytes);
        loop {
            let taken = self.engine.receive(now, id, &unread);
            unread.drain(..taken);
            if taken == 0 || !self.engine.has_unhandled(id) {
                break;
            }
        }
        self.unread.insert(id, unread);
        self.settle(now);
    }

    pub fn settle(&mut self, now: Time) {
        loop {
            self.end_turn(now);
            while let Some(id) = self.engine.next_touched() {
                while let Some(front) = self.engine.outbox(id).map(|outbox| outbox.front().to_vec())
                    && !front.is_empty()
                {
                    self.engine.wrote(now, id, front.len());
                    self.sent.entry(id).or_default().extend(front);
                }
                if self.engine.close_reason(id).is_some() {
                    self.close(now, id);
                    self.closed.push(id);
                }
            }
            let Some(bytes) = self.client.and_then(|id| self.sent.remove(&id)) else {
                break;
            };
            self.hear(now, &bytes);
        }
    }

    fn close(&mut self, now: Time, id: ConnId) {
        self.engine.closed(now, id, "closed");
        self.unread.remove(&id);
    }

    /// Its client answers, as the standard wants it.
    fn hear(&mut self, now: Time, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(len) = wire::frame(rest, usize::MAX).unwrap() {
            let (packet, more) = rest.split_at(len);
            rest = more;
            match wire::decode(Version::V5, packet).unwrap() {
                Packet::Publish(publish) => {
                    let payload = String::from_utf8(publish.payload.to_vec()).unwrap();
                    self.got
                        .push((publish.topic.to_owned(), payload, publish.qos, publish.retain));
                    match publish.qos {
                        QoS::AtMostOnce => {}
                        QoS::AtLeastOnce => self.answer(now, Packet::PubAck, publish.packet_id.unwrap()),
                        QoS::ExactlyOnce => self.answer(now, Packet::PubRec, publish.packet_id.unwrap()),
                    }
                }
                Packet::PubRec(ack) if !ack.reason.is_error() => {
                    self.answer(now, Packet::PubRel, ack.packet_id);
                }
                Packet::PubRel(ack) => self.answer(now, Packet::PubComp, ack.packet_id),
                _ => {}
            }
        }
    }

    fn answer(&mut self, now: Time, of: fn(Ack<'static>) -> Packet<'static>, packet_id: PacketId) {
        let (reason, properties) = (ReasonCode::SUCCESS, ReasonProperties::default());
        let mut bytes = Vec::new();
        of(Ack {
            packet_id,
            reason,
            properties,
        })
        .encode(Version::V5, &mut bytes);
        let id = self.client.unwrap();
        let taken = self.engine.receive(now, id, &bytes);
        assert_eq!(taken, bytes.len());
    }

    /// What its client got with these QoS.
    pub fn payloads(&self, of: QoS) -> Vec<&str> {
        let got = self.got.iter().filter(|(_, _, qos, _)| *qos == of);
        got.map(|(_, payload, _, _)| &**payload).collect()
    }
}

pub struct World {
    pub now: Time,
    pub rng: Rng,
    pub near: Broker,
    pub far: Broker,
    pub bridge: Bridge,
    pub told: Vec<broker_bridge::Told>,
    local: Option<ConnId>,
    remote: Option<ConnId>,
    /// On their way to the far broker, and from it.
    up: VecDeque<u8>,
    down: VecDeque<u8>,
    /// Nobody can be reached there.
    pub is_down: bool,
    /// Addresses that were dialed.
    pub dialed: Vec<usize>,
    /// A test speaks for the far broker, with [`World::says`], and this is what it heard.
    pub script: Option<Vec<u8>>,
    /// Published in the near broker, and not kept yet.
    unkept: Vec<Unkept>,
}

impl World {
    pub fn new(seed: u64, plan: Plan, near: BrokerSettings, far: BrokerSettings) -> Self {
        let mut rng = Rng::new(seed);
        Self {
            now: Time::from_secs(1),
            near: Broker::new(near, rng.next_u64()),
            far: Broker::new(far, rng.next_u64()),
            bridge: Bridge::new(Time::from_secs(1), plan, rng.next_u64()),
            told: Vec::new(),
            local: None,
            remote: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            is_down: false,
            dialed: Vec::new(),
            script: None,
            unkept: Vec::new(),
            rng,
        }
    }

    /// All that follows by itself on this side of the line.
    pub fn settle(&mut self) {
        let now = self.now;
        loop {
            self.near.settle(now);
            self.far.settle(now);
            while let Some(told) = self.bridge.next_told() {
                self.told.push(told);
            }
            if self.bridge.next_timeout().is_some_and(|due| due <= now) {
                self.bridge.tick(now);
                continue;
            }
            if self.local_moves() || self.remote_moves() {
                continue;
            }
            return;
        }
    }

    fn local_moves(&mut self) -> bool {
        let now = self.now;
        if self.bridge.wants_local() {
            assert!(self.local.is_none(), "the one before has ended");
            self.local = Some(self.near.engine.open(now, "bridge".to_owned()));
            self.before_local();
            self.bridge.local_opened(now);
            return true;
        }
        let Some(id) = self.local else { return false };
        let out = self.bridge.outgoing(Side::Local).to_vec();
        if !out.is_empty() {
            self.bridge.sent(now, Side::Local, out.len());
            self.near.receive(now, id, &out);
            return true;
        }
        if !self.bridge.is_deaf(Side::Local)
            && let Some(bytes) = self.near.sent.remove(&id)
        {
            self.bridge.receive(now, Side::Local, &bytes);
            self.after_local();
            return true;
        }
        let is_over = self.near.closed.contains(&id);
        if self.bridge.wants_close(Side::Local) || is_over {
            self.near.close(now, id);
            self.near.sent.remove(&id);
            self.local = None;
            self.bridge.local_closed(now, "closed");
            return true;
        }
        false
    }

    fn remote_moves(&mut self) -> bool {
        let now = self.now;
        if let Some(address) = self.bridge.dial(now) {
            self.dialed.push(address);
            if self.is_down {
                self.bridge.remote_closed(now, "connection refused");
            } else {
                assert!(self.remote.is_none());
                self.remote = Some(self.far.engine.open(now, "bridge".to_owned()));
                self.bridge.remote_opened(now);
            }
            return true;
        }
        let Some(id) = self.remote else { return false };
        let out = self.bridge.outgoing(Side::Remote).to_vec();
        if !out.is_empty() {
            self.bridge.sent(now, Side::Remote, out.len());
            match &mut self.script {
                Some(heard) => heard.extend(out),
                None => self.up.extend(out),
            }
            return true;
        }
        if let Some(bytes) = self.far.sent.remove(&id) {
            self.down.extend(bytes);
            return true;
        }
        if self.bridge.wants_close(Side::Remote) || (self.far.closed.contains(&id) && self.down.is_empty()) {
            self.cut();
            return true;
        }
        false
    }

    /// Up to so many bytes arrive, either way.
    pub fn arrive(&mut self, most: usize) {
        self.settle();
        let Some(id) = self.remote else { return };
        let n = self.up.len().min(most);
        let bytes: Vec<u8> = self.up.drain(..n).collect();
        if n > 0 {
            self.far.receive(self.now, id, &bytes);
        }
        if !self.bridge.is_deaf(Side::Remote) {
            let n = self.down.len().min(most);
            let bytes: Vec<u8> = self.down.drain(..n).collect();
            if n > 0 {
                self.bridge.receive(self.now, Side::Remote, &bytes);
            }
        }
        self.settle();
    }

    /// The line breaks. What was on it is lost.
    pub fn cut(&mut self) {
        if let Some(id) = self.remote.take() {
            self.up.clear();
            self.down.clear();
            self.far.close(self.now, id);
            self.far.sent.remove(&id);
            self.bridge.remote_closed(self.now, "the line was cut");
        }
    }

    /// The far broker says this, where a test speaks for it.
    pub fn says(&mut self, version: Version, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes);
        self.bridge.receive(self.now, Side::Remote, &bytes);
        self.settle();
    }

    /// All arrives, and all that follows.
    pub fn quiet(&mut self) {
        loop {
            self.settle();
            self.keep(u64::MAX);
            if self.up.is_empty() && self.down.is_empty() {
                return;
            }
            self.arrive(usize::MAX);
        }
    }

    /// The time is another.
    pub fn wait(&mut self, secs: u32) {
        let until = self.now.plus_secs(secs);
        loop {
            self.quiet();
            match self.bridge.next_timeout().filter(|due| *due <= until) {
                Some(due) => self.now = due.max(self.now),
                None => break,
            }
        }
        self.now = until;
        self.quiet();
    }
}
