//! A store that is open: commits, one after the other.

use std::collections::VecDeque;

use crate::batch::Batch;
use crate::compaction::Compaction;
use crate::disk::{Disk, File};
use crate::error::{OpenError, Refused, Trouble};
use crate::form::{self, MAX_BODY, Record, Records};
use crate::helper::Helper;
use crate::index::Index;
use crate::out::Log;
use crate::recover::{self, Recovered};
use crate::repair;

/// When a batch counts as kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once the disk has it: it outlives a power cut.
    #[default]
    Fsync,
    /// Once the system has it: it outlives the process, not the system.
    Os,
}

/// How a store works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// When a batch counts as kept.
    pub durability: Durability,
    /// Files are compacted when all of them together have more bytes than this, and more than
    /// [`growth`](Self::growth) times what is live. By default 8 MiB.
    pub compact_from_bytes: u64,
    /// See there; by default 3. With 1, a snapshot is being written at all times.
    pub growth: u64,
    /// So much of a snapshot is written between two commits, in bytes; or as much as the commit had, if that is more.
    /// By default 256 KiB.
    pub portion_bytes: usize,
    /// At most so many bytes of batches may wait for the disk; by default 64 MiB. A larger batch is taken only when none
    /// waits.
    pub max_waiting_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Fsync,
            compact_from_bytes: 8 * 1024 * 1024,
            growth: 3,
            portion_bytes: 256 * 1024,
            max_waiting_bytes: 64 * 1024 * 1024,
        }
    }
}

/// So many bytes of batches are written and synced at once; or half of what waits, if that is more. A disk whose syncs are
/// slow has much waiting, and does away with it in few of them.
const GROUP: usize = 1024 * 1024;

/// A file that has batches which count, or a snapshot of them.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub name: String,
    /// The last batch that counts in it. What comes later in the file was written again elsewhere. 0: it has nothing.
    pub through: u64,
    pub bytes: u64,
}

impl Source {
    pub(crate) fn is_snapshot(&self) -> bool {
        self.name.starts_with("snapshot")
    }
}

/// A store that is open. It is driven by calls; [`Writer`](crate::Writer) does so on a thread.
pub struct Store<D: Disk> {
    pub(crate) disk: D,
    pub(crate) options: Options,
    pub(crate) id: [u8; 16],
    next_file: u64,
    /// The last batch that is kept.
    pub(crate) kept: u64,
    pub(crate) index: Index,
    /// What was taken and is not kept, in order.
    waiting: VecDeque<Batch>,
    waiting_bytes: usize,
    /// The log that takes batches. `None` at the start, after a failure, and when a snapshot is begun.
    log: Option<Log<D::File>>,
    /// Oldest first; the one that is written is the last.
    pub(crate) files: Vec<Source>,
    pub(crate) compaction: Option<Compaction<D::File>>,
    /// Writes snapshots, if there is one; else the caller of [`compact`](Self::compact) waits for it.
    pub(crate) helper: Option<Helper<D::File>>,
    /// Files that nothing needs any more.
    pub(crate) garbage: Vec<String>,
    /// A compaction that failed is tried again when the files have so many bytes.
    pub(crate) compact_again_at: u64,
    /// A sync failed: a file is not trusted, so that a snapshot is wanted at once.
    pub(crate) distrusted: bool,
}

impl<D: Disk> Store<D> {
    /// Opens the store on this disk, or begins one there.
    ///
    /// # Errors
    ///
    /// If a file has an unknown form, belongs to another store, or cannot be read at all; if something had to be dropped
    /// and what is left cannot be written. Damage is no error: see [`Recovered::dropped`].
    pub fn open(disk: D, options: Options) -> Result<(Self, Recovered), OpenError> {
        let mut found = recover::recover(&disk)?;
        repair::settle(&disk, &mut found)?;
        let entries = found.entries.iter();
        let index = Index::of(
            entries.map(|(key, (number, value))| (key.clone(), *number, form::kept_bytes(key, value))),
        );
        let store = Self {
            disk,
            options,
            id: found.id,
            next_file: found.next_file,
            kept: found.through,
            index,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            log: None,
            files: found.files,
            compaction: None,
            helper: None,
            garbage: found.garbage,
            compact_again_at: 0,
            distrusted: false,
        };
        let entries = found.entries.into_iter().map(|(key, (_, value))| (key, value));
        let recovered = Recovered {
            entries: entries.collect(),
            through: found.through,
            dropped: found.dropped,
        };
        Ok((store, recovered))
    }

    /// The last batch that is kept. Batches are counted from 1 on, over all runs.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// The last batch that was taken.
    pub fn taken(&self) -> u64 {
        self.kept + self.waiting.len() as u64
    }

    /// How many bytes were taken and are not kept.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// How many keys there are, and how many bytes they and their values take.
    pub fn live(&self) -> (usize, u64) {
        (self.index.keys(), self.index.bytes())
    }

    /// How many bytes the files have, without the zeros at the end of a log.
    pub fn disk_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Takes a batch, which the next [`commit`](Self::commit) writes, and says which number it has.
    ///
    /// # Errors
    ///
    /// If it is too large, or too much waits.
    pub fn take(&mut self, batch: Batch) -> Result<u64, Refused> {
        admit(&batch, self.waiting_bytes, self.options.max_waiting_bytes)?;
        self.take_admitted(batch);
        Ok(self.taken())
    }

    /// Takes a batch that was admitted before.
    pub(crate) fn take_admitted(&mut self, batch: Batch) {
        self.waiting_bytes += batch.bytes();
        self.waiting.push_back(batch);
    }

    /// Writes a group of the batches that wait, and makes them durable. Says the last batch that is kept.
    ///
    /// # Errors
    ///
    /// If the disk refuses. The batches wait on, with their numbers, and the next call writes them to a new file: the
    /// one that failed is not written to again.
    pub fn commit(&mut self) -> Result<u64, Trouble> {
        if self.waiting.is_empty() {
            return Ok(self.kept);
        }
        let mut log = match self.log.take() {
            Some(log) => log,
            None => self.begin_log().inspect_err(|_| self.give_up_snapshot())?,
        };
        let group = GROUP.max(self.waiting_bytes / 2);
        let mut bytes = 0;
        let mut count = 0;
        for batch in &self.waiting {
            if count > 0 && bytes + batch.bytes() > group {
                break;
            }
            bytes += batch.bytes();
            count += 1;
            log.add(self.kept + count, &batch.body);
        }
        if let Err(trouble) = self.make_durable(&mut log) {
            self.give_up_log();
            return Err(trouble);
        }
        let first = self.kept + 1;
        for (number, batch) in (first..).zip(self.waiting.drain(..count as usize)) {
            self.waiting_bytes -= batch.bytes();
            apply(&mut self.index, number, &batch);
        }
        self.kept += count;
        // The log is the last of the files.
        if let Some(file) = self.files.last_mut() {
            (file.through, file.bytes) = (self.kept, log.bytes());
        }
        self.log = Some(log);
        Ok(self.kept)
    }

    fn begin_log(&mut self) -> Result<Log<D::File>, Trouble> {
        let name = format!("log-{:010}", self.next_number());
        let file = self
            .disk
            .create(&name)
            .map_err(Trouble::with(format!("{name} cannot be made")))?;
        self.files.push(Source {
            name,
            through: 0,
            bytes: 0,
        });
        Ok(Log::begin(file, self.id, self.kept + 1))
    }

    /// A number that no file has had.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.next_file += 1;
        self.next_file - 1
    }

    fn make_durable(&mut self, log: &mut Log<D::File>) -> Result<(), Trouble> {
        let is_new = self.files.last().is_none_or(|file| file.through == 0);
        let name = self.files.last().map_or("the log", |file| &file.name);
        log.write()
            .map_err(Trouble::with(format!("{name} cannot be written")))?;
        if self.options.durability == Durability::Os {
            return Ok(());
        }
        // MQTT5-4.3.2-4 and its like are answered behind this line only.
        if let Err(error) = log.file.sync() {
            self.distrusted = true;
            return Err(Trouble::with(format!("{name} cannot be synced"))(error));
        }
        if is_new {
            self.disk
                .sync_names()
                .map_err(Trouble::with("the directory cannot be synced"))?;
        }
        Ok(())
    }

    /// Leaves a log that failed. If nothing in it counts, it goes; that it may come back is no harm, since the next
    /// log has the same batches with the same numbers.
    fn give_up_log(&mut self) {
        self.give_up_snapshot();
        if let Some(file) = self.files.pop_if(|file| file.through == 0) {
            let _ = self.disk.remove(&file.name);
        }
    }

    /// Lets the log be, so that the next batch begins a new one.
    pub(crate) fn close_log(&mut self) {
        self.log = None;
    }
}

/// Whether a batch may wait, where so many bytes wait already.
pub(crate) fn admit(batch: &Batch, waiting: usize, limit: usize) -> Result<(), Refused> {
    let bytes = batch.bytes();
    if batch.body.len() > MAX_BODY {
        return Err(Refused::TooLarge {
            bytes,
            limit: MAX_BODY,
        });
    }
    if waiting > 0 && waiting + bytes > limit {
        return Err(Refused::Waiting {
            bytes: waiting,
            limit,
        });
    }
    Ok(())
}

fn apply(index: &mut Index, number: u64, batch: &Batch) {
    for record in Records::of(&batch.body).flatten() {
        match record {
            Record::Put { key, value } => index.put(key, number, form::kept_bytes(key, value)),
            Record::Remove { key } => index.remove(key),
            Record::RemoveAll { prefix } => index.remove_all(prefix),
            Record::Kept { .. } | Record::End { .. } => {}
        }
    }
}
