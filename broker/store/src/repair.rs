//! After recovery: what was read is made durable, and damage is moved out of the way.

use crate::compaction::unfinished;
use crate::disk::Disk;
use crate::error::Trouble;
use crate::out::SnapshotOut;
use crate::recover::Found;
use crate::store::Source;

/// So much of a snapshot is held before it is written.
const PORTION: usize = 1024 * 1024;

/// Writes what was found anew, unless it is a whole snapshot already.
///
/// After the death of a process the system may hold writes that the disk has not. To sync them is not enough: if a sync
/// failed before, the system may have forgotten that they are not on the disk. And no later recovery has to judge the same
/// damage again.
pub(crate) fn settle<D: Disk>(disk: &D, found: &mut Found) -> Result<(), Trouble> {
    let is_whole = found
        .files
        .iter()
        .all(|file| file.is_snapshot() || file.through == 0);
    if is_whole && found.dropped.is_empty() {
        return Ok(());
    }
    let snapshot = write(disk, found)?;
    let old: Vec<_> = std::mem::replace(&mut found.files, vec![snapshot])
        .into_iter()
        .map(|file| file.name)
        .chain(found.dropped.iter().map(|dropped| dropped.file.clone()))
        .collect();
    for name in old {
        let mut aside = found.dropped.iter().filter(|dropped| dropped.file == name);
        match aside.find_map(|dropped| dropped.aside.clone()) {
            // That it was set aside already, because more than one thing is wrong with it, is no failure.
            Some(aside) => drop(disk.rename(&name, &aside)),
            None => found.garbage.push(name),
        }
    }
    found.garbage.sort();
    found.garbage.dedup();
    Ok(())
}

/// Writes a snapshot of what was found.
fn write<D: Disk>(disk: &D, found: &mut Found) -> Result<Source, Trouble> {
    let name = format!("snapshot-{:010}", found.next_file);
    found.next_file += 1;
    let new = unfinished(&name);
    let failed = || Trouble::with(format!("{new} cannot be written"));
    let file = disk.create(&new).map_err(failed())?;
    let mut out = SnapshotOut::begin(file, found.id, found.through);
    for (key, (number, value)) in &found.entries {
        out.add(*number, key, value);
        if out.waiting() >= PORTION {
            out.write().map_err(failed())?;
        }
    }
    out.end();
    let (_, written) = out.portion().map_err(failed())?.write();
    written.map_err(failed())?;
    disk.rename(&new, &name)
        .and_then(|()| disk.sync_names())
        .map_err(Trouble::with(format!("{name} cannot be made")))?;
    Ok(Source {
        name,
        through: found.through.max(1),
        bytes: out.bytes(),
    })
}
