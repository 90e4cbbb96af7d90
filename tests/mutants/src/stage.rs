//! What a mutant is put through, in this order, until something notices it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cargo::programs;
use crate::copy::Folders;

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
    /// How long it takes when nothing is wrong, in seconds.
    pub secs: f64,
}

/// The name of the first stage: the conformance rows, whole and byte by byte.
pub const ROWS: &str = "rows";

/// Package, test program, arguments. The rows come first; then what is quick, so that what is slow seldom runs. Tests
/// that need sockets come last: few mutants of these rooms get there.
const STAGES: &[(&str, &str, &[&str])] = &[
    ("tests", "conformance", &["every_row_in_process"]),
    ("broker", "lib", &["-q"]),
    ("broker", "engine_sys", &["-q"]),
    ("broker", "engine_runs", &["-q"]),
    ("broker", "sim_regressions", &["-q"]),
    ("broker", "snapshot", &["-q"]),
    ("broker", "wire_corpus", &["-q"]),
    ("broker", "wire_oracle", &["-q"]),
    ("broker", "wire_roundtrip", &["-q"]),
    ("broker", "router_deep", &["-q"]),
    ("tests", "simulation", &["-q"]),
    ("broker", "engine_lanes", &["-q"]),
    ("broker", "journal", &["-q"]),
    ("broker", "router_subscriptions", &["-q"]),
    ("broker", "engine_arbitrary", &["-q"]),
    ("broker", "router_retained", &["-q"]),
    ("broker", "engine_auth", &["-q"]),
    ("tests", "expect", &["-q"]),
    ("tests", "expect_reports", &["-q"]),
    ("tests", "state", &["-q"]),
    ("tests", "bounds", &["-q"]),
    ("tests", "refusals", &["-q"]),
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
    let stage = |(package, target, arguments): &(&'static str, &str, &[&'static str])| {
        let program = built
            .get(&(*package, (*target).to_owned()))
            .ok_or(format!("cargo built no {target}"))?;
        let name = if *target == "conformance" {
            ROWS.to_owned()
        } else {
            format!("{package}: {target}")
        };
        Ok(Stage {
            name,
            program: program.clone(),
            folder: folders.copy().join(package),
            arguments: arguments.to_vec(),
            secs: 0.0,
        })
    };
    STAGES.iter().map(stage).collect()
}
