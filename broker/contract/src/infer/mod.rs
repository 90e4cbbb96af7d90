//! [`Infer`]: a first document, made of what clients published.

mod shape;
mod topics;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::check::Publication;
use shape::Shape;
use topics::Tree;
pub(crate) use yaml::write as to_yaml;

/// So many topics are looked at.
const MOST_TOPICS: usize = 100_000;
/// A topic with more levels is passed over.
const MOST_LEVELS: usize = 64;
/// So many different Content Types of a channel are told apart.
const MOST_CONTENT_TYPES: usize = 2;

/// Learns topics and payloads, and writes a document of them: AsyncAPI 3.0, in which levels that look like identifiers are
/// parameters. What it learned from keeps to that document.
///
/// ```
/// use broker_contract::{Infer, Publication};
///
/// let mut infer = Infer::default();
/// for (topic, payload) in [("lamps/17/state", "true"), ("lamps/18/state", "false")] {
///     infer.saw(&Publication { topic, payload: payload.as_bytes(), ..Publication::default() });
/// }
/// let document = infer.document("Lamps");
/// assert_eq!(document["channels"]["lampsState"]["address"], "lamps/{lampId}/state");
/// assert_eq!(document["channels"]["lampsState"]["messages"]["lampsState"]["payload"]["type"], "boolean");
/// ```
#[derive(Debug, Default)]
pub struct Infer {
    topics: BTreeMap<String, Kind>,
    /// Topics that were passed over.
    passed_over: u64,
}

/// What was seen of the messages of some topics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kind {
    json: Shape,
    messages: u64,
    texts: u64,
    bytes: u64,
    qos: BTreeSet<u8>,
    retain: BTreeSet<bool>,
    content_types: BTreeSet<String>,
}

impl Kind {
    fn saw(&mut self, seen: &Publication<'_>) {
        self.qos.insert(seen.qos);
        self.retain.insert(seen.retain);
        if seen.retain && seen.payload.is_empty() {
            return; // it takes back what was retained
        }
        self.messages += 1;
        if let Some(content_type) = seen.content_type
            && self.content_types.len() < MOST_CONTENT_TYPES
        {
            self.content_types.insert(crate::payload::essence(content_type));
        }
        match serde_json::from_slice::<Json>(seen.payload) {
            Ok(value) => self.json.saw(&value, 0),
            Err(_) if std::str::from_utf8(seen.payload).is_ok() => self.texts += 1,
            Err(_) => self.bytes += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.json.merge(&other.json);
        self.messages += other.messages;
        self.texts += other.texts;
        self.bytes += other.bytes;
        self.qos.extend(&other.qos);
        self.retain.extend(&other.retain);
        self.content_types.extend(other.content_types.iter().cloned());
    }

    /// The message, as the document has it.
    fn message(&self, name: &str) -> Json {
        let mut message = Map::new();
        message.insert("name".to_owned(), name.into());
        let derived = match (self.bytes, self.texts) {
            (0, 0) => "application/json",
            (0, _) => "text/plain",
            _ => "application/octet-stream",
        };
        let said: Vec<&String> = self.content_types.iter().collect();
        let content_type = match said.as_slice() {
            [] if self.messages > 0 => Some(derived.to_owned()),
            [one] => Some((*one).clone()),
            _ => None,
        };
        let reads_json = content_type
            .as_deref()
            .is_none_or(|one| one == "application/json" || one.ends_with("+json"));
        let reads_text = content_type
            .as_deref()
            .is_some_and(|one| one.starts_with("text/"));
        if self.messages > 0 && self.bytes == 0 && reads_text {
            message.insert("payload".to_owned(), json!({"type": "string"}));
        } else if self.messages > 0 && self.bytes == 0 && self.texts == 0 && reads_json {
            message.insert("payload".to_owned(), self.json.schema());
        }
        if let Some(content_type) = content_type {
            message.insert("contentType".to_owned(), content_type.into());
        }
        Json::Object(message)
    }

    /// What is said of MQTT itself, where it was always the same.
    fn binding(&self) -> Option<Json> {
        let mut binding = Map::new();
        if let [qos] = self.qos.iter().collect::<Vec<_>>().as_slice() {
            binding.insert("qos".to_owned(), (**qos).into());
        }
        if let [retain] = self.retain.iter().collect::<Vec<_>>().as_slice() {
            binding.insert("retain".to_owned(), (**retain).into());
        }
        (!binding.is_empty()).then(|| json!({"mqtt": binding}))
    }
}

impl Infer {
    /// A client published this.
    pub fn saw(&mut self, seen: &Publication<'_>) {
        let topic = seen.topic;
        let is_odd = topic.is_empty() || topic.starts_with('$') || topic.contains(['{', '}', '+', '#']);
        if is_odd || topic.split('/').count() > MOST_LEVELS {
            self.passed_over += u64::from(!topic.starts_with('$'));
            return;
        }
        if self.topics.len() >= MOST_TOPICS && !self.topics.contains_key(topic) {
            self.passed_over += 1;
            return;
        }
        self.topics.entry(topic.to_owned()).or_default().saw(seen);
    }

    /// How many messages it did not learn from: too many topics, or topics that no document can have.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// How many topics it knows.
    pub fn topics(&self) -> usize {
        self.topics.len()
    }

    /// The document.
    pub fn document(&self, title: &str) -> Json {
        let mut tree = Tree::default();
        for (topic, kind) in &self.topics {
            tree.add(topic, kind);
        }
        let (mut channels, mut operations) = (Map::new(), Map::new());
        for found in tree.generalized().channels() {
            let name = unique(&found.name(), |name| channels.contains_key(name));
            let mut channel = Map::new();
            channel.insert("address".to_owned(), found.address().into());
            let parameters = found.parameters();
            if !parameters.is_empty() {
                let parameter = |(name, example): (String, String)| (name, json!({"examples": [example]}));
                channel.insert(
                    "parameters".to_owned(),
                    Json::Object(parameters.into_iter().map(parameter).collect()),
                );
            }
            let mut messages = Map::new();
            messages.insert(name.clone(), found.kind.message(&name));
            channel.insert("messages".to_owned(), Json::Object(messages));
            let mut operation = Map::new();
            operation.insert("action".to_owned(), "send".into());
            operation.insert(
                "channel".to_owned(),
                json!({"$ref": format!("#/channels/{name}")}),
            );
            if let Some(binding) = found.kind.binding() {
                operation.insert("bindings".to_owned(), binding);
            }
            let mut capital = name.chars();
            let first = capital
                .next()
                .map(|first| first.to_uppercase().to_string())
                .unwrap_or_default();
            operations.insert(
                format!("send{first}{}", capital.as_str()),
                Json::Object(operation),
            );
            channels.insert(name, Json::Object(channel));
        }
        json!({
            "asyncapi": "3.0.0",
            "info": {"title": title, "version": "0.1.0", "description": "Made from recorded traffic: a beginning, to be looked through."},
            "servers": {"local": {"host": "localhost:1883", "protocol": "mqtt"}},
            "channels": channels,
            "operations": operations,
        })
    }

    /// The document in YAML.
    pub fn yaml(&self, title: &str) -> String {
        to_yaml(&self.document(title))
    }
}

fn unique(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(name) {
        return name.to_owned();
    }
    let others = (2..).map(|number| format!("{name}{number}"));
    others
        .into_iter()
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}
