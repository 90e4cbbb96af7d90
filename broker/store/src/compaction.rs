//! A snapshot is written in portions between commits; then the files before it go.
//!
//! It is the state after the last batch before it was begun, exactly. The values come from the files themselves, read in
//! order; the index says which of them counted then.

use std::collections::VecDeque;
use std::io;

use crate::disk::Disk;
use crate::error::Trouble;
use crate::form::{Read, Record, Records};
use crate::frames::{Frames, Step};
use crate::helper::Helper;
use crate::out::SnapshotOut;
use crate::store::{Source, Store};

/// A snapshot on its way.
pub(crate) struct Compaction<F> {
    /// Its name, once it is whole.
    name: String,
    /// How many files it takes the place of: the oldest.
    sources: usize,
    unread: VecDeque<Source>,
    reading: Option<Reading<F>>,
    out: SnapshotOut<F>,
    /// All is copied: what is not written yet is the last of it.
    copied: bool,
}

/// A file, and how far it was read.
type Reading<F> = (Source, Frames<F>);

/// The name of a snapshot before it is whole.
pub(crate) fn unfinished(name: &str) -> String {
    format!("{name}.new")
}

/// Bytes that should be there, and were when they were written.
fn unreadable(name: &str, at: u64) -> Trouble {
    let source = io::Error::new(
        io::ErrorKind::InvalidData,
        "the bytes are not those that were written",
    );
    Trouble::with(format!("{name} cannot be read at byte {at}"))(source)
}

impl<D: Disk> Store<D> {
    /// Whether [`compact`](Self::compact) has something to do.
    pub fn wants_compaction(&self) -> bool {
        if self.compaction.is_some() || !self.garbage.is_empty() {
            return true;
        }
        let bytes = self.disk_bytes();
        let outgrown = bytes > self.options.compact_from_bytes
            && bytes > self.options.growth.saturating_mul(self.index.bytes());
        (outgrown || self.distrusted) && bytes >= self.compact_again_at
    }

    /// Whether a portion of a snapshot is with the helper, so that nothing can be done until it is back.
    pub(crate) fn waits_for_helper(&self) -> bool {
        self.helper.as_ref().is_some_and(Helper::is_busy)
    }

    /// Does a portion of what is to be done: about so many bytes of a snapshot, or a file removed.
    ///
    /// # Errors
    ///
    /// If the disk refuses. The snapshot is given up, and begun anew when the files have grown by half. Nothing is lost
    /// by it.
    pub fn compact(&mut self, portion: usize) -> Result<(), Trouble> {
        if let Some(name) = self.garbage.pop() {
            // A file that stays costs room only; the next start tries again.
            return self
                .disk
                .remove(&name)
                .map_err(Trouble::with(format!("{name} cannot be removed")));
        }
        if !self.wants_compaction() {
            return Ok(());
        }
        let written = self.helper.as_mut().filter(|helper| helper.is_busy());
        let written = match written.map(Helper::take) {
            // It is not back.
            Some(None) => return Ok(()),
            Some(Some(written)) => Some(written),
            None => None,
        };
        let Some(compaction) = self.compaction.take() else {
            // If something came back, it was of a snapshot that has been given up.
            return match self.begin_snapshot() {
                Ok(compaction) => self.go_on(compaction, portion),
                Err(trouble) => self.give_up(trouble),
            };
        };
        match written {
            Some(written) => self.written(compaction, written),
            None => self.go_on(compaction, portion),
        }
    }

    /// Copies a portion, and has it written.
    fn go_on(&mut self, mut compaction: Compaction<D::File>, portion: usize) -> Result<(), Trouble> {
        let failed = Trouble::with(format!("{} cannot be written", unfinished(&compaction.name)));
        let copied = self.copy(&mut compaction, portion).and_then(|all| {
            compaction.copied = all;
            if all {
                compaction.out.end();
            }
            compaction.out.portion().map_err(failed)
        });
        let portion = match copied {
            Ok(portion) => portion,
            Err(trouble) => return self.abandon(&compaction.name, trouble),
        };
        if let Some(helper) = &mut self.helper {
            helper.give(portion);
            self.compaction = Some(compaction);
            return Ok(());
        }
        let (file, result) = portion.write();
        self.written(compaction, result.map(|()| file))
    }

    /// A portion is on the disk, or is not.
    fn written(
        &mut self,
        mut compaction: Compaction<D::File>,
        written: io::Result<D::File>,
    ) -> Result<(), Trouble> {
        match written {
            Ok(file) => compaction.out.back(file),
            Err(error) => {
                let failed = Trouble::with(format!("{} cannot be written", unfinished(&compaction.name)));
                return self.abandon(&compaction.name, failed(error));
            }
        }
        if compaction.copied {
            return self.finish(compaction);
        }
        self.compaction = Some(compaction);
        Ok(())
    }

    fn abandon(&mut self, name: &str, trouble: Trouble) -> Result<(), Trouble> {
        let _ = self.disk.remove(&unfinished(name));
        self.give_up(trouble)
    }

    /// Gives up a snapshot that is on its way: the room it takes may be what a commit lacks.
    pub(crate) fn give_up_snapshot(&mut self) {
        if let Some(compaction) = self.compaction.take() {
            let _ = self.disk.remove(&unfinished(&compaction.name));
            self.try_later();
        }
    }

    fn try_later(&mut self) {
        self.index.thaw();
        let bytes = self.disk_bytes();
        self.compact_again_at = bytes + (bytes / 2).max(self.options.compact_from_bytes);
    }

    fn give_up(&mut self, trouble: Trouble) -> Result<(), Trouble> {
        self.try_later();
        Err(trouble)
    }

    fn begin_snapshot(&mut self) -> Result<Compaction<D::File>, Trouble> {
        // The log before it ends here, and the next batch begins another with a higher number.
        self.close_log();
        let name = format!("snapshot-{:010}", self.next_number());
        let new = unfinished(&name);
        let file = self
            .disk
            .create(&new)
            .map_err(Trouble::with(format!("{new} cannot be made")))?;
        self.index.freeze(self.kept);
        Ok(Compaction {
            name,
            sources: self.files.len(),
            unread: self.files.iter().cloned().collect(),
            reading: None,
            out: SnapshotOut::begin(file, self.id, self.kept),
            copied: false,
        })
    }

    /// Copies a portion. Says whether all is copied.
    fn copy(&self, compaction: &mut Compaction<D::File>, portion: usize) -> Result<bool, Trouble> {
        let portion = portion.max(1);
        // What is read counts too: files may be large of which little is live.
        let mut read = 0;
        while read < 4 * portion && compaction.out.waiting() < portion {
            let Some((source, mut frames)) = self.current(compaction)? else {
                return Ok(true);
            };
            let before = frames.at();
            let more = self.copy_frame(&source, &mut frames, &mut compaction.out)?;
            read += (frames.at() - before) as usize;
            if more {
                compaction.reading = Some((source, frames));
            }
        }
        Ok(false)
    }

    /// The file that is read, or the next one.
    fn current(&self, compaction: &mut Compaction<D::File>) -> Result<Option<Reading<D::File>>, Trouble> {
        if compaction.reading.is_some() {
            return Ok(compaction.reading.take());
        }
        while let Some(source) = compaction.unread.pop_front() {
            if source.through == 0 {
                continue;
            }
            let failed = || Trouble::with(format!("{} cannot be read", source.name));
            let file = self.disk.open(&source.name).map_err(failed())?;
            let (head, frames) = Frames::open(file).map_err(failed())?;
            return match head {
                Read::Head(_) => Ok(Some((source, frames))),
                _ => Err(unreadable(&source.name, 0)),
            };
        }
        Ok(None)
    }

    /// Copies what counts of the next frame. Says whether there is more to read in this file.
    fn copy_frame(
        &self,
        source: &Source,
        frames: &mut Frames<D::File>,
        out: &mut SnapshotOut<D::File>,
    ) -> Result<bool, Trouble> {
        let at = frames.at();
        let failed = Trouble::with(format!("{} cannot be read at byte {at}", source.name));
        let Step::Frame { number: batch } = frames.next().map_err(failed)? else {
            return Err(unreadable(&source.name, at));
        };
        for record in Records::of(frames.body()) {
            match record {
                Some(Record::Put { key, value }) if self.index.counted(key, batch) => {
                    out.add(batch, key, value);
                }
                Some(Record::Kept { number, key, value }) if self.index.counted(key, number) => {
                    out.add(number, key, value);
                }
                Some(Record::End { .. }) => return Ok(false),
                Some(_) => {}
                None => return Err(unreadable(&source.name, at)),
            }
        }
        // Of a snapshot, the last part says that it is the last; its parts are not counted as batches are.
        Ok(source.is_snapshot() || batch < source.through)
    }

    /// The snapshot is whole: it takes its name, and the files before it are garbage.
    fn finish(&mut self, compaction: Compaction<D::File>) -> Result<(), Trouble> {
        let new = unfinished(&compaction.name);
        let name = compaction.name;
        if let Err(error) = self.disk.rename(&new, &name) {
            let failed = Trouble::with(format!("{new} cannot be renamed"));
            return self.abandon(&name, failed(error));
        }
        let mut snapshot = Source {
            name,
            through: self.index.frozen_through().max(1),
            bytes: compaction.out.bytes(),
        };
        if let Err(error) = self.disk.sync_names() {
            // It may be there after a power cut or not, so that the files before it stay. It has nothing that they have not.
            snapshot.through = 0;
            self.files.insert(0, snapshot);
            return self.give_up(Trouble::with("the directory cannot be synced")(error));
        }
        self.index.thaw();
        let old = self.files.splice(..compaction.sources, [snapshot]);
        self.garbage.extend(old.map(|source| source.name));
        self.distrusted = false;
        self.compact_again_at = 0;
        Ok(())
    }
}
