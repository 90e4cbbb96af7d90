//! Retained messages: one for each topic is kept (`store.rs`); new subscriptions get them slice by slice.

mod store;

use std::sync::Arc;

use super::policy::Granted;
use super::route::Incoming;
use super::{ConnId, DropReason, Engine, Timer};
use crate::router::Cursor;
use crate::session::{Charge, Delivery, Message, Subscription};
use crate::time::Time;
use crate::wire::QoS;

pub(super) use store::{Kept, Store};

/// Topics looked at in one go.
const SLICE: usize = 1000;
/// To look at so many topics that do not match takes as long as to send one message.
const TOPICS_A_UNIT: usize = 4;
/// Of so many messages it is looked at in one unit of work whether the client may read them.
const READABLE_A_UNIT: usize = 2;
/// Above this an outbox gets no more retained messages: its client must read first.
const OUTBOX_BYTES: usize = 512 * 1024;

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
        if incoming.payload.is_empty() {
            self.retained.remove(incoming.topic, &mut self.timers);
            return Ok(());
        }
        let message = incoming.message(&self.room.held);
        if !self.make_room(0) {
            return Err("the broker holds as much as it may");
        }
        self.retained.admits(&message, &self.settings.limits)?;
        self.retained.keep(now, &message, &mut self.timers);
        Ok(())
    }

    /// A subscription was made. Its retained messages follow the SUBACK.
    pub(super) fn deliver_retained(
        &mut self,
        now: Time,
        id: ConnId,
        filter: Arc<str>,
        subscription: Subscription,
    ) {
        let before = self.retained.ever();
        let charge = self.room.held.charge(size_of::<Walk>() + filter.len());
        let Some(live) = self.conns.live_mut(id) else {
            return;
        };
        let first = live.walks.is_empty();
        live.walks.push_back(Walk {
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

    /// Sends one more slice to the oldest subscription that waits on this connection.
    pub(super) fn continue_retained(&mut self, now: Time, id: ConnId) {
        let is_full = self.room.is_full();
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let owed = conn.outbox.len();
        let client_id = conn.client_id.clone();
        let Some(live) = conn.live_mut() else { return };
        if owed > OUTBOX_BYTES || (is_full && owed > 0) {
            live.walks_wait = true;
            return;
        }
        let mut room = OUTBOX_BYTES - owed;
        let Some(walk) = live.walks.front_mut() else {
            return;
        };
        let (filter, subscription, cursor) = (walk.filter.clone(), walk.subscription, walk.cursor.take());
        let before = walk.before;

        let mut slice = self.retained.matching(&filter, cursor, SLICE);
        // What was kept later than the subscription was made has reached it already, as a live message.
        let mut messages: Vec<(Arc<Message>, bool)> = Vec::new();
        for (_, kept) in slice.by_ref().filter(|(_, kept)| kept.number < before) {
            messages.push((kept.message.clone(), kept.is_expired(now)));
            // One more than there is room for, or the largest would never come.
            match room.checked_sub(kept.message.cost()) {
                Some(left) => room = left,
                None => break,
            }
        }
        let next = slice.cursor();
        self.work.spend(1 + slice.looked_at() / TOPICS_A_UNIT);
        let session = self.conns.session_of(id).and_then(|key| self.sessions.get(key));
        if let Some(session) = session.filter(|_| self.policy.has_any_acl()) {
            self.work.spend(messages.len() / READABLE_A_UNIT);
            messages.retain(|(message, _)| self.policy.may_read(session, &message.topic));
        }
        for (message, is_expired) in messages {
            // MQTT5-3.8.3-3 holds also for messages that the client itself retained.
            if subscription.options.no_local && message.publisher == client_id {
                continue;
            }
            if is_expired {
                self.dropped(now, &client_id, &message.topic, DropReason::Expired);
                continue;
            }
            self.send_retained(now, id, message, &subscription);
        }

        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        let Some(live) = conn.live_mut() else { return };
        match next {
            Some(cursor) => {
                if let Some(walk) = live.walks.front_mut() {
                    walk.cursor = Some(cursor);
                }
            }
            None => {
                live.walks.pop_front();
            }
        }
        if !live.walks.is_empty() {
            self.timers.set(now, Timer::Retained(id));
        }
        conn.may_go_on(&mut self.outlet);
    }

    /// MQTT5-3.3.1-9, MQTT311-3.3.1-6, -8: RETAIN is set, because the subscription brings the message.
    fn send_retained(&mut self, now: Time, id: ConnId, message: Arc<Message>, subscription: &Subscription) {
        let Some(key) = self.conns.session_of(id) else {
            return;
        };
        let session = self.sessions.get(key);
        if session.is_some_and(|session| !session.sees(&message.topic)) {
            return;
        }
        let qos = self.policy.outgoing_qos(message.qos, subscription.options.qos);
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
            self.deliver(now, key, &granted, None, &mut incoming);
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
