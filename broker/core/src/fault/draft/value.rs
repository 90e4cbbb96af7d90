//! [`Value`]: what a field of a packet is set to, read from JSON.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;

use crate::fault::table::{Wrong, inside, whole};
use crate::journal::{Codes, FIELDS, Field, Kind, Of, properties_of};
use crate::pattern::{nearest, wrong_value};
use crate::wire::{PacketType, ReasonCode};

/// A value, ready to be put into a packet.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::fault) enum Value {
    Bool(bool),
    Number(u64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// The longest text or binary data that a field of a packet can hold, but for the payload of a PUBLISH.
const LONGEST: usize = 65_535;

/// The fields of a packet of this type that can be set, as patterns name them.
pub(in crate::fault) fn fields_of(packet: PacketType) -> Vec<(&'static str, Kind)> {
    let has_properties = properties_of(packet, false).next().is_some();
    let rows = FIELDS.iter().filter(|row| match row.of {
        Of::Entries => false,
        Of::Packets => row.field.name == "properties" && has_properties,
        Of::Types(types) => types.contains(&packet),
    });
    let said = |name: &str| !matches!(name, "reason" | "payload_bytes" | "payload_sha256" | "decisions");
    let mut fields: Vec<(&'static str, Kind)> = rows
        .filter(|row| said(row.field.name))
        .map(|row| match row.field.name {
            "password" => ("password", Kind::Bytes),
            name => (name, row.field.kind),
        })
        .collect();
    if packet == PacketType::Publish {
        fields.push(("topic", Kind::TopicName));
    }
    fields
}

/// Reads the fields of a packet of this type.
pub(in crate::fault) fn read_fields<'a>(
    packet: PacketType,
    path: &str,
    said: impl Iterator<Item = (&'a String, &'a Json)>,
) -> Result<Vec<(String, Value)>, Wrong> {
    let known = fields_of(packet);
    said.map(|(name, json)| {
        let path = inside(path, name);
        let (_, kind) = known.iter().find(|(known, _)| known == name).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let what = if names.is_empty() {
                format!("{} has no field at all", packet.name())
            } else {
                let near = nearest(name, names.iter().copied());
                let all = names.join(", ");
                format!(
                    "{} has no field {name:?} to set{near}; it has {all}",
                    packet.name()
                )
            };
            Wrong::new(path.clone(), what)
        })?;
        // `topic` is what patterns say.
        let name = if name == "topic" { "topic_name" } else { name };
        Ok((name.to_owned(), read(*kind, packet, &path, json)?))
    })
    .collect()
}

/// Reads a value of a field of this kind.
fn read(kind: Kind, packet: PacketType, path: &str, json: &Json) -> Result<Value, Wrong> {
    let wrong = |what: String| Wrong::new(path.to_owned(), what);
    match (kind, json) {
        (Kind::List(element), Json::Array(elements)) => {
            let each = elements.iter().enumerate();
            let read = |(at, json)| read(*element, packet, &format!("{path}[{at}]"), json);
            Ok(Value::List(each.map(read).collect::<Result<_, _>>()?))
        }
        (Kind::List(element), one) => Ok(Value::List(vec![read(*element, packet, path, one)?])),
        (Kind::Object(fields), Json::Object(members)) => {
            let known = fields
                .iter()
                .map(|Field { name, kind, .. }| ((*name).to_owned(), *kind));
            object(known.collect(), "field", packet, path, members)
        }
        (Kind::Properties { of_will }, Json::Object(members)) => {
            let known = properties_of(packet, of_will).collect();
            object(known, "property", packet, path, members)
        }
        (Kind::Bytes | Kind::Base64 | Kind::Secret, json) => {
            let bytes = bytes(json).map_err(wrong)?;
            let is_payload = packet == PacketType::Publish && path.ends_with("payload");
            if bytes.len() > LONGEST && !is_payload {
                return Err(wrong(format!(
                    "it has {} bytes, and {LONGEST} at most",
                    bytes.len()
                )));
            }
            Ok(Value::Bytes(bytes))
        }
        (Kind::Code(_), json) => reason_code(json)
            .map(|code| Value::Number(code.0.into()))
            .map_err(wrong),
        (kind, json) => {
            if let Some(what) = wrong_value(kind, Some(packet), last(path), json) {
                return Err(wrong(what));
            }
            match json {
                Json::Bool(yes) => Ok(Value::Bool(*yes)),
                Json::String(text) if text.len() > LONGEST => Err(wrong(format!(
                    "it has {} bytes, and {LONGEST} at most",
                    text.len()
                ))),
                Json::String(text) if text.contains('\0') => {
                    Err(wrong("no text of MQTT holds the character U+0000".to_owned()))
                }
                Json::String(text) => Ok(Value::Text(text.clone())),
                number => Ok(Value::Number(whole(number).unwrap_or_default())),
            }
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, last)| last)
}

fn object(
    known: Vec<(String, Kind)>,
    sort: &str,
    packet: PacketType,
    path: &str,
    members: &serde_json::Map<String, Json>,
) -> Result<Value, Wrong> {
    let mut read_members = Vec::with_capacity(members.len());
    for (name, json) in members {
        let path = inside(path, name);
        let Some((_, kind)) = known.iter().find(|(known, _)| known == name) else {
            let near = nearest(name, known.iter().map(|(name, _)| &**name));
            let all: Vec<&str> = known.iter().map(|(name, _)| &**name).collect();
            let what = format!(
                "there is no {sort} {name:?} here{near}; there are {}",
                all.join(", ")
            );
            return Err(Wrong::new(path, what));
        };
        read_members.push((name.clone(), read(*kind, packet, &path, json)?));
    }
    Ok(Value::Object(read_members))
}

/// Bytes are a text, `{"base64": …}`, or `{"json": …}`.
fn bytes(json: &Json) -> Result<Vec<u8>, String> {
    const FORMS: &str = "it is a text, {\"base64\": …} or {\"json\": …}";
    match json {
        Json::String(text) => Ok(text.clone().into_bytes()),
        Json::Object(members) if members.len() == 1 => match members.iter().next() {
            Some((name, Json::String(text))) if name == "base64" => base64(text),
            Some((name, value)) if name == "json" => Ok(value.to_string().into_bytes()),
            _ => Err(FORMS.to_owned()),
        },
        _ => Err(FORMS.to_owned()),
    }
}

pub(in crate::fault) fn base64(text: &str) -> Result<Vec<u8>, String> {
    BASE64_STANDARD
        .decode(text)
        .map_err(|error| format!("{text:?} is not Base64: {error}"))
}

/// A reason code: its number, the number as text (`"0x97"`), or its name in the standard. It need not be one that the
/// standard gives to the packet.
///
/// # Errors
/// It is no reason code: the error says what would be.
///
/// ```
/// use broker_core::fault::reason_code;
/// use serde_json::json;
///
/// assert_eq!(reason_code(&json!("quota exceeded")), reason_code(&json!(0x97)));
/// assert!(reason_code(&json!("Quota exceded")).unwrap_err().contains("Quota exceeded"));
/// ```
pub fn reason_code(json: &Json) -> Result<ReasonCode, String> {
    let number = match json {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => match text.parse() {
                Ok(number) => Some(number),
                Err(_) => return named(text),
            },
        },
        _ => None,
    };
    let code = number.and_then(|number| u8::try_from(number).ok());
    code.map(ReasonCode).ok_or_else(|| {
        format!("{json} is not a reason code: it is a number from 0 to 255, \"0x97\", or a name such as \"Quota exceeded\"")
    })
}

fn named(name: &str) -> Result<ReasonCode, String> {
    let mut codes = Codes::Any.all(None);
    codes
        .find(|code| code.name().eq_ignore_ascii_case(&name.replace('_', " ")))
        .ok_or_else(|| {
            let near = nearest(name, Codes::Any.all(None).map(ReasonCode::name));
            format!("there is no reason code {name:?}{near}")
        })
}
