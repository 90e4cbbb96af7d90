//! What the files say, read once from the oldest to the newest.

mod logs;

use std::collections::BTreeMap;

use crate::disk::Disk;
use crate::error::{Dropped, OpenError, Trouble, Why};
use crate::form::{Head, Kind, MAX_NUMBER, Read, Record, Records};
use crate::frames::{Fault, Frames, Step};
use crate::index::Key;
use crate::out::random;
use crate::store::Source;

/// A key with its value.
pub type Entry = (Box<[u8]>, Box<[u8]>);

/// What a store had when it was opened.
#[derive(Debug)]
pub struct Recovered {
    /// Keys with their values, in the order of the keys.
    pub entries: Vec<Entry>,
    /// The last batch in it; 0 if there is none.
    pub through: u64,
    /// What was not taken, and why. Empty after an orderly end, and mostly after a crash too.
    pub dropped: Vec<Dropped>,
}

/// What recovery makes of the files.
pub(crate) struct Found {
    pub entries: BTreeMap<Key, (u64, Box<[u8]>)>,
    pub through: u64,
    pub files: Vec<Source>,
    pub dropped: Vec<Dropped>,
    /// Files that have been replaced already.
    pub garbage: Vec<String>,
    pub id: [u8; 16],
    /// Higher than the number of any file.
    pub next_file: u64,
}

/// A file by its name, and its head if that is whole.
struct Opened<F> {
    name: String,
    number: u64,
    kind: Kind,
    head: Option<Head>,
    frames: Frames<F>,
}

/// The kind and number that a name stands for.
fn parse(name: &str) -> Option<(Kind, u64)> {
    let (kind, number) = name.split_once('-')?;
    let kind = match kind {
        "log" => Kind::Log,
        "snapshot" => Kind::Snapshot,
        _ => return None,
    };
    let digits = number.len() >= 10 && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|number| *number < MAX_NUMBER)?;
    digits.then_some((kind, number))
}

/// Reads everything, and changes nothing.
pub(crate) fn recover<D: Disk>(disk: &D) -> Result<Found, OpenError> {
    // A name that is seen now may be one that a power cut would still take. Files are removed because of it soon.
    disk.sync_names()
        .map_err(Trouble::with("the directory cannot be synced"))?;
    let mut names = disk
        .names()
        .map_err(Trouble::with("the directory cannot be read"))?;
    names.sort();
    let mut found = Found {
        entries: BTreeMap::new(),
        through: 0,
        files: Vec::new(),
        dropped: Vec::new(),
        garbage: Vec::new(),
        id: [0; 16],
        next_file: 1,
    };
    let mut opened = Vec::new();
    for name in names {
        if let Some((kind, number)) = parse(&name) {
            found.next_file = found.next_file.max(number + 1);
            opened.push(open(disk, name, kind, number)?);
        } else if let Some((Kind::Snapshot, number)) = name.strip_suffix(".new").and_then(parse) {
            found.next_file = found.next_file.max(number + 1);
            found.garbage.push(name);
        } else if let Some((_, number)) = name.strip_suffix(".damaged").and_then(parse) {
            found.next_file = found.next_file.max(number + 1);
        }
    }
    found.id = one_store(&opened)?;
    opened.sort_by_key(|file| file.number);
    let newest = opened.iter().rposition(|file| file.kind == Kind::Snapshot);
    let mut files = opened.split_off(newest.unwrap_or(0)).into_iter();
    // A snapshot has all that is before it. Files are removed after it is durable, and a crash may come between.
    found.garbage.extend(opened.into_iter().map(|file| file.name));
    let mut base = Some(0);
    if newest.is_some() {
        let snapshot = files.next().expect("it was found");
        base = found.read_snapshot(snapshot)?;
    }
    found.read_logs(files.collect(), base)?;
    Ok(found)
}

fn open<D: Disk>(disk: &D, name: String, kind: Kind, number: u64) -> Result<Opened<D::File>, OpenError> {
    let failed = || Trouble::with(format!("{name} cannot be read"));
    let file = disk.open(&name).map_err(failed())?;
    let (read, frames) = Frames::open(file).map_err(failed())?;
    let head = match read {
        Read::Head(head) if head.kind == kind => Some(head),
        Read::Version(found) => return Err(OpenError::Version { file: name, found }),
        _ => None,
    };
    Ok(Opened {
        name,
        number,
        kind,
        head,
        frames,
    })
}

/// The store that all files are of; a new one if there are none.
fn one_store<F>(opened: &[Opened<F>]) -> Result<[u8; 16], OpenError> {
    let mut ids = opened.iter().filter_map(|file| Some((file, file.head?.store)));
    let Some((_, id)) = ids.next() else {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&random().to_le_bytes());
        id[8..].copy_from_slice(&random().to_le_bytes());
        return Ok(id);
    };
    match ids.find(|(_, other)| *other != id) {
        Some((file, _)) => Err(OpenError::Mixed {
            file: file.name.clone(),
        }),
        None => Ok(id),
    }
}

/// Whether these are records that stand in a file of this kind.
fn is_sound(kind: Kind, body: &[u8]) -> bool {
    Records::of(body).all(|record| match record {
        Some(Record::Put { .. } | Record::Remove { .. } | Record::RemoveAll { .. }) => kind == Kind::Log,
        Some(Record::Kept { number, .. }) => kind == Kind::Snapshot && number < MAX_NUMBER,
        Some(Record::End { .. }) => kind == Kind::Snapshot,
        None => false,
    })
}

impl Found {
    fn apply(&mut self, batch: u64, body: &[u8]) {
        for record in Records::of(body).flatten() {
            match record {
                Record::Put { key, value } => {
                    self.entries.insert(key.into(), (batch, value.into()));
                }
                Record::Kept { number, key, value } => {
                    self.entries.insert(key.into(), (number, value.into()));
                }
                Record::Remove { key } => {
                    self.entries.remove(key);
                }
                Record::RemoveAll { prefix: [] } => self.entries.clear(),
                Record::RemoveAll { prefix } => {
                    let keys = self
                        .entries
                        .range::<[u8], _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
                    let keys = keys.map(|(key, _)| key).take_while(|key| key.starts_with(prefix));
                    for key in keys.cloned().collect::<Vec<_>>() {
                        self.entries.remove(&key);
                    }
                }
                Record::End { .. } => {}
            }
        }
    }

    fn drop(&mut self, file: &str, at: u64, bytes: u64, whole: u64, why: Why) {
        let mut dropped = Dropped {
            file: file.to_owned(),
            at,
            bytes,
            whole,
            why,
            aside: None,
        };
        if !dropped.is_torn_end() && why != Why::NoSnapshot {
            dropped.aside = Some(format!("{file}.damaged"));
        }
        self.dropped.push(dropped);
    }

    /// Reads a snapshot, around any damage. Says the last batch in it, if its head is whole.
    fn read_snapshot<F: crate::File>(&mut self, file: Opened<F>) -> Result<Option<u64>, Trouble> {
        let Opened {
            name,
            head,
            mut frames,
            ..
        } = file;
        let failed = || Trouble::with(format!("{name} cannot be read"));
        let length = frames.length();
        let Some(head) = head else {
            self.drop(&name, 0, length, 0, Why::Head);
            return Ok(None);
        };
        let (mut expected, mut ended) = (0, false);
        while !ended {
            let at = frames.at();
            let fault = match frames.next().map_err(failed())? {
                Step::Frame { number } if is_sound(Kind::Snapshot, frames.body()) && number >= expected => {
                    if number > expected {
                        self.lost_parts(&name, at, number - expected);
                    }
                    expected = number + 1;
                    ended =
                        Records::of(frames.body()).any(|record| matches!(record, Some(Record::End { .. })));
                    self.apply(0, frames.body());
                    continue;
                }
                Step::Frame { .. } => Fault::Content,
                Step::End => break,
                Step::Damage(fault) => fault,
            };
            // What holds its check and yet says nothing is passed over already.
            let found = fault == Fault::Content || frames.skip_damage().map_err(failed())?;
            let end = if found { frames.at() } else { length };
            self.drop(&name, at, end - at, 0, Why::Fault(fault));
            if !found {
                break;
            }
        }
        if !ended {
            self.drop(&name, length, 0, 0, Why::NoEnd);
        }
        self.through = head.number;
        self.files.push(Source {
            name,
            through: head.number.max(1),
            bytes: length,
        });
        Ok(Some(head.number))
    }

    /// Says of the damage before this byte how many parts it cost, or that parts are missing without any.
    fn lost_parts(&mut self, name: &str, at: u64, parts: u64) {
        match self.dropped.last_mut() {
            Some(dropped) if dropped.file == name && dropped.at + dropped.bytes == at => {
                dropped.whole = parts;
            }
            _ => self.drop(name, at, 0, parts, Why::Fault(Fault::NoFrame)),
        }
    }
}
