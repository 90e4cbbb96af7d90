//! `Sessions`: all sessions, by key and by client identifier.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::arena::Arena;
use crate::session::{ConnId, Held, ListenerId, Seen, Session, SessionKey};
use crate::wire::Version;

#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: Arena<SessionKey, Session>,
    by_client: HashMap<Arc<str>, SessionKey, RandomState>,
    /// The clients that ever had a session here.
    seen: Seen,
    /// How many have a connection.
    connected: usize,
    /// How many of them have one to each listener.
    connected_at: Vec<u32>,
}

impl Sessions {
    /// How many there are, connected or not.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// How many have a connection.
    pub fn connected(&self) -> usize {
        self.connected
    }

    /// How many have a connection to this listener.
    pub fn connected_at(&self, listener: ListenerId) -> u32 {
        self.connected_at
            .get(usize::from(listener.0))
            .copied()
            .unwrap_or_default()
    }

    #[inline]
    pub fn get(&self, key: SessionKey) -> Option<&Session> {
        self.all.get(key)
    }

    #[inline]
    pub fn get_mut(&mut self, key: SessionKey) -> Option<&mut Session> {
        self.all.get_mut(key)
    }

    pub fn key_of(&self, client_id: &str) -> Option<SessionKey> {
        self.by_client.get(client_id).copied()
    }

    pub fn has(&self, client_id: &str) -> bool {
        self.by_client.contains_key(client_id)
    }

    pub fn named(&self, client_id: &str) -> Option<&Session> {
        self.get(self.key_of(client_id)?)
    }

    /// The connection of a client that is connected.
    pub fn conn_of(&self, client_id: &str) -> Option<ConnId> {
        self.named(client_id)?.conn
    }

    /// Whether the client ever had a session here.
    pub fn has_seen(&self, client_id: &str) -> bool {
        self.seen.has(client_id)
    }

    /// No client was ever here.
    pub fn forget_seen(&mut self) {
        self.seen = Seen::default();
    }

    pub fn iter(&self) -> impl Iterator<Item = (SessionKey, &Session)> {
        self.all.iter()
    }

    pub fn values(&self) -> impl Iterator<Item = &Session> {
        self.all.values()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.all.values_mut()
    }

    pub fn keys(&self) -> Vec<SessionKey> {
        self.all.keys()
    }

    /// A new, empty session for a client that has none.
    pub fn begin(&mut self, client_id: &Arc<str>, version: Version, held: &Held) -> SessionKey {
        let key = self
            .all
            .insert(|_| Session::new(client_id.clone(), version, held));
        self.by_client.insert(client_id.clone(), key);
        self.seen.add(client_id);
        key
    }

    /// The session, which has no connection, has this one now.
    pub fn attach(&mut self, key: SessionKey, conn: ConnId, listener: ListenerId) -> Option<&mut Session> {
        let session = self.all.get_mut(key)?;
        session.conn = Some(conn);
        session.listener = listener;
        self.connected += 1;
        let place = usize::from(listener.0);
        if place >= self.connected_at.len() {
            self.connected_at.resize(place + 1, 0);
        }
        if let Some(connected) = self.connected_at.get_mut(place) {
            *connected += 1;
        }
        Some(session)
    }

    /// The session has no connection any more.
    pub fn detach(&mut self, key: SessionKey) -> Option<&mut Session> {
        let session = self.all.get_mut(key)?;
        if session.conn.take().is_some() {
            count_down(&mut self.connected, &mut self.connected_at, session.listener);
        }
        Some(session)
    }

    pub fn remove(&mut self, key: SessionKey) -> Option<Session> {
        let session = self.all.remove(key)?;
        self.by_client.remove(&session.client_id);
        if session.conn.is_some() {
            count_down(&mut self.connected, &mut self.connected_at, session.listener);
        }
        Some(session)
    }

    /// Takes all of them out.
    pub fn take_all(&mut self) -> impl Iterator<Item = (SessionKey, Session)> + use<> {
        self.by_client.clear();
        self.connected = 0;
        self.connected_at.clear();
        self.all.take_all()
    }
}

fn count_down(connected: &mut usize, connected_at: &mut [u32], listener: ListenerId) {
    *connected -= 1;
    if let Some(connected) = connected_at.get_mut(usize::from(listener.0)) {
        *connected -= 1;
    }
}
