//! The engine gets arbitrary input, on several connections and at any time: a bounded run of the fuzz target `engine`.
//!
//! `PROPTEST_CASES=100000 cargo test --release -p broker-core --test it engine_arbitrary` runs longer; without an end:
//! `cargo fuzz run -s none engine` in `broker/`.

mod bench;
mod script;
use std::path::Path;
use std::time::Duration;

use broker_core::wire::{Packet, Version};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::common::packets::{packet, version};
use bench::Bench;

/// What happens next.
#[derive(Debug, Clone)]
enum Op {
    Open,
    Close(usize),
    Say(usize, Vec<u8>),
    Write(usize, usize),
    Pass(u64),
    PassToNext,
}

fn encoded(version: Version) -> impl Strategy<Value = Vec<u8>> {
    packet(version).prop_map(move |packet: Packet<'static>| {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes);
        bytes
    })
}

fn op(version: Version) -> impl Strategy<Value = Op> {
    let whole = (0..6_usize, encoded(version)).prop_map(|(which, bytes)| Op::Say(which, bytes));
    let damaged = (
        0..6_usize,
        encoded(version),
        any::<prop::sample::Index>(),
        any::<u8>(),
    )
        .prop_map(|(which, mut bytes, at, mask)| {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
            Op::Say(which, bytes)
        });
    let cut =
        (0..6_usize, encoded(version), any::<prop::sample::Index>()).prop_map(|(which, mut bytes, at)| {
            bytes.truncate(at.index(bytes.len()));
            Op::Say(which, bytes)
        });
    prop_oneof![
        2 => Just(Op::Open),
        1 => (0..6_usize).prop_map(Op::Close),
        10 => whole,
        2 => damaged,
        1 => cut,
        1 => (0..6_usize, vec(any::<u8>(), 0..40)).prop_map(|(which, bytes)| Op::Say(which, bytes)),
        2 => (0..6_usize, 1..500_usize).prop_map(|(which, most)| Op::Write(which, most)),
        1 => (0..100_000_u64).prop_map(Op::Pass),
        1 => Just(Op::PassToNext),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    version().prop_flat_map(|version| vec(op(version), 1..60))
}

proptest! {
    #[test]
    fn whatever_packets_come_what_goes_out_is_right_and_nothing_is_kept(choice in any::<u8>(), ops in ops()) {
        let mut bench = Bench::new(choice);
        bench.open();
        for op in ops {
            match op {
                Op::Open => bench.open(),
                Op::Close(which) => bench.close(which),
                Op::Say(which, bytes) => bench.receive(which, &bytes),
                Op::Write(which, most) => bench.write(which, most),
                Op::Pass(millis) => bench.pass(Duration::from_millis(millis)),
                Op::PassToNext => bench.pass_to_next(),
            }
        }
        bench.finish();
    }

    #[test]
    fn any_bytes_are_a_script_that_the_engine_survives(script in vec(any::<u8>(), 0..1500)) {
        script::run(&script);
    }
}

/// What a fuzzer found worth keeping is run in every test.
#[test]
fn the_corpus_of_the_fuzz_target_runs() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/engine");
    let mut count = 0;
    for entry in std::fs::read_dir(&dir).expect("the corpus is there") {
        let path = entry.expect("an entry").path();
        script::run(&std::fs::read(&path).expect("a file"));
        count += 1;
    }
    assert!(count >= 10, "{count} scripts in {}", dir.display());
}
