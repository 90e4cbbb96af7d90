//! PUBACK, PUBREC, PUBREL and PUBCOMP from a client (section 4.3 of both standards).

use super::{ConnId, Engine};
use crate::session::{SessionKey, Stage};
use crate::time::Time;
use crate::wire::{Ack, PacketId, PacketType, QoS, ReasonCode};

/// What is outstanding under a packet identifier.
enum Open {
    Nothing,
    PubAck,
    PubRec,
    PubComp,
}

impl Engine {
    fn outstanding(&self, key: SessionKey, packet_id: PacketId) -> Open {
        let Some(outgoing) = self
            .session(key)
            .and_then(|session| session.inflight.get(packet_id))
        else {
            return Open::Nothing;
        };
        match &outgoing.stage {
            // What was not sent on this connection cannot be acknowledged on it.
            _ if !outgoing.sent => Open::Nothing,
            Stage::Publish(delivery) if delivery.qos == QoS::AtLeastOnce => Open::PubAck,
            Stage::Publish(_) => Open::PubRec,
            Stage::PubRel(_) => Open::PubComp,
        }
    }

    /// QoS 1 ends, with success or with an error: MQTT5-4.3.2-3, MQTT5-4.4.0-2, MQTT5-4.8.2-6.
    pub(super) fn on_puback(&mut self, now: Time, id: ConnId, key: SessionKey, ack: &Ack<'_>) {
        match self.outstanding(key, ack.packet_id) {
            Open::PubAck => self.finish(now, key, ack.packet_id),
            Open::Nothing => {}
            Open::PubRec | Open::PubComp => self.violation(
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
            Open::PubRec | Open::PubComp if ack.reason.is_error() => self.finish(now, key, ack.packet_id),
            Open::PubRec | Open::PubComp => {
                if let Some(session) = self.session_mut(key) {
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
            Open::Nothing if ack.reason.is_error() => {}
            // 3.x has no code for it, but the peer waits for an answer there too.
            Open::Nothing => self.send_ack(
                now,
                id,
                PacketType::PubRel,
                ack.packet_id,
                ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                None,
            ),
            Open::PubAck => self.violation(
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
        if let Some(conn) = self.conn_mut(id) {
            conn.receiving.remove(&ack.packet_id);
        }
        let known = self
            .session_mut(key)
            .is_some_and(|session| session.incoming.remove(&ack.packet_id));
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
            Open::PubComp => self.finish(now, key, ack.packet_id),
            Open::Nothing => {}
            Open::PubAck | Open::PubRec => self.violation(
                now,
                id,
                "PUBCOMP before PUBREL",
                "MQTT5-4.3.3-4",
                ReasonCode::PROTOCOL_ERROR,
            ),
        }
    }

    fn finish(&mut self, now: Time, key: SessionKey, packet_id: PacketId) {
        if let Some(session) = self.session_mut(key) {
            session.inflight.finish(packet_id);
        }
        self.pump(now, key);
    }
}
