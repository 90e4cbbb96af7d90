//! A system that really refuses to write: no file may be longer than a limit, or the disk is full.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use broker_store::{Batch, Directory, Options, Store};

const DIRECTORY: &str = "STORE_TEST_DIRECTORY";
const BATCHES: u32 = 400;

fn options() -> Options {
    Options {
        compact_from_bytes: 30_000,
        portion_bytes: 10_000,
        ..Options::default()
    }
}

/// Puts some hundred values of 1 kB under fewer keys, and says how often it was refused. It is this same program, asked
/// for this test alone: by hand with a directory on a small disk, too.
#[test]
#[ignore = "it is the process that another test starts"]
fn child() {
    let Ok(path) = std::env::var(DIRECTORY) else {
        return;
    };
    let directory = Directory::open(path).expect("nobody has it");
    let (mut store, recovered) = Store::open(directory, options()).expect("it is whole");
    println!("recovered {} {:?}", recovered.through, recovered.dropped);
    let mut refusals = BTreeSet::new();
    let mut refused = 0;
    for number in 0..BATCHES {
        let mut batch = Batch::new();
        batch.put(&(number % 100).to_be_bytes(), &[number as u8; 1000]);
        store.take(batch).expect("there is room to wait");
        let done = [store.commit().map(drop), store.compact(options().portion_bytes)];
        for trouble in done.into_iter().filter_map(Result::err) {
            refused += 1;
            refusals.insert(trouble.source.to_string());
        }
    }
    println!("kept {} refused {refused} {refusals:?}", store.kept());
}

/// The values that there are, each with the batch that put it.
fn values(path: &Path) -> Vec<(u32, u8)> {
    let directory = Directory::open(path).expect("nobody has it");
    let (_, recovered) = Store::open(directory, options()).expect("it is whole");
    let number = |key: &[u8]| u32::from_be_bytes(key.try_into().expect("keys have four bytes"));
    recovered
        .entries
        .iter()
        .map(|(key, value)| (number(key), value[0]))
        .collect()
}

#[cfg(unix)]
#[test]
fn what_the_system_refuses_is_written_elsewhere_or_waits() {
    let temp = tempfile::tempdir().expect("there is room");
    let program = std::env::current_exe().expect("a test has a program");
    // 70 kB: enough for a log with the zeros ahead, too little for a snapshot of a hundred values.
    let limited = "trap '' XFSZ; ulimit -f 140; exec \"$0\" --ignored --exact --nocapture refused::child";
    let done = Command::new("sh")
        .args(["-c", limited])
        .arg(program)
        .env(DIRECTORY, temp.path())
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&done.stdout);
    let last = said
        .lines()
        .find(|line| line.contains("kept "))
        .unwrap_or_default();
    assert!(last.contains(&format!("kept {BATCHES} refused ")), "{said}");
    assert!(!last.contains("refused 0 "), "the limit refused nothing: {said}");
    // Without the limit, all of it is there.
    let expected: Vec<_> = (0..100).map(|key| (key, (BATCHES - 100 + key) as u8)).collect();
    assert_eq!(values(temp.path()), expected);
}
