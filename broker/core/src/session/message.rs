//! `Message`: an application message that the broker took responsibility for.

use std::sync::Arc;

use bytes::Bytes;

use super::{Charge, Held, Number};
use crate::time::Time;
use crate::wire::{PublishProperties, QoS};

/// An application message, shared by all clients that wait for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Topic name.
    pub topic: Arc<str>,
    /// The payload.
    pub payload: Bytes,
    /// The QoS at which it was published.
    pub qos: QoS,
    /// RETAIN as the publisher set it.
    pub retain: bool,
    /// From this time on it must not be sent; from Message Expiry Interval.
    pub expires_at: Option<Time>,
    /// The properties that are passed on unchanged. Usually there are none, then this is `None`.
    pub properties: Option<Box<MessageProperties>>,
    /// The client identifier of the publisher; empty if the broker itself published. For No Local (`MQTT5-3.8.3-3`).
    pub publisher: Arc<str>,
    /// The memory that it takes while it is kept.
    pub charge: Charge,
    /// The number under which it is kept where it outlives the process.
    pub number: Number,
}

/// The bytes that a User Property takes beside its text.
const USER_PROPERTY_BYTES: usize = 64;

/// The properties of a message that subscribers get as the publisher gave them.
/// `MQTT5-3.3.2-4`, `-15`, `-16`, `-17`, `-18`, `-20`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageProperties {
    /// Payload Format Indicator.
    pub payload_format: Option<bool>,
    /// Response Topic.
    pub response_topic: Option<Arc<str>>,
    /// Correlation Data.
    pub correlation_data: Option<Bytes>,
    /// Content Type.
    pub content_type: Option<Arc<str>>,
    /// User Properties in the publisher's order.
    pub user: Vec<(Arc<str>, Arc<str>)>,
}

impl MessageProperties {
    /// Copies the properties that are passed on; `None` if there are none.
    pub fn from_wire(wire: &PublishProperties<'_>) -> Option<Box<Self>> {
        if wire.payload_format.is_none()
            && wire.response_topic.is_none()
            && wire.correlation_data.is_none()
            && wire.content_type.is_none()
            && wire.user.is_empty()
        {
            return None;
        }
        Some(Box::new(Self {
            payload_format: wire.payload_format,
            response_topic: wire.response_topic.map(Arc::from),
            correlation_data: wire.correlation_data.map(Bytes::copy_from_slice),
            content_type: wire.content_type.map(Arc::from),
            user: wire
                .user
                .iter()
                .map(|(name, value)| (Arc::from(*name), Arc::from(*value)))
                .collect(),
        }))
    }
}

impl Message {
    /// The same message, to be kept: from now on it counts.
    pub fn kept(mut self, held: &Held) -> Arc<Self> {
        self.charge = held.charge(self.cost());
        Arc::new(self)
    }

    /// The properties for a PUBLISH sent at `now`, with Message Expiry Interval counted down (`MQTT5-3.3.2-6`).
    pub fn wire_properties(&self, now: Time) -> PublishProperties<'_> {
        let mut out = PublishProperties {
            message_expiry_secs: self.remaining_secs(now),
            ..PublishProperties::default()
        };
        if let Some(own) = &self.properties {
            out.payload_format = own.payload_format;
            out.response_topic = own.response_topic.as_deref();
            out.correlation_data = own.correlation_data.as_deref();
            out.content_type = own.content_type.as_deref();
            out.user = own.user.iter().map(|(name, value)| (&**name, &**value)).collect();
        }
        out
    }

    /// Whether it must no longer be sent (`MQTT5-3.3.2-5`).
    pub fn is_expired(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Seconds until it expires, rounded up: a message that has not expired never says 0.
    fn remaining_secs(&self, now: Time) -> Option<u32> {
        let left = self.expires_at?.saturating_since(now);
        let secs = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Some(u32::try_from(secs).unwrap_or(u32::MAX))
    }

    /// How many bytes it takes while it is kept, for the bounds of queues and stores.
    pub fn cost(&self) -> usize {
        let properties = self.properties.as_ref().map_or(0, |p| {
            p.user
                .iter()
                .map(|(n, v)| USER_PROPERTY_BYTES + n.len() + v.len())
                .sum::<usize>()
                + p.correlation_data.as_ref().map_or(0, Bytes::len)
                + p.response_topic.as_ref().map_or(0, |text| text.len())
                + p.content_type.as_ref().map_or(0, |text| text.len())
        });
        std::mem::size_of::<Self>() + self.topic.len() + self.payload.len() + properties
    }
}
