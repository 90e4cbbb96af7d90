//! docs/SCALING.md: what is measured, and what happens at each limit, between lines of what people write.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::limits::{self, Limit, Of, grouped};
use super::results::{Memory, Results, Run, Speed, median, ratio};
use super::{memory, speed};
use crate::bench::measure::Unit;
use crate::bench::report::{Marks, replace};

const MEASURED: Marks = Marks {
    begin: "<!-- measured: begin; written by `scaling --write` -->",
    end: "<!-- measured: end -->",
};
const LIMITS: Marks = Marks {
    begin: "<!-- limits: begin; written from tests/data/scaling/limits.toml -->",
    end: "<!-- limits: end -->",
};

/// Where the page is.
pub fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/SCALING.md")
}

/// The page with its tables anew.
///
/// # Errors
/// It cannot be read, or has no marks.
pub fn anew(results: &Results) -> Result<String, String> {
    let page = std::fs::read_to_string(path()).map_err(|error| format!("{}: {error}", path().display()))?;
    replace(&page, &MEASURED, &measured(results))
        .and_then(|page| replace(&page, &LIMITS, &at_each_limit(&limits::all())))
        .ok_or_else(|| format!("{} lacks a mark", path().display()))
}

/// Writes it.
///
/// # Errors
/// It cannot be made, or not be written.
pub fn write(results: &Results) -> Result<(), String> {
    let page = anew(results)?;
    std::fs::write(path(), page).map_err(|error| format!("{}: {error}", path().display()))
}

/// What was measured, as tables.
pub fn measured(results: &Results) -> String {
    let mut out = String::new();
    let machine = &results.machine;
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        out,
        "Measured on {}: {} cores of {}, {}, {}; broker, clients and others share them. {} runs of each row, the two brokers in turns, \
         each started anew; medians.\n",
        machine.date,
        machine.cores,
        machine.processor,
        Unit::Bytes.show(machine.memory_bytes as f64),
        machine.system,
        results.runs
    );
    let _ = writeln!(out, "- ours: {}", results.ours);
    let _ = writeln!(out, "- mosquitto: {}\n", results.mosquitto);
    out.push_str("### What each costs\n\n");
    in_round_figures(&mut out, results);
    of_memory(&mut out, results);
    for (heading, way) in [("TCP", "tcp"), ("TLS", "tls"), ("WebSocket", "ws")] {
        let _ = writeln!(out, "\n### Messages a second, {heading}\n");
        of_speed(&mut out, results, way);
    }
    let failed = results.rows.iter().filter(|row| !row.mosquitto_failed.is_empty());
    for (number, row) in failed.enumerate() {
        if number == 0 {
            out.push_str("\n### What mosquitto did not do\n\n");
        }
        let _ = writeln!(out, "- {}: {}", row.name, row.mosquitto_failed);
    }
    out
}

fn memory_of(run: &Run) -> Option<Memory> {
    match run {
        Run::Memory(memory) => Some(*memory),
        Run::Speed(_) => None,
    }
}

fn speed_of(run: &Run) -> Option<Speed> {
    match run {
        Run::Speed(speed) => Some(*speed),
        Run::Memory(_) => None,
    }
}

/// A figure of several runs for people, `–` where there is none.
fn shown(unit: Unit, value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| unit.show(value))
}

/// What many of them take, as a list.
fn in_round_figures(out: &mut String, results: &Results) {
    for (name, count, what) in [
        ("idle-tcp", 10_000.0, "10,000 idle clients over TCP"),
        ("idle-tls", 10_000.0, "10,000 idle clients over TLS"),
        ("idle-ws", 10_000.0, "10,000 idle clients over WebSocket"),
        (
            "subscriptions-many-exact",
            100_000.0,
            "100,000 subscriptions of theirs",
        ),
        ("retained", 100_000.0, "100,000 retained messages of 100 bytes"),
        (
            "queued-one",
            100_000.0,
            "100,000 such messages that wait for one client",
        ),
    ] {
        let each = results.row(name).and_then(|row| {
            let each = |run: &Run| Some(memory_of(run)?.each_bytes());
            median(&row.ours, each)
        });
        if let Some(each) = each {
            let _ = writeln!(
                out,
                "- {what} take {} of our broker's memory.",
                Unit::Bytes.show(each * count)
            );
        }
    }
    out.push('\n');
}

fn of_memory(out: &mut String, results: &Results) {
    out.push_str(
        "| one | bound | how many here | each | in 1 GB | memory before → with them (peak) | time | mosquitto: each | ÷ | mosquitto: time |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for case in memory::CASES {
        let Some(row) = results.row(case.name) else {
            continue;
        };
        let figure =
            |runs: &[Run], of: fn(&Memory) -> f64| median(runs, |run| memory_of(run).as_ref().map(of));
        let each = figure(&row.ours, Memory::each_bytes);
        let bytes = |of: fn(&Memory) -> f64| shown(Unit::Bytes, figure(&row.ours, of));
        let count = figure(&row.ours, |memory| memory.count as f64).unwrap_or_default();
        let in_one = each.map_or_else(|| "–".to_owned(), |each| Unit::Messages.show(1e9 / each.max(1.0)));
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {in_one} | {} → {} ({}) | {} | {} | {} | {} |",
            case.title,
            case.setting,
            grouped(count as u64),
            shown(Unit::Bytes, each),
            bytes(|memory| memory.before_bytes as f64),
            bytes(|memory| memory.after_bytes as f64),
            bytes(|memory| memory.peak_bytes as f64),
            shown(Unit::Seconds, figure(&row.ours, |memory| memory.seconds)),
            shown(Unit::Bytes, figure(&row.mosquitto, Memory::each_bytes)),
            shown(Unit::Times, ratio(row, |run| Some(memory_of(run)?.each_bytes()))),
            shown(Unit::Seconds, figure(&row.mosquitto, |memory| memory.seconds)),
        );
    }
}

fn of_speed(out: &mut String, results: &Results, way: &str) {
    out.push_str(
        "| shape | QoS | bytes | delivered a second | ÷ mosquitto | half within, 99 % within, at half of that | CPU a delivery | peak | \
         mosquitto: a second | half, 99 % within |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for case in speed::cases() {
        let Some(row) = results.row(&case.name()).filter(|_| case.way.to_string() == way) else {
            continue;
        };
        let figure = |runs: &[Run], of: fn(&Speed) -> f64| median(runs, |run| speed_of(run).as_ref().map(of));
        let _ = writeln!(
            out,
            "| {} → {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            case.publishers,
            case.subscribers,
            case.qos,
            grouped(case.bytes as u64),
            rate(&row.ours),
            shown(Unit::Times, ratio(row, |run| Some(speed_of(run)?.rate))),
            times(&row.ours),
            shown(Unit::Seconds, figure(&row.ours, |speed| speed.cpu_secs)),
            shown(Unit::Bytes, figure(&row.ours, |speed| speed.peak_bytes as f64)),
            rate(&row.mosquitto),
            times(&row.mosquitto),
        );
    }
}

/// Messages a second, and what was lost.
fn rate(runs: &[Run]) -> String {
    let rate = shown(Unit::PerSecond, median(runs, |run| Some(speed_of(run)?.rate)));
    let lost = median(runs, |run| speed_of(run)?.lost).unwrap_or_default();
    if lost < 0.0005 {
        return rate;
    }
    format!("{rate}, {:.1} % lost", lost * 100.0)
}

fn times(runs: &[Run]) -> String {
    if runs.is_empty() {
        return "–".to_owned();
    }
    let half = median(runs, |run| Some(speed_of(run)?.half_secs));
    let most = median(runs, |run| Some(speed_of(run)?.most_secs));
    format!("{}, {}", shown(Unit::Seconds, half), shown(Unit::Seconds, most))
}

/// The table of the limits.
pub fn at_each_limit(limits: &[Limit]) -> String {
    let mut out = "| bound | default | of | a client of 3.1.1 sees | a client of 5.0 sees | log, journal and console say | counter | mind |\n\
                   |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for limit in limits {
        let of = match limit.of {
            Of::One => "one client",
            Of::All => "all together",
        };
        let v311 = if limit.v311.is_empty() {
            &limit.v5
        } else {
            &limit.v311
        };
        let code = |text: &str| match text {
            "" => "–".to_owned(),
            text if text.contains('`') => format!("`` {text} ``"),
            text => format!("`{text}`"),
        };
        let (says, counter) = (code(&limit.says), code(&limit.counter));
        let _ = writeln!(
            out,
            "| `{}` | {} | {of} | {v311} | {} | {says} | {counter} | {} |",
            limit.setting,
            limit.default(),
            limit.v5,
            limit.mind
        );
    }
    out
}

/// The names of all rows that there can be.
fn names() -> impl Iterator<Item = String> {
    let memory = memory::CASES.iter().map(|case| case.name.to_owned());
    memory.chain(speed::cases().into_iter().map(|case| case.name()))
}

/// Rows that were measured and that there are no more.
pub fn unknown(results: &Results) -> Vec<String> {
    let of_results = results.rows.iter().map(|row| row.name.clone());
    of_results
        .filter(|name| names().all(|other| other != *name))
        .collect()
}

/// Rows that were not measured.
pub fn missing(results: &Results) -> Vec<String> {
    names().filter(|name| results.row(name).is_none()).collect()
}
