//! [`Comparison`]: what a field is compared with, and whether it fits.

use serde_json::{Number, Value as Json};

use super::json;
use super::members::Members;
use super::regex::Regex;
use crate::journal::{Omitted, Value};
use crate::topic;

/// One comparison. Its form in JSON is described in the documentation of the room.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Comparison {
    /// The same text, number or truth.
    Equal(Json),
    /// Whether there is a value at all.
    Present(bool),
    OneOf(Vec<Comparison>),
    Not(Box<Comparison>),
    All(Vec<Comparison>),
    /// A number between two, both included.
    Range {
        from: Option<Number>,
        to: Option<Number>,
    },
    /// A text with this in it.
    Contains(String),
    /// A text in which this finds something.
    Matches(Regex),
    Bytes(Vec<u8>),
    /// The length of text or bytes, in bytes.
    LenBytes(Box<Comparison>),
    Sha256(String),
    /// The payload is this JSON.
    Json(Json),
    /// The payload is JSON with at least this.
    JsonSubset(Json),
    /// The payload is JSON, and what stands at the pointer fits.
    JsonAt(String, Box<Comparison>),
    /// The whole list, element by element.
    List(Vec<Comparison>),
    /// Members by name, of an object or of one element of a list.
    Members(Members),
    /// What could not be read, in words. A pattern with it is an error.
    Wrong(String),
}

impl Comparison {
    /// How many comparisons it is made of: what it costs to ask it.
    pub fn weight(&self) -> usize {
        let all = |all: &[Self]| all.iter().map(Self::weight).sum::<usize>();
        1 + match self {
            Self::OneOf(any) | Self::All(any) | Self::List(any) => all(any),
            Self::Not(one) | Self::LenBytes(one) | Self::JsonAt(_, one) => one.weight(),
            Self::Members(members) => members.weight(),
            _ => 0,
        }
    }

    /// Whether the value fits; `None` stands for a field that the entry does not have. Of a list one element has to fit.
    pub fn holds(&self, found: Option<&Value<'_>>) -> bool {
        match (self, found) {
            (Self::Present(wanted), found) => found.is_some() == *wanted,
            (Self::Not(other), found) => !other.holds(found) && !other.needs_more_than(found),
            (Self::All(all), found) => all.iter().all(|one| one.holds(found)),
            (Self::OneOf(any), found) => any.iter().any(|one| one.holds(found)),
            // What is not there has no members.
            (Self::Members(members), None) => members.iter().all(|(_, one)| one.holds(None)),
            (_, None) => false,
            (Self::List(wanted), Some(Value::List(found))) => {
                wanted.len() == found.len()
                    && wanted
                        .iter()
                        .zip(found)
                        .all(|(one, found)| one.holds(Some(found)))
            }
            (Self::List(wanted), Some(Value::Json(Json::Array(found)))) => {
                let mut pairs = wanted.iter().zip(found);
                wanted.len() == found.len() && pairs.all(|(one, found)| one.holds(Some(&Value::Json(found))))
            }
            (_, Some(Value::List(elements))) => elements.iter().any(|element| self.fits(element)),
            (_, Some(found)) => self.fits(found),
        }
    }

    /// Whether one value fits.
    fn fits(&self, found: &Value<'_>) -> bool {
        if let Value::Omitted(omitted) = found {
            return self.fits_omitted(*omitted);
        }
        let text = || found.as_text();
        match self {
            Self::Equal(wanted) => is_equal(found, wanted),
            Self::Range { from, to } => number(found).is_some_and(|found| {
                from.as_ref().is_none_or(|from| json::order(from, &found).is_le())
                    && to.as_ref().is_none_or(|to| json::order(&found, to).is_le())
            }),
            Self::Contains(part) => text().is_some_and(|text| text.contains(part)),
            Self::Matches(regex) => text().is_some_and(|text| regex.is_match(text)),
            Self::Bytes(wanted) => bytes(found).is_some_and(|bytes| bytes == wanted),
            Self::LenBytes(wanted) => {
                bytes(found).is_some_and(|bytes| wanted.holds(Some(&Value::Whole(bytes.len() as u64))))
            }
            Self::Sha256(wanted) => {
                bytes(found).is_some_and(|bytes| Omitted::of(bytes).digest().eq_ignore_ascii_case(wanted))
            }
            Self::Json(_) | Self::JsonSubset(_) | Self::JsonAt(..) => {
                parsed(found).is_some_and(|value| self.fits_json(&value))
            }
            Self::Members(members) => members
                .iter()
                .all(|(name, wanted)| wanted.holds(member(found, name).as_ref())),
            Self::Present(_) | Self::Not(_) | Self::All(_) | Self::OneOf(_) => self.holds(Some(found)),
            Self::List(_) | Self::Wrong(_) => false,
        }
    }

    fn fits_json(&self, found: &Json) -> bool {
        let mut differences = Vec::new();
        match self {
            Self::Json(wanted) => json::whole("", found, wanted, &mut differences),
            Self::JsonSubset(wanted) => json::subset("", found, wanted, &mut differences),
            Self::JsonAt(pointer, wanted) => {
                return wanted.holds(found.pointer(pointer).map(Value::Json).as_ref());
            }
            _ => return false,
        }
        differences.is_empty()
    }

    /// Whether a payload fits that the journal did not keep.
    fn fits_omitted(&self, omitted: Omitted) -> bool {
        match self {
            Self::Equal(Json::String(wanted)) => Omitted::of(wanted.as_bytes()) == omitted,
            Self::Bytes(wanted) => Omitted::of(wanted) == omitted,
            Self::LenBytes(wanted) => wanted.holds(Some(&Value::Whole(omitted.bytes as u64))),
            Self::Sha256(wanted) => omitted.digest().eq_ignore_ascii_case(wanted),
            _ => false,
        }
    }

    /// Whether only a payload that the journal did not keep could tell.
    fn needs_more_than(&self, found: Option<&Value<'_>>) -> bool {
        let is_lost = matches!(found, Some(Value::Omitted(_)));
        is_lost
            && match self {
                Self::Equal(_) | Self::Bytes(_) | Self::LenBytes(_) | Self::Sha256(_) | Self::Present(_) => {
                    false
                }
                Self::Not(other) => other.needs_more_than(found),
                Self::All(all) | Self::OneOf(all) => all.iter().any(|one| one.needs_more_than(found)),
                _ => true,
            }
    }
}

/// The same text, number or truth. A topic name is compared with a topic filter.
fn is_equal(found: &Value<'_>, wanted: &Json) -> bool {
    match (found, wanted) {
        (Value::Topic(name), Json::String(filter)) => topic::matches(filter, name),
        (Value::Text(text), Json::String(wanted)) => text == wanted,
        (Value::Bytes(bytes), Json::String(wanted)) => *bytes == wanted.as_bytes(),
        (Value::Bool(yes), Json::Bool(wanted)) => yes == wanted,
        (Value::Json(found), wanted) => json::same(found, wanted),
        (found, Json::Number(wanted)) => {
            number(found).is_some_and(|found| json::order(&found, wanted).is_eq())
        }
        _ => false,
    }
}

fn number(value: &Value<'_>) -> Option<Number> {
    match value {
        Value::Whole(number) => Some((*number).into()),
        Value::Real(number) => Number::from_f64(*number),
        Value::Json(Json::Number(number)) => Some(number.clone()),
        _ => None,
    }
}

pub(super) fn bytes<'a>(value: &'a Value<'_>) -> Option<&'a [u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        other => other.as_text().map(str::as_bytes),
    }
}

/// A payload, or a part of one, as JSON.
pub(super) fn parsed(value: &Value<'_>) -> Option<Json> {
    match value {
        Value::Json(value) => Some((*value).clone()),
        other => serde_json::from_slice(bytes(other)?).ok(),
    }
}

/// A member by its name in JSON, where bytes that are not text are called `NAME_base64`.
pub(super) fn member<'a>(of: &Value<'a>, name: &str) -> Option<Value<'a>> {
    if let Some(value) = of.get(name) {
        return Some(value.clone());
    }
    as_base64(of.get(name.strip_suffix("_base64")?)?)
}

/// Bytes that are not text, in Base64.
pub(super) fn as_base64<'a>(value: &Value<'_>) -> Option<Value<'a>> {
    match value {
        Value::Bytes(bytes) if std::str::from_utf8(bytes).is_err() => match value.to_json() {
            Json::String(text) => Some(Value::Text(text.into())),
            _ => None,
        },
        _ => None,
    }
}
