//! The bytes of both legs: packets written, and read as far as they may be handled now.

use broker_core::time::Time;
use broker_core::wire::{self, Ack, Disconnect, MAX_REMAINING_LENGTH, Packet, ReasonCode, Version};

use crate::bridge::Bridge;
use crate::leg::{Leg, Side};
use crate::status::Phase;

impl Bridge {
    pub(crate) fn say_goodbye(&mut self, side: Side, reason: ReasonCode) {
        let properties = wire::DisconnectProperties::default();
        self.write(side, &Packet::Disconnect(Disconnect { reason, properties }));
    }

    pub(crate) fn version(&self, side: Side) -> Version {
        match side {
            Side::Local => Version::V5,
            Side::Remote => self.plan.version,
        }
    }

    pub(crate) fn write(&mut self, side: Side, packet: &Packet<'_>) {
        let version = self.version(side);
        packet.encode(version, &mut self.leg_mut(side).out);
    }

    /// An acknowledgement; in 3.x it has no reason.
    pub(crate) fn ack(
        &mut self,
        side: Side,
        of: fn(Ack<'static>) -> Packet<'static>,
        id: wire::PacketId,
        reason: ReasonCode,
    ) {
        let ack = Ack {
            packet_id: id,
            reason,
            properties: wire::ReasonProperties::default(),
        };
        self.write(side, &of(ack));
    }

    pub(crate) fn leg(&self, side: Side) -> &Leg {
        match side {
            Side::Local => &self.local,
            Side::Remote => &self.remote,
        }
    }

    pub(crate) fn leg_mut(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::Local => &mut self.local,
            Side::Remote => &mut self.remote,
        }
    }

    /// The identifier in the other broker of a message that has this one in ours.
    pub(crate) fn there(&self, id: u16) -> wire::PacketId {
        let there = (u32::from(id) - 1 + u32::from(self.offset)) % 65_535 + 1;
        wire::PacketId::new(there as u16).unwrap_or(wire::PacketId::MIN)
    }

    /// The other way round.
    pub(crate) fn here(&self, id: u16) -> wire::PacketId {
        let here = (u32::from(id) - 1 + 65_535 - u32::from(self.offset)) % 65_535 + 1;
        wire::PacketId::new(here as u16).unwrap_or(wire::PacketId::MIN)
    }

    /// Whether what came from this side may be handled now.
    pub(crate) fn may_handle(&self, side: Side) -> bool {
        match side {
            Side::Local if !self.local.accepted || self.phase == Phase::Beginning => true,
            Side::Local => self.link.remote_ready && !self.remote.is_full(),
            Side::Remote if !self.remote.accepted => true,
            Side::Remote => self.local.accepted && !self.local.is_full(),
        }
    }

    /// Handles all that came, as far as it may be.
    pub(crate) fn work(&mut self, now: Time) {
        while self.work_on(now, Side::Remote) | self.work_on(now, Side::Local) {}
    }

    fn work_on(&mut self, now: Time, side: Side) -> bool {
        let inbox = std::mem::take(&mut self.leg_mut(side).inbox);
        let (mut at, version) = (0, self.version(side));
        while !self.leg(side).closing && self.may_handle(side) {
            let rest = inbox.get(at..).unwrap_or_default();
            let len = match wire::frame(rest, MAX_REMAINING_LENGTH + 5) {
                Ok(Some(len)) if len <= rest.len() => len,
                Ok(_) => break,
                Err(error) => return self.broken(now, side, &error.to_string()),
            };
            let bytes = rest.get(..len).unwrap_or_default();
            match wire::decode(version, bytes) {
                Ok(packet) if side == Side::Local => self.local_says(now, packet),
                Ok(packet) => self.remote_says(now, packet, bytes),
                Err(error) => return self.broken(now, side, &error.to_string()),
            }
            at += len;
        }
        let leg = self.leg_mut(side);
        if leg.open && !leg.closing {
            leg.inbox = inbox;
            leg.inbox.drain(..at);
        }
        at > 0
    }

    fn broken(&mut self, now: Time, side: Side, what: &str) -> bool {
        let whose = if side == Side::Local { "our broker" } else { "it" };
        self.lose(now, format!("{whose} sent what cannot be read: {what}"));
        true
    }
}
