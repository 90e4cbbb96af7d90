//! What a mutant is put through, in this order, until something notices it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cargo::programs;
use crate::copy::Folders;
use crate::plan::ROOMS;

/// One test program.
#[derive(Debug, Clone)]
pub struct Stage {
    /// `rows`, or the package and the name of its test program.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Where it is started.
    pub folder: PathBuf,
    /// Its arguments.
    pub arguments: Vec<&'static str>,
    /// The rooms that it can reach.
    pub rooms: &'static [&'static str],
    /// How long it takes when nothing is wrong, in seconds.
    pub secs: f64,
}

/// The name of the first stage: the conformance rows, whole and byte by byte.
pub const ROWS: &str = "rows";

/// All rooms; those that the engine is made of; and those that stand alone.
const ALL: &[&str] = &ROOMS;
const ENGINE: &[&str] = &[
    "topic", "wire", "session", "router", "engine", "auth", "journal", "snapshot",
];
const WIRE: &[&str] = &["topic", "wire"];
const ROUTER: &[&str] = &["topic", "router"];

/// Package, test program, the rooms that it can reach. The rows come first; then what is quick, so that what is slow
/// seldom runs. Tests that need sockets come last: few mutants of these rooms get there.
const STAGES: &[(&str, &str, &[&str])] = &[
    ("tests", "conformance", ENGINE),
    ("broker", "lib", ALL),
    ("broker", "corners", ALL),
    ("broker", "engine_sys", ENGINE),
    ("broker", "engine_runs", ENGINE),
    ("broker", "sim_regressions", ENGINE),
    ("broker", "snapshot", ENGINE),
    ("broker", "wire_corpus", WIRE),
    ("broker", "wire_oracle", WIRE),
    ("broker", "wire_roundtrip", WIRE),
    ("broker", "router_deep", ROUTER),
    ("tests", "simulation", ENGINE),
    ("broker", "engine_lanes", ENGINE),
    ("broker", "journal", ENGINE),
    ("broker", "router_subscriptions", ROUTER),
    ("broker", "engine_arbitrary", ENGINE),
    ("broker", "router_retained", ROUTER),
    ("broker", "engine_auth", ENGINE),
    ("broker", "waits", ENGINE),
    ("tests", "expect", ALL),
    ("tests", "expect_reports", ALL),
    ("tests", "instrument", ALL),
    ("tests", "state", ALL),
    ("tests", "bounds", ALL),
    ("tests", "refusals", ALL),
    ("tests", "restarts", ALL),
];

/// Builds all of them.
///
/// # Errors
/// They do not compile.
pub fn build(folders: &Folders) -> Result<Vec<Stage>, String> {
    let mut built = BTreeMap::new();
    for package in ["broker", "tests"] {
        let targets: Vec<&str> = STAGES
            .iter()
            .filter(|(of, ..)| *of == package)
            .map(|(_, name, _)| *name)
            .collect();
        for (name, program) in programs(folders, package, &targets)? {
            built.insert((package, name), program);
        }
    }
    let stage = |(package, target, rooms): &(&'static str, &str, &'static [&'static str])| {
        let program = built
            .get(&(*package, (*target).to_owned()))
            .ok_or(format!("cargo built no {target}"))?;
        let (name, arguments) = match *target {
            "conformance" => (ROWS.to_owned(), vec!["every_row_in_process"]),
            _ => (format!("{package}: {target}"), vec!["-q"]),
        };
        Ok(Stage {
            name,
            program: program.clone(),
            folder: folders.copy().join(package),
            arguments,
            rooms,
            secs: 0.0,
        })
    };
    STAGES.iter().map(stage).collect()
}
