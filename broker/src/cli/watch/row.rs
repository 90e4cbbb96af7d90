//! [`Row`]: a packet or an event as the ladder has it, and [`Rows`]: the latest of them.

use std::collections::VecDeque;
use std::ops::BitOr;
use std::sync::Arc;

use crate::journal::{CloseReason, EVENTS};
use crate::time::Time;
use crate::wire::PacketType;

/// So many rows are kept.
pub(super) const MOST_ROWS: usize = 20_000;

/// What belongs together in colour, arrow and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Messages,
    Acks,
    Subscribe,
    Connect,
    Ping,
    Trouble,
}

impl Family {
    /// In the order of the keys `1` to `6`.
    pub const ALL: [(Family, &'static str); 6] = [
        (Family::Messages, "Messages"),
        (Family::Acks, "Acks"),
        (Family::Subscribe, "Subscribe"),
        (Family::Connect, "Connect"),
        (Family::Ping, "Ping"),
        (Family::Trouble, "Trouble"),
    ];
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Packet(PacketType),
    /// Bytes that are no packet.
    Malformed,
    /// The word of an event in the journal.
    Event(&'static str),
}

impl Kind {
    pub const fn is_event(self) -> bool {
        matches!(self, Self::Event(_))
    }

    pub fn is(self, packet: PacketType) -> bool {
        self == Self::Packet(packet)
    }

    /// What the filter knows it as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Packet(packet) => packet.name(),
            Self::Malformed => "MALFORMED",
            Self::Event(word) => word,
        }
    }

    fn family(self) -> Family {
        match self {
            Self::Packet(PacketType::Publish) | Self::Event("will_published" | "stub_answered") => {
                Family::Messages
            }
            Self::Packet(
                PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp,
            ) => Family::Acks,
            Self::Packet(
                PacketType::Subscribe | PacketType::SubAck | PacketType::Unsubscribe | PacketType::UnsubAck,
            ) => Family::Subscribe,
            Self::Packet(PacketType::PingReq | PacketType::PingResp) => Family::Ping,
            Self::Packet(_)
            | Self::Event(
                "disconnected" | "session_ended" | "passed_through" | "reset" | "restored" | "clock",
            ) => Family::Connect,
            Self::Malformed | Self::Event(_) => Family::Trouble,
        }
    }
}

/// Marks of a row, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks(u16);

impl Marks {
    pub const OUT: Self = Self(1);
    pub const DUP: Self = Self(1 << 1);
    pub const RETAIN: Self = Self(1 << 2);
    /// It is the retained message of its topic now.
    pub const KEPT: Self = Self(1 << 3);
    /// Known already, and delivered to nobody again.
    pub const DUPLICATE: Self = Self(1 << 4);
    pub const REFUSED: Self = Self(1 << 5);
    /// Some do not get it.
    pub const DROPPED: Self = Self(1 << 6);
    /// No subscription fitted.
    pub const NOBODY: Self = Self(1 << 7);
    /// A rule lost it.
    pub const LOST: Self = Self(1 << 8);
    /// The engine's side, where a rule makes that another one.
    pub const ENGINE: Self = Self(1 << 9);
    /// Not shown: its other side tells the same.
    pub const HIDDEN: Self = Self(1 << 10);
    /// A packet of this type was in its exchange already.
    pub const AGAIN: Self = Self(1 << 11);
    pub const TROUBLE: Self = Self(1 << 12);
    pub const V5: Self = Self(1 << 13);
    /// A rule holds a packet back.
    pub const HOLDS: Self = Self(1 << 14);

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub const fn set(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub const fn unset(&mut self, other: Self) {
        self.0 &= !other.0;
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A packet or an event.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Number of its entry in the journal.
    pub seq: u64,
    pub at: Time,
    pub kind: Kind,
    pub marks: Marks,
    pub qos: u8,
    /// Packet Identifier, 0 where it has none.
    pub id: u16,
    /// The client; empty where that is not known.
    pub who: Arc<str>,
    pub topic: Option<Arc<str>>,
    /// What stands behind type and topic, made when the entry came.
    pub text: Box<str>,
    /// What a rule did to it, or why it ended: in a word or two.
    pub note: Option<Box<str>>,
    /// Number of its exchange, 0 where it has none.
    pub exchange: u64,
    /// The row of the message that this one left because of.
    pub root: Option<u64>,
}

impl Row {
    pub const fn is(&self, mark: Marks) -> bool {
        self.marks.has(mark)
    }

    pub fn family(&self) -> Family {
        if self.kind.is_event() && self.is(Marks::TROUBLE) {
            return Family::Trouble;
        }
        self.kind.family()
    }

    /// What it is called.
    pub fn title(&self) -> &str {
        match (self.kind, &self.note) {
            (Kind::Event("disconnected"), Some(how)) => how,
            (Kind::Event("fault"), _) if self.is(Marks::HOLDS) => "HELD",
            (Kind::Event("session_ended"), _) if self.is(Marks::TROUBLE) => "SESSION",
            (Kind::Event(word), _) => event_title(word),
            (kind, _) => kind.word(),
        }
    }

    /// Marks in words, each with whether it is trouble.
    pub fn tags(&self) -> Vec<(String, bool)> {
        let mut tags = Vec::new();
        if self.kind.is_event() {
            return tags;
        }
        let mut tag = |is_so: bool, text: &str, is_trouble| {
            if is_so {
                tags.push((text.to_owned(), is_trouble));
            }
        };
        tag(self.is(Marks::DUP | Marks::AGAIN), "again", self.is(Marks::DUP));
        let is_out = self.is(Marks::OUT);
        tag(
            self.is(Marks::LOST),
            if is_out {
                "never arrived"
            } else {
                "lost on the way"
            },
            true,
        );
        tag(
            self.is(Marks::ENGINE) && !self.is(Marks::LOST),
            "as the broker got it",
            true,
        );
        tag(
            self.is(Marks::REFUSED) && self.kind.is(PacketType::Publish),
            "refused",
            true,
        );
        tag(self.is(Marks::DROPPED), "dropped for some", true);
        tag(self.is(Marks::NOBODY), "to nobody", false);
        tag(
            self.is(Marks::RETAIN),
            if is_out { "retained" } else { "retain" },
            false,
        );
        if self.kind.is(PacketType::Publish) && self.qos > 0 {
            tags.push((format!("QoS {} #{}", self.qos, self.id), false));
        }
        tags
    }
}

/// All that rows of events may be called.
pub(super) fn titles() -> impl Iterator<Item = String> {
    let events = EVENTS.iter().map(|event| event_title(event.word).to_owned());
    let ends = CloseReason::CAUSES
        .iter()
        .map(|(cause, _)| super::describe::ended(cause).0);
    events.chain(ends).chain(["HELD", "SESSION"].map(str::to_owned))
}

fn event_title(word: &'static str) -> &'static str {
    match word {
        "disconnected" => "LEFT",
        "refused" | "subscription_refused" | "publish_refused" => "REFUSED",
        "handshake_failed" => "NO MQTT",
        "contested" => "CONTESTED",
        "held_off" => "HELD OFF",
        "hash_only" => "NO LOGIN",
        "session_ended" => "EXPIRED",
        "reset" => "RESET",
        "restored" => "RESTORED",
        "clock" => "CLOCK",
        "will_published" => "WILL",
        "dropped" => "DROPPED",
        "upstream_unavailable" => "UPSTREAM",
        "passed_through" => "TLS",
        "engine_failed" | "engine_renewed" => "ENGINE",
        "not_recorded" => "UNKNOWN",
        "fault" => "FAULT",
        "violation" => "VIOLATION",
        "stub_answered" => "STUB",
        "template_failed" => "TEMPLATE",
        "bridge" => "BRIDGE",
        "store" => "STORE",
        other => other,
    }
}

/// The latest rows. A row keeps its number when those before it are forgotten.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: VecDeque<Row>,
    /// Number of the first that is kept.
    first: u64,
}

impl Rows {
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// Number of the row that comes next.
    pub fn next(&self) -> u64 {
        self.first + self.rows.len() as u64
    }

    pub fn push(&mut self, row: Row) -> u64 {
        if self.rows.len() == MOST_ROWS {
            self.rows.pop_front();
            self.first += 1;
        }
        self.rows.push_back(row);
        self.next() - 1
    }

    pub fn get(&self, n: u64) -> Option<&Row> {
        self.rows.get(usize::try_from(n.checked_sub(self.first)?).ok()?)
    }

    pub fn get_mut(&mut self, n: u64) -> Option<&mut Row> {
        self.rows
            .get_mut(usize::try_from(n.checked_sub(self.first)?).ok()?)
    }

    /// The row of this entry, or the first one behind it.
    #[cfg(test)]
    pub fn of_entry(&self, seq: u64) -> u64 {
        self.first + self.rows.partition_point(|row| row.seq < seq) as u64
    }

    #[cfg(test)]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.iter()
    }

    pub fn last(&self) -> Option<&Row> {
        self.rows.back()
    }
}
