//! Which batch put the value that counts, for each key. Values themselves are on the disk.

use std::collections::BTreeMap;
use std::ops::Bound;

/// A key.
pub(crate) type Key = Box<[u8]>;

/// The value that a key has.
#[derive(Clone, Copy, Debug)]
struct Live {
    /// The batch that put it.
    number: u64,
    /// What it takes in a snapshot.
    bytes: u64,
}

/// What is live, and, while a snapshot is written, what was when it was begun.
#[derive(Debug, Default)]
pub(crate) struct Index {
    live: BTreeMap<Key, Live>,
    bytes: u64,
    frozen: Option<Frozen>,
}

/// How it was after the last batch of a snapshot.
#[derive(Debug)]
struct Frozen {
    through: u64,
    /// Keys that have changed since, with the batch whose value they had.
    before: BTreeMap<Key, u64>,
}

impl Index {
    /// Of what was recovered: keys in their order, each with the batch that put its value and what it takes in a snapshot.
    pub(crate) fn of(entries: impl Iterator<Item = (Key, u64, u64)>) -> Self {
        // Made at once, which costs a fraction of as many insertions.
        let live: BTreeMap<_, _> = entries
            .map(|(key, number, bytes)| (key, Live { number, bytes }))
            .collect();
        let bytes = live.values().map(|live| live.bytes).sum();
        let frozen = None;
        Self { live, bytes, frozen }
    }

    /// What all that is live takes in a snapshot, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn keys(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn put(&mut self, key: &[u8], number: u64, bytes: u64) {
        let old = match self.live.get_mut(key) {
            Some(live) => Some(std::mem::replace(live, Live { number, bytes })),
            None => self.live.insert(key.into(), Live { number, bytes }),
        };
        self.bytes += bytes;
        if let Some(old) = old {
            self.gone(key, old);
        }
    }

    pub(crate) fn remove(&mut self, key: &[u8]) {
        if let Some(old) = self.live.remove(key) {
            self.gone(key, old);
        }
    }

    pub(crate) fn remove_all(&mut self, prefix: &[u8]) {
        loop {
            let from = (Bound::Included(prefix), Bound::Unbounded);
            let first = self.live.range::<[u8], _>(from).next();
            let Some(key) = first
                .map(|(key, _)| key)
                .filter(|key| key.starts_with(prefix))
                .cloned()
            else {
                return;
            };
            self.remove(&key);
        }
    }

    fn gone(&mut self, key: &[u8], old: Live) {
        self.bytes -= old.bytes;
        if let Some(frozen) = &mut self.frozen
            && old.number <= frozen.through
        {
            // Once only: what it has now is of a later batch.
            frozen.before.insert(key.into(), old.number);
        }
    }

    /// Remembers what is live now, until [`thaw`](Self::thaw). All batches up to this one are in it.
    pub(crate) fn freeze(&mut self, through: u64) {
        let before = BTreeMap::new();
        self.frozen = Some(Frozen { through, before });
    }

    /// The last batch in what is frozen.
    pub(crate) fn frozen_through(&self) -> u64 {
        self.frozen.as_ref().map_or(0, |frozen| frozen.through)
    }

    pub(crate) fn thaw(&mut self) {
        self.frozen = None;
    }

    /// Whether the value that this batch put counted when it was frozen.
    pub(crate) fn counted(&self, key: &[u8], number: u64) -> bool {
        let before = self.frozen.as_ref().and_then(|frozen| frozen.before.get(key));
        match before {
            Some(before) => *before == number,
            None => self.live.get(key).is_some_and(|live| live.number == number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_frozen_stays_as_it_was() {
        let mut index = Index::default();
        index.put(b"a/1", 1, 10);
        index.put(b"a/2", 1, 10);
        index.put(b"b", 2, 10);
        index.freeze(2);
        index.put(b"a/1", 3, 10);
        index.put(b"a/1", 4, 10);
        index.remove(b"b");
        index.put(b"b", 5, 10);
        index.remove_all(b"a/");
        index.put(b"c", 6, 10);
        assert!(index.counted(b"a/1", 1) && index.counted(b"a/2", 1) && index.counted(b"b", 2));
        for (key, number) in [(&b"a/1"[..], 3), (b"a/1", 4), (b"b", 5), (b"a/2", 3)] {
            assert!(!index.counted(key, number), "{key:?} of batch {number}");
        }
        index.thaw();
        assert!(index.counted(b"b", 5) && index.counted(b"c", 6) && !index.counted(b"a/2", 1));
        assert_eq!((index.bytes(), index.keys()), (20, 2));
    }

    #[test]
    fn a_prefix_takes_only_what_begins_with_it() {
        let mut index = Index::default();
        for key in [&b"s/1"[..], b"s/10", b"s/2", b"s", b"t", b"s0"] {
            index.put(key, 1, 1);
        }
        index.remove_all(b"s/1");
        assert_eq!(index.keys(), 4);
        index.remove_all(b"");
        assert_eq!((index.bytes(), index.keys()), (0, 0));
    }
}
