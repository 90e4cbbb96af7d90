//! SUBSCRIBE and UNSUBSCRIBE (sections 3.8 to 3.11 of both standards).

use std::borrow::Cow;
use std::sync::Arc;

use super::keeping::UNKEPT;
use super::policy::{Breach, Denial, Policy, Who};
use super::{ConnId, Engine, Event, work};
use crate::router::subscription_cost_bytes;
use crate::session::{Note, SessionKey, Subscription};
use crate::time::Time;
use crate::topic::{self, Share};
use crate::wire::{
    FilterRequest, Packet, QoS, ReasonCode, ReasonProperties, RetainHandling, SubAck, Subscribe,
    SubscriptionOptions, UnsubAck, Unsubscribe, Version,
};

/// The words where `limits.max_memory_bytes` leaves no room.
const NO_ROOM: &str = "the broker holds as much as it may";
/// At least so many filters are handled in one go, even if reading the packet has spent the budget.
const FILTERS: usize = 256;

/// A SUBSCRIBE or UNSUBSCRIBE of which only the first filters are done. The packet comes again.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    /// The answers to the filters that are done.
    reasons: Vec<ReasonCode>,
    words: Option<String>,
    /// New subscriptions with retained messages to get.
    retained: Vec<(Arc<str>, Subscription)>,
}

/// Why a filter is refused.
struct Refusal {
    /// What the client is told.
    reason: ReasonCode,
    told: Option<String>,
    /// What others are told.
    why: String,
}

impl Refusal {
    fn new(reason: ReasonCode, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            reason,
            told: Some(why.clone()),
            why,
        }
    }

    fn of(policy: &Policy, denial: Denial) -> Self {
        let why = denial.because().to_string();
        let (reason, told) = policy.told(denial);
        Self { reason, told, why }
    }
}

impl Engine {
    pub(super) fn on_subscribe(&mut self, now: Time, id: ConnId, key: SessionKey, subscribe: &Subscribe<'_>) {
        let Some(live) = self.conns.live_mut(id) else {
            return;
        };
        let (bridge, begun) = (live.bridge, live.unfinished.take());
        if begun.is_none() {
            for request in &subscribe.filters {
                if let Err(breach) = check_filter(request) {
                    return self.breach(now, id, &breach);
                }
            }
            self.subscribes_by_contract(id, subscribe);
        }
        let mut unfinished = begun.unwrap_or_default();
        let Unfinished {
            reasons,
            words,
            retained,
        } = &mut *unfinished;
        let done = reasons.len();
        // MQTT5-3.8.4-5, MQTT311-3.8.4-4: filter by filter, as if each had come alone.
        for request in subscribe.filters.iter().skip(done) {
            if self.work.is_spent() && reasons.len() >= done + FILTERS {
                return self.put_off(id, unfinished);
            }
            self.work.spend(work::FILTER);
            let request = &if bridge { of_bridge(*request) } else { *request };
            match self.subscribe_one(now, key, request, subscribe.subscription_id) {
                Ok((subscription, is_new, filter)) => {
                    // MQTT5-3.8.4-7, MQTT311-3.8.4-5
                    reasons.push(ReasonCode(subscription.options.qos.bits()));
                    let wanted = match subscription.options.retain_handling {
                        RetainHandling::Always => true,  // MQTT5-3.3.1-9, MQTT311-3.3.1-6
                        RetainHandling::IfNew => is_new, // MQTT5-3.3.1-10
                        RetainHandling::Never => false,  // MQTT5-3.3.1-11
                    };
                    // A shared subscription gets no retained messages when it is made (section 4.8.2).
                    if wanted && !request.filter.starts_with(topic::SHARE_PREFIX) {
                        retained.push((filter, subscription));
                    }
                }
                Err(Refusal { reason, told, why }) => {
                    // 3.1 has no way to refuse one, and wants it acknowledged as if granted (its section 3.8).
                    let silent = self
                        .conns
                        .get(id)
                        .is_some_and(|conn| conn.version == Version::V31);
                    let granted = ReasonCode(request.options.qos.bits());
                    reasons.push(if silent { granted } else { reason });
                    *words = words.take().or(told);
                    let client_id = self
                        .conns
                        .get(id)
                        .map_or_else(|| Arc::from(""), |conn| conn.client_id.clone());
                    self.event(now, || Event::SubscriptionRefused {
                        client_id,
                        filter: request.filter.to_owned(),
                        reason,
                        why,
                    });
                }
            }
        }
        let tell = self.tells_why(id);
        // MQTT5-3.8.4-1, -2, -6; MQTT5-3.9.3-1; MQTT311-3.8.4-1, -2; MQTT311-3.9.3-1
        let suback = SubAck {
            packet_id: subscribe.packet_id,
            properties: ReasonProperties {
                reason_string: words.as_deref().filter(|_| tell),
                ..ReasonProperties::default()
            },
            reasons: std::mem::take(reasons),
        };
        self.send(now, id, &Packet::SubAck(suback));
        for (filter, subscription) in unfinished.retained {
            self.deliver_retained(now, id, filter, subscription);
        }
    }

    /// Whether the client takes a Reason String.
    fn tells_why(&self, id: ConnId) -> bool {
        let conn = self.conns.get(id);
        conn.is_some_and(|conn| conn.is_v5() && conn.limits.problem_information)
    }

    /// Makes or changes one subscription; says whether it is new.
    fn subscribe_one(
        &mut self,
        now: Time,
        key: SessionKey,
        request: &FilterRequest<'_>,
        subscription_id: Option<u32>,
    ) -> Result<(Subscription, bool, Arc<str>), Refusal> {
        let written = request.filter;
        let whole = match self.sessions.get(key).map(|session| session.whole(written)) {
            Some(Err(error)) => {
                let words = format!("with the mount point of the listener it is no topic filter: {error}");
                let denial = Denial::refused(ReasonCode::TOPIC_FILTER_INVALID, words);
                return Err(Refusal::of(&self.policy, denial));
            }
            Some(Ok(whole)) => whole,
            None => Cow::Borrowed(written),
        };
        let request = &FilterRequest {
            filter: &whole,
            ..*request
        };
        let may = self.may_subscribe(key, request, subscription_id);
        let no_room = may.as_ref().is_err_and(|refusal| refusal.why == NO_ROOM);
        self.log.stats.refused_for_memory += u64::from(no_room);
        may?;
        self.sys_is_asked_for(now, request.filter);
        // MQTT5-3.2.2-10: any QoS may be asked for; what is granted is what can be given.
        let Some(session) = self.sessions.get_mut(key) else {
            return Err(Refusal::new(ReasonCode::UNSPECIFIED_ERROR, "the session is gone"));
        };
        let most = self.policy.of_clients(session.listener).maximum_qos;
        let most = QoS::from_bits(most).unwrap_or(QoS::ExactlyOnce);
        let options = SubscriptionOptions {
            qos: request.options.qos.min(most),
            ..request.options
        };
        let subscription = Subscription {
            options,
            id: subscription_id,
        };
        let filter: Arc<str> = Arc::from(request.filter);
        let client_id = session.client_id.clone();
        // MQTT5-3.8.4-3, -4; MQTT311-3.8.4-3: the same filter again replaces the subscription.
        session.subscriptions.insert(filter.clone(), subscription);
        session
            .notes()
            .note(|key| Note::Subscription(key, filter.clone()));
        let is_new = self.routing.subscribe(key, &filter, subscription);
        self.event(now, || Event::Subscribed {
            client_id,
            filter: if *written == *filter {
                filter.clone()
            } else {
                Arc::from(written)
            },
            qos: options.qos,
        });
        Ok((subscription, is_new, filter))
    }

    fn may_subscribe(
        &mut self,
        key: SessionKey,
        request: &FilterRequest<'_>,
        subscription_id: Option<u32>,
    ) -> Result<(), Refusal> {
        let (limits, filter) = (&self.settings.limits, request.filter);
        let Some(session) = self.sessions.get(key) else {
            return Ok(());
        };
        let (who, has_id) = (Who::of(session), subscription_id.is_some());
        self.policy
            .may_subscribe(who, filter, has_id, &mut self.work)
            .map_err(|denial| Refusal::of(&self.policy, denial))?;
        if session.subscriptions.contains_key(filter) {
            return Ok(());
        }
        let (own, all) = (session.subscriptions.len(), self.routing.subscriptions().len());
        if own >= limits.max_subscriptions_per_session as usize || all >= limits.max_subscriptions as usize {
            let why = format!("{own} subscriptions of this client, {all} in all");
            return Err(Refusal::new(ReasonCode::QUOTA_EXCEEDED, why));
        }
        if self.room.keeps_nothing && session.notes().are_taken() {
            return Err(Refusal::new(ReasonCode::QUOTA_EXCEEDED, UNKEPT));
        }
        if !self.room.has(subscription_cost_bytes(filter)) {
            return Err(Refusal::new(ReasonCode::QUOTA_EXCEEDED, NO_ROOM));
        }
        let bytes = self.routing.bytes() + subscription_cost_bytes(filter);
        if bytes as u64 > limits.max_subscription_bytes {
            let why = "the broker takes no more bytes of subscriptions";
            return Err(Refusal::new(ReasonCode::QUOTA_EXCEEDED, why));
        }
        Ok(())
    }

    pub(super) fn on_unsubscribe(
        &mut self,
        now: Time,
        id: ConnId,
        key: SessionKey,
        unsubscribe: &Unsubscribe<'_>,
    ) {
        if unsubscribe
            .filters
            .iter()
            .any(|filter| topic::validate_filter(filter).is_err())
        {
            return self.violation(
                now,
                id,
                "UNSUBSCRIBE with an invalid topic filter",
                "MQTT5-4.7.1-1",
                ReasonCode::MALFORMED_PACKET,
            );
        }
        let begun = self.conns.live_mut(id).and_then(|live| live.unfinished.take());
        let mut unfinished = begun.unwrap_or_default();
        let Unfinished { reasons, words, .. } = &mut *unfinished;
        let done = reasons.len();
        for filter in unsubscribe.filters.iter().skip(done) {
            if self.work.is_spent() && reasons.len() >= done + FILTERS {
                return self.put_off(id, unfinished);
            }
            self.work.spend(work::FILTER);
            // MQTT5-3.10.4-1, MQTT311-3.10.4-1: the very same filter, character by character.
            let Some(session) = self.sessions.get_mut(key) else {
                return;
            };
            let client_id = session.client_id.clone();
            let whole = session.whole(filter).unwrap_or(Cow::Borrowed(filter));
            let may = self
                .policy
                .may_unsubscribe(Who::of(session), &whole, &mut self.work);
            if let Err(denial) = may {
                // 3.x has no way to say so: it is acknowledged as usual.
                let refusal = Refusal::of(&self.policy, denial);
                *words = words.take().or(refusal.told);
                reasons.push(refusal.reason);
            } else if let Some((whole, _)) = session.subscriptions.remove_entry(&*whole) {
                session.notes().note(|key| Note::Subscription(key, whole.clone()));
                let filter = if *whole == **filter {
                    whole.clone()
                } else {
                    Arc::from(*filter)
                };
                self.routing.unsubscribe(key, &whole);
                self.hand_over_shared(now, key, &whole);
                self.event(now, || Event::Unsubscribed { client_id, filter });
                reasons.push(ReasonCode::SUCCESS);
            } else {
                reasons.push(ReasonCode::NO_SUBSCRIPTION_EXISTED);
            }
        }
        let tell = self.tells_why(id);
        // MQTT5-3.10.4-4 to -6, MQTT5-3.11.3-1; MQTT311-3.10.4-4 to -6
        let unsuback = UnsubAck {
            packet_id: unsubscribe.packet_id,
            properties: ReasonProperties {
                reason_string: words.as_deref().filter(|_| tell),
                ..ReasonProperties::default()
            },
            reasons: std::mem::take(reasons),
        };
        self.send(now, id, &Packet::UnsubAck(unsuback));
    }

    /// Other connections get their turn before the rest of a long list.
    fn put_off(&mut self, id: ConnId, unfinished: Box<Unfinished>) {
        if let Some(live) = self.conns.live_mut(id) {
            live.unfinished = Some(unfinished);
        }
    }

    /// A member leaves a shared subscription. What it was not sent yet goes to the others; what it was sent is finished with
    /// it (`MQTT5-3.10.4-3`, `MQTT311-3.10.4-3`).
    fn hand_over_shared(&mut self, now: Time, key: SessionKey, filter: &Arc<str>) {
        if !filter.starts_with(topic::SHARE_PREFIX) {
            return;
        }
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let client_id = session.client_id.clone();
        // Each message in the queue is looked at.
        let waiting = session.queue.len();
        let handed_over = session
            .queue
            .extract(|delivery| delivery.shared.as_ref() == Some(filter));
        self.work.spend(waiting / 8);
        for delivery in handed_over {
            self.redeliver_shared(now, &client_id, filter, &delivery);
        }
    }
}

/// What a bridge means in 3.x, which has no words for it: no message comes back to the broker that it came from, and RETAIN
/// stays as published. A shared subscription cannot have No Local.
fn of_bridge(mut request: FilterRequest<'_>) -> FilterRequest<'_> {
    request.options.no_local = !request.filter.starts_with(topic::SHARE_PREFIX);
    request.options.retain_as_published = true;
    request
}

/// What makes the whole SUBSCRIBE invalid.
fn check_filter(request: &FilterRequest<'_>) -> Result<(), Breach> {
    match Share::parse(request.filter) {
        Ok(Some(_)) if request.options.no_local => Err(Breach {
            what: "No Local on a shared subscription",
            statement: "MQTT5-3.8.3-4",
            reason: ReasonCode::PROTOCOL_ERROR,
        }),
        Ok(Some(_)) => Ok(()),
        Ok(None) => topic::validate_filter(request.filter).map_err(|error| Breach {
            what: error.what,
            statement: error.statement,
            reason: ReasonCode::MALFORMED_PACKET,
        }),
        Err(error) => Err(Breach {
            what: error.what,
            statement: error.statement,
            reason: ReasonCode::MALFORMED_PACKET,
        }),
    }
}
