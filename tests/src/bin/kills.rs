//! Kills a broker that keeps its state, again and again under load, and looks whether it lost anything.
//!
//! `cargo run -p tests --bin kills -- --kills 1000 --seed 7`

use std::io::Write as _;

use clap::{Parser, ValueEnum};
use tests::harness::folder::Folder;
use tests::harness::{Embedded, Mosquitto};
use tests::kills::{Far, Summary, run, run_bridged};

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
    /// It has a bridge to such a broker, which stays.
    #[arg(long, value_enum)]
    bridge: Option<Other>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Other {
    Ours,
    Mosquitto,
}

impl Other {
    fn run(self, flags: &Flags, set: &[&str], told: impl Fn(&Summary)) -> Summary {
        let run = |addr, version| run_bridged(flags.seed, flags.kills, Far { addr, version }, set, told);
        match self {
            Self::Ours => {
                let far = Embedded::start_with(|settings| settings.session.max_queued_messages = 1_000_000);
                run(far.addr(), "5.0")
            }
            Self::Mosquitto => {
                let far = Mosquitto::start("max_queued_messages 0").expect("mosquitto is installed");
                run(far.addr(), "3.1.1")
            }
        }
    }
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
    let set = ["--set", &*durability];
    let summary = match flags.bridge {
        Some(other) => other.run(&flags, &set, told),
        None => run(flags.seed, flags.kills, &folder.file("state"), &set, told),
    };
    eprintln!();
    println!(
        "seed {}: killed {} times; of {} answered messages none is lost; {} were delivered, none of QoS 2 twice",
        flags.seed, summary.kills, summary.answered, summary.delivered
    );
}
