//! A disk in memory that keeps apart what was synced and what was not. A power cut may keep any part of the latter.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use broker_store::{Disk, File};

use super::chance::Chance;

/// What a disk writes at once, or in halves.
const SECTOR: usize = 512;

/// What of the writes that were not synced a power cut keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Nothing,
    Everything,
    /// Any sectors, halves of sectors, names, lengths, by chance.
    Any,
    /// As `Any`, and what was never written has old bytes of other files.
    AnyWithOldBytes,
}

/// What goes wrong, and at which operations that change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// From here on nothing works: the power is off.
    Power { from: u64 },
    /// No room: no writes, no new files.
    Full { from: u64, to: u64 },
    /// Syncs fail, and the system forgets what it had not written.
    Sync { from: u64, to: u64 },
    /// Everything fails.
    All { from: u64, to: u64 },
}

#[derive(Clone, Debug, Default)]
struct Content {
    durable: Vec<u8>,
    now: Vec<u8>,
    /// Not synced, in order.
    pending: Vec<(usize, Vec<u8>)>,
}

#[derive(Debug)]
struct State {
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Not synced, in order.
    pending_names: Vec<(String, Option<usize>)>,
    operations: u64,
    mishap: Option<Mishap>,
    chance: Chance,
}

/// The disk. A clone is the same disk.
#[derive(Clone, Debug)]
pub struct Forgetful(Arc<Mutex<State>>);

/// A file on it.
#[derive(Debug)]
pub struct Open {
    disk: Forgetful,
    file: usize,
}

fn refused(kind: io::ErrorKind) -> io::Error {
    io::Error::new(kind, "the disk of this test says no")
}

impl Forgetful {
    pub fn new(seed: u64) -> Self {
        Self::with(BTreeMap::new(), Chance(seed))
    }

    fn with(contents: BTreeMap<String, Vec<u8>>, chance: Chance) -> Self {
        let mut files = Vec::new();
        let mut names = BTreeMap::new();
        for (name, bytes) in contents {
            names.insert(name, files.len());
            files.push(Content {
                durable: bytes.clone(),
                now: bytes,
                pending: Vec::new(),
            });
        }
        Self(Arc::new(Mutex::new(State {
            files,
            durable_names: names.clone(),
            names,
            pending_names: Vec::new(),
            operations: 0,
            mishap: None,
            chance,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics inside")
    }

    pub fn plan(&self, mishap: Option<Mishap>) {
        self.state().mishap = mishap;
    }

    /// How many operations there were that change something.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// The bytes of a file, as a reader sees them now.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        state.files[state.names[name]].now.clone()
    }

    /// Puts other bytes in the place of a file.
    pub fn replace(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        let file = state.names[name];
        state.files[file] = Content {
            durable: bytes.clone(),
            now: bytes,
            pending: Vec::new(),
        };
    }

    /// Another disk with the same bytes, all of them durable.
    pub fn copy(&self) -> Self {
        let state = self.state();
        let content = |(name, file): (&String, &usize)| (name.clone(), state.files[*file].now.clone());
        Self::with(state.names.iter().map(content).collect(), state.chance.clone())
    }

    /// What is there when the power is back.
    pub fn after_power_cut(&self, keeps: Keeps, seed: u64) -> Self {
        let mut state = self.state();
        let mut chance = Chance(seed);
        let mut names = state.durable_names.clone();
        for (place, (name, file)) in state.pending_names.iter().enumerate() {
            // Of each name any of its states, whatever the others have.
            let earlier = state.pending_names[..place]
                .iter()
                .any(|(other, _)| other == name);
            let kept = match keeps {
                Keeps::Nothing => false,
                Keeps::Everything => true,
                _ => chance.below(2) == 0,
            };
            if kept || (earlier && keeps == Keeps::Everything) {
                match file {
                    Some(file) => names.insert(name.clone(), *file),
                    None => names.remove(name),
                };
            }
        }
        let files = state.files.iter().rev();
        let old: Vec<u8> = match keeps {
            Keeps::AnyWithOldBytes => files.flat_map(|file| file.now.clone()).collect(),
            _ => Vec::new(),
        };
        let contents = names.into_iter().map(|(name, file)| {
            let file = &mut state.files[file];
            (name, file.after_power_cut(keeps, &mut chance, &old))
        });
        Self::with(contents.collect(), chance)
    }
}

impl Content {
    fn after_power_cut(&self, keeps: Keeps, chance: &mut Chance, old: &[u8]) -> Vec<u8> {
        match keeps {
            Keeps::Nothing => return self.durable.clone(),
            Keeps::Everything => return self.apply_all(),
            Keeps::Any | Keeps::AnyWithOldBytes => {}
        }
        let full = self.apply_all().len();
        let mut bytes = self.durable.clone();
        bytes.resize(full.max(self.durable.len()), 0);
        if keeps == Keeps::AnyWithOldBytes && !old.is_empty() {
            let from = chance.below(old.len());
            let unwritten = bytes[self.durable.len()..].iter_mut();
            for (byte, other) in unwritten.zip(old.iter().cycle().skip(from)) {
                *byte = *other;
            }
        }
        let mut kept_to = self.durable.len();
        for sector in 0..bytes.len().div_ceil(SECTOR) {
            let (from, to) = (sector * SECTOR, ((sector + 1) * SECTOR).min(bytes.len()));
            let pieces: Vec<_> = self
                .pending
                .iter()
                .filter(|(at, piece)| *at < to && at + piece.len() > from)
                .collect();
            if pieces.is_empty() {
                continue;
            }
            // A sector has one of the states it went through, or half of the next one.
            let whole = chance.below(pieces.len() + 1);
            let half = (whole < pieces.len() && chance.below(3) == 0).then(|| chance.below(2));
            let middle = from + (to - from) / 2;
            for (place, (at, piece)) in pieces.iter().enumerate() {
                let (low, high) = match half {
                    _ if place < whole => (from, to),
                    Some(0) if place == whole => (from, middle),
                    Some(_) if place == whole => (middle, to),
                    _ => break,
                };
                let (low, high) = (low.max(*at), high.min(at + piece.len()));
                if low < high {
                    bytes[low..high].copy_from_slice(&piece[low - at..high - at]);
                    kept_to = kept_to.max(high);
                }
            }
        }
        let length = [self.durable.len(), kept_to, full][chance.below(3)];
        bytes.truncate(length.max(self.durable.len()));
        bytes
    }

    fn apply_all(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for (at, piece) in &self.pending {
            put(&mut bytes, *at, piece);
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    if bytes.len() < at + piece.len() {
        bytes.resize(at + piece.len(), 0);
    }
    bytes[at..at + piece.len()].copy_from_slice(piece);
}

impl State {
    /// Counts an operation. Says which mishap is its.
    fn operation(&mut self) -> Option<Mishap> {
        self.operations += 1;
        let now = self.operations;
        self.mishap.filter(|mishap| match mishap {
            Mishap::Power { from } => now >= *from,
            Mishap::Full { from, to } | Mishap::Sync { from, to } | Mishap::All { from, to } => {
                now >= *from && now < *to
            }
        })
    }

    fn name(&mut self, name: &str, file: Option<usize>) {
        match file {
            Some(file) => self.names.insert(name.to_owned(), file),
            None => self.names.remove(name),
        };
        self.pending_names.push((name.to_owned(), file));
    }

    /// Whether an operation on names happens although it fails: the power may go while it is done.
    fn happens(&self, mishap: Option<Mishap>) -> io::Result<bool> {
        match mishap {
            None | Some(Mishap::Sync { .. }) => Ok(true),
            Some(Mishap::Power { from }) if self.operations == from => Ok(false),
            Some(Mishap::Full { .. }) => Err(refused(io::ErrorKind::StorageFull)),
            Some(_) => Err(refused(io::ErrorKind::Other)),
        }
    }
}

impl Disk for Forgetful {
    type File = Open;

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Open> {
        let mut state = self.state();
        let mishap = state.operation();
        let told = state.happens(mishap)?;
        if state.names.contains_key(name) {
            return Err(refused(io::ErrorKind::AlreadyExists));
        }
        let file = state.files.len();
        state.files.push(Content::default());
        state.name(name, Some(file));
        drop(state);
        let disk = self.clone();
        told.then_some(Open { disk, file })
            .ok_or_else(|| refused(io::ErrorKind::Other))
    }

    fn open(&self, name: &str) -> io::Result<Open> {
        let file = self.state().names.get(name).copied();
        let file = file.ok_or_else(|| refused(io::ErrorKind::NotFound))?;
        let disk = self.clone();
        Ok(Open { disk, file })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let mishap = state.operation();
        // A full disk has room for another name.
        let told = matches!(mishap, Some(Mishap::Full { .. })) || state.happens(mishap)?;
        let file = state.names.get(from).copied();
        let file = file.ok_or_else(|| refused(io::ErrorKind::NotFound))?;
        state.name(from, None);
        state.name(to, Some(file));
        told.then_some(()).ok_or_else(|| refused(io::ErrorKind::Other))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        let mishap = state.operation();
        let told = matches!(mishap, Some(Mishap::Full { .. })) || state.happens(mishap)?;
        if !state.names.contains_key(name) {
            return Err(refused(io::ErrorKind::NotFound));
        }
        state.name(name, None);
        told.then_some(()).ok_or_else(|| refused(io::ErrorKind::Other))
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.operation() {
            None | Some(Mishap::Full { .. }) => {
                state.durable_names = state.names.clone();
                state.pending_names.clear();
                Ok(())
            }
            Some(_) => Err(refused(io::ErrorKind::Other)),
        }
    }
}

impl File for Open {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let (bytes, result) = match state.operation() {
            None | Some(Mishap::Sync { .. }) => (bytes, Ok(())),
            Some(Mishap::Power { from }) if state.operations == from => {
                (bytes, Err(refused(io::ErrorKind::Other)))
            }
            // What went before there was no more room is there.
            Some(Mishap::Full { .. }) => {
                let some = state.chance.below(bytes.len() + 1);
                (&bytes[..some], Err(refused(io::ErrorKind::StorageFull)))
            }
            Some(_) => return Err(refused(io::ErrorKind::Other)),
        };
        let file = &mut state.files[self.file];
        put(&mut file.now, at as usize, bytes);
        file.pending.push((at as usize, bytes.to_vec()));
        result
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.state();
        let rest = state.files[self.file].now.get(at as usize..).unwrap_or_default();
        let read = rest.len().min(into.len());
        into[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].now.len() as u64)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        let mishap = state.operation();
        let mut chance = state.chance.clone();
        let file = &mut state.files[self.file];
        match mishap {
            None | Some(Mishap::Full { .. }) => {
                file.durable = file.apply_all();
                file.pending.clear();
                return Ok(());
            }
            Some(Mishap::Sync { .. } | Mishap::All { .. }) => {
                // The next sync finds nothing to write, and a reader still sees all.
                file.durable = file.after_power_cut(Keeps::Any, &mut chance, &[]);
                file.pending.clear();
            }
            Some(Mishap::Power { .. }) => {}
        }
        state.chance = chance;
        Err(refused(io::ErrorKind::Other))
    }
}
