//! [`Index`]: which of many expectations an entry may concern, found without asking each of them.

use std::collections::{BTreeSet, HashMap};

use super::fit::{owner, topic_of};
use super::{Expectation, Pattern, What};
use crate::journal::{Entry, Record};

/// What any packet is filed under.
const ANY_PACKET: &str = "packet";

/// Expectations by what they look for: first by kind, then by topic name or client, where the pattern has one.
#[derive(Debug, Default)]
pub(crate) struct Index {
    kinds: HashMap<String, Kind>,
}

/// Those that look for one kind of packet or event, each in one place.
#[derive(Debug, Default)]
struct Kind {
    by_topic: HashMap<String, BTreeSet<u64>>,
    by_client: HashMap<String, BTreeSet<u64>>,
    others: BTreeSet<u64>,
}

impl Index {
    pub fn insert(&mut self, number: u64, expectation: &Expectation) {
        for step in &expectation.steps {
            let kind = self.kinds.entry(kind_of(step).to_owned()).or_default();
            let place = match (topic_name(step), &step.client) {
                (Some(topic), _) => kind.by_topic.entry(topic.to_owned()).or_default(),
                (None, Some(client)) => kind.by_client.entry(client.clone()).or_default(),
                (None, None) => &mut kind.others,
            };
            place.insert(number);
        }
    }

    pub fn remove(&mut self, number: u64, expectation: &Expectation) {
        for step in &expectation.steps {
            let Some(kind) = self.kinds.get_mut(kind_of(step)) else {
                continue;
            };
            match (topic_name(step), &step.client) {
                (Some(topic), _) => take_out(&mut kind.by_topic, topic, number),
                (None, Some(client)) => take_out(&mut kind.by_client, client, number),
                (None, None) => drop(kind.others.remove(&number)),
            }
        }
    }

    /// The numbers of those that this entry may concern, in order, each once.
    pub fn concerned(&self, entry: &Entry) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        let own = match &entry.record {
            Record::Packet { .. } => entry.packet_type().map(crate::wire::PacketType::name),
            Record::Event(event) => Some(event.word()),
        };
        let any = matches!(entry.record, Record::Packet { .. }).then_some(ANY_PACKET);
        for kind in [own, any]
            .into_iter()
            .flatten()
            .filter_map(|kind| self.kinds.get(kind))
        {
            found.extend(&kind.others);
            if !kind.by_topic.is_empty()
                && let Some(numbers) = topic_of(entry).and_then(|topic| kind.by_topic.get(topic))
            {
                found.extend(numbers);
            }
            if !kind.by_client.is_empty()
                && let Some(numbers) = kind.by_client.get(owner(entry))
            {
                found.extend(numbers);
            }
        }
        found
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

fn kind_of(pattern: &Pattern) -> &str {
    match &pattern.what {
        What::Packet(name) | What::Event(name) => name,
        What::AnyPacket => ANY_PACKET,
    }
}

/// Of a topic filter without wildcards: the one topic name that it matches.
fn topic_name(pattern: &Pattern) -> Option<&str> {
    let filter = pattern.topic.as_deref()?;
    (!filter.contains(['+', '#'])).then_some(filter)
}
