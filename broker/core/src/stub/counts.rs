//! [`Counts`]: how often a stub fitted what each client sent.

use std::collections::BTreeMap;
use std::sync::Arc;

/// So many clients are counted apart; all others are counted together.
const MOST: usize = 10_000;

/// Counts outlive the connections of a client.
#[derive(Debug, Default)]
pub(super) struct Counts {
    clients: BTreeMap<Arc<str>, u64>,
    others: u64,
}

impl Counts {
    /// One more of this client; says how many there are now.
    pub fn count(&mut self, client: &Arc<str>) -> u64 {
        let has_room = self.clients.len() < MOST || self.clients.contains_key(client);
        let count = if has_room {
            self.clients.entry(client.clone()).or_default()
        } else {
            &mut self.others
        };
        *count += 1;
        *count
    }
}
