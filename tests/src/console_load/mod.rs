//! The console in a real browser while many messages pass: its frames beside those of an empty page in the same run, what it
//! holds, and what an open console costs the other clients. Then the view in a terminal, in turns with a broker without it.

mod load;
#[cfg(unix)]
mod terminal;

use std::fmt::Write as _;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;

use crate::bench::report;
use crate::harness::tab::Tab;
use crate::harness::{Program, free_port};
use load::{Load, Trips};

/// So often the page is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// Each frame, from one to the next.
const FRAMES: &str = "globalThis.frames_ = []; (function next(last) { requestAnimationFrame(now => { if (last) frames_.push(now - last); next(now); }); })(); 1";

/// Opens the console while messages pass, and prints tables.
#[derive(Debug, Clone, Parser)]
#[command(name = "console_load", max_term_width = 100)]
pub struct Options {
    /// The broker's program.
    #[arg(long, value_name = "PROGRAM")]
    pub broker: String,
    /// How long messages pass while the console is open, in seconds.
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,
    /// Messages a second, each to one subscriber.
    #[arg(long, default_value_t = 10_000)]
    pub rate: u64,
    /// Write the tables into docs/PERFORMANCE.md.
    #[arg(long)]
    pub write: bool,
}

/// Runs what was asked for.
pub fn main(options: &Options) -> ExitCode {
    let addr = free_port();
    let mut command = Command::new(&options.broker);
    command.args(["--bind", "127.0.0.1", "-p", &addr.port().to_string()]);
    let _broker = Program::start(&mut command);
    load::until_it_listens(addr);
    let Some(mut empty) = Tab::open("data:text/html,<title>empty</title>") else {
        eprintln!("there is no browser");
        return ExitCode::FAILURE;
    };
    let part = Duration::from_secs(options.seconds.div_ceil(4));
    let alone = load::measure(addr, options.rate, part, |_| {});
    let flat_alone = load::flat_out(addr, part);

    let mut console = empty.beside(&format!("http://127.0.0.1:{}/", addr.port()));
    console.until("it is there", "citronella.stream.state === 'live'");
    for tab in [&mut empty, &mut console] {
        tab.value(FRAMES);
    }
    // What passed before the page was opened is not its loss.
    let before = console
        .value("citronella.store.missed")
        .as_u64()
        .unwrap_or_default();
    let mut text = String::from(
        "| after | heap | rows kept | rows missed | rows shown | what the page says |\n|---:|---:|---:|---:|---:|---|\n",
    );
    let time = Duration::from_secs(options.seconds);
    let open = load::measure(addr, options.rate, time, |load| {
        look(&mut console, before, load, time, &mut text);
    });
    let frames = [frames(&mut console), frames(&mut empty)];
    let flat_open = load::flat_out(addr, part);
    drop((console, empty));
    let tables = format!(
        "{} messages a second for {} s, each to one subscriber.\n\n{}\n{text}\n{}\n{}",
        options.rate,
        options.seconds,
        of_frames(&frames),
        of_clients(&alone, &open, flat_alone, flat_open),
        in_terminal(options, part)
    );
    println!("{tables}");
    if options.write
        && let Err(error) = report::write_console(&tables)
    {
        eprintln!("cannot write the tables: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

#[cfg(unix)]
fn in_terminal(options: &Options, part: Duration) -> String {
    terminal::compare(&options.broker, options.rate, part)
}

/// Terminals are made as Unix makes them.
#[cfg(not(unix))]
fn in_terminal(_: &Options, _: Duration) -> String {
    String::new()
}

/// Looks at the page from time to time while messages pass.
fn look(console: &mut Tab, before: u64, load: &Load, time: Duration, text: &mut String) {
    let began = Instant::now();
    while began.elapsed() + LOOK <= time {
        std::thread::sleep(LOOK);
        let said = console.value(
            "[citronella.store.size, citronella.store.missed, citronella.view.length, document.querySelector('#note').textContent]",
        );
        let heap = console.heap_bytes() / 1e6;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {:.0} s, {} sent | {heap:.1} MB | {} | {} | {} | {} |",
            began.elapsed().as_secs_f64(),
            load.sent(),
            said[0],
            said[1].as_u64().unwrap_or_default().saturating_sub(before),
            said[2],
            said[3].as_str().unwrap_or_default()
        );
    }
}

/// Times from frame to frame in milliseconds, the shortest first.
fn frames(tab: &mut Tab) -> Vec<f64> {
    let said = tab.value("frames_");
    let mut all: Vec<f64> = said
        .as_array()
        .map(|all| all.iter().filter_map(serde_json::Value::as_f64).collect())
        .unwrap_or_default();
    all.sort_by(f64::total_cmp);
    all
}

fn at(sorted: &[f64], per_mille: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((sorted.len() * per_mille / 1000).min(last))
        .copied()
        .unwrap_or_default()
}

fn of_frames([console, empty]: &[Vec<f64>; 2]) -> String {
    let mut text =
        String::from("| from frame to frame | empty page | console | ratio |\n|---|---:|---:|---:|\n");
    for (name, share) in [("half within", 500), ("99 % within", 990), ("worst", 1000)] {
        let (own, other) = (at(console, share), at(empty, share));
        let _ = writeln!(
            text,
            "| {name} | {other:.1} ms | {own:.1} ms | {:.2} |",
            own / other
        );
    }
    text
}

fn of_clients(alone: &Trips, open: &Trips, flat_alone: f64, flat_open: f64) -> String {
    let mut text =
        String::from("| the other clients | no console | one is open | ratio |\n|---|---:|---:|---:|\n");
    for (name, share) in [("PUBLISH to PUBACK, half within", 500), ("99 % within", 990)] {
        let (before, with) = (at(&alone.millis, share), at(&open.millis, share));
        let _ = writeln!(
            text,
            "| {name} | {before:.2} ms | {with:.2} ms | {:.2} |",
            with / before
        );
    }
    let _ = writeln!(
        text,
        "| messages a second, as many as go | {flat_alone:.0} | {flat_open:.0} | {:.2} |",
        flat_open / flat_alone
    );
    text
}
