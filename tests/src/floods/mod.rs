//! Floods against a broker program: others' round trips, memory, and the time that it takes to stop meanwhile.
//!
//! The sockets are real and have default options; clients that do not read have small receive buffers. Another broker,
//! or an older build, is given by its path; a program whose name begins with `mosquitto` is started as mosquitto is.

mod case;
mod client;
mod program;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;

use case::Case;
use client::Client;
use program::Running;

/// Runs each flood against each broker, one after the other, and prints a table.
#[derive(Debug, Clone, Parser)]
#[command(name = "floods", max_term_width = 100)]
pub struct Options {
    /// A broker's program, by name or path; `NAME=PATH` gives it another name in the table.
    #[arg(long, required = true, value_name = "PROGRAM")]
    pub broker: Vec<String>,
    /// How long each flood goes on, in seconds.
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Only floods whose name contains this.
    #[arg(long, default_value = "")]
    pub only: String,
}

/// What one flood did.
struct Figures {
    worst: Duration,
    p99: Duration,
    round_trips: usize,
    peak_mib: u64,
    stopped_after: Option<Duration>,
}

/// Runs what was asked for.
pub fn main(options: &Options) -> ExitCode {
    println!(
        "| flood | broker | others' worst round trip | 99 % | round trips | peak memory | SIGTERM to exit |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|");
    let mut failed = false;
    for case in case::CASES
        .iter()
        .filter(|case| case.name.contains(&options.only))
    {
        for broker in &options.broker {
            let (name, path) = broker.split_once('=').unwrap_or((broker, broker));
            let name = name.rsplit('/').next().unwrap_or(name);
            match run(case, path, Duration::from_secs(options.seconds)) {
                Ok(figures) => print(case, name, &figures),
                Err(error) => {
                    eprintln!("{} against {name}: {error}", case.name);
                    failed = true;
                }
            }
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn run(case: &Case, path: &str, time: Duration) -> std::io::Result<Figures> {
    let mut broker = Running::start(path)?;
    let mut other = Client::connect(broker.addr, "other", true)?;
    other.subscribe(&["others/turn"], 0)?;
    (case.prepare)(broker.addr)?;
    let over = Arc::new(AtomicBool::new(false));
    let floods = (case.begin)(broker.addr, &over)?;
    let (began, mut trips) = (Instant::now(), Vec::new());
    while began.elapsed() < time {
        let sent = Instant::now();
        other.publish("others/turn", b"x", 0)?;
        other.next()?;
        trips.push(sent.elapsed());
        std::thread::sleep(Duration::from_millis(1));
    }
    let peak_mib = broker.peak_mib();
    let stopped_after = broker.stop();
    over.store(true, Ordering::Relaxed);
    for flood in floods {
        let _ = flood.join();
    }
    trips.sort_unstable();
    let at = |share: usize| {
        trips
            .get((trips.len() * share / 100).min(trips.len() - 1))
            .copied()
    };
    Ok(Figures {
        worst: at(100).unwrap_or_default(),
        p99: at(99).unwrap_or_default(),
        round_trips: trips.len(),
        peak_mib,
        stopped_after,
    })
}

fn print(case: &Case, broker: &str, figures: &Figures) {
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let stopped = figures
        .stopped_after
        .map_or_else(|| "more than 30 s, killed".to_owned(), millis);
    println!(
        "| {} | {broker} | {} | {} | {} | {} MiB | {stopped} |",
        case.name,
        millis(figures.worst),
        millis(figures.p99),
        figures.round_trips,
        figures.peak_mib,
    );
}
