//! The fuzzer's corpus as a test of its own: a file for each packet of each version, and what the fuzzer found since.
//!
//! A file is the version (0 for 3.1, 1 for 3.1.1, 2 for 5.0) and then the packet. To add what the fuzzer found, copy
//! it into the corpus; `cargo test -p broker-core --test it wire_corpus -- --ignored` writes the well-formed ones anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::common::packets::packet;
use broker_core::wire::{PacketType, Version, decode};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

const VERSIONS: [Version; 3] = [Version::V31, Version::V311, Version::V5];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/decode")
}

#[test]
fn every_file_of_the_corpus_is_stable() {
    let mut accepted = 0;
    for file in std::fs::read_dir(corpus()).expect("the corpus is in the repository") {
        let path = file.expect("a readable directory").path();
        let input = std::fs::read(&path).expect("a readable file");
        let Some((&choice, bytes)) = input.split_first() else {
            continue;
        };
        let version = VERSIONS[usize::from(choice % 3)];
        if let Ok(packet) = decode(version, bytes) {
            let mut again = Vec::new();
            packet.encode(version, &mut again);
            assert_eq!(
                decode(version, &again).as_ref(),
                Ok(&packet),
                "{}",
                path.display()
            );
            accepted += 1;
        }
    }
    // 14 packets in each 3.x, 15 in 5.0.
    assert!(
        accepted >= 43,
        "{accepted} of the 43 well-formed packets are there and accepted"
    );
}

#[test]
#[ignore = "writes the corpus"]
fn write_the_corpus() {
    let mut runner = TestRunner::deterministic();
    for (choice, version) in VERSIONS.into_iter().enumerate() {
        let types = if version.is_v5() { 15 } else { 14 };
        let mut found: BTreeMap<PacketType, Vec<u8>> = BTreeMap::new();
        let mut tries = 0;
        // The longest of many, so that there is something to mutate; but short enough for a fuzzer.
        while found.len() < types || tries < 500 {
            tries += 1;
            let packet = packet(version).new_tree(&mut runner).expect("a packet").current();
            let mut bytes = vec![choice as u8];
            packet.encode(version, &mut bytes);
            let longest = found.entry(packet.packet_type()).or_default();
            if bytes.len() > longest.len() && bytes.len() <= 200 {
                *longest = bytes;
            }
        }
        for (packet_type, bytes) in found {
            let name = format!("{version}-{packet_type}").to_lowercase();
            std::fs::write(corpus().join(name), bytes).expect("a writable corpus");
        }
    }
}
