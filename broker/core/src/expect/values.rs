//! Whether a field can have a value at all.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::json;
use super::names::nearest;
use super::table::{Is, properties};
use crate::topic;
use crate::wire::ReasonCode;

/// More reason codes than these are not told one by one.
const MANY_CODES: usize = 12;

/// What is wrong with the value of this field, if it can never be that.
pub(super) fn wrong_value(is: Is, field: &str, value: &Value) -> Option<String> {
    // That a field is absent is always a thing to ask for.
    if value.is_null() {
        return None;
    }
    let shown = json::shown(value);
    let wants = |what: &str| Some(format!("{field} is never {shown}: it is {what}"));
    match (is, value) {
        (Is::Text, Value::String(_)) | (Is::Bool, Value::Bool(_)) | (Is::Number, Value::Number(_)) => None,
        (Is::Text, _) => wants("a text"),
        (Is::Bool, _) => wants("true or false"),
        (Is::Number, _) => wants("a number"),
        (Is::True, _) => (value != true).then(|| format!("{field} is true, or null where there is none")),
        (Is::Whole(from, to), _) => {
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
        (Is::OneOf(words), _) => match value.as_str() {
            Some(word) if words.contains(&word) => None,
            Some(word) => Some(format!(
                "{field} is never {word:?}{}; there are {}",
                nearest(word, words.iter().copied()),
                words.join(", ")
            )),
            None => wants(&alternatives(words.iter().map(|word| format!("{word:?}")))),
        },
        (Is::TopicName, Value::String(name)) => match topic::validate_name(name) {
            Err(error) if !name.is_empty() => {
                Some(format!("{field}: {name:?} is not a topic name: {}", error.what))
            }
            _ => None,
        },
        (Is::TopicName, _) => wants("a topic name"),
        (Is::TopicFilter, Value::String(filter)) => topic::validate_filter(filter)
            .err()
            .map(|error| format!("{field}: {filter:?} is not a topic filter: {}", error.what)),
        (Is::TopicFilter, _) => wants("a topic filter"),
        (Is::Base64, Value::String(text)) => BASE64_STANDARD
            .decode(text)
            .err()
            .map(|error| format!("{field}: {text:?} is not Base64: {error}")),
        (Is::Base64, _) => wants("Base64"),
        (Is::Code(may), _) => {
            let known = codes().filter(|code| may(*code));
            let code = value.as_u64().and_then(|code| u8::try_from(code).ok());
            if code.is_some_and(|code| known.clone().any(|known| known.0 == code)) {
                return None;
            }
            let all: Vec<ReasonCode> = known.collect();
            match all.as_slice() {
                [first, .., last] if all.len() > MANY_CODES => {
                    wants(&format!("a reason code from {} to {}", first.0, last.0))
                }
                _ => wants(&alternatives(
                    all.iter().map(|code| format!("{} ({})", code.0, code.name())),
                )),
            }
        }
        (Is::CodeName, _) => match value.as_str() {
            Some(name) if codes().any(|code| code.name() == name) => None,
            Some(name) => Some(format!(
                "{field} is never {name:?}{}; it is the name of a reason code as the standard has it",
                nearest(name, codes().map(ReasonCode::name))
            )),
            None => wants("the name of a reason code"),
        },
        (Is::Object(fields), Value::Object(wanted)) => wanted.iter().find_map(|(name, value)| {
            let inside = format!("{field} {name}");
            match fields.iter().find(|(known, _)| known == name) {
                Some((_, is)) => wrong_value(*is, &inside, value),
                None => Some(format!(
                    "{field} has no {name:?}; it has {}",
                    alternatives(fields.iter().map(|(known, _)| (*known).to_owned()))
                )),
            }
        }),
        (Is::Object(fields), _) => wants(&format!(
            "an object with {}",
            alternatives(fields.iter().map(|(known, _)| (*known).to_owned()))
        )),
        (Is::Properties(packet, will), Value::Object(wanted)) => wanted.iter().find_map(|(name, value)| {
            match properties(packet, will).find(|(known, _)| known == name) {
                Some((_, is)) => wrong_value(is, name, value),
                None => Some(format!("there is no property {name:?} here")),
            }
        }),
        (Is::Properties(..), _) => wants("an object with properties by name"),
        // A list that is wanted is the whole of it; anything else is one element.
        (Is::List(element), Value::Array(all)) => {
            all.iter().find_map(|value| wrong_value(*element, field, value))
        }
        (Is::List(element), _) => wrong_value(*element, field, value),
        (Is::Secret, _) => Some(format!("{field} is a secret, which the journal does not show")),
    }
}

/// Whether two different values of it can be wanted at once: of a list, different elements; of an object, different members.
pub(super) fn takes_several(is: Is) -> bool {
    matches!(is, Is::List(_) | Is::Object(_) | Is::Properties(..))
}

/// The reason codes that are defined.
fn codes() -> impl Iterator<Item = ReasonCode> + Clone {
    ReasonCode::ALL.iter().copied()
}

fn alternatives(of: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = of.collect();
    match all.pop() {
        Some(last) if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        Some(last) => last,
        None => "nothing".to_owned(),
    }
}
