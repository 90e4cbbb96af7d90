//! One durable commit of 200 bytes, and a start with 100 000 values, in stores that there are and in ours.
//!
//! Each store is asked for the same: a key of 16 bytes and a value of 200, kept for good when the call returns.

use std::path::Path;
use std::time::{Duration, Instant};

use broker_store::{Batch, Directory, Durability, Options, Store, Told, Writer};
use fjall::{Database, KeyspaceCreateOptions, PersistMode};
use redb::{ReadableDatabase, ReadableTable, TableDefinition};

type Failure = Box<dyn std::error::Error>;
type Opened = Box<dyn FnMut(u64, usize) -> Result<(), Failure>>;

const COMMITS: u64 = 2000;
const VALUES: u64 = 100_000;
const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("values");

fn key(number: u64) -> [u8; 16] {
    let mut key = [0; 16];
    // Keys come in no order, as those of clients and topics do.
    key[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    key[8..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Opens a store, reads all that is in it, and says how many values that were. What it returns commits so many values from
/// this number on, durably.
type Open = fn(&Path) -> Result<(u64, Opened), Failure>;

fn ours(path: &Path) -> Result<(u64, Opened), Failure> {
    let (mut store, recovered) = Store::open(Directory::open(path)?, Options::default())?;
    let commit = move |first: u64, count: usize| -> Result<(), Failure> {
        let mut batch = Batch::new();
        for number in first..first + count as u64 {
            batch.put(&key(number), &[7; 200]);
        }
        store.take(batch)?;
        store.commit()?;
        if store.wants_compaction() {
            store.compact(256 * 1024)?;
        }
        Ok(())
    };
    Ok((recovered.entries.len() as u64, Box::new(commit)))
}

fn redb(path: &Path) -> Result<(u64, Opened), Failure> {
    std::fs::create_dir_all(path)?;
    let database = redb::Database::create(path.join("redb"))?;
    let mut found = 0;
    if let Ok(table) = database.begin_read()?.open_table(TABLE) {
        for entry in table.iter()? {
            found += u64::from(entry?.1.value().len() == 200);
        }
    }
    let commit = move |first: u64, count: usize| -> Result<(), Failure> {
        let write = database.begin_write()?;
        {
            let mut table = write.open_table(TABLE)?;
            for number in first..first + count as u64 {
                table.insert(&key(number)[..], &[7; 200][..])?;
            }
        }
        write.commit()?;
        Ok(())
    };
    Ok((found, Box::new(commit)))
}

fn fjall(path: &Path) -> Result<(u64, Opened), Failure> {
    let database = Database::builder(path).open()?;
    let values = database.keyspace("values", KeyspaceCreateOptions::default)?;
    let mut found = 0;
    for entry in values.iter() {
        found += u64::from(entry.value()?.len() == 200);
    }
    let commit = move |first: u64, count: usize| -> Result<(), Failure> {
        let mut batch = database.batch();
        for number in first..first + count as u64 {
            batch.insert(&values, key(number), [7; 200]);
        }
        batch.commit()?;
        database.persist(PersistMode::SyncData)?;
        Ok(())
    };
    Ok((found, Box::new(commit)))
}

fn sqlite(path: &Path) -> Result<(u64, Opened), Failure> {
    std::fs::create_dir_all(path)?;
    let mut database = rusqlite::Connection::open(path.join("sqlite"))?;
    database.pragma_update(None, "journal_mode", "wal")?;
    database.pragma_update(None, "synchronous", "full")?;
    database.execute(
        "create table if not exists v (k blob primary key, v blob) without rowid",
        (),
    )?;
    let mut found = 0;
    {
        let mut select = database.prepare("select v from v")?;
        let mut rows = select.query(())?;
        while let Some(row) = rows.next()? {
            found += u64::from(row.get_ref(0)?.as_blob()?.len() == 200);
        }
    }
    let commit = move |first: u64, count: usize| -> Result<(), Failure> {
        let transaction = database.transaction()?;
        {
            let mut insert = transaction.prepare_cached("insert or replace into v values (?, ?)")?;
            for number in first..first + count as u64 {
                insert.execute((&key(number)[..], &[7_u8; 200][..]))?;
            }
        }
        transaction.commit()?;
        Ok(())
    };
    Ok((found, Box::new(commit)))
}

/// A half and 99 of 100 are not above these, in microseconds.
fn percentiles(mut times: Vec<Duration>) -> (u128, u128) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_micros();
    (at(50), at(99))
}

fn measure(open: Open, base: &Path) -> Result<String, Failure> {
    let place = tempfile::tempdir_in(base)?;
    let path = place.path().join("store");
    let (_, mut commit) = open(&path)?;
    let mut times = Vec::new();
    for number in 0..COMMITS {
        let begin = Instant::now();
        commit(number, 1)?;
        times.push(begin.elapsed());
    }
    let (half, most) = percentiles(times);
    for first in (COMMITS..VALUES).step_by(1000) {
        commit(first, 1000)?;
    }
    drop(commit);
    let begin = Instant::now();
    let (found, commit) = open(&path)?;
    let start = begin.elapsed().as_millis();
    drop(commit);
    let begin = Instant::now();
    drop(open(&path)?);
    let again = begin.elapsed().as_millis();
    if found != VALUES {
        return Err(format!("{found} of {VALUES} values are there").into());
    }
    let files = std::fs::read_dir(&path)?;
    let bytes: u64 = files
        .map(|file| file.and_then(|file| file.metadata()).map_or(0, |it| it.len()))
        .sum();
    Ok(format!(
        "{half} | {most} | {start} | {again} | {}",
        bytes / 1_000_000
    ))
}

/// Batches of 200 bytes a second, where so many wait for their answer at a time.
fn throughput(base: &Path, durability: Durability, waiting: u64) -> Result<u64, Failure> {
    let place = tempfile::tempdir_in(base)?;
    let options = Options {
        durability,
        ..Options::default()
    };
    let (store, _) = Store::open(Directory::open(place.path())?, options)?;
    let (tell, told) = std::sync::mpsc::channel();
    let writer = Writer::start(store, move |what| {
        if let Told::Kept { through } = what {
            // Nobody listens any more at the end.
            let _ = tell.send(through);
        }
    })?;
    let (begin, mut kept, mut last) = (Instant::now(), 0, 0);
    while begin.elapsed() < Duration::from_secs(3) {
        while last < kept + waiting {
            let mut batch = Batch::new();
            batch.put(&key(last % 10_000), &[7; 200]);
            last = writer.submit(batch)?;
        }
        kept = told.recv()?;
    }
    Ok((kept as f64 / begin.elapsed().as_secs_f64()) as u64)
}

/// How long a batch takes to be kept, alone and while a snapshot of all values is written.
fn beside_snapshot(base: &Path) -> Result<(), Failure> {
    println!("\n| a batch, µs | half | 99 of 100 | longest |\n|---|---|---|---|");
    let always = Options {
        compact_from_bytes: 1,
        growth: 1,
        ..Options::default()
    };
    for (what, options) in [("alone", Options::default()), ("beside a snapshot", always)] {
        let place = tempfile::tempdir_in(base)?;
        let (mut store, _) = Store::open(Directory::open(place.path())?, options)?;
        for first in (0..VALUES).step_by(1000) {
            let mut batch = Batch::new();
            (first..first + 1000).for_each(|number| batch.put(&key(number), &[7; 200]));
            store.take(batch)?;
            store.commit()?;
        }
        let (tell, told) = std::sync::mpsc::channel();
        let writer = Writer::start(store, move |what| {
            if let Told::Kept { through } = what {
                // Nobody listens any more at the end.
                let _ = tell.send(through);
            }
        })?;
        let mut times = Vec::new();
        for number in 0..COMMITS {
            let mut batch = Batch::new();
            batch.put(&key(number), &[8; 200]);
            let begin = Instant::now();
            let number = writer.submit(batch)?;
            while told.recv()? < number {}
            times.push(begin.elapsed());
        }
        let longest = times.iter().max().map_or(0, Duration::as_micros);
        let (half, most) = percentiles(times);
        println!("| {what} | {half} | {most} | {longest} |");
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let base = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let base = Path::new(&base);
    println!(
        "| store | commit of 200 bytes, µs: half | 99 of 100 | start with {VALUES} values, ms | again | MB on the disk |"
    );
    println!("|---|---|---|---|---|---|");
    let stores: [(&str, Open); 4] = [
        ("ours", ours),
        ("redb", redb),
        ("fjall", fjall),
        ("SQLite, WAL", sqlite),
    ];
    // Twice, since a disk that others use has moods.
    for round in 1..=2 {
        for (name, open) in stores {
            println!("| {name}, run {round} | {} |", measure(open, base)?);
        }
    }
    println!("\n| ours, waiting for their answer | batches a second, fsync | os |\n|---|---|---|");
    for waiting in [1, 10, 100, 1000] {
        let fsync = throughput(base, Durability::Fsync, waiting)?;
        let os = throughput(base, Durability::Os, waiting)?;
        println!("| {waiting} | {fsync} | {os} |");
    }
    beside_snapshot(base)?;
    Ok(())
}
