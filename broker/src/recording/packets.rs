//! What clients sent and got, packet by packet, as it was on the wire but for aliases and secrets.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::line::What;
use super::message::Message;
use super::read::Recording;
use crate::journal::Direction;
use crate::wire::{Packet, PacketId, QoS, Subscribe, Unsubscribe, Version};

/// A packet, or the end of a connection.
pub(crate) struct Recorded<'a> {
    pub at: Duration,
    pub conn: u32,
    /// Empty before a client is known.
    pub client_id: &'a str,
    pub version: Version,
    /// `None`: the connection ended.
    pub packet: Option<(Direction, Vec<u8>)>,
}

impl Recording {
    /// Shows each packet, in the order of the recording.
    pub(crate) fn each_packet(&self, mut show: impl FnMut(Recorded<'_>)) {
        let mut versions: HashMap<u32, Version> = HashMap::new();
        for step in &self.steps {
            if let What::Connect(session) = &step.what {
                versions.insert(step.conn, session.version());
            }
            let version = versions.get(&step.conn).copied().unwrap_or(Version::V311);
            let packet = bytes(&step.what, &step.client_id, version);
            if packet.is_none() && !matches!(step.what, What::Closed { .. }) {
                continue; // a secret was among its bytes
            }
            show(Recorded {
                at: step.at,
                conn: step.conn,
                client_id: &step.client_id,
                version,
                packet,
            });
        }
    }
}

fn bytes(what: &What, client_id: &str, version: Version) -> Option<(Direction, Vec<u8>)> {
    let id = |id: Option<PacketId>| id.unwrap_or(PacketId::MIN);
    let (direction, packet) = match what {
        What::Connect(session) => {
            let password = session.password.then_some(&b""[..]);
            let connect = session.connect(client_id, (session.user.as_deref(), password));
            (Direction::In, Packet::Connect(Box::new(connect)))
        }
        What::Message(message) => {
            return Some((Direction::In, published(message, version)));
        }
        What::Delivery { message, .. } => {
            return Some((Direction::Out, published(message, version)));
        }
        What::Subscribe(asked) => {
            let subscribe = Subscribe {
                packet_id: id(asked.id),
                subscription_id: asked.subscription_identifier,
                user: Vec::new(),
                filters: asked.filters.iter().map(|filter| filter.request()).collect(),
            };
            (Direction::In, Packet::Subscribe(subscribe))
        }
        What::Unsubscribe(asked) => {
            let unsubscribe = Unsubscribe {
                packet_id: id(asked.id),
                user: Vec::new(),
                filters: asked.filters.iter().map(String::as_str).collect(),
            };
            (Direction::In, Packet::Unsubscribe(unsubscribe))
        }
        What::Packet(packet) => {
            let raw = packet.raw_base64.as_deref()?;
            return Some((packet.direction, BASE64_STANDARD.decode(raw).ok()?));
        }
        What::Closed { .. } => return None,
    };
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes);
    Some((direction, bytes))
}

/// A payload that was too long to be kept counts with its length.
fn published(message: &Message, version: Version) -> Vec<u8> {
    let id = message.id.unwrap_or(PacketId::MIN);
    let mut publish = message.publish(Some(id).filter(|_| message.qos != QoS::AtMostOnce));
    let lost;
    if let Some(omitted) = message.omitted_bytes {
        lost = vec![0; usize::try_from(omitted).unwrap_or(0).min(MOST_OMITTED)];
        publish.payload = &lost;
    }
    publish.properties.topic_alias = message.properties.topic_alias.filter(|_| version.is_v5());
    let mut bytes = Vec::new();
    Packet::Publish(publish).encode(version, &mut bytes);
    bytes
}

/// No packet is longer.
const MOST_OMITTED: usize = 256 * 1024 * 1024;
