//! `Client`: one simulated client with its own session state, as the standard asks it of a client.

mod inbox;
mod wish;

use std::collections::{BTreeMap, BTreeSet};

use broker::wire::{
    self, Ack, Connect, Disconnect, DisconnectProperties, Packet, PacketId, Publish, QoS, ReasonCode,
    ReasonProperties, Version,
};

use super::message::Props;
pub use wish::Wish;

/// A message that the client publishes.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// Quality of Service.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// Message Expiry Interval.
    pub expiry_secs: Option<u32>,
    /// The other properties.
    pub props: Props,
}

/// A QoS 1 or 2 exchange towards the broker.
#[derive(Debug)]
struct Exchange {
    packet_id: u16,
    message: Outgoing,
    released: bool,
    /// Sent on the present connection.
    sent: bool,
    /// Sent on any connection: then the next time is with DUP.
    sent_ever: bool,
}

/// What the client still has to answer, by the names of the packets.
#[allow(clippy::enum_variant_names)]
#[derive(Debug, Clone, Copy)]
enum Answer {
    PubAck(u16),
    PubRec(u16),
    PubComp(u16),
}

/// Where the client stands on its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No connection.
    Away,
    /// CONNECT was sent.
    Greeting,
    /// CONNACK came.
    Connected,
}

/// A simulated client.
#[derive(Debug)]
pub struct Client {
    /// Client identifier.
    pub id: String,
    /// The connection's number; kept after it ended.
    pub link: u32,
    /// Where it stands.
    pub standing: Standing,
    /// The version of the present connection.
    pub version: Version,
    /// Session Expiry Interval of the last CONNECT was 0.
    pub expiry_was_zero: bool,
    /// Whether a message may come twice to it: because a shared subscription brings it too, or because some client
    /// could not know that its session was gone.
    pub twice_allowed: bool,
    /// Whether the next CONNECT must have Clean Start: the last one had, and may not have arrived.
    pub must_clean: bool,
    exchanges: Vec<Exchange>,
    /// QoS 2 messages that came and were not released, with their payloads.
    incoming: BTreeMap<u16, Vec<u8>>,
    answers: Vec<Answer>,
    requests: BTreeSet<u16>,
    pings: usize,
    next_id: u16,
    receive_maximum: usize,
    alias_maximum: u16,
    aliases_out: BTreeMap<String, u16>,
    aliases_in: BTreeMap<u16, String>,
    inbox: Vec<u8>,
    /// What the application got at QoS 2, other than retained messages.
    got: BTreeSet<Vec<u8>>,
}

impl Client {
    /// A client that was never connected.
    pub fn new(id: String, twice_allowed: bool) -> Self {
        Self {
            id,
            link: 0,
            standing: Standing::Away,
            version: Version::V5,
            expiry_was_zero: true,
            twice_allowed,
            must_clean: false,
            exchanges: Vec::new(),
            incoming: BTreeMap::new(),
            answers: Vec::new(),
            requests: BTreeSet::new(),
            pings: 0,
            next_id: 0,
            receive_maximum: 1,
            alias_maximum: 0,
            aliases_out: BTreeMap::new(),
            aliases_in: BTreeMap::new(),
            inbox: Vec::new(),
            got: BTreeSet::new(),
        }
    }

    /// Begins a new connection: the bytes of CONNECT.
    pub fn connect(&mut self, link: u32, connect: &Connect<'_>) -> Vec<u8> {
        self.forget_connection();
        if connect.clean_start {
            self.forget_session(); // MQTT5-3.1.2-4, MQTT311-3.1.2-6
            self.must_clean = true;
        }
        self.link = link;
        self.standing = Standing::Greeting;
        self.version = connect.version;
        self.expiry_was_zero = connect.properties.session_expiry_secs.unwrap_or(0) == 0;
        self.encode(&Packet::Connect(Box::new(connect.clone())))
    }

    /// The connection is gone; the session state stays.
    pub fn forget_connection(&mut self) {
        self.standing = Standing::Away;
        self.answers.clear();
        self.requests.clear();
        self.pings = 0;
        self.aliases_in.clear();
        self.aliases_out.clear();
        self.inbox.clear();
        for exchange in &mut self.exchanges {
            exchange.sent = false;
        }
    }

    /// Whether everything was answered, by both sides.
    pub fn is_idle(&self) -> bool {
        self.exchanges.is_empty() && self.answers.is_empty() && self.requests.is_empty() && self.pings == 0
    }

    /// A packet's bytes in the version of the connection.
    pub fn encode(&self, packet: &Packet<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes);
        bytes
    }

    /// A packet identifier that is free.
    pub fn packet_id(&mut self) -> PacketId {
        // Few, so that they are used again soon.
        let most = (2 * (self.exchanges.len() + self.requests.len()) as u16).max(20);
        loop {
            self.next_id = self.next_id % most + 1;
            let free = !self
                .exchanges
                .iter()
                .any(|exchange| exchange.packet_id == self.next_id)
                && !self.requests.contains(&self.next_id);
            if let (true, Some(packet_id)) = (free, PacketId::new(self.next_id)) {
                return packet_id;
            }
        }
    }

    /// Takes note of a SUBSCRIBE or UNSUBSCRIBE that is sent.
    pub fn requested(&mut self, packet_id: PacketId) {
        self.requests.insert(packet_id.get());
    }

    /// PINGREQ.
    pub fn ping(&mut self) -> Vec<u8> {
        self.pings += 1;
        self.encode(&Packet::PingReq)
    }

    /// DISCONNECT; the connection is over for the client.
    pub fn disconnect(&mut self, reason: ReasonCode, session_expiry_secs: Option<u32>) -> Vec<u8> {
        let properties = DisconnectProperties {
            session_expiry_secs,
            ..DisconnectProperties::default()
        };
        let bytes = self.encode(&Packet::Disconnect(Disconnect { reason, properties }));
        self.forget_connection();
        bytes
    }

    /// Publishes; QoS 1 and 2 go out as soon as the broker's Receive Maximum allows.
    pub fn publish(&mut self, message: Outgoing) -> Vec<u8> {
        if message.qos == QoS::AtMostOnce {
            return self.publish_bytes(&message, None, false);
        }
        let packet_id = self.packet_id().get();
        self.exchanges.push(Exchange {
            packet_id,
            message,
            released: false,
            sent: false,
            sent_ever: false,
        });
        self.pump()
    }

    /// How many messages wait for the broker's answer.
    pub fn backlog(&self) -> usize {
        self.exchanges.len()
    }

    /// Sends what may be sent: what a lost connection left first, in order.
    fn pump(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for at in 0..self.exchanges.len() {
            let open = self.exchanges.iter().filter(|exchange| exchange.sent).count();
            let exchange = &mut self.exchanges[at];
            if exchange.sent {
                continue;
            }
            if open >= self.receive_maximum {
                break;
            }
            exchange.sent = true;
            let dup = std::mem::replace(&mut exchange.sent_ever, true);
            let (packet_id, released, message) =
                (exchange.packet_id, exchange.released, exchange.message.clone());
            if released {
                bytes.extend(self.ack(Packet::PubRel, packet_id, ReasonCode::SUCCESS));
            } else {
                bytes.extend(self.publish_bytes(&message, PacketId::new(packet_id), dup));
            }
        }
        bytes
    }

    fn publish_bytes(&mut self, message: &Outgoing, packet_id: Option<PacketId>, dup: bool) -> Vec<u8> {
        let v5 = self.version.is_v5();
        let mut properties = if v5 {
            message.props.wire()
        } else {
            wire::PublishProperties::default()
        };
        properties.message_expiry_secs = message.expiry_secs.filter(|_| v5);
        let mut topic = message.topic.as_str();
        if v5 && self.alias_maximum > 0 && self.standing == Standing::Connected {
            let next = self.aliases_out.len() as u16 + 1;
            if let Some(alias) = self.aliases_out.get(topic) {
                properties.topic_alias = Some(*alias);
                topic = "";
            } else if next <= self.alias_maximum {
                properties.topic_alias = Some(next);
                self.aliases_out.insert(topic.to_owned(), next);
            }
        }
        let (qos, retain, payload) = (message.qos, message.retain, &message.payload[..]);
        self.encode(&Packet::Publish(Publish {
            dup,
            qos,
            retain,
            topic,
            packet_id,
            properties,
            payload,
        }))
    }

    fn ack<'a>(
        &self,
        kind: impl FnOnce(Ack<'a>) -> Packet<'a>,
        packet_id: u16,
        reason: ReasonCode,
    ) -> Vec<u8> {
        let packet_id = PacketId::new(packet_id).unwrap_or(PacketId::MIN);
        self.encode(&kind(Ack {
            packet_id,
            reason,
            properties: ReasonProperties::default(),
        }))
    }

    /// How many answers the client has put off.
    pub fn answers_due(&self) -> usize {
        self.answers.len()
    }

    /// Gives the answer number `at` of those put off; with an error if it `refuses`.
    pub fn answer(&mut self, at: usize, refuses: bool) -> Vec<u8> {
        let error = if refuses && self.version.is_v5() {
            ReasonCode::UNSPECIFIED_ERROR
        } else {
            ReasonCode::SUCCESS
        };
        match self.answers.remove(at) {
            Answer::PubAck(packet_id) => self.ack(Packet::PubAck, packet_id, error),
            Answer::PubRec(packet_id) => {
                if error.is_error()
                    && let Some(payload) = self.incoming.remove(&packet_id)
                {
                    // Refused: so it did not count, and comes again if this answer is lost.
                    self.got.remove(&payload);
                }
                self.ack(Packet::PubRec, packet_id, error)
            }
            Answer::PubComp(packet_id) => self.ack(Packet::PubComp, packet_id, ReasonCode::SUCCESS),
        }
    }
}
