//! What one broker holds, what each thing costs, how fast it is, and what happens at each limit: docs/SCALING.md.
//!
//! ```text
//! cargo run --release -p tests --bin scaling -- --write          all of it, and the page
//! cargo run --release -p tests --bin scaling -- --write idle     only what begins so; of the rest what was measured before stays
//! CITRONELLA_BIN=PATH …                                           this program of ours
//! ```
//!
//! Two kinds of rows: in `memory.rs` so many things that the broker holds and what that costs it, in `speed.rs` messages a second and
//! the time that they take at half of that. Each broker is started anew for each row of each run, ours and mosquitto in turns.

// Figures for people, and how many messages are due: none is below nothing.
#![allow(clippy::cast_sign_loss)]

mod flow;
pub mod limits;
mod memory;
pub mod page;
mod receive;
mod results;
mod speed;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::bench::run::progress;
use crate::bench::target::Target;
use results::{Results, Run};

pub use results::load as measured;

/// What mosquitto is given, so that its bounds are ours; the rest is stock.
const MOSQUITTO: &[&str] = &["max_inflight_messages 1024", "max_queued_messages 100000"];

/// Measures what our broker holds and how fast it is, beside mosquitto where there is one, and writes docs/SCALING.md.
#[derive(Debug, Clone, Parser)]
#[command(name = "scaling", max_term_width = 100)]
pub struct Options {
    /// Only these rows, by name or the beginning of it; see --list.
    pub names: Vec<String>,
    /// Write tests/data/scaling/results.json, and the page with it.
    #[arg(long, conflicts_with = "quick")]
    pub write: bool,
    /// One run of everything, with few things and a few messages: whether it works, and no figures to keep.
    #[arg(long)]
    pub quick: bool,
    /// Runs of each row; medians are reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// How long messages flow in one run, in milliseconds, and then again at half of the pace.
    #[arg(long, default_value_t = 600, value_name = "MS")]
    pub millis: u64,
    /// Print what was measured as JSON.
    #[arg(long)]
    pub json: bool,
    /// Measure nothing: write the page anew from what was measured before.
    #[arg(long, conflicts_with_all = ["write", "quick", "json"])]
    pub page: bool,
    /// Name the rows and end.
    #[arg(long)]
    pub list: bool,
}

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// How long messages flow.
    pub time: Duration,
    /// Few of everything.
    pub quick: bool,
}

/// Runs what was asked for.
pub fn main(options: &Options) -> ExitCode {
    match work(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("scaling: {error}");
            ExitCode::from(2)
        }
    }
}

/// One row that can be measured.
enum Case {
    Memory(memory::Case),
    Speed(speed::Case),
}

impl Case {
    fn all() -> Vec<Self> {
        let memory = memory::CASES.iter().copied().map(Self::Memory);
        memory
            .chain(speed::cases().into_iter().map(Self::Speed))
            .collect()
    }

    fn name(&self) -> String {
        match self {
            Self::Memory(case) => case.name.to_owned(),
            Self::Speed(case) => case.name(),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Memory(case) => case.title.to_owned(),
            Self::Speed(case) => case.title(),
        }
    }

    fn run(&self, target: &Target, scale: Scale) -> std::io::Result<Run> {
        match self {
            Self::Memory(case) => memory::run(case, target, scale).map(Run::Memory),
            Self::Speed(case) => speed::run(case, target, scale).map(Run::Speed),
        }
    }
}

fn work(options: &Options) -> Result<bool, String> {
    if options.page {
        return page::write(&measured()?).map(|()| true);
    }
    let mut cases = Case::all();
    for asked in &options.names {
        if !cases.iter().any(|case| case.name().starts_with(asked.as_str())) {
            return Err(format!("there is no row {asked:?}; --list names them"));
        }
    }
    cases.retain(|case| {
        options.names.is_empty()
            || options
                .names
                .iter()
                .any(|asked| case.name().starts_with(asked.as_str()))
    });
    if options.list {
        for case in &cases {
            println!("{:28} {}", case.name(), case.title());
        }
        return Ok(true);
    }
    let ours = ours();
    let mosquitto = Target::MosquittoWith(MOSQUITTO);
    let targets: Vec<&Target> = [&ours, &mosquitto]
        .into_iter()
        .filter(|target| target.is_available())
        .collect();
    let scale = Scale {
        time: Duration::from_millis(if options.quick { 40 } else { options.millis }),
        quick: options.quick,
    };
    let runs = if options.quick { 1 } else { options.runs };
    let mut results = match results::load() {
        Ok(before) if options.write => before,
        _ => Results::default(),
    };
    results.begin(&ours.about(), &mosquitto.about(), runs);
    let (mut is_whole, total) = (true, cases.len());
    for (number, case) in cases.iter().enumerate() {
        let mut row = results::Row::new(&case.name());
        for run in 1..=runs {
            for target in &targets {
                let title = case.title();
                progress(&format!(
                    "{}/{total} · {title} · {target} · run {run}",
                    number + 1
                ));
                let is_ours = *target == &ours;
                match case.run(target, scale) {
                    Ok(run) => row.side(is_ours).push(run),
                    Err(error) => {
                        progress("");
                        eprintln!("{}: {target}: {error}", case.name());
                        // What another broker cannot do is a finding; what ours cannot is not.
                        is_whole &= !is_ours;
                        row.failed(is_ours, &error.to_string());
                    }
                }
            }
        }
        results.put(row);
        if options.write {
            results.keep_only(&Case::all().iter().map(Case::name).collect::<Vec<_>>());
            results::save(&results)?;
        }
    }
    progress("");
    if options.json {
        let text = serde_json::to_string_pretty(&results).map_err(|error| error.to_string())?;
        println!("{text}");
    } else {
        print!("{}", page::measured(&results));
    }
    if options.write {
        page::write(&results)?;
    }
    Ok(is_whole)
}

/// Ours, with room for as many clients as the system lets it have.
fn ours() -> Target {
    Target::Variant {
        name: "citronella".to_owned(),
        flags: ["--set", "limits.max_connections=1000000"]
            .map(str::to_owned)
            .to_vec(),
    }
}
