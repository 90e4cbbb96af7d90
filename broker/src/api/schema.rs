//! The shapes that the core has its own JSON for, as the description of the API says them.
//!
//! A newtype for each. What it can be is told by the tables of the core, so that the description is right of itself: the macros of
//! utoipa leave a place for it, and [`complete`] fills that.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use utoipa::openapi::{Object, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::{engine, expect, journal, pattern};

macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident($of:ty) = $schema:expr;)*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone)]
            pub(super) struct $name(pub $of);

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    Object::new().into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*

        /// What each can be, as a schema of JSON.
        fn known() -> Vec<(&'static str, Value)> {
            vec![$((stringify!($name), $schema)),*]
        }
    };
}

shapes! {
    /// A packet or an event of the journal.
    #[derive(Serialize)] #[serde(transparent)]
    Entry(journal::Entry) = journal::schema::entry();
    /// What was decided about a message.
    #[derive(Serialize)] #[serde(transparent)]
    Decision(journal::Decision) = journal::schema::decision();
    /// Which packets and events are meant.
    #[derive(Serialize)] #[serde(transparent)]
    Pattern(pattern::Pattern) = pattern::schema();
    /// How often.
    #[derive(Serialize, Deserialize)] #[serde(transparent)]
    Count(expect::Count) = count();
    /// The report of an expectation that was not met.
    #[derive(Serialize)] #[serde(transparent)]
    Failure(expect::Failure) = failure();
    /// What nearly fits a pattern.
    #[derive(Serialize)] #[serde(transparent)]
    NearMiss(expect::NearMiss) = near_miss();
    /// What is counted.
    #[derive(Serialize)] #[serde(transparent)]
    Stats(engine::Stats) = counters();
    /// A session in numbers.
    #[derive(Serialize)] #[serde(transparent)]
    SessionSummary(engine::SessionSummary) = summary();
}

/// A pattern is asked about each packet: it has at most so many parts.
const MOST_PARTS: usize = 1_000;
/// And its texts have at most so many bytes together.
const MOST_BYTES: usize = 64 * 1024;

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let said = Value::deserialize(from)?;
        let (parts, bytes) = size(&said);
        if parts > MOST_PARTS || bytes > MOST_BYTES {
            return Err(D::Error::custom(format!(
                "a pattern of {parts} parts and {bytes} bytes; expected at most {MOST_PARTS} parts and {MOST_BYTES} bytes"
            )));
        }
        pattern::Pattern::deserialize(said)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

/// How many values it has, and how many bytes of text.
fn size(said: &Value) -> (usize, usize) {
    let sum = |(parts, bytes): (usize, usize), (more, longer): (usize, usize)| (parts + more, bytes + longer);
    match said {
        Value::Array(all) => all.iter().map(size).fold((1, 0), sum),
        Value::Object(members) => {
            let of = |(name, value): (&String, &Value)| sum((0, name.len()), size(value));
            members.iter().map(of).fold((1, 0), sum)
        }
        Value::String(text) => (1, text.len()),
        _ => (1, 0),
    }
}

/// Puts the shapes of the core in their places.
pub(super) fn complete(document: &mut Value) {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for (name, schema) in known() {
        if let Some(place) = schemas.get_mut(name) {
            *place = schema;
        }
    }
}

fn count() -> Value {
    let times = json!({"type": "integer", "minimum": 0});
    let bounds = json!({
        "type": "object",
        "properties": {"min": times, "max": {"anyOf": [times, {"type": "null"}]}},
        "additionalProperties": false,
    });
    json!({"description": "How often: a number of times, or bounds, both included.", "anyOf": [times, bounds]})
}

fn failure() -> Value {
    let entry = json!({"$ref": "#/components/schemas/Entry"});
    let text = json!({"type": "string"});
    let perhaps = json!({"type": ["string", "null"]});
    let number = json!({"type": "integer", "minimum": 0});
    json!({
        "description": "Why an expectation was not met: how often it came, what came closest and in what that differs, and what may explain it.",
        "type": "object",
        "properties": {
            "expected": text, "step": perhaps, "count": {"$ref": "#/components/schemas/Count"}, "found": number,
            "came": {"type": "array", "items": entry}, "nearest": {"type": "array", "items": {"$ref": "#/components/schemas/NearMiss"}},
            "notes": {"type": "array", "items": text}, "missed": number, "waited_secs": {"type": ["number", "null"]},
            "unproven": perhaps, "seed": number, "location": text,
        },
        "required": ["expected", "count", "found", "came", "nearest", "notes"],
    })
}

fn near_miss() -> Value {
    let text = json!({"type": "string"});
    let difference = json!({
        "type": "object",
        "properties": {"field": text, "found": text, "wanted": text},
        "required": ["field", "found", "wanted"],
    });
    json!({
        "description": "A packet or an event that nearly fits, and in what it differs.",
        "type": "object",
        "properties": {
            "entry": {"$ref": "#/components/schemas/Entry"},
            "differences": {"type": "array", "items": difference},
        },
        "required": ["entry", "differences"],
    })
}

/// Every counter has a name, and is a whole number.
fn counters() -> Value {
    let names = serde_json::to_value(engine::Stats::default()).unwrap_or_default();
    let names: Vec<&String> = names
        .as_object()
        .into_iter()
        .flat_map(|names| names.keys())
        .collect();
    let members: serde_json::Map<String, Value> = names
        .iter()
        .map(|name| ((*name).clone(), json!({"type": "integer", "minimum": 0})))
        .collect();
    json!({"description": "Counters since the start, or the last reset.", "type": "object", "properties": members, "required": names})
}

fn summary() -> Value {
    let (text, yes, number) = (
        json!({"type": "string"}),
        json!({"type": "boolean"}),
        json!({"type": "integer", "minimum": 0}),
    );
    json!({
        "description": "A session in numbers: how many subscriptions it has, how many messages are on their way to its client, and wait.",
        "type": "object",
        "properties": {
            "client_id": text, "connected": yes, "version": text, "session_expiry_secs": number,
            "ends_in_secs": {"type": ["integer", "null"]}, "has_will": yes, "subscriptions": number, "inflight": number,
            "queued": number, "awaiting_pubrel": number,
        },
        "required": ["client_id", "connected", "version", "subscriptions", "inflight", "queued"],
    })
}
