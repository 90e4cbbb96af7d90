//! From JSON to comparisons and patterns.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

use super::Pattern;
use super::comparison::Comparison;
use super::members::Members;
use super::names::nearest;
use super::regex::Regex;
use super::what::What;

/// What begins a comparison in JSON that is more than a value. No member of a field may have such a name.
pub(super) const COMPARISONS: &[(&str, &str)] = &[
    ("all", "a list: all of these comparisons fit"),
    ("one_of", "a list: one of these comparisons fits"),
    ("not", "a comparison that does not fit; an absent field fits"),
    (
        "present",
        "`true` where the field has any value, `false` where it is absent, as `null` says, too",
    ),
    ("from", "the least number that fits"),
    ("to", "the greatest number that fits"),
    ("contains", "a text that is part of the text"),
    (
        "matches",
        "a regular expression that finds something in the text; `^…$` for all of it",
    ),
    ("base64", "these bytes, as Base64"),
    ("len_bytes", "a comparison of the length in bytes"),
    ("sha256", "the SHA-256 in hexadecimal, as `sha256sum` prints it"),
    ("json", "the whole JSON value, however it is written"),
    ("json_subset", "JSON with at least these members"),
    (
        "json_at",
        "an object: at each JSON pointer (`/list/0/name`) a comparison of what stands there",
    ),
];

fn is_comparison(name: &str) -> bool {
    COMPARISONS.iter().any(|(known, _)| *known == name)
}

/// What to say of a comparison that does not exist.
pub(super) fn no_comparison(name: &str) -> String {
    let names = || COMPARISONS.iter().map(|(name, _)| *name);
    let near = nearest(name, names());
    let all: Vec<&str> = names().collect();
    format!(
        "there is no comparison {name:?}{near}; there are {}",
        all.join(", ")
    )
}

/// Reads a comparison. What cannot be read becomes one that says why.
pub(super) fn comparison(json: Json) -> Comparison {
    match json {
        Json::Null => Comparison::Present(false),
        Json::Bool(_) | Json::Number(_) | Json::String(_) => Comparison::Equal(json),
        Json::Array(elements) => Comparison::List(elements.into_iter().map(comparison).collect()),
        Json::Object(members) if members.keys().any(|name| is_comparison(name)) => {
            operators(members).unwrap_or_else(Comparison::Wrong)
        }
        Json::Object(members) => {
            let mut read = Members::default();
            for (name, value) in members {
                read.set(&name, comparison(value));
            }
            Comparison::Members(read)
        }
    }
}

fn operators(members: Map<String, Json>) -> Result<Comparison, String> {
    let mut all = Vec::new();
    let (mut from, mut to) = (None, None);
    for (name, value) in members {
        all.push(match &*name {
            "from" => {
                from = Some(number(&name, value)?);
                continue;
            }
            "to" => {
                to = Some(number(&name, value)?);
                continue;
            }
            "all" => Comparison::All(list(&name, value)?),
            "one_of" => Comparison::OneOf(list(&name, value)?),
            "not" => Comparison::Not(Box::new(comparison(value))),
            "present" => match value {
                Json::Bool(yes) => Comparison::Present(yes),
                other => return Err(format!("present is true or false, not {other}")),
            },
            "contains" => Comparison::Contains(text(&name, value)?),
            "matches" => Comparison::Matches(Regex::new(text(&name, value)?)),
            "base64" => Comparison::Bytes(base64(&text(&name, value)?)?),
            "len_bytes" => Comparison::LenBytes(Box::new(comparison(value))),
            "sha256" => Comparison::Sha256(text(&name, value)?),
            "json" => Comparison::Json(value),
            "json_subset" => Comparison::JsonSubset(value),
            "json_at" => match value {
                Json::Object(places) => {
                    let at = |(pointer, value)| Comparison::JsonAt(pointer, Box::new(comparison(value)));
                    all.extend(places.into_iter().map(at));
                    continue;
                }
                other => {
                    return Err(format!(
                        "json_at is an object with JSON pointers as names, not {other}"
                    ));
                }
            },
            other => return Err(no_comparison(other)),
        });
    }
    if from.is_some() || to.is_some() {
        all.push(Comparison::Range { from, to });
    }
    Ok(match all.pop() {
        Some(only) if all.is_empty() => only,
        Some(last) => {
            all.push(last);
            Comparison::All(all)
        }
        None => Comparison::All(Vec::new()),
    })
}

fn text(name: &str, value: Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text),
        other => Err(format!("{name} is a text, not {other}")),
    }
}

fn number(name: &str, value: Json) -> Result<Number, String> {
    match value {
        Json::Number(number) => Ok(number),
        other => Err(format!("{name} is a number, not {other}")),
    }
}

fn list(name: &str, value: Json) -> Result<Vec<Comparison>, String> {
    match value {
        Json::Array(elements) => Ok(elements.into_iter().map(comparison).collect()),
        other => Err(format!("{name} is a list of comparisons, not {other}")),
    }
}

pub(super) fn base64(text: &str) -> Result<Vec<u8>, String> {
    let bytes = BASE64_STANDARD.decode(text);
    bytes.map_err(|error| format!("{text:?} is not Base64: {error}"))
}

/// Fails where no entry can fit: the error says what would be right.
impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Pattern;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pattern: an object such as {\"packet\": \"PUBLISH\", \"topic\": \"a/#\"}")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Pattern, M::Error> {
        let mut pattern = Pattern::new(What::Any, None);
        let mut known = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            if known.contains(&name) {
                return Err(M::Error::custom(format!("{name} is there twice")));
            }
            pattern.ask(&name, comparison(value));
            known.push(name);
        }
        pattern
            .check()
            .map_err(|invalid| M::Error::custom(invalid.what))?;
        Ok(pattern)
    }
}
