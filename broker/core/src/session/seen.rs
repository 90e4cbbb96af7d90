//! `Seen`: which clients were ever connected, for a wait until a client is gone.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// How many clients are remembered. After that many, every name counts as seen, so that a wait for a client's end never
/// waits for a client that was here and is gone.
const MOST: usize = 65_536;

/// The client identifiers that were in use. Each is kept as a hash of a few bytes, because names may be long and are
/// never forgotten here.
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
