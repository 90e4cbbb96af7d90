//! The thread that commits.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use broker_store::{Batch, Disk, Durability, File, Refused, Store, Told, Writer};

use super::forgetful::{Forgetful, Mishap, Open};
use super::work::options;

/// How many syncs may begin, how many came, and how many files were renamed. A sync waits until it may.
#[derive(Clone, Default)]
struct Turnstile(Arc<(Mutex<Counts>, Condvar)>);

type Counts = (u64, u64, u64);

impl Turnstile {
    fn allow(&self, more: u64) {
        self.0.0.lock().expect("no panic").0 += more;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let mut state = self.0.0.lock().expect("no panic");
        state.1 += 1;
        self.0.1.notify_all();
        while state.0 == 0 {
            state = self.0.1.wait(state).expect("no panic");
        }
        state.0 -= 1;
    }

    fn renamed(&self) {
        self.0.0.lock().expect("no panic").2 += 1;
        self.0.1.notify_all();
    }

    /// Waits until a file has been renamed, which is the end of a snapshot.
    fn snapshot_done(&self) {
        let mut state = self.0.0.lock().expect("no panic");
        while state.2 == 0 {
            state = self.0.1.wait(state).expect("no panic");
        }
    }

    /// Waits until so many have come.
    fn arrived(&self, count: u64) {
        let mut state = self.0.0.lock().expect("no panic");
        while state.1 < count {
            state = self.0.1.wait(state).expect("no panic");
        }
    }
}

/// A disk on which the syncs of files that are named like this wait for a turnstile.
#[derive(Clone)]
struct Slow(Forgetful, Turnstile, &'static str);

struct SlowFile(Open, Option<Turnstile>);

impl Disk for Slow {
    type File = SlowFile;

    fn names(&self) -> io::Result<Vec<String>> {
        self.0.names()
    }

    fn create(&self, name: &str) -> io::Result<SlowFile> {
        let turnstile = name.starts_with(self.2).then(|| self.1.clone());
        Ok(SlowFile(self.0.create(name)?, turnstile))
    }

    fn open(&self, name: &str) -> io::Result<SlowFile> {
        Ok(SlowFile(self.0.open(name)?, None))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.1.renamed();
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.0.sync_names()
    }
}

impl File for SlowFile {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(at, bytes)
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(at, into)
    }

    fn length(&mut self) -> io::Result<u64> {
        self.0.length()
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(turnstile) = &self.1 {
            turnstile.pass();
        }
        self.0.sync()
    }
}

fn start<D: Disk>(disk: D) -> (Writer, Receiver<Told>) {
    let (store, _) = Store::open(disk, options(Durability::Fsync)).expect("it is whole");
    let (tell, told): (Sender<Told>, _) = channel();
    let writer = Writer::start(store, move |what| {
        // At the end of a test nobody may listen any more.
        let _ = tell.send(what);
    });
    (writer.expect("there is a thread"), told)
}

fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put(&number.to_be_bytes(), b"value");
    batch
}

#[test]
fn while_a_sync_runs_batches_gather_for_the_next() {
    let (disk, turnstile) = (Forgetful::new(1), Turnstile::default());
    let (writer, told) = start(Slow(disk, turnstile.clone(), "log"));
    assert_eq!(writer.submit(batch(1)), Ok(1));
    turnstile.arrived(1);
    for number in 2..=100 {
        assert_eq!(writer.submit(batch(number)), Ok(number));
    }
    assert!(
        told.try_recv().is_err(),
        "nothing is told before the sync is done"
    );
    turnstile.allow(1);
    assert!(matches!(told.recv(), Ok(Told::Kept { through: 1 })));
    turnstile.arrived(2);
    turnstile.allow(1);
    assert!(matches!(told.recv(), Ok(Told::Kept { through: 100 })));
}

#[test]
fn no_batch_waits_for_a_snapshot() {
    let (disk, turnstile) = (Forgetful::new(1), Turnstile::default());
    let (writer, told) = start(Slow(disk.clone(), turnstile.clone(), "snapshot"));
    let mut kept = |number: u64| {
        let mut large = Batch::new();
        large.put(b"key", &number.to_be_bytes().repeat(200));
        assert_eq!(writer.submit(large), Ok(number));
        while !matches!(told.recv(), Ok(Told::Kept { through }) if through == number) {}
    };
    // Enough for a snapshot, whose first portion comes to its sync and stays there.
    (1..=20).for_each(&mut kept);
    turnstile.arrived(1);
    (21..=100).for_each(&mut kept);
    turnstile.allow(1000);
    // It comes to its end without any batch that wakes the writer.
    turnstile.snapshot_done();
    (101..=200).for_each(&mut kept);
    drop(writer);
    let names = disk.names().expect("it can be listed");
    assert!(names.iter().any(|name| name.starts_with("snapshot")), "{names:?}");
    let (_, recovered) = Store::open(disk, options(Durability::Fsync)).expect("it is whole");
    assert_eq!((recovered.through, recovered.entries.len()), (200, 1));
    assert_eq!(recovered.entries[0].1[..8], 200_u64.to_be_bytes());
}

#[test]
fn the_end_waits_until_everything_is_kept() {
    let disk = Forgetful::new(1);
    let (writer, _told) = start(disk.clone());
    for number in 1..=500 {
        writer.submit(batch(number)).expect("there is room");
    }
    drop(writer);
    let (_, recovered) = Store::open(disk, options(Durability::Fsync)).expect("it is whole");
    assert_eq!((recovered.through, recovered.entries.len()), (500, 500));
}

#[test]
fn a_disk_that_fails_is_told_once_and_so_is_its_recovery() {
    let disk = Forgetful::new(1);
    let (writer, told) = start(disk.clone());
    disk.plan(Some(Mishap::Full {
        from: 0,
        to: u64::MAX,
    }));
    for number in 1..=10 {
        writer.submit(batch(number)).expect("there is room to wait");
    }
    let Ok(Told::Failing(trouble)) = told.recv() else {
        panic!("the disk is full");
    };
    assert!(trouble.is_full() && writer.is_failing());
    disk.plan(None);
    let through = match told.recv() {
        Ok(Told::Recovered { through }) => through,
        other => panic!("{other:?}"),
    };
    assert!(through <= 10 && !writer.is_failing());
    drop(writer);
    let (_, recovered) = Store::open(disk, options(Durability::Fsync)).expect("it is whole");
    assert_eq!(recovered.through, 10);
}

#[test]
fn what_is_not_kept_at_the_end_is_told() {
    let disk = Forgetful::new(1);
    let (writer, told) = start(disk.clone());
    disk.plan(Some(Mishap::Full {
        from: 0,
        to: u64::MAX,
    }));
    for number in 1..=3 {
        writer.submit(batch(number)).expect("there is room to wait");
    }
    drop(writer);
    let last = told.iter().last();
    assert!(matches!(last, Some(Told::Lost { batches: 3 })), "{last:?}");
}

#[test]
fn what_waits_for_a_slow_disk_is_bounded() {
    let (disk, turnstile) = (Forgetful::new(1), Turnstile::default());
    let (writer, told) = start(Slow(disk, turnstile.clone(), "log"));
    let mut large = Batch::new();
    large.put(b"key", &vec![1; 300_000]);
    let refused = (1..=10).find_map(|_| writer.submit(large.clone()).err());
    assert!(
        matches!(refused, Some(Refused::Waiting { limit: 1_048_576, .. })),
        "{refused:?}"
    );
    turnstile.allow(100);
    while !matches!(told.recv(), Ok(Told::Kept { through: 3 })) {}
    assert_eq!(writer.submit(large), Ok(4));
}
