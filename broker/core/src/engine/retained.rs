//! Retained messages: kept one a topic, handed to new subscriptions slice by slice.

use std::sync::Arc;

use super::publish::is_own;
use super::route::Incoming;
use super::targets::Granted;
use super::{ConnId, DropReason, Engine, Timer};
use crate::router::Cursor;
use crate::session::{Charge, Delivery, Message, Subscription};
use crate::time::Time;
use crate::wire::QoS;

/// Topics looked at in one go.
const SLICE: usize = 1000;
/// So many topics that do not match take as long as one message.
const TOPICS_A_UNIT: usize = 4;
/// Retained messages are put into an outbox only up to this; then its client must read first.
const OUTBOX_BYTES: usize = 512 * 1024;

/// A retained message in the store.
#[derive(Debug)]
pub(super) struct Kept {
    pub message: Arc<Message>,
    /// How many were kept before it, ever.
    number: u64,
}

/// A new subscription that still has retained messages to get.
#[derive(Debug)]
pub(super) struct Walk {
    filter: Arc<str>,
    subscription: Subscription,
    cursor: Option<Cursor>,
    /// The number of the first message that was kept after the subscription was made.
    before: u64,
    _charge: Charge,
}

impl Engine {
    /// Stores, replaces or clears the retained message of the topic
    /// (`MQTT5-3.3.1-5` to `-8`; `MQTT311-3.3.1-5`, `-7`, `-10` to `-12`).
    pub(super) fn retain(&mut self, now: Time, incoming: &mut Incoming<'_>) -> Result<(), &'static str> {
        let _ = now;
        if incoming.payload.is_empty() {
            if let Some(old) = self.retained.remove(incoming.topic) {
                self.forget_retained(&old.message);
            }
            return Ok(());
        }
        let message = incoming.message(&self.held);
        if !self.make_room(0) {
            return Err("the broker holds as much as it may");
        }
        // The broker's own few figures are not held to the bounds, and take no room from what is.
        if !is_own(incoming.topic) {
            let old_cost = self.retained.get(incoming.topic).map(|old| old.message.cost());
            let limits = &self.settings.limits;
            let bounded = self.retained.len() - self.retained_sys;
            if old_cost.is_none() && bounded >= limits.max_retained_messages as usize {
                return Err("the broker keeps no more retained messages");
            }
            let bytes = self.retained_bytes - old_cost.unwrap_or(0) + message.cost();
            if bytes as u64 > limits.max_retained_bytes {
                return Err("the broker keeps no more bytes of retained messages");
            }
        }
        self.keep_retained(&message);
        Ok(())
    }

    /// Keeps a message, whatever the bounds say.
    pub(super) fn keep_retained(&mut self, message: &Arc<Message>) {
        let kept = Kept {
            message: message.clone(),
            number: self.retained_ever,
        };
        self.retained_ever += 1;
        if let Some(old) = self.retained.set(&message.topic, kept) {
            self.forget_retained(&old.message);
        }
        if is_own(&message.topic) {
            self.retained_sys += 1;
        } else {
            self.retained_bytes += message.cost();
        }
        if let Some(at) = message.expires_at {
            self.timers.set(at, Timer::RetainedExpiry(message.topic.clone()));
        }
    }

    /// Book-keeping for a message that is no longer in the store.
    fn forget_retained(&mut self, old: &Arc<Message>) {
        if is_own(&old.topic) {
            self.retained_sys -= 1;
        } else {
            self.retained_bytes -= old.cost();
        }
        if let Some(at) = old.expires_at {
            self.timers.cancel(at, Timer::RetainedExpiry(old.topic.clone()));
        }
    }

    pub(super) fn retained_expired(&mut self, now: Time, topic: &Arc<str>) {
        if self
            .retained
            .get(topic)
            .is_some_and(|kept| kept.message.is_expired(now))
            && let Some(old) = self.retained.remove(topic)
        {
            self.forget_retained(&old.message);
        }
    }

    /// Clears the whole store but for `$SYS`, which would come back by and by.
    pub(super) fn clear_retained_store(&mut self) -> usize {
        let all: Vec<_> = self
            .retained
            .iter()
            .filter(|(topic, _)| !is_own(topic))
            .map(|(_, kept)| kept.message.clone())
            .collect();
        for message in &all {
            self.retained.remove(&message.topic);
            self.forget_retained(message);
        }
        all.len()
    }

    /// A subscription was made: its retained messages follow the SUBACK.
    pub(super) fn deliver_retained(
        &mut self,
        now: Time,
        id: ConnId,
        filter: Arc<str>,
        subscription: Subscription,
    ) {
        let before = self.retained_ever;
        let charge = self.held.charge(size_of::<Walk>() + filter.len());
        let Some(conn) = self.conn_mut(id) else { return };
        let first = conn.retained.is_empty();
        conn.retained.push_back(Walk {
            filter,
            subscription,
            cursor: None,
            before,
            _charge: charge,
        });
        if first {
            self.continue_retained(now, id);
        }
    }

    /// One slice more of the connection's oldest walk.
    pub(super) fn continue_retained(&mut self, now: Time, id: ConnId) {
        let is_full = self.is_full();
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.outbox.len() > OUTBOX_BYTES || (is_full && !conn.outbox.is_empty()) {
            conn.retained_waits = true;
            return;
        }
        let mut room = OUTBOX_BYTES - conn.outbox.len();
        let Some(walk) = conn.retained.front_mut() else {
            return;
        };
        let (filter, subscription, cursor) = (walk.filter.clone(), walk.subscription, walk.cursor.take());
        let before = walk.before;
        let client_id = conn.client_id.clone();

        let mut slice = self.retained.matching(&filter, cursor, SLICE);
        // What was kept after the subscription was made has come to it already, as a live message.
        let mut messages = Vec::new();
        for (_, kept) in slice.by_ref().filter(|(_, kept)| kept.number < before) {
            messages.push(kept.message.clone());
            // One more than there is room for, so that the largest comes, too.
            match room.checked_sub(kept.message.cost()) {
                Some(left) => room = left,
                None => break,
            }
        }
        let next = slice.cursor();
        self.work.spend(1 + slice.looked_at() / TOPICS_A_UNIT);
        for message in messages {
            // MQTT5-3.8.3-3 holds for what the client itself had retained, too.
            if subscription.options.no_local && message.publisher == client_id {
                continue;
            }
            if message.is_expired(now) {
                self.dropped(now, &client_id, &message.topic, DropReason::Expired);
                continue;
            }
            self.send_retained(now, id, message, &subscription);
        }

        let Some(conn) = self.conn_mut(id) else { return };
        match next {
            Some(cursor) => {
                if let Some(walk) = conn.retained.front_mut() {
                    walk.cursor = Some(cursor);
                }
            }
            None => {
                conn.retained.pop_front();
            }
        }
        if !conn.retained.is_empty() {
            self.timers.set(now, Timer::Retained(id));
        }
        self.may_go_on(id);
    }

    /// MQTT5-3.3.1-9, MQTT311-3.3.1-6, -8: with RETAIN set, since it comes because of the subscription.
    fn send_retained(&mut self, now: Time, id: ConnId, message: Arc<Message>, subscription: &Subscription) {
        let Some(key) = self.session_of(id) else { return };
        let qos = message.qos.min(subscription.options.qos);
        let subscription_ids: Vec<u32> = subscription.id.into_iter().collect();
        if qos == QoS::AtMostOnce {
            let granted = Granted {
                qos,
                retain_as_published: true,
                ids: subscription_ids,
            };
            let wire = crate::wire::PublishProperties::default();
            let mut incoming = Incoming::from_message(&message, &wire, None);
            incoming.retain = true;
            self.deliver(now, key, &granted, None, &mut incoming, &mut None);
        } else {
            let delivery = Delivery {
                message,
                qos,
                retain: true,
                subscription_ids,
                shared: None,
            };
            self.deliver_reliably(now, id, key, delivery);
        }
    }
}
