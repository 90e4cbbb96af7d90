//! [`Message`]: an application message of a recording, and its form in JSON.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::Injected;
use crate::topic;
use crate::wire::{PacketId, Publish, PublishProperties, QoS, Will, WillProperties};

/// A message that was published, or delivered, or is a will.
///
/// ```
/// use broker::recording::Message;
///
/// let message: Message = serde_json::from_str(r#"{"topic":"hall/lamp","qos":1,"payload":"on"}"#)?;
/// assert_eq!((&*message.topic, &message.payload[..], message.retain), ("hall/lamp", &b"on"[..], false));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Message {
    /// Topic name, also where the packet had an alias for it.
    pub topic: String,
    /// The payload.
    pub payload: Bytes,
    /// The payload was larger than the journal keeps: how many bytes it had. Then `payload` is empty.
    pub omitted_bytes: Option<u64>,
    /// Quality of Service.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// DUP: it was sent before.
    pub dup: bool,
    /// Packet identifier, at QoS 1 and 2.
    pub id: Option<PacketId>,
    /// Properties of 5.0.
    pub properties: Properties,
}

/// The properties of a message. `None` means absent.
///
/// ```
/// use broker::recording::Properties;
///
/// let properties: Properties = serde_json::from_str(r#"{"response_topic":"answers/7"}"#)?;
/// assert_eq!(properties.response_topic.as_deref(), Some("answers/7"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Properties {
    /// Payload Format Indicator: 1 says that the payload is UTF-8 text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_format_indicator: Option<u8>,
    /// Message Expiry Interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_expiry_interval_secs: Option<u32>,
    /// Will Delay Interval, of a will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub will_delay_interval_secs: Option<u32>,
    /// Content Type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Response Topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_topic: Option<String>,
    /// Correlation Data.
    #[serde(
        rename = "correlation_data_base64",
        skip_serializing_if = "Option::is_none",
        with = "optional_base64"
    )]
    pub correlation_data: Option<Bytes>,
    /// User Properties: pairs, since a name may stand there more than once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_properties: Vec<(String, String)>,
    /// Subscription Identifiers, of a delivery. They belong to one connection and are never published again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subscription_identifiers: Vec<u32>,
    /// Topic Alias. It belongs to one connection and is never sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_alias: Option<u16>,
}

mod optional_base64 {
    use super::*;

    #[allow(clippy::ref_option)] // serde asks so
    pub fn serialize<S: Serializer>(data: &Option<Bytes>, to: S) -> Result<S::Ok, S::Error> {
        data.as_ref()
            .map(|data| BASE64_STANDARD.encode(data))
            .serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Bytes>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(from)?;
        text.map(|text| decode("correlation_data_base64", &text).map_err(serde::de::Error::custom))
            .transpose()
    }
}

fn decode(field: &str, text: &str) -> Result<Bytes, String> {
    BASE64_STANDARD
        .decode(text)
        .map(Bytes::from)
        .map_err(|error| format!("`{field}`: {error}"))
}

/// The fields as they stand in a line.
#[derive(Serialize, Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    topic: Cow<'a, str>,
    #[serde(default)]
    qos: u8,
    #[serde(default)]
    retain: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    dup: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<PacketId>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    payload: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    payload_base64: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "is_default")]
    properties: Cow<'a, Properties>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::ptr_arg)] // serde asks so
fn is_default(properties: &Cow<'_, Properties>) -> bool {
    **properties == Properties::default()
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = std::str::from_utf8(&self.payload).ok();
        let text = text.filter(|_| self.omitted_bytes.is_none());
        let is_bytes = text.is_none() && self.omitted_bytes.is_none();
        let fields = Fields {
            topic: Cow::Borrowed(&self.topic),
            qos: self.qos.bits(),
            retain: self.retain,
            dup: self.dup,
            id: self.id,
            payload: text.map(Cow::Borrowed),
            payload_base64: is_bytes.then(|| BASE64_STANDARD.encode(&self.payload).into()),
            payload_bytes: self.omitted_bytes,
            properties: Cow::Borrowed(&self.properties),
        };
        fields.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let fields = Fields::deserialize(from)?;
        topic::validate_name(&fields.topic)
            .map_err(|error| D::Error::custom(format!("`topic` is {:?}: {error}", fields.topic)))?;
        let payload = match (fields.payload, fields.payload_base64) {
            (Some(_), Some(_)) => {
                return Err(D::Error::custom("both `payload` and `payload_base64`; give one"));
            }
            (Some(text), None) => Bytes::from(text.into_owned()),
            (None, Some(text)) => decode("payload_base64", &text).map_err(D::Error::custom)?,
            (None, None) => Bytes::new(),
        };
        let qos = QoS::from_bits(fields.qos)
            .ok_or_else(|| D::Error::custom(format!("`qos` is {}; it is 0, 1 or 2", fields.qos)))?;
        Ok(Self {
            topic: fields.topic.into_owned(),
            payload,
            omitted_bytes: fields.payload_bytes,
            qos,
            retain: fields.retain,
            dup: fields.dup,
            id: fields.id,
            properties: fields.properties.into_owned(),
        })
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(ToOwned::to_owned)
}

fn pairs(user: &[(&str, &str)]) -> Vec<(String, String)> {
    user.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

impl Message {
    /// Of a packet; `topic` is the real one.
    pub(super) fn of(publish: &Publish<'_>, topic: &str) -> Self {
        let properties = &publish.properties;
        Self {
            topic: topic.to_owned(),
            payload: Bytes::copy_from_slice(publish.payload),
            omitted_bytes: None,
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            id: publish.packet_id,
            properties: Properties {
                payload_format_indicator: properties.payload_format.map(u8::from),
                message_expiry_interval_secs: properties.message_expiry_secs,
                will_delay_interval_secs: None,
                content_type: owned(properties.content_type),
                response_topic: owned(properties.response_topic),
                correlation_data: properties.correlation_data.map(Bytes::copy_from_slice),
                user_properties: pairs(&properties.user),
                subscription_identifiers: properties.subscription_ids.clone(),
                topic_alias: properties.topic_alias,
            },
        }
    }

    pub(super) fn of_will(will: &Will<'_>) -> Self {
        let properties = &will.properties;
        Self {
            topic: will.topic.to_owned(),
            payload: Bytes::copy_from_slice(will.payload),
            qos: will.qos,
            retain: will.retain,
            properties: Properties {
                payload_format_indicator: properties.payload_format.map(u8::from),
                message_expiry_interval_secs: properties.message_expiry_secs,
                will_delay_interval_secs: properties.delay_secs,
                content_type: owned(properties.content_type),
                response_topic: owned(properties.response_topic),
                correlation_data: properties.correlation_data.map(Bytes::copy_from_slice),
                user_properties: pairs(&properties.user),
                ..Properties::default()
            },
            ..Self::default()
        }
    }

    /// As a packet under this identifier. It is sent for the first time, without an alias.
    pub(super) fn publish(&self, packet_id: Option<PacketId>) -> Publish<'_> {
        let properties = &self.properties;
        Publish {
            dup: false,
            qos: self.qos,
            retain: self.retain,
            topic: &self.topic,
            packet_id: packet_id.filter(|_| self.qos != QoS::AtMostOnce),
            properties: PublishProperties {
                payload_format: properties.payload_format_indicator.map(|format| format == 1),
                message_expiry_secs: properties.message_expiry_interval_secs,
                topic_alias: None,
                response_topic: properties.response_topic.as_deref(),
                correlation_data: properties.correlation_data.as_deref(),
                subscription_ids: Vec::new(),
                content_type: properties.content_type.as_deref(),
                user: borrowed(&properties.user_properties),
            },
            payload: &self.payload,
        }
    }

    pub(super) fn will(&self) -> Will<'_> {
        let properties = &self.properties;
        Will {
            topic: &self.topic,
            payload: &self.payload,
            qos: self.qos,
            retain: self.retain,
            properties: WillProperties {
                delay_secs: properties.will_delay_interval_secs,
                payload_format: properties.payload_format_indicator.map(|format| format == 1),
                message_expiry_secs: properties.message_expiry_interval_secs,
                content_type: properties.content_type.as_deref(),
                response_topic: properties.response_topic.as_deref(),
                correlation_data: properties.correlation_data.as_deref(),
                user: borrowed(&properties.user_properties),
            },
        }
    }

    /// As a message that nobody sent.
    pub(crate) fn injected(self) -> Injected {
        let Properties {
            payload_format_indicator,
            message_expiry_interval_secs,
            content_type,
            response_topic,
            correlation_data,
            user_properties,
            ..
        } = self.properties;
        Injected {
            topic: self.topic,
            payload: self.payload,
            qos: self.qos,
            retain: self.retain,
            payload_format: payload_format_indicator.map(|format| format == 1),
            message_expiry_secs: message_expiry_interval_secs,
            content_type,
            response_topic,
            correlation_data,
            user: user_properties,
        }
    }
}

pub(super) fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
