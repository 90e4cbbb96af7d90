//! `Inflight`: QoS 1 and 2 messages that were sent to the client and are not acknowledged yet.
//!
//! ```text
//!            QoS 1                          QoS 2
//!   send ─► Publish ─PUBACK─► done    send ─► Publish ─PUBREC─► PubRel ─PUBCOMP─► done
//!              └─ PUBACK ≥ 0x80 ─► done            └─ PUBREC ≥ 0x80 ─► done
//! ```
//!
//! A packet identifier is free again only when its exchange is done (`MQTT5-2.2.1-4`, `MQTT311-2.3.1-4`).

use std::collections::VecDeque;

use super::queue::PLACE_BYTES;
use super::stragglers::Stragglers;
use super::{Charge, Delivery, Held, Note, SessionNotes};
use crate::wire::{PacketId, PacketType, QoS};

/// The finished exchanges between open ones are removed once there are this many more finished than open ones.
const SPARSE: usize = 64;
/// When no exchange is open, memory for more exchanges than this is given back.
const KEPT: usize = 256;
/// How many packet identifiers there are.
const IDENTIFIERS: usize = u16::MAX as usize;

/// Where an exchange stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// PUBLISH is unacknowledged: PUBACK (QoS 1) or PUBREC (QoS 2) must come.
    Publish(Delivery),
    /// PUBREC came, and PUBREL is unacknowledged: PUBCOMP must come. The message itself is no longer needed. The number
    /// says which PUBREC of the session it was.
    PubRel(u64),
}

/// One exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its packet identifier.
    pub packet_id: PacketId,
    /// Where it stands.
    pub stage: Stage,
    /// Whether its current packet went out on the present connection.
    pub sent: bool,
    /// Whether it counts against the peer's Receive Maximum on the present connection.
    pub counted: bool,
    /// A rule lost a packet of it on the present connection: nothing of it is on its way.
    pub lost: bool,
}

impl Outgoing {
    /// The packet that the client owes.
    pub fn awaits(&self) -> PacketType {
        match &self.stage {
            Stage::Publish(delivery) if delivery.qos == QoS::AtLeastOnce => PacketType::PubAck,
            Stage::Publish(_) => PacketType::PubRec,
            Stage::PubRel(_) => PacketType::PubComp,
        }
    }
}

/// All exchanges of a session.
#[derive(Debug)]
pub struct Inflight {
    /// Exchanges under consecutive packet identifiers, from `first` on. `None` if the exchange is finished, or if the
    /// identifier belongs to a straggler.
    recent: VecDeque<Option<Outgoing>>,
    first: PacketId,
    /// Exchanges that are older than `recent`.
    stragglers: Option<Box<Stragglers>>,
    next_id: PacketId,
    /// How many are open.
    open: usize,
    /// How many exchanges wait to be sent again.
    unsent: usize,
    /// Of those that wait to be sent again, no PUBLISH stands before this place in `recent`.
    unsent_from: usize,
    /// Of those that wait to be sent again, the PUBRELs, in the order in which their PUBRECs came.
    unsent_pubrels: VecDeque<PacketId>,
    /// How many PUBRECs came.
    pubrecs: u64,
    counted: usize,
    /// A rule has lost something of an exchange, once.
    has_lost: bool,
    bytes: usize,
    /// The payloads among them.
    payload_bytes: usize,
    /// The memory for the places of the messages. The messages count themselves.
    charge: Charge,
    pub(super) notes: SessionNotes,
}

impl Default for Inflight {
    fn default() -> Self {
        Self {
            recent: VecDeque::new(),
            first: PacketId::MIN,
            stragglers: None,
            next_id: PacketId::MIN,
            open: 0,
            unsent: 0,
            unsent_from: 0,
            unsent_pubrels: VecDeque::new(),
            pubrecs: 0,
            counted: 0,
            has_lost: false,
            bytes: 0,
            payload_bytes: 0,
            charge: Charge::default(),
            notes: SessionNotes::default(),
        }
    }
}

impl Stage {
    /// What its place takes.
    fn place_bytes(&self) -> usize {
        match self {
            Self::Publish(delivery) => delivery.place_bytes(),
            Self::PubRel(_) => PLACE_BYTES,
        }
    }
}

impl Outgoing {
    /// Marks the exchange to be sent again, on a new connection.
    pub(super) fn rewind(&mut self) {
        self.sent = false;
        self.counted = false;
        self.lost = false;
    }
}

impl Inflight {
    /// No exchanges yet; they will be counted into `held`.
    pub fn new(held: &Held) -> Self {
        Self {
            charge: held.charge(0),
            ..Self::default()
        }
    }

    /// How many exchanges are open.
    pub fn len(&self) -> usize {
        self.open
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.open == 0
    }

    /// How many count against the peer's Receive Maximum (`MQTT5-4.9.0-2`).
    pub fn counted(&self) -> usize {
        self.counted
    }

    /// A rule lost a packet of this exchange.
    pub fn lose(&mut self, packet_id: PacketId) {
        if let Some(outgoing) = self.get_mut(packet_id) {
            outgoing.lost = true;
            self.has_lost = true;
        }
    }

    /// Of how many exchanges a rule has lost what was on its way.
    pub fn lost(&self) -> usize {
        if self.has_lost {
            self.iter().filter(|outgoing| outgoing.lost).count()
        } else {
            0
        }
    }

    /// How many more exchanges can be opened while the peer takes `window` at once.
    pub fn room(&self, window: usize) -> usize {
        window.saturating_sub(self.counted).min(IDENTIFIERS - self.open)
    }

    /// Whether one more may be sent: the peer takes `window` at once, and less than `most_bytes` of payloads are on their way. A
    /// QoS 2 message is on its way until PUBREC.
    pub fn takes_more(&self, window: usize, most_bytes: usize) -> bool {
        self.counted < window && self.payload_bytes < most_bytes
    }

    /// How much memory the unacknowledged messages take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All exchanges, in the order in which their PUBLISH was first sent.
    pub fn iter(&self) -> impl Iterator<Item = &Outgoing> {
        let stragglers = self.stragglers.iter().flat_map(|stragglers| stragglers.iter());
        stragglers.chain(self.recent.iter().flatten())
    }

    /// Where in `recent` the exchange under `packet_id` is, if it is there.
    fn place(&self, packet_id: PacketId) -> usize {
        let (id, first) = (usize::from(packet_id.get()), usize::from(self.first.get()));
        if id >= first {
            id - first
        } else {
            // The numbers began again.
            id + IDENTIFIERS - first
        }
    }

    /// The exchange under `packet_id`.
    pub fn get(&self, packet_id: PacketId) -> Option<&Outgoing> {
        match self.recent.get(self.place(packet_id)) {
            Some(Some(outgoing)) => Some(outgoing),
            _ => self.stragglers.as_ref()?.get(packet_id),
        }
    }

    fn get_mut(&mut self, packet_id: PacketId) -> Option<&mut Outgoing> {
        let place = self.place(packet_id);
        match self.recent.get_mut(place) {
            Some(Some(outgoing)) => Some(outgoing),
            _ => self.stragglers.as_mut()?.get_mut(packet_id),
        }
    }

    /// Opens an exchange for `delivery`, about to be sent, under a free packet identifier.
    /// `None` when all 65,535 are taken.
    pub fn open(&mut self, delivery: Delivery) -> Option<PacketId> {
        if self.open >= IDENTIFIERS {
            return None;
        }
        while self
            .stragglers
            .as_ref()
            .is_some_and(|s| s.get(self.next_id).is_some())
        {
            self.push(None);
        }
        let packet_id = self.next_id;
        self.bytes += delivery.message.cost();
        self.payload_bytes += delivery.message.payload.len();
        self.charge.add(delivery.place_bytes());
        self.counted += 1;
        self.open += 1;
        self.push(Some(Outgoing {
            packet_id,
            stage: Stage::Publish(delivery),
            sent: true,
            counted: true,
            lost: false,
        }));
        self.notes.note(|key| Note::Outgoing(key, packet_id));
        Some(packet_id)
    }

    /// Puts the exchange under the next identifier.
    fn push(&mut self, outgoing: Option<Outgoing>) {
        if self.recent.is_empty() {
            self.first = self.next_id;
        }
        self.recent.push_back(outgoing);
        self.next_id = following(self.next_id);
        while self.recent.len() >= IDENTIFIERS {
            self.leave_first_behind();
        }
    }

    /// Ends the exchange and frees its packet identifier.
    pub fn finish(&mut self, packet_id: PacketId) -> Option<Outgoing> {
        self.finish_if(packet_id, |_| true)
    }

    /// PUBACK came: ends the exchange if it waits for PUBACK.
    pub fn acknowledged(&mut self, packet_id: PacketId) -> bool {
        let done = self.finish_if(packet_id, |outgoing| {
            let is_due = |delivery: &Delivery| delivery.qos == QoS::AtLeastOnce;
            outgoing.sent && matches!(&outgoing.stage, Stage::Publish(delivery) if is_due(delivery))
        });
        done.is_some()
    }

    /// PUBCOMP came: ends the exchange if it waits for PUBCOMP.
    pub fn completed(&mut self, packet_id: PacketId) -> bool {
        let done = self.finish_if(packet_id, |outgoing| {
            outgoing.sent && matches!(outgoing.stage, Stage::PubRel(_))
        });
        done.is_some()
    }

    fn finish_if(&mut self, packet_id: PacketId, is_it: impl Fn(&Outgoing) -> bool) -> Option<Outgoing> {
        let place = self.place(packet_id);
        let done = if let Some(slot @ Some(_)) = self.recent.get_mut(place) {
            slot.take_if(|outgoing| is_it(outgoing))?
        } else {
            let stragglers = self.stragglers.as_mut()?;
            stragglers.get(packet_id).filter(|outgoing| is_it(outgoing))?;
            let done = stragglers.remove(packet_id)?;
            if stragglers.len() == 0 {
                self.stragglers = None;
            }
            done
        };
        self.notes.note(|key| Note::Outgoing(key, packet_id));
        self.open -= 1;
        self.counted -= usize::from(done.counted);
        self.unsent -= usize::from(!done.sent);
        self.charge.sub(done.stage.place_bytes());
        if let Stage::Publish(delivery) = &done.stage {
            self.bytes -= delivery.message.cost();
            self.payload_bytes -= delivery.message.payload.len();
        }
        while matches!(self.recent.front(), Some(None)) {
            self.pop_first();
        }
        while self.recent.len() > 2 * self.open + SPARSE {
            self.leave_first_behind();
        }
        if self.open == 0 && self.recent.capacity() > KEPT {
            self.recent = VecDeque::new();
        }
        Some(done)
    }

    fn pop_first(&mut self) -> Option<Outgoing> {
        let first = self.recent.pop_front()?;
        self.first = following(self.first);
        self.unsent_from = self.unsent_from.saturating_sub(1);
        first
    }

    /// The first exchange becomes a straggler, so that `recent` stays short.
    fn leave_first_behind(&mut self) {
        if let Some(first) = self.pop_first() {
            self.stragglers.get_or_insert_default().push(first);
        }
        while matches!(self.recent.front(), Some(None)) {
            self.pop_first();
        }
    }

    /// PUBREC came, and the exchange waits for it: from now on it waits for PUBCOMP.
    pub fn received(&mut self, packet_id: PacketId) -> bool {
        let is_due = self.get(packet_id).is_some_and(|outgoing| {
            let is_due = |delivery: &Delivery| delivery.qos == QoS::ExactlyOnce;
            outgoing.sent && matches!(&outgoing.stage, Stage::Publish(delivery) if is_due(delivery))
        });
        is_due && self.released(packet_id)
    }

    /// PUBREC came: from now on the exchange waits for PUBCOMP (`MQTT5-4.3.3-5`, `-6`).
    pub fn released(&mut self, packet_id: PacketId) -> bool {
        let nth = self.pubrecs;
        let Some(entry) = self.get_mut(packet_id) else {
            return false;
        };
        let was_sent = std::mem::replace(&mut entry.sent, true);
        // A repeated PUBREC does not change the order.
        if let Stage::Publish(delivery) = &entry.stage {
            let (cost, freed) = (delivery.message.cost(), delivery.place_bytes() - PLACE_BYTES);
            let payload_bytes = delivery.message.payload.len();
            entry.stage = Stage::PubRel(nth);
            entry.lost = false;
            self.pubrecs += 1;
            self.bytes -= cost;
            self.payload_bytes -= payload_bytes;
            self.charge.sub(freed);
            self.notes.note(|key| Note::Outgoing(key, packet_id));
        }
        self.unsent -= usize::from(!was_sent);
        true
    }

    /// The packet identifier that is tried next.
    pub fn next_id(&self) -> PacketId {
        self.next_id
    }
}

fn following(id: PacketId) -> PacketId {
    id.checked_add(1).unwrap_or(PacketId::MIN)
}

mod resend;
#[cfg(test)]
mod tests;
