//! AsyncAPI 2: a channel is a topic, and has what the application does there. `publish` is what *others* may publish: the
//! application subscribes to it. `subscribe` is what the application publishes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::Parameter;
use crate::bindings::OfOperation;
use crate::document::{Channel, Document, Message, Operation, Side};
use crate::files::{At, referred};
use crate::message;
use crate::node::Node;
use crate::reader::Reader;
use crate::schema::Schema;

const ROOT: &[&str] = &[
    "asyncapi",
    "id",
    "info",
    "servers",
    "defaultContentType",
    "channels",
    "components",
    "tags",
    "externalDocs",
];
const SERVER: &[&str] = &[
    "url",
    "protocol",
    "protocolVersion",
    "description",
    "variables",
    "security",
    "tags",
    "bindings",
];
const CHANNEL: &[&str] = &[
    "description",
    "servers",
    "subscribe",
    "publish",
    "parameters",
    "bindings",
];
const OPERATION: &[&str] = &[
    "operationId",
    "summary",
    "description",
    "security",
    "tags",
    "externalDocs",
    "bindings",
    "traits",
    "message",
];
const PARAMETER: &[&str] = &["description", "schema", "location"];

pub(crate) fn read(reader: &mut Reader<'_>, document: &mut Document) {
    let root = reader.files.root();
    if !reader.fields(root, "the document", ROOT) {
        return;
    }
    reader.content_type = reader.text(root, "defaultContentType").map(str::to_owned);
    let others = reader.servers(root, SERVER, document);
    if root.node.get("channels").is_none() {
        reader.wrong_at(root, "has no `channels`");
    }
    for (name, channel) in reader.members(root, "channels") {
        document
            .channels
            .extend(read_channel(reader, name, channel, &others));
    }
}

fn read_channel<'a>(reader: &mut Reader<'a>, name: &str, at: At<'a>, others: &[&str]) -> Option<Channel> {
    if !reader.fields(at, "a channel", CHANNEL) {
        return None;
    }
    if let Some(servers) = at.node.get("servers") {
        let names: Vec<&str> = servers.elements().iter().filter_map(Node::text).collect();
        if reader.is_elsewhere(at, name, &names, others) {
            return None;
        }
    }
    let address = reader.address(at, name)?;
    let mut parameters = BTreeMap::new();
    for (name, parameter) in reader.members(at, "parameters") {
        reader.fields(parameter, "a parameter", PARAMETER);
        let mut read = Parameter::default();
        if let Some(schema) = reader.field(parameter, "schema") {
            let first = |list: &str| schema.node.get(list)?.elements().first();
            let said = schema
                .node
                .get("default")
                .or_else(|| first("examples").or_else(|| first("enum")));
            read.example = said.and_then(Node::text).map(str::to_owned);
            match Schema::new(reader.files, schema, "") {
                Ok((schema, notes)) => {
                    for note in notes {
                        reader.note(note);
                    }
                    read.schema = Some(schema);
                }
                Err(told) => reader.wrong(told),
            }
        }
        parameters.insert(name.to_owned(), read);
    }
    let mut channel = Channel {
        name: name.to_owned(),
        address,
        place: reader.files.place(at.file, at.node.line),
        operations: Vec::new(),
        messages: Vec::new(),
        parameters,
    };
    for (field, side) in [("publish", Side::Receives), ("subscribe", Side::Sends)] {
        let Some(operation) = reader.field(at, field) else {
            continue;
        };
        let read = read_operation(reader, field, side, operation);
        if let Some(operation) = read {
            for message in &operation.messages {
                if !channel.messages.iter().any(|one| Arc::ptr_eq(one, message)) {
                    channel.messages.push(Arc::clone(message));
                }
            }
            channel.operations.push(operation);
        }
    }
    Some(channel)
}

fn read_operation<'a>(reader: &mut Reader<'a>, field: &str, side: Side, at: At<'a>) -> Option<Operation> {
    if !reader.fields(at, "an operation", OPERATION) {
        return None;
    }
    let layers = reader.layers(at, true);
    reader.security(&layers);
    let name = reader.text(at, "operationId").map(str::to_owned);
    let mut messages = Vec::new();
    if let Some(message) = reader.field(at, "message") {
        if let Some(list) = reader.field(message, "oneOf") {
            for (number, node) in list.node.elements().iter().enumerate() {
                let key = called(node, &format!("{field} {number}"));
                if let Some(one) = reader.resolve(list.of(node)) {
                    messages.extend(message::read(reader, one, &key, true));
                }
            }
        } else {
            let key = at
                .node
                .get("message")
                .map_or_else(|| field.to_owned(), |node| called(node, field));
            messages.extend(message::read(reader, message, &key, true));
        }
    }
    Some(Operation {
        name,
        side,
        place: reader.files.place(at.file, at.node.line),
        messages: messages.into_iter().collect::<Vec<Arc<Message>>>(),
        reply: None,
        binding: OfOperation::read(reader, &layers),
    })
}

/// What a message is called by the reference that leads to it.
fn called(node: &Node, otherwise: &str) -> String {
    referred(node).unwrap_or(otherwise).to_owned()
}
