//! [`Payload`]: the bytes of a message, as people and scripts read them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A payload: `payload` or `payload_base64` is there, and `json` beside it where it is JSON.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Payload {
    /// The payload, where it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    /// The payload, where it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    /// The payload read, where it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
}

impl Payload {
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                payload: Some(text.to_owned()),
                payload_base64: None,
                json: serde_json::from_str(text).ok(),
            },
            Err(_) => Self {
                payload_base64: Some(BASE64_STANDARD.encode(bytes)),
                ..Self::default()
            },
        }
    }
}

impl Payload {
    /// The text, or the Base64.
    pub fn into_parts(self) -> (Option<String>, Option<String>) {
        (self.payload, self.payload_base64)
    }
}
