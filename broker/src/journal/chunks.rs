//! `Chunks`: where the bytes of recorded packets lie.
//!
//! Bytes are appended to the newest chunk. A chunk is dropped, or used again, once it is the oldest and no slot of the
//! ring refers to it any more. In steady state nothing is allocated.

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
    /// Slots that refer to it.
    users: u32,
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

    /// Copies bytes. The place is good for as long as somebody uses it, beginning with the next call of [`Chunks::hold`].
    pub fn append(&mut self, bytes: &[u8]) -> Place {
        let fits = |chunk: &Chunk| chunk.bytes.capacity() - chunk.bytes.len() >= bytes.len();
        if !self.held.back().is_some_and(fits) {
            self.begin(bytes.len());
        }
        let number = self.first.wrapping_add(self.held.len() as u32 - 1);
        let Some(chunk) = self.held.back_mut() else {
            return Place::NOWHERE;
        };
        let offset = chunk.bytes.len() as u32;
        chunk.bytes.extend_from_slice(bytes);
        Place {
            chunk: number,
            offset,
            len: bytes.len() as u32,
        }
    }

    fn begin(&mut self, len: usize) {
        self.drop_unused();
        let bytes = if len > self.chunk_bytes {
            Vec::with_capacity(len)
        } else {
            self.spare
                .pop()
                .unwrap_or_else(|| Vec::with_capacity(self.chunk_bytes))
        };
        self.held_bytes += bytes.capacity();
        self.held.push_back(Chunk { bytes, users: 0 });
    }

    fn chunk(&mut self, place: Place) -> Option<&mut Chunk> {
        self.held.get_mut(place.chunk.wrapping_sub(self.first) as usize)
    }

    /// One more user of a place; `false` if its bytes are gone.
    pub fn hold(&mut self, place: Place) -> bool {
        self.chunk(place).map(|chunk| chunk.users += 1).is_some()
    }

    /// One user less.
    pub fn release(&mut self, place: Place) {
        if let Some(chunk) = self.chunk(place) {
            chunk.users -= 1;
            if chunk.users == 0 && self.held.len() > 1 {
                self.drop_unused();
            }
        }
    }

    /// Gives up the oldest chunks that nobody uses, the newest excepted.
    fn drop_unused(&mut self) {
        while self.held.len() > 1 && self.held.front().is_some_and(|chunk| chunk.users == 0) {
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

    /// The bytes of a place that somebody uses.
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
    fn bytes_stay_for_as_long_as_they_are_used() {
        let mut chunks = Chunks::for_bound(16 * 256);
        let places: Vec<Place> = (0..100_u8)
            .map(|n| {
                let place = chunks.append(&[n; 100]);
                assert!(chunks.hold(place));
                place
            })
            .collect();
        assert_eq!(chunks.held.len(), 50);
        for (n, place) in places.iter().enumerate() {
            assert_eq!(chunks.get(*place), [n as u8; 100]);
            chunks.release(*place);
        }
        assert_eq!(chunks.held.len(), 1);
        assert!(!chunks.hold(places[0]), "gone");
        assert_eq!(chunks.get(places[0]), [0; 0]);
        assert_eq!(chunks.held_bytes(), 256);
    }

    #[test]
    fn what_is_longer_than_a_chunk_gets_one_of_its_own() {
        let mut chunks = Chunks::for_bound(0);
        let small = chunks.append(b"small");
        assert!(chunks.hold(small));
        let large = chunks.append(&[7; 10_000]);
        assert!(chunks.hold(large));
        assert_eq!(chunks.held_bytes(), 256 + 10_000);
        assert_eq!(
            (chunks.get(small), chunks.get(large).len()),
            (&b"small"[..], 10_000)
        );
        chunks.release(small);
        assert_eq!(chunks.held_bytes(), 10_000);
    }

    #[test]
    fn emptied_chunks_are_used_again() {
        let mut chunks = Chunks::for_bound(16 * 256);
        let mut last = chunks.append(&[0; 200]);
        assert!(chunks.hold(last));
        for _ in 0..100 {
            let next = chunks.append(&[1; 200]);
            assert!(chunks.hold(next));
            chunks.release(std::mem::replace(&mut last, next));
            assert!(chunks.held.len() + chunks.spare.len() <= 2);
        }
    }
}
