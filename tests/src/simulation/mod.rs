//! A simulation of the whole engine: one seed decides clients, packets, cuts and times; a model says what is right.
//!
//! | file | idea |
//! |---|---|
//! | `rng` | the one source of chance |
//! | `plan` | what a seed decides once: settings, features, roughness |
//! | `client` | a client with its own session state |
//! | `net` | a connection with bytes under way |
//! | `world` | engine, model, clients and connections together; time |
//! | `act` | what happens next |
//! | `keep` | what a store would keep is what the engine holds |
//! | `restart` | the engine is written down, read again and put back |
//! | `rest` | everything is brought to rest, and ended |
//! | `model` | what a broker must do |
//!
//! `cargo run -p tests --bin simulate -- --seed N` replays one seed; see [`run`].

// A tool for people: these would make it longer and not clearer.
#![allow(
    clippy::enum_variant_names,
    clippy::explicit_auto_deref,
    clippy::unwrap_or_default,
    clippy::option_option,
    clippy::semicolon_if_nothing_returned,
    clippy::single_match_else,
    clippy::unnecessary_wraps,
    clippy::zero_sized_map_values
)]

mod act;
mod client;
mod keep;
mod message;
mod model;
mod net;
mod plan;
mod rest;
mod restart;
mod rng;
mod trace;
mod world;

use trace::Trace;
use world::World;

/// What a run that found nothing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Steps of the scheduler.
    pub steps: u64,
    /// Packets that the engine took and sent.
    pub packets: u64,
    /// PUBLISH packets that the engine sent.
    pub deliveries: u64,
}

/// What a run found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// After how many steps it showed.
    pub step: usize,
    /// What is wrong.
    pub what: String,
    /// What happened before, oldest first; empty unless asked for.
    pub trace: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.trace {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "seed {}, step {}: {}", self.seed, self.step, self.what)?;
        write!(
            f,
            "replay: cargo run -p tests --bin simulate -- --seed {} --steps {}",
            self.seed, self.step
        )
    }
}

/// Runs the simulation that `seed` decides, of at most `steps` steps, keeping the last `trace` lines of what happened.
///
/// # Errors
/// What the engine did wrong. The same seed finds the same again; fewer steps are a prefix of more.
pub fn run(seed: u64, steps: Option<usize>, trace: usize) -> Result<Summary, Failure> {
    let mut world = World::new(seed, Trace::keep(trace));
    let most = world.plan.steps.min(steps.unwrap_or(usize::MAX));
    let mut step = 0;
    let mut result = Ok(());
    while step < most && result.is_ok() {
        step += 1;
        result = world.step();
    }
    let result = result
        .and_then(|()| world.come_to_rest())
        .and_then(|()| world.end());
    match result {
        Ok(()) => Ok(Summary {
            steps: step as u64,
            packets: world.packets,
            deliveries: world.model.deliveries,
        }),
        Err(what) => Err(Failure {
            seed,
            step,
            what,
            trace: world.trace.into_lines(),
        }),
    }
}

/// Runs `seed`; on a failure looks for the fewest steps that still show one, and returns that one with its trace.
///
/// # Errors
/// The failure with the fewest steps.
pub fn run_and_explain(seed: u64, trace: usize) -> Result<Summary, Failure> {
    let first = match run(seed, None, 0) {
        Ok(summary) => return Ok(summary),
        Err(failure) => failure,
    };
    let fewest = (0..=first.step)
        .find(|steps| run(seed, Some(*steps), 0).is_err())
        .unwrap_or(first.step);
    run(seed, Some(fewest), trace)
}
