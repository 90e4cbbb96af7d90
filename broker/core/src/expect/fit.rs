//! Whether an entry fits a pattern, and in what it does not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use super::pattern::Pattern;
use super::{Difference, What, json, payload};
use crate::journal::{Direction, Entry, Event, Record};
use crate::topic;
use crate::wire::Packet;

/// How an entry compares with a pattern of the same kind.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fit {
    /// So many of the things asked for are so.
    pub agreed: usize,
    /// And these are not.
    pub differences: Vec<Difference>,
}

impl Pattern {
    /// Whether the entry is one of those meant.
    ///
    /// ```
    /// use broker::expect::{connect, publish};
    ///
    /// # let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// let entries = broker.journal().all()?.entries;
    /// assert!(connect().from("lamp").fits(&entries[0]));
    /// assert!(!publish("#").fits(&entries[0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fits(&self, entry: &Entry) -> bool {
        // The cheap questions come first: most entries are none of those meant.
        self.is_kind(entry)
            && (self.way.is_none() || self.way == entry.direction())
            && self.client.as_deref().is_none_or(|client| client == owner(entry))
            && self.topic_fits(entry)
            && self
                .compare_contents(entry, Fit::default())
                .differences
                .is_empty()
    }

    /// In what the entry differs; `None` where it is of another kind altogether.
    pub(super) fn compare(&self, entry: &Entry) -> Option<Fit> {
        if !self.is_kind(entry) {
            return None;
        }
        let mut fit = Fit::default();
        if let Some(way) = self.way {
            fit.take(entry.direction() == Some(way), || {
                let words = |way| match way {
                    Some(Direction::In) => "from a client",
                    Some(Direction::Out) => "to a client",
                    None => "an event",
                };
                Difference::new("sent", words(entry.direction()), words(Some(way)))
            });
        }
        if let Some(client) = &self.client {
            let owner = owner(entry);
            fit.take(client == owner, || {
                Difference::new("client", format!("{owner:?}"), format!("{client:?}"))
            });
        }
        if let Some(filter) = &self.topic {
            fit.take(self.topic_fits(entry), || {
                Difference::new("topic", topic_of(entry).unwrap_or("none"), filter.clone())
            });
        }
        Some(self.compare_contents(entry, fit))
    }

    fn compare_contents(&self, entry: &Entry, mut fit: Fit) -> Fit {
        self.compare_fields(entry, &mut fit);
        self.compare_payload(entry, &mut fit);
        if fit.differences.is_empty() {
            self.compare_tests(entry, &mut fit);
        }
        fit
    }

    fn compare_fields(&self, entry: &Entry, fit: &mut Fit) {
        if self.fields.is_empty() {
            return;
        }
        let packet = entry.packet().and_then(Result::ok);
        let mut whole = None;
        for (path, wanted) in &self.fields {
            let quick = packet.as_ref().and_then(|packet| quickly(packet, path));
            let found = if let Some(found) = &quick {
                Some(found)
            } else {
                let whole = whole.get_or_insert_with(|| serde_json::to_value(entry).unwrap_or_default());
                path.split('.').try_fold(&*whole, |value, key| value.get(key))
            };
            let found = found.filter(|found| !found.is_null());
            let name = in_words(path);
            let fits = found.is_some_and(|found| json::field_fits(found, wanted))
                || found.is_none() && wanted.is_null();
            fit.take(fits, || {
                Difference::new(
                    name,
                    found.map(json::shown).unwrap_or_default(),
                    json::shown(wanted),
                )
            });
        }
    }

    fn compare_tests(&self, entry: &Entry, fit: &mut Fit) {
        for test in &self.tests {
            // It runs in the broker's thread, which must not end for it.
            match catch_unwind(AssertUnwindSafe(|| (test.holds)(entry))) {
                Ok(holds) => fit.take(holds, || Difference::new(test.words.clone(), "not so", "")),
                Err(_) => fit.take(false, || {
                    Difference::new(test.words.clone(), "the test panicked", "")
                }),
            }
        }
    }

    fn compare_payload(&self, entry: &Entry, fit: &mut Fit) {
        if self.payload.is_empty() {
            return;
        }
        let payload = entry.payload();
        for is in &self.payload {
            match payload {
                Some(payload) => {
                    let before = fit.differences.len();
                    is.differences(payload, &mut fit.differences);
                    fit.agreed += usize::from(fit.differences.len() == before);
                }
                None => match entry.omitted() {
                    Some(omitted) if is.fits_omitted(omitted) => fit.agreed += 1,
                    omitted => {
                        let found = omitted.map(|omitted| omitted.to_string()).unwrap_or_default();
                        let difference = Difference::new("payload", found, is.to_string());
                        fit.differences.push(difference);
                    }
                },
            }
        }
    }

    pub(super) fn is_kind(&self, entry: &Entry) -> bool {
        match (&self.what, &entry.record) {
            (What::AnyPacket, Record::Packet { .. }) => true,
            (What::Packet(name), Record::Packet { .. }) => {
                entry.packet_type().is_some_and(|kind| kind.name() == name)
            }
            (What::Event(name), Record::Event(event)) => event.word() == name,
            _ => false,
        }
    }

    fn topic_fits(&self, entry: &Entry) -> bool {
        match &self.topic {
            None => true,
            Some(filter) => topic_of(entry).is_some_and(|topic| topic::matches(filter, topic)),
        }
    }
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

/// A field that is asked for often, without making JSON of the whole entry.
fn quickly(packet: &Packet<'_>, path: &str) -> Option<Value> {
    match (packet, path) {
        (Packet::Publish(publish), "qos") => Some(publish.qos.bits().into()),
        (Packet::Publish(publish), "retain") => Some(publish.retain.into()),
        (Packet::Publish(publish), "dup") => Some(publish.dup.into()),
        _ => None,
    }
}

/// Whose it is. A CONNECT that is not accepted, or not yet, is that of whom it says.
pub(super) fn owner(entry: &Entry) -> &str {
    if !entry.client_id.is_empty() {
        return &entry.client_id;
    }
    match entry.packet() {
        Some(Ok(Packet::Connect(connect))) => connect.client_id,
        _ => "",
    }
}

/// The path of a field as a person would say it: `will topic`.
pub(super) fn in_words(path: &str) -> String {
    path.strip_prefix("properties.")
        .unwrap_or(path)
        .replace(['_', '.'], " ")
}

/// The topic of a PUBLISH, and of those events that have one.
pub(super) fn topic_of(entry: &Entry) -> Option<&str> {
    match &entry.record {
        Record::Packet { .. } => entry.topic(),
        Record::Event(Event::WillPublished { topic, .. } | Event::Dropped { topic, .. }) => Some(topic),
        Record::Event(_) => None,
    }
}

/// A payload in words, where the entry is a PUBLISH.
pub(super) fn payload_of(entry: &Entry) -> Option<String> {
    entry.payload().map(payload::shown)
}
