//! The cases: what is done to a target, and which figures that gives.

mod api;
mod clients;
mod flat;
mod hard;
mod instrument;
mod latency;
mod memory;
mod throughput;
mod ways;

use std::io;
use std::time::Duration;

use super::measure::{Measure, Metric};
use super::target::Target;

pub use instrument::many;

/// How much is done in one run of a case.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// How long publishers publish.
    pub time: Duration,
    /// Less of everything that takes long.
    pub quick: bool,
}

/// One case.
#[derive(Clone, Copy)]
pub struct Case {
    /// The heading above it in the report.
    pub group: &'static str,
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The figures it gives, the most important first.
    pub metrics: &'static [Metric],
    /// Whether it makes sense with a target.
    pub suits: fn(&Target) -> bool,
    /// One run, with a fresh target.
    pub run: fn(&Target, Scale) -> io::Result<Vec<Measure>>,
}

/// Those over each way in, in the order of their report.
pub fn over_each_way() -> Vec<Case> {
    ways::cases()
}

/// All others, in the order of the report.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(throughput::CASES);
    cases.extend(latency::CASES);
    cases.extend(memory::CASES);
    cases.extend(instrument::CASES);
    cases.extend(api::CASES);
    cases.extend(hard::CASES);
    cases.extend(flat::CASES);
    cases.extend(clients::CASES);
    cases
}

fn any(_: &Target) -> bool {
    true
}
