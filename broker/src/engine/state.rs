//! What is in the broker, to be read: clients, sessions, subscriptions, retained messages, what is on its way.

use serde::Serialize;

use super::conn::Phase;
use super::snapshot::written_will;
use super::{CloseReason, Engine, Timer};
use crate::session::{Delivery, Message, Session, Stage};
use crate::snapshot::{MessageProperties, SharedGroup, Will};
use crate::time::Time;
use crate::topic::Share;
use crate::wire::{QoS, ReasonCode};

/// Everything that is in the broker at one moment, each list in the order of its names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct State {
    /// The broker's time, in seconds since its start, cut off to whole ones.
    pub at_secs: u64,
    /// Every session, whether its client is connected or not.
    pub sessions: Vec<SessionState>,
    /// Every retained message, `$SYS` ones left out.
    pub retained: Vec<MessageState>,
    /// Shared subscriptions: their members, and whose turn it is.
    pub shared: Vec<SharedGroup>,
    /// Whether the clock stands still.
    pub clock_frozen: bool,
}

impl State {
    /// The session of one client.
    pub fn session(&self, client_id: &str) -> Option<&SessionState> {
        self.sessions
            .iter()
            .find(|session| session.client_id == client_id)
    }

    /// The retained message of one topic.
    pub fn retained_message(&self, topic: &str) -> Option<&MessageState> {
        self.retained.iter().find(|message| message.topic == topic)
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SessionState {
    /// The client identifier.
    pub client_id: String,
    /// Whether its client is connected now.
    pub connected: bool,
    /// The peer's address, while it is connected.
    pub peer: Option<String>,
    /// The version of its latest connection: `5.0`, `3.1.1` or `3.1`.
    pub version: String,
    /// Seconds from the end of the connection to the end of the session; 4,294,967,295 for never.
    pub session_expiry_secs: u32,
    /// Seconds until the session ends, while it is not connected and does end.
    pub ends_in_secs: Option<u64>,
    /// Whether a will is stored.
    pub has_will: bool,
    /// The will that is stored.
    pub will: Option<Will>,
    /// Its subscriptions.
    pub subscriptions: Vec<SubscriptionState>,
    /// QoS 1 and 2 messages to the client that were sent and are not done.
    pub inflight: Vec<InflightState>,
    /// Messages that wait to be sent.
    pub queued: Vec<MessageState>,
    /// Packet identifiers of QoS 2 messages from the client whose PUBREL has not come.
    pub awaiting_pubrel: Vec<u16>,
}

/// One subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubscriptionState {
    /// The topic filter as the client wrote it, `$share/…` included.
    pub filter: String,
    /// The granted QoS.
    pub qos: u8,
    /// The Subscription Identifier.
    pub id: Option<u32>,
    /// No Local.
    pub no_local: bool,
    /// Retain As Published.
    pub retain_as_published: bool,
    /// Retain Handling: 0, 1 or 2.
    pub retain_handling: u8,
    /// The Share Name, where it is a shared subscription.
    pub share_name: Option<String>,
}

/// One exchange of QoS 1 or 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InflightState {
    /// Its packet identifier.
    pub packet_id: u16,
    /// What must come next from the client: `PUBACK`, `PUBREC` or `PUBCOMP`.
    pub awaits: &'static str,
    /// The topic, as long as the message is needed.
    pub topic: Option<String>,
    /// The message, as long as it is needed.
    pub message: Option<MessageState>,
}

/// One message that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageState {
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// QoS.
    pub qos: u8,
    /// RETAIN: of a retained message 1, of one on its way what its receiver will see.
    pub retain: bool,
    /// Seconds until it expires, where it does.
    pub expires_in_secs: Option<u64>,
    /// The properties that its receivers get.
    pub properties: MessageProperties,
    /// The client identifier of its publisher; empty when it was the broker itself.
    pub publisher: String,
}

impl MessageState {
    /// The payload as text, if it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload).ok()
    }
}

impl Engine {
    /// Everything that is in the broker.
    pub fn state(&self, now: Time) -> State {
        let mut sessions: Vec<_> = self
            .sessions
            .iter()
            .map(|(_, s)| self.session_state(now, s))
            .collect();
        sessions.sort_by(|a, b| a.client_id.cmp(&b.client_id));
        let retained = self
            .retained
            .iter()
            .filter(|(topic, _)| !topic.starts_with("$SYS/"));
        State {
            at_secs: now.since_start().as_secs(),
            sessions,
            retained: retained
                .map(|(_, kept)| message_state(now, kept.message(), kept.message().qos, true))
                .collect(),
            shared: self.shared_groups(),
            clock_frozen: false,
        }
    }

    fn session_state(&self, now: Time, session: &Session) -> SessionState {
        let mut awaiting_pubrel: Vec<u16> = session.incoming.iter().map(|id| id.get()).collect();
        awaiting_pubrel.sort_unstable();
        let subscriptions = session
            .subscriptions
            .iter()
            .map(|(filter, subscription)| SubscriptionState {
                filter: filter.to_string(),
                qos: subscription.options.qos.bits(),
                id: subscription.id,
                no_local: subscription.options.no_local,
                retain_as_published: subscription.options.retain_as_published,
                retain_handling: subscription.options.retain_handling as u8,
                share_name: Share::parse(filter)
                    .ok()
                    .flatten()
                    .map(|share| share.group.to_owned()),
            });
        let inflight = session.inflight.iter().map(|outgoing| {
            let (awaits, delivery) = match &outgoing.stage {
                Stage::Publish(delivery) => {
                    let awaits = if delivery.qos.bits() == 1 {
                        "PUBACK"
                    } else {
                        "PUBREC"
                    };
                    (awaits, Some(delivery))
                }
                Stage::PubRel => ("PUBCOMP", None),
            };
            InflightState {
                packet_id: outgoing.packet_id.get(),
                awaits,
                topic: delivery.map(|delivery| delivery.message.topic.to_string()),
                message: delivery.map(|delivery| delivery_state(now, delivery)),
            }
        });
        SessionState {
            client_id: session.client_id.to_string(),
            connected: session.conn.is_some(),
            peer: session
                .conn
                .and_then(|id| self.conn(id))
                .map(|conn| conn.peer.clone()),
            version: session.version.to_string(),
            session_expiry_secs: session.expiry_secs,
            ends_in_secs: session.expires_at.map(|at| at.saturating_since(now).as_secs()),
            has_will: session.will.is_some(),
            will: written_will(now, session),
            subscriptions: subscriptions.collect(),
            inflight: inflight.collect(),
            queued: session
                .queue
                .iter()
                .map(|delivery| delivery_state(now, delivery))
                .collect(),
            awaiting_pubrel,
        }
    }

    /// Whether the client is connected: CONNACK was sent.
    pub fn is_connected(&self, client_id: &str) -> bool {
        self.session_named(client_id)
            .is_some_and(|session| session.conn.is_some())
    }

    /// Whether messages that match the filter already reach the client: its SUBSCRIBE was handled.
    pub fn is_subscribed(&self, client_id: &str, filter: &str) -> bool {
        self.session_named(client_id)
            .is_some_and(|session| session.subscriptions.contains_key(filter))
    }

    /// Whether nothing is in flight towards the client and nothing is queued for it. Of a client without a session that
    /// is not so: it may come yet, or have another name.
    pub fn has_acknowledged(&self, client_id: &str) -> bool {
        self.session_named(client_id)
            .is_some_and(|session| session.inflight.is_empty() && session.queue.is_empty())
    }

    pub(super) fn session_named(&self, client_id: &str) -> Option<&Session> {
        self.session(*self.by_client.get(client_id)?)
    }

    /// What is still going on, in words; `None` when nothing is: no connected client has anything in flight, queued
    /// or unwritten, and no timer is due.
    pub fn unsettled(&self, now: Time) -> Option<String> {
        for (_, conn) in &self.conns {
            let who = if conn.client_id.is_empty() {
                conn.peer.as_str()
            } else {
                &*conn.client_id
            };
            if !conn.outbox.is_empty() {
                return Some(format!("{who}: {} bytes unwritten", conn.outbox.len()));
            }
            if !conn.retained.is_empty() {
                return Some(format!("{who}: retained messages are still being sent"));
            }
            let Phase::Connected(key) = conn.phase else {
                continue;
            };
            let Some(session) = self.session(key) else {
                continue;
            };
            let (flying, waiting, half) = (
                session.inflight.len(),
                session.queue.len(),
                session.incoming.len(),
            );
            if flying + waiting + half > 0 {
                return Some(format!(
                    "{who}: {flying} in flight towards it, {waiting} queued, {half} of its QoS 2 messages without PUBREL"
                ));
            }
        }
        self.next_timeout()
            .filter(|at| *at <= now)
            .map(|_| "a timer is due".to_owned())
    }

    /// Ends the session of one client; a connected one is told Administrative action. Returns whether there was one.
    pub fn delete_session(&mut self, now: Time, client_id: &str) -> bool {
        let Some(key) = self.by_client.get(client_id).copied() else {
            return false;
        };
        if let Some(session) = self.session_mut(key) {
            session.expiry_secs = 0;
        }
        self.disconnect(now, client_id, ReasonCode::ADMINISTRATIVE_ACTION);
        self.end_session(now, key, false);
        true
    }

    /// As new: every client is disconnected (Administrative action), every session ends without its will, nothing is
    /// retained, all counters are zero.
    pub fn reset(&mut self, now: Time) {
        for (_, session) in &mut self.sessions {
            session.will = None;
            session.expiry_secs = 0;
        }
        let open: Vec<_> = self.conns.iter().map(|(_, conn)| conn.id).collect();
        for id in open {
            self.close(
                now,
                id,
                CloseReason::Administrative(ReasonCode::ADMINISTRATIVE_ACTION),
            );
        }
        let left: Vec<_> = self.sessions.iter().map(|(_, session)| session.key).collect();
        for key in left {
            self.end_session(now, key, false);
        }
        self.clear_retained_store();
        self.stats = super::Stats::default();
        self.sys = super::sys::SysTopics::default();
        while self.timers.take(&Timer::Sys) {}
        self.start_sys(now);
        self.journal.clear();
    }
}

fn delivery_state(now: Time, delivery: &Delivery) -> MessageState {
    message_state(now, &delivery.message, delivery.qos, delivery.retain)
}

fn message_state(now: Time, message: &Message, qos: QoS, retain: bool) -> MessageState {
    MessageState {
        topic: message.topic.to_string(),
        payload: message.payload.to_vec(),
        qos: qos.bits(),
        retain,
        expires_in_secs: message.expires_at.map(|at| at.saturating_since(now).as_secs()),
        properties: super::snapshot::properties(message.properties.as_deref()),
        publisher: message.publisher.to_string(),
    }
}
