//! [`Counts`]: what one rule remembers of each client; [`PerClient`]: what rules and stubs remember so.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::session::ConnId;

/// So many clients are counted apart; those that come later share one count.
const MOST_CLIENTS: usize = 10_000;

/// What a rule remembers of one client.
#[derive(Debug, Default)]
pub(super) struct Count {
    /// Packets that matched.
    pub matched: u64,
    /// How often the rule acted.
    pub fired: u64,
    /// Connections that it was asked about.
    connections: u64,
    last: Option<ConnId>,
}

impl Count {
    /// Which connection of the client this is, counted from 1, and whether that is the first question about it.
    pub fn connection(&mut self, conn: ConnId) -> (u64, bool) {
        let is_new = self.last.replace(conn) != Some(conn);
        self.connections += u64::from(is_new);
        (self.connections, is_new)
    }
}

/// What is remembered of each client; it outlives the client's connections.
#[derive(Debug, Default)]
pub(crate) struct PerClient<T> {
    clients: BTreeMap<Arc<str>, T>,
    others: T,
}

impl<T: Default> PerClient<T> {
    pub fn of(&mut self, client: &str) -> &mut T {
        if self.clients.contains_key(client) || self.clients.len() < MOST_CLIENTS {
            if !self.clients.contains_key(client) {
                self.clients.insert(client.into(), T::default());
            }
            if let Some(own) = self.clients.get_mut(client) {
                return own;
            }
        }
        &mut self.others
    }
}

/// What a rule remembers.
#[derive(Debug, Default)]
pub(super) struct Counts {
    clients: PerClient<Count>,
    /// How often the rule acted, for all clients.
    pub fired: u64,
}

impl Counts {
    pub fn of(&mut self, client: &str) -> &mut Count {
        self.clients.of(client)
    }

    /// How many packets of this client have matched. Nothing is known of one that shares its count.
    pub fn matched(&self, client: &str) -> u64 {
        self.clients.clients.get(client).map_or(0, |count| count.matched)
    }
}
