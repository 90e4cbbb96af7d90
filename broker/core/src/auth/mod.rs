//! How clients prove who they are: methods of enhanced authentication (section 4.12 of MQTT 5.0), and the hooks with
//! which an embedding program brings its own.
//!
//! This room knows methods and no connections; the [`engine`](crate::engine) judges which packet may come when.
//!
//! - [`Exchange`] is one run of a method: the client's Authentication Data in, a [`Step`] out.
//! - [`scram`] is the method that is built in.
//! - [`Authenticators`] holds what the embedding program brought.
//!
//! ```
//! use broker_core::auth::{Exchange, Step};
//!
//! // A method of one step: the client must know the word.
//! let mut exchange = |data: Option<&[u8]>| match data {
//!     Some(b"sesame") => Step::accept("ali"),
//!     _ => Step::refuse(),
//! };
//! assert_eq!(exchange.step(Some(b"sesame")), Step::accept("ali"));
//! assert_eq!(exchange.step(None), Step::refuse());
//! ```

mod request;
pub mod scram;
mod vault;
mod verified;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::access::AccessCheck;
pub(crate) use crate::access::same_bytes;
use crate::arrival::Way;
use crate::wire::{ReasonCode, Version};

pub use request::{Admission, GivenPassword, LoginRequest, Refusal};
pub(crate) use vault::Vault;
pub(crate) use verified::Verified;

/// What one step of an exchange leads to.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::auth::Step;
///
/// let step = Step::Accept { user: Some("ann".to_owned()), data: Some(b"signature".to_vec()) };
/// assert_ne!(step, Step::accept("ann")); // the client needs nothing more
/// assert_eq!(Step::Refuse(ReasonCode::NOT_AUTHORIZED), Step::refuse());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The client must answer: it gets an AUTH with Continue authentication (0x18), with these bytes as Authentication
    /// Data, or without any.
    Challenge(Option<Vec<u8>>),
    /// The client has proved who it is.
    Accept {
        /// Who it proved to be.
        user: Option<String>,
        /// Authentication Data for CONNACK, or for the last AUTH of a re-authentication.
        data: Option<Vec<u8>>,
    },
    /// The client has not proved who it is. The reason code goes into CONNACK, or after a re-authentication into
    /// DISCONNECT. If the standard does not list the code for that packet, Not authorized (0x87) goes there instead.
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
/// A closure from data to [`Step`] is an exchange.
///
/// ```
/// use broker_core::auth::{Exchange, Step};
///
/// /// Lets in a client that counts on from the server's number.
/// struct Counting(u8);
///
/// impl Exchange for Counting {
///     fn step(&mut self, data: Option<&[u8]>) -> Step {
///         match data {
///             None => Step::challenge([self.0]),
///             Some(&[answer]) if answer == self.0 + 1 => Step::accept("somebody who counts"),
///             Some(_) => Step::refuse(),
///         }
///     }
/// }
///
/// let builder = broker::Broker::builder().authenticator("COUNT", |_client_id| Box::new(Counting(7)));
/// # drop(builder);
/// # let mut exchange = Counting(7);
/// # assert_eq!(exchange.step(None), Step::challenge([7]));
/// # assert_eq!(exchange.step(Some(&[8])), Step::accept("somebody who counts"));
/// ```
pub trait Exchange: Send {
    /// Takes the client's next Authentication Data; `None` if its packet had none. The first data come from CONNECT, or
    /// from the AUTH that begins a re-authentication. It is not called again after success or refusal.
    ///
    /// ```
    /// use broker_core::auth::{Exchange, Step};
    ///
    /// let mut exchange = |data: Option<&[u8]>| data.map_or(Step::challenge("who is it?"), |_| Step::refuse());
    /// assert_eq!(exchange.step(None), Step::challenge("who is it?"));
    /// assert_eq!(exchange.step(Some(b"nobody")), Step::refuse());
    /// ```
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

/// Begins an [`Exchange`] with the client of this identifier (empty if the broker is to assign one).
///
/// ```
/// use std::sync::Arc;
/// use broker_core::auth::{Authenticator, Step};
///
/// let begin: Arc<Authenticator> = Arc::new(|client_id| {
///     let client_id = client_id.to_owned();
///     Box::new(move |_data: Option<&[u8]>| Step::accept(client_id.clone()))
/// });
/// assert_eq!(begin("dev-1").step(None), Step::accept("dev-1")); // believes everybody
/// ```
pub type Authenticator = dyn Fn(&str) -> Box<dyn Exchange> + Send + Sync;

/// What a CONNECT says about its sender.
///
/// ```
/// use broker::Broker;
/// use broker::expect::{connected, refused};
/// use broker::{Login, ReasonCode};
///
/// fn no_lamps(login: &Login<'_>) -> Result<(), ReasonCode> {
///     if login.client_id.starts_with("lamp") { Err(ReasonCode::BANNED) } else { Ok(()) }
/// }
///
/// let broker = broker::Broker::builder().check_login(no_lamps).start().wait()?;
/// // … "lamp" and "dev-1" connect …
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// broker.expect(connected().of("dev-1")).wait();
/// broker.expect(refused().field("client_id", "lamp")).wait();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Login<'a> {
    /// Client Identifier; empty if the broker is to assign one.
    pub client_id: &'a str,
    /// User Name; with an `identity`, that one in its place.
    pub user_name: Option<&'a str>,
    /// Password.
    pub password: Option<&'a [u8]>,
    /// What its bytes go through: TCP, TLS, WebSocket.
    pub way: Way,
    /// The name of the listener that it came to: `main`, `tls`, `ws`, or as its table says.
    pub listener: &'a str,
    /// The subject of its certificate, if it showed one and the listener asked for it.
    pub certificate: Option<&'a str>,
    /// The user name that stands for its certificate, where the settings say so. It is proved: let it in without a password,
    /// unless you have a reason not to.
    pub identity: Option<&'a str>,
    /// The version of MQTT that it speaks.
    pub version: Version,
}

impl fmt::Debug for Login<'_> {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field("password", &self.password.map(|_| "***"))
            .field("way", &self.way.word())
            .field("listener", &self.listener)
            .field("certificate", &self.certificate)
            .field("identity", &self.identity)
            .field("version", &self.version)
            .finish()
    }
}

/// Says whether a CONNECT without an authentication method may come in, and if not, why.
///
/// ```
/// use std::sync::Arc;
/// use broker_core::auth::{Authenticators, LoginCheck};
/// use broker::ReasonCode;
///
/// let check: Arc<LoginCheck> = Arc::new(|login| login.user_name.map(drop).ok_or(ReasonCode::NOT_AUTHORIZED));
/// let mut authenticators = Authenticators::default();
/// authenticators.set_login(check);
/// assert!(authenticators.login().is_some());
/// ```
pub type LoginCheck = dyn Fn(&Login<'_>) -> Result<(), ReasonCode> + Send + Sync;

/// The methods and checks that the embedding program brought.
///
/// ```
/// use std::sync::Arc;
/// use broker_core::auth::{Exchange, Authenticators, Step};
/// use broker_core::engine::Engine;
/// use broker_core::settings::BrokerSettings;
///
/// let mut authenticators = Authenticators::default();
/// authenticators.set_method("OPEN", Arc::new(|_| Box::new(|_: Option<&[u8]>| Step::accept("anybody"))));
///
/// // For an engine that you drive yourself; for a broker there is `Builder::authenticator`.
/// let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// engine.set_authenticators(authenticators.clone());
/// assert_eq!(authenticators.begin("OPEN", "dev-1").unwrap().step(None), Step::accept("anybody"));
/// ```
#[derive(Clone, Default)]
pub struct Authenticators {
    methods: BTreeMap<Arc<str>, Arc<Authenticator>>,
    login: Option<Arc<LoginCheck>>,
    asks_later: bool,
    access: Option<Arc<AccessCheck>>,
}

impl Authenticators {
    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.methods.is_empty() && self.login.is_none() && !self.asks_later && self.access.is_none()
    }

    /// Offers `method`. It replaces an earlier or built-in method of the same name.
    pub fn set_method(&mut self, method: &str, begin: Arc<Authenticator>) {
        self.methods.insert(Arc::from(method), begin);
    }

    /// Lets `check` decide in place of `[auth] users` and `allow_anonymous`.
    pub fn set_login(&mut self, check: Arc<LoginCheck>) {
        self.login = Some(check);
    }

    /// Has logins decided outside the engine, in place of `[auth] users` and `allow_anonymous`: each that the check set with
    /// [`set_login`](Self::set_login) lets pass becomes a [`Check`](crate::engine::Check) with a
    /// [`LoginRequest`].
    pub fn ask_later(&mut self, ask: bool) {
        self.asks_later = ask;
    }

    /// Has `check` asked about everything that clients want to do and that rules and ACLs allow.
    pub fn set_access(&mut self, check: Arc<AccessCheck>) {
        self.access = Some(check);
    }

    /// Who is asked about that.
    pub(crate) fn access(&self) -> Option<Arc<AccessCheck>> {
        self.access.clone()
    }

    /// Whether logins are decided outside the engine.
    pub fn asks_later(&self) -> bool {
        self.asks_later
    }

    /// Begins an exchange of `method`, if there is a method of this name.
    pub fn begin(&self, method: &str, client_id: &str) -> Option<Box<dyn Exchange>> {
        self.methods.get(method).map(|begin| begin(client_id))
    }

    /// The check that decides about CONNECTs without a method, if the settings do not.
    pub fn login(&self) -> Option<&LoginCheck> {
        self.login.as_deref()
    }
}

impl fmt::Debug for Authenticators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticators")
            .field("methods", &self.methods.keys().collect::<Vec<_>>())
            .field("login", &self.login.is_some())
            .field("asks_later", &self.asks_later)
            .field("access", &self.access.is_some())
            .finish()
    }
}
