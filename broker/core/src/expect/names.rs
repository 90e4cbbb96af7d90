//! Whether entries of a kind can have what a pattern asks for: a misspelt field or value is an error, not a pattern that
//! nothing ever fits. Otherwise `never()` would be met by a slip of the pen.

use super::table::{self, ALL, EVENT, EVENT_NAMES, EVENTS, Field, Is, PACKET, packets};
use super::values::{takes_several, wrong_value};
use super::{Pattern, What, json};
use crate::journal::Direction;
use crate::wire::PacketType;

/// The types that are meant, if it is packets, and if they are sent that way.
fn meant(what: &What, way: Option<Direction>) -> Vec<PacketType> {
    packets()
        .filter(|packet| match what {
            What::AnyPacket => true,
            What::Packet(name) => packet.name() == name,
            What::Event(_) => false,
        })
        .filter(|packet| way.is_none() || table::only_way(*packet).is_none_or(|only| Some(only) == way))
        .collect()
}

/// What is wrong with the kind, if it is none.
pub(super) fn wrong_kind(what: &What) -> Option<String> {
    let (name, known, names): (_, _, Vec<_>) = match what {
        What::AnyPacket => return None,
        What::Packet(name) => (name, "packet", packets().map(PacketType::name).collect()),
        What::Event(name) => (name, "event", EVENT_NAMES.to_vec()),
    };
    let is_known = names.contains(&name.as_str());
    (!is_known).then(|| {
        let near = nearest(name, names.iter().copied());
        format!(
            "there is no {known} {name:?}{near}; there are {}",
            names.join(", ")
        )
    })
}

/// What is wrong with the direction, if entries of this kind never go there.
pub(super) fn wrong_way(pattern: &Pattern) -> Option<String> {
    let way = pattern.way?;
    let name = match &pattern.what {
        What::Event(_) => return Some("an event is not sent; `of` says whose it is".to_owned()),
        What::AnyPacket => return None,
        What::Packet(name) => name,
    };
    if !meant(&pattern.what, Some(way)).is_empty() {
        return None;
    }
    Some(match way {
        Direction::In => format!("a client never sends {name}, the broker does: say `to`, not `from`"),
        Direction::Out => format!("the broker never sends {name}, a client does: say `from`, not `to`"),
    })
}

/// What is wrong with the fields that a pattern asks for, if entries of its kind cannot have them.
pub(super) fn wrong_fields(pattern: &Pattern) -> Option<String> {
    let mut kinds = kinds(pattern);
    for (number, (path, value)) in pattern.fields.iter().enumerate() {
        let is_there = |kind: &Vec<Known>| find(kind, path).is_some();
        if !kinds.iter().any(is_there) {
            return Some(unknown(&kinds, path));
        }
        // What no kind can have together no entry has.
        kinds.retain(is_there);
        let can_be = kinds.iter().filter_map(|kind| find(kind, path));
        let wrong: Vec<Option<String>> = can_be.map(|is| wrong_value(is, path, value)).collect();
        if wrong.iter().all(Option::is_some) {
            return wrong.into_iter().flatten().next();
        }
        let mut wrong = wrong.iter();
        kinds.retain(|_| wrong.next().is_some_and(Option::is_none));
        let other = pattern.fields.iter().take(number).find(|(same, other)| {
            same == path
                && !json::field_fits(other, value)
                && !kinds
                    .iter()
                    .filter_map(|kind| find(kind, path))
                    .any(takes_several)
        });
        if let Some((_, other)) = other {
            return Some(format!("{path} is never both {other} and {value}"));
        }
    }
    None
}

/// A field that is known, by its name.
type Known = (String, Is);

/// For each kind of entry that is meant, what it can have.
fn kinds(pattern: &Pattern) -> Vec<Vec<Known>> {
    let known = |fields: &[Field]| -> Vec<Known> {
        fields
            .iter()
            .map(|(name, is)| ((*name).to_owned(), *is))
            .collect()
    };
    if let What::Event(name) = &pattern.what {
        let own = EVENTS.iter().find(|(event, _)| event == name);
        let mut fields = known(own.map(|(_, own)| *own).unwrap_or_default());
        fields.extend(known(EVENT));
        fields.extend(known(ALL));
        let one = EVENT_NAMES.iter().position(|event| event == name);
        let one = one.and_then(|at| EVENT_NAMES.get(at..=at)).unwrap_or_default();
        fields.push(("event".to_owned(), Is::OneOf(one)));
        return vec![fields];
    }
    meant(&pattern.what, pattern.way)
        .into_iter()
        .map(|packet| {
            let mut fields = known(table::of_packet(packet));
            fields.extend(known(PACKET));
            fields.extend(known(ALL));
            let ways: &[&str] = match pattern.way.or(table::only_way(packet)) {
                Some(Direction::In) => &["in"],
                Some(Direction::Out) => &["out"],
                None => &["in", "out"],
            };
            fields.push(("direction".to_owned(), Is::OneOf(ways)));
            fields.push(("packet".to_owned(), Is::OneOf(table::name_of(packet))));
            fields.push(("properties".to_owned(), Is::Properties(packet, false)));
            fields
        })
        .collect()
}

/// What the field at this path can be.
fn find(fields: &[Known], path: &str) -> Option<Is> {
    let mut parts = path.split('.');
    let first = parts.next()?;
    let (_, is) = fields.iter().find(|(name, _)| name == first)?;
    parts.try_fold(*is, inside)
}

/// What a part of a field can be.
fn inside(is: Is, part: &str) -> Option<Is> {
    parts(is)
        .into_iter()
        .find(|(name, _)| name == part)
        .map(|(_, is)| is)
}

/// The parts that a field has.
fn parts(is: Is) -> Vec<Known> {
    match is {
        Is::Object(fields) => fields
            .iter()
            .map(|(name, is)| ((*name).to_owned(), *is))
            .collect(),
        Is::Properties(packet, will) => table::properties(packet, will).collect(),
        _ => Vec::new(),
    }
}

/// What to say of a path that leads nowhere.
fn unknown(kinds: &[Vec<Known>], path: &str) -> String {
    let mut at: Vec<Vec<Known>> = kinds.to_vec();
    let mut kind = "field";
    let mut before = None;
    for part in path.split('.') {
        let found: Vec<Is> = at
            .iter()
            .flatten()
            .filter(|(name, _)| name == part)
            .map(|(_, is)| *is)
            .collect();
        if found.is_empty() {
            let mut names: Vec<&str> = at.iter().flatten().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            return match (before, names.is_empty()) {
                (Some(before), true) => format!(
                    "the field {before:?} has no part {part:?}; of a list, give what one element is to have: \
                     field({before:?}, json!({{{part:?}: …}}))"
                ),
                (None, true) => format!("there is no {kind} {part:?} here, nor any other"),
                _ => format!(
                    "there is no {kind} {part:?} here{}; there are {}",
                    nearest(part, names.iter().copied()),
                    names.join(", ")
                ),
            };
        }
        kind = match found.first() {
            Some(Is::Properties(..)) => "property",
            _ if part == "will" => "field of a will",
            _ => "field",
        };
        at = found.into_iter().map(parts).collect();
        before = Some(part);
    }
    format!("no entry has {path:?} beside the other fields")
}

/// The one of these that was probably meant, in words that follow the wrong one; nothing where none is like it.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> String {
    let plain = |name: &str| name.to_lowercase().replace(['_', ' ', '-'], "");
    names
        .map(|name| (strsim::damerau_levenshtein(&plain(wrong), &plain(name)), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len() / 3)
        .map_or_else(String::new, |(_, name)| format!(" (did you mean {name:?}?)"))
}

/// Whether entries of this kind have a topic.
pub(super) fn has_topic(what: &What) -> bool {
    match what {
        What::AnyPacket => true,
        What::Packet(name) => name == PacketType::Publish.name(),
        What::Event(name) => matches!(name.as_str(), "will_published" | "dropped"),
    }
}

/// Whether entries of this kind have a payload.
pub(super) fn has_payload(what: &What) -> bool {
    match what {
        What::AnyPacket => true,
        What::Packet(name) => name == PacketType::Publish.name(),
        What::Event(_) => false,
    }
}

#[cfg(test)]
mod tests;
