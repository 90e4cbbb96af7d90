//! From one message to one session: sent now, kept for later, or dropped, never without a trace.

use std::sync::Arc;

use super::conn::Conn;
use super::route::Incoming;
use super::targets::Granted;
use super::{ConnId, DropReason, Engine, Event, PRESSURE_BYTES, PRESSURE_MESSAGES, Timer};
use crate::journal::{Decision, Recorded};
use crate::session::{Delivery, Message, Outgoing, SessionKey, Stage};
use crate::time::Time;
use crate::wire::{PacketId, PacketType, Publish, PublishProperties, QoS, ReasonCode};

/// What a topic alias adds to a packet. A topic that is no longer than that gains nothing from one, ever.
const ALIAS_BYTES: usize = 3;
/// Payloads from this size on are shared between outboxes instead of copied into each.
const SHARE_FROM_BYTES: usize = 16 * 1024;

/// The encoded form that stands in the scratch buffer: it fits every receiver of the same shape.
pub(super) type Shape = Option<(bool, bool, Recorded)>;

impl Engine {
    /// Hands `incoming` to one session; `false` if the session's bounds did not allow it.
    ///
    /// `shape` says which encoded form `scratch` holds, so that many receivers of one message share one encoding.
    pub(super) fn deliver(
        &mut self,
        now: Time,
        key: SessionKey,
        granted: &Granted,
        shared: Option<Arc<str>>,
        incoming: &mut Incoming<'_>,
        shape: &mut Shape,
    ) -> bool {
        self.work.copy(incoming.payload.len().min(SHARE_FROM_BYTES));
        // MQTT5-3.8.4-8, MQTT311-3.8.4-6, MQTT5-4.8.2-3
        let qos = incoming.qos.min(granted.qos);
        // MQTT5-3.3.1-12, -13; MQTT311-3.3.1-9
        let retain = incoming.retain && granted.retain_as_published;
        let Some(session) = self.session(key) else {
            return true;
        };
        match session.conn {
            // MQTT5-4.6.0-6, MQTT311-4.6.0-6: not before one that waits since the client was away.
            Some(id) if qos == QoS::AtMostOnce && !session.queue.has_at_most_once() => {
                self.deliver_at_most_once(now, id, granted, retain, incoming, shape)
            }
            None if qos == QoS::AtMostOnce && !self.settings.session.queue_qos0 => {
                if self.journal.is_deciding() {
                    let client_id = session.client_id.clone();
                    self.journal
                        .decide(Decision::Dropped(client_id, DropReason::Away));
                }
                true
            }
            conn => {
                let delivery = Delivery {
                    message: incoming.message(&self.held),
                    qos,
                    retain,
                    subscription_ids: granted.ids.clone(),
                    shared,
                };
                if !self.has_room_for_delivery(key, &delivery) {
                    let session = self.session(key);
                    let client_id =
                        session.map_or_else(|| Arc::from(""), |session| session.client_id.clone());
                    self.dropped(now, &client_id, &delivery.message.topic, DropReason::MemoryFull);
                    return false;
                }
                match conn {
                    Some(id) => self.deliver_reliably(now, id, key, delivery),
                    None => self.enqueue(now, key, delivery), // MQTT311-3.1.2-5
                }
            }
        }
    }

    /// QoS 0: straight into the outbox, without a copy that anybody would have to keep.
    fn deliver_at_most_once(
        &mut self,
        now: Time,
        id: ConnId,
        granted: &Granted,
        retain: bool,
        incoming: &mut Incoming<'_>,
        shape: &mut Shape,
    ) -> bool {
        let limit = self.settings.limits.max_outbox_bytes as usize;
        let owed = self.conn(id).map_or(0, |conn| conn.outbox.len());
        let may_hold = self.may_hold(incoming.payload.len(), owed);
        let Some(conn) = self.conns.get_mut(id.slot as usize).filter(|conn| conn.id == id) else {
            return true;
        };
        if owed > PRESSURE_BYTES {
            self.pressure = Some(id);
        }
        if owed > limit || !may_hold {
            let why = if may_hold {
                self.stats.dropped_outbox_full += 1;
                DropReason::OutboxFull
            } else {
                self.stats.dropped_memory_full += 1;
                DropReason::MemoryFull
            };
            let first = !std::mem::replace(&mut conn.dropping, true);
            let client_id = conn.client_id.clone();
            self.journal.decide(Decision::Dropped(client_id.clone(), why));
            if first {
                self.event(now, || Event::Dropped {
                    client_id,
                    topic: Arc::from(incoming.topic),
                    why,
                });
            }
            return false;
        }
        let common = conn.limits.alias_maximum == 0
            && conn.limits.packet_bytes == usize::MAX
            && granted.ids.is_empty()
            && incoming.payload.len() < SHARE_FROM_BYTES;
        let this_shape = (conn.version.is_v5(), retain);
        if let Some((v5, retained, recorded)) = *shape
            && common
            && (v5, retained) == this_shape
        {
            let bytes = &self.scratch;
            conn.outbox
                .append(&mut self.pool, |out| out.extend_from_slice(bytes));
            self.journal.again_out(now, conn.source, recorded, bytes);
            self.journal.decide_sent(conn.source);
            self.sent_publish(id, incoming.payload.len());
            return true;
        }
        // A message that already waited counts its expiry down; one that just came says what its publisher said.
        let kept = incoming.made().cloned();
        let mut properties = match &kept {
            Some(message) => message.wire_properties(now),
            None => PublishProperties {
                topic_alias: None,
                ..incoming.wire.clone()
            },
        };
        properties.subscription_ids.clone_from(&granted.ids);
        let publish = Publish {
            dup: false, // MQTT5-3.3.1-2, -3; MQTT5-4.3.1-1; MQTT311-3.3.1-3, MQTT311-4.3.1-1
            qos: QoS::AtMostOnce,
            retain,
            topic: incoming.topic,
            packet_id: None, // MQTT5-2.2.1-2
            properties,
            payload: incoming.payload,
        };
        if common {
            self.scratch.clear();
            publish.encode(conn.version, &mut self.scratch);
            let bytes = &self.scratch;
            conn.outbox
                .append(&mut self.pool, |out| out.extend_from_slice(bytes));
            let recorded = self.journal.packet_out(now, conn.source, bytes);
            self.journal.decide_sent(conn.source);
            *shape = Some((this_shape.0, this_shape.1, recorded));
            self.sent_publish(id, incoming.payload.len());
            return true;
        }
        let large = if incoming.payload.len() >= SHARE_FROM_BYTES {
            Some(incoming.message(&self.held))
        } else {
            None
        };
        if !self.send_publish(now, id, publish, large) {
            let client_id = self
                .conn(id)
                .map_or_else(|| Arc::from(""), |conn| conn.client_id.clone());
            self.dropped(now, &client_id, &Arc::from(incoming.topic), DropReason::TooLarge);
        }
        true
    }

    /// QoS 1 or 2 (or a queued QoS 0) for a client that is there: at once if its window has room and nothing waits
    /// before it.
    pub(super) fn deliver_reliably(
        &mut self,
        now: Time,
        id: ConnId,
        key: SessionKey,
        delivery: Delivery,
    ) -> bool {
        let Some(conn) = self.conn(id) else { return true };
        let (window, takes_more) = (conn.limits.window, self.has_room_in_outbox(conn));
        let Some(session) = self.session_mut(key) else {
            return true;
        };
        let room = takes_more && session.inflight.counted() < window;
        if room && session.queue.is_empty() && !session.inflight.has_unsent() {
            self.transmit(now, id, key, delivery);
            true
        } else {
            if session.queue.len() > PRESSURE_MESSAGES {
                self.pressure = Some(id);
            }
            if let Some(conn) = self.conn_mut(id).filter(|_| !takes_more) {
                conn.queue_waits = true;
            }
            self.enqueue(now, key, delivery)
        }
    }

    /// Whether more may be put into the outbox. What others send waits in the session until then.
    pub(super) fn has_room_in_outbox(&self, conn: &Conn) -> bool {
        conn.outbox.len() as u64 <= self.settings.limits.max_outbox_bytes
    }

    /// The connection took something: what had to wait for that goes on once about half is taken.
    pub(super) fn took(&mut self, now: Time, id: ConnId) {
        let most = self.settings.limits.max_outbox_bytes as usize;
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.outbox.len() > most / 2 {
            return;
        }
        let waits = std::mem::take(&mut conn.queue_waits);
        self.may_go_on(id);
        if let Some(key) = self.session_of(id).filter(|_| waits) {
            self.pump(now, key);
        }
    }

    /// Keeps the delivery for later; `false` if the session's queue is full.
    fn enqueue(&mut self, now: Time, key: SessionKey, delivery: Delivery) -> bool {
        let (most, most_bytes) = (
            self.settings.session.max_queued_messages as usize,
            self.settings.session.max_queued_bytes as usize,
        );
        let Some(session) = self
            .sessions
            .get_mut(key.slot as usize)
            .filter(|session| session.key == key)
        else {
            return true;
        };
        // The first one always fits: a bound must not make a message undeliverable that is allowed by its size.
        let fits = session.queue.len() < most
            && (session.queue.is_empty() || session.held_bytes() + delivery.message.cost() <= most_bytes);
        if !fits {
            let client_id = session.client_id.clone();
            self.dropped(now, &client_id, &delivery.message.topic, DropReason::QueueFull);
            return false;
        }
        let expires_at = delivery.message.expires_at;
        if self.journal.is_deciding() {
            self.journal.decide(Decision::Queued(session.client_id.clone()));
        }
        session.queue.push(delivery);
        if let Some(at) = expires_at.filter(|at| session.queue_timer.is_none_or(|set| *at < set)) {
            let before = session.queue_timer.replace(at);
            if let Some(before) = before {
                self.timers.cancel(before, Timer::MessageExpiry(key));
            }
            self.timers.set(at.max(now), Timer::MessageExpiry(key));
        }
        true
    }

    /// A queued message expires: gone at its own instant (`MQTT5-3.3.2-5`).
    pub(super) fn drop_expired(&mut self, now: Time, key: SessionKey) {
        let Some(session) = self.session_mut(key) else {
            return;
        };
        session.queue_timer = None;
        // Each is looked at.
        let waiting = session.queue.len();
        let gone = session.queue.extract(|delivery| delivery.message.is_expired(now));
        let client_id = session.client_id.clone();
        self.work.spend(waiting / 8);
        let Some(session) = self.session_mut(key) else {
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

    /// Sends what waits for the session: first again what was not acknowledged on the last connection
    /// (`MQTT5-4.4.0-1`, `MQTT311-4.4.0-1`), then what is queued, as far as the window goes (`MQTT5-3.3.4-9`). Nothing but
    /// PUBLISH waits for the window (`MQTT5-3.3.4-10`, `MQTT5-4.9.0-3`). A message of a shared subscription is sent again
    /// to the one that it was sent to (`MQTT5-4.8.2-4`).
    pub(super) fn pump(&mut self, now: Time, key: SessionKey) {
        loop {
            let Some(session) = self.session(key) else { return };
            let Some(id) = session.conn else { return };
            let Some(conn) = self.conn(id) else { return };
            let window = conn.limits.window;
            // A copy is made of what is short: as much of it as there is room for, and a little in any case.
            let waits = !conn.outbox.is_empty() && self.is_full();
            if waits || !self.has_room_in_outbox(conn) {
                if let Some(conn) = self.conn_mut(id) {
                    conn.queue_waits = true;
                }
                return;
            }
            self.work.spend(1);
            let Some(session) = self.session_mut(key) else {
                return;
            };
            if let Some(outgoing) = session.inflight.resend_next(window) {
                self.resend(now, id, key, &outgoing);
                continue;
            }
            if session.inflight.has_unsent() || session.inflight.counted() >= window {
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
    fn transmit(&mut self, now: Time, id: ConnId, key: SessionKey, delivery: Delivery) {
        let message = delivery.message.clone();
        let (qos, retain, ids) = (delivery.qos, delivery.retain, delivery.subscription_ids.clone());
        let packet_id = if qos == QoS::AtMostOnce {
            None
        } else {
            let Some(session) = self.session_mut(key) else {
                return;
            };
            let Some(packet_id) = session.inflight.open(delivery) else {
                return;
            }; // MQTT5-4.3.2-1, MQTT5-4.3.3-1
            Some(packet_id)
        };
        let mut properties = message.wire_properties(now);
        properties.subscription_ids = ids;
        // MQTT5-4.3.2-2, MQTT5-4.3.3-2, MQTT5-3.3.1-3; MQTT311-4.3.2-1, MQTT311-4.3.3-1: DUP is 0 the first time, whatever the publisher's was.
        let publish = Publish {
            dup: false,
            qos,
            retain,
            topic: &message.topic,
            packet_id,
            properties,
            payload: &message.payload,
        };
        let large = (message.payload.len() >= SHARE_FROM_BYTES).then(|| message.clone());
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
                // MQTT5-4.3.3-7: once sent, its expiry no longer ends it; it then says the least that can be said.
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
                let large = (message.payload.len() >= SHARE_FROM_BYTES).then(|| message.clone());
                if !self.send_publish(now, id, publish, large) {
                    self.forget_too_large(now, key, Some(outgoing.packet_id), &message.topic);
                }
            }
        }
    }

    /// MQTT5-3.1.2-25: counts as delivered.
    fn forget_too_large(
        &mut self,
        now: Time,
        key: SessionKey,
        packet_id: Option<PacketId>,
        topic: &Arc<str>,
    ) {
        let Some(session) = self.session_mut(key) else {
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
    /// `large` is its message, whose payload is to be referred to instead of copied.
    fn send_publish(
        &mut self,
        now: Time,
        id: ConnId,
        mut publish: Publish<'_>,
        large: Option<Arc<Message>>,
    ) -> bool {
        let Some(conn) = self.conns.get_mut(id.slot as usize).filter(|conn| conn.id == id) else {
            return true;
        };
        let full_topic = publish.topic;
        let has_room = (self.held.bytes() + full_topic.len()) as u64 <= self.settings.limits.max_memory_bytes;
        let (most_bytes, version) = (conn.limits.packet_bytes, conn.version);
        let too_long = |publish: &Publish<'_>| {
            most_bytes != usize::MAX && publish.encoded_len(version) > most_bytes // MQTT5-3.1.2-24
        };
        let mut new_alias = false;
        if conn.limits.alias_maximum > 0 && full_topic.len() > ALIAS_BYTES {
            // MQTT5-3.1.2-26, -27; MQTT5-3.3.2-11: first come, first served, until the client's maximum is reached.
            if let Some(alias) = conn.aliases_out.get(full_topic) {
                publish.properties.topic_alias = Some(*alias);
                publish.topic = "";
            } else if conn.aliases_out.len() < usize::from(conn.limits.alias_maximum) && has_room {
                publish.properties.topic_alias = Some(conn.aliases_out.len() as u16 + 1);
                // It makes this packet longer, and only later ones shorter: no message is lost for it.
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
            conn.aliases_out.insert(Arc::from(full_topic), alias);
            conn.count_alias(full_topic);
        }
        let source = conn.source;
        let before = conn.outbox.len();
        if let Some(message) = large {
            conn.outbox
                .append(&mut self.pool, |out| publish.encode_header(version, out));
            let header = conn.outbox.last_appended(conn.outbox.len() - before);
            self.journal.shared_out(now, source, header, &message.payload);
            conn.outbox
                .append_shared(&mut self.pool, message.payload.clone(), Some(message));
        } else {
            conn.outbox
                .append(&mut self.pool, |out| publish.encode(version, out));
            let bytes = conn.outbox.last_appended(conn.outbox.len() - before);
            self.journal.packet_out(now, source, bytes);
        }
        self.journal.decide_sent(source);
        if publish.topic.is_empty()
            && let Some((topic, _)) = conn.aliases_out.get_key_value(full_topic)
        {
            self.journal.alias_was(topic);
        }
        self.sent_publish(id, publish.payload.len());
        true
    }

    /// Book-keeping after a PUBLISH went into an outbox.
    fn sent_publish(&mut self, id: ConnId, payload_bytes: usize) {
        self.stats.packets_sent += 1;
        self.stats.publish_sent += 1;
        self.stats.publish_bytes_sent += payload_bytes as u64;
        self.touch(id);
    }

    /// Counts and reports a message that somebody did not get.
    pub(super) fn dropped(&mut self, now: Time, client_id: &Arc<str>, topic: &Arc<str>, why: DropReason) {
        let stats = &mut self.stats;
        match why {
            DropReason::QueueFull => stats.dropped_queue_full += 1,
            DropReason::OutboxFull => stats.dropped_outbox_full += 1,
            DropReason::MemoryFull => stats.dropped_memory_full += 1,
            DropReason::TooLarge => stats.dropped_too_large += 1,
            DropReason::Expired => stats.dropped_expired += 1,
            DropReason::SessionEnded => stats.dropped_session_ended += 1,
            // The standard asks for it: no loss that anybody should count.
            DropReason::Away => {}
        }
        self.journal.decide(Decision::Dropped(client_id.clone(), why));
        self.event(now, || Event::Dropped {
            client_id: client_id.clone(),
            topic: topic.clone(),
            why,
        });
    }
}
