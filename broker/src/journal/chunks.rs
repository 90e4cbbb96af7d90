//! `Chunks`: where the bytes of recorded packets lie.
//!
//! Bytes are appended to the newest chunk, and each chunk knows the last slot of the ring that refers to it. Once that
//! slot is forgotten, so are all others that did, and the chunk is dropped or used again. In steady state nothing is
//! allocated.

use std::collections::VecDeque;

/// Chunks are as long as this, or a part of the bound where that is small.
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
    /// Of no bytes at all.
    pub const NOWHERE: Place = Place {
        chunk: u32::MAX,
        offset: 0,
        len: 0,
    };
}

#[derive(Debug)]
struct Chunk {
    bytes: Vec<u8>,
    /// The last slot that refers to it.
    last_user: u64,
}

#[derive(Debug)]
pub(super) struct Chunks {
    held: VecDeque<Chunk>,
    /// The number of the oldest of `held`.
    first: u32,
    spare: Vec<Vec<u8>>,
    chunk_bytes: usize,
    /// What all chunks cost.
    held_bytes: usize,
}

impl Chunks {
    /// For a journal that may hold so many bytes.
    pub fn for_bound(bytes: usize) -> Self {
        Self {
            held: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            chunk_bytes: (bytes / 16).clamp(256, CHUNK_BYTES),
            held_bytes: 0,
        }
    }

    /// What all chunks cost.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Copies the bytes of the slot numbered `user`.
    pub fn append(&mut self, user: u64, bytes: &[u8]) -> Place {
        let fits = |chunk: &Chunk| chunk.bytes.capacity() - chunk.bytes.len() >= bytes.len();
        if !self.held.back().is_some_and(fits) {
            self.begin(bytes.len());
        }
        let number = self.first.wrapping_add(self.held.len() as u32 - 1);
        let Some(chunk) = self.held.back_mut() else {
            return Place::NOWHERE;
        };
        chunk.last_user = user;
        let offset = chunk.bytes.len() as u32;
        chunk.bytes.extend_from_slice(bytes);
        Place {
            chunk: number,
            offset,
            len: bytes.len() as u32,
        }
    }

    fn begin(&mut self, len: usize) {
        let bytes = if len > self.chunk_bytes {
            Vec::with_capacity(len)
        } else {
            self.spare
                .pop()
                .unwrap_or_else(|| Vec::with_capacity(self.chunk_bytes))
        };
        self.held_bytes += bytes.capacity();
        self.held.push_back(Chunk { bytes, last_user: 0 });
    }

    /// The slot numbered `user` refers to a place, too; `false` if its bytes are gone.
    pub fn share(&mut self, user: u64, place: Place) -> bool {
        match self.held.get_mut(place.chunk.wrapping_sub(self.first) as usize) {
            Some(chunk) => {
                chunk.last_user = user;
                true
            }
            None => false,
        }
    }

    /// Every slot before the one numbered `slot` is forgotten.
    #[inline]
    pub fn forget_before(&mut self, slot: u64) {
        while self.held.len() > 1 && self.held.front().is_some_and(|chunk| chunk.last_user < slot) {
            let Some(Chunk { mut bytes, .. }) = self.held.pop_front() else {
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
        self.held
            .get(place.chunk.wrapping_sub(self.first) as usize)
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
        assert_eq!(chunks.held.len(), 50);
        // The last slot refers to the first bytes, too.
        assert!(chunks.share(100, places[0]));
        for (n, place) in (0..).zip(&places) {
            assert_eq!(chunks.get(*place), [n as u8; 100]);
            chunks.forget_before(n + 1);
            assert_eq!(chunks.get(places[0]), [0; 100]);
        }
        chunks.forget_before(101);
        assert_eq!(chunks.held.len(), 1);
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
            assert!(chunks.held.len() + chunks.spare.len() <= 3);
        }
    }
}
