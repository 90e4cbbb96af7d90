//! What the files say, read once from the oldest to the newest.

use std::collections::BTreeMap;

use crate::disk::Disk;
use crate::error::{Dropped, OpenError, Trouble, Why};
use crate::form::{Head, Kind, MAX_NUMBER, Read, Record, Records};
use crate::frames::{Fault, Frames, Step};
use crate::index::Key;
use crate::out::random;
use crate::store::Source;

/// What a store had when it was opened.
#[derive(Debug)]
pub struct Recovered {
    /// Keys with their values, in the order of the keys.
    pub entries: Vec<(Box<[u8]>, Box<[u8]>)>,
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
                dropped.whole = parts
            }
            _ => self.drop(name, at, 0, parts, Why::Fault(Fault::NoFrame)),
        }
    }

    /// Reads the logs after a snapshot that ends with this batch; `None` if nobody knows with which.
    fn read_logs<F: crate::File>(&mut self, files: Vec<Opened<F>>, base: Option<u64>) -> Result<(), Trouble> {
        let firsts: Vec<_> = files
            .iter()
            .map(|file| file.head.map(|head| head.number))
            .collect();
        let first = firsts.iter().flatten().next().copied();
        let mut base = base;
        if let (Some(first), None) = (first, base) {
            // The snapshot was there, and its bytes went bad. The changes after it are better than nothing.
            let name = files
                .iter()
                .find(|file| file.head.is_some())
                .map(|file| file.name.clone());
            self.drop(&name.unwrap_or_default(), 0, 0, 0, Why::NoSnapshot);
            base = Some(first.saturating_sub(1));
        }
        self.through = base.unwrap_or(0);
        let mut holed = false;
        for (file, place) in files.into_iter().zip(1..) {
            let next = firsts[place..].iter().flatten().next().copied();
            if holed {
                self.drop_log(file)?;
            } else {
                holed = self.read_log(file, next)?;
            }
        }
        Ok(())
    }

    /// Reads a log up to where the next one begins. Says whether no later one can follow.
    fn read_log<F: crate::File>(&mut self, file: Opened<F>, next: Option<u64>) -> Result<bool, Trouble> {
        let Some(head) = file.head else {
            return self.drop_headless(file);
        };
        let expected = self.through + 1;
        if head.number > expected {
            self.drop_log(file)?;
            return Ok(true);
        }
        let Opened { name, mut frames, .. } = file;
        let failed = || Trouble::with(format!("{name} cannot be read"));
        let mut source = Source {
            name: name.clone(),
            through: 0,
            bytes: frames.length(),
        };
        let mut number_here = head.number;
        // What follows was never told to be kept: the next log has it again.
        while next.is_none_or(|next| number_here < next) {
            let at = frames.at();
            let fault = match frames.next().map_err(failed())? {
                Step::End => break,
                Step::Frame { number } if number != number_here => Fault::NoFrame,
                Step::Frame { .. } if !is_sound(Kind::Log, frames.body()) => Fault::Content,
                Step::Frame { number } => {
                    if number > self.through {
                        self.apply(number, frames.body());
                        self.through = number;
                        source.through = number;
                    }
                    number_here += 1;
                    continue;
                }
                Step::Damage(fault) => fault,
            };
            if next.is_none_or(|next| next > self.through + 1) {
                let bytes = frames.length() - at;
                frames.seek(at);
                let whole = count_whole(&mut frames).map_err(failed())?;
                self.drop(&name, at, bytes, whole, Why::Fault(fault));
                self.files.push(source);
                return Ok(true);
            }
            break;
        }
        self.files.push(source);
        Ok(false)
    }

    /// A log whose head is not whole: nothing, where its first write never came to the disk.
    fn drop_headless<F: crate::File>(&mut self, file: Opened<F>) -> Result<bool, Trouble> {
        let Opened { name, mut frames, .. } = file;
        let length = frames.length();
        if !frames
            .is_zero()
            .map_err(Trouble::with(format!("{name} cannot be read")))?
        {
            self.drop(&name, 0, length, 0, Why::Head);
        }
        self.files.push(Source {
            name,
            through: 0,
            bytes: length,
        });
        Ok(false)
    }

    /// A log behind a hole.
    fn drop_log<F: crate::File>(&mut self, file: Opened<F>) -> Result<(), Trouble> {
        let expected = self.through + 1;
        let Opened {
            name,
            head,
            mut frames,
            ..
        } = file;
        let whole = count_whole(&mut frames).map_err(Trouble::with(format!("{name} cannot be read")))?;
        let bytes = frames.length();
        let why = head.map_or(Why::Head, |head| Why::Hole {
            expected,
            found: head.number,
        });
        self.drop(&name, 0, bytes, whole, why);
        self.files.push(Source {
            name,
            through: 0,
            bytes,
        });
        Ok(())
    }
}

/// How many whole frames there are from here on.
fn count_whole<F: crate::File>(frames: &mut Frames<F>) -> std::io::Result<u64> {
    let mut whole = 0;
    loop {
        match frames.next()? {
            Step::Frame { .. } => whole += 1,
            Step::End => return Ok(whole),
            Step::Damage(_) => {
                if !frames.skip_damage()? {
                    return Ok(whole);
                }
            }
        }
    }
}
