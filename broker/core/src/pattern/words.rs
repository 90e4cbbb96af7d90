//! Patterns in words.

use std::fmt;

use settings::text::Quoted;

use super::comparison::Comparison;
use super::{Pattern, json, names};
use crate::journal::{Direction, Value};

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        match (self.direction, self.client()) {
            (Some(Direction::In), Some(client)) => write!(f, " from {client:?}")?,
            (Some(Direction::Out), Some(client)) => write!(f, " to {client:?}")?,
            (None, Some(client)) => write!(f, " of {client:?}")?,
            (Some(Direction::In), None) => f.write_str(" from a client")?,
            (Some(Direction::Out), None) => f.write_str(" to a client")?,
            (None, None) => {}
        }
        if let Some(filter) = self.on_topic() {
            write!(f, " on {filter}")?;
        }
        for (name, is) in self.in_order() {
            if !(matches!(name, "client_id" | "topic") && matches!(is, Comparison::Equal(_))) {
                say(f, &of_path(name), is)?;
            }
        }
        for test in &self.tests {
            write!(f, ", {}", test.words)?;
        }
        Ok(())
    }
}

/// A comparison with the name of its field; each of several by itself.
fn say(f: &mut fmt::Formatter<'_>, name: &str, is: &Comparison) -> fmt::Result {
    match is {
        Comparison::All(all) => all.iter().try_for_each(|one| say(f, name, one)),
        Comparison::Members(members) if has_parts(name) => members
            .iter()
            .try_for_each(|(part, is)| say(f, &join(name, part), is)),
        _ => write!(f, ", {name} {is}"),
    }
}

/// The name of a field as a person would say it.
pub(super) fn of_path(name: &str) -> String {
    match name {
        "client_id" => "client".to_owned(),
        name => name.replace('_', " "),
    }
}

/// Whether this field has parts with names of their own. The elements of lists are shown whole.
pub(super) fn has_parts(name: &str) -> bool {
    matches!(name, "will" | "properties" | "will properties")
}

/// The name of a part. Of properties the standard's name is enough.
pub(super) fn join(name: &str, part: &str) -> String {
    let part = part.replace('_', " ");
    match name {
        "properties" => part,
        name => format!("{name} {part}"),
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |all: &[Comparison]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        match self {
            Self::Equal(serde_json::Value::String(text)) => Quoted(text, json::SHOWN).fmt(f),
            Self::Equal(value) | Self::Json(value) => f.write_str(&json::shown(value)),
            Self::Present(true) => f.write_str("present"),
            Self::Present(false) => f.write_str("absent"),
            Self::OneOf(any) => f.write_str(&names::alternatives(each(any))),
            Self::Not(other) => write!(f, "not {other}"),
            Self::All(all) => f.write_str(&each(all).join(" and ")),
            Self::Range { from, to } => match (from, to) {
                (Some(from), Some(to)) => write!(f, "from {from} to {to}"),
                (Some(from), None) => write!(f, "at least {from}"),
                (None, Some(to)) => write!(f, "at most {to}"),
                (None, None) => f.write_str("any number"),
            },
            Self::Contains(part) => write!(f, "containing {}", Quoted(part, json::SHOWN)),
            Self::Matches(regex) => write!(f, "matching /{}/", regex.as_str()),
            Self::Bytes(bytes) => f.write_str(&shown(&Value::Bytes(bytes))),
            Self::LenBytes(length) => write!(f, "of {length} bytes"),
            Self::Sha256(digest) => write!(f, "with the SHA-256 {digest}"),
            Self::JsonSubset(value) => write!(f, "with {}", json::shown(value)),
            Self::JsonAt(pointer, is) => write!(f, "with {is} at {pointer}"),
            Self::List(_) | Self::Members(_) => f.write_str(&json::shown(&self.to_json())),
            Self::Wrong(why) => f.write_str(why),
        }
    }
}

/// A value as a report shows it: text in quotes, other bytes in hexadecimal.
pub(crate) fn shown(value: &Value<'_>) -> String {
    match (value, value.as_text()) {
        (Value::Topic(name), _) => (*name).to_owned(),
        (Value::Bytes(bytes), None) => {
            let hex: Vec<String> = bytes.iter().take(24).map(|byte| format!("{byte:02x}")).collect();
            json::cut(&format!("<{}>", hex.join(" ")))
        }
        (_, Some(text)) => Quoted(text, json::SHOWN).to_string(),
        _ => json::shown(&value.to_json()),
    }
}
