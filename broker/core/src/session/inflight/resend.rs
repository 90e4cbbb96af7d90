//! What is sent again on a new connection. First come the PUBRELs, in the order of their PUBRECs, then the other messages in
//! the order in which they were first sent.

use super::{Inflight, Outgoing, Stage, Stragglers};
use crate::session::{Delivery, Held};
use crate::wire::PacketId;

impl Inflight {
    /// The exchanges whose PUBREC came, in the order in which the PUBRECs came.
    fn pubrels(&self) -> Vec<&Outgoing> {
        let nth = |outgoing: &Outgoing| match outgoing.stage {
            Stage::PubRel(nth) => Some(nth),
            Stage::Publish(_) => None,
        };
        let mut pubrels: Vec<&Outgoing> = self.iter().filter(|outgoing| nth(outgoing).is_some()).collect();
        pubrels.sort_unstable_by_key(|outgoing| nth(outgoing));
        pubrels
    }

    /// All exchanges, in the order in which their packets are sent again: the PUBRELs in the order of their PUBRECs
    /// (`MQTT311-4.6.0-6`), then the other messages in the order in which they were first sent.
    pub fn in_order_of_sending(&self) -> impl Iterator<Item = &Outgoing> {
        let publishes = self
            .iter()
            .filter(|outgoing| matches!(outgoing.stage, Stage::Publish(_)));
        self.pubrels().into_iter().chain(publishes)
    }

    /// The connection ended: all open exchanges must be sent again on the next one (`MQTT5-4.4.0-1`,
    /// `MQTT311-4.4.0-1`).
    pub fn rewind(&mut self) {
        if let Some(stragglers) = &mut self.stragglers {
            stragglers.rewind();
        }
        for entry in self.recent.iter_mut().flatten() {
            entry.rewind();
        }
        self.unsent = self.open;
        self.unsent_from = 0;
        self.unsent_pubrels = self.pubrels().iter().map(|outgoing| outgoing.packet_id).collect();
        self.counted = 0;
    }

    /// Returns the next exchange that must be sent again, and marks it as sent. The order is that of
    /// [`Inflight::in_order_of_sending`]. A PUBLISH comes only if `window` has room for it.
    pub fn resend_next(&mut self, window: usize) -> Option<Outgoing> {
        while let Some(packet_id) = self.unsent_pubrels.pop_front() {
            if let Some(entry) = self.get_mut(packet_id).filter(|entry| !entry.sent) {
                entry.sent = true;
                let pubrel = entry.clone();
                self.unsent -= 1;
                return Some(pubrel);
            }
        }
        if self.unsent == 0 {
            return None;
        }
        let room = self.counted < window;
        let straggler = self.stragglers.as_mut().and_then(|s| s.first_unsent());
        let entry = if let Some(entry) = straggler {
            entry
        } else {
            let from = self.unsent_from.min(self.recent.len());
            let mut rest = self.recent.range_mut(from..).zip(from..);
            let (entry, place) = rest
                .find_map(|(slot, place)| Some((slot.as_mut().filter(|outgoing| !outgoing.sent)?, place)))?;
            self.unsent_from = place;
            entry
        };
        if !room {
            return None;
        }
        entry.counted = true;
        self.counted += 1;
        entry.sent = true;
        self.unsent -= 1;
        Some(entry.clone())
    }

    /// Whether an exchange must be sent again before anything new may be sent.
    pub fn has_unsent(&self) -> bool {
        self.unsent > 0
    }

    /// Takes in exchanges that began elsewhere; all are to be sent again, in this order. An exchange has no delivery if
    /// its PUBREC has come. If two have the same packet identifier, the second is left out.
    pub fn resumed(
        next_id: PacketId,
        exchanges: impl IntoIterator<Item = (PacketId, Option<Delivery>)>,
        held: &Held,
    ) -> Self {
        let mut inflight = Self {
            next_id,
            ..Self::new(held)
        };
        let mut stragglers = Box::<Stragglers>::default();
        for (packet_id, delivery) in exchanges {
            if stragglers.get(packet_id).is_some() {
                continue;
            }
            let stage = if let Some(delivery) = delivery {
                inflight.bytes += delivery.message.cost();
                inflight.payload_bytes += delivery.message.payload.len();
                Stage::Publish(delivery)
            } else {
                inflight.unsent_pubrels.push_back(packet_id);
                inflight.pubrecs += 1;
                Stage::PubRel(inflight.pubrecs - 1)
            };
            inflight.charge.add(stage.place_bytes());
            stragglers.push(Outgoing {
                packet_id,
                stage,
                sent: false,
                counted: false,
                lost: false,
            });
        }
        inflight.open = stragglers.len();
        inflight.unsent = stragglers.len();
        inflight.stragglers = Some(stragglers).filter(|stragglers| stragglers.len() > 0);
        inflight
    }
}
