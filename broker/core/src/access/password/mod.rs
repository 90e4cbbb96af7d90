//! [`PasswordHash`]: a password as a file keeps it, in one of mosquitto's forms.
//!
//! | text | what it is |
//! |---|---|
//! | `$argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH` | Argon2id (RFC 9106), the default of mosquitto 2.1 |
//! | `$7$ITERATIONS$SALT$HASH` | PBKDF2 with HMAC-SHA512, the default of mosquitto 2.0 |
//! | `$6$SALT$HASH` | SHA-512 of the password and the salt, the default before that |
//!
//! Salt and hash are in base64.

mod scheme;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

pub use scheme::Scheme;

/// The name that Argon2id has in such a text.
const ARGON2ID: &str = "argon2id";
/// The version of Argon2 (1.3), as such a text has it.
const ARGON2_VERSION: &str = "v=19";
/// The bytes that a salt may have.
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
/// The bytes that an Argon2id hash may have.
const ARGON2ID_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// A password that was hashed.
///
/// ```
/// use broker_core::access::{PasswordHash, Scheme};
///
/// let made = Scheme::Sha512Pbkdf2 { iterations: 1000 }.hash(b"pencil", b"another salt")?;
/// let hash = PasswordHash::parse(&made.encode())?;
/// assert!(hash.verify(b"pencil"));
/// assert!(!hash.verify(b"pen"));
/// assert_eq!(format!("{hash:?}"), "PasswordHash"); // nothing of it gets into a log
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    scheme: Scheme,
    salt: Box<[u8]>,
    digest: Box<[u8]>,
}

impl PasswordHash {
    /// Reads one as a password file has it.
    ///
    /// # Errors
    /// What is wrong with the text, in words that show none of it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('$').collect();
        let (scheme, salt, digest) = match *parts.as_slice() {
            ["", "6", salt, digest] => (
                Scheme::Sha512,
                part("salt", &STANDARD, salt)?,
                part("hash", &STANDARD, digest)?,
            ),
            ["", "7", iterations, salt, digest] => {
                let iterations = number("iterations", iterations)?;
                (
                    Scheme::Sha512Pbkdf2 { iterations },
                    part("salt", &STANDARD, salt)?,
                    part("hash", &STANDARD, digest)?,
                )
            }
            ["", ARGON2ID, ARGON2_VERSION, costs, salt, digest] => (
                argon2id(costs)?,
                part("salt", &STANDARD_NO_PAD, salt)?,
                part("hash", &STANDARD_NO_PAD, digest)?,
            ),
            _ => return Err(unknown(&parts)),
        };
        scheme.check()?;
        bytes("salt", &salt, &SALT_BYTES)?;
        let due = match scheme {
            Scheme::Argon2id { .. } => ARGON2ID_BYTES,
            _ => scheme::SHA512_BYTES..=scheme::SHA512_BYTES,
        };
        bytes("hash", &digest, &due)?;
        Ok(Self { scheme, salt, digest })
    }

    /// The text of a password file. It is all that is needed to try passwords at leisure: keep it out of logs.
    pub fn encode(&self) -> String {
        match self.scheme {
            Scheme::Sha512 => format!(
                "$6${}${}",
                STANDARD.encode(&self.salt),
                STANDARD.encode(&self.digest)
            ),
            Scheme::Sha512Pbkdf2 { iterations } => {
                let (salt, digest) = (STANDARD.encode(&self.salt), STANDARD.encode(&self.digest));
                format!("$7${iterations}${salt}${digest}")
            }
            Scheme::Argon2id {
                memory_kib,
                passes,
                lanes,
            } => {
                let salt = STANDARD_NO_PAD.encode(&self.salt);
                let digest = STANDARD_NO_PAD.encode(&self.digest);
                format!("${ARGON2ID}${ARGON2_VERSION}$m={memory_kib},t={passes},p={lanes}${salt}${digest}")
            }
        }
    }

    /// Whether it is that of `password`. Takes long, on purpose: not for the thread of an engine.
    pub fn verify(&self, password: &[u8]) -> bool {
        let mut digest = vec![0; self.digest.len()];
        self.scheme.compute(password, &self.salt, &mut digest).is_ok() && same_bytes(&digest, &self.digest)
    }

    /// How it is computed.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// A hash that costs as much to verify as this one, and that no password fits: for a name that no user has, so that the
    /// time of the answer does not tell.
    #[must_use]
    pub fn decoy(&self) -> Self {
        Self {
            scheme: self.scheme,
            salt: vec![0; self.salt.len()].into(),
            digest: vec![0; self.digest.len()].into(),
        }
    }
}

impl fmt::Debug for PasswordHash {
    /// Shows nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// Always compares all bytes, so that the time taken does not tell which byte differs.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}

/// `m=47104,t=1,p=1`.
fn argon2id(costs: &str) -> Result<Scheme, String> {
    let costs: Vec<Option<(&str, &str)>> = costs.split(',').map(|cost| cost.split_once('=')).collect();
    let [Some(("m", memory)), Some(("t", passes)), Some(("p", lanes))] = *costs.as_slice() else {
        return Err("has other costs than `m=KIB,t=PASSES,p=LANES`".to_owned());
    };
    Ok(Scheme::Argon2id {
        memory_kib: number("memory (m)", memory)?,
        passes: number("passes (t)", passes)?,
        lanes: number("lanes (p)", lanes)?,
    })
}

fn number(what: &str, text: &str) -> Result<u32, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_number => Ok(number),
        _ if is_number => Err(format!("has more {what} than this broker takes")),
        _ => Err(format!("has no number as {what}")),
    }
}

fn part(what: &str, base64: &impl base64::Engine, text: &str) -> Result<Box<[u8]>, String> {
    let decoded = base64.decode(text);
    decoded
        .map(Vec::into_boxed_slice)
        .map_err(|_| format!("has a {what} that is not in base64; was it cut, or changed by an editor?"))
}

fn bytes(what: &str, found: &[u8], due: &std::ops::RangeInclusive<usize>) -> Result<(), String> {
    if due.contains(&found.len()) {
        return Ok(());
    }
    let (least, most) = (due.start(), due.end());
    let due = if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    };
    Err(format!("has a {what} of {} bytes; expected {due}", found.len()))
}

/// What is wrong with a text of another form.
fn unknown(parts: &[&str]) -> String {
    match *parts {
        ["", "6", ..] => "is not `$6$SALT$HASH`".to_owned(),
        ["", "7", ..] => "is not `$7$ITERATIONS$SALT$HASH`".to_owned(),
        ["", ARGON2ID, version, ..] if version.starts_with("v=") && version != ARGON2_VERSION => {
            "is of another version of Argon2 than `v=19`".to_owned()
        }
        ["", ARGON2ID, ..] => "is not `$argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH`".to_owned(),
        ["", kind, _, ..] => {
            let kind = match kind {
                "1" | "2" | "2a" | "2b" | "2x" | "2y" | "5" | "apr1" | "y" => {
                    "of another program (such as htpasswd or /etc/shadow)"
                }
                "argon2i" | "argon2d" => "of another kind of Argon2 than argon2id",
                _ => "of an unknown kind",
            };
            format!("is {kind}; expected `$argon2id$…`, `$7$…` or `$6$…`")
        }
        _ => "is no hash: it does not begin with `$argon2id$`, `$7$` or `$6$`".to_owned(),
    }
}

#[cfg(test)]
mod tests;
