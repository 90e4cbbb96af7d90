//! [`Seen`]: what is under the names of a scope when a template is filled in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::Message;

/// What a template sees, by name.
///
/// ```
/// use broker_core::template::Seen;
///
/// let seen = Seen::default().with("row", &serde_json::json!({"temperature": 21.5})).with("nth", &3);
/// # let _ = seen;
/// ```
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub(super) names: BTreeMap<Cow<'static, str>, Value>,
    /// Why `message.json` or `message.payload` is not there, for an error.
    pub(super) hints: Vec<(&'static str, String)>,
}

impl Seen {
    /// This is under the name.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: &impl Serialize) -> Self {
        self.names.insert(name.into(), Value::from(Serde(value)));
        self
    }

    /// `message` is this PUBLISH.
    #[must_use]
    pub fn with_message(mut self, message: Message) -> Self {
        self.hints = message.hints();
        self.names.insert("message".into(), Value::from_object(message));
        self
    }
}
