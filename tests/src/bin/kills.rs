//! Kills a broker that keeps its state, again and again under load, and looks whether it lost anything.
//!
//! `cargo run -p tests --bin kills -- --kills 1000 --seed 7`

use std::io::Write as _;

use clap::Parser;
use tests::harness::folder::Folder;
use tests::kills::{Summary, run};

/// Kills a broker under load, at instants that a seed chooses. Exit code 0: nothing was lost, and nothing of QoS 2 came twice.
#[derive(Debug, Parser)]
struct Flags {
    /// How often.
    #[arg(long, default_value_t = 100)]
    kills: usize,
    /// What decides the instants.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When what is to be kept counts as kept: `fsync` or `os`.
    #[arg(long, default_value = "fsync")]
    durability: String,
}

fn main() {
    let flags = Flags::parse();
    let folder = Folder::new();
    let told = |summary: &Summary| {
        eprint!(
            "\r{} kills, {} answered, {} delivered ",
            summary.kills, summary.answered, summary.delivered
        );
        let _ = std::io::stderr().flush();
    };
    let durability = format!("durability={}", flags.durability);
    let summary = run(
        flags.seed,
        flags.kills,
        &folder.file("state"),
        &["--set", &durability],
        told,
    );
    eprintln!();
    println!(
        "seed {}: killed {} times; of {} answered messages none is lost; {} were delivered, none of QoS 2 twice",
        flags.seed, summary.kills, summary.answered, summary.delivered
    );
}
