//! The form of the files, version 1. All numbers are little-endian.
//!
//! A file begins with its head, twice, so that one flipped bit there does not cost the file:
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | `CITRSTOR` |
//! | 8 | 4 | version of the form |
//! | 12 | 4 | check of the 12 bytes before it. Up to here every version is the same |
//! | 16 | 8 | kind: 1 log, 2 snapshot |
//! | 24 | 16 | the store, at random: all files of a directory have the same |
//! | 40 | 8 | the file, at random: part of every check in it, so that old blocks of another file are never taken for its own |
//! | 48 | 8 | of a log, the number of its first batch; of a snapshot, that of the last batch in it |
//! | 56 | 8 | check of the 56 bytes before it |
//!
//! Frames follow. In a log each is a batch. In a snapshot each is a part of it, numbered from 0.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 4 | a mark, `0xC17A_F4A3` |
//! | 4 | 4 | length of the body |
//! | 8 | 8 | number |
//! | 16 | 8 | check of length, number and body |
//! | 24 | … | body: records |
//!
//! Behind the last frame a log has zeros, which were written ahead: a sync costs far less where a file does not grow.
//! A check is XXH3 with 64 bits; its seed is the file's number (in a head, 0).

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The version that is written.
pub(crate) const VERSION: u32 = 1;

/// What files of every version begin with.
const MAGIC: [u8; 8] = *b"CITRSTOR";

/// One copy of the head.
const HEAD: usize = 64;

/// Where frames begin.
pub(crate) const HEADS: usize = 2 * HEAD;

/// Before the body of a frame.
pub(crate) const FRAME_HEAD: usize = 24;

/// What each frame begins with.
pub(crate) const MARK: [u8; 4] = 0xC17A_F4A3_u32.to_le_bytes();

/// A body is shorter than this. The largest MQTT packet has 256 MiB.
pub(crate) const MAX_BODY: usize = 1 << 30;

/// Numbers stay below this, so that no sum of two overflows.
pub(crate) const MAX_NUMBER: u64 = 1 << 62;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Log,
    Snapshot,
}

/// The head of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub kind: Kind,
    pub store: [u8; 16],
    pub file: u64,
    /// Of a log, the number of its first batch; of a snapshot, that of the last batch in it.
    pub number: u64,
}

/// What the first bytes of a file are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Head(Head),
    /// A whole beginning of another version.
    Version(u32),
    /// Neither copy is whole.
    Damaged,
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The head of a file, with its copy.
pub(crate) fn head(head: &Head) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADS);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    let check = xxh3_64(&bytes) as u32;
    bytes.extend_from_slice(&check.to_le_bytes());
    let kind: u64 = match head.kind {
        Kind::Log => 1,
        Kind::Snapshot => 2,
    };
    bytes.extend_from_slice(&kind.to_le_bytes());
    bytes.extend_from_slice(&head.store);
    bytes.extend_from_slice(&head.file.to_le_bytes());
    bytes.extend_from_slice(&head.number.to_le_bytes());
    let check = xxh3_64(&bytes);
    bytes.extend_from_slice(&check.to_le_bytes());
    bytes.extend_from_within(..);
    bytes
}

/// Reads the first bytes of a file: the first copy of the head, or else the second.
pub(crate) fn read_head(bytes: &[u8]) -> Read {
    let mut version = None;
    for copy in bytes.chunks_exact(HEAD).take(2) {
        match read_copy(copy) {
            Some(Read::Head(head)) => return Read::Head(head),
            Some(Read::Version(other)) => version = Some(other),
            _ => {}
        }
    }
    // Another version may have no second copy there.
    version.map_or(Read::Damaged, Read::Version)
}

fn read_copy(bytes: &[u8]) -> Option<Read> {
    let begins = bytes.starts_with(&MAGIC) && u32_at(bytes, 12)? == xxh3_64(&bytes[..12]) as u32;
    if !begins {
        return None;
    }
    // A later version is read here, beside the first: what follows depends on it.
    let version = u32_at(bytes, 8)?;
    if version != VERSION {
        return Some(Read::Version(version));
    }
    if u64_at(bytes, 56)? != xxh3_64(&bytes[..56]) {
        return None;
    }
    let kind = match u64_at(bytes, 16)? {
        1 => Kind::Log,
        2 => Kind::Snapshot,
        _ => return None,
    };
    let number = u64_at(bytes, 48)?;
    (number < MAX_NUMBER).then_some(Read::Head(Head {
        kind,
        store: bytes[24..40].try_into().ok()?,
        file: u64_at(bytes, 40)?,
        number,
    }))
}

fn check(file: u64, length: u32, number: u64, body: &[u8]) -> u64 {
    let mut check = Xxh3::with_seed(file);
    check.update(&length.to_le_bytes());
    check.update(&number.to_le_bytes());
    check.update(body);
    check.digest()
}

/// Appends a frame. The body is shorter than [`MAX_BODY`].
pub(crate) fn put_frame(into: &mut Vec<u8>, file: u64, number: u64, body: &[u8]) {
    let length = body.len() as u32;
    into.extend_from_slice(&MARK);
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&number.to_le_bytes());
    into.extend_from_slice(&check(file, length, number, body).to_le_bytes());
    into.extend_from_slice(body);
}

/// What stands before the body of a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHead {
    pub length: usize,
    pub number: u64,
    check: u64,
}

impl FrameHead {
    /// Reads it, if these bytes can be one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let length = u32_at(bytes, 4)? as usize;
        let head = Self {
            length,
            number: u64_at(bytes, 8)?,
            check: u64_at(bytes, 16)?,
        };
        (bytes.starts_with(&MARK) && length <= MAX_BODY && head.number < MAX_NUMBER).then_some(head)
    }

    /// Whether this is its body.
    pub(crate) fn fits(&self, file: u64, body: &[u8]) -> bool {
        body.len() == self.length && check(file, self.length as u32, self.number, body) == self.check
    }
}

/// A record in the body of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record<'a> {
    Put {
        key: &'a [u8],
        value: &'a [u8],
    },
    Remove {
        key: &'a [u8],
    },
    RemoveAll {
        prefix: &'a [u8],
    },
    /// In a snapshot: a value, with the number of the batch that put it.
    Kept {
        number: u64,
        key: &'a [u8],
        value: &'a [u8],
    },
    /// In a snapshot, the last record: how many values stand before it.
    End {
        entries: u64,
    },
}

/// Appends a record: a byte that says which, lengths or numbers, then the bytes.
pub(crate) fn put_record(into: &mut Vec<u8>, record: &Record<'_>) {
    let mut add = |kind: u8, number: Option<u64>, key: &[u8], value: Option<&[u8]>| {
        into.push(kind);
        if let Some(number) = number {
            into.extend_from_slice(&number.to_le_bytes());
        }
        if kind == 5 {
            return;
        }
        into.extend_from_slice(&(key.len() as u32).to_le_bytes());
        if let Some(value) = value {
            into.extend_from_slice(&(value.len() as u32).to_le_bytes());
        }
        into.extend_from_slice(key);
        into.extend_from_slice(value.unwrap_or_default());
    };
    match *record {
        Record::Put { key, value } => add(1, None, key, Some(value)),
        Record::Remove { key } => add(2, None, key, None),
        Record::RemoveAll { prefix } => add(3, None, prefix, None),
        Record::Kept { number, key, value } => add(4, Some(number), key, Some(value)),
        Record::End { entries } => add(5, Some(entries), &[], None),
    }
}

/// The records of a body, one after the other. `None` where the bytes are no record; the iteration ends there.
pub(crate) struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    pub(crate) fn of(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn length(&mut self) -> Option<usize> {
        self.take(4)
            .and_then(|bytes| u32_at(bytes, 0))
            .map(|length| length as usize)
    }

    fn number(&mut self) -> Option<u64> {
        self.take(8).and_then(|bytes| u64_at(bytes, 0))
    }

    fn pair(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let (key, value) = (self.length()?, self.length()?);
        Some((self.take(key)?, self.take(value)?))
    }

    fn record(&mut self) -> Option<Record<'a>> {
        Some(match self.take(1)?[0] {
            1 => {
                let (key, value) = self.pair()?;
                Record::Put { key, value }
            }
            kind @ (2 | 3) => {
                let length = self.length()?;
                let key = self.take(length)?;
                if kind == 2 {
                    Record::Remove { key }
                } else {
                    Record::RemoveAll { prefix: key }
                }
            }
            4 => {
                let number = self.number()?;
                let (key, value) = self.pair()?;
                Record::Kept { number, key, value }
            }
            5 => Record::End {
                entries: self.number()?,
            },
            _ => return None,
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Option<Record<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_none() {
            self.rest = &[];
        }
        Some(record)
    }
}

/// What a value takes in a snapshot, in bytes.
pub(crate) fn kept_bytes(key: &[u8], value: &[u8]) -> u64 {
    (17 + key.len() + value.len()) as u64
}
