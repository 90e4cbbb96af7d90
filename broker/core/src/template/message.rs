//! [`Message`]: a PUBLISH as templates see it.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use minijinja::value::{Enumerator, Object, Serde, Value};

use super::Shape;
use crate::journal::Entry;
use crate::wire::{Packet, Publish};

/// What it has; the page lists it from here.
pub(super) static SHAPE: Shape = Shape::Members(&[
    ("topic", Shape::Any),
    ("levels", Shape::Any),
    ("wildcards", Shape::Any),
    ("payload", Shape::Any),
    ("payload_base64", Shape::Any),
    ("json", Shape::Any),
    ("qos", Shape::Any),
    ("retain", Shape::Any),
    ("dup", Shape::Any),
    (
        "properties",
        // Those of a PUBLISH, by the names that the journal has.
        Shape::Members(&[
            ("payload_format_indicator", Shape::Any),
            ("message_expiry_interval", Shape::Any),
            ("topic_alias", Shape::Any),
            ("response_topic", Shape::Any),
            ("correlation_data", Shape::Any),
            ("correlation_data_base64", Shape::Any),
            ("subscription_identifier", Shape::Any),
            ("content_type", Shape::Any),
            ("user_property", Shape::Any),
        ]),
    ),
]);

/// A PUBLISH, as templates see it under the name `message`.
///
/// ```
/// use std::time::Duration;
/// use broker_core::{chance::Rng, template::{Feed, Message, Scope, Seen, Template}, time::Time};
///
/// let template = Template::new("{{ message.wildcards[0] }} is {{ message.json.on }}", &Scope::default().with_message())?;
/// let message = Message::new("cmd/lamp", br#"{"on": true}"#.to_vec()).under("cmd/+");
/// let seen = Seen::default().with_message(message);
/// let text = template.text(&seen, &mut Feed::default(), Time::ZERO, &mut Rng::new(7))?;
/// assert_eq!(text, "lamp is true");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Message {
    topic: Arc<str>,
    wildcards: Vec<Arc<str>>,
    /// `None`: it is larger than the journal keeps.
    payload: Option<Bytes>,
    qos: u8,
    retain: bool,
    dup: bool,
    properties: Value,
    json: OnceLock<Option<Value>>,
}

impl Message {
    /// A message with this topic name and payload, and nothing else.
    pub fn new(topic: impl Into<Arc<str>>, payload: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            payload: Some(payload.into()),
            properties: Value::from_pairs::<_, &str, Value>([]),
            ..Self::default()
        }
    }

    /// The PUBLISH of an entry, with its whole topic; `None` where it is something else.
    pub fn of(entry: &Entry) -> Option<Self> {
        match entry.packet()?.ok()? {
            Packet::Publish(publish) => {
                let payload = entry.payload().map(Bytes::copy_from_slice);
                Some(Self::with(entry.topic()?, payload, &publish))
            }
            _ => None,
        }
    }

    /// The PUBLISH that a simulated client got.
    pub fn of_publish(topic: &str, publish: &Publish<'_>) -> Self {
        Self::with(topic, Some(Bytes::copy_from_slice(publish.payload)), publish)
    }

    fn with(topic: &str, payload: Option<Bytes>, publish: &Publish<'_>) -> Self {
        Self {
            topic: topic.into(),
            payload,
            qos: publish.qos.bits(),
            retain: publish.retain,
            dup: publish.dup,
            properties: properties(publish),
            ..Self::default()
        }
    }

    /// The levels that the wildcards of this topic filter stand for, in order; those of `#` one by one.
    #[must_use]
    pub fn under(mut self, filter: &str) -> Self {
        let mut levels = self.topic.split('/');
        let mut found = Vec::new();
        for level in filter.split('/') {
            match level {
                "#" => found.extend(levels.by_ref().map(Arc::from)),
                "+" => found.extend(levels.next().map(Arc::from)),
                _ => drop(levels.next()),
            }
        }
        self.wildcards = found;
        self
    }

    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.payload.as_ref()?).ok()
    }

    fn json(&self) -> Option<Value> {
        let parse = || {
            let json: serde_json::Value = serde_json::from_slice(self.payload.as_ref()?).ok()?;
            Some(Value::from(Serde(&json)))
        };
        self.json.get_or_init(parse).clone()
    }

    /// Why something that it should have is not there.
    pub(super) fn hints(&self) -> Vec<(&'static str, String)> {
        let Some(payload) = &self.payload else {
            let why = "the payload is larger than the journal keeps (journal.max_payload_bytes)";
            return ["message.payload", "message.payload_base64", "message.json"]
                .map(|name| (name, why.to_owned()))
                .to_vec();
        };
        let mut hints = Vec::new();
        if std::str::from_utf8(payload).is_err() {
            let why = "the payload is not UTF-8; message.payload_base64 has it";
            hints.push(("message.payload", why.to_owned()));
        }
        // Whether it is JSON is found out only when it is asked for: a hint costs a second look, after an error.
        hints.push(("message.json", String::new()));
        hints
    }

    /// Why its payload is no JSON.
    pub(super) fn why_no_json(&self) -> Option<String> {
        let payload = self.payload.as_ref()?;
        let error = serde_json::from_slice::<serde::de::IgnoredAny>(payload).err()?;
        Some(format!("the payload is not JSON: {error}"))
    }
}

impl Object for Message {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "topic" => Value::from(&self.topic),
            "levels" => self.topic.split('/').map(Value::from).collect(),
            "wildcards" => self.wildcards.iter().map(Value::from).collect(),
            "payload" => Value::from(self.text()?),
            "payload_base64" => Value::from(BASE64_STANDARD.encode(self.payload.as_ref()?)),
            "json" => self.json()?,
            "qos" => Value::from(self.qos),
            "retain" => Value::from(self.retain),
            "dup" => Value::from(self.dup),
            "properties" => self.properties.clone(),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["topic", "payload", "qos", "retain", "properties"])
    }
}

fn properties(publish: &Publish<'_>) -> Value {
    let of = &publish.properties;
    let mut all: Vec<(&str, Value)> = Vec::new();
    if let Some(is_text) = of.payload_format {
        all.push(("payload_format_indicator", u8::from(is_text).into()));
    }
    if let Some(secs) = of.message_expiry_secs {
        all.push(("message_expiry_interval", secs.into()));
    }
    if let Some(alias) = of.topic_alias {
        all.push(("topic_alias", alias.into()));
    }
    if let Some(topic) = of.response_topic {
        all.push(("response_topic", topic.into()));
    }
    if let Some(data) = of.correlation_data {
        if let Ok(text) = std::str::from_utf8(data) {
            all.push(("correlation_data", text.into()));
        }
        all.push(("correlation_data_base64", BASE64_STANDARD.encode(data).into()));
    }
    if let Some(content_type) = of.content_type {
        all.push(("content_type", content_type.into()));
    }
    // The first of a name counts.
    let mut user: Vec<(&str, Value)> = Vec::new();
    for (name, value) in &of.user {
        if !user.iter().any(|(known, _)| known == name) {
            user.push((name, (*value).into()));
        }
    }
    all.push(("user_property", Value::from_pairs(user)));
    Value::from_pairs(all)
}
