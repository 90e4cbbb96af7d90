//! [`Counts`]: what one rule remembers of each client. It outlives the client's connections.

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

/// What a rule remembers.
#[derive(Debug, Default)]
pub(super) struct Counts {
    clients: BTreeMap<Arc<str>, Count>,
    others: Count,
    /// How often the rule acted, for all clients.
    pub fired: u64,
}

impl Counts {
    pub fn of(&mut self, client: &str) -> &mut Count {
        if self.clients.contains_key(client) || self.clients.len() < MOST_CLIENTS {
            if !self.clients.contains_key(client) {
                self.clients.insert(client.into(), Count::default());
            }
            if let Some(count) = self.clients.get_mut(client) {
                return count;
            }
        }
        &mut self.others
    }

    /// How many packets of this client have matched. Nothing is known of one that shares its count.
    pub fn matched(&self, client: &str) -> u64 {
        self.clients.get(client).map_or(0, |count| count.matched)
    }
}
