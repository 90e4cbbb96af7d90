//! Why something did not come that could have: what a report says below the nearest misses.

use crate::journal::{Decision, Direction, Entry, Event, Record, Value};
use crate::pattern::{Pattern, What, shown};
use crate::time::Time;
use crate::topic;
use crate::wire::PacketType;

/// How many notes a report has.
const MOST: usize = 4;

/// What the journal says about a pattern for which nothing came.
pub(super) fn notes(pattern: &Pattern, entries: &[Entry], injected: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if pattern.direction() != Some(Direction::Out) && is_publish(pattern) {
        notes.extend(sent_by_nobody(pattern, entries, injected));
    }
    if let Some(client) = pattern.client() {
        notes.extend(unknown_client(client, entries));
        if pattern.direction() == Some(Direction::Out) && is_publish(pattern) {
            notes.extend(undelivered(pattern, client, entries));
        }
    }
    notes.truncate(MOST);
    notes
}

fn is_publish(pattern: &Pattern) -> bool {
    matches!(pattern.what(), What::Packets(types) if types[..] == [PacketType::Publish])
}

/// Messages that fit, and that no client sent as a PUBLISH: messages of the program itself, and wills.
fn sent_by_nobody(pattern: &Pattern, entries: &[Entry], injected: &[String]) -> Vec<String> {
    let fits = |topic: &str| {
        let filter = pattern.on_topic();
        filter.is_none_or(|filter| topic::matches(filter, topic))
    };
    let client_sent = |topic: &str| {
        let mut sent = entries
            .iter()
            .filter(|entry| entry.direction() == Some(Direction::In));
        sent.any(|entry| entry.topic() == Some(topic))
    };
    let own = injected.iter().filter(|topic| fits(topic) && !client_sent(topic)).map(|topic| {
        format!(
            "the broker's program or its control API published to {topic:?} (in Rust: `Broker::publish`), and no client did; {}",
            delivery(topic, entries)
        )
    });
    let wills = entries.iter().filter_map(|entry| match &entry.record {
        Record::Event(Event::WillPublished { client_id, topic }) if fits(topic) => {
            let is_meant = pattern.client().is_none_or(|meant| *meant == **client_id);
            is_meant.then(|| {
                format!(
                    "#{} is a will, which its client did not send as a PUBLISH: expect the event `will_published` of {client_id:?} \
                     (in Rust: will_published().of({client_id:?}).topic({topic:?})); {}",
                    entry.seq,
                    delivery(topic, entries)
                )
            })
        }
        _ => None,
    });
    own.chain(wills).collect()
}

/// The pattern for the delivery of such a message.
fn delivery(topic: &str, entries: &[Entry]) -> String {
    let delivered = entries
        .iter()
        .find(|entry| entry.direction() == Some(Direction::Out) && entry.topic() == Some(topic));
    match delivered {
        Some(to) => format!(
            "its delivery to {:?} is #{} (in Rust: publish({topic:?}).to({:?}))",
            to.client_id, to.seq, to.client_id
        ),
        None => "it was delivered to nobody".to_owned(),
    }
}

/// A client that was never there.
fn unknown_client(client: &str, entries: &[Entry]) -> Option<String> {
    let mut others: Vec<&str> = Vec::new();
    for entry in entries {
        if *entry.client_id == *client {
            return None;
        }
        if !entry.client_id.is_empty() && !others.contains(&&*entry.client_id) {
            others.push(&entry.client_id);
        }
    }
    others.sort_unstable();
    others.truncate(8);
    let others: Vec<String> = others.iter().map(|id| format!("{id:?}")).collect();
    Some(if others.is_empty() {
        format!("no client {client:?} connected, nor any other")
    } else {
        format!(
            "no client {client:?} did anything; there were {}",
            others.join(", ")
        )
    })
}

/// Messages that fit, but were not sent to the client: what became of them?
fn undelivered(pattern: &Pattern, client: &str, entries: &[Entry]) -> Vec<String> {
    let mut notes = Vec::new();
    let messages = entries.iter().filter(|entry| {
        entry.direction() == Some(Direction::In)
            && pattern
                .on_topic()
                .is_none_or(|filter| entry.topic().is_some_and(|topic| topic::matches(filter, topic)))
            && entry.packet_type() == Some(PacketType::Publish)
    });
    for message in messages {
        let Record::Packet { decisions, .. } = &message.record else {
            continue;
        };
        let what = format!(
            "#{} on {} from {:?}, payload {}",
            message.seq,
            settings::text::cut(message.topic().unwrap_or_default(), 60),
            settings::text::cut(&message.client_id, 60),
            message
                .payload()
                .map(|it| shown(&Value::Bytes(it)))
                .unwrap_or_default()
        );
        let decided = decisions.iter().find_map(|decision| match decision {
            Decision::Sent(to) if **to == *client => Some(None),
            Decision::Queued(to) if **to == *client => Some(Some(format!(
                "{what}: queued for {client:?}, which has not come for it yet"
            ))),
            Decision::Dropped(to, why) if **to == *client => {
                Some(Some(format!("{what}: dropped for {client:?}: {}", why.word())))
            }
            Decision::Refused(..) => Some(Some(format!("{what}: {decision}"))),
            Decision::Duplicate => Some(Some(format!("{what}: a duplicate, not delivered again"))),
            _ => None,
        });
        match decided {
            Some(None) => {}
            Some(Some(note)) => notes.push(note),
            None => notes.push(match subscribed_later(message, client, entries) {
                Some((after, filter)) => format!(
                    "{what}: arrived {} before {client:?} was subscribed to {filter}",
                    span(message.at, after)
                ),
                None => format!("{what}: no subscription of {client:?} matched"),
            }),
        }
        if notes.len() >= MOST {
            break;
        }
    }
    notes
}

/// When, after the message, the client subscribed to something that would have matched it.
fn subscribed_later<'a>(message: &Entry, client: &str, entries: &'a [Entry]) -> Option<(Time, &'a str)> {
    let topic = message.topic()?;
    entries
        .iter()
        .filter(|entry| entry.seq > message.seq)
        .find_map(|entry| match &entry.record {
            Record::Event(Event::Subscribed {
                client_id, filter, ..
            }) if **client_id == *client && topic::matches(filter, topic) => Some((entry.at, &**filter)),
            _ => None,
        })
}

/// The time between two moments, as a person would say it.
fn span(from: Time, to: Time) -> String {
    let micros = to.saturating_since(from).as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{:03} s", micros / 1_000_000, micros / 1_000 % 1_000),
    }
}
