//! Answers to a client: what may be left out of them, refusals, and the end of a connection.

use std::sync::Arc;

use super::conn::{Conn, Phase};
use super::outlet::Sent;
use super::{CloseReason, ConnId, Engine, Event};
use crate::time::Time;
use crate::wire::{
    Ack, ConnAck, ConnAckProperties, Disconnect, DisconnectProperties, Packet, PacketId, PacketType,
    ReasonCode, ReasonProperties, SubAck, UnsubAck,
};

impl Engine {
    /// Sends `packet`, which is no PUBLISH, if it fits into the client's Maximum Packet Size.
    ///
    /// If it does not fit, this is left out of it: Reason String and User Properties (`MQTT5-3.2.2-19`, `-20`,
    /// `MQTT5-3.4.2-2`, `-3`, `MQTT5-3.5.2-2`, `-3`, `MQTT5-3.6.2-2`, `-3`, `MQTT5-3.7.2-2`, `-3`, `MQTT5-3.9.2-1`, `-2`,
    /// `MQTT5-3.11.2-1`, `-2`, `MQTT5-3.14.2-3`, `-4`, `MQTT5-3.15.2-2`, `-3`), Response Information and Server Reference.
    /// If it still does not fit, it is not sent (`MQTT5-3.1.2-24`), and the connection ends.
    pub(super) fn send(&mut self, now: Time, id: ConnId, packet: &Packet<'_>) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let version = conn.version;
        let limit = conn.limits.packet_bytes;
        let bare;
        let mut packet = packet;
        if version.is_v5() && limit != usize::MAX && packet.encoded_len(version) > limit {
            bare = without_extras(packet);
            if bare.encoded_len(version) > limit {
                return self.cannot_say(now, id, packet);
            }
            packet = &bare;
        }
        let to = &mut conn.outbox;
        self.outlet.send(&mut self.log, now, to, Sent::packets(1), |out| {
            packet.encode(version, out);
        });
    }

    /// The answer is larger than the client takes. The client would wait for it for ever, so the connection ends.
    fn cannot_say(&mut self, now: Time, id: ConnId, packet: &Packet<'_>) {
        match packet {
            // The connection is being closed already.
            Packet::Disconnect(_) => {}
            Packet::ConnAck(connack) if connack.reason.is_error() => {}
            // Before CONNACK there is no DISCONNECT (MQTT5-3.14.0-1).
            Packet::ConnAck(_) => self.close(now, id, CloseReason::Refused(ReasonCode::PACKET_TOO_LARGE)),
            _ => self.violation(
                now,
                id,
                "an answer would be larger than the client's own Maximum Packet Size",
                "MQTT5-3.1.2-24",
                ReasonCode::PACKET_TOO_LARGE,
            ),
        }
    }

    /// Sends one step of a QoS handshake, with `words` if the client wants them (`MQTT5-3.1.2-29`) and they fit.
    pub(super) fn send_ack(
        &mut self,
        now: Time,
        id: ConnId,
        packet_type: PacketType,
        packet_id: PacketId,
        reason: ReasonCode,
        words: Option<&str>,
    ) {
        let Some(conn) = self.conns.get(id) else { return };
        let reason_string = words.filter(|_| conn.version.is_v5() && conn.limits.problem_information);
        let ack = Ack {
            packet_id,
            reason,
            properties: ReasonProperties {
                reason_string,
                ..ReasonProperties::default()
            },
        };
        let packet = match packet_type {
            PacketType::PubAck => Packet::PubAck(ack),
            PacketType::PubRec => Packet::PubRec(ack),
            PacketType::PubRel => Packet::PubRel(ack),
            _ => Packet::PubComp(ack),
        };
        self.send(now, id, &packet);
    }

    /// Answers CONNECT with a refusal, if the client's version has a code for it (`MQTT311-3.2.2-6`). The caller closes
    /// (`MQTT5-3.2.2-7`, `MQTT311-3.2.2-5`).
    pub(super) fn send_refusal(&mut self, now: Time, id: ConnId, reason: ReasonCode, words: &str) {
        let Some(conn) = self.conns.get(id) else { return };
        if !conn.version.is_v5() && reason.connack_3x().is_none() {
            return;
        }
        let settings = self.settings.clone();
        let redirects = matches!(reason, ReasonCode::USE_ANOTHER_SERVER | ReasonCode::SERVER_MOVED);
        let properties = ConnAckProperties {
            server_reference: redirects.then_some(settings.redirect.server_reference.as_str()),
            reason_string: (!words.is_empty()).then_some(words),
            ..ConnAckProperties::default()
        };
        // MQTT5-3.2.2-6, MQTT311-3.2.2-4: Session Present is 0.
        self.send(
            now,
            id,
            &Packet::ConnAck(Box::new(ConnAck {
                session_present: false,
                reason,
                properties,
            })),
        );
    }

    /// Refuses CONNECT: answer, then close.
    pub(super) fn refuse(&mut self, now: Time, id: ConnId, reason: ReasonCode) {
        self.refuse_with(now, id, reason, "");
    }

    /// The same with words for a 5.0 client, where the code alone does not tell.
    pub(super) fn refuse_with(&mut self, now: Time, id: ConnId, reason: ReasonCode, words: &str) {
        let reason = in_connack(reason);
        self.send_refusal(now, id, reason, words);
        self.close(now, id, CloseReason::Refused(reason));
    }

    /// Ends a connection from our side, or takes note that it ended.
    ///
    /// A connected 5.0 client is told with DISCONNECT, never before CONNACK (`MQTT5-3.14.0-1`). That is the last packet sent
    /// (`MQTT5-3.14.4-1`), and nothing more from the client is looked at. Its session is detached. The caller closes the
    /// socket once the outbox is written (`MQTT5-3.14.4-2`, `MQTT5-4.13.2-1`).
    pub(super) fn close(&mut self, now: Time, id: ConnId, reason: CloseReason) {
        let Some(conn) = self.conns.get(id) else { return };
        if !matches!(conn.phase, Phase::Closing(_)) {
            let source = conn.source();
            self.log.refuse_the_message(source, &reason);
        }
        match (&conn.phase, reason.disconnect_code()) {
            (Phase::Closing(_), _) => return,
            (Phase::Authenticating(..) | Phase::Checking(..), Some(code)) => {
                self.send_refusal(now, id, in_connack(code), "");
            }
            (Phase::Live(_), Some(code)) if conn.is_v5() => self.send_disconnect(now, id, code, &reason),
            _ => {}
        }
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let is_opening = matches!(conn.phase, Phase::Opening(_));
        let key = match std::mem::replace(&mut conn.phase, Phase::Closing(reason.clone())) {
            Phase::Opening(opening) | Phase::Authenticating(opening, _) => {
                self.timers.cancel(opening.connect_due, super::Timer::Connect(id));
                None
            }
            Phase::Checking(opening, _) => {
                self.timers.cancel(opening.connect_due, super::Timer::Connect(id));
                self.checks.ended();
                None
            }
            Phase::Live(live) => {
                if let Some(keep_alive) = live.keep_alive {
                    self.timers.cancel(keep_alive.due, super::Timer::KeepAlive(id));
                }
                Some(live.session)
            }
            Phase::Closing(_) => None,
        };
        self.outlet.touch(&mut conn.outbox);
        if key.is_none() {
            self.log.stats.clients_refused += u64::from(matches!(reason, CloseReason::Refused(_)));
        }
        if self.log.wants_event()
            && let Some(conn) = self.conns.get(id)
        {
            let event = the_end(id, conn, &reason, is_opening, key.is_some());
            self.event(now, || event);
        }
        if let Some(key) = key {
            self.ends_by_contract(now, id, key, &reason);
            self.detach(now, key, &reason);
        }
    }

    fn send_disconnect(&mut self, now: Time, id: ConnId, code: ReasonCode, reason: &CloseReason) {
        // MQTT5-3.14.2-1: some codes are for other packets only, such as Unsupported Protocol Version, which a second
        // CONNECT can lead to.
        let code = if code.allowed_in(PacketType::Disconnect) {
            code
        } else {
            ReasonCode::PROTOCOL_ERROR
        };
        let words = match reason {
            CloseReason::Malformed(error) => Some(error.to_string()),
            CloseReason::Violation { what, statement, .. } => Some(format!("{what} ({statement})")),
            _ => None,
        };
        let settings = self.settings.clone();
        let redirects = matches!(code, ReasonCode::USE_ANOTHER_SERVER | ReasonCode::SERVER_MOVED);
        // MQTT5-3.14.2-2: a server never sends Session Expiry Interval here.
        let properties = DisconnectProperties {
            reason_string: words.as_deref(),
            server_reference: Some(settings.redirect.server_reference.as_str())
                .filter(|r| redirects && !r.is_empty()),
            ..DisconnectProperties::default()
        };
        self.send(
            now,
            id,
            &Packet::Disconnect(Disconnect {
                reason: code,
                properties,
            }),
        );
    }
}

/// The event that tells of the end of a connection.
fn the_end(id: ConnId, conn: &Conn, reason: &CloseReason, was_opening: bool, was_live: bool) -> Event {
    let (peer, way) = (conn.origin.peer().to_owned(), conn.origin.way());
    match reason {
        CloseReason::Refused(code) => Event::Refused {
            conn: id,
            client_id: conn.client_id.to_string(),
            peer,
            way,
            reason: *code,
        },
        CloseReason::HandshakeFailed(why) if was_opening => Event::HandshakeFailed {
            conn: id,
            peer,
            way,
            listener: conn.origin.listener(),
            why: why.clone(),
        },
        _ => Event::Disconnected {
            conn: id,
            // Until the client is accepted, its identity is not proved.
            client_id: if was_live {
                conn.client_id.clone()
            } else {
                Arc::from("")
            },
            peer,
            way,
            cause: reason.clone(),
        },
    }
}

/// `reason`, or the nearest one that CONNACK may carry (`MQTT5-3.2.2-8`): it has no Server shutting down, and a hook of the
/// embedding program may return any code.
fn in_connack(reason: ReasonCode) -> ReasonCode {
    match reason {
        ReasonCode::SERVER_SHUTTING_DOWN => ReasonCode::SERVER_UNAVAILABLE,
        reason if reason.is_error() && reason.allowed_in(PacketType::ConnAck) => reason,
        _ => ReasonCode::NOT_AUTHORIZED,
    }
}

/// The packet without the properties that no answer needs.
fn without_extras<'a>(packet: &Packet<'a>) -> Packet<'a> {
    let bare_ack = |ack: &Ack<'a>| Ack {
        packet_id: ack.packet_id,
        reason: ack.reason,
        properties: ReasonProperties::default(),
    };
    match packet {
        Packet::ConnAck(connack) => {
            let mut bare = connack.clone();
            bare.properties.reason_string = None;
            bare.properties.user.clear();
            bare.properties.response_information = None;
            bare.properties.server_reference = None;
            Packet::ConnAck(bare)
        }
        Packet::PubAck(ack) => Packet::PubAck(bare_ack(ack)),
        Packet::PubRec(ack) => Packet::PubRec(bare_ack(ack)),
        Packet::PubRel(ack) => Packet::PubRel(bare_ack(ack)),
        Packet::PubComp(ack) => Packet::PubComp(bare_ack(ack)),
        Packet::SubAck(suback) => Packet::SubAck(SubAck {
            properties: ReasonProperties::default(),
            ..suback.clone()
        }),
        Packet::UnsubAck(unsuback) => Packet::UnsubAck(UnsubAck {
            properties: ReasonProperties::default(),
            ..unsuback.clone()
        }),
        Packet::Disconnect(disconnect) => {
            let mut bare = disconnect.clone();
            bare.properties.reason_string = None;
            bare.properties.user.clear();
            bare.properties.server_reference = None;
            Packet::Disconnect(bare)
        }
        Packet::Auth(auth) => {
            let mut bare = auth.clone();
            bare.properties.reason_string = None;
            bare.properties.user.clear();
            Packet::Auth(bare)
        }
        other => other.clone(),
    }
}
