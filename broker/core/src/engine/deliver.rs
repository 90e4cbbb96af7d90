//! From one message to one session: sent now, kept for later, or dropped, never without a trace.

use std::sync::Arc;

use super::conn::Conns;
use super::outlet::Sent;
use super::policy::Granted;
use super::route::Incoming;
use super::{ConnId, DropReason, Engine, Event, PRESSURE_MESSAGES, Timer};
use crate::journal::Decision;
use crate::session::{Delivery, SessionKey};
use crate::time::Time;
use crate::wire::{Publish, PublishProperties, QoS};

/// Payloads from this size on are shared between outboxes instead of copied into each.
pub(super) const SHARE_FROM_BYTES: usize = 16 * 1024;

impl Engine {
    /// Hands `incoming` to one session; `false` if the session's bounds did not allow it.
    pub(super) fn deliver(
        &mut self,
        now: Time,
        key: SessionKey,
        granted: &Granted,
        shared: Option<Arc<str>>,
        incoming: &mut Incoming<'_>,
    ) -> bool {
        self.work.copy(incoming.payload.len().min(SHARE_FROM_BYTES));
        // MQTT5-4.8.2-3
        let qos = self.policy.outgoing_qos(incoming.qos, granted.qos);
        // MQTT5-3.3.1-12, -13; MQTT311-3.3.1-9
        let retain = incoming.retain && granted.retain_as_published;
        let Some(session) = self.sessions.get(key) else {
            return true;
        };
        if !session.sees(incoming.topic) {
            return true;
        }
        match session.conn {
            // MQTT5-4.6.0-6, MQTT311-4.6.0-6: not before one that waits since the client was away.
            Some(id) if qos == QoS::AtMostOnce && !session.queue.has_at_most_once() => {
                self.deliver_at_most_once(now, id, granted, retain, incoming)
            }
            None if qos == QoS::AtMostOnce && !self.settings.session.queue_qos0 => {
                if self.log.journal.is_deciding() {
                    let client_id = session.client_id.clone();
                    self.log
                        .journal
                        .decide(Decision::Dropped(client_id, DropReason::Away));
                }
                true
            }
            conn => {
                let delivery = Delivery {
                    message: incoming.message(&self.room.held),
                    qos,
                    retain,
                    subscription_ids: granted.ids.clone(),
                    shared,
                };
                if !self.has_room_for_delivery(key, &delivery) {
                    let session = self.sessions.get(key);
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
    ) -> bool {
        let Some(conn) = self.conns.get_mut(id) else {
            return true;
        };
        let may_hold = self.room.may_hold(incoming.payload.len(), conn.outbox.len());
        self.outlet.press(&conn.outbox);
        if !self.outlet.has_room(&conn.outbox) || !may_hold {
            let why = if may_hold {
                DropReason::OutboxFull
            } else {
                DropReason::MemoryFull
            };
            self.drop_at_most_once(now, id, 1, why, |_| Some(Arc::from(incoming.topic)));
            return false;
        }
        let common = conn.takes_unchanged(conn.is_v5())
            && granted.ids.is_empty()
            && incoming.payload.len() < SHARE_FROM_BYTES;
        let shape = (conn.is_v5(), retain);
        if let Some((encoded, recorded)) = incoming.encoded
            && common
            && encoded == shape
        {
            let bytes = &self.scratch;
            let sent = Sent::again(recorded, 1, incoming.payload.len());
            self.outlet
                .send(&mut self.log, now, &mut conn.outbox, sent, |out| {
                    out.extend_from_slice(bytes);
                });
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
            let sent = Sent::publishes(1, incoming.payload.len());
            incoming.encoded = self
                .outlet
                .send(&mut self.log, now, &mut conn.outbox, sent, |out| {
                    out.extend_from_slice(bytes);
                })
                .map(|recorded| (shape, recorded));
            return true;
        }
        let large = if incoming.payload.len() >= SHARE_FROM_BYTES {
            Some(incoming.message(&self.room.held))
        } else {
            None
        };
        if !self.send_publish(now, id, publish, large.as_ref()) {
            let client_id = self
                .conns
                .get(id)
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
        let Some(conn) = self.conns.get(id) else {
            return true;
        };
        let (limits, takes_more) = (conn.limits, self.outlet.has_room(&conn.outbox));
        let Some(session) = self.sessions.get_mut(key) else {
            return true;
        };
        let room = takes_more && session.inflight.takes_more(limits.window, limits.window_bytes);
        if room && session.queue.is_empty() && !session.inflight.has_unsent() {
            self.transmit(now, id, key, delivery);
            true
        } else {
            let waits_long = session.queue.len() > PRESSURE_MESSAGES;
            if let Some(live) = self.conns.live_mut(id) {
                live.queue_waits |= !takes_more;
            }
            if waits_long {
                self.outlet.press_on(id);
            }
            self.enqueue(now, key, delivery)
        }
    }

    /// Keeps the delivery for later; `false` if the session's queue is full.
    fn enqueue(&mut self, now: Time, key: SessionKey, delivery: Delivery) -> bool {
        let (most, most_bytes) = (
            self.settings.session.max_queued_messages as usize,
            self.settings.session.max_queued_bytes as usize,
        );
        let Some(session) = self.sessions.get_mut(key) else {
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
        if self.log.journal.is_deciding() {
            self.log
                .journal
                .decide(Decision::Queued(session.client_id.clone()));
        }
        session.queue.push(delivery);
        if let Some(at) = expires_at.filter(|at| session.queue_timer.is_none_or(|set| *at < set)) {
            let before = session.queue_timer.replace(at);
            self.timers.cancel(before, Timer::MessageExpiry(key));
            self.timers.set(at.max(now), Timer::MessageExpiry(key));
        }
        true
    }

    /// QoS 0 messages that the client does not take now are dropped. All are counted; an event tells of the first since its
    /// outbox was empty, and of the topic.
    pub(super) fn drop_at_most_once(
        &mut self,
        now: Time,
        id: ConnId,
        messages: u32,
        why: DropReason,
        topic: impl FnOnce(&mut Conns) -> Option<Arc<str>>,
    ) {
        self.log.stats.count_dropped(why, messages);
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let client_id = conn.client_id.clone();
        let first = !std::mem::replace(&mut conn.dropping, true);
        self.log.journal.decide(Decision::Dropped(client_id.clone(), why));
        if first {
            let topic = topic(&mut self.conns).unwrap_or_else(|| Arc::from(""));
            self.event(now, || Event::Dropped {
                client_id,
                topic,
                why,
            });
        }
    }

    /// Counts and reports a message that a session did not get.
    pub(super) fn dropped(&mut self, now: Time, client_id: &Arc<str>, topic: &Arc<str>, why: DropReason) {
        self.log.stats.count_dropped(why, 1);
        self.log.journal.decide(Decision::Dropped(client_id.clone(), why));
        self.event(now, || Event::Dropped {
            client_id: client_id.clone(),
            topic: topic.clone(),
            why,
        });
    }
}
