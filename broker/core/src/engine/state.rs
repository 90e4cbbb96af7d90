//! What is in the broker, to be read: clients, sessions, subscriptions, retained messages, what is on its way.

mod pages;
mod parts;

use super::conn::Conn;
use super::origin::Origin;
use super::retained::Kept;
use super::snapshot::written_will;
use super::{CloseReason, ConnId, Engine, Timer};
use crate::chance::Rng;
use crate::session::{Delivery, Message, Session, Stage};
use crate::snapshot::Will;
use crate::time::Time;
use crate::topic::Share;
use crate::wire::{QoS, ReasonCode};

pub use pages::SessionSummary;
pub use parts::{InflightState, MessageState, SessionState, State, SubscriptionState};

impl Engine {
    /// Everything that is in the broker.
    pub fn state(&self, now: Time) -> State {
        let mut sessions: Vec<_> = self
            .sessions
            .values()
            .map(|s| self.session_state(now, s))
            .collect();
        sessions.sort_by(|a, b| a.client_id.cmp(&b.client_id));
        State {
            at_secs: now.since_start().as_secs(),
            sessions,
            retained: self
                .retained
                .all_kept()
                .map(|kept| kept_state(now, kept))
                .collect(),
            shared: self.shared_groups(),
            clock_frozen: false,
        }
    }

    fn session_state(&self, now: Time, session: &Session) -> SessionState {
        let mut awaiting_pubrel: Vec<u16> = session.incoming.iter().map(|id| id.get()).collect();
        awaiting_pubrel.sort_unstable();
        let inflight = session.inflight.iter().map(|outgoing| {
            let delivery = match &outgoing.stage {
                Stage::Publish(delivery) => Some(delivery),
                Stage::PubRel(_) => None,
            };
            InflightState {
                packet_id: outgoing.packet_id.get(),
                awaits: outgoing.awaits().name(),
                topic: delivery.map(|delivery| session.seen(&delivery.message.topic).to_owned()),
                message: delivery.map(|delivery| delivery_state(now, session, delivery)),
            }
        });
        let conn = session.conn.and_then(|id| self.conns.get(id));
        let origin = conn.map(|conn| &conn.origin);
        SessionState {
            client_id: session.client_id.to_string(),
            connected: session.conn.is_some(),
            peer: origin.map(|origin| origin.peer().to_owned()),
            way: origin.map(Origin::way),
            listener: origin.map(|origin| origin.listener().to_string()),
            tls: origin.and_then(Origin::tls).as_deref().cloned(),
            version: session.version.to_string(),
            session_expiry_secs: session.expiry_secs,
            ends_in_secs: session.expires_at.map(|at| at.saturating_since(now).as_secs()),
            has_will: session.will.is_some(),
            will: written_will(now, session).map(|will| Will {
                topic: session.seen(&will.topic).to_owned(),
                ..will
            }),
            subscriptions: subscription_states(session).collect(),
            inflight: inflight.collect(),
            queued: session
                .queue
                .iter()
                .map(|delivery| delivery_state(now, session, delivery))
                .collect(),
            awaiting_pubrel,
        }
    }

    /// Whether the client is connected: CONNACK was sent.
    pub fn is_connected(&self, client_id: &str) -> bool {
        self.sessions
            .named(client_id)
            .is_some_and(|session| session.conn.is_some())
    }

    /// Whether messages that match the filter already reach the client: its SUBSCRIBE was handled.
    pub fn is_subscribed(&self, client_id: &str, filter: &str) -> bool {
        self.sessions.named(client_id).is_some_and(|session| {
            let whole = session.whole(filter);
            whole.is_ok_and(|whole| session.subscriptions.contains_key(&*whole))
        })
    }

    /// Whether nothing is in flight towards the client and nothing is queued for it. `false` for a client without a session,
    /// which may come yet, or have another name.
    pub fn has_acknowledged(&self, client_id: &str) -> bool {
        self.sessions
            .named(client_id)
            .is_some_and(|session| session.inflight.is_empty() && session.queue.is_empty())
    }

    /// What is still going on, in words; `None` when nothing is: no connected client has anything in flight, queued
    /// or unwritten, and no timer is due.
    pub fn unsettled(&self, now: Time) -> Option<String> {
        self.unsettled_but(now, |_| false)
    }

    /// The same, where the exchanges of some connections do not count: rules hold what is on its way there, and nobody knows for
    /// how long.
    pub fn unsettled_but(&self, now: Time, is_held: impl Fn(ConnId) -> bool) -> Option<String> {
        for conn in self.conns.values() {
            let who = if conn.client_id.is_empty() {
                conn.origin.peer()
            } else {
                &*conn.client_id
            };
            // What stands before a line is told by the line.
            if !conn.outbox.is_empty() && !conn.outbox.has_line() {
                return Some(format!("{who}: {} bytes unwritten", conn.outbox.len()));
            }
            if conn.is_being_checked() {
                return Some(format!("the login of client {who:?} is still being checked"));
            }
            if conn.live().is_some_and(|live| !live.walks.is_empty()) {
                return Some(format!("{who}: retained messages are still being sent"));
            }
            let Some(session) = conn.live().and_then(|live| self.sessions.get(live.session)) else {
                continue;
            };
            if conn.outbox.has_line() && is_held(conn.outbox.conn()) {
                continue;
            }
            // Where nothing is on its way because a rule has lost it, nothing that waits behind it is, either.
            let (lost, waiting) = (session.inflight.lost(), session.queue.len());
            let open = session.inflight.len() > lost || (waiting > 0 && lost == 0);
            let lost = conn.live().and_then(|live| live.lost.as_deref());
            let lost = |id| lost.is_some_and(|lost| lost.contains(id));
            let half = session.incoming.iter().filter(|id| !lost(id)).count();
            if open {
                return Some(self.exchanges_stand(&session.client_id));
            }
            if half > 0 {
                return Some(format!(
                    "client {who:?} owes PUBREL for {half} of its QoS 2 messages"
                ));
            }
        }
        self.next_timeout()
            .filter(|at| *at <= now)
            .map(|_| "a timer is due".to_owned())
    }

    /// The client of this connection and where it comes from, for people.
    pub fn name_of(&self, id: ConnId) -> String {
        match self.conns.get(id) {
            Some(conn) if conn.client_id.is_empty() => conn.origin.peer().to_owned(),
            Some(conn) => format!("{:?} ({})", conn.client_id, conn.origin.peer()),
            None => id.to_string(),
        }
    }

    /// Ends the session of one client; a connected one is told Administrative action. Returns whether there was one.
    pub fn delete_session(&mut self, now: Time, client_id: &str) -> bool {
        let Some(key) = self.sessions.key_of(client_id) else {
            return false;
        };
        if let Some(session) = self.sessions.get_mut(key) {
            session.expiry_secs = 0;
        }
        self.disconnect(now, client_id, ReasonCode::ADMINISTRATIVE_ACTION);
        self.end_session(now, key, false);
        true
    }

    /// Makes it as new: every client is disconnected (Administrative action), every session ends without its will, nothing is
    /// retained, users and rights are those of [`set_realms`](Self::set_realms), wrong passwords are forgotten, all counters are zero.
    /// Chance begins anew. The journal has nothing but [`Event::Reset`](crate::journal::Event::Reset).
    pub fn reset(&mut self, now: Time) {
        for session in self.sessions.values_mut() {
            session.will = None;
            session.expiry_secs = 0;
        }
        for id in self.conns.keys() {
            if self.conns.get(id).is_some_and(Conn::is_opening) {
                continue;
            }
            self.close(
                now,
                id,
                CloseReason::Administrative(ReasonCode::ADMINISTRATIVE_ACTION),
            );
        }
        for key in self.sessions.keys() {
            self.end_session(now, key, false);
        }
        self.sessions.forget_seen();
        self.control = super::control::Control::default();
        self.drop_overrides(now);
        self.failed_logins = super::failed_logins::FailedLogins::default();
        self.rng = Rng::new(self.rng.seed());
        self.retained.clear(&mut self.timers);
        self.sys = super::sys::SysTopics::default();
        while self.timers.take(&Timer::Sys) {}
        self.start_sys(now);
        self.log.reset(now);
    }
}

fn subscription_states(session: &Session) -> impl Iterator<Item = SubscriptionState> {
    session
        .subscriptions
        .iter()
        .map(|(filter, subscription)| SubscriptionState {
            filter: session.written(filter).into_owned(),
            qos: subscription.options.qos.bits(),
            id: subscription.id,
            no_local: subscription.options.no_local,
            retain_as_published: subscription.options.retain_as_published,
            retain_handling: subscription.options.retain_handling as u8,
            share_name: Share::parse(filter)
                .ok()
                .flatten()
                .map(|share| share.group.to_owned()),
        })
}

fn delivery_state(now: Time, session: &Session, delivery: &Delivery) -> MessageState {
    MessageState {
        topic: session.seen(&delivery.message.topic).to_owned(),
        ..message_state(now, &delivery.message, delivery.qos, delivery.retain)
    }
}

fn message_state(now: Time, message: &Message, qos: QoS, retain: bool) -> MessageState {
    MessageState {
        topic: message.topic.to_string(),
        payload: message.payload.to_vec(),
        qos: qos.bits(),
        retain,
        expires_in_secs: secs_until(now, message.expires_at),
        published_at_nanos: None,
        properties: super::snapshot::properties(message.properties.as_deref()),
        publisher: message.publisher.to_string(),
    }
}

fn kept_state(now: Time, kept: &Kept) -> MessageState {
    MessageState {
        expires_in_secs: secs_until(now, kept.expires_at),
        published_at_nanos: Some(kept.published_at_nanos),
        ..message_state(now, &kept.message, kept.message.qos, true)
    }
}

fn secs_until(now: Time, at: Option<Time>) -> Option<u64> {
    at.map(|at| at.saturating_since(now).as_secs())
}
