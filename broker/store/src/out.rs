//! Files that are written: a log, with zeros ahead, and a snapshot.

use std::io;

use crate::disk::File;
use crate::form::{self, HEADS, Head, Kind, Record};
use crate::helper::Portion;

/// The least and the most that a log is made longer at a time. A sync of bytes in a file that grows makes the system write
/// its own records too; where zeros are already, it writes the bytes alone.
const LEAST_AHEAD: u64 = 64 * 1024;
const MOST_AHEAD: u64 = 1024 * 1024;

/// A part of a snapshot has about as many bytes. So much is lost where one goes bad.
const PART: usize = 64 * 1024;

/// A number at random. The standard library seeds its hash maps from the system's source.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish()
}

/// A log that takes batches.
pub(crate) struct Log<F> {
    pub file: F,
    id: u64,
    at: u64,
    /// How long the file is: what is behind `at` is zeros.
    length: u64,
    /// Not written yet.
    buffer: Vec<u8>,
}

impl<F: File> Log<F> {
    /// Begins a log in an empty file. Its head goes out with the first batch.
    pub(crate) fn begin(file: F, store: [u8; 16], first: u64) -> Self {
        let id = random();
        let head = Head {
            kind: Kind::Log,
            store,
            file: id,
            number: first,
        };
        Self {
            file,
            id,
            at: 0,
            length: 0,
            buffer: form::head(&head),
        }
    }

    /// Takes a batch, which [`write`](Self::write) gives to the file.
    pub(crate) fn add(&mut self, number: u64, body: &[u8]) {
        form::put_frame(&mut self.buffer, self.id, number, body);
    }

    /// How many bytes of batches and head it has.
    pub(crate) fn bytes(&self) -> u64 {
        self.at
    }

    /// Writes what was added, and zeros behind it if there are no more.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let end = self.at + self.buffer.len() as u64;
        self.file.write_at(self.at, &self.buffer)?;
        self.at = end;
        self.buffer.clear();
        if end > self.length {
            let ahead = end.clamp(LEAST_AHEAD, MOST_AHEAD);
            self.buffer.resize(ahead as usize, 0);
            // On a disk that is nearly full there may be room for some of them, or none: they are a matter of speed.
            let written = self.file.write_at(end, &self.buffer);
            self.length = match written {
                Ok(()) => end + ahead,
                Err(_) => self.file.length()?.max(end),
            };
            self.buffer.clear();
        }
        self.buffer.shrink_to(MOST_AHEAD as usize);
        Ok(())
    }
}

/// A snapshot that is written.
pub(crate) struct SnapshotOut<F> {
    /// `None` while a portion of it is written.
    file: Option<F>,
    id: u64,
    at: u64,
    parts: u64,
    entries: u64,
    part: Vec<u8>,
    /// Whole frames that are not written yet.
    buffer: Vec<u8>,
}

impl<F: File> SnapshotOut<F> {
    /// Begins a snapshot of everything up to this batch.
    pub(crate) fn begin(file: F, store: [u8; 16], through: u64) -> Self {
        let id = random();
        let head = Head {
            kind: Kind::Snapshot,
            store,
            file: id,
            number: through,
        };
        Self {
            file: Some(file),
            id,
            at: 0,
            parts: 0,
            entries: 0,
            part: Vec::new(),
            buffer: form::head(&head),
        }
    }

    /// Adds a value and the number of the batch that put it.
    pub(crate) fn add(&mut self, number: u64, key: &[u8], value: &[u8]) {
        if !self.part.is_empty() && self.part.len() + key.len() + value.len() > PART {
            self.end_part();
        }
        form::put_record(&mut self.part, &Record::Kept { number, key, value });
        self.entries += 1;
    }

    fn end_part(&mut self) {
        form::put_frame(&mut self.buffer, self.id, self.parts, &self.part);
        self.parts += 1;
        self.part.clear();
    }

    /// How many bytes wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// How many bytes have been written.
    pub(crate) fn bytes(&self) -> u64 {
        self.at.max(HEADS as u64)
    }

    /// Writes the parts that are whole.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let Portion { mut file, at, bytes } = self.portion()?;
        let result = file.write_at(at, &bytes);
        self.back(file);
        result
    }

    /// The parts that are whole, to be written. The file goes along, and comes [`back`](Self::back).
    pub(crate) fn portion(&mut self) -> io::Result<Portion<F>> {
        let file = self.file.take().ok_or(io::ErrorKind::NotFound)?;
        let (at, bytes) = (self.at, std::mem::take(&mut self.buffer));
        self.at += bytes.len() as u64;
        Ok(Portion { file, at, bytes })
    }

    pub(crate) fn back(&mut self, file: F) {
        self.file = Some(file);
    }

    /// Adds the last part, which says how many values there are.
    pub(crate) fn end(&mut self) {
        if !self.part.is_empty() {
            self.end_part();
        }
        let entries = self.entries;
        form::put_record(&mut self.part, &Record::End { entries });
        self.end_part();
    }
}
