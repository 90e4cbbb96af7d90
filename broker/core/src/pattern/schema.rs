//! What the JSON of a pattern can be, as a JSON Schema.

use serde_json::{Map, Value as Json, json};

use super::what::packets;
use crate::journal::schema::of;
use crate::journal::{EVENTS, FIELDS, Field, Kind, OF_THE_ENTRY};

/// A pattern: the names of an entry, each with the value that it is to have, or with a comparison.
pub fn schema() -> Json {
    let packet_names: Vec<&str> = packets().map(crate::wire::PacketType::name).collect();
    let event_names: Vec<&str> = EVENTS.iter().map(|event| event.word).collect();
    let mut members = Map::new();
    members.insert(
        "packet".to_owned(),
        names(&packet_names, "the type of a packet, or a list of types"),
    );
    members.insert(
        "event".to_owned(),
        names(&event_names, "the word of an event, or a list of words"),
    );
    members.insert(
        "record".to_owned(),
        names(&["packet", "event"], "all packets, or all events"),
    );
    members.insert(
        "direction".to_owned(),
        json!({"type": "string", "enum": ["in", "out"], "description": "`in` from a client, `out` to it"}),
    );
    members.insert(
        "topic".to_owned(),
        json!({"type": ["string", "object", "array", "null"], "description": "a topic filter that the topic name fits"}),
    );
    for row in FIELDS {
        add(&mut members, &row.field);
    }
    for event in EVENTS {
        event
            .fields()
            .filter(|field| !OF_THE_ENTRY.contains(&field.name))
            .for_each(|field| add(&mut members, field));
    }
    json!({
        "description": "Which packets and events are meant: each name of an entry with the value that it is to have. An object as the \
                        value has comparisons (`{\"from\": 1, \"to\": 60}`, `{\"contains\": \"on\"}`, `{\"json_at\": {\"/list/0\": 1}}`, …), or \
                        members; `null` asks that the field is absent. docs/PATTERNS.md has all of it.",
        "type": "object",
        "properties": members,
        "patternProperties": {"^[a-z_]+\\.": {"description": "a part of a field, such as `will.topic`"}},
        "additionalProperties": false,
    })
}

fn names(known: &[&str], what: &str) -> Json {
    let one = json!({"type": "string", "enum": known});
    json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}], "description": what})
}

/// A field: a value of its kind, or what only a comparison says.
fn add(members: &mut Map<String, Json>, field: &Field) {
    // A topic is asked for by a filter, whatever the field holds.
    if matches!(field.kind, Kind::Secret) || field.name == "topic" {
        return;
    }
    let value = match field.kind {
        Kind::Object(_) | Kind::Properties { .. } | Kind::List(_) => {
            json!({"type": ["object", "array", "null"]})
        }
        kind => json!({"anyOf": [of(kind), {"type": ["object", "array", "null"]}]}),
    };
    match members.get_mut(field.name) {
        None => {
            let mut value = value;
            if let Some(value) = value.as_object_mut() {
                value.insert("description".to_owned(), field.what.into());
            }
            members.insert(field.name.to_owned(), value);
        }
        // Entries of several kinds have it: it can be what any of them has.
        Some(before) => {
            let mut plain = before.clone();
            if let Some(plain) = plain.as_object_mut() {
                plain.remove("description");
            }
            if plain != value {
                *before = json!({"description": before["description"]});
            }
        }
    }
}
