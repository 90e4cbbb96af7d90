//! [`Contracts`]: documents and schemas that hold together, and what was seen of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::address::Address;
use crate::bindings::OfMessage;
use crate::check::{Publication, Violation};
use crate::connection::Connection;
use crate::document::{Channel, Document, Message, Side};
use crate::effort::Budget;
use crate::files::{Files, Read};
use crate::place::{Place, Told, meant};
use crate::report::Report;
use crate::rule::Rule;
use crate::schema::Schema;

/// So many topics are remembered with their channel, and none that is longer than this.
const MOST_KNOWN: usize = 10_000;
const LONGEST_KNOWN: usize = 256;

/// Among so many channels is the nearest to a topic looked for.
const MOST_COMPARED: usize = 200;

/// Which clients are the application that a document describes: identifiers, in which `*` stands for any characters. Without
/// any, each client may do what the application does, and what others do with it.
#[derive(Debug, Clone, Default)]
pub struct Application(pub Vec<String>);

impl Application {
    fn is(&self, client_id: &str) -> bool {
        self.0.iter().any(|pattern| fits(pattern, client_id))
    }

    fn side(&self, client_id: &str) -> Option<Side> {
        match (self.0.is_empty(), self.is(client_id)) {
            (true, _) => None,
            (false, true) => Some(Side::Sends),
            (false, false) => Some(Side::Receives),
        }
    }
}

/// Whether a text is one of a pattern, in which `*` stands for any characters.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

/// Documents and schemas by topic, and what was seen of them.
#[derive(Debug, Default)]
pub struct Contracts {
    documents: Vec<Document>,
    /// The schemas by topic, as one document, in which topics that it does not have are nobody's business.
    schemas: Option<Document>,
    application: Application,
    report: Report,
    /// The channel that each document has for a topic that came before.
    known: HashMap<Box<str>, Vec<Option<usize>>>,
    /// The steps that the last message took.
    steps: u64,
}

impl Contracts {
    /// Without any.
    pub fn new(application: Application) -> Self {
        Self {
            application,
            ..Self::default()
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.schemas.is_none()
    }

    /// The AsyncAPI documents.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// What was not understood of them, or is not checked.
    pub fn notes(&self) -> impl Iterator<Item = &Told> {
        self.documents
            .iter()
            .chain(&self.schemas)
            .flat_map(|document| &document.notes)
    }

    /// One more AsyncAPI document.
    pub fn add(&mut self, document: Document) {
        self.report.begin(&document);
        self.known.clear();
        self.documents.push(document);
    }

    /// A JSON Schema for the payloads of all topics that fit a filter.
    ///
    /// # Errors
    /// The filter or the schema is wrong.
    ///
    /// ```
    /// use broker_contract::{Contracts, Publication};
    ///
    /// let mut contracts = Contracts::default();
    /// contracts.add_schema("lamps/+/state", "state.json", &mut |_| Ok(r#"{"type": "boolean"}"#.to_owned())).unwrap();
    /// let seen = Publication { topic: "lamps/7/state", payload: b"on", ..Publication::default() };
    /// let said = contracts.publication(&seen)[0].to_string();
    /// assert!(said.starts_with("the message state.json is broken: the payload is not JSON"), "{said}");
    /// ```
    pub fn add_schema(&mut self, filter: &str, file: &str, read: Read<'_>) -> Result<(), Vec<Told>> {
        let files = Files::read(file, read)?;
        let place = Place {
            file: file.into(),
            line: 1,
        };
        let address = Address::read(filter).map_err(|why| {
            vec![Told {
                place: place.clone(),
                what: format!("the filter {filter:?} {why}"),
            }]
        })?;
        let (schema, notes) = Schema::of_file(&files).map_err(|told| vec![told])?;
        let message = Arc::new(Message {
            name: file.to_owned(),
            place: place.clone(),
            content_type: None,
            payload: Some(schema),
            examples: Vec::new(),
            binding: OfMessage::default(),
        });
        let channel = Channel {
            name: filter.to_owned(),
            address,
            place,
            operations: Vec::new(),
            messages: vec![message],
            parameters: std::collections::BTreeMap::new(),
        };
        let schemas = self.schemas.get_or_insert_with(|| Document {
            name: "schemas".into(),
            title: "Schemas by topic".to_owned(),
            version: String::new(),
            channels: Vec::new(),
            notes: Vec::new(),
            servers: Vec::new(),
        });
        schemas.notes.extend(notes);
        self.report.begin_channel(&schemas.name, &channel);
        let rank = channel.address.rank();
        let place = schemas
            .channels
            .partition_point(|other| other.address.rank() <= rank);
        schemas.channels.insert(place, channel);
        Ok(())
    }

    /// Holds a message against all of them, and counts it. Gives what is broken.
    pub fn publication(&mut self, seen: &Publication<'_>) -> Vec<Violation> {
        // What begins with $ is the broker's.
        if seen.topic.starts_with('$') {
            return Vec::new();
        }
        let side = self.application.side(seen.client_id);
        let mut found: Option<Vec<Violation>> = None;
        let mut is_known = self.documents.is_empty();
        let places = self.places(seen.topic);
        let budget = Budget::default();
        // Of several documents with this topic, one that is kept is enough.
        for (document, place) in self.documents.iter().zip(places) {
            let Some(channel) = place.map(|place| &document.channels[place]) else {
                continue;
            };
            is_known = true;
            let broken = channel.violations(&document.name, seen, side, &budget);
            self.report.saw(document, channel, !broken.is_empty());
            if found.as_ref().is_none_or(|found| broken.len() < found.len()) {
                found = Some(broken);
            }
        }
        let mut found = found.unwrap_or_default();
        if let Some(schemas) = &self.schemas
            && let Some(channel) = schemas.channel_of(seen.topic)
        {
            is_known = true;
            let mut broken = channel.violations(&channel.messages[0].place.file, seen, None, &budget);
            for one in &mut broken {
                one.is_of_schema = true;
            }
            self.report.saw(schemas, channel, !broken.is_empty());
            found.extend(broken);
        }
        if !is_known {
            self.report.undocumented(seen.topic);
            found.push(self.undocumented(seen.topic));
        }
        self.report.message(seen.client_id, &found);
        self.steps = budget.taken();
        found
    }

    /// How much work it was to look at the last message, in steps: each of them is well below a microsecond.
    ///
    /// ```
    /// assert_eq!(broker_contract::Contracts::default().steps(), 0);
    /// ```
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether a document or a schema has this topic.
    ///
    /// ```
    /// assert!(!broker_contract::Contracts::default().knows("lamps/7"));
    /// ```
    pub fn knows(&mut self, topic: &str) -> bool {
        let of_documents = self.places(topic).iter().any(Option::is_some);
        of_documents
            || self
                .schemas
                .as_ref()
                .is_some_and(|schemas| schemas.place_of(topic).is_some())
    }

    /// The channel that each document has for this topic. To look through a long document costs more than all else.
    fn places(&mut self, topic: &str) -> Vec<Option<usize>> {
        if let Some(places) = self.known.get(topic) {
            return places.clone();
        }
        let places: Vec<Option<usize>> = self
            .documents
            .iter()
            .map(|document| document.place_of(topic))
            .collect();
        if topic.len() <= LONGEST_KNOWN {
            if self.known.len() >= MOST_KNOWN {
                self.known.clear();
            }
            self.known.insert(topic.into(), places.clone());
        }
        places
    }

    /// Holds a CONNECT against what servers say, and its will against the channels.
    pub fn connection(&mut self, seen: &Connection<'_>) -> Vec<Violation> {
        let is_application = self.application.is(seen.client_id);
        let mut found = Vec::new();
        for document in &self.documents {
            found.extend(document.connection(seen, is_application));
        }
        self.report.connection(seen.client_id, &found);
        if let Some(will) = &seen.will {
            found.extend(self.publication(will));
        }
        found
    }

    fn undocumented(&self, topic: &str) -> Violation {
        let document = &self.documents[0];
        let names = self
            .documents
            .iter()
            .map(|document| &*document.name)
            .collect::<Vec<_>>()
            .join(", ");
        let addresses = document
            .channels
            .iter()
            .take(MOST_COMPARED)
            .map(|channel| channel.address.text());
        let near = if topic.len() <= 256 {
            meant(topic, addresses)
        } else {
            String::new()
        };
        Violation {
            rule: Rule::Topic,
            contract: Arc::clone(&document.name),
            topic: topic.to_owned(),
            channel: None,
            message: None,
            path: String::new(),
            what: format!("no channel of {names} has this topic{near}"),
            place: Place {
                file: Arc::clone(&document.name),
                line: 1,
            },
            is_of_schema: false,
        }
    }

    /// What was seen so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Forgets what was seen.
    pub fn reset(&mut self) {
        self.report = Report::default();
        for document in self.documents.iter().chain(&self.schemas) {
            self.report.begin(document);
        }
    }
}
