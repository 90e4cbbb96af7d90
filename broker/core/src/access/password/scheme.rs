//! [`Scheme`]: how a hash is computed, and how much work it may be.

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest as _, Sha512};

use super::PasswordHash;

/// The bytes of a SHA-512.
pub(super) const SHA512_BYTES: usize = 64;
/// The bytes of an Argon2id hash that is made here.
const ARGON2ID_BYTES: usize = 32;

/// The bounds on what one login may cost. A file may come from anywhere; a hash beyond them would take the machine's memory,
/// or seconds for each login.
const MOST_MEMORY_KIB: u32 = 1 << 20;
const MOST_LANES: u32 = 64;
/// Of all passes together, each over the whole memory.
const MOST_WORK_KIB: u64 = 1 << 22;
const MOST_ITERATIONS: u32 = 5_000_000;

/// How a hash is computed.
///
/// ```
/// use broker_core::access::Scheme;
///
/// let hash = Scheme::Sha512.hash(b"pencil", b"another salt")?;
/// assert_eq!(hash.scheme(), Scheme::Sha512);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Argon2id: costs memory as well as time, which is what makes guessing expensive.
    Argon2id {
        /// How much memory it takes.
        memory_kib: u32,
        /// How often it goes over the memory.
        passes: u32,
        /// How many parts of the memory are independent of each other.
        lanes: u32,
    },
    /// PBKDF2 with HMAC-SHA512.
    Sha512Pbkdf2 {
        /// How often it hashes.
        iterations: u32,
    },
    /// SHA-512 of the password and the salt: guessed by the billion in a second. For old files.
    Sha512,
}

impl Scheme {
    /// Argon2id with the costs that mosquitto 2.1 and OWASP take: 46 MiB, one pass.
    pub const ARGON2ID: Self = Self::Argon2id {
        memory_kib: 47_104,
        passes: 1,
        lanes: 1,
    };

    /// PBKDF2 with as many iterations as OWASP asks for with SHA-512.
    pub const SHA512_PBKDF2: Self = Self::Sha512Pbkdf2 { iterations: 210_000 };

    /// Hashes a password. The salt should be random, and no other password's.
    ///
    /// # Errors
    /// The costs are out of bounds, or the salt has less than 8 or more than 64 bytes.
    pub fn hash(self, password: &[u8], salt: &[u8]) -> Result<PasswordHash, String> {
        self.check()?;
        super::bytes("salt", salt, &super::SALT_BYTES)?;
        let length = match self {
            Self::Argon2id { .. } => ARGON2ID_BYTES,
            _ => SHA512_BYTES,
        };
        let mut digest = vec![0; length].into_boxed_slice();
        self.compute(password, salt, &mut digest)?;
        Ok(PasswordHash {
            scheme: self,
            salt: salt.into(),
            digest,
        })
    }

    /// How many bytes a salt should have. mosquitto 2.0 takes no others than these.
    pub fn salt_bytes(self) -> usize {
        match self {
            Self::Argon2id { .. } => 16,
            _ => 12,
        }
    }

    /// Whether the costs are within bounds.
    pub(super) fn check(self) -> Result<(), String> {
        match self {
            Self::Argon2id { memory_kib, .. } if memory_kib > MOST_MEMORY_KIB => Err(format!(
                "takes {memory_kib} KiB of memory for each login (m); at most {MOST_MEMORY_KIB} are allowed"
            )),
            Self::Argon2id { lanes, .. } if lanes > MOST_LANES => {
                Err(format!("has {lanes} lanes (p); at most {MOST_LANES} are allowed"))
            }
            Self::Argon2id { passes: 0, .. } | Self::Argon2id { lanes: 0, .. } => {
                Err("has no passes (t) or no lanes (p); expected at least 1 of each".to_owned())
            }
            Self::Argon2id {
                memory_kib, lanes, ..
            } if memory_kib < 8 * lanes => Err(format!(
                "takes {memory_kib} KiB of memory (m); expected at least 8 for each lane (p)"
            )),
            Self::Argon2id {
                memory_kib, passes, ..
            } if u64::from(memory_kib) * u64::from(passes) > MOST_WORK_KIB => Err(format!(
                "goes {passes} times (t) over {memory_kib} KiB of memory (m) for each login; at most {MOST_WORK_KIB} KiB in all \
                 passes together are allowed"
            )),
            Self::Sha512Pbkdf2 { iterations } if !(1..=MOST_ITERATIONS).contains(&iterations) => Err(
                format!("has {iterations} iterations; expected 1 to {MOST_ITERATIONS}"),
            ),
            _ => Ok(()),
        }
    }

    /// Fills `digest`. Fails only where the memory is not to be had.
    pub(super) fn compute(self, password: &[u8], salt: &[u8], digest: &mut [u8]) -> Result<(), String> {
        match self {
            Self::Sha512 => {
                let sum = Sha512::new().chain_update(password).chain_update(salt).finalize();
                digest.copy_from_slice(&sum);
                Ok(())
            }
            Self::Sha512Pbkdf2 { iterations } => {
                pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, digest);
                Ok(())
            }
            Self::Argon2id {
                memory_kib,
                passes,
                lanes,
            } => Params::new(memory_kib, passes, lanes, Some(digest.len()))
                .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
                .and_then(|argon2| argon2.hash_password_into(password, salt, digest))
                .map_err(|error| format!("cannot be computed: {error}")),
        }
    }
}
