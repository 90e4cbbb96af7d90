//! How a session loses its connection, and how it ends: wills, expiry, and what becomes of its messages.

use super::connect::session_end;
use super::policy::{What, is_control};
use super::{CloseReason, DropReason, Engine, Event, Timer, work};
use crate::session::{Delivery, Note, Session, SessionKey, Stage};
use crate::time::Time;
use crate::wire::{QoS, ReasonCode};

/// When the broker stops, a session that holds more than this is not told of message by message.
const MANY: usize = 1000;

impl Engine {
    /// The session's connection ended, for `reason`. The session goes on for as long as its Session Expiry Interval says
    /// (MQTT5-3.1.2-23, MQTT5-4.1.0-1, -2; MQTT311-4.1.0-1, -2).
    pub(super) fn detach(&mut self, now: Time, key: SessionKey, reason: &CloseReason) {
        let stopping = self.stopping;
        let Some(session) = self.sessions.detach(key) else {
            return;
        };
        session.inflight.rewind();
        // MQTT5-3.14.4-3, MQTT311-3.14.4-3: a normal DISCONNECT throws the will away.
        // At shutdown there is nobody left to get it.
        if stopping || *reason == CloseReason::ClientDisconnect(ReasonCode::SUCCESS) {
            session.will = None;
        }
        let ends_at = session_end(now, session.expiry_secs);
        session.expires_at = ends_at;
        session.changed();
        let will_at = session.will.as_ref().map(|will| now.plus_secs(will.delay_secs));
        if ends_at == Some(now) {
            return self.end_session(now, key, false);
        }
        self.timers.set(ends_at, Timer::SessionExpiry(key));
        // MQTT5-3.1.2-8: the will is published once its delay has passed or the session ends, if that is earlier;
        // `end_session` sees to that.
        match will_at {
            Some(at) if at == now => self.publish_will(now, key),
            Some(at) => {
                if let Some(session) = self.sessions.get_mut(key) {
                    session.will_due = Some(at);
                    session.changed();
                    self.timers.set(at, Timer::Will(key));
                }
            }
            None => {}
        }
    }

    pub(super) fn will_is_due(&mut self, now: Time, key: SessionKey) {
        if self
            .sessions
            .get(key)
            .is_some_and(|session| session.will_due == Some(now))
        {
            self.publish_will(now, key);
        }
    }

    /// Publishes the will once, then forgets it (MQTT5-3.1.2-10, MQTT311-3.1.2-10). Without a will nothing is published
    /// (MQTT311-3.1.2-12).
    fn publish_will(&mut self, now: Time, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        session.will_due = None;
        let Some(will) = session.will.take() else { return };
        session.changed();
        let client_id = session.client_id.clone();
        let message = will.into_message(now, client_id.clone());
        let topic = message.topic.clone();
        // Nobody is there any more who would read the answer to commands.
        if is_control(&topic) {
            return;
        }
        let what = What::new(message.qos, message.retain);
        // It was allowed when its client connected; rules may have changed since.
        let targets = match self.decide(key, what, &topic).targets() {
            Ok(targets) => targets,
            Err(denial) => {
                return self.event(now, || Event::PublishRefused {
                    client_id,
                    topic,
                    reason: denial.reason(),
                    why: denial.because_of_will(),
                });
            }
        };
        self.event(now, || Event::WillPublished { client_id, topic });
        self.publish_message(now, message, targets);
    }

    /// What the client may read has changed: it came back, perhaps as somebody else, or there are other rules. It gets nothing of
    /// what waits there that an ACL hides from it now, as in mosquitto: no message that is queued, and none that would be sent
    /// again. A message of QoS 2 whose PUBREC came is with the client; its handshake goes on.
    pub(super) fn drop_unreadable(&mut self, now: Time, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let waiting = session.queue.len() + session.inflight.len();
        if !self.policy.has_any_acl() || waiting == 0 {
            return;
        }
        self.work.spend(waiting / 2);
        let mut queue = std::mem::take(&mut session.queue);
        let is_hidden = |delivery: &Delivery| !self.policy.may_read(session, &delivery.message.topic);
        let mut hidden = queue.extract(is_hidden);
        let unsent = session.inflight.iter().filter(|outgoing| !outgoing.sent);
        let unreadable = unsent.filter_map(|outgoing| match &outgoing.stage {
            Stage::Publish(delivery) if is_hidden(delivery) => Some(outgoing.packet_id),
            _ => None,
        });
        let unreadable: Vec<_> = unreadable.collect();
        session.queue = queue;
        for packet_id in unreadable {
            let done = session.inflight.finish(packet_id);
            hidden.extend(done.and_then(|outgoing| match outgoing.stage {
                Stage::Publish(delivery) => Some(delivery),
                Stage::PubRel(_) => None,
            }));
        }
        let client_id = session.client_id.clone();
        for delivery in hidden {
            self.dropped(now, &client_id, &delivery.message.topic, DropReason::MayNotRead);
        }
    }

    /// The rules have changed: [`drop_unreadable`](Self::drop_unreadable) for each connected client. About the others it is decided
    /// when they come back.
    pub(super) fn drop_all_unreadable(&mut self, now: Time) {
        if !self.policy.has_any_acl() {
            return;
        }
        let waits = |session: &Session| !session.queue.is_empty() || session.inflight.has_unsent();
        let connected = self.sessions.values().filter_map(|session| {
            let key = self.conns.session_of(session.conn?)?;
            waits(session).then_some(key)
        });
        for key in connected.collect::<Vec<_>>() {
            self.drop_unreadable(now, key);
        }
    }

    pub(super) fn session_expired(&mut self, now: Time, key: SessionKey) {
        if self
            .sessions
            .get(key)
            .is_some_and(|session| session.expires_at == Some(now) && session.conn.is_none())
        {
            self.log.stats.sessions_expired += 1;
            self.end_session(now, key, true); // MQTT5-4.1.0-2
        }
    }

    /// The session goes, and all that belongs to it. A will that waits is published first. Retained messages do not belong
    /// to it (MQTT311-3.1.2-7).
    pub(super) fn end_session(&mut self, now: Time, key: SessionKey, expired: bool) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        self.timers.cancel(session.will_due, Timer::Will(key));
        self.publish_will(now, key);
        let Some(session) = self.sessions.remove(key) else {
            return;
        };
        session.notes().note(|_| Note::Ended(session.client_id.clone()));
        self.timers.cancel(session.expires_at, Timer::SessionExpiry(key));
        self.timers.cancel(session.queue_timer, Timer::MessageExpiry(key));
        self.work
            .spend(work::FILTER * session.subscriptions.len() + session.inflight.len() + session.queue.len());
        let waiting = session.inflight.len() + session.queue.len();
        if self.stopping && waiting + session.subscriptions.len() > MANY {
            // No client is left to get anything, and a broker that stops has no time to tell of each message.
            self.log.stats.dropped_session_ended += waiting as u64;
            let client_id = session.client_id.clone();
            return self.event(now, || Event::SessionEnded { client_id, expired });
        }
        for filter in session.subscriptions.keys() {
            self.routing.unsubscribe(key, filter);
        }
        let client_id = session.client_id.clone();
        let unacknowledged = session
            .inflight
            .iter()
            .filter_map(|outgoing| match &outgoing.stage {
                // MQTT5-4.8.2-5: a QoS 2 message that was sent to this client goes to nobody else.
                Stage::Publish(delivery) if delivery.qos != QoS::ExactlyOnce => Some(delivery),
                _ => None,
            });
        let left: Vec<Delivery> = unacknowledged.chain(session.queue.iter()).cloned().collect();
        self.event(now, || Event::SessionEnded {
            client_id: client_id.clone(),
            expired,
        });
        for delivery in left {
            match &delivery.shared {
                Some(filter) => self.redeliver_shared(now, &client_id, filter, &delivery),
                None => self.dropped(now, &client_id, &delivery.message.topic, DropReason::SessionEnded),
            }
        }
    }
}
