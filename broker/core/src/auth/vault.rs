//! [`Vault`]: what SCRAM needs of the users' passwords, derived once for each user.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldhash::fast::RandomState;
use sha2::{Digest as _, Sha256};

use super::scram::{Credential, Hash};
use crate::access::RealmId;

/// Iterations of PBKDF2: the minimum of RFC 5802 and RFC 7677. A broker for tests need not do more.
const ITERATIONS: u32 = 4096;
/// Bytes of a salt, and of our part of a nonce.
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 18;
/// For how many names keys are remembered. Clients choose the names, so there must be a bound.
const REMEMBERED: usize = 4096;

/// Nonces, salts and keys for [`scram`](super::scram). The same seed gives the same ones.
///
/// A name without a user has a salt and keys as well, made and remembered in the same way. So neither the answer nor
/// its time tells whether a user exists. The first login under a name costs the derivation, about a millisecond in a
/// release build; later ones cost nothing.
#[derive(Clone)]
pub struct Vault {
    key: [u8; 32],
    nonces: u64,
    credentials: HashMap<(RealmId, Hash, Box<str>), Credential, RandomState>,
}

impl std::fmt::Debug for Vault {
    /// Shows no secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("remembered", &self.credentials.len())
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault that knows nobody yet. All its random numbers follow from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        let key = Sha256::new()
            .chain_update(b"SCRAM")
            .chain_update(seed.to_be_bytes())
            .finalize()
            .into();
        Self {
            key,
            nonces: 0,
            credentials: HashMap::default(),
        }
    }

    /// The server's part of a nonce; another one at each call.
    pub(crate) fn nonce(&mut self) -> String {
        self.nonces += 1;
        let bytes = self.secret(b"nonce", &self.nonces.to_be_bytes());
        STANDARD.encode(&bytes[..NONCE_BYTES])
    }

    /// Passwords may have changed: derives them anew.
    pub(crate) fn forget(&mut self) {
        self.credentials.clear();
    }

    /// What is known about `name` in this realm, for this hash function. The first time for each name, `password` is asked for the user's password; it says
    /// `None` if there is no such user.
    pub(crate) fn credential<'p>(
        &mut self,
        (realm, hash): (RealmId, Hash),
        name: &str,
        password: impl FnOnce() -> Option<&'p str>,
    ) -> Credential {
        let place = (realm, hash, Box::from(name));
        if let Some(known) = self.credentials.get(&place) {
            return known.clone();
        }
        let salt = &self.secret(b"salt", name.as_bytes())[..SALT_BYTES];
        // Nobody can know this password, so no proof fits.
        let nobodys = self.secret(b"password", name.as_bytes());
        let password = password().map_or(nobodys.as_slice(), str::as_bytes);
        let credential = Credential::derive(hash, password, salt, ITERATIONS);
        if self.credentials.len() >= REMEMBERED {
            self.credentials.clear();
        }
        self.credentials.insert(place, credential.clone());
        credential
    }

    /// Stands for a password that was given: what it is compared by, once it was checked.
    pub(crate) fn digest(&self, name: &str, password: &[u8]) -> [u8; 32] {
        let name_bytes = (name.len() as u64).to_be_bytes();
        self.keyed(&[b"given:", &name_bytes, name.as_bytes(), password])
    }

    fn secret(&self, of: &[u8], what: &[u8]) -> [u8; 32] {
        self.keyed(&[of, b":", what])
    }

    fn keyed(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mac = Hash::Sha256.hmac(&self.key, parts);
        mac.try_into().expect("SHA-256 has 32 bytes")
    }
}
