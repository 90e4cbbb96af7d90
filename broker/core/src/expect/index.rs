//! [`Index`]: which of many expectations an entry may concern, found without asking each of them.

use std::collections::{BTreeSet, HashMap};

use super::Expectation;
use crate::journal::{Direction, Entry, Event, Glance, Record, Wanted};
use crate::pattern::{Pattern, What, owner, topic_of};
use crate::wire::PacketType;

/// What patterns of any packet, and of any event, are filed under.
const ANY_PACKET: &str = "packet";
const ANY_EVENT: &str = "event";

/// The name of a kind of packet or event, and which way the packet goes, where that is asked for.
type Name = (&'static str, Option<Direction>);

/// Expectations by what they look for: by kind, and within a kind by topic or client.
#[derive(Debug, Default)]
pub struct Index {
    kinds: HashMap<Name, Kind>,
}

/// The expectations that look for one kind of packet or event. Each stands in one place.
#[derive(Debug, Default)]
struct Kind {
    by_topic: HashMap<String, BTreeSet<u64>>,
    /// By the levels before the first wildcard of a topic filter.
    below: HashMap<String, BTreeSet<u64>>,
    by_client: HashMap<String, BTreeSet<u64>>,
    others: BTreeSet<u64>,
}

/// Where in its kind a pattern has its place.
enum Place<'a> {
    Topic(&'a str),
    Below(&'a str),
    Client(&'a str),
    Other,
}

impl Index {
    /// Files an expectation under its number.
    pub fn insert(&mut self, number: u64, expectation: &Expectation) {
        for step in &expectation.steps {
            for name in kinds_of(&step.pattern) {
                let kind = self.kinds.entry(name).or_default();
                let place = match place(&step.pattern) {
                    Place::Topic(topic) => kind.by_topic.entry(topic.to_owned()).or_default(),
                    Place::Below(levels) => kind.below.entry(levels.to_owned()).or_default(),
                    Place::Client(client) => kind.by_client.entry(client.to_owned()).or_default(),
                    Place::Other => &mut kind.others,
                };
                place.insert(number);
            }
        }
    }

    /// Takes it out again.
    pub fn remove(&mut self, number: u64, expectation: &Expectation) {
        for step in &expectation.steps {
            for name in kinds_of(&step.pattern) {
                let Some(kind) = self.kinds.get_mut(&name) else {
                    continue;
                };
                match place(&step.pattern) {
                    Place::Topic(topic) => take_out(&mut kind.by_topic, topic, number),
                    Place::Below(levels) => take_out(&mut kind.below, levels, number),
                    Place::Client(client) => take_out(&mut kind.by_client, client, number),
                    Place::Other => drop(kind.others.remove(&number)),
                }
            }
        }
    }

    /// The numbers of the expectations that this entry may concern, in order, each once.
    pub fn concerned(&self, entry: &Entry) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        let direction = entry.direction();
        let own = match &entry.record {
            Record::Packet { .. } => entry.packet_type().map(PacketType::name),
            Record::Event(event) => Some(event.word()),
        };
        for kind in self.kinds_of(own, direction) {
            found.extend(&kind.others);
            if !(kind.by_topic.is_empty() && kind.below.is_empty())
                && let Some(topic) = topic_of(entry)
            {
                found.extend(kind.by_topic.get(topic).into_iter().flatten());
                // `a/#` fits `a` as well.
                let ends = topic.match_indices('/').map(|(end, _)| end).chain([topic.len()]);
                let levels = ends.filter_map(|end| kind.below.get(topic.get(..end)?));
                found.extend(levels.flatten());
            }
            if !kind.by_client.is_empty() {
                found.extend(kind.by_client.get(owner(entry)).into_iter().flatten());
            }
        }
        found
    }
}

impl Index {
    /// The kinds of what expectations look for among packets that go this way, or among events.
    fn kinds_of(
        &self,
        own: Option<&'static str>,
        direction: Option<Direction>,
    ) -> impl Iterator<Item = &Kind> {
        let any = if direction.is_some() {
            ANY_PACKET
        } else {
            ANY_EVENT
        };
        let either = direction.map(|_| None);
        let ways = [Some(direction), either].into_iter().flatten();
        let names = ways.flat_map(move |way| own.into_iter().chain([any]).map(move |name| (name, way)));
        names.filter_map(|name| self.kinds.get(&name))
    }
}

/// The journal may leave out what no expectation looks for.
impl Wanted for Index {
    fn may_fit(&self, glance: &Glance<'_>) -> bool {
        let own = glance
            .event
            .map(Event::word)
            .or(glance.packet.map(PacketType::name));
        self.kinds_of(own, glance.direction).any(|kind| !kind.is_empty())
    }

    fn fits(&self, _entry: &Entry) -> bool {
        // Which of them it fits is asked later.
        true
    }
}

impl Kind {
    fn is_empty(&self) -> bool {
        self.others.is_empty()
            && self.by_topic.is_empty()
            && self.below.is_empty()
            && self.by_client.is_empty()
    }
}

fn take_out(from: &mut HashMap<String, BTreeSet<u64>>, key: &str, number: u64) {
    if let Some(numbers) = from.get_mut(key) {
        numbers.remove(&number);
        if numbers.is_empty() {
            from.remove(key);
        }
    }
}

/// The names that a pattern is filed under.
fn kinds_of(pattern: &Pattern) -> Vec<Name> {
    let names = match pattern.what() {
        What::Any => vec![ANY_PACKET, ANY_EVENT],
        What::Packets(types) if types.is_empty() => vec![ANY_PACKET],
        What::Packets(types) => types.iter().map(|one| one.name()).collect(),
        What::Events(words) if words.is_empty() => vec![ANY_EVENT],
        What::Events(words) => words.clone(),
    };
    // An event goes no way.
    let way = |name: &'static str| {
        if name == ANY_EVENT {
            None
        } else {
            pattern.direction()
        }
    };
    names.into_iter().map(|name| (name, way(name))).collect()
}

fn place(pattern: &Pattern) -> Place<'_> {
    let filter = pattern.on_topic();
    let wildcard = filter.and_then(|filter| filter.find(['+', '#']));
    match (filter, wildcard, pattern.client()) {
        (Some(topic), None, _) => Place::Topic(topic),
        // The wildcard is a level of its own, so that a `/` stands before it.
        (Some(filter), Some(at @ 1..), _) => Place::Below(filter.get(..at - 1).unwrap_or_default()),
        (_, _, Some(client)) => Place::Client(client),
        _ => Place::Other,
    }
}
