//! Ways to prove who one is: methods of enhanced authentication (section 4.12 of MQTT 5.0), and the hooks with which
//! an embedding program brings its own.
//!
//! This room knows methods. It knows nothing of connections; which packet may come when is
//! [`engine`](crate::engine)'s to judge.
//!
//! - [`Exchange`] is one run of a method: the client's Authentication Data in, a [`Step`] out.
//! - [`scram`] is the method that is built in.
//! - [`Hooks`] holds what the embedding program brought.

pub mod scram;
mod vault;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::wire::ReasonCode;

pub use vault::Vault;

/// What one step of an exchange leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The client must answer this: AUTH with Continue authentication (0x18), with these bytes as Authentication
    /// Data, or without any.
    Challenge(Option<Vec<u8>>),
    /// The client is who it says.
    Accept {
        /// Who it proved to be.
        user: Option<String>,
        /// Authentication Data for CONNACK, or for the last AUTH of a re-authentication.
        data: Option<Vec<u8>>,
    },
    /// It is not. The reason code goes into CONNACK, or after a re-authentication into DISCONNECT; where the standard
    /// does not list it there, Not authorized (0x87) does.
    Refuse(ReasonCode),
}

impl Step {
    /// A challenge with `data`.
    pub fn challenge(data: impl Into<Vec<u8>>) -> Self {
        Self::Challenge(Some(data.into()))
    }

    /// Success without data: the client proved to be `user`.
    pub fn accept(user: impl Into<String>) -> Self {
        Self::Accept {
            user: Some(user.into()),
            data: None,
        }
    }

    /// Not authorized (0x87).
    pub const fn refuse() -> Self {
        Self::Refuse(ReasonCode::NOT_AUTHORIZED)
    }
}

/// One run of an authentication method, from the client's first packet to success or refusal.
///
/// A closure from data to [`Step`] is one.
pub trait Exchange: Send {
    /// Takes the client's next Authentication Data; `None` where its packet had none. The first is that of CONNECT, or
    /// of the AUTH that begins a re-authentication. It is not called again after success or refusal.
    fn step(&mut self, data: Option<&[u8]>) -> Step;
}

impl<F> Exchange for F
where
    F: FnMut(Option<&[u8]>) -> Step + Send,
{
    fn step(&mut self, data: Option<&[u8]>) -> Step {
        self(data)
    }
}

/// Begins an [`Exchange`] with the client of this identifier (empty where the broker is to assign one).
pub type Authenticator = dyn Fn(&str) -> Box<dyn Exchange> + Send + Sync;

/// What a CONNECT says of who sent it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Login<'a> {
    /// Client Identifier; empty where the broker is to assign one.
    pub client_id: &'a str,
    /// User Name.
    pub user_name: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
}

impl<'a> Login<'a> {
    pub(crate) const fn new(
        client_id: &'a str,
        user_name: Option<&'a str>,
        password: Option<&'a [u8]>,
    ) -> Self {
        Self {
            client_id,
            user_name,
            password,
        }
    }
}

impl fmt::Debug for Login<'_> {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field("password", &self.password.map(|_| "***"))
            .finish()
    }
}

/// Says whether a CONNECT without an authentication method may come in, and if not, why.
pub type LoginCheck = dyn Fn(&Login<'_>) -> Result<(), ReasonCode> + Send + Sync;

/// What the embedding program brought.
#[derive(Clone, Default)]
pub struct Hooks {
    methods: BTreeMap<Arc<str>, Arc<Authenticator>>,
    login: Option<Arc<LoginCheck>>,
}

impl Hooks {
    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.methods.is_empty() && self.login.is_none()
    }

    /// Offers `method`. It takes the place of an earlier, or built-in, one of the same name.
    pub fn set_method(&mut self, method: &str, begin: Arc<Authenticator>) {
        self.methods.insert(Arc::from(method), begin);
    }

    /// Lets `check` decide in place of `[auth] users` and `allow_anonymous`.
    pub fn set_login(&mut self, check: Arc<LoginCheck>) {
        self.login = Some(check);
    }

    /// Begins an exchange of `method`, where there is one of this name.
    pub fn begin(&self, method: &str, client_id: &str) -> Option<Box<dyn Exchange>> {
        self.methods.get(method).map(|begin| begin(client_id))
    }

    /// What decides about CONNECTs without a method, if not the settings.
    pub fn login(&self) -> Option<&LoginCheck> {
        self.login.as_deref()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("methods", &self.methods.keys().collect::<Vec<_>>())
            .field("login", &self.login.is_some())
            .finish()
    }
}

/// Compares all of it whatever differs, so that the time taken tells nothing of where.
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}
