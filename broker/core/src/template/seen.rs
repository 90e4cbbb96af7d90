//! [`Seen`]: what is under the names of a scope when a template is filled in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Object, Serde, Value};
use serde::Serialize;

use super::Message;
use crate::scenario::Scenarios;

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

    /// `state` has the state of every scenario; of one that nobody has moved, the first.
    #[must_use]
    pub fn with_states(mut self, scenarios: &Scenarios) -> Self {
        self.names
            .insert("state".into(), Value::from_object(States(scenarios.clone())));
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

#[derive(Debug)]
struct States(Scenarios);

impl Object for States {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(self.0.state(key).into())
    }
}
