//! `Will`: the message that is published if a client's connection ends without a goodbye.

use std::sync::Arc;

use bytes::Bytes;

use super::{Charge, Held, Message, MessageProperties, Number};
use crate::time::Time;
use crate::topic::MountPoint;
use crate::wire;
use crate::wire::QoS;

/// A will as CONNECT gave it (section 3.1.2.5 of both standards).
#[derive(Debug, Clone, PartialEq)]
pub struct Will {
    /// Where it will be published.
    pub topic: Arc<str>,
    /// What will be published.
    pub payload: Bytes,
    /// At which QoS.
    pub qos: QoS,
    /// Whether it will be retained (`MQTT5-3.1.2-14`, `-15`; `MQTT311-3.1.2-16`, `-17`).
    pub retain: bool,
    /// Will Delay Interval in seconds.
    pub delay_secs: u32,
    /// Message Expiry Interval in seconds, counted from the moment of publication.
    pub message_expiry_secs: Option<u32>,
    /// The properties that are passed on unchanged, with User Properties in their order (`MQTT5-3.1.3-10`).
    pub properties: Option<Box<MessageProperties>>,
    /// What it takes.
    pub charge: Charge,
}

impl Will {
    /// Copies the will out of a CONNECT.
    pub fn from_wire(will: &wire::Will<'_>, held: &Held) -> Self {
        let p = &will.properties;
        let properties = MessageProperties::from_wire(&wire::PublishProperties {
            payload_format: p.payload_format,
            content_type: p.content_type,
            response_topic: p.response_topic,
            correlation_data: p.correlation_data,
            user: p.user.clone(),
            ..wire::PublishProperties::default()
        });
        Self {
            topic: Arc::from(will.topic),
            payload: Bytes::copy_from_slice(will.payload),
            qos: will.qos,
            retain: will.retain,
            delay_secs: p.delay_secs.unwrap_or(0),
            message_expiry_secs: p.message_expiry_secs,
            properties,
            charge: held.charge(Self::cost(will)),
        }
    }

    /// The same with the mount point of its client, behind which there is room for the topic.
    #[must_use]
    pub fn mounted(mut self, mount_point: Option<&MountPoint>) -> Self {
        if let Some(topic) = mount_point.and_then(|mount_point| mount_point.topic(&self.topic)) {
            self.topic = topic.into();
        }
        self
    }

    /// What keeping it takes.
    pub fn cost(will: &wire::Will<'_>) -> usize {
        let user = &will.properties.user;
        size_of::<Self>()
            + will.topic.len()
            + will.payload.len()
            + user
                .iter()
                .map(|(name, value)| 64 + name.len() + value.len())
                .sum::<usize>()
    }

    /// The message to publish at `now`.
    pub fn into_message(self, now: Time, publisher: Arc<str>) -> Message {
        Message {
            topic: self.topic,
            payload: self.payload,
            qos: self.qos,
            retain: self.retain,
            expires_at: self.message_expiry_secs.map(|secs| now.plus_secs(secs)),
            properties: self.properties,
            publisher,
            charge: Charge::default(),
            number: Number::default(),
        }
    }
}
