//! [`Conversation`]: what crossed one recorded connection, in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::journal::Direction;
use crate::recording::line::{Filter, What};
use crate::recording::message::Message;
use crate::recording::read::Recording;
use crate::wire::{self, Packet, PacketId, PacketType, QoS, Version};

/// One recorded connection.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub client_id: String,
    pub version: Version,
    pub items: Vec<Item>,
    /// What the broker said to CONNECT is there, or that it closed the connection.
    pub has_connack: bool,
}

/// A packet of it.
#[derive(Debug)]
pub(super) struct Item {
    pub at: Duration,
    pub what: Part,
}

#[derive(Debug)]
pub(super) enum Part {
    /// The client sent this.
    In(In),
    /// The broker sent this.
    Out(Out),
    /// The broker closed the connection.
    Close,
}

#[derive(Debug)]
pub(super) enum In {
    Connect,
    Publish(Box<Message>),
    Subscribe(Vec<Filter>),
    Unsubscribe(Vec<String>),
    /// An acknowledgement of what the broker sent, by its identifier.
    Ack(PacketType, PacketId),
    /// PUBREL of the PUBLISH at this place.
    PubRel(Option<usize>),
    Other(PacketType),
}

#[derive(Debug)]
pub(super) enum Out {
    Delivery(Box<Message>),
    /// Any other packet: its bytes, and the place of the packet that it answers.
    Packet(Vec<u8>, Option<usize>),
}

/// The connections of a recording whose beginning is in it.
pub(super) fn all(recording: &Recording) -> Vec<Arc<Conversation>> {
    let mut order = Vec::new();
    let mut open: HashMap<(u32, String), Growing> = HashMap::new();
    // Before CONNECT was accepted some lines have no client identifier.
    let mut names: HashMap<u32, String> = HashMap::new();
    for step in &recording.steps {
        let name = match &step.what {
            What::Connect(session) => {
                let name = step.client_id.clone();
                names.insert(step.conn, name.clone());
                let key = (step.conn, name.clone());
                order.push(key.clone());
                open.insert(key, Growing::new(name, session.version()));
                names.get(&step.conn)
            }
            _ => names.get(&step.conn),
        };
        let Some(name) = name.cloned() else { continue };
        if let Some(growing) = open.get_mut(&(step.conn, name)) {
            growing.add(step.at, &step.what);
        }
    }
    let finished = order.into_iter().filter_map(|key| open.remove(&key));
    finished.map(|growing| Arc::new(growing.conversation)).collect()
}

struct Growing {
    conversation: Conversation,
    /// The place of the latest packet of the client with this identifier: PUBLISH, PUBREL, SUBSCRIBE, UNSUBSCRIBE.
    asked: HashMap<(Asked, PacketId), usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Publish,
    Release,
    Subscription,
}

impl Growing {
    fn new(client_id: String, version: Version) -> Self {
        let conversation = Conversation {
            client_id,
            version,
            items: Vec::new(),
            has_connack: false,
        };
        Self {
            conversation,
            asked: HashMap::new(),
        }
    }

    fn push(&mut self, at: Duration, what: Part) -> usize {
        self.conversation.items.push(Item { at, what });
        self.conversation.items.len() - 1
    }

    fn ask(&mut self, at: Duration, (asked, id): (Asked, Option<PacketId>), what: In) {
        let place = self.push(at, Part::In(what));
        if let Some(id) = id {
            self.asked.insert((asked, id), place);
        }
    }

    fn add(&mut self, at: Duration, what: &What) {
        match what {
            What::Connect(_) => drop(self.push(at, Part::In(In::Connect))),
            What::Message(message) => {
                let id = message.id.filter(|_| message.qos != QoS::AtMostOnce);
                self.ask(at, (Asked::Publish, id), In::Publish(message.clone()));
            }
            What::Subscribe(it) => self.ask(
                at,
                (Asked::Subscription, it.id),
                In::Subscribe(it.filters.clone()),
            ),
            What::Unsubscribe(it) => self.ask(
                at,
                (Asked::Subscription, it.id),
                In::Unsubscribe(it.filters.clone()),
            ),
            What::Delivery { message, .. } => drop(self.push(at, Part::Out(Out::Delivery(message.clone())))),
            What::Packet(packet) => {
                let raw = packet
                    .raw_base64
                    .as_ref()
                    .and_then(|raw| BASE64_STANDARD.decode(raw).ok());
                if let Some(bytes) = raw {
                    self.packet(at, packet.direction, bytes);
                }
            }
            What::Closed { cause } => {
                if ![
                    "client_disconnect",
                    "connection_lost",
                    "malformed_packet",
                    "ended",
                ]
                .contains(&&**cause)
                {
                    self.conversation.has_connack = true;
                    self.push(at, Part::Close);
                }
            }
        }
    }

    fn packet(&mut self, at: Duration, direction: Direction, bytes: Vec<u8>) {
        let Ok(packet) = wire::decode(self.conversation.version, &bytes) else {
            return;
        };
        let (packet_type, id) = (packet.packet_type(), packet.packet_id());
        if direction == Direction::Out {
            self.conversation.has_connack |= matches!(packet_type, PacketType::ConnAck | PacketType::Auth);
            let place = id.and_then(|id| self.answers(&packet, id));
            self.push(at, Part::Out(Out::Packet(bytes, place)));
            return;
        }
        match (packet_type, id) {
            (PacketType::PubRel, Some(id)) => {
                let publish = self.asked.get(&(Asked::Publish, id)).copied();
                self.ask(at, (Asked::Release, Some(id)), In::PubRel(publish));
            }
            (PacketType::PubAck | PacketType::PubRec | PacketType::PubComp, Some(id)) => {
                self.push(at, Part::In(In::Ack(packet_type, id)));
            }
            (other, _) => drop(self.push(at, Part::In(In::Other(other)))),
        }
    }

    /// The place of the client's packet that this one of the broker answers.
    fn answers(&self, packet: &Packet<'_>, id: PacketId) -> Option<usize> {
        let asked = match packet {
            Packet::PubAck(_) | Packet::PubRec(_) => Asked::Publish,
            Packet::PubComp(_) => Asked::Release,
            Packet::SubAck(_) | Packet::UnsubAck(_) => Asked::Subscription,
            _ => return None,
        };
        self.asked.get(&(asked, id)).copied()
    }
}

impl In {
    /// It in words, for what did not come.
    pub fn words(&self) -> String {
        match self {
            Self::Connect => "CONNECT".to_owned(),
            Self::Publish(message) => format!("PUBLISH QoS {} {}", message.qos, message.topic),
            Self::Subscribe(filters) => {
                let filters: Vec<&str> = filters.iter().map(|filter| filter.filter.as_str()).collect();
                format!("SUBSCRIBE {}", filters.join(", "))
            }
            Self::Unsubscribe(filters) => format!("UNSUBSCRIBE {}", filters.join(", ")),
            Self::Ack(packet, id) => format!("{packet} #{id}"),
            Self::PubRel(_) => "PUBREL".to_owned(),
            Self::Other(packet) => packet.to_string(),
        }
    }
}
