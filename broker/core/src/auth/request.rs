//! What is asked about a login outside the engine, and what comes back.

use std::fmt;
use std::sync::Arc;

use super::Login;
use crate::access::Acl;
use crate::arrival::Way;
use crate::wire::{ReasonCode, Version};

/// A password on its way to be checked. It shows in no `Debug` output.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct GivenPassword(Box<[u8]>);

impl GivenPassword {
    /// Its bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for GivenPassword {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for GivenPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What a CONNECT says about its sender, to be kept while somebody decides: [`Login`] with texts of its own.
///
/// ```
/// use broker_core::auth::LoginRequest;
///
/// let mut request = LoginRequest::default();
/// request.user_name = Some("ann".to_owned());
/// assert_eq!(request.login().user_name, Some("ann"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LoginRequest {
    /// Client Identifier; empty if the broker is to assign one.
    pub client_id: String,
    /// User Name; with an `identity`, that one in its place.
    pub user_name: Option<String>,
    /// Password.
    pub password: Option<GivenPassword>,
    /// The client's address.
    pub peer: String,
    /// What its bytes go through.
    pub way: Way,
    /// The name of the listener that it came to.
    pub listener: Arc<str>,
    /// The subject of its certificate, if it showed one and the listener asked for it.
    pub certificate: Option<String>,
    /// The user name that stands for its certificate, where the settings say so.
    pub identity: Option<String>,
    /// The version of MQTT that it speaks.
    pub version: Version,
}

impl LoginRequest {
    /// All that `login` says.
    pub fn of(login: &Login<'_>, peer: &str) -> Self {
        Self {
            client_id: login.client_id.to_owned(),
            user_name: login.user_name.map(str::to_owned),
            password: login.password.map(GivenPassword::from),
            peer: peer.to_owned(),
            way: login.way,
            listener: Arc::from(login.listener),
            certificate: login.certificate.map(str::to_owned),
            identity: login.identity.map(str::to_owned),
            version: login.version,
        }
    }

    /// The same, borrowed.
    pub fn login(&self) -> Login<'_> {
        Login {
            client_id: &self.client_id,
            user_name: self.user_name.as_deref(),
            password: self.password.as_ref().map(GivenPassword::expose),
            way: self.way,
            listener: &self.listener,
            certificate: self.certificate.as_deref(),
            identity: self.identity.as_deref(),
            version: self.version,
        }
    }
}

/// A client is let in.
///
/// ```
/// use broker_core::auth::Admission;
///
/// let admission = Admission { user_name: Some("ann".to_owned()), ..Admission::default() };
/// assert!(admission.acl.is_none()); // it may do what its realm allows
/// ```
#[derive(Debug, Clone, Default)]
pub struct Admission {
    /// Who it is; `None` leaves the user name that it gave.
    pub user_name: Option<String>,
    /// What this client alone may do. It is asked before the ACL of the realm.
    pub acl: Option<Acl>,
}

impl From<()> for Admission {
    /// The client comes in, and all is as it was.
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl Admission {
    /// The client comes in under this name.
    pub fn named(user_name: impl Into<String>) -> Self {
        Self {
            user_name: Some(user_name.into()),
            acl: None,
        }
    }
}

/// A client is not let in.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::auth::Refusal;
///
/// let refusal = Refusal::from(ReasonCode::BANNED).because("you were too loud");
/// assert_eq!(refusal.words.as_deref(), Some("you were too loud"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What its CONNACK says. A 3.x client gets the return code that says the same, or is just cut off if there is none.
    pub reason: ReasonCode,
    /// Why, as a 5.0 client is told in a Reason String.
    pub words: Option<String>,
}

impl Refusal {
    /// The same, with words for the client.
    #[must_use]
    pub fn because(mut self, words: impl Into<String>) -> Self {
        self.words = Some(words.into());
        self
    }
}

impl From<ReasonCode> for Refusal {
    fn from(reason: ReasonCode) -> Self {
        Self { reason, words: None }
    }
}
