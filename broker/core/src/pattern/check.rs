//! Whether entries can have what a pattern asks for. A misspelt field or value is an error, not a pattern that nothing ever
//! fits: `never()` would be met by a slip of the pen.

use super::Pattern;
use super::comparison::Comparison;
use super::members::Members;
use super::names::nearest;
use super::read::no_comparison;
use super::values::wrong_value;
use super::what::{Subject, What};
use crate::journal::{Direction, Field, Kind, Value, properties_of};
use crate::wire::PacketType;

/// A pattern that no entry can fit.
///
/// ```
/// use broker_core::pattern::Pattern;
///
/// let error = serde_json::from_str::<Pattern>(r#"{"packet": "PUBLISH", "retian": true}"#).unwrap_err();
/// assert!(error.to_string().starts_with(r#"there is no field "retian" here (did you mean "retain"?)"#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pattern}: {what}")]
pub struct Invalid {
    /// The pattern in words.
    pub pattern: String,
    /// What is wrong with it, and what would be right.
    pub what: String,
}

impl Pattern {
    /// Whether any entry can fit.
    ///
    /// # Errors
    /// No entry can fit: the error says why.
    pub fn check(&self) -> Result<(), Invalid> {
        let wrong = self
            .wrong
            .clone()
            .or_else(|| wrong_way(self))
            .or_else(|| wrong_fields(self));
        match wrong {
            None => Ok(()),
            Some(what) => Err(Invalid {
                pattern: self.to_string(),
                what,
            }),
        }
    }
}

/// What is wrong with the direction, if entries of these kinds never go there.
fn wrong_way(pattern: &Pattern) -> Option<String> {
    let direction = pattern.direction?;
    if matches!(pattern.what, What::Events(_)) {
        return Some("an event is not sent; `client_id` says whose it is (in Rust: `of`)".to_owned());
    }
    if !Subject::meant(&pattern.what, Some(direction)).is_empty() {
        return None;
    }
    let name = &pattern.what;
    Some(match direction {
        Direction::In => format!(
            "a client never sends {name}, the broker does: say `direction = \"out\"` (in Rust: `to`, not `from`)"
        ),
        Direction::Out => format!(
            "the broker never sends {name}, a client does: say `direction = \"in\"` (in Rust: `from`, not `to`)"
        ),
    })
}

/// What is wrong with the fields, if entries of these kinds cannot have them. What no kind can have together no entry has.
fn wrong_fields(pattern: &Pattern) -> Option<String> {
    let mut subjects: Vec<(Subject, Vec<Field>)> = Subject::meant(&pattern.what, pattern.direction)
        .into_iter()
        .map(|subject| (subject, subject.fields()))
        .collect();
    for (name, comparison) in pattern.fields.iter() {
        let kind = |fields: &[Field]| kind_of(name, fields.iter().map(|field| (field.name, field.kind)));
        if !subjects.iter().any(|(_, fields)| kind(fields).is_some()) {
            return Some(unknown(pattern, name, &subjects));
        }
        subjects.retain(|(_, fields)| kind(fields).is_some());
        let wrong = |(subject, fields): &(Subject, Vec<Field>)| {
            wrong_comparison(kind(fields)?, subject.packet(), name, comparison)
        };
        let mut wrongs: Vec<Option<String>> = subjects.iter().map(wrong).collect();
        if wrongs.iter().all(Option::is_some) {
            return wrongs.swap_remove(0);
        }
        let mut wrongs = wrongs.iter();
        subjects.retain(|_| wrongs.next().is_some_and(Option::is_none));
    }
    None
}

/// What a pattern has beside fields: which entries it means.
const KINDS: [&str; 4] = ["direction", "event", "packet", "record"];

/// What to say of a field that no entry has beside the others.
fn unknown(pattern: &Pattern, name: &str, subjects: &[(Subject, Vec<Field>)]) -> String {
    match (name, &pattern.what) {
        ("topic", What::Packets(_) | What::Events(_)) => {
            return "it has no topic name; `topic_filter` is that of a subscription".to_owned();
        }
        ("payload", What::Packets(_) | What::Events(_)) => {
            return "it has no payload; that of a will is the field `will.payload`".to_owned();
        }
        _ => {}
    }
    let mut names: Vec<&str> = subjects
        .iter()
        .flat_map(|(_, fields)| fields)
        .map(|field| field.name)
        .collect();
    if !name.contains('.') {
        names.extend(KINDS);
    }
    names.sort_unstable();
    names.dedup();
    no_field("field", name, &names)
}

fn no_field(sort: &str, path: &str, names: &[&str]) -> String {
    let (before, name) = path
        .rsplit_once('.')
        .map_or(("", path), |(before, name)| (before, name));
    let all = names.join(", ");
    let full = |name: &str| {
        if before.is_empty() {
            name.to_owned()
        } else {
            format!("{before}.{name}")
        }
    };
    let near = nearest(name, names.iter().copied());
    let near = match near.split('"').nth(1) {
        Some(meant) => format!(" (did you mean {:?}?)", full(meant)),
        None => String::new(),
    };
    if names.is_empty() {
        return format!("there is no {sort} {path:?} here, nor any other");
    }
    format!("there is no {sort} {path:?} here{near}; there are {all}")
}

/// The kind of the field of this name; bytes are known as `NAME_base64`, too.
pub(super) fn kind_of<'a>(name: &str, fields: impl Iterator<Item = (&'a str, Kind)>) -> Option<Kind> {
    let mut fields = fields.collect::<Vec<_>>().into_iter();
    let same = fields.clone().find(|(known, _)| *known == name);
    same.map(|(_, kind)| kind).or_else(|| {
        let bytes = name.strip_suffix("_base64")?;
        let is_bytes = |(known, kind): &(&str, Kind)| *known == bytes && matches!(kind, Kind::Bytes);
        fields.find(is_bytes).map(|_| Kind::Base64)
    })
}

/// What is wrong with a comparison of a field of this kind, if it can never fit. The path says which field it is.
pub(super) fn wrong_comparison(
    kind: Kind,
    packet: Option<PacketType>,
    path: &str,
    is: &Comparison,
) -> Option<String> {
    let again = |is: &Comparison| wrong_comparison(kind, packet, path, is);
    let takes = |may: bool, what: &str| (!may).then(|| format!("{path}: {what}"));
    // Of a list one element has to fit.
    if let Kind::List(element) = kind {
        match is {
            Comparison::List(all) => {
                return all
                    .iter()
                    .find_map(|is| wrong_comparison(*element, packet, path, is));
            }
            Comparison::Present(_) => return None,
            Comparison::Not(_) | Comparison::All(_) | Comparison::OneOf(_) => {}
            is => return wrong_comparison(*element, packet, path, is),
        }
    }
    let is_text = matches!(
        kind,
        Kind::Text
            | Kind::TopicName
            | Kind::TopicFilter
            | Kind::Topic
            | Kind::OneOf(_)
            | Kind::CodeName
            | Kind::Base64
    );
    let has_bytes = is_text || matches!(kind, Kind::Bytes);
    match is {
        Comparison::Wrong(why) => Some(format!("{path}: {why}")),
        Comparison::Present(_) => None,
        Comparison::Equal(value) => wrong_value(kind, packet, path, value),
        Comparison::Not(other) => again(other),
        Comparison::OneOf(any) if any.is_empty() => Some(format!("{path}: one_of names nothing")),
        Comparison::OneOf(any) => any.iter().find_map(again),
        Comparison::All(all) => all
            .iter()
            .find_map(again)
            .or_else(|| contradiction(kind, path, all)),
        Comparison::Range { from, to } => takes(
            matches!(kind, Kind::Whole(..) | Kind::Number | Kind::Code(_)),
            "from and to compare numbers, and this is not a number",
        )
        .or_else(|| match (from, to) {
            (Some(from), Some(to)) if super::json::order(from, to).is_gt() => {
                Some(format!("{path}: nothing is from {from} to {to}"))
            }
            _ => None,
        }),
        Comparison::Matches(regex) => takes(has_bytes, "matches looks at texts, and this is not a text")
            .or_else(|| regex.error().map(|error| format!("{path}: {error}"))),
        Comparison::Contains(_) => takes(has_bytes, "contains looks at texts, and this is not a text"),
        Comparison::LenBytes(length) => takes(
            has_bytes,
            "len_bytes looks at texts and bytes, and this is neither",
        )
        .or_else(|| wrong_comparison(Kind::COUNT, packet, &format!("{path}.len_bytes"), length)),
        Comparison::Bytes(_) => takes(
            matches!(kind, Kind::Bytes),
            "base64 looks at bytes, and these are not bytes",
        ),
        Comparison::Sha256(digest) => {
            let is_one = digest.len() == 64 && digest.bytes().all(|digit| digit.is_ascii_hexdigit());
            takes(
                matches!(kind, Kind::Bytes),
                "sha256 looks at bytes, and these are not bytes",
            )
            .or_else(|| {
                (!is_one).then(|| format!("{digest:?} is not a SHA-256: that has 64 hexadecimal digits"))
            })
        }
        Comparison::Json(_) | Comparison::JsonSubset(_) => takes(
            matches!(kind, Kind::Bytes),
            "json looks at payloads, and this is not a payload",
        ),
        Comparison::JsonAt(pointer, is) => takes(
            matches!(kind, Kind::Bytes),
            "json_at looks at payloads, and this is not a payload",
        )
        .or_else(|| {
            (!pointer.is_empty() && !pointer.starts_with('/')).then(|| {
                format!("{pointer:?} is not a JSON pointer: it begins with /, as in \"/list/0/name\"")
            })
        })
        .or_else(|| wrong_in_json(&format!("{path} at {pointer}"), is)),
        Comparison::List(_) => Some(format!(
            "{path} is not a list; for one of several values say {{\"one_of\": {}}}",
            is.to_json()
        )),
        Comparison::Members(members) => wrong_members(kind, packet, path, members),
    }
}

/// What is wrong with the members that are asked for.
fn wrong_members(kind: Kind, packet: Option<PacketType>, path: &str, members: &Members) -> Option<String> {
    let known: Vec<(String, Kind)> = match kind {
        _ if members.iter().next().is_none() => {
            return Some(format!(
                "{path}: an object without members asks for nothing; for any value say {{\"present\": true}}"
            ));
        }
        Kind::Object(fields) => fields
            .iter()
            .map(|field| (field.name.to_owned(), field.kind))
            .collect(),
        Kind::Properties { of_will } => properties_of(packet?, of_will).collect(),
        _ => {
            let name = members.iter().map(|(name, _)| name).next().unwrap_or_default();
            return Some(format!("{path} has no parts: {}", no_comparison(name)));
        }
    };
    let sort = match kind {
        Kind::Properties { .. } => "property",
        _ => "field",
    };
    members.iter().find_map(|(name, is)| {
        let path = format!("{path}.{name}");
        let kind = kind_of(name, known.iter().map(|(name, kind)| (&**name, *kind)));
        let Some(kind) = kind else {
            let names: Vec<&str> = known.iter().map(|(name, _)| &**name).collect();
            return Some(no_field(sort, &path, &names));
        };
        wrong_comparison(kind, packet, &path, is)
    })
}

/// What is wrong with a comparison of a part of a payload, which may be any JSON.
fn wrong_in_json(path: &str, is: &Comparison) -> Option<String> {
    match is {
        Comparison::Members(_) => Some(format!(
            "{path}: an object of JSON is {{\"json\": {}}}",
            is.to_json()
        )),
        Comparison::Bytes(_) | Comparison::Sha256(_) => Some(format!("{path}: JSON has no bytes")),
        Comparison::List(all) | Comparison::All(all) | Comparison::OneOf(all) => {
            all.iter().find_map(|one| wrong_in_json(path, one))
        }
        Comparison::Not(other) => wrong_in_json(path, other),
        Comparison::LenBytes(length) => {
            wrong_comparison(Kind::COUNT, None, &format!("{path}.len_bytes"), length)
        }
        Comparison::JsonAt(pointer, is) => wrong_in_json(&format!("{path}{pointer}"), is),
        Comparison::Matches(regex) => regex.error().map(|error| format!("{path}: {error}")),
        Comparison::Wrong(why) => Some(format!("{path}: {why}")),
        _ => None,
    }
}

/// A value that is given whole has to fit the other comparisons.
fn contradiction(kind: Kind, path: &str, all: &[Comparison]) -> Option<String> {
    all.iter().find_map(|whole| {
        let (Comparison::Equal(_) | Comparison::Bytes(_)) = whole else {
            return None;
        };
        let value = match (kind, whole) {
            (Kind::List(_) | Kind::Topic, _) => return None,
            (_, Comparison::Bytes(bytes)) => Value::Bytes(bytes),
            (Kind::Bytes, Comparison::Equal(value)) => Value::Bytes(value.as_str()?.as_bytes()),
            (_, Comparison::Equal(value)) => Value::Json(value),
            _ => return None,
        };
        let other = all.iter().find(|other| !other.holds(Some(&value)))?;
        Some(if matches!(kind, Kind::Bytes) {
            let differences = other.differences(path, Some(&value));
            format!("it asks for two things at once: {}", differences.first()?)
        } else {
            format!("{path} is never {}", both(whole, other))
        })
    })
}

fn both(one: &Comparison, other: &Comparison) -> String {
    match other {
        Comparison::Equal(_) => format!("both {one} and {other}"),
        _ => format!("{one} where {other} is asked for"),
    }
}
