//! Whether an entry fits a pattern, and in what it does not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value as Json;

use super::comparison::{Comparison, as_base64, parsed};
use super::difference::Difference;
use super::{Pattern, json, words};
use crate::journal::{
    Direction, Entry, Event, FIELDS, Glance, OF_THE_ENTRY, Of, Omitted, Record, Side, Value, Wanted,
};
use crate::topic;
use crate::wire::Packet;

/// How an entry compares with a pattern of the same kind.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Fit {
    /// So many of the things asked for are so.
    pub agreed: usize,
    /// And these are not.
    pub differences: Vec<Difference>,
}

impl Wanted for Pattern {
    fn may_fit(&self, glance: &Glance<'_>) -> bool {
        // A CONNECT that is not accepted is of a client that is not known yet.
        let is_client = |client| glance.client_id.is_empty() || client == glance.client_id;
        self.what.may_be(glance)
            && (glance.side != Side::Engine || self.asks_for_a_side())
            && (self.direction.is_none() || self.direction == glance.direction)
            && self.client().is_none_or(is_client)
    }

    fn fits(&self, entry: &Entry) -> bool {
        Pattern::fits(self, entry)
    }
}

impl Pattern {
    /// Whether the entry is one of those meant.
    pub fn fits(&self, entry: &Entry) -> bool {
        // The cheap questions come first: most entries do not fit.
        self.is_kind(entry)
            && self.direction.is_none_or(|way| entry.direction() == Some(way))
            && self.client().is_none_or(|client| client == owner(entry))
            && self
                .on_topic()
                .is_none_or(|filter| topic_of(entry).is_some_and(|it| topic::matches(filter, it)))
            && self.contents_fit(entry)
            && self
                .tests
                .iter()
                .all(|test| holds(&*test.holds, entry) == Some(true))
    }

    fn contents_fit(&self, entry: &Entry) -> bool {
        if self.fields.iter().all(|(name, is)| is_identity(name, is)) {
            return true;
        }
        let packet = entry.packet().and_then(Result::ok);
        let mut others = self.fields.iter().filter(|(name, is)| !is_identity(name, is));
        others.all(|(name, is)| is.holds(value_of(entry, packet.as_ref(), name).as_ref()))
    }

    /// The engine's side of a packet is meant only where that is said: each packet counts once.
    pub(crate) fn is_kind(&self, entry: &Entry) -> bool {
        self.what.is_of(entry) && (!entry.is_far_side() || self.asks_for_a_side())
    }

    fn asks_for_a_side(&self) -> bool {
        self.fields.iter().any(|(name, _)| name == "side")
    }

    /// In what the entry differs; `None` where it is of another kind altogether.
    pub(crate) fn compare(&self, entry: &Entry) -> Option<Fit> {
        if !self.is_kind(entry) {
            return None;
        }
        let mut fit = Fit::default();
        if let Some(way) = self.direction {
            let sent = |way| match way {
                Some(Direction::In) => "from a client",
                Some(Direction::Out) => "to a client",
                None => "an event",
            };
            let difference = || Difference::new("sent", sent(entry.direction()), sent(Some(way)));
            fit.take(entry.direction() == Some(way), difference);
        }
        let packet = entry.packet().and_then(Result::ok);
        for (name, is) in self.in_order() {
            let found = value_of(entry, packet.as_ref(), name);
            is.compare(words::of_path(name), found.as_ref(), &mut fit);
        }
        // A closure is asked about entries that fit in everything else.
        if fit.differences.is_empty() {
            for test in &self.tests {
                let said = match holds(&*test.holds, entry) {
                    Some(true) => "",
                    Some(false) => "not so",
                    None => "the test panicked",
                };
                fit.take(said.is_empty(), || Difference::new(test.words.clone(), said, ""));
            }
        }
        Some(fit)
    }
}

/// What a closure says of the entry; `None` where it panicked. It runs in the broker's thread, which must not end for it.
fn holds(test: &dyn Fn(&Entry) -> bool, entry: &Entry) -> Option<bool> {
    catch_unwind(AssertUnwindSafe(|| test(entry))).ok()
}

/// Whether this is one of the questions that are asked first.
fn is_identity(name: &str, is: &Comparison) -> bool {
    matches!(name, "client_id" | "topic") && matches!(is, Comparison::Equal(_))
}

impl Fit {
    fn take(&mut self, fits: bool, difference: impl FnOnce() -> Difference) {
        if fits {
            self.agreed += 1;
        } else {
            self.differences.push(difference());
        }
    }
}

impl Comparison {
    /// Where the value does not fit.
    pub(super) fn differences(&self, name: &str, found: Option<&Value<'_>>) -> Vec<Difference> {
        let mut fit = Fit::default();
        self.compare(name.to_owned(), found, &mut fit);
        fit.differences
    }

    /// Compares part by part, so that each difference names its place.
    fn compare(&self, name: String, found: Option<&Value<'_>>, fit: &mut Fit) {
        match (self, found) {
            (Self::All(all), _) => {
                for one in all {
                    one.compare(name.clone(), found, fit);
                }
            }
            (Self::Members(members), None | Some(Value::Object(_))) if words::has_parts(&name) => {
                for (part, is) in members.iter() {
                    let inside = found.and_then(|found| super::comparison::member(found, part));
                    is.compare(words::join(&name, part), inside.as_ref(), fit);
                }
            }
            (Self::Json(_) | Self::JsonSubset(_) | Self::JsonAt(..), Some(found))
                if !matches!(found, Value::Omitted(_)) =>
            {
                self.compare_json(name, found, fit);
            }
            _ => fit.take(self.holds(found), || self.difference(name, found)),
        }
    }

    fn difference(&self, name: String, found: Option<&Value<'_>>) -> Difference {
        let bytes = |value: &Value<'_>| {
            super::comparison::bytes(value)
                .map(<[u8]>::to_vec)
                .unwrap_or_default()
        };
        let found = match (self, found) {
            (_, None) => String::new(),
            (_, Some(Value::Omitted(omitted))) => omitted.to_string(),
            (Self::LenBytes(_), Some(value)) => format!("of {} bytes", bytes(value).len()),
            (Self::Sha256(_), Some(value)) => {
                format!("with the SHA-256 {}", Omitted::of(&bytes(value)).digest())
            }
            (_, Some(value)) => words::shown(value),
        };
        match self {
            Self::Not(_) => {
                let found = if found.is_empty() { "absent" } else { &*found };
                Difference::new(name, format!("{found}, which it must not be"), "")
            }
            // The name says that it is a filter.
            Self::Equal(Json::String(filter)) if name == "topic" => {
                let found = if found.is_empty() {
                    "none".to_owned()
                } else {
                    found
                };
                Difference::new(name, found, filter.clone())
            }
            _ => Difference::new(name, found, self.to_string()),
        }
    }

    fn compare_json(&self, name: String, found: &Value<'_>, fit: &mut Fit) {
        let Some(value) = parsed(found) else {
            let error =
                super::comparison::bytes(found).and_then(|bytes| serde_json::from_slice::<Json>(bytes).err());
            let error = error
                .map(|error| format!(" (no JSON: {error})"))
                .unwrap_or_default();
            let found = format!("{}{error}", words::shown(found));
            return fit
                .differences
                .push(Difference::new(name, found, self.to_string()));
        };
        let before = fit.differences.len();
        match self {
            Self::Json(wanted) => json::whole(&name, &value, wanted, &mut fit.differences),
            Self::JsonSubset(wanted) => json::subset(&name, &value, wanted, &mut fit.differences),
            Self::JsonAt(pointer, is) => {
                let place = format!("{name} at {pointer}");
                match (value.pointer(pointer), &**is) {
                    (None, is) if !is.holds(None) => {
                        fit.differences
                            .push(Difference::new(place, "absent", is.to_string()));
                    }
                    (found, is) => return is.compare(place, found.map(Value::Json).as_ref(), fit),
                }
            }
            _ => {}
        }
        fit.agreed += usize::from(fit.differences.len() == before);
    }
}

/// What an entry has under this name.
fn value_of<'a>(entry: &'a Entry, packet: Option<&'a Packet<'a>>, name: &str) -> Option<Value<'a>> {
    match name {
        "client_id" => return Some(owner(entry).into()),
        "topic" => return topic_of(entry).map(Value::Topic),
        _ => {}
    }
    let of_entry = FIELDS.iter().filter(|row| match &entry.record {
        Record::Packet { .. } => true,
        Record::Event(_) => matches!(row.of, Of::Entries),
    });
    // Two packets may have a field of one name, in two rows.
    let mut rows = of_entry.filter(|row| row.field.name == name);
    if let Some(value) = rows.find_map(|row| (row.get)(entry, packet)) {
        return Some(value);
    }
    match &entry.record {
        Record::Event(event) if !OF_THE_ENTRY.contains(&name) => event.get(name),
        Record::Event(_) => None,
        Record::Packet { .. } => {
            let bytes = value_of(entry, packet, name.strip_suffix("_base64")?)?;
            as_base64(&bytes)
        }
    }
}

/// Whose it is. A CONNECT that is not accepted, or not yet, is that of the client that it names.
pub(crate) fn owner(entry: &Entry) -> &str {
    if !entry.client_id.is_empty() {
        return &entry.client_id;
    }
    match entry.packet() {
        Some(Ok(Packet::Connect(connect))) => connect.client_id,
        _ => match &entry.record {
            // A rule may act on a CONNECT before the journal knows the client.
            Record::Event(Event::Fault { client_id, .. }) => client_id,
            _ => "",
        },
    }
}

/// The topic of a PUBLISH, and of those events that have one.
pub(crate) fn topic_of(entry: &Entry) -> Option<&str> {
    match &entry.record {
        Record::Packet { .. } => entry.topic(),
        Record::Event(event) => event.topic(),
    }
}
