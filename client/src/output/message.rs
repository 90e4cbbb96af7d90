//! A message that arrived, as both programs show it.

use bytes::Bytes;

use crate::codec::Delivery;
use crate::packet::{PublishProperties, QoS};

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Topic name.
    pub topic: String,
    /// Payload, as it came.
    pub payload: Bytes,
    /// The QoS it was delivered with.
    pub qos: QoS,
    /// Whether the broker had it retained.
    pub retain: bool,
    /// Packet identifier; 0 at QoS 0.
    pub id: u16,
    /// Version 5's properties.
    pub properties: Option<PublishProperties>,
    /// The properties' identifiers, in the order of the wire; a user property's is there once for each.
    pub property_order: Vec<u8>,
}

impl From<Delivery> for Message {
    fn from(
        Delivery {
            publish,
            property_order,
        }: Delivery,
    ) -> Self {
        let topic = String::from_utf8(publish.topic.into())
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Self {
            topic,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            id: publish.pkid,
            properties: publish.properties,
            property_order,
        }
    }
}
