//! A message that a client publishes, held against a document.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::bindings::Wanted;
use crate::document::{Channel, Document, Message, Operation, Side};
use crate::effort::Budget;
use crate::payload::{Payload, essence};
use crate::place::Place;
use crate::rule::Rule;

/// So many things that are wrong with one message are told.
const MOST_VIOLATIONS: usize = 8;

/// A message that a client publishes, or its will.
#[derive(Debug, Clone, Copy, Default)]
pub struct Publication<'a> {
    /// Client identifier of the publisher.
    pub client_id: &'a str,
    /// Topic name.
    pub topic: &'a str,
    /// Payload.
    pub payload: &'a [u8],
    /// QoS: 0, 1 or 2.
    pub qos: u8,
    /// RETAIN.
    pub retain: bool,
    /// Whether it is a will, which is published when its client is gone.
    pub is_will: bool,
    /// Whether it can have properties: MQTT 5.0.
    pub has_properties: bool,
    /// Payload Format Indicator 1.
    pub is_utf8: bool,
    /// Content Type.
    pub content_type: Option<&'a str>,
    /// Message Expiry Interval, in seconds.
    pub expiry_secs: Option<u32>,
    /// Response Topic.
    pub response_topic: Option<&'a str>,
    /// Correlation Data.
    pub correlation_data: Option<&'a [u8]>,
}

impl Violation {
    /// What kind of contract it is: `asyncapi`, or `schema` for a schema by topic.
    pub fn origin(&self) -> &'static str {
        if self.is_of_schema { "schema" } else { "asyncapi" }
    }
}

/// A client broke a contract. Its text is one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What was broken.
    pub rule: Rule,
    /// The document.
    pub contract: Arc<str>,
    /// The topic; of a CONNECT empty.
    pub topic: String,
    /// The channel, if one has the topic.
    pub channel: Option<String>,
    /// The message that it was to be.
    pub message: Option<String>,
    /// The path in the payload, as a JSON Pointer; empty for all of it.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// The line of the document that says so.
    pub place: Place,
    pub(crate) is_of_schema: bool,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(message) = &self.message {
            write!(f, "the message {message} is broken: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} ({})", self.what, self.place)
    }
}

impl Document {
    /// The channel that this topic belongs to.
    ///
    /// ```
    /// use broker_contract::Document;
    ///
    /// let text = "{asyncapi: 2.6.0, channels: {'lamps/{id}': {parameters: {id: {}}}, lamps/all: {}}}";
    /// let document = Document::read("lamps.yaml", &mut |_| Ok(text.to_owned())).unwrap();
    /// assert_eq!(document.channel_of("lamps/all").unwrap().name, "lamps/all");
    /// assert_eq!(document.channel_of("lamps/7").unwrap().name, "lamps/{id}");
    /// assert!(document.channel_of("lamps").is_none());
    /// ```
    pub fn channel_of(&self, topic: &str) -> Option<&Channel> {
        self.place_of(topic).map(|place| &self.channels[place])
    }

    /// Its place among the channels.
    pub(crate) fn place_of(&self, topic: &str) -> Option<usize> {
        let is_it = |channel: &Channel| channel.address.values(topic).is_some();
        self.channels.iter().position(is_it)
    }
}

impl Channel {
    /// What of this channel is broken by a message on one of its topics. `side` is that of its publisher, where somebody said which
    /// clients are the application.
    pub(crate) fn violations(
        &self,
        contract: &Arc<str>,
        seen: &Publication<'_>,
        side: Option<Side>,
        budget: &Budget,
    ) -> Vec<Violation> {
        let mut found = Vec::new();
        let topic = || seen.topic.to_owned();
        let values = self.address.values(seen.topic).unwrap_or_default();
        for (name, value) in values {
            if let Some(what) = self
                .parameters
                .get(name)
                .and_then(|parameter| parameter.flaw(value, budget))
            {
                found.push(Violation {
                    rule: Rule::Parameter,
                    contract: Arc::clone(contract),
                    topic: topic(),
                    channel: Some(self.name.clone()),
                    message: None,
                    path: String::new(),
                    what: format!("the parameter {{{name}}} {what}"),
                    place: self.place.clone(),
                    is_of_schema: false,
                });
            }
        }
        let payload = Payload::new(seen.payload, budget);
        let for_side = |operation: &&Operation| side.is_none_or(|side| side == operation.side);
        let operations: Vec<&Operation> = self.operations.iter().filter(for_side).collect();
        if operations.is_empty() && !self.operations.is_empty() {
            let what = match side {
                Some(Side::Sends) => "the application publishes here, and only receives by the document",
                _ => "a client that is not the application publishes here, where the application alone sends",
            };
            found.push(Violation {
                rule: Rule::Action,
                contract: Arc::clone(contract),
                topic: topic(),
                channel: Some(self.name.clone()),
                message: None,
                path: String::new(),
                what: what.to_owned(),
                place: self.place.clone(),
                is_of_schema: false,
            });
            return found;
        }
        let mut best: Option<(Vec<Violation>, usize)> = None;
        let mut keep = |broken: Vec<Violation>, strangers: usize| {
            let is_nearer =
                |(best, its): &(Vec<Violation>, usize)| weight(&broken, strangers) < weight(best, *its);
            if best.as_ref().is_none_or(is_nearer) {
                best = Some((broken, strangers));
            }
        };
        let of = |message: Option<&Message>, rule, path, (what, place): (String, Place)| Violation {
            rule,
            contract: Arc::clone(contract),
            topic: topic(),
            channel: Some(self.name.clone()),
            message: message.map(|message| message.name.clone()),
            path,
            what,
            place,
            is_of_schema: false,
        };
        if self.operations.is_empty() {
            of_messages(&self.messages, seen, &payload, &of, &mut keep, &[]);
        }
        for operation in operations {
            let broken = of_operation(operation, seen, budget);
            let broken: Vec<Violation> = broken
                .into_iter()
                .map(|(rule, what)| of(None, rule, String::new(), what))
                .collect();
            of_messages(&operation.messages, seen, &payload, &of, &mut keep, &broken);
        }
        found.extend(best.map(|(broken, _)| broken).unwrap_or_default());
        found.truncate(MOST_VIOLATIONS);
        found
    }
}

/// How far a message is from being right: a payload of other members weighs most, and more than how it is sent.
fn weight(broken: &[Violation], strangers: usize) -> (usize, usize, usize, usize) {
    let payload = broken.iter().filter(|one| one.rule == Rule::Payload);
    let shallow = payload.clone().filter(|one| one.path.is_empty()).count();
    let is_right = usize::from(shallow > 0 || payload.clone().count() > 0);
    (strangers * is_right, shallow, payload.count(), broken.len())
}

type Make<'a> = dyn Fn(Option<&Message>, Rule, String, (String, Place)) -> Violation + 'a;

/// Holds a publication against each of these messages; without any, only what is said of sending counts.
fn of_messages(
    messages: &[Arc<Message>],
    seen: &Publication<'_>,
    payload: &Payload<'_>,
    of: &Make<'_>,
    keep: &mut dyn FnMut(Vec<Violation>, usize),
    sending: &[Violation],
) {
    if messages.is_empty() {
        keep(sending.to_vec(), 0);
    }
    for message in messages {
        let mut broken: Vec<Violation> = of_message(message, seen, payload)
            .into_iter()
            .map(|(rule, path, what)| of(Some(message), rule, path, what))
            .collect();
        broken.extend_from_slice(sending);
        let schema = message.payload.as_ref();
        let strangers = schema.map_or(0, |schema| payload.strangers(schema));
        keep(broken, strangers);
    }
}

/// What of an operation is broken.
fn of_operation(
    operation: &Operation,
    seen: &Publication<'_>,
    budget: &Budget,
) -> Vec<(Rule, (String, Place))> {
    let mut broken = Vec::new();
    let binding = &operation.binding;
    if let Some((qos, place)) = &binding.qos
        && *qos != seen.qos
    {
        broken.push((
            Rule::Qos,
            (
                format!("it came with QoS {}, and is to be sent with QoS {qos}", seen.qos),
                place.clone(),
            ),
        ));
    }
    if let Some((retain, place)) = &binding.retain
        && *retain != seen.retain
    {
        let what = if *retain {
            "it came without RETAIN, and is to be retained"
        } else {
            "it came with RETAIN, and is not to be retained"
        };
        broken.push((Rule::Retain, (what.to_owned(), place.clone())));
    }
    if seen.has_properties {
        property(
            &mut broken,
            "Message Expiry Interval",
            binding.expiry.as_ref(),
            seen.expiry_secs.map(Json::from),
            budget,
        );
    }
    broken
}

/// A property that is to be there.
fn property(
    broken: &mut Vec<(Rule, (String, Place))>,
    name: &str,
    wanted: Option<&Wanted>,
    found: Option<Json>,
    budget: &Budget,
) {
    let Some(wanted) = wanted else { return };
    match found {
        None => {
            let place = match wanted {
                Wanted::Value(_, place) => place.clone(),
                Wanted::Schema(schema) => schema.place().clone(),
            };
            broken.push((Rule::Property, (format!("it has no {name}"), place)));
        }
        Some(found) => {
            if let Some((what, place)) = wanted.flaw(&found, budget) {
                broken.push((Rule::Property, (format!("its {name} {what}"), place)));
            }
        }
    }
}

/// What of a message is broken, with the path in its payload.
fn of_message(
    message: &Message,
    seen: &Publication<'_>,
    payload: &Payload<'_>,
) -> Vec<(Rule, String, (String, Place))> {
    let mut broken = Vec::new();
    // An empty payload with RETAIN takes back what was retained: it is no message of its own.
    if seen.retain && seen.payload.is_empty() {
        return broken;
    }
    let binding = &message.binding;
    let said = message.content_type.as_ref().map(|said| (said, &message.place));
    let wanted = said.or(binding.content_type.as_ref().map(|(said, place)| (said, place)));
    if let (Some((wanted, place)), Some(found)) = (wanted, seen.content_type)
        && essence(wanted) != essence(found)
    {
        let what = format!("its Content Type is {found:?}, and is to be {wanted:?}");
        broken.push((Rule::ContentType, String::new(), (what, place.clone())));
    }
    if let Some(schema) = &message.payload {
        let content_type = wanted.map(|(wanted, _)| wanted.as_str()).or(seen.content_type);
        for flaw in payload.flaws(schema, content_type) {
            let rule = if flaw.is_unchecked {
                Rule::Unchecked
            } else {
                Rule::Payload
            };
            broken.push((rule, flaw.path, (flaw.what, flaw.place)));
        }
    }
    if seen.has_properties {
        if let Some((1, place)) = &binding.payload_format
            && !seen.is_utf8
        {
            let what = "its Payload Format Indicator is 0, and is to be 1".to_owned();
            broken.push((Rule::Property, String::new(), (what, place.clone())));
        }
        let mut properties = Vec::new();
        property(
            &mut properties,
            "Response Topic",
            binding.response_topic.as_ref(),
            seen.response_topic.map(Json::from),
            payload.budget(),
        );
        let correlation = seen
            .correlation_data
            .map(|data| Json::from(String::from_utf8_lossy(data)));
        property(
            &mut properties,
            "Correlation Data",
            binding.correlation_data.as_ref(),
            correlation,
            payload.budget(),
        );
        broken.extend(
            properties
                .into_iter()
                .map(|(rule, what)| (rule, String::new(), what)),
        );
    }
    broken
}
