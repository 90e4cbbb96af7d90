//! What was decided about a message, written beside its packet.

use super::Journal;
use crate::journal::slot::Made;
use crate::journal::sources::Source;
use crate::journal::{Decision, Direction};
use crate::wire::PacketType;

impl Journal {
    /// From now on decisions are about the packet, or the run, that was recorded last.
    pub fn begin_decisions(&mut self) {
        self.end_decisions();
        if let Some(slot) = self.slots.back_mut() {
            slot.first_decision = self.gone_decisions + self.decisions.len() as u64;
            self.deciding = Some(self.gone_slots + self.slots.len() as u64 - 1);
        }
    }

    /// The same where that packet is a PUBLISH that came over this connection; says whether it is.
    pub(crate) fn begin_decisions_of(&mut self, source: Source) -> bool {
        let is_its = self.slots.back().is_some_and(|slot| {
            let packet = slot.packet_type(self.chunks.get(slot.place));
            slot.source == source && slot.direction == Direction::In && packet == Some(PacketType::Publish)
        });
        if is_its {
            self.begin_decisions();
        }
        is_its
    }

    /// From now on decisions are not about that packet any more.
    pub fn end_decisions(&mut self) {
        let made = self.gone_decisions + self.decisions.len() as u64;
        // Where the bounds are narrow, the slot may be forgotten by now, and its decisions with it.
        if let Some(number) = self.deciding.take()
            && let Some(slot) = self.slots.get_mut((number - self.gone_slots) as usize)
        {
            slot.decisions = (made - slot.first_decision) as u32;
        }
    }

    /// The message was sent to the client of this connection.
    pub fn decide_sent(&mut self, to: Source) {
        if self.deciding.is_some() {
            self.decisions.push_back(Made::Sent(to));
        }
    }

    /// Any other decision.
    pub fn decide(&mut self, decision: Decision) {
        if self.deciding.is_some() {
            self.decisions.push_back(Made::Other(decision));
        }
    }

    /// Whether a decision that is made now is kept.
    pub(crate) fn is_deciding(&self) -> bool {
        self.deciding.is_some()
    }
}
