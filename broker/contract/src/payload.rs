//! [`Payload`]: a payload as what its media type says it is.

use std::cell::OnceCell;

use serde_json::Value as Json;

use crate::effort::Budget;
use crate::schema::{Flaw, Schema};

/// Longer payloads are not held against a schema.
pub(crate) const LONGEST_PAYLOAD: usize = 1 << 20;

/// What a media type says of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Text,
    /// JSON, or else a text: nobody said what it is.
    Unsaid,
    /// What no schema can say anything about.
    Other,
}

fn form(content_type: Option<&str>) -> Form {
    let Some(content_type) = content_type else {
        return Form::Unsaid;
    };
    let plain = essence(content_type);
    if plain == "application/json" || plain.ends_with("+json") || plain == "text/json" {
        Form::Json
    } else if plain.starts_with("text/") {
        Form::Text
    } else {
        Form::Other
    }
}

/// A media type without its parameters, in small letters.
pub(crate) fn essence(content_type: &str) -> String {
    let plain = content_type.split(';').next().unwrap_or_default();
    plain.trim().to_ascii_lowercase()
}

/// Whether payloads of this type are held against a schema.
pub(crate) fn is_checked(content_type: Option<&str>) -> bool {
    form(content_type) != Form::Other
}

/// Why a payload cannot be read as JSON.
fn why(error: &serde_json::Error) -> String {
    let said = error.to_string();
    if said.starts_with("recursion limit") {
        return "the payload is nested more than 127 deep, and is not read".to_owned();
    }
    format!("the payload is not JSON: {said}")
}

/// A payload, which is read when a schema asks for it, and once.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    bytes: &'a [u8],
    json: OnceCell<Result<Json, String>>,
    budget: &'a Budget,
}

impl<'a> Payload<'a> {
    pub fn new(bytes: &'a [u8], budget: &'a Budget) -> Self {
        Self {
            bytes,
            json: OnceCell::new(),
            budget,
        }
    }

    /// The work that is left.
    pub fn budget(&self) -> &Budget {
        self.budget
    }

    fn json(&self) -> Result<&Json, &String> {
        let read = || serde_json::from_slice(self.bytes).map_err(|error| why(&error));
        self.json.get_or_init(read).as_ref()
    }

    fn text(&self) -> Option<Json> {
        std::str::from_utf8(self.bytes)
            .ok()
            .map(|text| Json::String(text.to_owned()))
    }

    /// So many of its members does a schema not name; of a schema that names none, and of what is no object, it cannot be said.
    pub fn strangers(&self, schema: &Schema) -> usize {
        let members = self.json().ok().and_then(Json::as_object);
        let names = schema.names();
        match (members, names) {
            (Some(members), Some(names)) => members.keys().filter(|name| !names.contains_key(*name)).count(),
            _ => 0,
        }
    }

    /// Where it does not keep to a schema.
    pub fn flaws(&self, schema: &Schema, content_type: Option<&str>) -> Vec<Flaw> {
        let whole = |what: String| {
            vec![Flaw {
                path: String::new(),
                what,
                place: schema.place().clone(),
                is_unchecked: false,
            }]
        };
        if self.bytes.len() > LONGEST_PAYLOAD {
            return Vec::new();
        }
        let is_right = |text: &Json| schema.check(text, self.budget).is_empty();
        match form(content_type) {
            Form::Other => Vec::new(),
            Form::Text => match self.text() {
                Some(text) => schema.check(&text, self.budget),
                None => whole("the payload is not UTF-8".to_owned()),
            },
            Form::Json => match self.json() {
                Ok(json) => schema.check(json, self.budget),
                Err(why) => whole(why.clone()),
            },
            Form::Unsaid => match (self.json(), self.text()) {
                (Ok(json), text) => match (schema.check(json, self.budget), text) {
                    (flaws, Some(text)) if !flaws.is_empty() && is_right(&text) => Vec::new(),
                    (flaws, _) => flaws,
                },
                (Err(_), Some(text)) if is_right(&text) => Vec::new(),
                (Err(_), Some(text)) if schema.is_of_texts() => schema.check(&text, self.budget),
                (Err(why), _) => whole(why.clone()),
            },
        }
    }
}
