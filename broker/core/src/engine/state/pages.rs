//! Parts of the state, where all of it may be too much: one session, or a page of a list in the order of its names.

use serde::Serialize;

use super::{MessageState, SessionState, SubscriptionState, kept_state, secs_until, subscription_states};
use crate::engine::{ConnId, Engine};
use crate::session::Session;
use crate::time::Time;
use crate::topic;

/// A page of retained messages ends with the one that goes beyond this.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A session in numbers.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
/// let lamp = &broker.sessions("", 100).wait()?[0];
/// assert_eq!((&*lamp.client_id, lamp.connected, lamp.subscriptions), ("lamp", true, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SessionSummary {
    /// The client identifier.
    pub client_id: String,
    /// Whether its client is connected now.
    pub connected: bool,
    /// The version of its latest connection: `5.0`, `3.1.1` or `3.1`.
    pub version: String,
    /// Seconds from the end of the connection to the end of the session; 4,294,967,295 for never.
    pub session_expiry_secs: u32,
    /// Seconds until the session ends, while it is not connected and does end.
    pub ends_in_secs: Option<u64>,
    /// Whether a will is stored.
    pub has_will: bool,
    /// How many subscriptions it has.
    pub subscriptions: usize,
    /// How many messages of QoS 1 and 2 are on their way to the client.
    pub inflight: usize,
    /// How many messages wait to be sent.
    pub queued: usize,
    /// How many messages of QoS 2 from the client wait for its PUBREL.
    pub awaiting_pubrel: usize,
}

impl Engine {
    /// The connection of this client, and where it comes from.
    pub fn connection_of(&self, client_id: &str) -> Option<(ConnId, &str)> {
        let id = self.sessions.conn_of(client_id)?;
        Some((id, self.conns.get(id)?.origin.peer()))
    }

    /// How many messages wait for this client, those on their way to it included.
    pub fn waiting_for(&self, client_id: &str) -> usize {
        let session = self.sessions.named(client_id);
        session.map_or(0, |session| session.queue.len() + session.inflight.len())
    }

    /// One session, with all that is in it.
    pub fn session_named(&self, now: Time, client_id: &str) -> Option<SessionState> {
        self.sessions
            .named(client_id)
            .map(|session| self.session_state(now, session))
    }

    /// The first `most` sessions behind this client identifier, in the order of these.
    pub fn sessions_behind(&self, now: Time, after: &str, most: usize) -> Vec<SessionSummary> {
        let behind = |session: &&Session| *session.client_id > *after || after.is_empty();
        let page = first(self.sessions.values().filter(behind).collect(), most, |one| {
            &one.client_id
        });
        page.into_iter().map(|session| summary(now, session)).collect()
    }

    /// The first `most` subscriptions behind this one, in the order of client identifiers and filters.
    pub fn subscriptions_behind(&self, after: (&str, &str), most: usize) -> Vec<(String, SubscriptionState)> {
        let behind = |session: &&Session| *session.client_id >= *after.0 && !session.subscriptions.is_empty();
        // Each of them has one at least; those of the first may all stand before the page.
        let sessions = first(
            self.sessions.values().filter(behind).collect(),
            most.saturating_add(1),
            |one| &one.client_id,
        );
        let of = |session: &Session| {
            let client_id = session.client_id.to_string();
            let mut all: Vec<_> = subscription_states(session).collect();
            if client_id == after.0 {
                all.retain(|one| *one.filter > *after.1);
            }
            all.sort_by(|one, other| one.filter.cmp(&other.filter));
            all.into_iter().map(move |one| (client_id.clone(), one))
        };
        sessions.into_iter().flat_map(of).take(most).collect()
    }

    /// The first `most` retained messages behind this topic that fit a topic filter, in the order of topics. Fewer, and at least one,
    /// where they are long.
    pub fn retained_behind(
        &self,
        now: Time,
        filter: Option<&str>,
        after: &str,
        most: usize,
    ) -> Vec<MessageState> {
        let fits = |topic: &str| topic > after && filter.is_none_or(|filter| topic::matches(filter, topic));
        let kept = self
            .retained
            .all_kept()
            .filter(|kept| fits(&kept.message.topic))
            .collect();
        let mut bytes = 0;
        first(kept, most, |kept| &kept.message.topic)
            .into_iter()
            .take_while(|kept| {
                let is_room = bytes < PAGE_BYTES;
                bytes += kept.message.payload.len();
                is_room
            })
            .map(|kept| kept_state(now, kept))
            .collect()
    }

    /// The retained message of this topic.
    pub fn retained_named(&self, now: Time, name: &str) -> Option<MessageState> {
        let mut kept = self.retained.all_kept();
        kept.find(|kept| *kept.message.topic == *name)
            .map(|kept| kept_state(now, kept))
    }

    /// The first `most` clients behind this identifier that are connected, in order.
    pub fn connected_behind(&self, after: &str, most: usize) -> Vec<String> {
        let behind = |session: &&Session| session.conn.is_some() && *session.client_id > *after;
        let connected = first(self.sessions.values().filter(behind).collect(), most, |one| {
            &one.client_id
        });
        connected.iter().map(|one| one.client_id.to_string()).collect()
    }
}

/// The `most` that come first by name, in order.
fn first<T>(mut all: Vec<&T>, most: usize, name: impl Fn(&T) -> &str) -> Vec<&T> {
    if most < all.len() {
        all.select_nth_unstable_by(most, |one, other| name(one).cmp(name(other)));
        all.truncate(most);
    }
    all.sort_unstable_by(|one, other| name(one).cmp(name(other)));
    all
}

fn summary(now: Time, session: &Session) -> SessionSummary {
    SessionSummary {
        client_id: session.client_id.to_string(),
        connected: session.conn.is_some(),
        version: session.version.to_string(),
        session_expiry_secs: session.expiry_secs,
        ends_in_secs: secs_until(now, session.expires_at),
        has_will: session.will.is_some(),
        subscriptions: session.subscriptions.len(),
        inflight: session.inflight.len(),
        queued: session.queue.len(),
        awaiting_pubrel: session.incoming.len(),
    }
}
