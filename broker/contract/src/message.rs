//! How a message is read, in both versions.

use std::sync::Arc;

use crate::bindings::OfMessage;
use crate::document::{Example, Message};
use crate::files::At;
use crate::node::Node;
use crate::payload;
use crate::reader::Reader;
use crate::schema::Schema;

/// What a message may have; `schemaFormat` and `messageId` in version 2 only.
const FIELDS: &[&str] = &[
    "messageId",
    "headers",
    "payload",
    "correlationId",
    "schemaFormat",
    "contentType",
    "name",
    "title",
    "summary",
    "description",
    "tags",
    "externalDocs",
    "bindings",
    "examples",
    "traits",
];
/// So many examples of a message are kept.
const MOST_EXAMPLES: usize = 16;

/// The message that stands here. `key` is what the document calls it where it has no name.
pub(crate) fn read<'a>(
    reader: &mut Reader<'a>,
    at: At<'a>,
    key: &str,
    traits_first: bool,
) -> Option<Arc<Message>> {
    if let Some(message) = reader.messages.get(&std::ptr::from_ref(at.node)) {
        return Some(Arc::clone(message));
    }
    if !reader.fields(at, "a message", FIELDS) {
        return None;
    }
    let layers = reader.layers(at, traits_first);
    reader.unchecked_in(
        &layers,
        "headers",
        "they are for the application, and no User Properties are meant for sure",
    );
    reader.unchecked_in(
        &layers,
        "correlationId",
        "it says where the application looks for it",
    );
    let own_text = |reader: &mut Reader<'a>, name| {
        let at = reader.first(&layers, name)?;
        at.node.text().map(str::to_owned)
    };
    let name = ["name", "messageId"]
        .into_iter()
        .find_map(|name| own_text(reader, name));
    let content_type = own_text(reader, "contentType").or_else(|| reader.content_type.clone());
    let format = own_text(reader, "schemaFormat");
    let payload_at = reader.first(&layers, "payload");
    let mut examples = Vec::new();
    if let Some(list) = reader.first(&layers, "examples") {
        let all = list.node.elements().iter();
        examples.extend(
            all.filter_map(|example| example.get("payload"))
                .map(|node| list.of(node)),
        );
    }
    if let (true, Some(schema)) = (examples.is_empty(), payload_at) {
        // Those of the schema will do.
        let schema = schema.node.get("schema").map_or(schema, |node| schema.of(node));
        let list = schema
            .node
            .get("examples")
            .map(Node::elements)
            .unwrap_or_default();
        examples.extend(list.iter().map(|node| schema.of(node)));
    }
    examples.truncate(MOST_EXAMPLES);
    let example = |at: At<'_>| Example {
        payload: at.node.json(),
        place: reader.files.place(at.file, at.node.line),
    };
    let examples = examples.into_iter().map(example).collect();
    let payload = payload_at.and_then(|payload| schema(reader, payload, format));
    if let (Some(_), Some(at), false) = (&payload, payload_at, payload::is_checked(content_type.as_deref())) {
        let kind = content_type.as_deref().unwrap_or_default();
        reader.note_at(
            at,
            format!("payloads of the type {kind} are not held against a schema; JSON and texts are"),
        );
    }
    let message = Arc::new(Message {
        name: name.unwrap_or_else(|| key.to_owned()),
        place: reader.files.place(at.file, at.node.line),
        content_type,
        payload,
        examples,
        binding: OfMessage::read(reader, &layers),
    });
    reader
        .messages
        .insert(std::ptr::from_ref(at.node), Arc::clone(&message));
    Some(message)
}

/// The schema of a payload, where it is one that can be checked.
fn schema<'a>(reader: &mut Reader<'a>, at: At<'a>, format: Option<String>) -> Option<Schema> {
    // Version 3 has a map of format and schema where a schema could stand.
    let (at, format) = match (
        at.node.get("schema"),
        at.node.get("schemaFormat").and_then(Node::text),
    ) {
        (Some(inner), Some(format)) => (reader.resolve(at.of(inner))?, Some(format.to_owned())),
        _ => (at, format),
    };
    let format = format.unwrap_or_default();
    let is_json_schema = ["aai.asyncapi", "schema+json", "schema+yaml"]
        .iter()
        .any(|known| format.contains(known));
    if !format.is_empty() && !is_json_schema {
        reader.note_at(
            at,
            format!("payloads in the format {format} are not checked; JSON Schema is"),
        );
        return None;
    }
    match Schema::new(reader.files, at, &format) {
        Ok((schema, notes)) => {
            for note in notes {
                reader.note(note);
            }
            Some(schema)
        }
        Err(told) => {
            reader.wrong(told);
            None
        }
    }
}
