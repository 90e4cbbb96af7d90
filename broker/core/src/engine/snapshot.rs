//! What the engine holds, written down.

use std::collections::HashMap;
use std::sync::Arc;

use super::Engine;
use super::retained::Kept;
use crate::session::{self, Message, Stage};
use crate::snapshot::{
    self, Delivery, Exchange, MessageProperties, Payload, SharedGroup, Snapshot, Subscription, Will,
};
use crate::time::Time;
use crate::topic::Share;

/// Gives every message one place in the list, even if many clients wait for it.
struct Messages {
    now: Time,
    list: Vec<snapshot::Message>,
    places: HashMap<*const Message, usize>,
}

impl Engine {
    /// All that outlives connections, at `now`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// let snapshot = engine.snapshot(Time::from_secs(1));
    /// assert_eq!(snapshot.at_nanos, 1_000_000_000);
    /// assert!(snapshot.session("lamp").is_some());
    /// ```
    pub fn snapshot(&self, now: Time) -> Snapshot {
        let mut messages = Messages {
            now,
            list: Vec::new(),
            places: HashMap::new(),
        };
        let retained = self
            .retained
            .all_kept()
            .map(|kept| messages.retained(kept))
            .collect();
        let mut sessions: Vec<_> = self.sessions.iter().collect();
        sessions.sort_by_key(|(key, _)| key.serial);
        let sessions = sessions
            .into_iter()
            .map(|(_, session)| messages.session(session))
            .collect();
        let mut snapshot = Snapshot::empty(self.rng.seed());
        snapshot.at_nanos = now.as_nanos();
        snapshot.chance = self.rng.state();
        snapshot.messages = messages.list;
        snapshot.retained = retained;
        snapshot.sessions = sessions;
        snapshot.shared = self.shared_groups();
        snapshot
    }

    pub(super) fn shared_groups(&self) -> Vec<SharedGroup> {
        let name = |key| {
            self.sessions
                .get(key)
                .map(|session| session.client_id.to_string())
                .unwrap_or_default()
        };
        let mut groups: Vec<SharedGroup> = self
            .routing
            .subscriptions()
            .groups()
            .map(|group| SharedGroup {
                filter: Share {
                    group: group.name(),
                    filter: group.filter(),
                }
                .to_string(),
                members: group.members().iter().map(|(key, _)| name(*key)).collect(),
                turn: group.turn(),
                sticky: group.sticky().map(name),
            })
            .collect();
        groups.sort_by(|a, b| a.filter.cmp(&b.filter));
        groups
    }
}

impl Messages {
    fn retained(&mut self, kept: &Kept) -> usize {
        let place = self.place(&kept.message);
        if let Some(written) = self.list.get_mut(place) {
            written.retained_for_nanos = Some(kept.age_nanos(self.now));
        }
        place
    }

    fn place(&mut self, message: &Arc<Message>) -> usize {
        let next = self.list.len();
        let place = *self.places.entry(Arc::as_ptr(message)).or_insert(next);
        if place == next {
            self.list.push(written_message(self.now, message));
        }
        place
    }

    fn delivery(&mut self, delivery: &session::Delivery) -> Delivery {
        written_delivery(delivery, self.place(&delivery.message))
    }

    fn session(&mut self, session: &session::Session) -> snapshot::Session {
        let inflight = session.inflight.in_order_of_sending();
        let inflight = inflight.map(|outgoing| Exchange {
            packet_id: outgoing.packet_id,
            publish: match &outgoing.stage {
                Stage::Publish(delivery) => Some(self.delivery(delivery)),
                Stage::PubRel(_) => None,
            },
        });
        let inflight = inflight.collect();
        let queued = session.queue.iter();
        let queued = queued.map(|delivery| self.delivery(delivery)).collect();
        let subscriptions = session.subscriptions.iter();
        let mut awaiting_pubrel: Vec<_> = session.incoming.iter().copied().collect();
        awaiting_pubrel.sort_unstable();
        snapshot::Session {
            subscriptions: subscriptions
                .map(|(filter, held)| written_subscription(filter, held))
                .collect(),
            inflight,
            queued,
            awaiting_pubrel,
            ..written_head(self.now, session)
        }
    }
}

pub(super) fn written_message(now: Time, message: &Message) -> snapshot::Message {
    snapshot::Message {
        topic: message.topic.to_string(),
        payload: Payload(message.payload.clone()),
        qos: message.qos,
        retain: message.retain,
        expires_in_nanos: message.expires_at.map(|at| nanos(at, now)),
        retained_for_nanos: None,
        properties: properties(message.properties.as_deref()),
        publisher: message.publisher.to_string(),
    }
}

/// `message` is the name of its message.
pub(super) fn written_delivery(delivery: &session::Delivery, message: usize) -> Delivery {
    Delivery {
        message,
        qos: delivery.qos,
        retain: delivery.retain,
        subscription_ids: delivery.subscription_ids.clone(),
        shared: delivery.shared.as_deref().map(str::to_owned),
    }
}

pub(super) fn written_subscription(filter: &str, held: &session::Subscription) -> Subscription {
    Subscription {
        filter: filter.to_owned(),
        qos: held.options.qos,
        id: held.id,
        no_local: held.options.no_local,
        retain_as_published: held.options.retain_as_published,
        retain_handling: held.options.retain_handling,
    }
}

/// A session without its lists.
pub(super) fn written_head(now: Time, session: &session::Session) -> snapshot::Session {
    let mount_point = session.mount_point.as_ref();
    snapshot::Session {
        client_id: session.client_id.to_string(),
        version: session.version,
        user: session.user.as_deref().map(str::to_owned),
        realm: session.realm.number(),
        had_own_acl: session.acl.is_some(),
        connected: session.conn.is_some(),
        session_expiry_secs: session.expiry_secs,
        ends_in_nanos: session.expires_at.map(|at| nanos(at, now)),
        will: written_will(now, session),
        mount_point: mount_point.map(|it| it.as_str().to_owned()).unwrap_or_default(),
        subscriptions: Vec::new(),
        inflight: Vec::new(),
        next_packet_id: session.inflight.next_id(),
        queued: Vec::new(),
        awaiting_pubrel: Vec::new(),
        memo: None,
    }
}

pub(super) fn written_will(now: Time, session: &session::Session) -> Option<Will> {
    let will = session.will.as_ref()?;
    Some(Will {
        topic: will.topic.to_string(),
        payload: Payload(will.payload.clone()),
        qos: will.qos,
        retain: will.retain,
        delay_secs: will.delay_secs,
        message_expiry_secs: will.message_expiry_secs,
        properties: properties(will.properties.as_deref()),
        due_in_nanos: session.will_due.map(|at| nanos(at, now)),
    })
}

pub(super) fn properties(of: Option<&session::MessageProperties>) -> MessageProperties {
    let Some(of) = of else {
        return MessageProperties::default();
    };
    MessageProperties {
        payload_format: of.payload_format,
        response_topic: of.response_topic.as_deref().map(str::to_owned),
        correlation_data: of.correlation_data.clone().map(Payload),
        content_type: of.content_type.as_deref().map(str::to_owned),
        user: of
            .user
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
    }
}

/// What is left until `at`.
fn nanos(at: Time, now: Time) -> u64 {
    at.as_nanos().saturating_sub(now.as_nanos())
}
