//! SCRAM as a server (RFC 5802 and RFC 7677), with SHA-1, SHA-256 or SHA-512.
//!
//! ```text
//!  client                                          server
//!    │  client-first   n,,n=alice,r=cccc             │   CONNECT, or AUTH where CONNECT had no data
//!    ├──────────────────────────────────────────────►│
//!    │  server-first   r=ccccssss,s=salt,i=4096      │   AUTH 0x18
//!    │◄──────────────────────────────────────────────┤
//!    │  client-final   c=biws,r=ccccssss,p=proof     │   AUTH 0x18
//!    ├──────────────────────────────────────────────►│
//!    │  server-final   v=signature                   │   CONNACK, or AUTH 0x00 in a re-authentication
//!    │◄──────────────────────────────────────────────┤
//! ```
//!
//! Three things are not done. Channel binding: `p=…` is refused, and the method with `-PLUS` is not offered. Acting for
//! somebody else: an authorization identity other than the user is refused. `SASLprep`: user names and passwords
//! outside of ASCII are compared byte by byte, so clients that normalise them can log in only if the settings hold them
//! in normal form (NFKC).
//!
//! ```
//! use broker_core::auth::Step;
//! use broker_core::auth::scram::{Credential, Hash, Server};
//!
//! // The conversation of RFC 7677, section 3.
//! let salt = [0x5B, 0x6D, 0x99, 0x68, 0x9D, 0x12, 0x35, 0x8E, 0xEC, 0xA0, 0x4B, 0x14, 0x12, 0x36, 0xFA, 0x81];
//! let mut server = Server::new(Hash::Sha256, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0".to_owned());
//! let find = |_: &str| Credential::derive(Hash::Sha256, b"pencil", &salt, 4096);
//!
//! let Step::Challenge(Some(first)) = server.step(Some(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), find) else {
//!     panic!("that was a good beginning");
//! };
//! assert!(first.ends_with(b",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
//!
//! let last = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
//!     p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
//! let Step::Accept { user, data } = server.step(Some(last), find) else { panic!("the proof is right") };
//! assert_eq!(user.as_deref(), Some("user"));
//! assert_eq!(data.as_deref(), Some(&b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hash;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Step, same_bytes};

pub use hash::Hash;

/// The keys that a server keeps of a password: with them it can check a proof, but not make one.
///
/// ```
/// use broker_core::auth::scram::{Credential, Hash};
///
/// let credential = Credential::derive(Hash::Sha1, b"pencil", b"salt", 4096);
/// assert!(!format!("{credential:?}").contains("pencil")); // nothing secret gets into a log
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    hash: Hash,
    salt: Box<[u8]>,
    iterations: u32,
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
}

impl std::fmt::Debug for Credential {
    /// Shows no keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

impl Credential {
    /// Derives the keys from a password. This is slow by design: it takes the time of twice `iterations` hashes.
    pub fn derive(hash: Hash, password: &[u8], salt: &[u8], iterations: u32) -> Self {
        let salted = hash.salted(password, salt, iterations);
        let client_key = hash.hmac(&salted, &[b"Client Key"]);
        Self {
            hash,
            salt: Box::from(salt),
            iterations,
            stored_key: hash.digest(&client_key),
            server_key: hash.hmac(&salted, &[b"Server Key"]),
        }
    }
}

/// One run of the method, on the server's side.
///
/// ```
/// use broker_core::auth::Step;
/// use broker_core::auth::scram::{Credential, Hash, Server};
///
/// let mut server = Server::new(Hash::Sha512, "server-nonce".to_owned());
/// let find = |_user: &str| Credential::derive(Hash::Sha512, b"pw", b"salt", 4096);
/// let answer = server.step(Some(b"n,,n=ann,r=client-nonce"), find);
/// assert_eq!(answer, Step::challenge("r=client-nonceserver-nonce,s=c2FsdA==,i=4096"));
/// ```
#[derive(Debug)]
pub struct Server {
    hash: Hash,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The client's first message is due. `asked` says that the server has asked for it.
    First { nonce: String, asked: bool },
    /// The client's last message is due.
    Final(Box<Pending>),
    /// Over.
    Done,
}

/// What is needed to check the last message.
#[derive(Debug)]
struct Pending {
    gs2_header: String,
    user: String,
    /// Both parts of it.
    nonce: String,
    /// The beginning of the `AuthMessage`: client-first without its header, and server-first.
    so_far: String,
    credential: Credential,
}

impl Server {
    /// A run in which the server's part of the nonce is `nonce`. It must be printable ASCII without a comma, never used
    /// before.
    pub fn new(hash: Hash, nonce: String) -> Self {
        let state = State::First { nonce, asked: false };
        Self { hash, state }
    }

    /// The hash function that it goes by.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Whose password the client has to prove next, once it has said so.
    pub fn user(&self) -> Option<&str> {
        match &self.state {
            State::Final(pending) => Some(&pending.user),
            _ => None,
        }
    }

    /// Takes the client's next message. `find` gives the keys of the user who is named in the first, for the hash function
    /// that this run [goes by](Self::hash).
    ///
    /// The answer to every wrong message or proof is Not authorized (0x87), so that a guesser learns nothing.
    pub fn step(&mut self, data: Option<&[u8]>, find: impl FnOnce(&str) -> Credential) -> Step {
        let data = data.filter(|data| !data.is_empty());
        match (std::mem::replace(&mut self.state, State::Done), data) {
            // The client lets the server begin.
            (State::First { nonce, asked: false }, None) => {
                self.state = State::First { nonce, asked: true };
                Step::Challenge(None)
            }
            (State::First { nonce, .. }, Some(data)) => {
                self.first(&nonce, data, find).unwrap_or(Step::refuse())
            }
            (State::Final(pending), Some(data)) => pending.finish(data).unwrap_or(Step::refuse()),
            _ => Step::refuse(),
        }
    }

    fn first(&mut self, nonce: &str, data: &[u8], find: impl FnOnce(&str) -> Credential) -> Option<Step> {
        let message = std::str::from_utf8(data).ok()?;
        let client_first = ClientFirst::parse(message)?;
        let credential = find(&client_first.user);
        let nonce = format!("{}{nonce}", client_first.nonce);
        let server_first = format!(
            "r={nonce},s={},i={}",
            STANDARD.encode(&credential.salt),
            credential.iterations
        );
        self.state = State::Final(Box::new(Pending {
            gs2_header: client_first.gs2_header.to_owned(),
            user: client_first.user,
            nonce,
            so_far: format!("{},{server_first}", client_first.bare),
            credential,
        }));
        Some(Step::challenge(server_first))
    }
}

impl Pending {
    fn finish(self, data: &[u8]) -> Option<Step> {
        let client_final = ClientFinal::parse(std::str::from_utf8(data).ok()?)?;
        // The header differs from the one in the first message: somebody between us and the client changed one of them.
        if client_final.channel_binding != self.gs2_header.as_bytes() || client_final.nonce != self.nonce {
            return None;
        }
        let auth_message = [
            self.so_far.as_bytes(),
            b",",
            client_final.without_proof.as_bytes(),
        ];
        let Credential {
            hash,
            stored_key,
            server_key,
            ..
        } = &self.credential;
        let signature = hash.hmac(stored_key, &auth_message);
        let mut client_key = client_final.proof;
        if client_key.len() != signature.len() {
            return None;
        }
        client_key
            .iter_mut()
            .zip(signature)
            .for_each(|(byte, by)| *byte ^= by);
        if !same_bytes(&hash.digest(&client_key), stored_key) {
            return None;
        }
        let verifier = format!("v={}", STANDARD.encode(hash.hmac(server_key, &auth_message)));
        Some(Step::Accept {
            user: Some(self.user),
            data: Some(verifier.into_bytes()),
        })
    }
}

/// The first message, taken apart.
struct ClientFirst<'a> {
    /// Channel binding flag and authorization identity, with the comma after each.
    gs2_header: &'a str,
    /// The rest.
    bare: &'a str,
    user: String,
    nonce: &'a str,
}

impl<'a> ClientFirst<'a> {
    fn parse(message: &'a str) -> Option<Self> {
        // "n": the client knows no channel binding; "y": it thinks that we do not. "p=…" would be one.
        let after_flag = message
            .strip_prefix("n,")
            .or_else(|| message.strip_prefix("y,"))?;
        let (acts_for, bare) = after_flag.split_once(',')?;
        let gs2_header = &message[..message.len() - bare.len()];
        // Here would stand an extension that the server must understand, as "m=…".
        let (user, rest) = bare.strip_prefix("n=")?.split_once(',')?;
        let user = name(user)?;
        if !acts_for.is_empty() && name(acts_for.strip_prefix("a=")?)? != user {
            return None;
        }
        let nonce = rest.strip_prefix("r=")?.split(',').next()?;
        let printable = !nonce.is_empty() && nonce.bytes().all(|byte| byte.is_ascii_graphic());
        printable.then_some(Self {
            gs2_header,
            bare,
            user,
            nonce,
        })
    }
}

/// The last message, taken apart.
struct ClientFinal<'a> {
    channel_binding: Vec<u8>,
    nonce: &'a str,
    without_proof: &'a str,
    proof: Vec<u8>,
}

impl<'a> ClientFinal<'a> {
    fn parse(message: &'a str) -> Option<Self> {
        // The proof stands last, after any extensions.
        let (without_proof, proof) = message.rsplit_once(",p=")?;
        let (channel_binding, rest) = without_proof.strip_prefix("c=")?.split_once(',')?;
        Some(Self {
            channel_binding: STANDARD.decode(channel_binding).ok()?,
            nonce: rest.strip_prefix("r=")?.split(',').next()?,
            without_proof,
            proof: STANDARD.decode(proof).ok()?,
        })
    }
}

/// Undoes the escapes of a name: `=2C` is a comma, `=3D` an equals sign, and there are no others.
fn name(escaped: &str) -> Option<String> {
    let mut parts = escaped.split('=');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        let (plain, rest) = match (part.strip_prefix("2C"), part.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return None,
        };
        name.push(plain);
        name.push_str(rest);
    }
    (!name.is_empty()).then_some(name)
}
