//! [`Question`]: what the program is told of a login.

use base64::Engine as _;
use serde::Serialize;

/// A client wants to come in.
#[derive(Serialize)]
pub(crate) struct Question<'a> {
    /// The Client Identifier; empty if the broker is to assign one.
    pub client_id: &'a str,
    pub user_name: Option<&'a str>,
    #[serde(flatten)]
    pub password: Password<'a>,
    /// Its address.
    pub peer: &'a str,
    /// The name of the listener that it came to.
    pub listener: &'a str,
    /// What its bytes go through: `tcp`, `tls`, `ws`, `wss`.
    pub way: &'a str,
    /// The subject of its certificate, if it showed one.
    pub certificate: Option<&'a str>,
    /// The user name that stands for its certificate: that is proved.
    pub identity: Option<&'a str>,
    /// `3.1`, `3.1.1` or `5.0`.
    pub mqtt_version: &'a str,
}

impl Question<'_> {
    pub fn to_json(&self) -> Vec<u8> {
        // Every part of it can be written.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// As text under `password`; where it is none, under `password_base64`.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Password<'a> {
    Text { password: Option<&'a str> },
    Bytes { password_base64: String },
}

impl<'a> From<Option<&'a [u8]>> for Password<'a> {
    fn from(password: Option<&'a [u8]>) -> Self {
        match password.map(|bytes| (std::str::from_utf8(bytes), bytes)) {
            None => Self::Text { password: None },
            Some((Ok(text), _)) => Self::Text { password: Some(text) },
            Some((Err(_), bytes)) => Self::Bytes {
                password_base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            },
        }
    }
}
