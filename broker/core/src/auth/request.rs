//! What is asked about a login outside the engine, and what comes back.

use std::fmt;
use std::sync::Arc;

use super::Login;
use crate::access::Acl;
use crate::arrival::Way;

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
/// let request = LoginRequest { user_name: Some("ann".to_owned()), ..LoginRequest::default() };
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
