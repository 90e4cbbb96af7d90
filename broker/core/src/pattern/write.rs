//! From patterns to JSON.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::{Value as Json, json};

use super::Pattern;
use super::comparison::Comparison;
use super::what::What;

impl Comparison {
    pub(super) fn to_json(&self) -> Json {
        let list = |all: &[Comparison]| all.iter().map(Comparison::to_json).collect::<Json>();
        match self {
            Self::Equal(value) => value.clone(),
            Self::Present(false) => Json::Null,
            Self::Present(true) => json!({"present": true}),
            Self::OneOf(any) => json!({"one_of": list(any)}),
            Self::Not(other) => json!({"not": other.to_json()}),
            Self::All(all) => json!({"all": list(all)}),
            Self::Range { from, to } => {
                let bounds = [("from", from), ("to", to)].into_iter();
                let said =
                    bounds.filter_map(|(name, bound)| Some((name.to_owned(), Json::Number(bound.clone()?))));
                Json::Object(said.collect())
            }
            Self::Contains(part) => json!({"contains": part}),
            Self::Matches(regex) => json!({"matches": regex.as_str()}),
            Self::Bytes(bytes) => json!({"base64": BASE64_STANDARD.encode(bytes)}),
            Self::LenBytes(length) => json!({"len_bytes": length.to_json()}),
            Self::Sha256(digest) => json!({"sha256": digest}),
            Self::Json(value) => json!({"json": value}),
            Self::JsonSubset(value) => json!({"json_subset": value}),
            Self::JsonAt(pointer, is) => json!({"json_at": {pointer.as_str(): is.to_json()}}),
            Self::List(elements) => list(elements),
            Self::Members(members) => {
                let members = members.iter().map(|(name, it)| (name.to_owned(), it.to_json()));
                Json::Object(members.collect())
            }
            Self::Wrong(why) => json!({"wrong": why}),
        }
    }
}

/// Fails where the pattern has a closure, which cannot be written down, and where no entry can fit it.
impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if let Some(test) = self.tests.first() {
            return Err(S::Error::custom(format!(
                "a closure cannot be written down: {}",
                test.words
            )));
        }
        self.check().map_err(S::Error::custom)?;
        let mut map = to.serialize_map(None)?;
        match &self.what {
            What::Any => {}
            What::Packets(types) => match &types[..] {
                [] => map.serialize_entry("record", "packet")?,
                [one] => map.serialize_entry("packet", one.name())?,
                several => {
                    let names: Vec<&str> = several.iter().map(|one| one.name()).collect();
                    map.serialize_entry("packet", &names)?;
                }
            },
            What::Events(words) => match &words[..] {
                [] => map.serialize_entry("record", "event")?,
                [one] => map.serialize_entry("event", one)?,
                several => map.serialize_entry("event", several)?,
            },
        }
        if let Some(direction) = self.direction {
            map.serialize_entry("direction", &direction)?;
        }
        for (name, comparison) in self.fields.iter() {
            map.serialize_entry(name, &comparison.to_json())?;
        }
        map.end()
    }
}
