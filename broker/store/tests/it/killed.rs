//! A process that is killed at instants by seed, again and again in the same directory.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use broker_store::{Batch, Directory, Durability, Options, Store, Told, Writer};

use super::chance::Chance;

const DIRECTORY: &str = "STORE_TEST_DIRECTORY";
const DURABILITY: &str = "STORE_TEST_DURABILITY";

/// The change that each batch is, by its number alone.
fn change(number: u64) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut chance = Chance(number);
    let key = format!("key/{}", chance.below(60)).into_bytes();
    let length = chance.below(900);
    (key, (chance.below(4) > 0).then(|| vec![number as u8; length]))
}

fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    match change(number) {
        (key, Some(value)) => batch.put(&key, &value),
        (key, None) => batch.remove(&key),
    }
    batch
}

fn options(durability: Durability) -> Options {
    Options {
        durability,
        compact_from_bytes: 60_000,
        portion_bytes: 5_000,
        ..Options::default()
    }
}

/// What the process does that is killed. It is this same program, asked for this test alone.
#[test]
#[ignore = "it is the process that another test kills"]
fn child() {
    let Ok(path) = std::env::var(DIRECTORY) else {
        return;
    };
    let durability = match std::env::var(DURABILITY).as_deref() {
        Ok("os") => Durability::Os,
        _ => Durability::Fsync,
    };
    let directory = Directory::open(path).expect("the lock went with the last process");
    let (store, recovered) = Store::open(directory, options(durability)).expect("it is whole");
    let (tell, told) = std::sync::mpsc::channel();
    let writer = Writer::start(store, move |what| {
        let Told::Kept { through } = what else {
            panic!("{what:?}");
        };
        tell.send(through).expect("the test listens");
    })
    .expect("there is a thread");
    let mut out = std::io::stdout();
    let mut through = recovered.through;
    let mut next = through + 1;
    loop {
        for _ in 0..5 {
            assert_eq!(writer.submit(batch(next)), Ok(next));
            next += 1;
        }
        // So that it does not run far ahead of the disk.
        while next > through + 20 {
            through = told.recv().expect("the writer runs");
            writeln!(out, "kept {through}").expect("the parent reads");
        }
    }
}

/// How often a process is killed; more with `STORE_KILLS=…`.
fn kills() -> u64 {
    let given = std::env::var("STORE_KILLS").ok();
    given.map_or(25, |text| text.parse().expect("STORE_KILLS is a number"))
}

fn killed_again_and_again(durability: Durability, word: &str) {
    let temp = tempfile::tempdir().expect("there is room");
    let mut chance = Chance(11);
    let (mut promised, mut state, mut at) = (0, BTreeMap::new(), 0);
    for round in 0..kills() {
        let mut child = Command::new(std::env::current_exe().expect("a test has a program"))
            .args(["--ignored", "--exact", "--nocapture", "killed::child"])
            .env(DIRECTORY, temp.path())
            .env(DURABILITY, word)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        // Killed after some answers, and some turns of this loop, which are no measure of anything.
        for _ in 0..chance.below(60) {
            if let Some(through) = lines.next().and_then(Result::ok).and_then(|line| kept(&line)) {
                promised = promised.max(through);
            }
        }
        child.kill().expect("it runs");
        child.wait().expect("it was killed");
        // What it said before it died counts too.
        promised = lines
            .map_while(Result::ok)
            .filter_map(|line| kept(&line))
            .fold(promised, u64::max);
        let directory = Directory::open(temp.path()).expect("the lock went with the process");
        let (_, recovered) = Store::open(directory, options(durability)).expect("it is whole");
        assert!(
            recovered.through >= promised,
            "round {round}: {promised} was promised: {recovered:?}"
        );
        while at < recovered.through {
            at += 1;
            match change(at) {
                (key, Some(value)) => state.insert(key, value),
                (key, None) => state.remove(&key),
            };
        }
        let entries = recovered
            .entries
            .iter()
            .map(|(key, value)| (key.to_vec(), value.to_vec()));
        assert!(
            entries.eq(state.clone()),
            "round {round}: not the state of batch {at}"
        );
        assert!(
            recovered.dropped.iter().all(broker_store::Dropped::is_torn_end),
            "{:?}",
            recovered.dropped
        );
    }
    assert!(at > 300, "only {at} batches");
}

fn kept(line: &str) -> Option<u64> {
    line.strip_prefix("kept ")?.parse().ok()
}

#[test]
fn a_killed_process_keeps_what_it_told() {
    killed_again_and_again(Durability::Fsync, "fsync");
}

#[test]
fn what_the_system_was_told_outlives_the_process() {
    killed_again_and_again(Durability::Os, "os");
}
