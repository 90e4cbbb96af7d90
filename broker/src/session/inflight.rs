//! `Inflight`: QoS 1 and 2 messages towards the client that are under way.
//!
//! ```text
//!            QoS 1                          QoS 2
//!   send ─► Publish ─PUBACK─► done    send ─► Publish ─PUBREC─► PubRel ─PUBCOMP─► done
//!              └─ PUBACK ≥ 0x80 ─► done            └─ PUBREC ≥ 0x80 ─► done
//! ```
//!
//! A packet identifier is free again only when its exchange is done (`MQTT5-2.2.1-4`, `MQTT311-2.3.1-4`).

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::Delivery;
use crate::wire::PacketId;

/// Where an exchange stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// PUBLISH is unacknowledged: PUBACK (QoS 1) or PUBREC (QoS 2) must come.
    Publish(Delivery),
    /// PUBREC came, PUBREL is unacknowledged: PUBCOMP must come. The message itself is no longer needed.
    PubRel,
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
    /// Whether it takes up one of the peer's Receive Maximum on the present connection.
    pub counted: bool,
}

/// All exchanges of a session, in the order in which their PUBLISH was first sent.
#[derive(Debug)]
pub struct Inflight {
    by_order: BTreeMap<u64, Outgoing>,
    order_of: HashMap<PacketId, u64, RandomState>,
    next_order: u64,
    next_id: PacketId,
    /// Nothing before this order waits to be sent again.
    unsent_from: u64,
    counted: usize,
    bytes: usize,
}

impl Default for Inflight {
    fn default() -> Self {
        Self {
            by_order: BTreeMap::new(),
            order_of: HashMap::default(),
            next_order: 0,
            next_id: PacketId::MIN,
            unsent_from: 0,
            counted: 0,
            bytes: 0,
        }
    }
}

impl Inflight {
    /// How many exchanges are open.
    pub fn len(&self) -> usize {
        self.by_order.len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.by_order.is_empty()
    }

    /// How many count against the peer's Receive Maximum (`MQTT5-4.9.0-2`).
    pub fn counted(&self) -> usize {
        self.counted
    }

    /// What the unacknowledged messages cost in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All exchanges, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Outgoing> {
        self.by_order.values()
    }

    /// The exchange under `packet_id`.
    pub fn get(&self, packet_id: PacketId) -> Option<&Outgoing> {
        self.by_order.get(self.order_of.get(&packet_id)?)
    }

    /// Opens an exchange for `delivery`, about to be sent, under a free packet identifier.
    /// `None` when all 65,535 are taken.
    pub fn open(&mut self, delivery: Delivery) -> Option<PacketId> {
        if self.order_of.len() >= usize::from(u16::MAX) {
            return None;
        }
        while self.order_of.contains_key(&self.next_id) {
            self.next_id = following(self.next_id);
        }
        let packet_id = self.next_id;
        self.next_id = following(packet_id);
        self.bytes += delivery.message.cost();
        self.counted += 1;
        self.order_of.insert(packet_id, self.next_order);
        self.by_order.insert(
            self.next_order,
            Outgoing {
                packet_id,
                stage: Stage::Publish(delivery),
                sent: true,
                counted: true,
            },
        );
        self.next_order += 1;
        Some(packet_id)
    }

    /// Ends the exchange and frees its packet identifier.
    pub fn finish(&mut self, packet_id: PacketId) -> Option<Outgoing> {
        let order = self.order_of.remove(&packet_id)?;
        let done = self.by_order.remove(&order)?;
        self.counted -= usize::from(done.counted);
        if let Stage::Publish(delivery) = &done.stage {
            self.bytes -= delivery.message.cost();
        }
        Some(done)
    }

    /// PUBREC came: from here on PUBREL is what is outstanding (`MQTT5-4.3.3-5`, `-6`).
    pub fn released(&mut self, packet_id: PacketId) -> bool {
        let Some(entry) = self
            .order_of
            .get(&packet_id)
            .and_then(|order| self.by_order.get_mut(order))
        else {
            return false;
        };
        if let Stage::Publish(delivery) = &entry.stage {
            self.bytes -= delivery.message.cost();
            entry.stage = Stage::PubRel;
        }
        entry.sent = true;
        true
    }

    /// The connection ended: all that is open must be sent again on the next one, in the same order
    /// (`MQTT5-4.4.0-1`, `MQTT311-4.4.0-1`).
    pub fn rewind(&mut self) {
        for entry in self.by_order.values_mut() {
            entry.sent = false;
            entry.counted = false;
        }
        self.unsent_from = 0;
        self.counted = 0;
    }

    /// The oldest exchange that must be sent again, marked as sent; a PUBLISH only if `window` has room for it.
    pub fn resend_next(&mut self, window: usize) -> Option<Outgoing> {
        let room = self.counted < window;
        let (order, entry) = self
            .by_order
            .range_mut(self.unsent_from..)
            .find(|(_, entry)| !entry.sent)?;
        if matches!(entry.stage, Stage::Publish(_)) {
            if !room {
                return None;
            }
            entry.counted = true;
            self.counted += 1;
        }
        entry.sent = true;
        self.unsent_from = order + 1;
        Some(entry.clone())
    }

    /// Whether something must still be sent again before anything new may be.
    pub fn has_unsent(&self) -> bool {
        self.unsent_from < self.next_order
            && self
                .by_order
                .range(self.unsent_from..)
                .any(|(_, entry)| !entry.sent)
    }
}

fn following(id: PacketId) -> PacketId {
    id.checked_add(1).unwrap_or(PacketId::MIN)
}
