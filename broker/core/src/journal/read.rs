//! How the journal is read: slots become [`Entry`] values only here.

use std::sync::Arc;

use bytes::Bytes;

use super::slot::{Extra, Made, Slot};
use super::{Decision, Direction, Entry, Event, Journal, Mark, Record, Side};
use crate::session::ConnId;
use crate::wire::{self, PacketType, Version};

/// A part of the journal that was read.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
/// let first = broker.journal().all().wait()?;
/// assert_eq!(first.missed, 0); // the ring still had everything
/// let next = broker.journal().since(first.until).wait()?; // goes on where that ended
/// assert!(next.entries.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Excerpt {
    /// In the order in which it happened.
    pub entries: Vec<Entry>,
    /// How many entries behind the mark the ring had already forgotten. They may or may not have been among those asked
    /// for.
    pub missed: u64,
    /// How many entries behind the mark were cleared on purpose, which do not count as missed.
    pub cleared: u64,
    /// Where to go on reading.
    pub until: Mark,
}

/// Which entries a reader wants. Patterns are one way to say it.
pub trait Wanted {
    /// Whether an entry may be wanted of which only this is known. It costs little to ask, for the entry is not made yet.
    fn may_fit(&self, glance: &Glance<'_>) -> bool;

    /// Whether the entry is wanted.
    fn fits(&self, entry: &Entry) -> bool;
}

/// What is known of an entry before it is made.
#[derive(Debug)]
pub struct Glance<'a> {
    /// Which way a packet went; `None` for an event.
    pub direction: Option<Direction>,
    /// The type of a packet; `None` for an event, and for bytes that do not begin a packet.
    pub packet: Option<PacketType>,
    /// The event, where it is one.
    pub event: Option<&'a Event>,
    /// The client identifier; empty before CONNECT was accepted.
    pub client_id: &'a str,
    /// The side on which a packet was seen.
    pub side: Side,
}

/// How much of the journal is read in one go. A part ends where one of these is reached, and has at least one entry if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Entries that fit.
    pub entries: usize,
    /// Entries that are looked at; a run counts as a whole.
    pub looked_at: u64,
    /// Bytes of the packets that fit.
    pub bytes: usize,
}

impl Part {
    /// All that there is.
    pub const ALL: Part = Part {
        entries: usize::MAX,
        looked_at: u64::MAX,
        bytes: usize::MAX,
    };
}

/// Every entry is wanted.
#[derive(Debug)]
pub struct Everything;

impl Wanted for Everything {
    fn may_fit(&self, _glance: &Glance<'_>) -> bool {
        true
    }

    fn fits(&self, _entry: &Entry) -> bool {
        true
    }
}

impl Journal {
    /// Everything behind `mark` that it still holds.
    pub fn since(&self, mark: Mark) -> Excerpt {
        self.read(mark, usize::MAX, &Everything)
    }

    /// The first `most` entries behind `mark` that fit. [`Excerpt::until`] is behind the last one looked at.
    pub fn read(&self, mark: Mark, most: usize, wanted: &impl Wanted) -> Excerpt {
        let part = Part {
            entries: most,
            ..Part::ALL
        };
        self.read_part(mark, part, wanted)
    }

    /// What fits behind `mark`, up to the end of this part. [`Excerpt::until`] is behind the last entry looked at.
    pub fn read_part(&self, mark: Mark, part: Part, wanted: &impl Wanted) -> Excerpt {
        let first = self.first;
        let mut excerpt = Excerpt {
            entries: Vec::new(),
            missed: first.saturating_sub(mark.seq().max(self.cleared)),
            cleared: self.cleared.saturating_sub(mark.seq()),
            until: Mark(mark.seq().max(first)),
        };
        let from = self
            .slots
            .partition_point(|slot| slot.seq + u64::from(slot.packets) <= mark.seq());
        let end = excerpt.until.seq().saturating_add(part.looked_at);
        let mut bytes = 0;
        for slot in self.slots.range(from..) {
            if excerpt.entries.len() >= part.entries || bytes >= part.bytes || slot.seq >= end {
                return excerpt;
            }
            let mut entries = Entries::of(self, slot);
            if !wanted.may_fit(&entries.glance()) {
                excerpt.until = Mark(slot.seq + u64::from(slot.packets));
                continue;
            }
            entries.skip_to(mark);
            for entry in entries {
                if excerpt.entries.len() >= part.entries || bytes >= part.bytes {
                    return excerpt;
                }
                excerpt.until = Mark(entry.seq + 1);
                if wanted.fits(&entry) {
                    bytes += entry.wire_bytes();
                    excerpt.entries.push(entry);
                }
            }
        }
        excerpt
    }
}

/// The first byte of a CONNECT.
const CONNECT: u8 = 0x10;

/// The entries of one slot.
struct Entries<'a> {
    journal: &'a Journal,
    slot: &'a Slot,
    taken: u32,
    rest: &'a [u8],
    conn: Option<ConnId>,
    client_id: Arc<str>,
    version: Version,
    decisions: Option<Vec<Decision>>,
}

impl<'a> Entries<'a> {
    fn of(journal: &'a Journal, slot: &'a Slot) -> Self {
        let who = journal.sources.get(slot.source);
        let event = match slot.extra.as_deref() {
            Some(Extra::Event(event)) => Some(event),
            _ => None,
        };
        Self {
            slot,
            taken: 0,
            rest: journal.chunks.get(slot.place),
            conn: who.map(|who| who.conn).or_else(|| event.and_then(Event::conn)),
            client_id: match (event, who) {
                (Some(event), _) => event.client_id(),
                (None, Some(who)) => who.client_id.clone(),
                (None, None) => Arc::from(""),
            },
            version: who.map_or(Version::V311, |who| who.version),
            journal,
            decisions: None,
        }
    }

    /// What is known of all of them.
    fn glance(&self) -> Glance<'_> {
        let event = match self.slot.extra.as_deref() {
            Some(Extra::Event(event)) => Some(event),
            _ => None,
        };
        Glance {
            direction: event.is_none().then_some(self.slot.direction),
            packet: self.slot.packet_type(self.rest),
            event,
            client_id: &self.client_id,
            // Events go through no line.
            side: if event.is_some() {
                Side::Both
            } else {
                self.slot.side
            },
        }
    }

    /// Leaves out those before `mark`: a long run that is read in parts is not copied again and again.
    fn skip_to(&mut self, mark: Mark) {
        while self.taken < self.slot.packets && self.slot.seq + u64::from(self.taken) < mark.seq() {
            self.next_packet();
            self.taken += 1;
        }
    }

    /// The bytes of the next one.
    fn next_packet(&mut self) -> &'a [u8] {
        let length = match wire::frame(self.rest, usize::MAX) {
            Ok(Some(length)) if self.slot.packets > 1 => length.min(self.rest.len()),
            _ => self.rest.len(),
        };
        let (packet, rest) = self.rest.split_at(length);
        self.rest = rest;
        packet
    }

    fn record(&mut self) -> Record {
        let (payload, aliased_topic, omitted) = match self.slot.extra.as_deref() {
            Some(Extra::Event(event)) => return Record::Event(event.clone()),
            Some(Extra::Packet {
                payload,
                topic,
                omitted,
                ..
            }) => (Some(payload), topic.clone(), *omitted),
            None => (None, None, None),
        };
        let packet = self.next_packet();
        let bytes = match payload {
            Some(payload) => Bytes::from([packet, payload].concat()),
            None => Bytes::copy_from_slice(packet),
        };
        Record::Packet {
            direction: self.slot.direction,
            side: self.slot.side,
            bytes,
            omitted,
            aliased_topic,
            decisions: self
                .decisions
                .get_or_insert_with(|| self.journal.decisions_of(self.slot))
                .clone(),
        }
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.taken == self.slot.packets {
            return None;
        }
        let record = self.record();
        self.taken += 1;
        Some(Entry {
            seq: self.slot.seq + u64::from(self.taken) - 1,
            at: self.slot.at,
            conn: self.conn,
            client_id: self.client_id.clone(),
            version: asked_version(&record).unwrap_or(self.version),
            record,
        })
    }
}

/// The version that a CONNECT asks for: where nobody answered it, the connection has none.
fn asked_version(record: &Record) -> Option<Version> {
    match record {
        Record::Packet { bytes, .. } if bytes.first() == Some(&CONNECT) => {
            match wire::decode(Version::V311, bytes) {
                Ok(wire::Packet::Connect(connect)) => Some(connect.version),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Journal {
    fn decisions_of(&self, slot: &Slot) -> Vec<Decision> {
        if slot.decisions == 0 {
            return Vec::new();
        }
        let from = slot.first_decision.saturating_sub(self.gone_decisions) as usize;
        self.decisions
            .range(from..from + slot.decisions as usize)
            .map(|made| match made {
                Made::Sent(to) => Decision::Sent(
                    self.sources
                        .get(*to)
                        .map_or_else(|| Arc::from(""), |who| who.client_id.clone()),
                ),
                Made::Other(decision) => decision.clone(),
            })
            .collect()
    }
}
