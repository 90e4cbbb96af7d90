//! What the JSON of an entry can be, as a JSON Schema. It is made from the tables that the journal is written by.

use serde_json::{Map, Value as Json, json};

use super::event::EVENTS;
use super::fields::{FIELDS, Of, properties_of};
use super::json::OF_THE_ENTRY;
use super::value::{Field, Kind};
use crate::wire::PacketType;

/// An entry: a packet or an event.
pub fn entry() -> Json {
    json!({"description": "A packet or an event of the journal.", "anyOf": [packet(), event()]})
}

/// What was decided about a message.
pub fn decision() -> Json {
    let decisions = FIELDS.iter().find(|row| row.field.name == "decisions");
    match decisions.map(|row| row.field.kind) {
        Some(Kind::List(one)) => described(of(*one), "What was decided about a message."),
        _ => json!({}),
    }
}

fn packet() -> Json {
    let mut members = of_all();
    members.insert("record".to_owned(), json!({"const": "packet"}));
    members.insert(
        "direction".to_owned(),
        json!({"type": "string", "enum": ["in", "out"], "description": "`in` from a client, `out` to it"}),
    );
    let names: Vec<Json> = types()
        .map(|packet| packet.name().into())
        .chain([Json::Null])
        .collect();
    members.insert(
        "packet".to_owned(),
        json!({"enum": names, "description": "its type; `null` where the bytes begin no packet"}),
    );
    for row in FIELDS.iter().filter(|row| !matches!(row.of, Of::Entries)) {
        add(&mut members, &row.field, of(row.field.kind));
    }
    let required = [
        "seq",
        "at_secs",
        "conn",
        "client_id",
        "version",
        "record",
        "direction",
        "packet",
    ];
    json!({"type": "object", "properties": members, "required": required})
}

fn event() -> Json {
    let mut members = of_all();
    members.insert("record".to_owned(), json!({"const": "event"}));
    let words: Vec<&str> = EVENTS.iter().map(|event| event.word).collect();
    members.insert("event".to_owned(), json!({"type": "string", "enum": words}));
    for event in EVENTS {
        for field in event.fields().filter(|field| !OF_THE_ENTRY.contains(&field.name)) {
            add(&mut members, field, nullable(of(field.kind)));
        }
    }
    let required = [
        "seq",
        "at_secs",
        "conn",
        "client_id",
        "version",
        "record",
        "event",
    ];
    json!({"type": "object", "properties": members, "required": required})
}

/// What all entries have.
fn of_all() -> Map<String, Json> {
    let mut members = Map::new();
    for row in FIELDS.iter().filter(|row| matches!(row.of, Of::Entries)) {
        let kind = of(row.field.kind);
        let kind = if row.field.name == "conn" {
            nullable(kind)
        } else {
            kind
        };
        add(&mut members, &row.field, kind);
    }
    members
}

/// Adds a field. One of several kinds of entries that has another value in each can be any of these.
fn add(members: &mut Map<String, Json>, field: &Field, kind: Json) {
    if matches!(field.kind, Kind::Bytes) {
        let base64 = json!({"type": "string", "contentEncoding": "base64"});
        let what = format!("{}, where it is not text", field.what);
        members.insert(format!("{}_base64", field.name), described(base64, &what));
    }
    let kind = described(kind, field.what);
    match members.get_mut(field.name) {
        None => {
            members.insert(field.name.to_owned(), kind);
        }
        Some(before) if *before == kind => {}
        Some(before) => match before.get_mut("anyOf").and_then(Json::as_array_mut) {
            Some(all) if all.contains(&kind) => {}
            Some(all) => all.push(kind),
            None => *before = json!({"anyOf": [before.take(), kind]}),
        },
    }
}

/// What a value of this kind is.
pub(crate) fn of(kind: Kind) -> Json {
    match kind {
        Kind::Text | Kind::TopicName | Kind::TopicFilter | Kind::Topic | Kind::CodeName | Kind::Bytes => {
            json!({"type": "string"})
        }
        Kind::Bool => json!({"type": "boolean"}),
        Kind::True => json!({"const": true}),
        Kind::Whole(from, u64::MAX) => json!({"type": "integer", "minimum": from}),
        Kind::Whole(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
        Kind::Number => json!({"type": "number"}),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
        Kind::Base64 => json!({"type": "string", "contentEncoding": "base64"}),
        Kind::Code(_) => json!({"type": "integer", "minimum": 0, "maximum": 255}),
        Kind::Object(fields) => {
            let mut members = Map::new();
            for field in fields {
                add(&mut members, field, of(field.kind));
            }
            json!({"type": "object", "properties": members})
        }
        Kind::Properties { of_will } => properties(of_will),
        Kind::List(element) => json!({"type": "array", "items": of(*element)}),
        Kind::Secret => json!(false),
    }
}

/// The properties of all packets: what has a name is the same in each.
fn properties(of_will: bool) -> Json {
    let mut members = Map::new();
    for (name, kind) in types().flat_map(|packet| properties_of(packet, of_will)) {
        match kind {
            Kind::Secret => {}
            Kind::Bytes => {
                members.insert(format!("{name}_base64"), of(Kind::Base64));
                members.insert(name, of(kind));
            }
            _ => {
                members.insert(name, of(kind));
            }
        }
    }
    json!({"type": "object", "properties": members})
}

fn types() -> impl Iterator<Item = PacketType> {
    (1_u8..=15).filter_map(|bits| PacketType::from_first_byte(bits << 4))
}

fn described(mut schema: Json, what: &str) -> Json {
    if let Some(members) = schema.as_object_mut() {
        members.entry("description").or_insert_with(|| what.into());
    }
    schema
}

fn nullable(schema: Json) -> Json {
    json!({"anyOf": [schema, {"type": "null"}]})
}
