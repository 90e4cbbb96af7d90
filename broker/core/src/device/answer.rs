//! [`DeviceAnswer`]: what a device does when a message comes. [`Say`]: a message that it publishes.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What a device subscribes to, and what it publishes when a message comes.
///
/// Topics and payloads are templates. They see `message` (its topic, its levels, what its wildcards stand for, its payload, its
/// JSON, its properties), and all that telemetry sees.
///
/// ```
/// use broker_core::device::{Device, DeviceAnswer, Say};
///
/// let answer = DeviceAnswer::to("lamp/{{ n }}/set").with(Say::new("lamp/{{ n }}/state", "{{ message.payload }}").retained());
/// let lamp = Device::new("lamp").answers(answer);
/// # let _ = lamp;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceAnswer {
    /// The topic filter that it subscribes to.
    pub(super) to: String,
    /// At which QoS it subscribes.
    #[serde(default = "one")]
    pub(super) qos: u8,
    /// What it publishes, in this order.
    #[serde(default, deserialize_with = "super::form::one_or_many")]
    pub(super) publish: Vec<Say>,
}

fn one() -> u8 {
    1
}

impl DeviceAnswer {
    /// Subscribes to this topic filter, at QoS 1, and takes what comes.
    pub fn to(filter: impl Into<String>) -> Self {
        Self {
            to: filter.into(),
            qos: one(),
            publish: Vec::new(),
        }
    }

    /// Subscribes at this QoS.
    #[must_use]
    pub fn qos(mut self, qos: u8) -> Self {
        self.qos = qos;
        self
    }

    /// Publishes this when a message comes.
    #[must_use]
    pub fn with(mut self, say: Say) -> Self {
        self.publish.push(say);
        self
    }
}

/// A message that a device publishes as an answer.
///
/// ```
/// use broker_core::device::Say;
///
/// // To the Response Topic of the request, with its Correlation Data.
/// let reply = Say::new("{{ message.properties.response_topic }}", r#"{"ok": true}"#);
/// # let _ = reply;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// Its topic, a template.
    pub(super) topic: String,
    /// Its payload: a template, or JSON with templates in it.
    #[serde(default)]
    pub(super) payload: Json,
    #[serde(default)]
    pub(super) qos: u8,
    #[serde(default)]
    pub(super) retain: bool,
}

impl Say {
    /// Publishes this payload to this topic, at QoS 0. The Correlation Data of the message that is answered goes along.
    pub fn new(topic: impl Into<String>, payload: impl Into<Json>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos: 0,
            retain: false,
        }
    }

    /// At this QoS.
    #[must_use]
    pub fn qos(mut self, qos: u8) -> Self {
        self.qos = qos;
        self
    }

    /// With RETAIN.
    #[must_use]
    pub fn retained(mut self) -> Self {
        self.retain = true;
        self
    }
}
