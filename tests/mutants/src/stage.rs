//! What a mutant is put through, in this order, until something notices it.

use std::collections::{BTreeMap, BTreeSet};
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

/// The integration tests of a package that are one program.
const IT: &str = "it";

/// A stage: the package, the test program, which of its tests (by the beginning of their names; all where it is empty),
/// and the rooms that they can reach.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// The rows come first; then what is quick, so that what is slow seldom runs. Tests that need sockets come last: few
/// mutants of these rooms get there.
const STAGES: &[Row] = &[
    ("tests", IT, "conformance::every_row_in_process", ENGINE),
    ("broker-core", "lib", "", ALL),
    ("broker-core", IT, "corners::", ALL),
    ("broker-core", IT, "engine_sys::", ENGINE),
    ("broker-core", IT, "engine_runs::", ENGINE),
    ("broker-core", IT, "sim_regressions::", ENGINE),
    ("broker", IT, "snapshot::", ENGINE),
    ("broker-core", IT, "wire_corpus::", WIRE),
    ("broker-core", IT, "wire_oracle::", WIRE),
    ("broker-core", IT, "wire_roundtrip::", WIRE),
    ("broker-core", IT, "router_deep::", ROUTER),
    ("tests", IT, "simulation::", ENGINE),
    ("broker-core", IT, "engine_lanes::", ENGINE),
    ("broker-core", IT, "journal::", ENGINE),
    ("broker-core", IT, "router_subscriptions::", ROUTER),
    ("broker-core", IT, "engine_arbitrary::", ENGINE),
    ("broker-core", IT, "router_retained::", ROUTER),
    ("broker-core", IT, "engine_auth::", ENGINE),
    ("broker", IT, "corners::", ALL),
    ("broker", IT, "waits::", ENGINE),
    ("tests", IT, "expect::", ALL),
    ("tests", IT, "expect_reports::", ALL),
    ("tests", IT, "instrument::", ALL),
    ("tests", IT, "state::", ALL),
    ("tests", IT, "bounds::", ALL),
    ("tests", IT, "refusals::", ALL),
    ("tests", IT, "restarts::", ALL),
];

/// Builds all of them.
///
/// # Errors
/// They do not compile.
pub fn build(folders: &Folders) -> Result<Vec<Stage>, String> {
    let mut built = BTreeMap::new();
    for package in ["broker-core", "broker", "tests"] {
        let targets: BTreeSet<&str> = STAGES
            .iter()
            .filter(|(of, ..)| *of == package)
            .map(|(_, name, ..)| *name)
            .collect();
        for (name, program) in programs(folders, package, targets)? {
            built.insert((package, name), program);
        }
    }
    let stage = |&(package, target, tests, rooms): &Row| {
        let program = built
            .get(&(package, target.to_owned()))
            .ok_or(format!("cargo built no {target}"))?;
        let name = match (target, tests.trim_end_matches(':')) {
            (IT, tests) if tests.starts_with("conformance") => ROWS.to_owned(),
            (_, "") => format!("{package}: {target}"),
            (_, tests) => format!("{package}: {tests}"),
        };
        Ok(Stage {
            name,
            program: program.clone(),
            // Packages lie in folders of their names: `broker-core` in `broker/core`.
            folder: folders.copy().join(package.replace('-', "/")),
            arguments: arguments(tests),
            rooms,
            secs: 0.0,
        })
    };
    STAGES.iter().map(stage).collect()
}

/// What the test program is told, so that it runs `tests`. What a filter finds further inside a name is left out: those
/// tests need other programs.
fn arguments(tests: &'static str) -> Vec<&'static str> {
    match tests {
        "" => vec!["-q"],
        _ => vec!["-q", tests, "--skip", "clients::"],
    }
}
