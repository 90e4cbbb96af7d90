//! [`Chunk`]: bytes that go on together, and what they stand for.

use bytes::Bytes;

/// A packet on its way, or a part of one.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// The whole packet.
    packet: Bytes,
    /// The part of it that this is.
    from: usize,
    to: usize,
    /// For how many bytes of its sender it stands: they are released once it has gone.
    pub origin: usize,
    /// The journal is told of the packet, when its last byte goes on. It is not told of bytes that pass unread.
    pub told: bool,
    /// It is to be written in one go of its own.
    pub alone: bool,
}

impl Chunk {
    /// A whole packet that the journal is told of.
    pub fn packet(packet: Bytes, origin: usize) -> Self {
        Self {
            from: 0,
            to: packet.len(),
            packet,
            origin,
            told: true,
            alone: false,
        }
    }

    /// Bytes that pass unread.
    pub fn unread(bytes: Bytes) -> Self {
        let origin = bytes.len();
        Self {
            told: false,
            ..Self::packet(bytes, origin)
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.packet.get(self.from..self.to).unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.to - self.from
    }

    /// The packet, where this is the end of one that the journal is told of.
    pub fn ended_packet(&self) -> Option<&[u8]> {
        (self.told && self.to == self.packet.len()).then_some(&*self.packet)
    }

    /// Cuts the first `n` bytes off.
    pub fn split_to(&mut self, n: usize) -> Self {
        let n = n.min(self.len());
        let mut first = self.clone();
        first.to = self.from + n;
        // The last part stands for all that is left.
        first.origin = if n < self.len() {
            self.origin.min(n)
        } else {
            self.origin
        };
        self.from += n;
        self.origin -= first.origin;
        first
    }
}
