//! [`Publication`]: one message that a stub publishes.

use serde_json::Value as Json;

use crate::fault::Delay;

/// What is in a message.
///
/// ```
/// use broker_core::stub::{Payload, Publication};
///
/// assert_eq!(Publication::to("a").payload, Payload::Empty);
/// assert_eq!(Publication::to("a").text("on").payload, Payload::Text("on".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Payload {
    /// Nothing.
    #[default]
    Empty,
    /// A text, from a template.
    Text(String),
    /// JSON; every text in it is a template. One that is a single `{{ … }}` becomes the value itself: a number, a list.
    Json(Json),
    /// Any bytes: a template that makes Base64.
    Base64(String),
    /// The bytes of a file.
    File(String),
}

/// One message that a stub publishes. Topics, payloads and texts of properties are [templates](crate::template).
///
/// ```
/// use broker_core::stub::Publication;
/// use serde_json::json;
///
/// let state = Publication::to("state/{{ message.levels[1] }}")
///     .json(json!({"on": "{{ message.json.on }}", "at": "{{ now() }}"}))
///     .qos(1)
///     .retained()
///     .content_type("application/json");
/// let answer = Publication::reply().text("ok").delayed_millis(200); // to the Response Topic, with the Correlation Data
/// # let _ = (state, answer);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a publication does nothing by itself: give it to `Stub::publishes`"]
pub struct Publication {
    /// The topic; of a reply, that for messages without a Response Topic.
    pub topic: Option<String>,
    /// To the Response Topic of the message, with its Correlation Data.
    pub reply: bool,
    /// The payload.
    pub payload: Payload,
    /// QoS: 0, 1 or 2.
    pub qos: u8,
    /// RETAIN.
    pub retain: bool,
    /// Payload Format Indicator: `true` says that the payload is UTF-8 text.
    pub payload_format: Option<bool>,
    /// Message Expiry Interval in seconds.
    pub message_expiry_secs: Option<u32>,
    /// Content Type.
    pub content_type: Option<String>,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data, as text.
    pub correlation_data: Option<String>,
    /// User Properties.
    pub user: Vec<(String, String)>,
    /// How late it is published; at once where there is nothing.
    pub delay: Option<Delay>,
}

impl Publication {
    /// To this topic.
    pub fn to(topic: impl Into<String>) -> Self {
        Self {
            topic: Some(topic.into()),
            ..Self::default()
        }
    }

    /// To the Response Topic of the message, with its Correlation Data. A message without a Response Topic is not answered.
    pub fn reply() -> Self {
        Self {
            reply: true,
            ..Self::default()
        }
    }

    /// Where a message has no Response Topic, to this topic.
    pub fn or_to(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }

    /// With this text as its payload.
    pub fn text(mut self, payload: impl Into<String>) -> Self {
        self.payload = Payload::Text(payload.into());
        self
    }

    /// With this JSON as its payload.
    pub fn json(mut self, payload: impl Into<Json>) -> Self {
        self.payload = Payload::Json(payload.into());
        self
    }

    /// With these bytes as its payload, in Base64.
    pub fn base64(mut self, payload: impl Into<String>) -> Self {
        self.payload = Payload::Base64(payload.into());
        self
    }

    /// With the bytes of this file as its payload. It is read when the stub is added.
    pub fn file(mut self, path: impl Into<String>) -> Self {
        self.payload = Payload::File(path.into());
        self
    }

    /// At this QoS.
    pub fn qos(mut self, qos: u8) -> Self {
        self.qos = qos;
        self
    }

    /// To be retained.
    pub fn retained(mut self) -> Self {
        self.retain = true;
        self
    }

    /// With a Payload Format Indicator.
    pub fn payload_format(mut self, is_text: bool) -> Self {
        self.payload_format = Some(is_text);
        self
    }

    /// With a Message Expiry Interval.
    pub fn message_expiry_secs(mut self, secs: u32) -> Self {
        self.message_expiry_secs = Some(secs);
        self
    }

    /// With a Content Type.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// With a Response Topic of its own.
    pub fn response_topic(mut self, topic: impl Into<String>) -> Self {
        self.response_topic = Some(topic.into());
        self
    }

    /// With Correlation Data of its own.
    pub fn correlation_data(mut self, data: impl Into<String>) -> Self {
        self.correlation_data = Some(data.into());
        self
    }

    /// With one more User Property.
    pub fn user_property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.user.push((name.into(), value.into()));
        self
    }

    /// So late, on the broker's clock.
    pub fn delayed_millis(self, millis: u32) -> Self {
        self.delayed(Delay::fixed(u64::from(millis)))
    }

    /// As late as is drawn.
    pub fn delayed(mut self, delay: Delay) -> Self {
        self.delay = Some(delay);
        self
    }
}
