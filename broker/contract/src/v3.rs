//! AsyncAPI 3: channels have addresses and messages; operations stand beside them, and say what the application does: it
//! `send`s what it publishes, and `receive`s what others publish.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::address::Parameter;
use crate::bindings::OfOperation;
use crate::document::{Channel, Document, Message, Operation, Reply, Side};
use crate::files::{At, referred};
use crate::message;
use crate::node::{Node, Value};
use crate::reader::Reader;

const ROOT: &[&str] = &[
    "asyncapi",
    "id",
    "info",
    "servers",
    "defaultContentType",
    "channels",
    "operations",
    "components",
];
const SERVER: &[&str] = &[
    "host",
    "protocol",
    "protocolVersion",
    "pathname",
    "description",
    "title",
    "summary",
    "variables",
    "security",
    "tags",
    "externalDocs",
    "bindings",
];
const CHANNEL: &[&str] = &[
    "address",
    "messages",
    "title",
    "summary",
    "description",
    "servers",
    "parameters",
    "tags",
    "externalDocs",
    "bindings",
];
const OPERATION: &[&str] = &[
    "action",
    "channel",
    "title",
    "summary",
    "description",
    "security",
    "tags",
    "externalDocs",
    "bindings",
    "traits",
    "messages",
    "reply",
];
const PARAMETER: &[&str] = &["enum", "default", "description", "examples", "location"];

pub(crate) fn read(reader: &mut Reader<'_>, document: &mut Document) {
    let root = reader.files.root();
    if !reader.fields(root, "the document", ROOT) {
        return;
    }
    reader.content_type = reader.text(root, "defaultContentType").map(str::to_owned);
    let others = reader.servers(root, SERVER, document);
    // Operations name channels by references, which lead to the same value.
    let mut places = HashMap::new();
    for (name, at) in reader.members(root, "channels") {
        if let Some(channel) = read_channel(reader, name, at, &others) {
            places.insert(std::ptr::from_ref(at.node), document.channels.len());
            document.channels.push(channel);
        }
    }
    for (name, at) in reader.members(root, "operations") {
        let Some((channel, operation)) = read_operation(reader, name, at) else {
            continue;
        };
        if let Some(place) = places.get(&channel) {
            document.channels[*place].operations.push(operation);
        }
    }
}

fn read_channel<'a>(reader: &mut Reader<'a>, name: &str, at: At<'a>, others: &[&str]) -> Option<Channel> {
    if !reader.fields(at, "a channel", CHANNEL) {
        return None;
    }
    if let Some(servers) = at.node.get("servers") {
        let names: Vec<&str> = servers.elements().iter().filter_map(referred).collect();
        if reader.is_elsewhere(at, name, &names, others) {
            return None;
        }
    }
    let given = at.node.get("address").filter(|node| node.value != Value::Null);
    let Some(given) = given.map(|node| at.of(node)) else {
        let what =
            format!("the channel {name:?} is passed over: it has no address, so nobody knows its topics");
        reader.note_at(at, what);
        return None;
    };
    let text = reader.text(at, "address")?;
    let address = reader.address(given, text)?;
    let mut parameters = BTreeMap::new();
    for (parameter, inner) in reader.members(at, "parameters") {
        if !reader.fields(inner, "a parameter", PARAMETER) {
            continue;
        }
        if !address.parameters().any(|known| known == parameter) {
            let near = crate::place::meant(parameter, address.parameters());
            reader.wrong_at(
                inner,
                format!("the address {text:?} has no parameter {{{parameter}}}{near}"),
            );
        }
        if let Some(said) = inner.node.get("enum").filter(|said| !said.is_list()) {
            let what = format!("`enum` is {}; it is a list of texts", said.kind());
            reader.wrong_at(inner.of(said), what);
        }
        let values = inner.node.get("enum").map(Node::elements).unwrap_or_default();
        let values = values.iter().filter_map(Node::text).map(str::to_owned).collect();
        let values: Vec<String> = values;
        let said = inner.node.get("default");
        let said = said.or_else(|| inner.node.get("examples")?.elements().first());
        let example = said.and_then(Node::text).map(str::to_owned);
        let example = example.or_else(|| values.first().cloned());
        let parameter_of = Parameter {
            values,
            example,
            schema: None,
        };
        parameters.insert(parameter.to_owned(), parameter_of);
    }
    let mut messages = Vec::new();
    for (key, inner) in reader.members(at, "messages") {
        messages.extend(message::read(reader, inner, key, false));
    }
    Some(Channel {
        name: name.to_owned(),
        address,
        place: reader.files.place(at.file, at.node.line),
        operations: Vec::new(),
        messages,
        parameters,
    })
}

/// The operation, and the channel that it is about.
fn read_operation<'a>(reader: &mut Reader<'a>, name: &str, at: At<'a>) -> Option<(*const Node, Operation)> {
    if !reader.fields(at, "an operation", OPERATION) {
        return None;
    }
    let side = match reader.text(at, "action") {
        Some("send") => Side::Sends,
        Some("receive") => Side::Receives,
        Some(other) => {
            let action = at.node.get("action").map_or(at, |node| at.of(node));
            let near = crate::place::meant(other, ["send", "receive"]);
            let near = if near.is_empty() {
                "; it is send or receive"
            } else {
                &near
            };
            reader.wrong_at(action, format!("`action` is {other:?}{near}"));
            return None;
        }
        None => {
            reader.wrong_at(
                at,
                format!("the operation {name:?} has no `action`: send or receive"),
            );
            return None;
        }
    };
    let Some(channel) = reader.field(at, "channel") else {
        if at.node.get("channel").is_none() {
            reader.wrong_at(at, format!("the operation {name:?} has no `channel`"));
        }
        return None;
    };
    let layers = reader.layers(at, false);
    reader.security(&layers);
    reader.unchecked_in(
        &layers,
        "reply",
        "which message answers which is not checked; its channel is, and examples can answer",
    );
    let reply = reader
        .first(&layers, "reply")
        .map(|reply| read_reply(reader, reply, name));
    let mut messages = messages_of(reader, at, Some(channel), name);
    let mut seen: Vec<_> = Vec::new();
    messages.retain(|message| {
        let is_new = !seen.iter().any(|one| Arc::ptr_eq(one, message));
        seen.push(Arc::clone(message));
        is_new
    });
    let operation = Operation {
        name: Some(name.to_owned()),
        side,
        place: reader.files.place(at.file, at.node.line),
        messages,
        reply,
        binding: OfOperation::read(reader, &layers),
    };
    Some((std::ptr::from_ref(channel.node), operation))
}

/// What answers: the messages that it lists, or all of its channel.
fn read_reply<'a>(reader: &mut Reader<'a>, at: At<'a>, name: &str) -> Reply {
    let called = at.node.get("channel").and_then(referred).map(str::to_owned);
    let channel = reader.field(at, "channel");
    Reply {
        channel: called,
        messages: messages_of(reader, at, channel, name),
    }
}

/// The messages that an operation or an answer lists; without a list it is about all of its channel.
fn messages_of<'a>(
    reader: &mut Reader<'a>,
    at: At<'a>,
    channel: Option<At<'a>>,
    name: &str,
) -> Vec<Arc<Message>> {
    let mut messages = Vec::new();
    if let Some(list) = reader.field(at, "messages") {
        for node in list.node.elements() {
            let key = referred(node).unwrap_or(name);
            if let Some(one) = reader.resolve(list.of(node)) {
                messages.extend(message::read(reader, one, key, false));
            }
        }
    } else if let Some(channel) = channel {
        for (key, inner) in reader.members(channel, "messages") {
            messages.extend(message::read(reader, inner, key, false));
        }
    }
    messages
}
