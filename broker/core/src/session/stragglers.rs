//! `Stragglers`: exchanges that stay open while those after them end.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::Outgoing;
use crate::wire::PacketId;

/// They are few, and usually there are none: they are found by a map instead of by their place.
#[derive(Debug, Default)]
pub(super) struct Stragglers {
    /// The exchanges by their place in the order, which only grows.
    by_order: BTreeMap<u64, Outgoing>,
    order_of: HashMap<PacketId, u64, RandomState>,
    next_order: u64,
    /// Every exchange before this place has been sent.
    unsent_from: u64,
}

impl Stragglers {
    pub fn len(&self) -> usize {
        self.by_order.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Outgoing> {
        self.by_order.values()
    }

    pub fn get(&self, packet_id: PacketId) -> Option<&Outgoing> {
        self.by_order.get(self.order_of.get(&packet_id)?)
    }

    pub fn get_mut(&mut self, packet_id: PacketId) -> Option<&mut Outgoing> {
        self.by_order.get_mut(self.order_of.get(&packet_id)?)
    }

    /// Adds an exchange that stands behind all the others.
    pub fn push(&mut self, outgoing: Outgoing) {
        self.order_of.insert(outgoing.packet_id, self.next_order);
        self.by_order.insert(self.next_order, outgoing);
        self.next_order += 1;
    }

    pub fn remove(&mut self, packet_id: PacketId) -> Option<Outgoing> {
        self.by_order.remove(&self.order_of.remove(&packet_id)?)
    }

    /// Marks all to be sent again.
    pub fn rewind(&mut self) {
        self.unsent_from = 0;
        for outgoing in self.by_order.values_mut() {
            outgoing.rewind();
        }
    }

    /// The oldest exchange that is to be sent again.
    pub fn first_unsent(&mut self) -> Option<&mut Outgoing> {
        let unsent = self
            .by_order
            .range_mut(self.unsent_from..)
            .find(|(_, outgoing)| !outgoing.sent);
        let (order, outgoing) = unsent?;
        self.unsent_from = *order;
        Some(outgoing)
    }
}
