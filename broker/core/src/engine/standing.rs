//! How things stand, in words: for a wait that timed out.

use std::collections::BTreeSet;

use super::Engine;
use crate::session::{Outgoing, Session, Stage};
use crate::time::Time;

/// At most so many names are told; the others are counted.
const NAMES: usize = 5;

impl Engine {
    /// How it stands with a client that was expected to be connected, or to have a session.
    pub fn client_stands(&self, client_id: &str) -> String {
        let Some(session) = self.sessions.named(client_id) else {
            if self.sessions.has_seen(client_id) {
                let connected = self.sessions.values().filter(|session| session.conn.is_some());
                let names = connected.map(|session| session.client_id.to_string()).collect();
                return format!(
                    "client {client_id:?} was here and has gone; connected: {}",
                    nearest(client_id, names)
                );
            }
            let mut names: BTreeSet<String> = self
                .sessions
                .values()
                .map(|session| session.client_id.to_string())
                .collect();
            names.extend(self.log.journal.client_ids().map(str::to_owned));
            if names.remove(client_id) {
                return format!("client {client_id:?} sent CONNECT and was not let in");
            }
            // Its own, perhaps: it gave no name.
            let failed = self.log.failed_handshake.as_ref();
            let failed = failed.map_or_else(String::new, |(way, why)| {
                format!("; a handshake over {way} failed: {why}")
            });
            return format!(
                "there never was a client {client_id:?}; seen: {}{failed}",
                nearest(client_id, names)
            );
        };
        match session.conn.and_then(|id| self.conns.get(id)) {
            Some(conn) => format!("client {client_id:?} is connected from {}", conn.origin.peer()),
            None => format!("client {client_id:?} has a session and is not connected"),
        }
    }

    /// What it is subscribed to instead.
    pub fn subscriptions_stand(&self, client_id: &str, filter: &str) -> String {
        match self.sessions.named(client_id) {
            None => self.client_stands(client_id),
            Some(session) => format!(
                "client {client_id:?} is subscribed to: {}",
                nearest(
                    filter,
                    session
                        .subscriptions
                        .keys()
                        .map(|filter| session.written(filter).into_owned())
                        .collect()
                )
            ),
        }
    }

    /// What it has not acknowledged.
    pub fn exchanges_stand(&self, client_id: &str) -> String {
        let Some(session) = self.sessions.named(client_id) else {
            return self.client_stands(client_id);
        };
        let mut open: Vec<String> = session.inflight.iter().take(NAMES).map(in_words).collect();
        let (all, queued) = (session.inflight.len(), session.queue.len());
        if all > open.len() {
            open.push(format!("{} more", all - open.len()));
        }
        if queued > 0 {
            open.push(format!("{queued} queued"));
        }
        let away = match session.conn {
            Some(_) => "",
            None => " and is not connected",
        };
        format!("client {client_id:?} has {}{away}", open.join(", "))
    }

    /// When its session ends.
    pub fn session_stands(&self, now: Time, client_id: &str) -> String {
        match self.sessions.named(client_id) {
            Some(Session {
                conn: None,
                expires_at: Some(at),
                ..
            }) => format!(
                "the session of {client_id:?} ends in {} s of the broker's time",
                at.saturating_since(now).as_secs_f64()
            ),
            Some(Session { conn: None, .. }) => format!("the session of {client_id:?} never ends"),
            _ => self.client_stands(client_id),
        }
    }

    /// Which topics have a retained message.
    pub fn retained_stands(&self, topic: &str) -> String {
        let topics = self.retained.iter().map(|message| message.topic.to_string());
        format!(
            "topics with a retained message: {}",
            nearest(topic, topics.collect())
        )
    }

    /// Whether the topic has a retained message.
    pub fn is_retained(&self, topic: &str) -> bool {
        self.retained.get(topic).is_some()
    }

    /// Whether the client ever had a session here.
    pub fn has_seen(&self, client_id: &str) -> bool {
        self.sessions.has_seen(client_id)
    }

    /// Whether the client has a session, connected or not.
    pub fn has_session(&self, client_id: &str) -> bool {
        self.sessions.has(client_id)
    }
}

fn in_words(outgoing: &Outgoing) -> String {
    let (id, awaited) = (outgoing.packet_id, outgoing.awaits());
    match &outgoing.stage {
        Stage::PubRel(_) => format!("packet {id} without {awaited}"),
        Stage::Publish(delivery) => format!("packet {id} ({}) without {awaited}", delivery.message.topic),
    }
}

/// The names that are most like `wanted`.
fn nearest(wanted: &str, names: BTreeSet<String>) -> String {
    let mut names: Vec<(usize, String)> = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wanted, &name), name))
        .collect();
    names.sort();
    let all = names.len();
    let mut told: Vec<String> = names
        .into_iter()
        .take(NAMES)
        .map(|(_, name)| format!("{name:?}"))
        .collect();
    if all > told.len() {
        told.push(format!("{} more", all - told.len()));
    }
    match told.as_slice() {
        [] => "none".to_owned(),
        _ => told.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first_and_few_are_told() {
        let names = ["dev-9", "lamp", "dev-1", "x", "y", "z", "dev-12"].map(str::to_owned);
        assert_eq!(
            nearest("dev-2", names.into()),
            r#""dev-1", "dev-12", "dev-9", "lamp", "x", 2 more"#
        );
        assert_eq!(nearest("a", BTreeSet::new()), "none");
    }
}
