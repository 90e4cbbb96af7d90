//! `Injected`: a message of the embedding program. As much is checked of it as of a client's.

use std::sync::Arc;

use bytes::Bytes;
use settings::BrokerSettings;

use super::Engine;
use super::keeping::UNKEPT;
use super::policy::{Targets, What, Who};
use crate::session::{Charge, Message, MessageProperties, Number};
use crate::time::Time;
use crate::topic;
use crate::wire::{Publish, QoS, Version};

/// The longest string and the longest binary data that a packet can hold.
const MAX_FIELD_BYTES: usize = 65_535;

/// A message that comes from the program itself and not from a client.
///
/// Subscribers of 5.0 get its properties as given; those of 3.x get the message without them.
///
/// ```
/// use broker::{Injected, QoS};
///
/// let message = Injected::text("lamp/state", "on").qos(QoS::AtLeastOnce).retained();
/// assert_eq!((message.topic.as_str(), &message.payload[..]), ("lamp/state", &b"on"[..]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Injected {
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Bytes,
    /// The highest QoS at which subscribers get it.
    pub qos: QoS,
    /// Whether it is to be retained.
    pub retain: bool,
    /// Payload Format Indicator: `true` says that the payload is UTF-8 text.
    pub payload_format: Option<bool>,
    /// Message Expiry Interval in seconds.
    pub message_expiry_secs: Option<u32>,
    /// Content Type.
    pub content_type: Option<String>,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data.
    pub correlation_data: Option<Bytes>,
    /// User Properties: names and values, in the order given.
    pub user: Vec<(String, String)>,
}

impl Injected {
    /// A text message of QoS 0, not retained.
    ///
    /// ```
    /// use broker::Injected;
    ///
    /// let message = Injected::text("lamp/set", "on");
    /// assert_eq!((&message.payload[..], message.retain), (&b"on"[..], false));
    /// ```
    pub fn text(topic: impl Into<String>, payload: impl Into<String>) -> Self {
        Self::bytes(topic, payload.into())
    }

    /// A message of any bytes, of QoS 0, not retained.
    pub fn bytes(topic: impl Into<String>, payload: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            ..Self::default()
        }
    }

    /// The same at another QoS.
    ///
    #[must_use]
    pub fn qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// The same, to be retained.
    ///
    #[must_use]
    pub fn retained(mut self) -> Self {
        self.retain = true;
        self
    }

    /// The same with a Payload Format Indicator: whether the payload is UTF-8 text.
    ///
    #[must_use]
    pub fn payload_format(mut self, is_text: bool) -> Self {
        self.payload_format = Some(is_text);
        self
    }

    /// The same with a Message Expiry Interval.
    ///
    #[must_use]
    pub fn message_expiry_secs(mut self, secs: u32) -> Self {
        self.message_expiry_secs = Some(secs);
        self
    }

    /// The same with a Content Type.
    ///
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The same with a Response Topic.
    ///
    #[must_use]
    pub fn response_topic(mut self, topic: impl Into<String>) -> Self {
        self.response_topic = Some(topic.into());
        self
    }

    /// The same with Correlation Data.
    ///
    #[must_use]
    pub fn correlation_data(mut self, data: impl Into<Bytes>) -> Self {
        self.correlation_data = Some(data.into());
        self
    }

    /// The same with one more User Property; a name may come more than once.
    ///
    #[must_use]
    pub fn user_property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.user.push((name.into(), value.into()));
        self
    }
}

/// Why a message of the embedding program cannot be published.
///
/// ```
/// # use std::sync::Arc;
/// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
/// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// use broker_core::engine::Injected;
///
/// let error = engine.publish(Time::ZERO, Injected::text("lamp/+", "on")).unwrap_err();
/// assert_eq!(error.topic, "lamp/+");
/// println!("{error}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a message to {topic:?} cannot be published: {what}")]
pub struct InjectError {
    /// The topic given.
    pub topic: String,
    /// What is wrong with the message.
    pub what: String,
}

impl Engine {
    /// The message as the engine keeps it, and who gets it, if a client could have sent it and the policy allows it.
    pub(super) fn admit_injected(
        &mut self,
        now: Time,
        message: Injected,
    ) -> Result<(Arc<Targets>, Message), InjectError> {
        let what = What::new(message.qos, message.retain);
        let (who, format) = (Who::Program, message.payload_format);
        let admitted = check(&message, &self.settings).and_then(|()| {
            let found = (&mut self.routing, &mut self.work);
            self.policy
                .decide((who, None), what, &message.topic, &self.sessions, found)
                .targets()
                .and_then(|targets| {
                    self.policy.examine(who, what, format, &message.payload)?;
                    Ok(targets)
                })
                .map_err(|denial| denial.words().into_owned())
        });
        let admitted = admitted.and_then(|targets| {
            let is_unkept = self.cannot_keep_message(None, what, &targets);
            (!is_unkept).then_some(targets).ok_or_else(|| UNKEPT.to_owned())
        });
        match admitted {
            Ok(targets) => Ok((targets, kept(now, message))),
            Err(what) => Err(InjectError {
                topic: message.topic,
                what,
            }),
        }
    }
}

fn kept(now: Time, message: Injected) -> Message {
    let properties = MessageProperties {
        payload_format: message.payload_format,
        response_topic: message.response_topic.map(Arc::from),
        correlation_data: message.correlation_data,
        content_type: message.content_type.map(Arc::from),
        user: message
            .user
            .into_iter()
            .map(|(name, value)| (Arc::from(name), Arc::from(value)))
            .collect(),
    };
    Message {
        charge: Charge::default(),
        number: Number::default(),
        topic: Arc::from(message.topic),
        payload: message.payload,
        qos: message.qos,
        retain: message.retain,
        expires_at: message.message_expiry_secs.map(|secs| now.plus_secs(secs)),
        properties: (properties != MessageProperties::default()).then(|| Box::new(properties)),
        publisher: Arc::from(""),
    }
}

fn check(message: &Injected, settings: &BrokerSettings) -> Result<(), String> {
    topic::validate_name(&message.topic)
        .map_err(|error| format!("its topic is no topic name: {}", error.what))?;
    if let Some(response_topic) = &message.response_topic {
        // MQTT5-3.3.2-14, MQTT5-4.7.3-1
        topic::validate_name(response_topic)
            .map_err(|error| format!("its Response Topic is no topic name: {}", error.what))?;
    }
    // MQTT5-1.5.4-2, and section 1.5.4
    let text = |name: &str, text: &str| match text {
        _ if text.contains('\0') => Err(format!(
            "its {name} holds the character U+0000, which no string may"
        )),
        _ if text.len() > MAX_FIELD_BYTES => Err(format!(
            "its {name} has {} bytes; a string has at most {MAX_FIELD_BYTES}",
            text.len()
        )),
        _ => Ok(()),
    };
    text(
        "Content Type",
        message.content_type.as_deref().unwrap_or_default(),
    )?;
    for (name, value) in &message.user {
        text("User Property", name)?;
        text("User Property", value)?;
    }
    // Section 1.5.6
    if let Some(data) = message
        .correlation_data
        .as_ref()
        .filter(|data| data.len() > MAX_FIELD_BYTES)
    {
        return Err(format!(
            "its Correlation Data has {} bytes; there may be {MAX_FIELD_BYTES}",
            data.len()
        ));
    }
    let (bytes, most) = (
        packet_bytes(message),
        settings.limits.max_packet_size_bytes as usize,
    );
    if bytes > most {
        return Err(format!(
            "as a packet it has {bytes} bytes; limits.max_packet_size_bytes is {most}"
        ));
    }
    Ok(())
}

/// How long a client's PUBLISH with this message would be.
fn packet_bytes(message: &Injected) -> usize {
    let mut publish = Publish::new(&message.topic, &message.payload, message.qos);
    let properties = &mut publish.properties;
    properties.payload_format = message.payload_format;
    properties.message_expiry_secs = message.message_expiry_secs;
    properties.content_type = message.content_type.as_deref();
    properties.response_topic = message.response_topic.as_deref();
    properties.correlation_data = message.correlation_data.as_deref();
    properties.user = message
        .user
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    publish.encoded_len(Version::V5)
}
