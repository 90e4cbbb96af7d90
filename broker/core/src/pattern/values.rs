//! Whether a field can have a value at all.

use serde_json::Value as Json;

use super::json::shown;
use super::names::{alternatives, nearest};
use super::read::base64;
use crate::journal::Kind;
use crate::topic;
use crate::wire::{PacketType, ReasonCode};

/// More reason codes than these are not told one by one.
const MANY_CODES: usize = 12;

/// What is wrong with the value of this field, if it can never be that.
pub(crate) fn wrong_value(
    kind: Kind,
    packet: Option<PacketType>,
    field: &str,
    value: &Json,
) -> Option<String> {
    let wants = |what: &str| Some(format!("{field} is never {}: it is {what}", shown(value)));
    let not_a = |what: &str, text: &str, why: &str| Some(format!("{field}: {text:?} is not {what}: {why}"));
    match (kind, value) {
        (Kind::Text | Kind::Bytes, Json::String(_))
        | (Kind::Bool, Json::Bool(_))
        | (Kind::Number, Json::Number(_)) => None,
        (Kind::Text, _) => wants("a text"),
        (Kind::Bytes, _) => wants("a text; other bytes are {\"base64\": …}"),
        (Kind::Bool, _) => wants("true or false"),
        (Kind::Number, _) => wants("a number"),
        (Kind::True, _) => {
            (value != true).then(|| format!("{field} is true, or null where there is no {field}"))
        }
        (Kind::Whole(from, to), _) => {
            let fits = match value.as_u64() {
                Some(number) => (from..=to).contains(&number),
                // 1.0 is 1 as well.
                None => value.as_f64().is_some_and(|number| {
                    number.fract() == 0.0 && number >= from as f64 && number <= to as f64
                }),
            };
            if fits {
                return None;
            }
            match to - from {
                0..=2 => wants(&alternatives((from..=to).map(|number| number.to_string()))),
                _ if to == u64::MAX => wants(&format!("a whole number from {from} on")),
                _ => wants(&format!("a whole number from {from} to {to}")),
            }
        }
        (Kind::OneOf(words), Json::String(word)) => (!words.contains(&&**word)).then(|| {
            let near = nearest(word, words.iter().copied());
            format!("{field} is never {word:?}{near}; there are {}", words.join(", "))
        }),
        (Kind::OneOf(words), _) => wants(&alternatives(words.iter().map(|word| format!("{word:?}")))),
        (Kind::TopicName, Json::String(name)) => match topic::validate_name(name) {
            Err(error) if !name.is_empty() => not_a("a topic name", name, error.what),
            _ => None,
        },
        (Kind::TopicName, _) => wants("a topic name"),
        (Kind::TopicFilter | Kind::Topic, Json::String(filter)) => {
            let error = topic::validate_filter(filter).err()?;
            not_a("a topic filter", filter, error.what)
        }
        (Kind::TopicFilter | Kind::Topic, _) => wants("a topic filter"),
        (Kind::Base64, Json::String(text)) => base64(text).err().map(|error| format!("{field}: {error}")),
        (Kind::Base64, _) => wants("Base64"),
        (Kind::Code(codes), _) => {
            let known: Vec<ReasonCode> = codes.all(packet).collect();
            let code = value.as_u64();
            if known.iter().any(|known| Some(u64::from(known.0)) == code) {
                return None;
            }
            match known.as_slice() {
                [first, .., last] if known.len() > MANY_CODES => {
                    wants(&format!("a reason code from {} to {}", first.0, last.0))
                }
                _ => wants(&alternatives(
                    known.iter().map(|code| format!("{} ({})", code.0, code.name())),
                )),
            }
        }
        (Kind::CodeName, Json::String(name)) => {
            let names = || ReasonCode::ALL.iter().map(|code| code.name());
            (!names().any(|known| known == name)).then(|| {
                let near = nearest(name, names());
                format!(
                    "{field} is never {name:?}{near}; it is the name of a reason code as the standard has it"
                )
            })
        }
        (Kind::CodeName, _) => wants("the name of a reason code"),
        (Kind::Object(fields), _) => wants(&format!(
            "an object with {}",
            alternatives(fields.iter().map(|field| field.name.to_owned()))
        )),
        (Kind::Properties { .. }, _) => wants("an object with properties by name"),
        (Kind::List(element), _) => wrong_value(*element, packet, field, value),
        (Kind::Secret, _) => Some(format!("{field} is a secret, which the journal does not show")),
    }
}
