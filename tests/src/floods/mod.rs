//! Floods against a broker program: others' round trips, memory, and the time that it takes to stop meanwhile.
//!
//! The sockets are real and have default options; clients that do not read have small receive buffers. Another broker,
//! or an older build, is given by its path; a program whose name begins with `mosquitto` is started as mosquitto is.

mod attacker;
mod case;
mod client;
mod edges;
mod ground;
mod program;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;

use case::Case;
use client::Client;
use ground::Ground;
use program::Running;

use crate::bench::report;
use crate::line::Door;

/// How long others' round trips are measured before a flood begins.
const QUIET: Duration = Duration::from_millis(500);

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
    /// Write the table into docs/PERFORMANCE.md.
    #[arg(long)]
    pub write: bool,
}

/// What one flood did.
struct Figures {
    /// Round trips of others before and meanwhile, the shortest first.
    before: Vec<Duration>,
    trips: Vec<Duration>,
    /// The longest that a new client waited until it was let in.
    worst_entry: Duration,
    start_bytes: u64,
    peak_bytes: u64,
    end_bytes: u64,
    /// How long the greedy ones lived that the broker closed, the shortest first.
    ends: Vec<Duration>,
    stopped_after: Option<Duration>,
}

/// Runs what was asked for.
pub fn main(options: &Options) -> ExitCode {
    let mut table = String::new();
    add(
        &mut table,
        "| flood | broker | others' round trip, half within: before, meanwhile | 99 % | worst | a new client is in within | \
         memory before, peak, after | ended by the broker: how many, half of them after | SIGTERM to exit |",
    );
    add(&mut table, "|---|---|---:|---:|---:|---:|---:|---:|---:|");
    let mut failed = false;
    let cases = case::CASES.iter().chain(edges::CASES);
    for case in cases.filter(|case| case.name.contains(&options.only)) {
        for broker in &options.broker {
            let (name, path) = broker.split_once('=').unwrap_or((broker, broker));
            let name = name.rsplit('/').next().unwrap_or(name);
            match run(case, path, Duration::from_secs(options.seconds)) {
                Ok(figures) => add(&mut table, &row(case, name, &figures)),
                Err(error) => {
                    eprintln!("{} against {name}: {error}", case.name);
                    failed = true;
                }
            }
        }
    }
    if options.write
        && let Err(error) = report::write_floods(&table)
    {
        eprintln!("cannot write the table: {error}");
        failed = true;
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// A line of the table, shown at once.
fn add(table: &mut String, line: &str) {
    println!("{line}");
    table.push_str(line);
    table.push('\n');
}

fn run(case: &Case, path: &str, time: Duration) -> io::Result<Figures> {
    let mut broker = Running::start(path, case)?;
    let mut other = Client::connect(broker.addr, "other", true)?;
    other.subscribe(&["others/turn"], 0)?;
    (case.prepare)(broker.addr)?;
    let (before, _) = round_trips(&mut other, broker.addr, QUIET)?;
    let process = broker.process();
    let start_bytes = process.resident_bytes().unwrap_or(0);
    let ground = Arc::new(Ground::new(Door::new(broker.other, case.way)));
    let floods = (case.begin)(&ground)?;
    let (trips, worst_entry) = round_trips(&mut other, broker.addr, time)?;
    let peak_bytes = process.peak_bytes().unwrap_or(0);
    let end_bytes = process.resident_bytes().unwrap_or(0);
    let ends = ground.ends();
    let stopped_after = broker.stop();
    ground.end();
    for flood in floods {
        let _ = flood.join();
    }
    Ok(Figures {
        before,
        trips,
        worst_entry,
        start_bytes,
        peak_bytes,
        end_bytes,
        ends,
        stopped_after,
    })
}

/// Round trips of one client for so long, the shortest first; and the longest that a new client waited for its CONNACK.
fn round_trips(
    other: &mut Client,
    addr: SocketAddr,
    time: Duration,
) -> io::Result<(Vec<Duration>, Duration)> {
    let (began, mut trips, mut worst_entry) = (Instant::now(), Vec::new(), Duration::ZERO);
    while began.elapsed() < time {
        let sent = Instant::now();
        other.publish("others/turn", b"x", 0)?;
        other.next()?;
        trips.push(sent.elapsed());
        if trips.len() % 50 == 1 {
            let came = Instant::now();
            drop(Client::connect(addr, "new", true)?);
            worst_entry = worst_entry.max(came.elapsed());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    trips.sort_unstable();
    Ok((trips, worst_entry))
}

fn row(case: &Case, broker: &str, figures: &Figures) -> String {
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let at = |sorted: &[Duration], share: usize| {
        let last = sorted.len().saturating_sub(1);
        sorted
            .get((sorted.len() * share / 100).min(last))
            .copied()
            .unwrap_or_default()
    };
    let mib = |bytes: u64| bytes >> 20;
    let stopped = figures
        .stopped_after
        .map_or_else(|| "more than 30 s, killed".to_owned(), millis);
    let ended = match figures.ends.len() {
        0 => "–".to_owned(),
        count => format!("{count}, {}", millis(at(&figures.ends, 50))),
    };
    format!(
        "| {} | {broker} | {:.2} ms, {:.1} × | {} | {} | {} | {}, {}, {} MiB | {ended} | {stopped} |",
        case.name,
        at(&figures.before, 50).as_secs_f64() * 1e3,
        at(&figures.trips, 50).as_secs_f64() / at(&figures.before, 50).as_secs_f64(),
        millis(at(&figures.trips, 99)),
        millis(at(&figures.trips, 100)),
        millis(figures.worst_entry),
        mib(figures.start_bytes),
        mib(figures.peak_bytes),
        mib(figures.end_bytes),
    )
}
