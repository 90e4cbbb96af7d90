//! Runs the simulation for many seeds, or replays one.
//!
//! ```text
//! cargo run --release -p tests --bin simulate -- --minutes 60          # from a seed that the time decides
//! cargo run --release -p tests --bin simulate -- --seeds 0..100000
//! cargo run -p tests --bin simulate -- --seed 4711 --steps 200 --trace 60
//! ```
//!
//! Exit code 0: nothing found. 1: something found. 2: wrong flags.

use std::ops::Range;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use tests::simulation::{Failure, Summary, run, run_and_explain};

/// Simulates many MQTT clients against the engine and checks everything it does against a model.
#[derive(Debug, Parser)]
struct Flags {
    /// Replay this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Run these seeds, the last one not included.
    #[arg(long, value_name = "A..B", value_parser = range, conflicts_with = "seed")]
    seeds: Option<Range<u64>>,
    /// Run for so long, in minutes.
    #[arg(long, conflicts_with = "seed")]
    minutes: Option<u64>,
    /// With --seed: take at most so many steps.
    #[arg(long, requires = "seed")]
    steps: Option<usize>,
    /// How many lines of what happened to show before a failure.
    #[arg(long, default_value_t = 40)]
    trace: usize,
    /// Stop after so many failures.
    #[arg(long, default_value_t = 10)]
    failures: usize,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let parts = text
        .split_once("..")
        .and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
    parts
        .filter(|range: &Range<u64>| !range.is_empty())
        .ok_or_else(|| "expected A..B with A below B".to_owned())
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let found = match flags.seed {
        Some(seed) => one(seed, &flags),
        None => many(&flags),
    };
    if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

fn one(seed: u64, flags: &Flags) -> usize {
    let result = match flags.steps {
        Some(steps) => run(seed, Some(steps), flags.trace),
        None => run_and_explain(seed, flags.trace),
    };
    match result {
        Ok(Summary {
            steps,
            packets,
            deliveries,
        }) => {
            println!(
                "seed {seed}: nothing found in {steps} steps, {packets} packets, {deliveries} deliveries"
            );
            0
        }
        Err(failure) => {
            println!("{failure}");
            1
        }
    }
}

fn many(flags: &Flags) -> usize {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let first = now.as_millis() as u64;
    let seeds = flags.seeds.clone().unwrap_or(first..u64::MAX);
    let limit = match (&flags.seeds, flags.minutes) {
        (_, Some(minutes)) => Some(Duration::from_secs(minutes * 60)),
        (None, None) => Some(Duration::from_secs(60)),
        _ => None,
    };
    let started = Instant::now();
    let mut said = started;
    let mut done = Summary::default();
    let mut failures: Vec<Failure> = Vec::new();
    let mut count = 0_u64;
    for seed in seeds {
        if limit.is_some_and(|limit| started.elapsed() >= limit) || failures.len() >= flags.failures {
            break;
        }
        count += 1;
        match run_and_explain(seed, flags.trace) {
            Ok(summary) => {
                done.steps += summary.steps;
                done.packets += summary.packets;
                done.deliveries += summary.deliveries;
            }
            Err(failure) => {
                println!("{failure}\n");
                failures.push(failure);
            }
        }
        if said.elapsed() >= Duration::from_secs(10) {
            said = Instant::now();
            report(count, &done, failures.len(), started);
        }
    }
    report(count, &done, failures.len(), started);
    failures.len()
}

fn report(count: u64, done: &Summary, failures: usize, started: Instant) {
    let secs = started.elapsed().as_secs_f64();
    println!(
        "{count} seeds in {secs:.0} s ({:.0}/s), {} steps, {} packets, {} deliveries, {failures} found",
        count as f64 / secs.max(0.001),
        done.steps,
        done.packets,
        done.deliveries,
    );
}
