//! [`Journal`]: the ring, and how it is written.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::chunks::{Chunks, Place};
use super::slot::{Extra, Made, Recorded, Slot};
use super::sources::{Source, Sources};
use super::{Decision, Direction, Event, Mark};
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::Version;

/// How much a journal holds. What is older is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Entries at the most; 0 turns the journal off.
    pub entries: u64,
    /// Memory at the most, the newest entry excepted.
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

/// What crossed the wire, what was decided about it, and what else happened; the latest of it, within [`Bounds`].
///
/// A backend owns one and tells it, with the time, of everything as it happens:
///
/// 1. [`Journal::open`] a connection, [`Journal::identify`] it once CONNECT told who it is, [`Journal::close`] it.
/// 2. Record each packet with [`Journal::packet_in`] and [`Journal::packet_out`], before it is handled.
/// 3. What follows a [`Journal::begin_decisions`] is decided about the packet recorded last, up to
///    [`Journal::end_decisions`].
///
/// Many packets that were handled as one are recorded as one ([`Journal::run_in`]) and taken apart by whoever reads.
/// In steady state nothing is allocated and nothing formatted.
#[derive(Debug)]
pub struct Journal {
    pub(super) bounds: Bounds,
    pub(super) slots: VecDeque<Slot>,
    /// How many slots were forgotten.
    gone_slots: u64,
    /// The number of the oldest entry that is held, or of the next one.
    pub(super) first: u64,
    pub(super) chunks: Chunks,
    pub(super) sources: Sources,
    pub(super) decisions: VecDeque<Made>,
    /// How many decisions were forgotten.
    pub(super) gone_decisions: u64,
    /// The number of the next entry.
    pub(super) next: u64,
    /// Entries before this one were cleared on purpose.
    pub(super) cleared: u64,
    /// What lies outside of `chunks`.
    extra_bytes: usize,
    /// Where the payload lies that was charged last: receivers of one message share it.
    charged: usize,
    /// The slot that decisions belong to, counted from the first one ever.
    deciding: Option<u64>,
}

const SLOT_BYTES: usize = size_of::<Slot>();
const DECISION_BYTES: usize = size_of::<Made>();

impl Default for Journal {
    fn default() -> Self {
        Self::new(Bounds::default())
    }
}

impl Journal {
    /// An empty one. Memory is taken only as it is needed.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            slots: VecDeque::new(),
            gone_slots: 0,
            first: 0,
            chunks: Chunks::for_bound(bounds.bytes),
            sources: Sources::default(),
            decisions: VecDeque::new(),
            gone_decisions: 0,
            next: 0,
            cleared: 0,
            extra_bytes: 0,
            charged: 0,
            deciding: None,
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

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// What all that it holds costs, in bytes.
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

    /// Forgets everything. Numbers go on, so that marks stay good; what is cleared does not count as missed.
    pub fn clear(&mut self) {
        self.forget_oldest(self.slots.len());
        self.cleared = self.next;
    }

    /// A connection begins. Nothing is known of it yet.
    pub fn open(&mut self, conn: ConnId) -> Source {
        if self.is_on() {
            self.sources.open(conn)
        } else {
            Source::NOBODY
        }
    }

    /// CONNECT, or the answer to it, told who it is. That goes for what was recorded of this connection before, too.
    pub fn identify(&mut self, source: Source, client_id: &Arc<str>, version: Version) {
        if let Some(who) = self.sources.get_mut(source) {
            who.client_id.clone_from(client_id);
            who.version = version;
        }
    }

    /// The connection has ended; `source` is not used again.
    pub fn close(&mut self, source: Source) {
        self.sources.close(source, self.next);
        self.sources.forget_before(self.first);
    }

    /// A packet came.
    pub fn packet_in(&mut self, at: Time, source: Source, bytes: &[u8]) {
        self.packets(at, source, Direction::In, 1, bytes);
    }

    /// `packets` packets came that are handled as one.
    pub fn run_in(&mut self, at: Time, source: Source, packets: u32, bytes: &[u8]) -> Recorded {
        self.packets(at, source, Direction::In, packets, bytes)
    }

    /// A packet goes out.
    pub fn packet_out(&mut self, at: Time, source: Source, bytes: &[u8]) -> Recorded {
        self.packets(at, source, Direction::Out, 1, bytes)
    }

    /// `packets` packets go out that were made as one.
    pub fn run_out(&mut self, at: Time, source: Source, packets: u32, bytes: &[u8]) -> Recorded {
        self.packets(at, source, Direction::Out, packets, bytes)
    }

    /// The same packet, or run of packets, goes out to one more; `bytes` are what was recorded before.
    pub fn again_out(&mut self, at: Time, source: Source, same: Recorded, bytes: &[u8]) {
        if !self.is_on() {
            return;
        }
        if self.chunks.share(self.next_slot(), same.place) {
            self.push(at, source, Direction::Out, same.packets, same.place, None);
        } else {
            // Forgotten already: the bounds are very narrow.
            self.packets(at, source, Direction::Out, same.packets, bytes);
        }
    }

    /// A packet came that is kept elsewhere, too.
    pub fn shared_in(&mut self, at: Time, source: Source, packet: &Bytes) {
        self.shared(at, source, Direction::In, &[], packet);
    }

    /// A packet goes out whose payload others share.
    pub fn shared_out(&mut self, at: Time, source: Source, header: &[u8], payload: &Bytes) {
        self.shared(at, source, Direction::Out, header, payload);
    }

    fn shared(&mut self, at: Time, source: Source, direction: Direction, header: &[u8], payload: &Bytes) {
        if !self.is_on() {
            return;
        }
        let place = self.chunks.append(self.next_slot(), header);
        // A packet and its payload end in the same place.
        let address = payload.as_ptr_range().end.addr();
        let charge = if self.charged == address { 0 } else { payload.len() };
        self.charged = address;
        self.extra_bytes += charge;
        let payload = payload.clone();
        let extra = Extra::Packet {
            payload,
            charge,
            topic: None,
        };
        self.push(at, source, direction, 1, place, Some(Box::new(extra)));
    }

    /// The packet recorded last names its topic by an alias; this is the one that it stands for.
    pub fn alias_was(&mut self, topic: &Arc<str>) {
        let Some(slot) = self.slots.back_mut() else { return };
        let extra = slot.extra.get_or_insert_with(|| {
            Box::new(Extra::Packet {
                payload: Bytes::new(),
                charge: 0,
                topic: None,
            })
        });
        if let Extra::Packet { topic: alias, .. } = &mut **extra {
            *alias = Some(topic.clone());
        }
    }

    /// Something happened, above the level of packets; on a connection, where `source` is given.
    pub fn event(&mut self, at: Time, source: Option<Source>, event: Event) {
        if !self.is_on() {
            return;
        }
        self.extra_bytes += size_of::<Extra>();
        self.push(
            at,
            source.unwrap_or(Source::NOBODY),
            Direction::In,
            1,
            Place::NOWHERE,
            Some(Box::new(Extra::Event(event))),
        );
    }

    /// What is decided from now on is about the packet, or the run, recorded last.
    pub fn begin_decisions(&mut self) {
        self.end_decisions();
        if let Some(slot) = self.slots.back_mut() {
            slot.first_decision = self.gone_decisions + self.decisions.len() as u64;
            self.deciding = Some(self.gone_slots + self.slots.len() as u64 - 1);
        }
    }

    /// What is decided from now on is about something else.
    pub fn end_decisions(&mut self) {
        let made = self.gone_decisions + self.decisions.len() as u64;
        // A slot that was forgotten meanwhile, where the bounds are narrow, took its decisions along.
        if let Some(number) = self.deciding.take()
            && let Some(slot) = self.slots.get_mut((number - self.gone_slots) as usize)
        {
            slot.decisions = (made - slot.first_decision) as u32;
        }
    }

    /// It was sent to the client of this connection.
    pub fn decide_sent(&mut self, to: Source) {
        if self.deciding.is_some() {
            self.decisions.push_back(Made::Sent(to));
        }
    }

    /// Anything else was decided.
    pub fn decide(&mut self, decision: Decision) {
        if self.deciding.is_some() {
            self.decisions.push_back(Made::Other(decision));
        }
    }

    /// Whether anybody keeps what is decided now.
    pub fn is_deciding(&self) -> bool {
        self.deciding.is_some()
    }

    /// The number of the next slot, counted from the first one ever.
    fn next_slot(&self) -> u64 {
        self.gone_slots + self.slots.len() as u64
    }

    fn packets(
        &mut self,
        at: Time,
        source: Source,
        direction: Direction,
        packets: u32,
        bytes: &[u8],
    ) -> Recorded {
        if !self.is_on() {
            let place = Place::NOWHERE;
            return Recorded { place, packets };
        }
        let place = self.chunks.append(self.next_slot(), bytes);
        self.push(at, source, direction, packets, place, None);
        Recorded { place, packets }
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
        });
        self.next += u64::from(packets);
        if self.is_over() {
            self.forget();
        }
    }

    #[inline]
    fn is_over(&self) -> bool {
        self.next - self.first > self.bounds.entries || self.held_bytes() > self.bounds.bytes
    }

    /// Forgets the oldest until the bounds are kept: a small part of all at a time, which costs least, and not beyond the
    /// end of a chunk, so that chunks are emptied at the pace at which they are filled.
    fn forget(&mut self) {
        while self.is_over() && self.slots.len() > 1 {
            let part = (self.slots.len() / 64).clamp(1, 2048);
            let of_chunk = self.chunks.oldest_until().saturating_sub(self.gone_slots) as usize;
            self.forget_oldest(part.min(of_chunk.max(1)));
        }
    }

    /// Doubles the room for slots, but never beyond what the bounds can use.
    fn grow(&mut self) {
        let room = self.slots.capacity();
        let useful = self.bounds.entries.min((self.bounds.bytes / SLOT_BYTES) as u64) as usize;
        self.slots
            .reserve_exact(useful.saturating_sub(room).min(room).max(16) + 1);
    }

    /// Forgets so many slots; there are as many.
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

/// Forgets the first `count`. Most often that is one or none, for which `drain` would take longer.
fn drop_front<T>(of: &mut VecDeque<T>, count: usize) {
    match count {
        0 => {}
        1 => drop(of.pop_front()),
        _ => drop(of.drain(..count)),
    }
}
