//! Sends the messages that wait in a session: first the unacknowledged ones, then the queue, as far as the client takes
//! them.

use std::sync::Arc;

use super::conn::Phase;
use super::deliver::SHARE_FROM_BYTES;
use super::outlet::Sent;
use super::{ConnId, DropReason, Engine, Timer};
use crate::session::{Delivery, Message, Outgoing, SessionKey, Stage};
use crate::time::Time;
use crate::wire::{PacketId, PacketType, Publish, QoS, ReasonCode};

/// The bytes that a topic alias adds to a packet. A topic no longer than that gains nothing from an alias.
const ALIAS_BYTES: usize = 3;

impl Engine {
    /// The socket took bytes. The work that waited for that goes on once about half is taken.
    pub(super) fn took(&mut self, now: Time, id: ConnId) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        if !self.outlet.is_half_taken(&conn.outbox) {
            return;
        }
        conn.may_go_on(&mut self.outlet);
        let live = conn.live_mut();
        let waiting = live.and_then(|live| std::mem::take(&mut live.queue_waits).then_some(live.session));
        if let Some(key) = waiting {
            self.pump(now, key);
        }
    }

    /// A queued message expires, and goes at its own instant (`MQTT5-3.3.2-5`).
    pub(super) fn drop_expired(&mut self, now: Time, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        session.queue_timer = None;
        // Each message in the queue is looked at.
        let waiting = session.queue.len();
        let gone = session.queue.extract(|delivery| delivery.message.is_expired(now));
        let client_id = session.client_id.clone();
        self.work.spend(waiting / 8);
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if let Some(next) = session.queue.next_expiry() {
            session.queue_timer = Some(next);
            self.timers.set(next, Timer::MessageExpiry(key));
        }
        for delivery in gone {
            self.dropped(now, &client_id, &delivery.message.topic, DropReason::Expired);
        }
    }

    /// Sends what waits in the session. First it sends again what was not acknowledged on the last connection
    /// (`MQTT5-4.4.0-1`, `MQTT311-4.4.0-1`), then what is queued, as far as the window goes (`MQTT5-3.3.4-9`). Only PUBLISH
    /// waits for the window (`MQTT5-3.3.4-10`, `MQTT5-4.9.0-3`). A message of a shared subscription goes again to the member
    /// that it was sent to (`MQTT5-4.8.2-4`).
    pub(super) fn pump(&mut self, now: Time, key: SessionKey) {
        loop {
            let Some(session) = self.sessions.get(key) else {
                return;
            };
            let Some(id) = session.conn else { return };
            let Some(conn) = self.conns.get(id) else { return };
            let limits = conn.limits;
            // Short messages are copied into the outbox. In a full broker that takes room, so only an empty one gets more.
            let waits = !conn.outbox.is_empty() && self.room.is_full();
            if waits || !self.outlet.has_room(&conn.outbox) {
                if let Some(live) = self.conns.live_mut(id) {
                    live.queue_waits = true;
                }
                return;
            }
            self.work.spend(1);
            let Some(session) = self.sessions.get_mut(key) else {
                return;
            };
            if let Some(outgoing) = session.inflight.resend_next(limits.window) {
                self.resend(now, id, key, &outgoing);
                continue;
            }
            let inflight = &session.inflight;
            if inflight.has_unsent() || !inflight.takes_more(limits.window, limits.window_bytes) {
                return;
            }
            let Some(delivery) = session.queue.pop() else {
                return;
            };
            if delivery.message.is_expired(now) {
                let client_id = session.client_id.clone();
                self.dropped(now, &client_id, &delivery.message.topic, DropReason::Expired);
            } else {
                self.transmit(now, id, key, delivery);
            }
        }
    }

    /// First transmission.
    pub(super) fn transmit(&mut self, now: Time, id: ConnId, key: SessionKey, delivery: Delivery) {
        let message = delivery.message.clone();
        let (qos, retain, ids) = (delivery.qos, delivery.retain, delivery.subscription_ids.clone());
        let packet_id = if qos == QoS::AtMostOnce {
            None
        } else {
            let Some(session) = self.sessions.get_mut(key) else {
                return;
            };
            let Some(packet_id) = session.inflight.open(delivery) else {
                return;
            }; // MQTT5-4.3.2-1, MQTT5-4.3.3-1
            Some(packet_id)
        };
        let mut properties = message.wire_properties(now);
        properties.subscription_ids = ids;
        // MQTT5-4.3.2-2, MQTT5-4.3.3-2, MQTT5-3.3.1-3; MQTT311-4.3.2-1, MQTT311-4.3.3-1: DUP is 0 the first time, even if
        // the publisher set it.
        let publish = Publish {
            dup: false,
            qos,
            retain,
            topic: &message.topic,
            packet_id,
            properties,
            payload: &message.payload,
        };
        let large = (message.payload.len() >= SHARE_FROM_BYTES).then_some(&message);
        if !self.send_publish(now, id, publish, large) {
            self.forget_too_large(now, key, packet_id, &message.topic);
        }
    }

    /// The same packet again, on a new connection.
    fn resend(&mut self, now: Time, id: ConnId, key: SessionKey, outgoing: &Outgoing) {
        match &outgoing.stage {
            Stage::PubRel(_) => {
                self.send_ack(
                    now,
                    id,
                    PacketType::PubRel,
                    outgoing.packet_id,
                    ReasonCode::SUCCESS,
                    None,
                );
            }
            Stage::Publish(delivery) => {
                let message = &delivery.message;
                // MQTT5-4.3.3-7: once sent, a message no longer expires; overdue, it says the shortest expiry there is.
                let mut properties = message.wire_properties(now);
                properties.subscription_ids.clone_from(&delivery.subscription_ids);
                let publish = Publish {
                    dup: true, // MQTT5-3.3.1-1, MQTT311-3.3.1-1
                    qos: delivery.qos,
                    retain: delivery.retain,
                    topic: &message.topic,
                    packet_id: Some(outgoing.packet_id),
                    properties,
                    payload: &message.payload,
                };
                let large = (message.payload.len() >= SHARE_FROM_BYTES).then_some(message);
                if !self.send_publish(now, id, publish, large) {
                    self.forget_too_large(now, key, Some(outgoing.packet_id), &message.topic);
                }
            }
        }
    }

    /// The packet was too large for the client. MQTT5-3.1.2-25: the message counts as delivered.
    fn forget_too_large(
        &mut self,
        now: Time,
        key: SessionKey,
        packet_id: Option<PacketId>,
        topic: &Arc<str>,
    ) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if let Some(packet_id) = packet_id {
            session.inflight.finish(packet_id);
        }
        let client_id = session.client_id.clone();
        self.dropped(now, &client_id, topic, DropReason::TooLarge);
    }

    /// Writes a PUBLISH into the outbox; `false` if it exceeds the client's Maximum Packet Size (`MQTT5-3.1.2-24`).
    ///
    /// `large` is the message of a long packet, whose payload is shared instead of copied.
    pub(super) fn send_publish(
        &mut self,
        now: Time,
        id: ConnId,
        mut publish: Publish<'_>,
        large: Option<&Arc<Message>>,
    ) -> bool {
        let Some(conn) = self.conns.get_mut(id) else {
            return true;
        };
        let Phase::Live(live) = &mut conn.phase else {
            return true;
        };
        if let Some(mount_point) = &live.mount_point {
            let Some(seen) = mount_point.seen(publish.topic) else {
                return false;
            };
            publish.topic = seen;
        }
        let full_topic = publish.topic;
        let has_room = self.room.has(full_topic.len());
        let (most_bytes, version) = (conn.limits.packet_bytes, conn.version);
        let too_long = |publish: &Publish<'_>| {
            most_bytes != usize::MAX && publish.encoded_len(version) > most_bytes // MQTT5-3.1.2-24
        };
        let mut new_alias = false;
        if conn.limits.alias_maximum > 0 && full_topic.len() > ALIAS_BYTES {
            // MQTT5-3.1.2-26, -27; MQTT5-3.3.2-11: topics get aliases in the order in which they come, up to the client's maximum.
            if let Some(alias) = live.aliases_out.get(full_topic) {
                publish.properties.topic_alias = Some(*alias);
                publish.topic = "";
            } else if live.aliases_out.len() < usize::from(conn.limits.alias_maximum) && has_room {
                publish.properties.topic_alias = Some(live.aliases_out.len() as u16 + 1);
                // A new alias makes this packet longer, and only later ones shorter. It must not make this one too long.
                new_alias = !too_long(&publish);
                if !new_alias {
                    publish.properties.topic_alias = None;
                }
            }
        }
        if too_long(&publish) {
            return false;
        }
        if let (true, Some(alias)) = (new_alias, publish.properties.topic_alias) {
            live.aliases_out.insert(Arc::from(full_topic), alias);
            live.count_alias(full_topic);
        }
        let to = &mut conn.outbox;
        if let Some(message) = large {
            self.outlet
                .send(&mut self.log, now, to, Sent::shared(message), |out| {
                    publish.encode_header(version, out);
                });
        } else {
            let sent = Sent::publishes(1, publish.payload.len());
            self.outlet.send(&mut self.log, now, to, sent, |out| {
                publish.encode(version, out);
            });
        }
        if publish.topic.is_empty()
            && !conn.outbox.has_line()
            && let Some((topic, _)) = live.aliases_out.get_key_value(full_topic)
        {
            self.log.journal.alias_was(topic);
        }
        true
    }
}
