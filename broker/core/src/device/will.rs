//! [`DeviceWill`]: the will of a device.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The will of a device. Topic and payload are templates, filled in at each connect.
///
/// ```
/// use broker_core::device::{Device, DeviceWill};
///
/// let lamp = Device::new("lamp").will(DeviceWill::new("lamp/{{ n }}/state", "lost").retained());
/// # let _ = lamp;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceWill {
    pub(super) topic: String,
    #[serde(default)]
    pub(super) payload: Json,
    #[serde(default)]
    pub(super) qos: u8,
    #[serde(default)]
    pub(super) retain: bool,
    /// Will Delay Interval of 5.0.
    #[serde(default)]
    pub(super) delay_secs: u32,
}

impl DeviceWill {
    /// This payload to this topic, at QoS 0.
    pub fn new(topic: impl Into<String>, payload: impl Into<Json>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos: 0,
            retain: false,
            delay_secs: 0,
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

    /// Late by so many seconds: the Will Delay Interval of 5.0.
    #[must_use]
    pub fn delay_secs(mut self, secs: u32) -> Self {
        self.delay_secs = secs;
        self
    }
}
