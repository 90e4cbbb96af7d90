//! From one message to everybody whom it concerns: matching, overlapping subscriptions, shared subscriptions.

use std::sync::Arc;

use super::policy::{Granted, Targets};
use super::sessions::Sessions;
use super::{DropReason, Engine};
use bytes::Bytes;
use settings::Strategy;

use crate::journal::{Decision, Recorded};
use crate::router::{ShareStrategy, SharedGroup};
use crate::session::{
    Charge, Delivery, Held, Message, MessageProperties, Number, Session, SessionKey, Subscription,
};
use crate::time::Time;
use crate::topic::Share;
use crate::wire::{Publish, PublishProperties, QoS};

/// A message that is being routed. Becomes an owned [`Message`] only if somebody must keep it.
pub(super) struct Incoming<'a> {
    pub topic: &'a str,
    pub payload: &'a [u8],
    pub qos: QoS,
    pub retain: bool,
    pub wire: &'a PublishProperties<'a>,
    pub publisher: Option<(SessionKey, Arc<str>)>,
    received_at: Time,
    /// The payload, where it can be kept without a copy.
    pub kept_payload: Option<Bytes>,
    /// The topic, already shared with others.
    shared_topic: Option<Arc<str>>,
    owned: Option<Arc<Message>>,
    /// What the engine's scratch buffer holds of it, for all receivers of the same shape (whether they speak MQTT 5.0,
    /// and RETAIN), and where the journal has that.
    pub encoded: Option<((bool, bool), Recorded)>,
}

impl<'a> Incoming<'a> {
    pub fn from_wire(
        now: Time,
        topic: &'a str,
        publish: &'a Publish<'a>,
        publisher: Arc<str>,
        key: SessionKey,
    ) -> Self {
        Self {
            topic,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            wire: &publish.properties,
            publisher: Some((key, publisher)),
            received_at: now,
            kept_payload: None,
            shared_topic: None,
            owned: None,
            encoded: None,
        }
    }

    /// `wire` is only there to be borrowed: the message's own properties are used. `publisher` is the session of the
    /// client that published it, if there still is one.
    pub fn from_message(
        message: &'a Arc<Message>,
        wire: &'a PublishProperties<'a>,
        publisher: Option<SessionKey>,
    ) -> Self {
        Self {
            topic: &message.topic,
            payload: &message.payload,
            qos: message.qos,
            retain: message.retain,
            wire,
            publisher: publisher.map(|key| (key, message.publisher.clone())),
            received_at: Time::ZERO,
            kept_payload: None,
            shared_topic: None,
            owned: Some(message.clone()),
            encoded: None,
        }
    }

    /// The message, made once.
    pub fn message(&mut self, held: &Held) -> Arc<Message> {
        let Self {
            topic,
            payload,
            qos,
            retain,
            wire,
            publisher,
            received_at,
            kept_payload,
            shared_topic,
            owned,
            ..
        } = self;
        owned
            .get_or_insert_with(|| {
                Message {
                    charge: Charge::default(),
                    number: Number::default(),
                    topic: shared_topic.take().unwrap_or_else(|| Arc::from(*topic)),
                    payload: kept_payload
                        .take()
                        .unwrap_or_else(|| Bytes::copy_from_slice(payload)),
                    qos: *qos,
                    retain: *retain,
                    expires_at: wire.message_expiry_secs.map(|secs| received_at.plus_secs(secs)),
                    properties: MessageProperties::from_wire(wire),
                    publisher: publisher
                        .as_ref()
                        .map_or_else(|| Arc::from(""), |(_, id)| id.clone()),
                }
                .kept(held)
            })
            .clone()
    }

    /// The message, if it was made already.
    pub fn made(&self) -> Option<&Arc<Message>> {
        self.owned.as_ref()
    }
}

/// What became of a routed message.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    /// Sessions that it concerned.
    pub matched: usize,
    /// Sessions whose bounds did not allow it.
    pub refused: usize,
}

/// So many members of shared subscriptions are looked at in one unit of work.
const MEMBERS_A_UNIT: usize = 16;

impl Engine {
    /// Hands the message to every session that it concerns (`MQTT5-4.5.0-1`, `MQTT311-4.5.0-1`), and to no other
    /// (`MQTT5-3.3.2-3`, `MQTT311-3.3.2-3`). Messages come here one after the other, so each receiver gets them in the
    /// order in which they came (`MQTT5-4.6.0-5`, `-6`; `MQTT311-4.6.0-5`, `-6`).
    pub(super) fn route(&mut self, now: Time, incoming: &mut Incoming<'_>, targets: Arc<Targets>) -> Outcome {
        incoming.shared_topic.clone_from(&targets.topic);
        let from = incoming.publisher.as_ref().map(|(key, _)| *key);
        let mut outcome = Outcome::default();
        for target in &targets.direct {
            let both;
            let granted = match (&target.from_all, &target.from_others) {
                (Some(all), None) => all,
                // MQTT5-3.8.3-3: No Local keeps a client's own messages from it.
                (all, Some(_)) if from == Some(target.session) => match all {
                    Some(all) => all,
                    None => continue,
                },
                (None, Some(others)) => others,
                (Some(all), Some(others)) => {
                    let mut sum = all.clone();
                    sum.add(others);
                    both = sum;
                    &both
                }
                (None, None) => continue,
            };
            outcome.matched += 1;
            if !self.deliver(now, target.session, granted, None, incoming) {
                outcome.refused += 1;
            }
        }
        if targets.has_shared {
            let shared = self.route_shared(now, incoming);
            outcome.matched += shared.matched;
            outcome.refused += shared.refused;
        }
        self.tell_hidden(&targets);
        self.routing.give_back(targets);
        outcome
    }

    /// The journal tells that these do not get the message, or the run, that is being decided about.
    pub(super) fn tell_hidden(&mut self, targets: &Targets) {
        if targets.hidden_from.is_empty() || !self.log.journal.is_deciding() {
            return;
        }
        for key in &targets.hidden_from {
            if let Some(session) = self.sessions.get(*key) {
                let dropped = Decision::Dropped(session.client_id.clone(), DropReason::MayNotRead);
                self.log.journal.decide(dropped);
            }
        }
    }

    /// Every matching shared subscription gives the message to one of its members (section 4.8.2 of MQTT 5.0).
    fn route_shared(&mut self, now: Time, incoming: &mut Incoming<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let mut chooser = Chooser::new(self);
        let mut picked: Vec<(SessionKey, Subscription, Arc<str>)> = Vec::new();
        let (sessions, policy, topic) = (&self.sessions, &self.policy, incoming.topic);
        let may_read = |session: &Session| policy.may_read(session, topic);
        self.routing.for_each_group(topic, |_, group| {
            if let Some((key, subscription)) = chooser.choose(sessions, &may_read, group) {
                picked.push((
                    key,
                    subscription,
                    Share {
                        group: group.name(),
                        filter: group.filter(),
                    }
                    .to_string()
                    .into(),
                ));
            }
        });
        self.work.spend(chooser.looked_at / MEMBERS_A_UNIT);
        for (key, subscription, filter) in picked {
            outcome.matched += 1;
            if !self.deliver(now, key, &Granted::of(&subscription), Some(filter), incoming) {
                outcome.refused += 1;
            }
        }
        outcome
    }

    /// A delivery whose receiver has left goes to another member of the same shared subscription, or is dropped
    /// where there is none.
    pub(super) fn redeliver_shared(
        &mut self,
        now: Time,
        leaver: &Arc<str>,
        filter: &Arc<str>,
        delivery: &Delivery,
    ) {
        // MQTT5-3.3.2-5: what was sent to the leaver may be overdue by now; to another member it would be new.
        if delivery.message.is_expired(now) {
            return self.dropped(now, leaver, &delivery.message.topic, DropReason::Expired);
        }
        let mut chooser = Chooser::new(self);
        let (sessions, policy, topic) = (&self.sessions, &self.policy, &delivery.message.topic);
        let may_read = |session: &Session| policy.may_read(session, topic);
        let group = self.routing.group_mut(filter);
        let member = group.and_then(|group| chooser.choose(sessions, &may_read, group));
        let Some((key, subscription)) = member else {
            return self.dropped(now, leaver, &delivery.message.topic, DropReason::SessionEnded);
        };
        let wire = PublishProperties::default();
        let mut incoming = Incoming::from_message(&delivery.message, &wire, None);
        self.deliver(
            now,
            key,
            &Granted::of(&subscription),
            Some(filter.clone()),
            &mut incoming,
        );
    }
}

/// Picks members of shared subscriptions: those that are connected come before those that are only remembered.
struct Chooser {
    strategy: ShareStrategy,
    chance: u64,
    /// How many members there were to choose from, in all.
    looked_at: usize,
}

impl Chooser {
    fn new(engine: &mut Engine) -> Self {
        let strategy = match engine.settings.shared.strategy {
            Strategy::Random => ShareStrategy::Random,
            Strategy::Sticky => ShareStrategy::Sticky,
            Strategy::LeastInflight => ShareStrategy::LeastInflight,
            _ => ShareStrategy::RoundRobin,
        };
        let chance = if strategy == ShareStrategy::Random {
            engine.rng.next_u64()
        } else {
            0
        };
        Self {
            strategy,
            chance,
            looked_at: 0,
        }
    }

    fn choose(
        &mut self,
        sessions: &Sessions,
        may_read: &dyn Fn(&Session) -> bool,
        group: &mut SharedGroup<SessionKey, Subscription>,
    ) -> Option<(SessionKey, Subscription)> {
        let load = |key: &SessionKey, needs_connection: bool| {
            let session = sessions.get(*key)?;
            ((session.conn.is_some() || !needs_connection) && may_read(session))
                .then(|| (session.queue.len() + session.inflight.len()) as u64)
        };
        self.looked_at += group.members().len();
        for needs_connection in [true, false] {
            let picked = group.pick(self.strategy, self.chance, |key, _| load(key, needs_connection));
            if let Some((key, subscription)) = picked {
                return Some((key, *subscription));
            }
        }
        None
    }
}
