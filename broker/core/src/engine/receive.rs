//! From bytes to handlers: framing, decoding, and which packet may come when.

use super::conn::Phase;
use super::{CloseReason, ConnId, Engine, Timer};
use crate::time::Time;
use crate::wire::{self, DecodeError, Foreign, Packet, ReasonCode, Version};

/// The longest SUBSCRIBE or UNSUBSCRIBE. A filter costs more than its bytes, so this is shorter than other packets may be.
const MAX_FILTERS_BYTES: usize = 1024 * 1024;

impl Engine {
    /// Handles the complete packets at the front of `bytes`, as many as may be handled before others get their turn
    /// ([`Engine::has_unhandled`]). Returns how many bytes they have.
    ///
    /// Once the connection is to be closed, all of `bytes` counts as taken.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// let connect = b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp";
    /// assert_eq!(engine.receive(Time::ZERO, lamp, &connect[..10]), 0); // the rest has not arrived
    /// assert_eq!(engine.receive(Time::ZERO, lamp, connect), 18);
    /// assert!(engine.is_connected("lamp"));
    /// ```
    pub fn receive(&mut self, now: Time, id: ConnId, bytes: &[u8]) -> usize {
        let max = self.settings.limits.max_packet_size_bytes as usize;
        let (mut taken, mut looked_at) = (0, 0);
        self.work.begin();
        loop {
            if taken >= looked_at {
                looked_at = taken + self.look_ahead(bytes.get(taken..).unwrap_or_default());
            }
            let Some(conn) = self.conns.get_mut(id) else {
                return bytes.len();
            };
            if conn.close_reason().is_some() {
                return bytes.len();
            }
            let version = conn.version;
            conn.unhandled = false;
            // For its own sake, or for the others'.
            if taken < bytes.len() && (conn.must_take_first(&self.outlet) || self.work.is_spent()) {
                return self.leave(id, taken, bytes.len());
            }
            let rest = &bytes[taken..];
            let passed_on = self.shortcut(now, id, rest);
            if passed_on > 0 {
                taken += passed_on;
                continue;
            }
            let Some(conn) = self.conns.get_mut(id) else {
                return bytes.len();
            };
            if let Some(first) = rest.first()
                && matches!(conn.phase, Phase::Opening(_))
                && let foreign = Foreign::of(rest)
                && (first >> 4 != 1 || foreign.is_some())
            {
                self.record_in(now, id, rest);
                // The first bytes decide: HTTP, TLS or noise should not wait until a length is complete.
                self.violation(
                    now,
                    id,
                    foreign.map_or("the first packet was not CONNECT", Foreign::advice),
                    "MQTT5-3.1.0-1",
                    ReasonCode::PROTOCOL_ERROR,
                );
                return bytes.len();
            }
            let length = match wire::frame(rest, max) {
                Ok(Some(length)) if length <= rest.len() => length,
                Ok(_) => {
                    self.keep_half(now, id, rest);
                    return if self.is_closing(id) { bytes.len() } else { taken };
                }
                Err(error) => {
                    self.record_in(now, id, rest);
                    // Framing cites 5.0, whatever the version of the connection.
                    let cited = wire::decode(version, rest)
                        .err()
                        .filter(|cited| cited.what == error.what);
                    self.malformed(now, id, rest, cited.unwrap_or(error));
                    return bytes.len();
                }
            };
            let raw = &rest[..length];
            self.work.copy(length);
            if !self.take_note(now, id, raw) {
                continue;
            }
            match wire::decode(version, raw) {
                Ok(packet) => self.packet(now, id, &packet, raw),
                Err(error) => self.malformed(now, id, raw, error),
            }
            if self.conns.live(id).is_some_and(|live| live.unfinished.is_some()) {
                return self.leave(id, taken, bytes.len());
            }
            taken += length;
        }
    }

    /// Ends a call before the end of what came.
    fn leave(&mut self, id: ConnId, taken: usize, all: usize) -> usize {
        if let Some(conn) = self.conns.get_mut(id) {
            conn.half.set(all - taken);
            conn.unhandled = true;
        }
        taken
    }

    fn is_closing(&self, id: ConnId) -> bool {
        self.conns
            .get(id)
            .is_none_or(|conn| conn.close_reason().is_some())
    }

    /// A whole packet came: counts and records it, once. `false` if it is not to be handled.
    fn take_note(&mut self, now: Time, id: ConnId, raw: &[u8]) -> bool {
        let Some(conn) = self.conns.get_mut(id) else {
            return false;
        };
        conn.heard_at = now;
        if conn.live().is_some_and(|live| live.unfinished.is_some()) {
            return true;
        }
        self.log.stats.packets_received += 1;
        self.log.stats.bytes_received += raw.len() as u64;
        self.record_in(now, id, raw);
        let is_list = matches!(raw.first(), Some(0x82 | 0xA2));
        if is_list && raw.len() > MAX_FILTERS_BYTES {
            self.close(
                now,
                id,
                CloseReason::BoundPassed("more than 1 MiB of topic filters in one packet"),
            );
            return false;
        }
        true
    }

    fn record_in(&mut self, now: Time, id: ConnId, bytes: &[u8]) {
        if let Some(source) = self.conns.get(id).map(super::conn::Conn::source) {
            match self.kept(bytes) {
                Some(packet) => self.log.journal.shared_in(now, source, &packet),
                None => self.log.journal.packet_in(now, source, bytes),
            }
        }
    }

    fn packet(&mut self, now: Time, id: ConnId, packet: &Packet<'_>, raw: &[u8]) {
        let Some(conn) = self.conns.get(id) else { return };
        let key = match &conn.phase {
            // Nothing is handled while a login is checked.
            Phase::Closing(_) | Phase::Checking(..) => return,
            Phase::Live(live) => live.session,
            Phase::Opening(_) => {
                return match packet {
                    Packet::Connect(connect) => self.on_connect(now, id, connect, raw),
                    // MQTT5-3.1.0-1, MQTT311-3.1.0-1
                    _ => self.violation(
                        now,
                        id,
                        "the first packet was not CONNECT",
                        "MQTT5-3.1.0-1",
                        ReasonCode::PROTOCOL_ERROR,
                    ),
                };
            }
            Phase::Authenticating(..) => {
                return match packet {
                    Packet::Auth(auth) => self.on_auth_before_connack(now, id, auth),
                    Packet::Disconnect(disconnect) => {
                        self.close(now, id, CloseReason::ClientDisconnect(disconnect.reason));
                    }
                    _ => self.violation(
                        now,
                        id,
                        "only AUTH and DISCONNECT may come during authentication",
                        "MQTT5-3.1.2-30",
                        ReasonCode::PROTOCOL_ERROR,
                    ),
                };
            }
        };
        match packet {
            Packet::Publish(publish) => self.on_publish(now, id, key, publish),
            Packet::PubAck(ack) => self.on_puback(now, id, key, ack),
            Packet::PubRec(ack) => self.on_pubrec(now, id, key, ack),
            Packet::PubRel(ack) => self.on_pubrel(now, id, key, ack),
            Packet::PubComp(ack) => self.on_pubcomp(now, id, key, ack),
            Packet::Subscribe(subscribe) => self.on_subscribe(now, id, key, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.on_unsubscribe(now, id, key, unsubscribe),
            // MQTT5-3.12.4-1, MQTT311-3.12.4-1
            Packet::PingReq => self.send(now, id, &Packet::PingResp),
            Packet::Disconnect(disconnect) => self.on_disconnect(now, id, key, disconnect),
            Packet::Auth(auth) => self.on_auth(now, id, auth),
            // MQTT5-3.1.0-2, MQTT311-3.1.0-2
            Packet::Connect(_) => {
                self.violation(
                    now,
                    id,
                    "a second CONNECT",
                    "MQTT5-3.1.0-2",
                    ReasonCode::PROTOCOL_ERROR,
                );
            }
            Packet::ConnAck(_) | Packet::SubAck(_) | Packet::UnsubAck(_) | Packet::PingResp => {
                self.violation(
                    now,
                    id,
                    "a packet that only a server may send",
                    "MQTT5-4.13.1-1",
                    ReasonCode::PROTOCOL_ERROR,
                );
            }
        }
    }

    /// The bytes are no packet. The client is told, if its version has a way, and the connection ends.
    fn malformed(&mut self, now: Time, id: ConnId, raw: &[u8], error: DecodeError) {
        self.log.stats.violations += 1;
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        if matches!(conn.phase, Phase::Opening(_)) {
            // A CONNECT that cannot be read may still tell its version.
            if error.statement == "MQTT5-3.1.2-1" {
                // Not even the protocol name is MQTT's. No answer would be understood, and MQTT311-3.1.2-1 allows no answer.
            } else if error.reason == ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
                || sniff_version(raw) == Some(Version::V5)
            {
                // MQTT5-3.1.2-2, MQTT311-3.1.2-2; MQTT5-3.1.4-1. To a CONNECT of 3.1.1 that is broken in another way there is no
                // answer (MQTT311-3.1.4-1).
                self.answer_in_its_version(id, raw);
                self.send_refusal(now, id, error.reason, "");
            }
        }
        self.close(now, id, CloseReason::Malformed(error));
    }

    /// A CONNECT that cannot be read is answered in the form of the version that it claims, if that is known. The journal
    /// reads the answer in that form, too.
    pub(super) fn answer_in_its_version(&mut self, id: ConnId, raw: &[u8]) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let version = sniff_version(raw).unwrap_or(Version::V311);
        conn.version = version;
        let (source, nobody) = (conn.source(), conn.client_id.clone());
        self.log.journal.identify(source, &nobody, version);
    }

    /// The client broke a rule. It is told, if its version has a way, and the connection ends
    /// (`MQTT5-4.13.1-1`, `MQTT311-4.8.0-1`).
    pub(super) fn violation(
        &mut self,
        now: Time,
        id: ConnId,
        what: &'static str,
        statement: &'static str,
        reason: ReasonCode,
    ) {
        self.log.stats.violations += 1;
        self.close(
            now,
            id,
            CloseReason::Violation {
                what,
                statement,
                reason,
            },
        );
    }

    pub(super) fn connect_timed_out(&mut self, now: Time, id: ConnId) {
        let waits = self.conns.get(id).is_some_and(super::conn::Conn::is_let_in_later);
        if waits {
            self.log.stats.connect_timeouts += 1;
            self.close(now, id, CloseReason::ConnectTimeout);
        }
    }

    /// MQTT5-3.1.2-22, MQTT311-3.1.2-24: one and a half times Keep Alive, counted from the last bytes that came.
    pub(super) fn check_keep_alive(&mut self, now: Time, id: ConnId) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        if conn.muted {
            // We do not read what it says. That it takes something shows that it is there.
            conn.heard_at = now;
        }
        let heard_at = conn.heard_at;
        let Some(keep_alive) = conn.live_mut().and_then(|live| live.keep_alive.as_mut()) else {
            return;
        };
        let due = heard_at + keep_alive.silence_allowed;
        if due > now {
            keep_alive.due = due;
            self.timers.set(due, Timer::KeepAlive(id));
        } else {
            self.log.stats.keep_alive_timeouts += 1;
            self.close(now, id, CloseReason::KeepAliveTimeout);
        }
    }
}

/// The version in whose form to answer a CONNECT that cannot be read. A version after 5.0 probably has the form of 5.0; all
/// earlier ones have that of 3.1.1. `None` if the CONNECT does not even tell its version.
fn sniff_version(raw: &[u8]) -> Option<Version> {
    let header = 1 + raw.iter().skip(1).take(4).position(|byte| byte & 0x80 == 0)? + 1;
    let (length, rest) = raw.get(header..)?.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let is_v5 = name == b"MQTT" && *rest.first()? >= Version::V5.level();
    Some(if is_v5 { Version::V5 } else { Version::V311 })
}
