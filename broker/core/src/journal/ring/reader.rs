//! [`Reader`]: a reader that must not miss anything of the journal, such as the writer of a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Journal, SLOT_BYTES};
use crate::journal::Mark;

/// For its reader the journal may take up to this many times the memory of its bounds.
const HOLDS: usize = 8;

/// How far the reader has come. For a reader that was dropped nothing is held.
#[derive(Debug)]
pub struct Reader(Arc<AtomicU64>);

/// Tells the journal how far its reader has come.
#[derive(Debug, Clone)]
pub struct Progress(Arc<AtomicU64>);

impl Reader {
    /// A handle with which another thread reports progress.
    pub fn progress(&self) -> Progress {
        Progress(self.0.clone())
    }
}

impl Progress {
    /// Says that everything before `mark` was read.
    pub fn is(&self, mark: Mark) {
        self.0.fetch_max(mark.seq(), Ordering::Relaxed);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

impl Journal {
    /// From now on the journal does not forget what the reader has not read, as long as there is room for it.
    pub fn hold_for(&mut self) -> Reader {
        let mark = Arc::new(AtomicU64::new(self.first));
        let is_there = |mark: &mut Arc<AtomicU64>| mark.load(Ordering::Relaxed) != u64::MAX;
        self.readers.retain_mut(is_there);
        self.readers.push(mark.clone());
        Reader(mark)
    }

    /// How far the slowest of its readers has come, if it has a reader.
    pub fn read_up_to(&self) -> Option<u64> {
        let marks = self.readers.iter().map(|mark| mark.load(Ordering::Relaxed));
        marks.min().filter(|mark| *mark != u64::MAX)
    }

    /// Whether to wait for its reader, because the ring is full of what it has not read. A reader that was behind `before` is
    /// behind until it has read half.
    pub fn is_behind(&self, before: bool) -> bool {
        let Some(read) = self.read_slots() else {
            return false;
        };
        if before {
            read * 2 < self.slots.len()
        } else {
            read == 0 && self.is_over()
        }
    }

    /// How many of these slots may be forgotten.
    pub(super) fn forgettable(&self, slots: usize) -> usize {
        match self.read_slots() {
            Some(read) if self.held_bytes() <= self.bounds.bytes.saturating_mul(HOLDS) => slots.min(read),
            _ => slots,
        }
    }

    /// How many slots its reader has read to their ends; `None` where there is no reader.
    fn read_slots(&self) -> Option<usize> {
        let mark = self.read_up_to()?;
        Some(
            self.slots
                .partition_point(|slot| slot.seq + u64::from(slot.packets) <= mark),
        )
    }

    /// How many bytes it may take: more while it has a reader.
    pub(super) fn most_bytes(&self) -> usize {
        match self.read_up_to() {
            Some(_) => self.bounds.bytes.saturating_mul(HOLDS),
            None => self.bounds.bytes,
        }
    }

    /// How many slots there can be.
    pub(super) fn useful_slots(&self) -> usize {
        let (entries, bytes) = match self.readers.as_slice() {
            [_, ..] => (u64::MAX, self.bounds.bytes.saturating_mul(HOLDS)),
            [] => (self.bounds.entries, self.bounds.bytes),
        };
        entries.min((bytes / SLOT_BYTES) as u64) as usize
    }

    /// Gives back the memory that was taken for a reader that was behind.
    pub(super) fn shrink(&mut self) {
        let bounds = self.bounds.entries.min((self.bounds.bytes / SLOT_BYTES) as u64) as usize;
        if !self.readers.is_empty()
            && self.slots.capacity() > 2 * bounds.max(1024)
            && self.slots.len() <= bounds
        {
            self.slots.shrink_to(bounds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Bounds;
    use crate::session::ConnId;
    use crate::time::Time;

    #[test]
    fn what_was_not_read_is_held_and_what_is_too_much_is_lost() {
        let mut journal = Journal::new(Bounds {
            entries: 10,
            bytes: 65_536,
        });
        let source = journal.open(ConnId { slot: 0, serial: 1 });
        let ping = |journal: &mut Journal, times: usize| {
            for _ in 0..times {
                journal.packet_in(Time::ZERO, source, b"\xC0\0");
            }
        };
        let reader = journal.hold_for();
        ping(&mut journal, 1_000);
        assert_eq!((journal.len(), journal.is_behind(false)), (1_000, true));

        reader.progress().is(Mark::before(400));
        assert!(journal.is_behind(true), "it has not read half");
        reader.progress().is(Mark::before(995));
        assert!(!journal.is_behind(true));
        ping(&mut journal, 1);
        assert_eq!(journal.since(Mark::before(995)).missed, 0);
        assert!(journal.len() <= 10, "what was read is forgotten as ever");

        // Not without end.
        ping(&mut journal, 100_000);
        assert!(journal.held_bytes() <= 9 * 65_536, "{}", journal.held_bytes());
        assert!(journal.since(Mark::before(995)).missed > 0);

        drop(reader);
        ping(&mut journal, 1);
        assert_eq!(journal.len(), 10);
    }

    #[test]
    fn the_slowest_of_two_readers_counts_until_it_goes() {
        let mut journal = Journal::new(Bounds {
            entries: 10,
            bytes: 65_536,
        });
        let source = journal.open(ConnId { slot: 0, serial: 1 });
        let (slow, quick) = (journal.hold_for(), journal.hold_for());
        for _ in 0..100 {
            journal.packet_in(Time::ZERO, source, b"\xC0\0");
        }
        quick.progress().is(Mark::before(100));
        assert_eq!((journal.read_up_to(), journal.len()), (Some(1), 100));
        drop(slow);
        journal.packet_in(Time::ZERO, source, b"\xC0\0");
        assert_eq!((journal.read_up_to(), journal.len()), (Some(100), 10));
        drop(quick);
        assert_eq!(journal.read_up_to(), None);
    }
}
