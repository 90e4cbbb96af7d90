//! A message as a line of JSON, there and back: what `--json` prints, `--record` writes and `--replay` reads.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::message::Message;
use crate::packet::{PublishProperties, QoS};
use crate::topic::validate_topic;

/// What the first line calls the format.
pub(super) const FORMAT: &str = "citronella-recording";
/// Version of the schema.
pub(super) const VERSION: u32 = 1;
/// Counts what was added to it, which an older reader passes over.
pub(super) const MINOR: u32 = 1;

/// A recorded message.
///
/// ```
/// use client::Record;
///
/// let line = r#"{"at_secs":0.5,"event":"message","topic":"a/b","qos":1,"payload":"21.5"}"#;
/// let record = Record::parse(line).unwrap().unwrap();
/// assert_eq!((record.topic.as_str(), &record.payload[..]), ("a/b", &b"21.5"[..]));
/// // Lines of other events are passed over.
/// assert!(Record::parse(r#"{"at_secs":0,"event":"connected"}"#).unwrap().is_none());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Since the recording began.
    pub at: Duration,
    /// Topic name.
    pub topic: String,
    /// Payload.
    pub payload: Bytes,
    /// QoS.
    pub qos: QoS,
    /// The retain flag.
    pub retain: bool,
    /// Version 5's properties, without those that belong to one connection only.
    pub properties: Option<PublishProperties>,
}

/// A line that is not a recorded message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct RecordError {
    what: String,
    is_cut: bool,
    is_incomplete: bool,
}

impl RecordError {
    /// What is wrong, in words.
    pub fn new(what: impl ToString) -> Self {
        Self {
            what: what.to_string(),
            is_cut: false,
            is_incomplete: false,
        }
    }

    /// Whether the line is right, and says that its payload was too large to be recorded.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Whether the line ends too early, as the last one of a recording that was cut does.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}

/// The version of a recording's format, if this is the first line of one that is newer than what is known here. Such a recording
/// is read as far as it can be.
///
/// ```
/// assert_eq!(client::newer_format(r#"{"event":"recording","version":2}"#), Some(2));
/// assert_eq!(client::newer_format(r#"{"event":"recording","version":1,"minor":7}"#), None);
/// ```
#[must_use]
pub fn newer_format(line: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Head<'a> {
        event: Cow<'a, str>,
        version: u32,
    }
    let head: Head<'_> = serde_json::from_str(line).ok()?;
    (head.event == "recording" && head.version > VERSION).then_some(head.version)
}

/// The fields of a message, as they are written.
#[derive(Debug, Serialize)]
pub(super) struct MessageFields<'a> {
    topic: &'a str,
    qos: u8,
    retain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<PropertiesRecord<'a>>,
}

impl<'a> MessageFields<'a> {
    pub(super) fn of(message: &'a Message) -> Self {
        let (qos, retain) = (message.qos, message.retain);
        let properties = message.properties.as_ref();
        Self::from_parts(
            &message.topic,
            &message.payload,
            qos,
            retain,
            message.id,
            properties,
        )
    }

    pub(super) fn from_parts(
        topic: &'a str,
        payload: &'a [u8],
        qos: QoS,
        retain: bool,
        id: u16,
        properties: Option<&'a PublishProperties>,
    ) -> Self {
        let text = std::str::from_utf8(payload).ok();
        Self {
            topic,
            qos: qos as u8,
            retain,
            id: (id != 0 && qos != QoS::AtMostOnce).then_some(id),
            payload: text,
            payload_base64: text.is_none().then(|| BASE64.encode(payload)),
            properties: properties
                .map(PropertiesRecord::of)
                .filter(|all| *all != PropertiesRecord::default()),
        }
    }
}

/// PUBLISH's properties as JSON. What an interval counts is the end of its name; bytes are in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PropertiesRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_format_indicator: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_expiry_interval_secs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_topic: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_data_base64: Option<String>,
    /// Pairs, since a name may stand there more than once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    user_properties: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subscription_identifiers: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_alias: Option<u16>,
}

impl<'a> PropertiesRecord<'a> {
    /// These properties.
    #[must_use]
    pub fn of(all: &'a PublishProperties) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self {
            payload_format_indicator: all.payload_format_indicator,
            message_expiry_interval_secs: all.message_expiry_interval,
            content_type: text(&all.content_type),
            response_topic: text(&all.response_topic),
            correlation_data_base64: all.correlation_data.as_ref().map(|data| BASE64.encode(data)),
            user_properties: all
                .user_properties
                .iter()
                .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
                .collect(),
            subscription_identifiers: all.subscription_identifiers.clone(),
            topic_alias: all.topic_alias,
        }
    }

    /// As one may publish them again: subscription identifiers and topic aliases belonged to one connection.
    fn into_properties(self) -> Result<PublishProperties, RecordError> {
        let correlation_data = match self.correlation_data_base64 {
            None => None,
            Some(text) => Some(decode("correlation_data_base64", &text)?),
        };
        Ok(PublishProperties {
            payload_format_indicator: self.payload_format_indicator,
            message_expiry_interval: self.message_expiry_interval_secs,
            topic_alias: None,
            response_topic: self.response_topic.map(Cow::into_owned),
            correlation_data,
            user_properties: self
                .user_properties
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            subscription_identifiers: Vec::new(),
            content_type: self.content_type.map(Cow::into_owned),
        })
    }
}

fn decode(field: &str, text: &str) -> Result<Bytes, RecordError> {
    BASE64
        .decode(text)
        .map(Bytes::from)
        .map_err(|error| RecordError::new(format!("{field}: {error}")))
}

/// What of a line is read; other fields are passed over.
#[derive(Deserialize)]
struct Fields<'a> {
    event: Option<Cow<'a, str>>,
    #[serde(default)]
    at_secs: f64,
    topic: Option<String>,
    #[serde(default)]
    qos: u8,
    #[serde(default)]
    retain: bool,
    payload: Option<String>,
    payload_base64: Option<Cow<'a, str>>,
    /// The payload is not there: it was too large.
    payload_bytes: Option<u64>,
    properties: Option<PropertiesRecord<'a>>,
}

impl Record {
    /// Reads a line; `None` when it tells of another event than a message.
    ///
    /// # Errors
    /// [`RecordError`]: not JSON, or a field that is missing or wrong.
    pub fn parse(line: &str) -> Result<Option<Self>, RecordError> {
        let wrong = |what: String| Err(RecordError::new(what));
        let fields: Fields<'_> = serde_json::from_str(line).map_err(|error| RecordError {
            is_cut: error.is_eof(),
            ..RecordError::new(error)
        })?;
        if fields.event.is_some_and(|event| event != "message") {
            return Ok(None);
        }
        let Some(topic) = fields.topic else {
            return wrong("`topic` is missing".to_owned());
        };
        if let Err(error) = validate_topic(&topic) {
            return wrong(error.to_string());
        }
        if let Some(bytes) = fields.payload_bytes {
            return Err(RecordError {
                is_incomplete: true,
                ..RecordError::new(format!(
                    "its payload of {bytes} bytes was too large to be recorded"
                ))
            });
        }
        let payload = match (fields.payload, fields.payload_base64) {
            (Some(_), Some(_)) => {
                return wrong("both `payload` and `payload_base64`; give one".to_owned());
            }
            (Some(text), None) => text.into(),
            (None, Some(text)) => decode("payload_base64", &text)?,
            (None, None) => Bytes::new(),
        };
        let qos = match fields.qos {
            0 => QoS::AtMostOnce,
            1 => QoS::AtLeastOnce,
            2 => QoS::ExactlyOnce,
            other => return wrong(format!("`qos` is {other}; it is 0, 1 or 2")),
        };
        let Ok(at) = Duration::try_from_secs_f64(fields.at_secs) else {
            return wrong(format!("`at_secs` is {}; it is 0 or more", fields.at_secs));
        };
        let properties = fields.properties.map(PropertiesRecord::into_properties);
        Ok(Some(Self {
            at,
            topic,
            payload,
            qos,
            retain: fields.retain,
            properties: properties.transpose()?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::{Line, Lines};
    use super::*;

    fn message(payload: &'static [u8]) -> Message {
        Message {
            topic: "a/ö".to_owned(),
            payload: payload.into(),
            qos: QoS::ExactlyOnce,
            retain: true,
            id: 7,
            properties: Some(PublishProperties {
                content_type: Some("x".to_owned()),
                correlation_data: Some(Bytes::from_static(b"\xFF\0")),
                user_properties: vec![("k".into(), "1".into()), ("k".into(), "2".into())],
                message_expiry_interval: Some(60),
                subscription_identifiers: vec![3],
                topic_alias: Some(1),
                ..PublishProperties::default()
            }),
            property_order: Vec::new(),
        }
    }

    #[test]
    fn a_message_survives() {
        for payload in [b"text \"quoted\"".as_slice(), b"\xFF\0\x01", b""] {
            let message = message(payload);
            let line = Lines::start().line(&Line::message(&message));
            let record = Record::parse(&line).unwrap().unwrap();
            assert_eq!(
                (&record.topic, &record.payload),
                (&message.topic, &message.payload)
            );
            assert!(record.retain && record.qos == QoS::ExactlyOnce);
            // What belonged to the connection is gone.
            let mut expected = message.properties.unwrap();
            expected.subscription_identifiers.clear();
            expected.topic_alias = None;
            assert_eq!(record.properties, Some(expected));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, words) in [
            ("{", "EOF"),
            ("{}", "`topic` is missing"),
            (r#"{"topic":"a","payload_bytes":9}"#, "9 bytes was too large"),
            (r#"{"topic":"a/#"}"#, "'+' or '#'"),
            (r#"{"topic":"a","qos":3}"#, "it is 0, 1 or 2"),
            (
                r#"{"topic":"a","payload":"x","payload_base64":"eA=="}"#,
                "give one",
            ),
            (r#"{"topic":"a","payload_base64":"%"}"#, "payload_base64"),
            (r#"{"topic":"a","at_secs":-1}"#, "0 or more"),
            (
                r#"{"topic":"a","properties":{"content-type":"x"}}"#,
                "content_type",
            ),
        ] {
            let error = Record::parse(line).unwrap_err().to_string();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
