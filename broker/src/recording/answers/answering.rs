//! [`Answering`]: one connection that is answered as a recorded one was.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::conversation::{Conversation, In, Out, Part};
use super::matching::{Place, generic, place_of};
use crate::recording::play::Speed;
use crate::time::Time;
use crate::wire::{self, ConnAck, ConnAckProperties, Packet, PacketId, QoS, ReasonCode, Version};

/// One connection, answered.
#[derive(Debug)]
pub(crate) struct Answering {
    conversation: Arc<Conversation>,
    speed: Speed,
    /// What became of each item.
    places: Vec<Place>,
    /// The first item that is not done.
    next: usize,
    /// When the connection began.
    start: Option<Time>,
    version: Version,
    /// The connection is over, for the broker.
    pub is_over: bool,
}

/// A client's packet that was not recorded where it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The packet, in words.
    pub came: String,
    /// The packet that was recorded next; `None` where the recording was at its end.
    pub recorded: Option<String>,
}

impl Answering {
    pub(super) fn new(conversation: Arc<Conversation>, speed: Speed) -> Self {
        let places = conversation
            .items
            .iter()
            .map(|item| Place::of(&item.what))
            .collect();
        Self {
            conversation,
            speed,
            places,
            next: 0,
            start: None,
            version: Version::default(),
            is_over: false,
        }
    }

    /// The client sent this. What is due is appended to `out`.
    pub fn receive(&mut self, now: Time, packet: &Packet<'_>, out: &mut Vec<u8>) -> Option<Difference> {
        self.start.get_or_insert(now);
        if let Packet::Connect(connect) = packet {
            self.version = connect.version;
        }
        if matches!(packet, Packet::PingReq) {
            // When a client pings is its own affair.
            Packet::PingResp.encode(self.version, out);
            return None;
        }
        let items = &self.conversation.items;
        let mut difference = None;
        if let Some(number) = place_of(items, (&self.places, self.next), packet) {
            if let Some(place) = self.places.get_mut(number) {
                place.done = Some(now);
                place.id = packet.packet_id();
            }
            if matches!(packet, Packet::Connect(_)) && !self.conversation.has_connack {
                accepted().encode(self.version, out);
                difference = Some(Difference {
                    came: "CONNECT, whose answer is not in the recording".to_owned(),
                    recorded: self.awaited(),
                });
            }
        } else {
            let answer = generic(items, &mut self.places, now, packet);
            if answer.is_new {
                difference = Some(Difference {
                    came: packet.to_string(),
                    recorded: self.awaited(),
                });
            }
            if let Some(packet) = answer.packet(packet) {
                packet.encode(self.version, out);
            }
        }
        if matches!(packet, Packet::Disconnect(_)) {
            self.is_over = true;
            let awaited = self.awaited().filter(|_| difference.is_none());
            return difference.or(awaited.map(|awaited| Difference {
                came: packet.to_string(),
                recorded: Some(awaited),
            }));
        }
        self.tick(now, out);
        difference
    }

    /// Appends what is due now.
    pub fn tick(&mut self, now: Time, out: &mut Vec<u8>) {
        while let Some((number, due)) = self.pending() {
            if due > now || self.is_over {
                return;
            }
            self.give(number, out);
            if let Some(place) = self.places.get_mut(number) {
                place.done = Some(now);
            }
        }
    }

    /// When something is due next.
    pub fn next_due(&mut self) -> Option<Time> {
        let (_, due) = self.pending().filter(|_| !self.is_over)?;
        Some(due)
    }

    /// The next that the broker is to send, once everything before it was received and sent.
    fn pending(&mut self) -> Option<(usize, Time)> {
        while self
            .places
            .get(self.next)
            .is_some_and(|place| place.done.is_some())
        {
            self.next += 1;
        }
        let item = self.conversation.items.get(self.next)?;
        if matches!(item.what, Part::In(_)) {
            return None;
        }
        // It comes as long after the latest packet of the client before it as it was recorded.
        let before = self
            .conversation
            .items
            .iter()
            .zip(&self.places)
            .take(self.next)
            .rev();
        let last = before
            .filter(|(item, _)| matches!(item.what, Part::In(_)))
            .find_map(|(item, place)| Some((item.at, place.done?)));
        let (at, when) = last.or(self.start.map(|start| (item.at, start)))?;
        let pause = self
            .speed
            .scale(item.at.saturating_sub(at))
            .min(Duration::from_secs(365 * 24 * 3600));
        Some((self.next, when + pause))
    }

    /// What was recorded of the client next.
    fn awaited(&self) -> Option<String> {
        let items = self.conversation.items.iter().zip(&self.places);
        let mut open = items.filter(|(_, place)| place.done.is_none());
        open.find_map(|(item, _)| match &item.what {
            Part::In(what) => Some(what.words()),
            _ => None,
        })
    }

    fn give(&mut self, number: usize, out: &mut Vec<u8>) {
        let Some(item) = self.conversation.items.get(number) else {
            return;
        };
        match &item.what {
            Part::In(_) => {}
            Part::Close => self.is_over = true,
            Part::Out(Out::Delivery(message)) => {
                let id = message.id.filter(|_| message.qos != QoS::AtMostOnce);
                let mut publish = message.publish(id.or(PacketId::new(1)));
                publish.dup = message.dup;
                publish
                    .properties
                    .subscription_ids
                    .clone_from(&message.properties.subscription_identifiers);
                Packet::Publish(publish).encode(self.version, out);
            }
            Part::Out(Out::Packet(bytes, answers)) => {
                let Ok(mut packet) = wire::decode(self.conversation.version, bytes) else {
                    return;
                };
                let id = answers.and_then(|number| self.places.get(number)?.id);
                if let Some(id) = id {
                    renumber(&mut packet, id);
                }
                self.is_over |= match &packet {
                    Packet::Disconnect(_) => true,
                    Packet::ConnAck(connack) => connack.reason.is_error(),
                    _ => false,
                };
                packet.encode(self.version, out);
            }
        }
    }
}

/// Gives the packet the identifier that this client chose.
/// CONNACK without anything special in it.
fn accepted() -> Packet<'static> {
    Packet::ConnAck(Box::new(ConnAck {
        session_present: false,
        reason: ReasonCode::SUCCESS,
        properties: ConnAckProperties::default(),
    }))
}

fn renumber(packet: &mut Packet<'_>, id: PacketId) {
    match packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubComp(ack) => ack.packet_id = id,
        Packet::SubAck(ack) => ack.packet_id = id,
        Packet::UnsubAck(ack) => ack.packet_id = id,
        _ => {}
    }
}

impl Place {
    fn of(part: &Part) -> Self {
        let missing = match part {
            Part::In(In::Subscribe(filters)) => filters.iter().map(|filter| filter.filter.clone()).collect(),
            Part::In(In::Unsubscribe(filters)) => filters.iter().cloned().collect(),
            _ => HashSet::new(),
        };
        Self {
            done: None,
            id: None,
            missing,
        }
    }
}
