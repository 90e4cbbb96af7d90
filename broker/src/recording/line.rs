//! The lines of a recording: what each event has.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::message::{Message, borrowed};
use crate::journal::Direction;
use crate::wire::{
    Connect, ConnectProperties, FilterRequest, PacketId, QoS, RetainHandling, SubscriptionOptions, Version,
};

/// What the first line calls the format.
pub(super) const FORMAT: &str = "citronella-recording";
/// Counts changes that an older reader cannot read.
pub(super) const VERSION: u32 = 1;
/// Counts additions, which an older reader passes over.
pub(super) const MINOR: u32 = 1;

/// The first line: what this is, and where it comes from. A recording of an older program may lack most of it.
///
/// ```
/// use broker::recording::Recording;
///
/// let text = r#"{"at_secs":0,"event":"recording","version":1,"time":"2026-01-31T12:00:00Z"}"#;
/// let head = Recording::read(text.as_bytes())?.head;
/// assert_eq!((head.version, head.minor, &*head.time), (1, 0, "2026-01-31T12:00:00Z"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Head {
    /// `citronella-recording`.
    pub format: String,
    /// Counts changes that an older reader cannot read.
    pub version: u32,
    /// Counts additions, which an older reader passes over.
    pub minor: u32,
    /// When it began, in UTC (RFC 3339).
    pub time: String,
    /// The program that wrote it, with its version.
    pub by: String,
    /// What answered: `native`, `rumqttd` or `relay`.
    pub engine: String,
}

/// One line: when, on which connection, and what happened.
///
/// ```
/// use broker::recording::Recording;
///
/// let text = r#"{"at_secs":0.5,"event":"message","conn":3,"client_id":"lamp","topic":"a"}"#;
/// let step = &Recording::read(text.as_bytes())?.steps[0];
/// assert_eq!((step.at.as_millis(), step.conn, &*step.client_id), (500, 3, "lamp"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// Since the recording began.
    pub at: Duration,
    /// Number of the connection; 0 where the recording does not say.
    pub conn: u32,
    /// Client identifier; empty where the recording does not say.
    pub client_id: String,
    /// What happened.
    pub what: What,
}

/// What happened.
///
/// ```
/// use broker::recording::{Recording, What};
///
/// let text = r#"{"event":"closed","client_id":"lamp","cause":"connection_lost"}"#;
/// let step = &Recording::read(text.as_bytes())?.steps[0];
/// assert_eq!(step.what, What::Closed { cause: "connection_lost".to_owned() });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// A client asked to open a session.
    Connect(Box<Session>),
    /// A client published a message.
    Message(Box<Message>),
    /// A client was sent a message.
    Delivery {
        /// The message.
        message: Box<Message>,
        /// When it was published, in seconds since the recording began; of retained messages, where that is known. Negative: before.
        published_at_secs: Option<f64>,
    },
    /// A client subscribed.
    Subscribe(Subscription),
    /// A client unsubscribed.
    Unsubscribe(Unsubscription),
    /// Any other packet.
    Packet(Packet),
    /// The connection ended.
    Closed {
        /// Why, as the event `disconnected` says it.
        cause: String,
    },
}

/// A CONNECT, without its password.
///
/// ```
/// use broker::recording::Session;
///
/// let session: Session = serde_json::from_str(r#"{"mqtt_version":"5.0","keep_alive_secs":60,"user":"anna","password":true}"#)?;
/// assert_eq!((session.keep_alive_secs, session.user.as_deref(), session.will), (60, Some("anna"), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// `3.1`, `3.1.1` or `5.0`.
    pub mqtt_version: String,
    /// Clean Start, or Clean Session of 3.x.
    #[serde(default)]
    pub clean_start: bool,
    /// Keep Alive; 0 = none.
    #[serde(default)]
    pub keep_alive_secs: u16,
    /// User name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether there was a password. It is not recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub password: bool,
    /// The will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub will: Option<Message>,
    /// Properties of 5.0.
    #[serde(default)]
    pub properties: SessionProperties,
}

/// Properties of CONNECT. `None` means absent.
///
/// ```
/// let properties: broker::recording::SessionProperties = serde_json::from_str(r#"{"receive_maximum":10}"#)?;
/// assert_eq!((properties.receive_maximum, properties.session_expiry_interval_secs), (Some(10), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct SessionProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_expiry_interval_secs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receive_maximum: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_packet_size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_alias_maximum: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication_method: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_properties: Vec<(String, String)>,
}

/// A SUBSCRIBE.
///
/// ```
/// let it: broker::recording::Subscription = serde_json::from_str(r#"{"id":1,"filters":[{"filter":"home/#","qos":1}]}"#)?;
/// assert_eq!((it.filters[0].filter.as_str(), it.filters[0].qos), ("home/#", 1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subscription {
    /// Packet identifier.
    #[serde(default)]
    pub id: Option<PacketId>,
    /// What was asked for.
    pub filters: Vec<Filter>,
    /// Subscription Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_identifier: Option<u32>,
}

/// A topic filter with its options.
///
/// ```
/// let filter: broker::recording::Filter = serde_json::from_str(r#"{"filter":"home/#","no_local":true}"#)?;
/// assert_eq!((filter.qos, filter.no_local, filter.retain_handling), (0, true, 0));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Filter {
    /// Topic filter.
    pub filter: String,
    /// Maximum QoS.
    #[serde(default)]
    pub qos: u8,
    /// No Local.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_local: bool,
    /// Retain As Published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retain_as_published: bool,
    /// Retain Handling: 0 to 2.
    #[serde(default)]
    pub retain_handling: u8,
}

/// An UNSUBSCRIBE.
///
/// ```
/// let it: broker::recording::Unsubscription = serde_json::from_str(r#"{"id":2,"filters":["home/#"]}"#)?;
/// assert_eq!(it.filters, ["home/#"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unsubscription {
    /// Packet identifier.
    #[serde(default)]
    pub id: Option<PacketId>,
    /// Topic filters.
    pub filters: Vec<String>,
}

/// Any other packet, as it was on the wire.
///
/// ```
/// let text = r#"{"direction":"out","packet":"PUBACK","words":"PUBACK #1","raw_base64":"QAIAAQ=="}"#;
/// let packet: broker::recording::Packet = serde_json::from_str(text)?;
/// assert_eq!(packet.direction, broker::journal::Direction::Out);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Packet {
    /// Which way it went.
    pub direction: Direction,
    /// Its type: `PUBACK`, …
    pub packet: String,
    /// The packet in words, for the reader.
    #[serde(default)]
    pub words: String,
    /// Its bytes; absent where a secret is among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_base64: Option<String>,
}

/// The version of these words.
pub(super) fn version(words: &str) -> Option<Version> {
    [Version::V31, Version::V311, Version::V5]
        .into_iter()
        .find(|version| version.to_string() == words)
}

impl Session {
    pub(super) fn of(connect: &Connect<'_>) -> Self {
        let properties = &connect.properties;
        Self {
            mqtt_version: connect.version.to_string(),
            clean_start: connect.clean_start,
            keep_alive_secs: connect.keep_alive_secs,
            user: connect.username.map(ToOwned::to_owned),
            password: connect.password.is_some(),
            will: connect.will.as_ref().map(Message::of_will),
            properties: SessionProperties {
                session_expiry_interval_secs: properties.session_expiry_secs,
                receive_maximum: properties.receive_maximum,
                maximum_packet_size: properties.maximum_packet_size,
                topic_alias_maximum: properties.topic_alias_maximum,
                authentication_method: properties.authentication_method.map(ToOwned::to_owned),
                user_properties: properties
                    .user
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            },
        }
    }

    /// The plainest session of this version.
    pub(super) fn plain(mqtt_version: &str) -> Self {
        Self {
            mqtt_version: mqtt_version.to_owned(),
            clean_start: true,
            keep_alive_secs: 60,
            user: None,
            password: false,
            will: None,
            properties: SessionProperties::default(),
        }
    }

    pub(super) fn version(&self) -> Version {
        version(&self.mqtt_version).unwrap_or(Version::V311)
    }

    /// The packet that asks for the same session. An authentication method is left out, since nobody here could go on with it.
    pub(super) fn connect<'a>(
        &'a self,
        client_id: &'a str,
        login: (Option<&'a str>, Option<&'a [u8]>),
    ) -> Connect<'a> {
        let mut connect = Connect::new(self.version(), client_id);
        connect.clean_start = self.clean_start;
        connect.keep_alive_secs = self.keep_alive_secs;
        connect.will = self.will.as_ref().map(Message::will);
        (connect.username, connect.password) = login;
        connect.properties = ConnectProperties {
            session_expiry_secs: self.properties.session_expiry_interval_secs,
            receive_maximum: self.properties.receive_maximum,
            maximum_packet_size: self.properties.maximum_packet_size,
            topic_alias_maximum: None,
            user: borrowed(&self.properties.user_properties),
            ..ConnectProperties::default()
        };
        connect
    }
}

impl Filter {
    pub(super) fn of(request: &FilterRequest<'_>) -> Self {
        let options = request.options;
        Self {
            filter: request.filter.to_owned(),
            qos: options.qos.bits(),
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            retain_handling: options.retain_handling as u8,
        }
    }

    pub(super) fn request(&self) -> FilterRequest<'_> {
        FilterRequest {
            filter: &self.filter,
            options: SubscriptionOptions {
                qos: QoS::from_bits(self.qos).unwrap_or_default(),
                no_local: self.no_local,
                retain_as_published: self.retain_as_published,
                retain_handling: match self.retain_handling {
                    1 => RetainHandling::IfNew,
                    2 => RetainHandling::Never,
                    _ => RetainHandling::Always,
                },
            },
        }
    }
}
