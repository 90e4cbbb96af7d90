//! `Chunks`: where the bytes of recorded packets lie.
//!
//! Bytes are appended to the newest chunk. Each chunk knows the last slot of the ring that refers to it: once that slot is
//! forgotten, the chunk is dropped or used again. In steady state nothing is allocated.

use std::collections::VecDeque;

/// How long a chunk is, unless the bound of the journal is small.
const CHUNK_BYTES: usize = 64 * 1024;
/// How many emptied chunks are kept for reuse.
const SPARE_CHUNKS: usize = 2;

/// Where some bytes lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    chunk: u32,
    offset: u32,
    len: u32,
}

impl Place {
    /// The place of no bytes.
    pub const NOWHERE: Place = Place {
        chunk: u32::MAX,
        offset: 0,
        len: 0,
    };
}

#[derive(Debug)]
struct Chunk {
    bytes: Vec<u8>,
    /// The last slot that refers to this chunk.
    last_user: u64,
}

#[derive(Debug)]
pub(super) struct Chunks {
    /// The newest chunk, to which bytes are appended.
    open: Chunk,
    /// The full chunks, the oldest first.
    full: VecDeque<Chunk>,
    /// The number of the oldest chunk in `full`; of `open` where `full` is empty.
    first: u32,
    spare: Vec<Vec<u8>>,
    chunk_bytes: usize,
    /// The memory that all chunks take, in bytes.
    held_bytes: usize,
}

impl Chunks {
    /// The chunks of a journal that may hold `bytes` bytes.
    pub fn for_bound(bytes: usize) -> Self {
        Self {
            open: Chunk {
                bytes: Vec::new(),
                last_user: 0,
            },
            full: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            chunk_bytes: (bytes / 16).clamp(256, CHUNK_BYTES),
            held_bytes: 0,
        }
    }

    /// The memory that all chunks take, in bytes.
    #[inline]
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Copies the bytes of the slot numbered `user`.
    #[inline]
    pub fn append(&mut self, user: u64, bytes: &[u8]) -> Place {
        if self.open.bytes.capacity() - self.open.bytes.len() < bytes.len() {
            self.begin(bytes.len());
        }
        let offset = self.open.bytes.len() as u32;
        self.open.bytes.extend_from_slice(bytes);
        self.open.last_user = user;
        Place {
            chunk: self.first.wrapping_add(self.full.len() as u32),
            offset,
            len: bytes.len() as u32,
        }
    }

    /// Opens a new chunk with room for `len` bytes.
    #[cold]
    fn begin(&mut self, len: usize) {
        let bytes = if len > self.chunk_bytes {
            Vec::with_capacity(len)
        } else {
            self.spare
                .pop()
                .unwrap_or_else(|| Vec::with_capacity(self.chunk_bytes))
        };
        self.held_bytes += bytes.capacity();
        let open = Chunk { bytes, last_user: 0 };
        let before = std::mem::replace(&mut self.open, open);
        // There is no chunk before the first one.
        if before.bytes.capacity() > 0 {
            self.full.push_back(before);
        }
    }

    /// Lets the slot numbered `user` refer to the same place; `false` if the bytes are gone.
    #[inline]
    pub fn share(&mut self, user: u64, place: Place) -> bool {
        let index = place.chunk.wrapping_sub(self.first) as usize;
        let chunk = if index == self.full.len() {
            Some(&mut self.open)
        } else {
            self.full.get_mut(index)
        };
        chunk.map(|chunk| chunk.last_user = user).is_some()
    }

    /// The first slot that does not refer to the oldest chunk.
    pub fn oldest_until(&self) -> u64 {
        self.full.front().unwrap_or(&self.open).last_user + 1
    }

    /// Called when every slot before the one numbered `slot` is forgotten.
    pub fn forget_before(&mut self, slot: u64) {
        while self.full.front().is_some_and(|chunk| chunk.last_user < slot) {
            let Some(Chunk { mut bytes, .. }) = self.full.pop_front() else {
                return;
            };
            self.first = self.first.wrapping_add(1);
            self.held_bytes -= bytes.capacity();
            if bytes.capacity() == self.chunk_bytes && self.spare.len() < SPARE_CHUNKS {
                bytes.clear();
                self.spare.push(bytes);
            }
        }
    }

    /// The bytes of a place that some slot refers to.
    pub fn get(&self, place: Place) -> &[u8] {
        let (from, len) = (place.offset as usize, place.len as usize);
        let index = place.chunk.wrapping_sub(self.first) as usize;
        let chunk = if index == self.full.len() {
            Some(&self.open)
        } else {
            self.full.get(index)
        };
        chunk
            .and_then(|chunk| chunk.bytes.get(from..from + len))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_for_as_long_as_a_slot_refers_to_them() {
        let mut chunks = Chunks::for_bound(16 * 256);
        let places: Vec<Place> = (0..100).map(|n| chunks.append(n, &[n as u8; 100])).collect();
        assert_eq!(chunks.full.len(), 49);
        // The last slot refers to the first bytes, too.
        assert!(chunks.share(100, places[0]));
        for (n, place) in (0..).zip(&places) {
            assert_eq!(chunks.get(*place), [n as u8; 100]);
            chunks.forget_before(n + 1);
            assert_eq!(chunks.get(places[0]), [0; 100]);
        }
        chunks.forget_before(101);
        assert_eq!(chunks.full.len(), 0);
        assert!(!chunks.share(102, places[0]), "gone");
        assert_eq!(chunks.get(places[0]), [0; 0]);
        assert_eq!(chunks.held_bytes(), 256);
    }

    #[test]
    fn what_is_longer_than_a_chunk_gets_one_of_its_own() {
        let mut chunks = Chunks::for_bound(0);
        let small = chunks.append(0, b"small");
        let large = chunks.append(1, &[7; 10_000]);
        assert_eq!(chunks.held_bytes(), 256 + 10_000);
        assert_eq!(
            (chunks.get(small), chunks.get(large).len()),
            (&b"small"[..], 10_000)
        );
        chunks.forget_before(1);
        assert_eq!(chunks.held_bytes(), 10_000);
    }

    #[test]
    fn emptied_chunks_are_used_again() {
        let mut chunks = Chunks::for_bound(16 * 256);
        for n in 0..100 {
            chunks.append(n, &[1; 200]);
            chunks.forget_before(n);
            assert!(chunks.full.len() + chunks.spare.len() <= 2);
        }
    }
}
