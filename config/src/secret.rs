//! Users and their passwords. A password shows in no `Debug` output, no log and no `--print-config`.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// What is shown in place of a secret.
pub(crate) const MASK: &str = "***";

/// A text that prints and serialises as `***`; only [`expose`](Secret::expose) gives it away.
///
/// ```
/// let password = settings::Secret::new("pencil");
/// assert_eq!(format!("{password:?}"), "***");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    ///
    /// ```
    /// assert_eq!(settings::Secret::new("pencil"), settings::Secret::new("pencil".to_owned()));
    /// ```
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    ///
    /// ```
    /// assert_eq!(settings::Secret::new("pencil").expose(), "pencil");
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

/// A name and password that a client may connect with.
///
/// ```
/// let mut settings = settings::BrokerSettings::default();
/// settings.auth.users = vec![settings::User::new("ann", "pencil")];
/// settings.auth.allow_anonymous = false;
/// assert!(settings.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The User Name of CONNECT; unique among the users.
    pub name: String,
    /// The Password of CONNECT.
    pub password: Secret,
}

impl User {
    /// A user from both texts.
    ///
    /// ```
    /// let ann = settings::User::new("ann", "pencil");
    /// assert_eq!((&*ann.name, ann.password.expose()), ("ann", "pencil"));
    /// ```
    pub fn new(name: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            name: name.into(),
            password: password.into(),
        }
    }
}
