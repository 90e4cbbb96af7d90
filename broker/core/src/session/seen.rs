//! `Seen`: which clients there ever were, for whoever waits for the end of one.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// Clients that are remembered. After that many every name counts as seen: nobody is to wait in vain.
const MOST: usize = 65_536;

/// Which client identifiers were in use, as a few bytes each: names may be long, and live on for ever here.
#[derive(Debug, Default)]
pub struct Seen {
    hashes: HashSet<u64, RandomState>,
}

impl Seen {
    /// The client is here.
    pub fn add(&mut self, client_id: &str) {
        if self.hashes.len() < MOST {
            self.hashes.insert(self.hashes.hasher().hash_one(client_id));
        }
    }

    /// Whether the client was ever here.
    pub fn has(&self, client_id: &str) -> bool {
        self.hashes.len() >= MOST || self.hashes.contains(&self.hashes.hasher().hash_one(client_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_bound_everybody_counts_as_seen() {
        let mut seen = Seen::default();
        seen.add("a");
        assert!(seen.has("a") && !seen.has("b"));
        for n in 0..2 * MOST {
            seen.add(&n.to_string());
        }
        assert_eq!(seen.hashes.len(), MOST);
        assert!(seen.has("b"));
    }
}
