//! [`Journal`]: the ring, and how it is written.

mod deciding;
mod reader;
mod writing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;

use super::chunks::{Chunks, Place};
use super::slot::{Extra, Made, Slot};
use super::sources::{Source, Sources};
use super::{Direction, Mark, Omitted, Side};
use crate::time::Time;

pub use reader::Reader;

/// How much a journal holds. It forgets its oldest entries to keep within these bounds.
///
/// ```
/// use broker_core::journal::{Bounds, Journal};
///
/// let off = Journal::new(Bounds { entries: 0, ..Bounds::default() });
/// assert!(!off.is_on());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many entries it may hold; 0 turns the journal off.
    pub entries: u64,
    /// How many bytes of memory it may take. The newest entry does not count.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            entries: 65_536,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// The latest of what crossed the wire, of what was decided about it, and of what else happened, within [`Bounds`].
///
/// A backend owns one and tells it, with the time, of everything as it happens:
///
/// 1. [`Journal::open`] a connection, [`Journal::identify`] it once CONNECT told who it is, [`Journal::close`] it.
/// 2. Record each packet with [`Journal::packet_in`] and [`Journal::packet_out`], before it is handled.
/// 3. What follows a [`Journal::begin_decisions`] is decided about the packet recorded last, up to
///    [`Journal::end_decisions`].
///
/// Packets that were handled together are recorded together ([`Journal::run_in`]). Reading takes them apart.
/// In steady state nothing is allocated and nothing formatted.
///
/// ```
/// # use std::sync::Arc;
/// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
/// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
/// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
/// // The engine owns one, and writes into it.
/// let seen = engine.journal().since(broker_core::journal::Mark::START);
/// assert_eq!(seen.entries.len(), 3); // CONNECT, CONNACK, and that it is connected
/// ```
#[derive(Debug)]
pub struct Journal {
    pub(super) bounds: Bounds,
    pub(super) slots: VecDeque<Slot>,
    /// How many slots were forgotten.
    gone_slots: u64,
    /// The number of the oldest entry in the ring; of the next entry where the ring is empty.
    pub(super) first: u64,
    pub(super) chunks: Chunks,
    pub(super) sources: Sources,
    pub(super) decisions: VecDeque<Made>,
    /// How many decisions were forgotten.
    pub(super) gone_decisions: u64,
    /// The number of the next entry.
    pub(super) next: u64,
    /// Everything before this entry was cleared on purpose.
    pub(super) cleared: u64,
    /// The memory that is taken outside of `chunks`, in bytes.
    extra_bytes: usize,
    /// Where the last payload lies that was counted. Receivers of one message share it.
    charged: usize,
    /// The slot to which decisions belong, counted from the first slot ever.
    deciding: Option<u64>,
    /// Of each reader the number of the first entry that it has not read.
    readers: Vec<Arc<AtomicU64>>,
    /// The side on which packets that come in are seen now, and that of those that go out.
    sides: [Side; 2],
    /// The payload that was left out last. Its other receivers follow at once; anything else clears this.
    left_out: Option<(Bytes, Omitted)>,
}

/// The number of the first entry ever. So 0 can stand for the place before all of them.
const FIRST: u64 = Mark::START.seq();

const SLOT_BYTES: usize = size_of::<Slot>();
const DECISION_BYTES: usize = size_of::<Made>();

impl Default for Journal {
    fn default() -> Self {
        Self::new(Bounds::default())
    }
}

impl Journal {
    /// An empty journal. It takes memory only as it needs it.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            slots: VecDeque::new(),
            gone_slots: 0,
            first: FIRST,
            chunks: Chunks::for_bound(bounds.bytes),
            sources: Sources::default(),
            decisions: VecDeque::new(),
            gone_decisions: 0,
            next: FIRST,
            cleared: FIRST,
            extra_bytes: 0,
            charged: 0,
            deciding: None,
            readers: Vec::new(),
            sides: [Side::Both; 2],
            left_out: None,
        }
    }

    /// Whether anything is recorded at all.
    pub fn is_on(&self) -> bool {
        self.bounds.entries > 0
    }

    /// How many entries it holds.
    pub fn len(&self) -> u64 {
        self.next - self.first
    }

    /// Whether it holds no entries.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The memory that it takes, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.chunks.held_bytes()
            + self.slots.len() * SLOT_BYTES
            + self.decisions.len() * DECISION_BYTES
            + self.extra_bytes
    }

    /// The place behind everything recorded so far.
    pub fn mark(&self) -> Mark {
        Mark(self.next)
    }

    /// Forgets everything. Numbers go on, so that marks stay valid. What is cleared does not count as missed.
    pub fn clear(&mut self) {
        self.forget_oldest(self.slots.len());
        self.cleared = self.next;
    }

    /// The clients that are connected, and the clients that its entries are about.
    pub(crate) fn client_ids(&self) -> impl Iterator<Item = &str> {
        self.sources.client_ids()
    }

    /// The number of the next slot, counted from the first one ever.
    fn next_slot(&self) -> u64 {
        self.gone_slots + self.slots.len() as u64
    }

    fn push(
        &mut self,
        at: Time,
        source: Source,
        direction: Direction,
        packets: u32,
        place: Place,
        extra: Option<Box<Extra>>,
    ) {
        self.left_out = None;
        if self.slots.len() == self.slots.capacity() {
            self.grow();
        }
        self.slots.push_back(Slot {
            seq: self.next,
            at,
            first_decision: 0,
            extra,
            place,
            source,
            packets,
            decisions: 0,
            direction,
            side: self.sides[direction as usize],
        });
        self.next += u64::from(packets);
        if self.is_over() {
            self.forget();
        }
    }

    /// Whether a packet of this length would leave too little room for the entries that belong to it.
    #[inline]
    fn is_too_large(&self, packet_bytes: usize) -> bool {
        let most = self.most_bytes();
        packet_bytes > most - most / 16
    }

    #[inline]
    fn is_over(&self) -> bool {
        self.next - self.first > self.bounds.entries || self.held_bytes() > self.bounds.bytes
    }

    /// Forgets the oldest slots until the journal is within its bounds. To forget a small part of all at a time costs least. It
    /// stops at the end of a chunk, so that chunks are emptied as fast as they are filled.
    fn forget(&mut self) {
        while self.is_over() && self.slots.len() > 1 {
            let part = (self.slots.len() / 64).clamp(1, 2048);
            let of_chunk = self.chunks.oldest_until().saturating_sub(self.gone_slots) as usize;
            match self.forgettable(part.min(of_chunk.max(1))) {
                0 => return,
                part => self.forget_oldest(part),
            }
        }
        self.shrink();
    }

    /// Doubles the room for slots, but never beyond what the bounds can use.
    fn grow(&mut self) {
        let room = self.slots.capacity();
        let useful = self.useful_slots();
        self.slots
            .reserve_exact(useful.saturating_sub(room).min(room).max(16) + 1);
    }

    /// Forgets the oldest `count` slots. The ring holds that many.
    fn forget_oldest(&mut self, slots: usize) {
        let mut decisions = 0;
        for (number, slot) in (self.gone_slots..).zip(self.slots.range(..slots)) {
            decisions += if self.deciding == Some(number) {
                self.deciding = None;
                self.gone_decisions + self.decisions.len() as u64 - slot.first_decision
            } else {
                u64::from(slot.decisions)
            };
            self.extra_bytes -= match slot.extra.as_deref() {
                None => 0,
                Some(Extra::Event(_)) => size_of::<Extra>(),
                Some(Extra::Packet { charge, .. }) => *charge,
            };
        }
        drop_front(&mut self.slots, slots);
        drop_front(&mut self.decisions, decisions as usize);
        self.gone_slots += slots as u64;
        self.gone_decisions += decisions;
        self.first = self.slots.front().map_or(self.next, |slot| slot.seq);
        self.chunks.forget_before(self.gone_slots);
        self.sources.forget_before(self.first);
    }
}

/// Removes the first `count` elements. Usually that is one or zero, for which `drain` would take longer.
fn drop_front<T>(of: &mut VecDeque<T>, count: usize) {
    match count {
        0 => {}
        1 => drop(of.pop_front()),
        _ => drop(of.drain(..count)),
    }
}
