//! What the ring is made of: slots, in the form in which they cost least.

use std::sync::Arc;

use bytes::Bytes;

use super::chunks::Place;
use super::sources::Source;
use super::{Decision, Direction, Event, Omitted, Side};
use crate::time::Time;
use crate::wire::PacketType;

/// One packet, one run of packets, or one event.
#[derive(Debug)]
pub(super) struct Slot {
    /// The number of its first entry.
    pub seq: u64,
    pub at: Time,
    /// Where its decisions begin, counted from the first decision ever.
    pub first_decision: u64,
    pub extra: Option<Box<Extra>>,
    pub place: Place,
    pub source: Source,
    /// How many entries it stands for.
    pub packets: u32,
    pub decisions: u32,
    pub direction: Direction,
    pub side: Side,
}

impl Slot {
    /// The type of the packets, all of which are of one; `bytes` are those in the ring, or what is left of them. None for an event.
    pub fn packet_type(&self, bytes: &[u8]) -> Option<PacketType> {
        let first = match self.extra.as_deref() {
            Some(Extra::Event(_)) => None,
            Some(Extra::Packet { payload, .. }) => bytes.first().or(payload.first()),
            None => bytes.first(),
        };
        first.and_then(|byte| PacketType::from_first_byte(*byte))
    }
}

/// The part that only some slots have.
#[derive(Debug)]
pub(super) enum Extra {
    Event(Event),
    Packet {
        /// What follows the bytes in the ring.
        payload: Bytes,
        /// The bytes of it that count for this slot and not for another.
        charge: usize,
        topic: Option<Arc<str>>,
        /// What is known of a payload that is left out.
        omitted: Option<Omitted>,
    },
}

/// A decision in the form in which it costs least.
#[derive(Debug)]
pub(super) enum Made {
    Sent(Source),
    Other(Decision),
}

/// Bytes that were recorded. They can be recorded again without another copy.
///
/// ```
/// # use std::sync::Arc;
/// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
/// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// use broker_core::journal::{Journal, Mark, Recorded};
///
/// let mut journal = Journal::default();
/// let source = journal.open(engine.open(Time::ZERO, "somebody".to_owned()));
/// let ping: Recorded = journal.packet_out(Time::ZERO, source, b"\xD0\0");
/// journal.again_out(Time::from_secs(1), source, ping, b"\xD0\0");
/// assert_eq!(journal.since(Mark::START).entries[1].at, Time::from_secs(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    pub(super) place: Place,
    pub(super) packets: u32,
}
