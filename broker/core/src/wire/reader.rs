//! `Reader`: a cursor over a packet's bytes that cannot run past their end and knows where it stands.

use super::PacketId;
use super::rule::{self, Broken, Parsed, Rule, TextRules, TopicRules, cut_short};

static PACKET_ID: Rule = cut_short!("the Packet Identifier");

/// The unread bytes of a packet, or of a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// The offset, from the packet's first byte, of the first byte after `rest`.
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads `rest`, whose first byte stands at `offset` in the packet.
    #[inline]
    pub(super) const fn new(rest: &'a [u8], offset: usize) -> Self {
        Self {
            rest,
            end: offset + rest.len(),
        }
    }

    /// Where the next byte stands, counted from the packet's first.
    #[inline]
    pub(super) const fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// How many bytes are unread.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Everything that is left.
    #[inline]
    pub(super) const fn remainder(self) -> &'a [u8] {
        self.rest
    }

    /// Errs unless every byte was read.
    #[inline]
    pub(super) fn finish(&self) -> Parsed<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.broken(&rule::TRAILING_BYTES))
        }
    }

    /// The next byte breaks `rule`.
    #[cold]
    pub(super) const fn broken(&self, rule: &'static Rule) -> Broken {
        rule.broken_at(self.offset())
    }

    #[inline]
    pub(super) fn byte(&mut self, cut_short: &'static Rule) -> Parsed<u8> {
        match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                Ok(byte)
            }
            None => Err(self.broken(cut_short)),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self, cut_short: &'static Rule) -> Parsed<[u8; N]> {
        match self.rest.split_first_chunk::<N>() {
            Some((&chunk, rest)) => {
                self.rest = rest;
                Ok(chunk)
            }
            None => Err(self.broken(cut_short)),
        }
    }

    /// A Two Byte Integer.
    #[inline]
    pub(super) fn two(&mut self, cut_short: &'static Rule) -> Parsed<u16> {
        Ok(u16::from_be_bytes(self.array(cut_short)?))
    }

    /// A Four Byte Integer.
    #[inline]
    pub(super) fn four(&mut self, cut_short: &'static Rule) -> Parsed<u32> {
        Ok(u32::from_be_bytes(self.array(cut_short)?))
    }

    /// A packet identifier; `zero` is the rule that an identifier of 0 breaks.
    #[inline]
    pub(super) fn packet_id(&mut self, zero: &'static Rule) -> Parsed<PacketId> {
        let offset = self.offset();
        // No section says which error a zero is. It can be read but is not allowed, so it is a protocol error.
        PacketId::new(self.two(&PACKET_ID)?).ok_or_else(|| zero.broken_at(offset))
    }

    /// The next `len` bytes.
    #[inline]
    pub(super) fn take(&mut self, len: usize, cut_short: &'static Rule) -> Parsed<&'a [u8]> {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(self.broken(cut_short)),
        }
    }

    /// Binary Data: a Two Byte Integer, and the bytes that it counts.
    #[inline]
    pub(super) fn binary(&mut self, cut_short: &'static Rule) -> Parsed<&'a [u8]> {
        let start = *self;
        let len = self.two(cut_short)?;
        // If the field is too long, the error names the start of the field, because its length is wrong.
        self.take(usize::from(len), cut_short)
            .map_err(|_| start.broken(cut_short))
    }

    /// A UTF-8 Encoded String: a Two Byte Integer, and the bytes that it counts, in UTF-8 without U+0000.
    #[inline]
    pub(super) fn text(&mut self, rules: &'static TextRules) -> Parsed<&'a str> {
        let bytes = self.binary(&rules.cut_short)?;
        // [MQTT5-1.5.4-1] [MQTT311-1.5.3-1]: surrogates are not UTF-8 to `from_utf8` either.
        // [MQTT5-1.5.4-3] [MQTT311-1.5.3-3]: U+FEFF is a character like any other.
        match std::str::from_utf8(bytes) {
            Ok(text) if !any(bytes, |byte| byte == 0) => Ok(text),
            _ => Err(text_breaks(rules, bytes, self.offset() - bytes.len())),
        }
    }

    /// A topic name: a string without wildcards. This does not check whether it is empty.
    #[inline]
    pub(super) fn topic_name(&mut self, rules: &'static TopicRules) -> Parsed<&'a str> {
        let bytes = self.binary(&rules.text.cut_short)?;
        match std::str::from_utf8(bytes) {
            Ok(text) if !any(bytes, |byte| byte == 0 || is_wildcard(byte)) => Ok(text),
            _ => Err(topic_breaks(rules, bytes, self.offset() - bytes.len())),
        }
    }

    /// A Variable Byte Integer in its shortest form, as 5.0 demands.
    #[inline]
    pub(super) fn varint(&mut self) -> Parsed<u32> {
        match self.rest.split_first() {
            Some((&byte, rest)) if byte < 0x80 => {
                self.rest = rest;
                Ok(u32::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Parsed<u32> {
        match Varint::parse(self.rest) {
            // [MQTT5-1.5.5-1]
            Varint::Value { shortest: false, .. } => Err(self.broken(&rule::VARINT_NOT_SHORTEST)),
            Varint::Value { value, len, .. } => {
                self.take(len, &rule::VARINT_CUT_SHORT)?;
                Ok(value)
            }
            Varint::Incomplete => Err(self.broken(&rule::VARINT_CUT_SHORT)),
            Varint::TooLong => Err(self.broken(&rule::VARINT_TOO_LONG)),
        }
    }
}

/// The first bytes of a slice, read as a Variable Byte Integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Varint {
    /// A value, in `len` bytes. `shortest` says that fewer bytes could not hold it.
    Value { value: u32, len: usize, shortest: bool },
    /// The slice ends inside it.
    Incomplete,
    /// The fourth byte says that a fifth follows.
    TooLong,
}

impl Varint {
    #[inline]
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut value = 0;
        for (index, &byte) in bytes.iter().take(4).enumerate() {
            value |= u32::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                return Self::Value {
                    value,
                    len: index + 1,
                    shortest: index == 0 || byte != 0,
                };
            }
        }
        if bytes.len() < 4 {
            Self::Incomplete
        } else {
            Self::TooLong
        }
    }
}

/// Whether `wanted` accepts one of `bytes`. The loop never ends early, so that the compiler can look at many bytes at
/// once.
#[inline]
fn any(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, &byte| found | wanted(byte))
}

const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'+' | b'#')
}

/// Which rule of strings `bytes`, at `start` in the packet, break first.
#[cold]
fn text_breaks(rules: &'static TextRules, bytes: &[u8], start: usize) -> Broken {
    match std::str::from_utf8(bytes) {
        Err(error) => rules.not_utf8.broken_at(start + error.valid_up_to()),
        // [MQTT5-1.5.4-2] [MQTT311-1.5.3-2]
        Ok(_) => rules
            .nul
            .broken_at(start + bytes.iter().take_while(|&&byte| byte != 0).count()),
    }
}

/// Which rule of topic names `bytes`, at `start` in the packet, break first.
#[cold]
fn topic_breaks(rules: &'static TopicRules, bytes: &[u8], start: usize) -> Broken {
    if std::str::from_utf8(bytes).is_err() || bytes.contains(&0) {
        return text_breaks(&rules.text, bytes, start);
    }
    rules
        .wildcard
        .broken_at(start + bytes.iter().take_while(|&&byte| !is_wildcard(byte)).count())
}
