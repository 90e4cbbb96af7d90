//! `Msg`: an application message as the simulation knows it, independent of the broker's own types.

use broker::time::Time;
use broker::wire::{Publish, PublishProperties, QoS, WillProperties};

/// The parts that a subscriber must get exactly as the publisher gave them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Props {
    /// Payload Format Indicator.
    pub payload_format: Option<bool>,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data.
    pub correlation_data: Option<Vec<u8>>,
    /// Content Type.
    pub content_type: Option<String>,
    /// User Properties.
    pub user: Vec<(String, String)>,
}

impl Props {
    /// Those of a PUBLISH.
    pub fn of(wire: &PublishProperties<'_>) -> Self {
        Self {
            payload_format: wire.payload_format,
            response_topic: wire.response_topic.map(str::to_owned),
            correlation_data: wire.correlation_data.map(<[u8]>::to_vec),
            content_type: wire.content_type.map(str::to_owned),
            user: wire
                .user
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    /// Those of a will.
    pub fn of_will(wire: &WillProperties<'_>) -> Self {
        Self::of(&PublishProperties {
            payload_format: wire.payload_format,
            content_type: wire.content_type,
            response_topic: wire.response_topic,
            correlation_data: wire.correlation_data,
            user: wire.user.clone(),
            ..PublishProperties::default()
        })
    }

    /// For a PUBLISH.
    pub fn wire(&self) -> PublishProperties<'_> {
        PublishProperties {
            payload_format: self.payload_format,
            response_topic: self.response_topic.as_deref(),
            correlation_data: self.correlation_data.as_deref(),
            content_type: self.content_type.as_deref(),
            user: self
                .user
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            ..PublishProperties::default()
        }
    }
}

/// An application message that the broker took.
#[derive(Clone, PartialEq, Eq)]
pub struct Msg {
    /// Topic name.
    pub topic: String,
    /// The payload; unless empty, no other message has the same.
    pub payload: Vec<u8>,
    /// The QoS it was published at.
    pub qos: QoS,
    /// RETAIN as published.
    pub retain: bool,
    /// When it expires.
    pub expires_at: Option<Time>,
    /// What must arrive unchanged.
    pub props: Props,
    /// The client identifier of the publisher.
    pub publisher: String,
}

impl std::fmt::Debug for Msg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} qos {}]", self.name(), self.qos)
    }
}

impl Msg {
    /// The message of a PUBLISH that the broker took from `publisher` at `now`.
    pub fn of(now: Time, topic: &str, publish: &Publish<'_>, publisher: &str) -> Self {
        Self {
            topic: topic.to_owned(),
            payload: publish.payload.to_vec(),
            qos: publish.qos,
            retain: publish.retain,
            expires_at: publish
                .properties
                .message_expiry_secs
                .map(|secs| now.plus_secs(secs)),
            props: Props::of(&publish.properties),
            publisher: publisher.to_owned(),
        }
    }

    /// Whether it must not be handed out any more.
    pub fn is_expired(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// A short name for messages to people.
    pub fn name(&self) -> String {
        let payload = String::from_utf8_lossy(&self.payload[..self.payload.len().min(12)]).into_owned();
        format!("{payload:?} on {:?} from {}", self.topic, self.publisher)
    }
}

/// Whether `filter` selects `topic`: the standard's rules (section 4.7) in the plainest way, level by level.
pub fn selects(filter: &str, topic: &str) -> bool {
    fn levels(filter: &[&str], topic: &[&str]) -> bool {
        match (filter.first(), topic.first()) {
            (Some(&"#"), _) | (None, None) => true,
            (Some(&"+"), Some(_)) => levels(&filter[1..], &topic[1..]),
            (Some(wanted), Some(level)) => wanted == level && levels(&filter[1..], &topic[1..]),
            _ => false,
        }
    }
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    levels(
        &filter.split('/').collect::<Vec<_>>(),
        &topic.split('/').collect::<Vec<_>>(),
    )
}

/// The topic filter inside `$share/name/filter`; `None` if it is not shared.
pub fn shared_filter(filter: &str) -> Option<&str> {
    Some(filter.strip_prefix("$share/")?.split_once('/')?.1)
}
