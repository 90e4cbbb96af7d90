//! `Inflight`: QoS 1 and 2 messages towards the client that are under way.
//!
//! ```text
//!            QoS 1                          QoS 2
//!   send ─► Publish ─PUBACK─► done    send ─► Publish ─PUBREC─► PubRel ─PUBCOMP─► done
//!              └─ PUBACK ≥ 0x80 ─► done            └─ PUBREC ≥ 0x80 ─► done
//! ```
//!
//! A packet identifier is free again only when its exchange is done (`MQTT5-2.2.1-4`, `MQTT311-2.3.1-4`).

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;

use super::Delivery;
use crate::wire::{PacketId, QoS};

/// Finished exchanges are cleared away from between the open ones when there are this many more of them.
const SPARSE: usize = 64;

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
    /// Open exchanges by their place in the order, which only grows; `None` where one in the middle is finished.
    slots: VecDeque<(u64, Option<Outgoing>)>,
    order_of: HashMap<PacketId, u64, RandomState>,
    next_order: u64,
    next_id: PacketId,
    /// How many wait to be sent again.
    unsent: usize,
    /// None of these stands before this place in the order.
    unsent_from: u64,
    counted: usize,
    bytes: usize,
}

impl Default for Inflight {
    fn default() -> Self {
        Self {
            slots: VecDeque::new(),
            order_of: HashMap::default(),
            next_order: 0,
            next_id: PacketId::MIN,
            unsent: 0,
            unsent_from: 0,
            counted: 0,
            bytes: 0,
        }
    }
}

impl Inflight {
    /// How many exchanges are open.
    pub fn len(&self) -> usize {
        self.order_of.len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.order_of.is_empty()
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
        self.slots.iter().filter_map(|(_, outgoing)| outgoing.as_ref())
    }

    fn place(&self, packet_id: PacketId) -> Option<usize> {
        let order = *self.order_of.get(&packet_id)?;
        self.slots.binary_search_by_key(&order, |(order, _)| *order).ok()
    }

    /// The exchange under `packet_id`.
    pub fn get(&self, packet_id: PacketId) -> Option<&Outgoing> {
        self.slots.get(self.place(packet_id)?)?.1.as_ref()
    }

    /// Whether PUBACK (QoS 1) or PUBREC (QoS 2) is what must come next for `packet_id` on this connection.
    pub fn awaits_first_ack(&self, packet_id: PacketId, qos: QoS) -> bool {
        self.get(packet_id).is_some_and(|outgoing| {
            outgoing.sent && matches!(&outgoing.stage, Stage::Publish(delivery) if delivery.qos == qos)
        })
    }

    /// Whether PUBCOMP is.
    pub fn awaits_pubcomp(&self, packet_id: PacketId) -> bool {
        self.get(packet_id)
            .is_some_and(|outgoing| outgoing.sent && outgoing.stage == Stage::PubRel)
    }

    /// How many more exchanges can be opened while the peer takes `window` at once.
    pub fn room(&self, window: usize) -> usize {
        let identifiers = usize::from(u16::MAX) - self.len();
        window.saturating_sub(self.counted).min(identifiers)
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
        let outgoing = Outgoing {
            packet_id,
            stage: Stage::Publish(delivery),
            sent: true,
            counted: true,
        };
        self.slots.push_back((self.next_order, Some(outgoing)));
        self.next_order += 1;
        Some(packet_id)
    }

    /// Ends the exchange and frees its packet identifier.
    pub fn finish(&mut self, packet_id: PacketId) -> Option<Outgoing> {
        let place = self.place(packet_id)?;
        let done = self.slots.get_mut(place)?.1.take()?;
        self.order_of.remove(&packet_id);
        self.counted -= usize::from(done.counted);
        self.unsent -= usize::from(!done.sent);
        if let Stage::Publish(delivery) = &done.stage {
            self.bytes -= delivery.message.cost();
        }
        while matches!(self.slots.front(), Some((_, None))) {
            self.slots.pop_front();
        }
        if self.slots.len() > 2 * self.order_of.len() + SPARSE {
            self.slots.retain(|(_, outgoing)| outgoing.is_some());
        }
        Some(done)
    }

    /// PUBREC came: from here on PUBREL is what is outstanding (`MQTT5-4.3.3-5`, `-6`).
    pub fn released(&mut self, packet_id: PacketId) -> bool {
        let Some(place) = self.place(packet_id) else {
            return false;
        };
        let Some((_, Some(entry))) = self.slots.get_mut(place) else {
            return false;
        };
        if let Stage::Publish(delivery) = &entry.stage {
            self.bytes -= delivery.message.cost();
            entry.stage = Stage::PubRel;
        }
        self.unsent -= usize::from(!entry.sent);
        entry.sent = true;
        true
    }

    /// The connection ended: all that is open must be sent again on the next one, in the same order
    /// (`MQTT5-4.4.0-1`, `MQTT311-4.4.0-1`).
    pub fn rewind(&mut self) {
        for entry in self
            .slots
            .iter_mut()
            .filter_map(|(_, outgoing)| outgoing.as_mut())
        {
            entry.sent = false;
            entry.counted = false;
        }
        self.unsent = self.order_of.len();
        self.unsent_from = 0;
        self.counted = 0;
    }

    /// The oldest exchange that must be sent again, marked as sent; a PUBLISH only if `window` has room for it.
    pub fn resend_next(&mut self, window: usize) -> Option<Outgoing> {
        if self.unsent == 0 {
            return None;
        }
        let room = self.counted < window;
        let from = self.slots.partition_point(|(order, _)| *order < self.unsent_from);
        let (order, entry) = self.slots.range_mut(from..).find_map(|(order, outgoing)| {
            Some((*order, outgoing.as_mut().filter(|outgoing| !outgoing.sent)?))
        })?;
        if matches!(entry.stage, Stage::Publish(_)) {
            if !room {
                return None;
            }
            entry.counted = true;
            self.counted += 1;
        }
        entry.sent = true;
        self.unsent -= 1;
        self.unsent_from = order + 1;
        Some(entry.clone())
    }

    /// Whether something must still be sent again before anything new may be.
    pub fn has_unsent(&self) -> bool {
        self.unsent > 0
    }

    /// The packet identifier that is tried next.
    pub fn next_id(&self) -> PacketId {
        self.next_id
    }

    /// Exchanges that were begun elsewhere, oldest first, all to be sent again. Of two with the same packet identifier the
    /// second is left out.
    pub fn resumed(next_id: PacketId, exchanges: impl IntoIterator<Item = (PacketId, Stage)>) -> Self {
        let mut inflight = Self {
            next_id,
            ..Self::default()
        };
        for (packet_id, stage) in exchanges {
            if inflight.order_of.contains_key(&packet_id) {
                continue;
            }
            if let Stage::Publish(delivery) = &stage {
                inflight.bytes += delivery.message.cost();
            }
            inflight.order_of.insert(packet_id, inflight.next_order);
            let outgoing = Outgoing {
                packet_id,
                stage,
                sent: false,
                counted: false,
            };
            inflight.slots.push_back((inflight.next_order, Some(outgoing)));
            inflight.next_order += 1;
        }
        inflight.unsent = inflight.order_of.len();
        inflight
    }
}

fn following(id: PacketId) -> PacketId {
    id.checked_add(1).unwrap_or(PacketId::MIN)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::session::Message;

    fn delivery() -> Delivery {
        let message = Message {
            topic: Arc::from("t"),
            payload: Bytes::from_static(b"m"),
            qos: QoS::ExactlyOnce,
            retain: false,
            expires_at: None,
            properties: None,
            publisher: Arc::from(""),
        };
        Delivery {
            message: Arc::new(message),
            qos: QoS::ExactlyOnce,
            retain: false,
            subscription_ids: Vec::new(),
            shared: None,
        }
    }

    fn opened(count: usize) -> (Inflight, Vec<PacketId>) {
        let mut inflight = Inflight::default();
        let ids = (0..count)
            .map(|_| inflight.open(delivery()).expect("a free identifier"))
            .collect();
        (inflight, ids)
    }

    fn resent(inflight: &mut Inflight, window: usize) -> Vec<u16> {
        std::iter::from_fn(|| inflight.resend_next(window))
            .map(|outgoing| outgoing.packet_id.get())
            .collect()
    }

    #[test]
    fn identifiers_in_use_are_passed_over_when_the_numbers_begin_again() {
        let (mut inflight, ids) = opened(3);
        inflight.finish(ids[1]);
        for _ in 0..u16::MAX - 3 {
            let id = inflight.open(delivery()).expect("a free identifier");
            inflight.finish(id);
        }
        assert_eq!(
            inflight.open(delivery()).map(PacketId::get),
            Some(2),
            "1 and 3 are still in use"
        );
        assert_eq!(inflight.open(delivery()).map(PacketId::get), Some(4));
        assert_eq!(inflight.len(), 4);
    }

    #[test]
    fn all_identifiers_can_be_in_use_and_no_more() {
        let (mut inflight, ids) = opened(usize::from(u16::MAX));
        assert_eq!(inflight.open(delivery()), None);
        inflight.finish(ids[99]);
        assert_eq!(inflight.open(delivery()), Some(ids[99]));
    }

    #[test]
    fn one_that_stays_open_does_not_keep_the_finished_ones_behind_it() {
        let (mut inflight, _) = opened(1);
        for _ in 0..100_000 {
            let id = inflight.open(delivery()).expect("a free identifier");
            inflight.finish(id);
        }
        assert_eq!(inflight.len(), 1);
        assert!(
            inflight.slots.len() <= SPARSE + 2,
            "{} slots",
            inflight.slots.len()
        );
    }

    #[test]
    fn after_a_rewind_all_is_sent_again_in_order_as_the_window_allows() {
        let (mut inflight, ids) = opened(5);
        inflight.released(ids[1]);
        inflight.finish(ids[2]);
        inflight.rewind();
        assert_eq!(
            resent(&mut inflight, 2),
            [1, 2, 4],
            "PUBREL of 2 takes no room in the window"
        );
        assert!(inflight.has_unsent());
        inflight.finish(ids[0]);
        assert_eq!(resent(&mut inflight, 2), [5]);
        assert!(!inflight.has_unsent());
        assert_eq!(inflight.counted(), 2);
    }

    #[test]
    fn the_cost_of_messages_comes_and_goes_with_them() {
        let (mut inflight, ids) = opened(2);
        let one = delivery().message.cost();
        assert_eq!(inflight.bytes(), 2 * one);
        inflight.released(ids[0]);
        assert_eq!(
            inflight.bytes(),
            one,
            "after PUBREC the message is no longer needed"
        );
        inflight.finish(ids[0]);
        inflight.finish(ids[1]);
        assert_eq!(inflight.bytes(), 0);
    }
}
