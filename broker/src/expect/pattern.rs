//! [`Pattern`]: which entries of the journal are meant.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use super::{Count, PayloadIs, Regex, names};
use crate::journal::{Direction, Entry};
use crate::topic;
use crate::wire::ReasonCode;

/// Which entries are meant, and how often they are expected. Made by [`publish`](super::publish) and its kin; the
/// documentation of [the room](super) tells how to use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use = "a pattern does nothing by itself: give it to `broker.expect(…)`"]
pub struct Pattern {
    pub(super) what: What,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) way: Option<Direction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) topic: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<(String, Value)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) payload: Vec<PayloadIs>,
    #[serde(
        default,
        skip_deserializing,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "no_closures"
    )]
    pub(super) tests: Vec<Test>,
    #[serde(default)]
    pub(super) count: Count,
}

/// What kind of entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A packet with this name, as `PUBLISH`.
    Packet(String),
    /// An event with this name, as `connected`.
    Event(String),
    /// Any packet.
    AnyPacket,
}

/// A closure, and what it asks for in words.
#[derive(Clone)]
pub(super) struct Test {
    pub words: String,
    pub holds: Arc<dyn Fn(&Entry) -> bool + Send + Sync>,
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Test({:?})", self.words)
    }
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.holds, &other.holds)
    }
}

fn no_closures<S: Serializer>(tests: &[Test], _: S) -> Result<S::Ok, S::Error> {
    let words: Vec<_> = tests.iter().map(|test| test.words.as_str()).collect();
    Err(serde::ser::Error::custom(format!(
        "a closure cannot be written down: {}",
        words.join(", ")
    )))
}

/// A pattern that nothing can fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pattern}: {what}")]
pub struct Invalid {
    /// The pattern in words.
    pub pattern: String,
    /// What is wrong with it.
    pub what: String,
}

impl Pattern {
    pub(super) fn new(what: What, way: Option<Direction>) -> Self {
        Self {
            what,
            way,
            client: None,
            topic: None,
            fields: Vec::new(),
            payload: Vec::new(),
            tests: Vec::new(),
            count: Count::default(),
        }
    }

    fn is_event(&self) -> bool {
        matches!(self.what, What::Event(_))
    }

    /// Sent by this client.
    pub fn from(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        if !self.is_event() {
            self.way = Some(Direction::In);
        }
        self
    }

    /// Sent by the broker to this client.
    pub fn to(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        if !self.is_event() {
            self.way = Some(Direction::Out);
        }
        self
    }

    /// Sent by the broker, to whomever.
    pub fn outbound(mut self) -> Self {
        self.way = Some(Direction::Out);
        self
    }

    /// Of this client, whichever way; for events.
    pub fn of(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        self
    }

    /// The topic name fits this topic filter.
    pub fn topic(mut self, filter: impl Into<String>) -> Self {
        self.topic = Some(filter.into());
        self
    }

    /// The field at `path` is `value`: any that the entry [has as JSON](crate::journal#as-json). Of an object only what
    /// is named has to be there; of a list one element has to fit.
    pub fn field(mut self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.push((path.into(), value.into()));
        self
    }

    /// QoS.
    pub fn qos(self, qos: u8) -> Self {
        self.field("qos", qos)
    }

    /// RETAIN.
    pub fn retain(self, retain: bool) -> Self {
        self.field("retain", retain)
    }

    /// DUP.
    pub fn dup(self, dup: bool) -> Self {
        self.field("dup", dup)
    }

    /// Packet Identifier.
    pub fn packet_identifier(self, id: u16) -> Self {
        self.field("packet_identifier", id)
    }

    /// Reason Code; the return code of 3.x counts as the reason code that says the same. Of SUBACK and UNSUBACK, one of
    /// them.
    pub fn reason(self, reason: ReasonCode) -> Self {
        let lists = matches!(&self.what, What::Packet(name) if name == "SUBACK" || name == "UNSUBACK");
        self.field(if lists { "reason_codes" } else { "reason_code" }, reason.0)
    }

    /// Session Present.
    pub fn session_present(self, present: bool) -> Self {
        self.field("session_present", present)
    }

    /// Clean Start, or Clean Session.
    pub fn clean_start(self, clean: bool) -> Self {
        self.field("clean_start", clean)
    }

    /// Keep Alive in seconds.
    pub fn keep_alive_secs(self, secs: u16) -> Self {
        let name = if self.is_event() {
            "keep_alive_secs"
        } else {
            "keep_alive"
        };
        self.field(name, secs)
    }

    /// User Name.
    pub fn user_name(self, name: impl Into<String>) -> Self {
        let field = if self.is_event() { "user" } else { "user_name" };
        self.field(field, name.into())
    }

    /// A will on this topic.
    pub fn will_topic(self, topic: impl Into<String>) -> Self {
        self.field("will.topic", topic.into())
    }

    /// The version: `"3.1"`, `"3.1.1"` or `"5.0"`.
    pub fn version(self, version: impl Into<String>) -> Self {
        self.field("version", version.into())
    }

    /// One of the topic filters of SUBSCRIBE or UNSUBSCRIBE, or the one of an event, is exactly this.
    pub fn topic_filter(self, filter: impl Into<String>) -> Self {
        let filter = filter.into();
        match &self.what {
            What::Packet(name) if name == "SUBSCRIBE" => {
                self.field("topic_filters", json!({ "topic_filter": filter }))
            }
            What::Event(_) => self.field("filter", filter),
            _ => self.field("topic_filters", filter),
        }
    }

    /// A property, by its name in the standard in snake case: `property("topic_alias", 3)`.
    pub fn property(self, name: &str, value: impl Into<Value>) -> Self {
        self.field(format!("properties.{name}"), value)
    }

    /// A User Property.
    pub fn user_property(self, name: &str, value: &str) -> Self {
        self.property("user_property", json!({ "name": name, "value": value }))
    }

    /// Content Type.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.property("content_type", content_type.into())
    }

    /// Response Topic.
    pub fn response_topic(self, topic: impl Into<String>) -> Self {
        self.property("response_topic", topic.into())
    }

    /// Message Expiry Interval in seconds.
    pub fn message_expiry_secs(self, secs: u32) -> Self {
        self.property("message_expiry_interval", secs)
    }

    /// Session Expiry Interval in seconds.
    pub fn session_expiry_secs(self, secs: u32) -> Self {
        self.property("session_expiry_interval", secs)
    }

    /// The payload is this text.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.payload(PayloadIs::Text(text.into()))
    }

    /// The payload is a text with this in it.
    pub fn containing(self, part: impl Into<String>) -> Self {
        self.payload(PayloadIs::Contains(part.into()))
    }

    /// The payload is these bytes.
    pub fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload(PayloadIs::Bytes(bytes.into()))
    }

    /// The payload is empty.
    pub fn empty(self) -> Self {
        self.payload(PayloadIs::Len(0))
    }

    /// In the payload, a text, this regular expression finds something.
    pub fn matching(self, regex: impl Into<String>) -> Self {
        self.payload(PayloadIs::Matches(Regex::from(regex.into())))
    }

    /// The payload is this JSON value, however it is written.
    pub fn json(self, value: impl Into<Value>) -> Self {
        self.payload(PayloadIs::Json(value.into()))
    }

    /// The payload is JSON with at least these members.
    pub fn json_subset(self, value: impl Into<Value>) -> Self {
        self.payload(PayloadIs::JsonSubset(value.into()))
    }

    /// The payload is JSON with this value at the place that `pointer` names, as `/list/0/name`.
    pub fn json_at(self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.payload(PayloadIs::JsonAt {
            pointer: pointer.into(),
            is: value.into(),
        })
    }

    /// The payload is as described.
    pub fn payload(mut self, is: PayloadIs) -> Self {
        self.payload.push(is);
        self
    }

    /// What only a closure can say; `words` tell it to whoever reads the report. It is asked about entries that fit in
    /// everything else, on the broker's thread: it should answer at once.
    pub fn test(
        mut self,
        words: impl Into<String>,
        holds: impl Fn(&Entry) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.tests.push(Test {
            words: words.into(),
            holds: Arc::new(holds),
        });
        self
    }

    /// How often: a number, or a range such as `2..`. At least once where nothing is said.
    pub fn times(mut self, count: impl Into<Count>) -> Self {
        self.count = count.into();
        self
    }

    /// Not at all.
    pub fn never(self) -> Self {
        self.times(Count::NEVER)
    }

    /// What makes it impossible to fit, if anything does.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let invalid = |what: String| Invalid {
            pattern: self.to_string(),
            what,
        };
        if let Some(wrong) = names::wrong_kind(&self.what) {
            return Err(invalid(wrong));
        }
        let wrong = |(path, _): &(String, Value)| names::wrong_field(&self.what, path);
        if let Some(wrong) = self.fields.iter().find_map(wrong) {
            return Err(invalid(wrong));
        }
        if self.topic.is_some() && !names::has_topic(&self.what) {
            return Err(invalid(
                "it has no topic name; `topic_filter` is that of a subscription".to_owned(),
            ));
        }
        if !self.payload.is_empty() && !names::has_payload(&self.what) {
            return Err(invalid(
                "it has no payload; that of a will is the field `will.payload`".to_owned(),
            ));
        }
        if let Some(filter) = &self.topic
            && let Err(error) = topic::validate_filter(filter)
        {
            return Err(invalid(format!(
                "{filter:?} is not a topic filter: {}",
                error.what
            )));
        }
        for is in &self.payload {
            match is {
                PayloadIs::Matches(regex) => {
                    if let Some(error) = regex.error() {
                        return Err(invalid(format!(
                            "{:?} is not a regular expression: {error}",
                            regex.as_str()
                        )));
                    }
                }
                PayloadIs::JsonAt { pointer, .. } if !pointer.is_empty() && !pointer.starts_with('/') => {
                    return Err(invalid(format!(
                        "{pointer:?} is not a JSON pointer: it begins with /, as in \"/list/0/name\""
                    )));
                }
                _ => {}
            }
        }
        match (self.count.min, self.count.max) {
            (min, Some(max)) if min > max => Err(invalid(format!("{min} to {max} times is no range"))),
            _ => Ok(()),
        }
    }
}
