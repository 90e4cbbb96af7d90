//! Measures how much the tests see: breaks the broker in one place at a time, and looks whether something fails.
//!
//! All mutants of a sample are built into one copy of the repository, in `target/mutants`; each is a branch that the
//! environment switches on. So there is one build, and then a short process for each mutant: the conformance rows first,
//! then everything else that runs without sockets, until something fails. `explained.tsv` says of survivors why they may.
//!
//! ```text
//! cargo run --release -- --seed 1 --sample 500     in this folder; runs on where it was interrupted
//! cargo run --release -- --report                  the table for docs/CONFORMANCE.md, into tests/data/mutation.md
//! cargo run --release -- --again --take tests/data/rows       those that no row caught, against the rows as they are now
//! cargo run --release -- --again --only engine/route.rs       …, only those whose name holds that
//! ```

mod cargo;
mod copy;
mod find;
mod mutant;
mod operators;
mod plan;
mod results;
mod stage;
mod trial;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::sync::Mutex;

use clap::Parser;
use copy::Folders;
use mutant::Mutant;
use plan::Plan;
use results::Explained;

/// Breaks the broker in one place at a time, and counts what the tests notice.
#[derive(Debug, Parser)]
struct Flags {
    /// What decides which mutants are drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many are drawn.
    #[arg(long, default_value_t = 500)]
    sample: usize,
    /// All that there are.
    #[arg(long, conflicts_with = "sample")]
    all: bool,
    /// How many run at a time.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Forget what was measured, and begin with the sources as they are now.
    #[arg(long)]
    fresh: bool,
    /// Try those again that the rows did not catch: against the rows, and, if nothing did, against everything.
    #[arg(long)]
    again: bool,
    /// Try only those whose name holds this text.
    #[arg(long, default_value = "")]
    only: String,
    /// Before that, take the files below this path as they are now: rows, or tests.
    #[arg(long, value_name = "PATH")]
    take: Vec<String>,
    /// Only write the table.
    #[arg(long)]
    report: bool,
    /// Only say how many there are to draw from.
    #[arg(long)]
    count: bool,
}

fn main() -> ExitCode {
    match work(&Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("mutants: {why}");
            ExitCode::FAILURE
        }
    }
}

fn work(flags: &Flags) -> Result<(), String> {
    let folders = Folders::here();
    if flags.count {
        return count(&folders);
    }
    std::fs::create_dir_all(&folders.work).map_err(|error| error.to_string())?;
    if flags.report {
        let plan = Plan::load(&folders).ok_or("nothing was measured yet")?;
        return report(&folders, &plan);
    }
    let plan = planned(flags, &folders)?;
    if !flags.take.is_empty() {
        copy::sync(&folders, |name| {
            flags.take.iter().any(|path| name.starts_with(path))
        })?;
    }
    eprintln!("{} mutants; building the tests", plan.mutants.len());
    let mut stages = stage::build(&folders)?;
    trial::baseline(&folders, &mut stages)?;
    for stage in &stages {
        eprintln!("  {:>6.2} s  {}", stage.secs, stage.name);
    }
    let known = results::load(&folders);
    let wanted = |mutant: &Mutant| {
        let again = known
            .get(&mutant.key())
            .is_none_or(|verdict| flags.again && !verdict.by_rows());
        again && mutant.key().contains(&flags.only)
    };
    let mut left: Vec<(&usize, &Mutant)> = plan.mutants.iter().filter(|(_, mutant)| wanted(mutant)).collect();
    // What nothing caught so far first: that is what one waits for.
    left.sort_by_key(|(_, mutant)| {
        known
            .get(&mutant.key())
            .is_some_and(|verdict| verdict.caught_by.is_some())
    });
    let total = left.len();
    let waiting = Mutex::new(left.into_iter().enumerate());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    std::thread::scope(|scope| {
        let worker = || -> Result<(), String> {
            while let Some((done, (number, mutant))) = next() {
                let verdict = trial::trial(&folders, &stages, *number, mutant, known.get(&mutant.key()))?;
                let by = verdict.caught_by.as_deref().unwrap_or("NOT CAUGHT");
                println!(
                    "{:>4}/{total}  {by:<28} {} in {}",
                    done + 1,
                    verdict.key,
                    verdict.function
                );
                results::add(&folders, &verdict)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..flags.jobs.max(1)).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?)
    })?;
    report(&folders, &plan)
}

/// The measurement that was begun, if it is about the same; or a new one.
fn planned(flags: &Flags, folders: &Folders) -> Result<Plan, String> {
    let sample = if flags.all { usize::MAX } else { flags.sample };
    let begun =
        Plan::load(folders).filter(|plan| !flags.fresh && plan.seed == flags.seed && plan.sample == sample);
    if let Some(plan) = begun {
        return Ok(plan);
    }
    if results::path(folders).exists() {
        std::fs::remove_file(results::path(folders)).map_err(|error| error.to_string())?;
    }
    copy::make(folders)?;
    Plan::draw(folders, flags.seed, sample)
}

fn count(folders: &Folders) -> Result<(), String> {
    let all = plan::candidates(&folders.root)?;
    let mut rooms: BTreeMap<&str, usize> = BTreeMap::new();
    for mutant in &all {
        *rooms.entry(mutant.room()).or_default() += 1;
    }
    for (room, mutants) in rooms {
        println!("{mutants:>6}  {room}");
    }
    println!("{:>6}  all", all.len());
    Ok(())
}

fn report(folders: &Folders, plan: &Plan) -> Result<(), String> {
    let (verdicts, explained) = (results::load(folders), Explained::load()?);
    let date = Command::new("date")
        .args(["-u", "+%Y-%m-%d"])
        .output()
        .map_err(|error| format!("date: {error}"))?;
    let table = results::table(
        plan,
        &verdicts,
        &explained,
        String::from_utf8_lossy(&date.stdout).trim(),
    );
    println!("\n{table}");
    for mutant in plan.mutants.values() {
        if let Some(verdict) = verdicts.get(&mutant.key())
            && verdict.caught_by.is_none()
            && explained.kind(verdict).is_none()
        {
            println!("not caught: {} in {}", verdict.key, verdict.function);
        }
    }
    let to = folders.root.join("tests/data/mutation.md");
    std::fs::write(&to, table).map_err(|error| format!("{}: {error}", to.display()))
}
