//! Encoding: every packet describes its bytes once, to a [`Sink`]. One sink counts them, the other writes them.
//!
//! So the Remaining Length is known before the first byte is written, without a buffer in between, and it always agrees
//! with the bytes.

use super::{MAX_REMAINING_LENGTH, Version};

/// Takes a packet's bytes in order.
pub(super) trait Sink {
    fn bytes(&mut self, bytes: &[u8]);

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    /// A Two Byte Integer.
    #[inline]
    fn two(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// A Four Byte Integer.
    #[inline]
    fn four(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// A Variable Byte Integer in its shortest form. [MQTT5-1.5.5-1]
    #[inline]
    fn varint(&mut self, value: usize) {
        let mut left = value;
        while left > 0x7F {
            self.byte((left & 0x7F) as u8 | 0x80);
            left >>= 7;
        }
        self.byte(left as u8);
    }

    /// Binary Data, cut after the 65,535 bytes that its length can count.
    #[inline]
    fn binary(&mut self, bytes: &[u8]) {
        let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.two(len);
        self.bytes(bytes.get(..usize::from(len)).unwrap_or(bytes));
    }

    /// A UTF-8 Encoded String, cut between two characters after at most the 65,535 bytes that its length can count.
    #[inline]
    fn text(&mut self, text: &str) {
        self.binary(clip(text).as_bytes());
    }
}

/// As much of `text` as a UTF-8 Encoded String can hold. Peers cannot send more, but our own texts could be longer.
#[inline]
pub(super) fn clip(text: &str) -> &str {
    const MAX: usize = u16::MAX as usize;
    if text.len() <= MAX {
        return text;
    }
    // No character is longer than four bytes, so one of these four cuts falls between two.
    (MAX - 3..=MAX)
        .rev()
        .find_map(|end| text.get(..end))
        .unwrap_or_default()
}

impl Sink for Vec<u8> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Counts the bytes it is given.
#[derive(Debug, Default)]
pub(super) struct Length(pub(super) usize);

impl Sink for Length {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

/// A packet without its fixed header.
pub(super) trait Body {
    /// Gives `sink` the variable header and the payload in `version`.
    fn put<S: Sink>(&self, version: Version, sink: &mut S);

    /// The Remaining Length.
    #[inline]
    fn remaining_len(&self, version: Version) -> usize {
        let mut length = Length::default();
        self.put(version, &mut length);
        length.0
    }

    /// The length of the whole packet.
    #[inline]
    fn len_with_header(&self, version: Version) -> usize {
        let remaining = self.remaining_len(version);
        fixed_header_len(remaining) + remaining
    }

    /// Appends the packet whose first byte is `first` to `out`.
    #[inline]
    fn append(&self, first: u8, version: Version, out: &mut Vec<u8>) {
        let remaining = self.remaining_len(version);
        if fixed_header(first, remaining, remaining, out).is_some() {
            self.put(version, out);
        }
    }
}

/// Appends a fixed header, reserves memory for `reserve` bytes after it and returns the header's length. If the
/// protocol cannot express a packet this long, writes nothing and returns `None`.
#[inline]
pub(super) fn fixed_header(first: u8, remaining: usize, reserve: usize, out: &mut Vec<u8>) -> Option<usize> {
    if remaining > MAX_REMAINING_LENGTH {
        return None;
    }
    let len = fixed_header_len(remaining);
    out.reserve(len + reserve);
    out.byte(first);
    out.varint(remaining);
    Some(len)
}

/// How many bytes the first byte and the Remaining Length take.
#[inline]
pub(super) const fn fixed_header_len(remaining: usize) -> usize {
    match remaining {
        0..=0x7F => 2,
        0x80..=0x3FFF => 3,
        0x4000..=0x1F_FFFF => 4,
        _ => 5,
    }
}
