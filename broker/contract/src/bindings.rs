//! What a document says of MQTT itself: `bindings.mqtt` of servers, operations and messages.

use serde_json::Value as Json;

use crate::effort::Budget;
use crate::files::At;
use crate::node::Value;
use crate::place::Place;
use crate::reader::Reader;
use crate::schema::Schema;

/// A value, and where the document says it.
pub(crate) type Said<T> = Option<(T, Place)>;

/// A value that is given, or a schema that it keeps to.
#[derive(Debug)]
pub(crate) enum Wanted {
    Value(Json, Place),
    Schema(Schema),
}

impl Wanted {
    /// What is wrong with this value.
    pub fn flaw(&self, value: &Json, budget: &Budget) -> Option<(String, Place)> {
        match self {
            Self::Value(wanted, place) if wanted != value => {
                Some((format!("is {value}, and is to be {wanted}"), place.clone()))
            }
            Self::Value(..) => None,
            Self::Schema(schema) => {
                let flaw = schema.check(value, budget).into_iter().next()?;
                Some((format!("is wrong: {}", flaw.what), flaw.place))
            }
        }
    }
}

/// Of an operation.
#[derive(Debug, Default)]
pub(crate) struct OfOperation {
    pub qos: Said<u8>,
    pub retain: Said<bool>,
    pub expiry: Option<Wanted>,
}

/// Of a message.
#[derive(Debug, Default)]
pub(crate) struct OfMessage {
    pub payload_format: Said<u8>,
    pub content_type: Said<String>,
    pub response_topic: Option<Wanted>,
    pub correlation_data: Option<Wanted>,
}

/// Of a server: how the application connects.
#[derive(Debug, Default)]
pub(crate) struct OfServer {
    pub client_id: Said<String>,
    pub clean_session: Said<bool>,
    pub keep_alive: Said<u16>,
    pub will: Option<OfWill>,
    pub session_expiry: Option<Wanted>,
    pub maximum_packet_size: Option<Wanted>,
}

/// The last will of a server's binding.
#[derive(Debug)]
pub(crate) struct OfWill {
    pub place: Place,
    pub topic: Said<String>,
    pub qos: Said<u8>,
    pub message: Said<String>,
    pub retain: Said<bool>,
}

const OPERATION: &[&str] = &["qos", "retain", "messageExpiryInterval", "bindingVersion"];
const MESSAGE: &[&str] = &[
    "payloadFormatIndicator",
    "correlationData",
    "contentType",
    "responseTopic",
    "bindingVersion",
];
const SERVER: &[&str] = &[
    "clientId",
    "cleanSession",
    "lastWill",
    "keepAlive",
    "sessionExpiryInterval",
    "maximumPacketSize",
    "bindingVersion",
];
const WILL: &[&str] = &["topic", "qos", "message", "retain"];

/// The MQTT bindings of these layers, those that hold first.
fn layers<'a>(reader: &mut Reader<'a>, of: &[At<'a>], known: &[&str]) -> Vec<At<'a>> {
    let mut found = Vec::new();
    for layer in of {
        let Some(bindings) = reader.field(*layer, "bindings") else {
            continue;
        };
        for name in ["mqtt", "mqtt5"] {
            if let Some(mqtt) = reader.field(bindings, name)
                && reader.fields(mqtt, "this MQTT binding", known)
            {
                found.push(mqtt);
            }
        }
    }
    found
}

/// The field of this name, if it is of the right kind.
fn said<'a, T>(
    reader: &mut Reader<'a>,
    layers: &[At<'a>],
    name: &str,
    right: &str,
    take: impl Fn(&Json) -> Option<T>,
) -> Said<T> {
    let at = reader.first(layers, name)?;
    let taken = take(&at.node.json());
    if taken.is_none() {
        reader.wrong_at(at, format!("`{name}` is {right}"));
    }
    taken.map(|value| (value, reader.files.place(at.file, at.node.line)))
}

fn qos<'a>(reader: &mut Reader<'a>, layers: &[At<'a>]) -> Said<u8> {
    let qos = |value: &Json| value.as_u64().filter(|qos| *qos <= 2).map(|qos| qos as u8);
    said(reader, layers, "qos", "0, 1 or 2", qos)
}

fn flag<'a>(reader: &mut Reader<'a>, layers: &[At<'a>], name: &str) -> Said<bool> {
    said(reader, layers, name, "true or false", Json::as_bool)
}

fn text<'a>(reader: &mut Reader<'a>, layers: &[At<'a>], name: &str) -> Said<String> {
    said(reader, layers, name, "a text", |value| {
        value.as_str().map(str::to_owned)
    })
}

/// A value, or a schema.
fn wanted<'a>(reader: &mut Reader<'a>, layers: &[At<'a>], name: &str) -> Option<Wanted> {
    let at = reader.first(layers, name)?;
    if !matches!(at.node.value, Value::Map(_)) {
        return Some(Wanted::Value(
            at.node.json(),
            reader.files.place(at.file, at.node.line),
        ));
    }
    match Schema::new(reader.files, at, "") {
        Ok((schema, notes)) => {
            for note in notes {
                reader.note(note);
            }
            Some(Wanted::Schema(schema))
        }
        Err(told) => {
            reader.wrong(told);
            None
        }
    }
}

impl OfOperation {
    pub fn read<'a>(reader: &mut Reader<'a>, of: &[At<'a>]) -> Self {
        let layers = layers(reader, of, OPERATION);
        Self {
            qos: qos(reader, &layers),
            retain: flag(reader, &layers, "retain"),
            expiry: wanted(reader, &layers, "messageExpiryInterval"),
        }
    }
}

impl OfMessage {
    pub fn read<'a>(reader: &mut Reader<'a>, of: &[At<'a>]) -> Self {
        let layers = layers(reader, of, MESSAGE);
        let bit = |value: &Json| value.as_u64().filter(|bit| *bit <= 1).map(|bit| bit as u8);
        Self {
            payload_format: said(reader, &layers, "payloadFormatIndicator", "0 or 1", bit),
            content_type: text(reader, &layers, "contentType"),
            response_topic: wanted(reader, &layers, "responseTopic"),
            correlation_data: wanted(reader, &layers, "correlationData"),
        }
    }
}

impl OfServer {
    /// `None` where the server says nothing of MQTT.
    pub fn read<'a>(reader: &mut Reader<'a>, server: At<'a>) -> Option<Self> {
        let layers = layers(reader, &[server], SERVER);
        if layers.is_empty() {
            return None;
        }
        let seconds = |value: &Json| value.as_u64().and_then(|secs| u16::try_from(secs).ok());
        Some(Self {
            client_id: text(reader, &layers, "clientId"),
            clean_session: flag(reader, &layers, "cleanSession"),
            keep_alive: said(reader, &layers, "keepAlive", "seconds, 0 to 65535", seconds),
            will: OfWill::read(reader, &layers),
            session_expiry: wanted(reader, &layers, "sessionExpiryInterval"),
            maximum_packet_size: wanted(reader, &layers, "maximumPacketSize"),
        })
    }
}

impl OfWill {
    fn read<'a>(reader: &mut Reader<'a>, of: &[At<'a>]) -> Option<Self> {
        let will = reader.first(of, "lastWill")?;
        if !reader.fields(will, "a last will", WILL) {
            return None;
        }
        Some(Self {
            place: reader.files.place(will.file, will.node.line),
            topic: text(reader, &[will], "topic"),
            qos: qos(reader, &[will]),
            message: text(reader, &[will], "message"),
            retain: flag(reader, &[will], "retain"),
        })
    }
}
