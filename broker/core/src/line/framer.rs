//! [`Framer`]: cuts one direction of a connection into packets.

use crate::wire;

/// A piece at the front of the bytes that came, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A whole packet by its length; its content may be wrong.
    Packet(usize),
    /// Bytes before the fence.
    Fenced(usize),
    /// Bytes that are no packets, or belong to one that is too long to be kept.
    Unread(usize),
}

/// Cuts one direction of a connection into packets.
#[derive(Debug)]
pub(super) struct Framer {
    /// The beginning of a packet whose rest has not come yet.
    partial: Vec<u8>,
    /// So many bytes come before the fence.
    fence: usize,
    /// So many bytes are still to come of a packet that is too long to be kept.
    skip: usize,
    /// The stream is not MQTT any more.
    lost: bool,
    max_packet_bytes: usize,
}

impl Framer {
    pub fn new(fence: usize, max_packet_bytes: usize) -> Self {
        Self {
            partial: Vec::new(),
            fence,
            skip: 0,
            lost: false,
            max_packet_bytes,
        }
    }

    /// Whether what has passed so far ends in the middle of a packet.
    pub fn is_amid(&self) -> bool {
        self.fence > 0 || self.skip > 0
    }

    /// How many bytes of a packet it holds that has not come whole.
    pub fn len(&self) -> usize {
        self.partial.len()
    }

    /// What it holds with `bytes` behind it; `None` where it holds nothing, and `bytes` are all.
    pub fn joined(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.partial.is_empty() {
            return None;
        }
        let mut joined = std::mem::take(&mut self.partial);
        joined.extend_from_slice(bytes);
        Some(joined)
    }

    /// The piece at the front of `bytes`; `None` where more bytes are needed.
    pub fn next(&mut self, bytes: &[u8]) -> Option<Piece> {
        if bytes.is_empty() {
            return None;
        }
        if self.fence > 0 {
            let there = self.fence.min(bytes.len());
            self.fence -= there;
            return Some(Piece::Fenced(there));
        }
        if self.lost {
            return Some(Piece::Unread(bytes.len()));
        }
        if self.skip > 0 {
            let there = self.skip.min(bytes.len());
            self.skip -= there;
            return Some(Piece::Unread(there));
        }
        match wire::frame(bytes, usize::MAX) {
            Ok(Some(len)) if len > self.max_packet_bytes => {
                let there = len.min(bytes.len());
                self.skip = len - there;
                Some(Piece::Unread(there))
            }
            Ok(Some(len)) => (len <= bytes.len()).then_some(Piece::Packet(len)),
            Ok(None) => None,
            Err(_) => {
                self.lost = true;
                Some(Piece::Unread(bytes.len()))
            }
        }
    }

    /// Keeps what stands behind the first `done` bytes: the beginning of a packet.
    pub fn keep(&mut self, joined: Option<Vec<u8>>, bytes: &[u8], done: usize) {
        if let Some(mut joined) = joined {
            joined.drain(..done);
            self.partial = joined;
        } else {
            self.partial
                .extend_from_slice(bytes.get(done..).unwrap_or_default());
        }
    }

    /// Gives back what it holds.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.partial)
    }
}
