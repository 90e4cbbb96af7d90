//! [`What`]: which kinds of entries a pattern means.

use serde_json::Value as Json;

use super::comparison::Comparison;
use super::names::nearest;
use crate::journal::{
    Direction, EVENTS, Entry, Event, EventType, FIELDS, Field, Glance, Kind, OF_THE_ENTRY, Of, Record,
    only_way,
};
use crate::wire::PacketType;

/// Which kinds of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Any,
    /// Packets of these types. An empty list means all types.
    Packets(Vec<PacketType>),
    /// Events with these words. An empty list means all events.
    Events(Vec<&'static str>),
}

impl What {
    /// Whether an entry of which only this is known may be of one of these kinds.
    pub fn may_be(&self, glance: &Glance<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Packets(types) => {
                let is_packet = glance.event.is_none();
                is_packet && (types.is_empty() || glance.packet.is_some_and(|one| types.contains(&one)))
            }
            Self::Events(words) => {
                let word = glance.event.map(Event::word);
                word.is_some_and(|word| words.is_empty() || words.contains(&word))
            }
        }
    }

    pub fn is_of(&self, entry: &Entry) -> bool {
        match (self, &entry.record) {
            (Self::Any, _) => true,
            (Self::Packets(types), Record::Packet { .. }) => {
                types.is_empty() || entry.packet_type().is_some_and(|one| types.contains(&one))
            }
            (Self::Events(words), Record::Event(event)) => words.is_empty() || words.contains(&event.word()),
            _ => false,
        }
    }

    /// Only these of the kinds so far. Nothing is left of two that have nothing in common: the error says so.
    pub fn narrow(&mut self, other: What) -> Result<(), String> {
        let narrowed = match (&*self, &other) {
            (Self::Any, _) => Some(other.clone()),
            (Self::Packets(one), Self::Packets(two)) => both(one, two).map(Self::Packets),
            (Self::Events(one), Self::Events(two)) => both(one, two).map(Self::Events),
            _ => None,
        };
        match narrowed {
            Some(narrowed) => {
                *self = narrowed;
                Ok(())
            }
            None => Err(format!("an entry is never both {self} and {other}")),
        }
    }
}

/// What is in both lists, where an empty one means everything; `None` where nothing is.
fn both<T: Copy + PartialEq>(one: &[T], two: &[T]) -> Option<Vec<T>> {
    if one.is_empty() || two.is_empty() {
        return Some([one, two].concat());
    }
    let common: Vec<T> = one.iter().copied().filter(|it| two.contains(it)).collect();
    (!common.is_empty()).then_some(common)
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("anything"),
            Self::Packets(types) if types.is_empty() => f.write_str("packet"),
            Self::Packets(types) => {
                let names: Vec<&str> = types.iter().map(|one| one.name()).collect();
                f.write_str(&names.join(" or "))
            }
            Self::Events(words) if words.is_empty() => f.write_str("event"),
            Self::Events(words) => write!(f, "event {}", words.join(" or ").replace('_', " ")),
        }
    }
}

/// All types of packets.
pub(super) fn packets() -> impl Iterator<Item = PacketType> {
    (1_u8..=15).filter_map(|bits| PacketType::from_first_byte(bits << 4))
}

/// Reads the kinds that `record`, `packet` or `event` names: one, or a list of them.
pub(super) fn read(key: &str, comparison: &Comparison) -> Result<What, String> {
    let names = match comparison {
        Comparison::List(all) | Comparison::OneOf(all) => &all[..],
        one => std::slice::from_ref(one),
    };
    let known: Vec<&'static str> = match key {
        "record" => vec!["packet", "event"],
        "packet" => packets().map(PacketType::name).collect(),
        _ => EVENTS.iter().map(|event| event.word).collect(),
    };
    let mut found = Vec::new();
    for name in names {
        let Comparison::Equal(Json::String(name)) = name else {
            return Err(format!(
                "{key} is a name or a list of names, such as {:?}",
                known[0]
            ));
        };
        let Some(known) = known.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
            let near = nearest(name, known.iter().copied());
            return Err(format!(
                "there is no {key} {name:?}{near}; there are {}",
                known.join(", ")
            ));
        };
        if !found.contains(known) {
            found.push(*known);
        }
    }
    Ok(match (key, &found[..]) {
        (_, []) => return Err(format!("{key} names nothing")),
        ("record", ["packet"]) => What::Packets(Vec::new()),
        ("record", ["event"]) => What::Events(Vec::new()),
        ("record", _) => What::Any,
        ("packet", names) => What::Packets(
            packets()
                .filter(|packet| names.contains(&packet.name()))
                .collect(),
        ),
        _ => What::Events(found),
    })
}

/// One kind of entry, with the fields that it has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Packet(PacketType),
    Event(&'static EventType),
}

/// What only patterns know: a topic name by a topic filter, of a PUBLISH and of the events that have one.
const TOPIC: Field = Field::new("topic", Kind::Topic, "topic filter that the topic name fits");

impl Subject {
    /// Every kind that is meant and can go this way.
    pub fn meant(what: &What, direction: Option<Direction>) -> Vec<Subject> {
        let goes = |packet: &PacketType| {
            direction.is_none() || only_way(*packet).is_none_or(|only| Some(only) == direction)
        };
        let is_packet = |packet: &PacketType| match what {
            What::Any => true,
            What::Packets(types) => types.is_empty() || types.contains(packet),
            What::Events(_) => false,
        };
        let is_event = |event: &&EventType| match what {
            What::Any => true,
            What::Packets(_) => false,
            What::Events(words) => words.is_empty() || words.contains(&event.word),
        };
        let packets = packets().filter(is_packet).filter(goes).map(Subject::Packet);
        // An event goes no way.
        let events = EVENTS
            .iter()
            .filter(is_event)
            .filter(|_| direction.is_none())
            .map(Subject::Event);
        packets.chain(events).collect()
    }

    pub fn packet(self) -> Option<PacketType> {
        match self {
            Self::Packet(packet) => Some(packet),
            Self::Event(_) => None,
        }
    }

    /// Every field that it has.
    pub fn fields(self) -> Vec<Field> {
        let rows = FIELDS.iter().filter(|row| match self {
            Self::Packet(packet) => row.is_of(packet),
            Self::Event(_) => matches!(row.of, Of::Entries),
        });
        let mut fields: Vec<Field> = rows.map(|row| row.field).collect();
        match self {
            Self::Packet(PacketType::Publish) => fields.push(TOPIC),
            Self::Packet(_) => {}
            Self::Event(event) => {
                fields.extend(event.fields().filter(|field| !OF_THE_ENTRY.contains(&field.name)));
            }
        }
        fields
    }
}
