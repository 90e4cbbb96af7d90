//! PUBACK, PUBREC, PUBREL and PUBCOMP from a client (section 4.3 of both standards).

use super::{ConnId, Engine};
use crate::session::SessionKey;
use crate::time::Time;
use crate::wire::{Ack, PacketId, PacketType, ReasonCode};

impl Engine {
    /// What the client owes under this packet identifier. What was not sent on this connection cannot be acknowledged on it.
    fn outstanding(&self, key: SessionKey, packet_id: PacketId) -> Option<PacketType> {
        let outgoing = self.sessions.get(key)?.inflight.get(packet_id)?;
        outgoing.sent.then(|| outgoing.awaits())
    }

    /// QoS 1 ends, with success or with an error: MQTT5-4.3.2-3, MQTT5-4.4.0-2, MQTT5-4.8.2-6.
    pub(super) fn on_puback(&mut self, now: Time, id: ConnId, key: SessionKey, ack: &Ack<'_>) {
        match self.outstanding(key, ack.packet_id) {
            Some(PacketType::PubAck) => self.finish(now, key, ack.packet_id),
            None => {}
            Some(_) => self.violation(
                now,
                id,
                "PUBACK for a message of QoS 2",
                "MQTT5-3.3.4-1",
                ReasonCode::PROTOCOL_ERROR,
            ),
        }
    }

    /// QoS 2, first answer: PUBREL follows, or an error ends it (MQTT5-4.3.3-3, -4; MQTT5-4.4.0-2).
    pub(super) fn on_pubrec(&mut self, now: Time, id: ConnId, key: SessionKey, ack: &Ack<'_>) {
        match self.outstanding(key, ack.packet_id) {
            Some(PacketType::PubRec | PacketType::PubComp) if ack.reason.is_error() => {
                self.finish(now, key, ack.packet_id);
            }
            Some(PacketType::PubRec | PacketType::PubComp) => {
                if let Some(session) = self.sessions.get_mut(key) {
                    session.inflight.released(ack.packet_id);
                }
                self.send_ack(
                    now,
                    id,
                    PacketType::PubRel,
                    ack.packet_id,
                    ReasonCode::SUCCESS,
                    None,
                );
            }
            None if ack.reason.is_error() => {}
            // 3.x has no code for it, but its client waits for an answer, too.
            None => self.send_ack(
                now,
                id,
                PacketType::PubRel,
                ack.packet_id,
                ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                None,
            ),
            Some(_) => self.violation(
                now,
                id,
                "PUBREC for a message of QoS 1",
                "MQTT5-3.3.4-1",
                ReasonCode::PROTOCOL_ERROR,
            ),
        }
    }

    /// QoS 2 from the client, second half: the identifier is free for a new message (MQTT5-4.3.3-11 to -13, MQTT311-3.3.4-1).
    pub(super) fn on_pubrel(&mut self, now: Time, id: ConnId, key: SessionKey, ack: &Ack<'_>) {
        if let Some(live) = self.conns.live_mut(id) {
            live.receiving.remove(&ack.packet_id);
            if let Some(lost) = &mut live.lost {
                lost.remove(&ack.packet_id);
            }
        }
        let known = self
            .sessions
            .get_mut(key)
            .is_some_and(|session| session.incoming.remove(ack.packet_id));
        let reason = if known {
            ReasonCode::SUCCESS
        } else {
            ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
        };
        self.send_ack(now, id, PacketType::PubComp, ack.packet_id, reason, None);
    }

    /// QoS 2 ends (MQTT5-4.3.3-5).
    pub(super) fn on_pubcomp(&mut self, now: Time, id: ConnId, key: SessionKey, ack: &Ack<'_>) {
        match self.outstanding(key, ack.packet_id) {
            Some(PacketType::PubComp) => self.finish(now, key, ack.packet_id),
            None => {}
            Some(_) => self.violation(
                now,
                id,
                "PUBCOMP before PUBREL",
                "MQTT5-4.3.3-4",
                ReasonCode::PROTOCOL_ERROR,
            ),
        }
    }

    fn finish(&mut self, now: Time, key: SessionKey, packet_id: PacketId) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.inflight.finish(packet_id);
        }
        self.pump(now, key);
    }
}
