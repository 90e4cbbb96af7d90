//! [`Flow`]: one direction of a line. Packets are cut out of what comes, wait for what their rule says, go through the toxics,
//! and are ready.

use std::sync::Arc;

use bytes::Bytes;

use super::aliases::Aliases;
use super::chunk::Chunk;
use super::framer::Framer;
use super::out::Out;
use super::queue::{Item, Queue};
use super::toxics::{Chain, End, Passed};
use super::{Attach, Note, Tell};
use crate::fault::{Cut, Infection, Stream, Wait};
use crate::journal::Direction;
use crate::time::Time;
use crate::wire::{self, Version};

/// What each part in a chain of toxics counts for beside its bytes.
const ENTRY_BYTES: usize = 128;

/// One direction.
#[derive(Debug)]
pub(super) struct Flow {
    direction: Direction,
    pub framer: Framer,
    pub queue: Queue,
    pub chain: Chain,
    out: Out,
    pub aliases: Aliases,
    max_kept_bytes: usize,
    /// Its sender has ended.
    over: bool,
    /// What comes is lost: the connection ends.
    shut: bool,
    released: usize,
    /// How many notes of something else than of packets that passed there had been when the last one passed.
    others: u64,
}

impl Flow {
    pub fn new(direction: Direction, attach: &mut Attach) -> Self {
        let of = direction as usize;
        let fence = attach.fence.get(of).copied().unwrap_or_default();
        let aliases = attach.aliases.get_mut(of).map(std::mem::take);
        Self {
            direction,
            framer: Framer::new(fence, attach.max_packet_bytes),
            queue: Queue::default(),
            chain: Chain::new(of as u64),
            out: Out::default(),
            aliases: Aliases::new(aliases.unwrap_or_default()),
            max_kept_bytes: attach.max_kept_bytes,
            over: false,
            shut: false,
            released: 0,
            others: 0,
        }
    }

    /// Whether so many bytes that come now pass at once, as they are.
    pub fn is_open(&self, bytes: usize) -> bool {
        self.queue.is_drained() && self.chain.lets_through(bytes)
    }

    /// Packets pass as they came. The caller has made sure that they can, and gives one alone where others wait to be overtaken.
    pub fn pass(&mut self, bytes: &[u8], packets: u32, tell: &mut Tell<'_>) {
        if bytes.is_empty() {
            return;
        }
        self.write_as_it_came(bytes, tell);
        let direction = self.direction;
        tell.note(Note::Passed {
            direction,
            packets,
            bytes,
        });
        if self.queue.counts() {
            self.queue.passed();
        }
    }

    fn write_as_it_came(&mut self, bytes: &[u8], tell: &Tell<'_>) {
        // Where the journal was told of something else meanwhile, the two are not one run.
        let others = tell.others();
        if std::mem::replace(&mut self.others, others) != others {
            self.out.seal();
        }
        self.chain.count(bytes.len());
        self.out.push(bytes, bytes.len(), false, false);
    }

    /// Bytes come that nobody reads.
    pub fn pass_unread(
        &mut self,
        now: Time,
        bytes: &[u8],
        version: Version,
        tell: &mut Tell<'_>,
    ) -> Option<End> {
        if bytes.is_empty() {
            return None;
        }
        if self.is_open(bytes.len()) {
            self.write_as_it_came(bytes, tell);
            return None;
        }
        let item = Item {
            rule: None,
            bytes: Bytes::copy_from_slice(bytes),
            origin: bytes.len(),
            topic: None,
            told: false,
        };
        self.queue.push(now, item, Wait::No);
        // It is the rest of what goes through already, or stands behind all that waits.
        self.go_on(now, true, version, tell)
    }

    /// A packet goes on that is late, changed or both. Nothing of it does where it is empty.
    pub fn push(&mut self, now: Time, item: Item, wait: Wait) {
        if item.bytes.is_empty() {
            self.released += item.origin;
        } else {
            self.queue.push(now, item, wait);
        }
    }

    /// Packets that a rule made go to the receiver, behind those that are on their way already.
    pub fn insert(&mut self, rule: &Arc<str>, bytes: Vec<u8>) {
        if bytes.is_empty() || self.shut {
            return;
        }
        self.queue.push_next(Item {
            rule: Some(Arc::clone(rule)),
            bytes: bytes.into(),
            origin: 0,
            topic: None,
            told: true,
        });
    }

    /// Does what is due. Returns the end of the connection, where a toxic wants it.
    pub fn poll(&mut self, now: Time, version: Version, tell: &mut Tell<'_>) -> Option<End> {
        let amid = self.framer.is_amid();
        self.go_on(now, amid, version, tell)
    }

    fn go_on(&mut self, now: Time, amid: bool, version: Version, tell: &mut Tell<'_>) -> Option<End> {
        let mut passed = Passed::default();
        // What is in the toxics at a time goes out before what comes in at that time.
        while let Some((at, item)) = self.queue.pop(now, amid) {
            self.go(at, item, version, tell, &mut passed);
            self.write(&mut passed, tell);
        }
        if self.over && self.queue.is_empty() {
            self.chain.end(now, tell);
        }
        self.chain.poll(now, tell, &mut passed);
        self.write(&mut passed, tell);
        passed.end
    }

    /// A packet leaves the queue.
    fn go(&mut self, at: Time, item: Item, version: Version, tell: &mut Tell<'_>, passed: &mut Passed) {
        if !item.told {
            let mut chunk = Chunk::unread(item.bytes);
            chunk.origin = item.origin;
            return self.chain.push(at, chunk, tell, passed);
        }
        let mut rest = item.bytes;
        let mut origin = item.origin;
        while !rest.is_empty() {
            let packet = match wire::frame(&rest, usize::MAX) {
                Ok(Some(len)) if len <= rest.len() => {
                    let packet = rest.split_to(len);
                    match self.aliases.go(version, &packet, item.topic.as_ref()) {
                        Some(restored) => restored.into(),
                        None => packet,
                    }
                }
                _ => std::mem::take(&mut rest),
            };
            // The last of them stands for what the sender sent.
            let stands_for = if rest.is_empty() {
                std::mem::take(&mut origin)
            } else {
                0
            };
            self.chain
                .push(at, Chunk::packet(packet, stands_for), tell, passed);
        }
    }

    /// What came through the toxics is ready.
    fn write(&mut self, passed: &mut Passed, tell: &mut Tell<'_>) {
        self.released += std::mem::take(&mut passed.released);
        for chunk in passed.chunks.drain(..) {
            self.out
                .push(chunk.bytes(), chunk.origin, chunk.told, chunk.alone);
            if let Some(bytes) = chunk.ended_packet() {
                let direction = self.direction;
                tell.note(Note::Went { direction, bytes });
            }
        }
    }

    /// The toxics in force are these now.
    pub fn update(
        &mut self,
        now: Time,
        infections: &[Infection],
        version: Version,
        tell: &mut Tell<'_>,
    ) -> Option<End> {
        let stream = match self.direction {
            Direction::In => Stream::Upstream,
            Direction::Out => Stream::Downstream,
        };
        let ours = infections
            .iter()
            .filter(|it| it.stream == stream || it.stream == Stream::Both);
        let ours: Vec<_> = ours.cloned().collect();
        let mut passed = Passed::default();
        self.chain.update(now, &ours, tell, &mut passed);
        self.write(&mut passed, tell);
        passed.end.or_else(|| self.poll(now, version, tell))
    }

    /// Its sender has ended.
    pub fn end(&mut self, now: Time, how: Cut, version: Version, tell: &mut Tell<'_>) -> Option<End> {
        if self.over && how == Cut::Close {
            return None;
        }
        self.over = true;
        let half = self.framer.take();
        if how == Cut::Close {
            if !half.is_empty() {
                let (direction, bytes) = (self.direction, &half[..]);
                tell.note(Note::Unread { direction, bytes });
            }
            let cut = self.pass_unread(now, &half, version, tell);
            self.queue.last();
            return cut.or_else(|| self.poll(now, version, tell));
        }
        self.released += half.len() + self.queue.discard(false) + self.chain.discard();
        self.chain.end(now, tell);
        self.poll(now, version, tell)
    }

    /// Whether its end has come through.
    pub fn has_ended(&self) -> bool {
        self.chain.has_ended() && self.out.is_empty()
    }

    /// What comes from now on is lost.
    pub fn shut(&mut self) {
        self.shut = true;
        self.released += self.framer.take().len() + self.queue.discard(true);
    }

    /// Packets that wait for what their rule says are lost.
    pub fn lose_queue(&mut self) {
        self.released += self.queue.discard(false);
    }

    /// Everything is lost, and what comes from now on, too.
    pub fn lose_all(&mut self) {
        self.shut();
        self.lose_queue();
        self.released += self.chain.discard() + self.out.clear();
    }

    /// Bytes came that are lost at once.
    pub fn lose(&mut self, bytes: usize) {
        self.released += bytes;
    }

    /// Whether what comes is lost.
    pub fn is_closed(&self) -> bool {
        self.shut || self.over
    }

    /// Whether all that will go has gone.
    pub fn is_drained(&self) -> bool {
        self.queue.is_drained() && self.chain.is_empty() && self.out.is_empty()
    }

    pub fn wants(&self) -> bool {
        self.shut || (!self.chain.stalls() && self.weight() < self.max_kept_bytes)
    }

    /// Whether rules have made far more than it keeps of what came.
    pub fn is_swamped(&self) -> bool {
        !self.shut && self.weight() > self.max_kept_bytes.saturating_mul(2)
    }

    fn weight(&self) -> usize {
        self.queue.weight() + self.chain.len() + self.chain.entries() * ENTRY_BYTES + self.out.len()
    }

    pub fn next_timeout(&self) -> Option<Time> {
        self.queue
            .next_timeout(self.framer.is_amid())
            .into_iter()
            .chain(self.chain.next_timeout())
            .min()
    }

    pub fn held_bytes(&self) -> usize {
        self.framer.len() + self.queue.len() + self.chain.len() + self.out.len()
    }

    pub fn released(&mut self) -> usize {
        std::mem::take(&mut self.released)
    }

    pub fn ready(&self) -> Option<super::Ready<'_>> {
        self.out.ready()
    }

    pub fn took(&mut self, n: usize) {
        self.released += self.out.took(n);
    }

    /// Whether it holds nothing but half a packet, and would do nothing with what comes.
    pub fn is_idle(&mut self) -> bool {
        self.queue.is_empty()
            && self.chain.is_bare()
            && self.out.is_empty()
            && !self.over
            && !self.shut
            && self.aliases.agree()
    }
}
