//! A broker that is killed, and files that are cut off or have changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use broker::QoS;
use broker::snapshot::Snapshot;
use broker::wire::{Publish, Version};
use broker_core::change;
use broker_store::{Directory, Options, Store};
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::binaries::start;
use tests::harness::folder::Folder;
use tests::harness::{Client, Served, message};
use tests::kills;

/// So many bytes at the end of a log are cut off one by one.
const LAST_BYTES: u64 = 1024;

#[test]
fn nothing_that_was_answered_is_lost_by_kill_9() {
    for (seed, kills, durability) in [(1, 40, "durability=fsync"), (2, 40, "durability=os")] {
        let folder = Folder::new();
        let flags = ["--set", durability];
        let summary = kills::run(seed, kills, &folder.file("state"), &flags, |_| {});
        assert_eq!(summary.kills, kills);
        assert!(
            summary.answered > 0 && summary.delivered >= 2 * summary.answered,
            "{summary:?}"
        );
    }
}

#[test]
fn what_the_api_has_answered_is_kept() {
    let folder = Folder::new();
    let state_dir = folder.file("state").display().to_string();
    let flags = ["--state-dir", &state_dir];
    for number in 0..20 {
        let broker = Served::start(&flags);
        let api = Api::at(broker.addr());
        let before = api.get("/api/v1/state").json(200);
        let topics = before["retained"].as_array().expect("a list");
        assert_eq!(topics.len(), number, "{before}");
        let body = json!({"topic": format!("kept/{number}"), "payload": "x", "retain": true});
        api.post("/api/v1/publish", &body).json(200);
        broker.kill();
    }
}

/// Numbered retained messages, each answered before the next; then the broker is killed. Gives where its files are.
fn killed(folder: &Folder, messages: u32) -> PathBuf {
    let state_dir = folder.file("state").display().to_string();
    let broker = Served::start(&["--state-dir", &state_dir]);
    let mut client = Client::new(broker.addr(), Version::V5, "publisher");
    for number in 0..messages {
        client.publish(&Publish {
            retain: true,
            ..message(
                &format!("kept/{number}"),
                "a payload of some length",
                QoS::AtLeastOnce,
            )
        });
    }
    broker.kill();
    folder.file("state").join("store")
}

/// The log that was written last.
fn last_log(store: &Path) -> PathBuf {
    let files = fs::read_dir(store)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path());
    let logs = files.filter(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("log-"))
    });
    logs.max().expect("there is one")
}

/// Where the last change in it ends: the system was asked for room ahead.
fn end_of(log: &Path) -> usize {
    let bytes = fs::read(log).expect("it can be read");
    bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}

/// What a broker would find, and what it would say of it.
fn found(store: &Path) -> (Snapshot, Vec<String>) {
    let directory = Directory::open(store).expect("nobody has it");
    let (_store, recovered) = Store::open(directory, Options::default()).expect("it is opened");
    let entries = recovered
        .entries
        .iter()
        .map(|(key, value)| (&key[..], &value[..]));
    let snapshot = change::read(entries, 0, 1).expect("whole batches are consistent");
    snapshot.check().expect("whole batches are consistent");
    let dropped = recovered.dropped.iter().map(ToString::to_string);
    (snapshot, dropped.collect())
}

fn numbers(snapshot: &Snapshot) -> BTreeSet<u32> {
    let topics = snapshot
        .messages
        .iter()
        .map(|message| message.topic.strip_prefix("kept/"));
    topics
        .map(|number| number.and_then(|number| number.parse().ok()).expect("a number"))
        .collect()
}

/// A copy of the files, in a folder of its own.
fn copy(store: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(store).expect("it is there") {
        let path = entry.expect("it can be read").path();
        fs::copy(&path, to.join(path.file_name().expect("it has one"))).expect("it can be copied");
    }
}

#[test]
fn a_log_that_is_cut_off_anywhere_has_all_whole_changes_before() {
    let folder = Folder::new();
    let store = killed(&folder, 40);
    let whole = end_of(&last_log(&store)) as u64;
    assert!(whole > LAST_BYTES);
    let other = folder.file("other").join("store");
    copy(&store, &other);
    let (all, dropped) = found(&other);
    assert_eq!((numbers(&all).len(), dropped), (40, Vec::new()));
    let mut before = 40;
    for cut in 1..=LAST_BYTES {
        copy(&store, &other);
        let log = fs::File::options()
            .write(true)
            .open(last_log(&other))
            .expect("it is there");
        log.set_len(whole - cut).expect("it can be cut");
        drop(log);
        let there = numbers(&found(&other).0);
        assert!(
            there.iter().copied().eq(0..there.len() as u32),
            "{cut} bytes cut: {there:?}"
        );
        assert!(there.len() <= before, "{cut} bytes cut: {there:?}");
        before = there.len();
    }
    assert!(before < 40, "the last kilobyte has several changes");
    // A broker starts from that, too, and goes on.
    let flags = ["--state-dir", &folder.file("other").display().to_string()];
    let broker = Served::start(&flags);
    let mut client = Client::new(broker.addr(), Version::V5, "publisher");
    client.publish(&Publish {
        retain: true,
        ..message(&format!("kept/{before}"), "again", QoS::AtLeastOnce)
    });
    broker.kill();
    assert_eq!(numbers(&found(&other).0).len(), before + 1);
}

#[test]
fn a_byte_that_has_changed_is_told_and_costs_what_comes_after_it_at_most() {
    let folder = Folder::new();
    let store = killed(&folder, 40);
    let other = folder.file("other").join("store");
    copy(&store, &other);
    let log = last_log(&other);
    let mut bytes = fs::read(&log).expect("it can be read");
    let middle = end_of(&log) / 2;
    bytes[middle] ^= 0x10;
    fs::write(&log, bytes).expect("it can be written");
    let state_dir = folder.file("other").display().to_string();
    let mut broker = start("broker", &["-p", "0", "--state-dir", &state_dir]);
    let warning = broker.until_stderr("the warning", |line| line.contains("of what was kept in"));
    assert!(warning.contains("are dropped"), "{warning}");
    broker.until("that it listens", |line| line.contains("listening"));
    broker.kill();
    let left = numbers(&found(&other).0);
    assert!(
        !left.is_empty() && left.len() < 40 && left.iter().copied().eq(0..left.len() as u32),
        "{left:?}"
    );
}

#[test]
fn what_a_newer_broker_kept_is_not_touched() {
    let folder = Folder::new();
    let store = folder.file("state").join("store");
    {
        let directory = Directory::open(&store).expect("nobody has it");
        let (mut store, _) = Store::open(directory, Options::default()).expect("it is opened");
        let mut batch = broker_store::Batch::new();
        batch.put(b"v", b"99");
        store.take(batch).expect("it has room");
        store.commit().expect("the disk takes it");
    }
    let why = super::start_or_say(&folder).expect_err("it cannot know what that means");
    assert!(
        why.contains("it has the version 99 of what a broker keeps; this broker reads versions up to 2"),
        "{why}"
    );
}
