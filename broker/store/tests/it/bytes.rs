//! Bytes that are not those that were written.

use broker_store::{Batch, Durability, OpenError, Recovered, Store, Why};

use super::chance::Chance;
use super::forgetful::Forgetful;
use super::work::{Model, options};

fn open(disk: &Forgetful) -> Result<Recovered, OpenError> {
    Store::open(disk.clone(), options(Durability::Fsync)).map(|(_, recovered)| recovered)
}

fn names(disk: &Forgetful) -> Vec<String> {
    broker_store::Disk::names(disk).expect("it can be listed")
}

/// A disk with one log of these batches, and where each of them ends in it.
fn one_log(batches: usize) -> (Forgetful, Model, Vec<usize>) {
    let disk = Forgetful::new(7);
    let mut model = Model::new(7);
    let (mut store, _) = Store::open(disk.clone(), options(Durability::Fsync)).expect("it is empty");
    let mut ends = vec![128];
    for _ in 0..batches {
        let batch = model.batch();
        ends.push(ends.last().expect("there is one") + batch.bytes());
        store.take(batch).expect("there is room");
        model.promised = store.commit().expect("the disk is well");
    }
    drop(store);
    assert_eq!(names(&disk), ["log-0000000001"]);
    (disk, model, ends)
}

/// How many batches end at or before this byte.
fn whole_before(ends: &[usize], at: usize) -> u64 {
    ends.iter().filter(|end| **end <= at).count().saturating_sub(1) as u64
}

#[test]
fn a_log_that_is_cut_at_any_byte_has_all_whole_batches_before() {
    let (disk, mut model, ends) = one_log(30);
    let bytes = disk.read("log-0000000001");
    let end = *ends.last().expect("there is one");
    for at in 0..=end {
        let cut = disk.copy();
        cut.replace("log-0000000001", bytes[..at].to_vec());
        let recovered = open(&cut).expect("damage is no error");
        let context = format!("cut at byte {at}: {:?}", recovered.dropped);
        assert_eq!(recovered.through, whole_before(&ends, at), "{context}");
        model.promised = 0;
        let states = model.states.clone();
        model.check(&recovered, &context);
        model.states = states;
        // Between the two copies of the head nothing is lost.
        let clean = at == 0 || (64..128).contains(&at) || ends.contains(&at);
        assert_eq!(recovered.dropped.is_empty(), clean, "{context}");
        // Without a head nobody knows whether there was more than a first write.
        let torn = at == 0 || at >= 64;
        assert!(
            recovered
                .dropped
                .iter()
                .all(|dropped| dropped.is_torn_end() == torn),
            "{context}"
        );
        // And what was recovered is there without a word the next time.
        let again = open(&cut).expect("it was repaired");
        assert_eq!(
            (again.entries, again.dropped),
            (recovered.entries, vec![]),
            "{context}"
        );
    }
}

#[test]
fn a_flipped_bit_in_a_log_costs_what_comes_after_it_and_is_said() {
    let (disk, model, ends) = one_log(30);
    let bytes = disk.read("log-0000000001");
    let end = *ends.last().expect("there is one");
    for bit in 0..(end + 40) * 8 {
        let flipped = disk.copy();
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        flipped.replace("log-0000000001", other);
        let recovered = open(&flipped).expect("damage is no error");
        let context = format!("bit {bit}: {:?}", recovered.dropped);
        if bit / 8 < 128 {
            // The head is there twice.
            assert_eq!((recovered.through, recovered.dropped.len()), (30, 0), "{context}");
            continue;
        }
        let through = whole_before(&ends, bit / 8);
        assert_eq!(recovered.through, through, "{context}");
        assert_eq!(recovered.dropped.len(), 1, "{context}");
        assert_eq!(
            recovered.dropped[0].at, ends[through as usize] as u64,
            "{context}"
        );
        // All others are whole, and are kept where a person can look at them.
        let behind = (30 - through).saturating_sub(1);
        assert_eq!(recovered.dropped[0].whole, behind, "{context}");
        assert_eq!(
            names(&flipped).iter().any(|name| name.ends_with(".damaged")),
            behind > 0,
            "{context}"
        );
        let entries = recovered
            .entries
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()));
        assert!(entries.eq(model.states[through as usize].clone()), "{context}");
    }
}

#[test]
fn what_is_dropped_is_said_in_words() {
    let (disk, _, ends) = one_log(5);
    let bytes = disk.read("log-0000000001");
    let (third, end) = (ends[2], *ends.last().expect("there is one"));
    let cut = disk.copy();
    cut.replace("log-0000000001", bytes[..end - 3].to_vec());
    let said = open(&cut).expect("damage is no error").dropped[0].to_string();
    let (fifth, rest) = (ends[4], end - 3 - ends[4]);
    assert_eq!(
        said,
        format!(
            "log-0000000001: {rest} bytes from byte {fifth} on are dropped: the file ends inside a batch"
        )
    );
    let mut other = bytes.clone();
    other[third + 30] ^= 1;
    disk.replace("log-0000000001", other);
    let said = open(&disk).expect("damage is no error").dropped[0].to_string();
    let rest = bytes.len() - third;
    assert_eq!(
        said,
        format!(
            "log-0000000001: {rest} bytes from byte {third} on are dropped: their check does not fit: a write was cut \
             off, or bytes have changed; 2 whole batches are among them; the file is kept as log-0000000001.damaged"
        )
    );
}

/// A disk with a snapshot of many keys, and a log after it.
fn snapshot_and_log() -> (Forgetful, String) {
    let disk = Forgetful::new(3);
    let (mut store, _) = Store::open(disk.clone(), options(Durability::Fsync)).expect("it is empty");
    for number in 0..300_u32 {
        let mut batch = Batch::new();
        batch.put(&number.to_be_bytes(), &[number as u8; 1000]);
        store.take(batch).expect("there is room");
        store.commit().expect("the disk is well");
    }
    drop(store);
    // The start makes a snapshot of the log.
    let (mut store, _) = Store::open(disk.clone(), options(Durability::Fsync)).expect("it is whole");
    while store.wants_compaction() {
        store.compact(usize::MAX).expect("the disk is well");
    }
    let mut batch = Batch::new();
    batch.put(b"last", b"value");
    store.take(batch).expect("there is room");
    store.commit().expect("the disk is well");
    let names = names(&disk);
    assert_eq!(names.len(), 2, "{names:?}");
    (disk, names[1].clone())
}

#[test]
fn a_flipped_bit_in_a_snapshot_costs_a_part_of_it_and_is_said() {
    let (disk, snapshot) = snapshot_and_log();
    let bytes = disk.read(&snapshot);
    let mut chance = Chance(1);
    for _ in 0..300 {
        let bit = 128 * 8 + chance.below((bytes.len() - 128) * 8);
        let flipped = disk.copy();
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        flipped.replace(&snapshot, other);
        let recovered = open(&flipped).expect("damage is no error");
        let context = format!("bit {bit}: {:?}", recovered.dropped);
        assert!(!recovered.dropped.is_empty(), "{context}");
        // A part has 64 KiB.
        assert!(recovered.entries.len() > 230, "{context}");
        assert!(
            recovered.entries.iter().any(|(key, _)| **key == *b"last"),
            "{context}"
        );
        assert!(
            names(&flipped).contains(&format!("{snapshot}.damaged")),
            "{context}"
        );
        for (key, value) in &recovered.entries {
            assert!(**key == *b"last" || **value == [key[3]; 1000], "{context}");
        }
    }
}

#[test]
fn a_snapshot_without_a_head_costs_what_only_it_has() {
    let (disk, snapshot) = snapshot_and_log();
    let mut bytes = disk.read(&snapshot);
    bytes[..128].fill(7);
    disk.replace(&snapshot, bytes);
    let recovered = open(&disk).expect("damage is no error");
    let keys: Vec<_> = recovered.entries.iter().map(|(key, _)| &**key).collect();
    assert_eq!(keys, [b"last"]);
    let why: Vec<_> = recovered.dropped.iter().map(|dropped| dropped.why).collect();
    assert_eq!(why, [Why::Head, Why::NoSnapshot]);
    let again = open(&disk).expect("it was repaired");
    assert_eq!((again.entries.len(), again.dropped.len()), (1, 0));
}

#[test]
fn a_log_that_is_missing_takes_those_after_it_along() {
    let (disk, snapshot) = snapshot_and_log();
    broker_store::Disk::remove(&disk, &snapshot).expect("it is there");
    let recovered = open(&disk).expect("damage is no error");
    assert_eq!((recovered.entries.len(), recovered.through), (0, 0));
    let said = recovered.dropped[0].to_string();
    assert!(
        said.contains("batch 1 should be next, and 301 is; 1 whole batches"),
        "{said}"
    );
}

/// A disk may give a new file the blocks of an old one. Batches in them have the right numbers, and were made of other bytes.
#[test]
fn batches_of_another_file_are_not_taken() {
    let (disk, _, _) = one_log(10);
    let (other, _, ends) = one_log(10);
    let (mut bytes, old) = (disk.read("log-0000000001"), other.read("log-0000000001"));
    bytes[ends[4]..].copy_from_slice(&old[ends[4]..]);
    disk.replace("log-0000000001", bytes);
    let recovered = open(&disk).expect("damage is no error");
    assert_eq!((recovered.through, recovered.dropped.len()), (4, 1));
    assert_eq!(
        (recovered.dropped[0].at, recovered.dropped[0].whole),
        (ends[4] as u64, 0)
    );
}

#[test]
fn a_form_of_later_times_is_refused_and_nothing_is_changed() {
    let (disk, _, _) = one_log(3);
    let mut bytes = disk.read("log-0000000001");
    // A later version may change all but the first 16 bytes.
    bytes[8] = 2;
    let check = xxhash_rust::xxh3::xxh3_64(&bytes[..12]) as u32;
    bytes[12..16].copy_from_slice(&check.to_le_bytes());
    bytes[16..].reverse();
    disk.replace("log-0000000001", bytes.clone());
    let error = open(&disk).expect_err("it is a later version");
    assert_eq!(
        error.to_string(),
        "log-0000000001 has form 2, and this version reads forms up to 1; take a newer version, or another directory"
    );
    assert_eq!(
        (names(&disk), disk.read("log-0000000001")),
        (vec!["log-0000000001".to_owned()], bytes)
    );
}

#[test]
fn files_of_two_stores_are_refused() {
    let (disk, _, _) = one_log(3);
    let (other, _, _) = one_log(2);
    drop(broker_store::Disk::create(&disk, "log-0000000002").expect("it is new"));
    disk.replace("log-0000000002", other.read("log-0000000001"));
    let error = open(&disk).expect_err("it is of another store");
    assert!(
        error
            .to_string()
            .starts_with("log-0000000002 belongs to another store"),
        "{error}"
    );
}

#[test]
fn hostile_bytes_are_read_in_bounded_work_and_never_panic() {
    let mut chance = Chance(5);
    let (whole, _, _) = one_log(10);
    let whole = whole.read("log-0000000001");
    let mark = &whole[128..132];
    let mut hostile: Vec<Vec<u8>> = vec![
        mark.repeat(1 << 20),
        [whole[..128].to_vec(), mark.repeat(1 << 20)].concat(),
        // Marks with lengths that reach far.
        [
            whole[..128].to_vec(),
            [mark, &(1_u32 << 20).to_le_bytes(), &[0; 16]]
                .concat()
                .repeat(100_000),
        ]
        .concat(),
    ];
    for _ in 0..2000 {
        let mut bytes = whole.clone();
        bytes.truncate(128 + chance.below(bytes.len()));
        for _ in 0..=chance.below(6) {
            let at = chance.below(bytes.len());
            let length = (1 << chance.below(10)).min(bytes.len() - at);
            let from = chance.below(bytes.len() - length + 1);
            match chance.below(3) {
                0 => bytes.copy_within(from..from + length, at),
                1 => bytes[at..at + length].fill(chance.next() as u8),
                _ => bytes[at..at + length]
                    .iter_mut()
                    .for_each(|byte| *byte = chance.next() as u8),
            }
        }
        hostile.push(bytes);
    }
    for bytes in hostile {
        let disk = Forgetful::new(1);
        let name = ["log-0000000001", "snapshot-0000000001"][chance.below(2)];
        drop(broker_store::Disk::create(&disk, name).expect("it is new"));
        disk.replace(name, bytes);
        let first = open(&disk).expect("damage is no error");
        let again = open(&disk).expect("it was repaired");
        assert_eq!((first.entries, again.dropped), (again.entries, vec![]));
    }
}
