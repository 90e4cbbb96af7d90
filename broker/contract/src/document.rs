//! [`Document`]: what an AsyncAPI document says about topics and messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::address::{Address, Parameter};
use crate::bindings::{OfMessage, OfOperation, OfServer};
use crate::files::{Files, Read};
use crate::place::{Place, Told};
use crate::reader::Reader;
use crate::schema::Schema;
use crate::{v2, v3};

/// An AsyncAPI document.
#[derive(Debug)]
pub struct Document {
    /// The file, as messages name it.
    pub name: Arc<str>,
    /// What it calls itself.
    pub title: String,
    /// The version of AsyncAPI.
    pub version: String,
    /// Its channels; those whose address says more come first.
    pub channels: Vec<Channel>,
    /// What was not understood, or is not checked.
    pub notes: Vec<Told>,
    /// What servers say of the application's connection.
    pub(crate) servers: Vec<OfServer>,
}

/// A channel: the topics of an address.
#[derive(Debug)]
pub struct Channel {
    /// Its name in the document.
    pub name: String,
    /// Its topics.
    pub address: Address,
    /// Where it stands.
    pub place: Place,
    /// What the application does there; nothing where the document does not say it.
    pub operations: Vec<Operation>,
    /// All messages that it may have.
    pub messages: Vec<Arc<Message>>,
    pub(crate) parameters: BTreeMap<String, Parameter>,
}

/// What the application that the document describes does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It publishes; `subscribe` in version 2, `send` in 3.
    Sends,
    /// It subscribes, and others publish; `publish` in version 2, `receive` in 3.
    Receives,
}

/// What an application does with a channel.
#[derive(Debug)]
pub struct Operation {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What the application does.
    pub side: Side,
    /// Where it stands.
    pub place: Place,
    /// The messages that it is about.
    pub messages: Vec<Arc<Message>>,
    /// What others are answered who publish this.
    pub reply: Option<Reply>,
    pub(crate) binding: OfOperation,
}

/// An answer of the application.
#[derive(Debug)]
pub struct Reply {
    /// What the document calls its channel.
    pub channel: Option<String>,
    /// The messages that it may be.
    pub messages: Vec<Arc<Message>>,
}

/// A kind of message.
#[derive(Debug)]
pub struct Message {
    /// Its name, or what else the document calls it.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What its payload is, as a media type.
    pub content_type: Option<String>,
    /// What its payload keeps to, where that is a JSON Schema.
    pub payload: Option<Schema>,
    /// Payloads that the document has as examples.
    pub examples: Vec<Example>,
    pub(crate) binding: OfMessage,
}

/// A payload that a document has as an example.
#[derive(Debug)]
pub struct Example {
    /// The payload.
    pub payload: Json,
    /// Where it stands.
    pub place: Place,
}

impl Document {
    /// Reads a document of version 2 or 3, in YAML or JSON, with the files beside it that it refers to.
    ///
    /// # Errors
    /// All that is wrong with it, each with its place.
    ///
    /// ```
    /// use broker_contract::Document;
    ///
    /// let text = "\
    /// asyncapi: 3.0.0
    /// info: {title: Lamps, version: '1'}
    /// channels:
    ///   state:
    ///     address: lamps/{lampId}/state
    ///     parameters: {lampId: {}}
    ///     messages:
    ///       on: {payload: {type: boolean}}
    /// ";
    /// let document = Document::read("lamps.yaml", &mut |_| Ok(text.to_owned())).unwrap();
    /// assert_eq!(document.channels[0].address.text(), "lamps/{lampId}/state");
    /// let wrong = Document::read("lamps.yaml", &mut |_| Ok(text.replace("adress", "adres").replace("address", "adress")));
    /// assert!(wrong.unwrap_err()[0].to_string().starts_with("lamps.yaml:5: `adress` is not a field of a channel; did you mean `address`?"));
    /// ```
    pub fn read(name: &str, read: Read<'_>) -> Result<Self, Vec<Told>> {
        let files = Files::read(name, read)?;
        let mut reader = Reader::new(&files);
        let root = files.root();
        let version = match root.node.get("asyncapi").map(crate::node::Node::json) {
            Some(Json::String(version)) => version,
            Some(Json::Number(version)) => version.to_string(),
            _ => {
                let what = "is not an AsyncAPI document: it has no `asyncapi: 3.0.0`";
                return Err(vec![files.told(root, what)]);
            }
        };
        let mut document = Self {
            name: name.into(),
            title: String::new(),
            version,
            channels: Vec::new(),
            notes: Vec::new(),
            servers: Vec::new(),
        };
        match document.version.split('.').next() {
            Some("2") => v2::read(&mut reader, &mut document),
            Some("3") => v3::read(&mut reader, &mut document),
            _ => {
                let at = root.node.get("asyncapi").map_or(root, |node| root.of(node));
                let what = format!("is AsyncAPI {}; versions 2 and 3 are read", document.version);
                return Err(vec![files.told(at, what)]);
            }
        }
        let info = reader.field(root, "info");
        let title = info
            .and_then(|info| info.node.get("title"))
            .and_then(crate::node::Node::text);
        title.unwrap_or(name).clone_into(&mut document.title);
        document
            .channels
            .sort_by_cached_key(|channel| channel.address.rank());
        let (notes, mut wrong) = reader.end();
        document.notes = notes;
        wrong.sort();
        wrong.dedup();
        if wrong.is_empty() {
            Ok(document)
        } else {
            Err(wrong)
        }
    }
}
