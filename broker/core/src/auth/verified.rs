//! [`Verified`]: passwords that turned out to be right, so that the next login with the same one need not be checked again.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::same_bytes;
use crate::access::PasswordHash;

/// For how many users one is remembered.
const REMEMBERED: usize = 4096;

/// For each user the digest of a password, and the hash that it was checked against. A user whose hash is another one now
/// has to be checked again. Digests are keyed, and made for this process alone ([`Vault::digest`](super::Vault::digest)).
#[derive(Default)]
pub(crate) struct Verified {
    by_name: HashMap<Arc<str>, (Arc<PasswordHash>, [u8; 32]), RandomState>,
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verified")
            .field("remembered", &self.by_name.len())
            .finish()
    }
}

impl Verified {
    /// Whether the password behind `digest` was found to be the one of this hash.
    pub(crate) fn has(&self, name: &str, hash: &Arc<PasswordHash>, digest: &[u8; 32]) -> bool {
        let known = self.by_name.get(name);
        known.is_some_and(|(of, known)| of == hash && same_bytes(known, digest))
    }

    /// It was found to be.
    pub(crate) fn insert(&mut self, name: Arc<str>, hash: Arc<PasswordHash>, digest: [u8; 32]) {
        if self.by_name.len() >= REMEMBERED {
            self.by_name.clear();
        }
        self.by_name.insert(name, (hash, digest));
    }
}
