//! The table of brokers: which features each has, as the conformance rows show it over the network.

pub mod page;
pub mod peer;
pub mod uses;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use crate::conformance::Version;
use serde::{Deserialize, Serialize};

use crate::conformance::row::Row;
use crate::conformance::run::{Outcome, run};
use crate::conformance::socket::Sockets;
use crate::harness::{Door, Way};

use self::peer::Running;

/// So long a packet may take to come.
const PATIENCE: Duration = Duration::from_millis(300);
/// So long rows may really wait for a time to be over, each time.
const WAIT: Duration = Duration::from_secs(3);

/// What people ask of a broker.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The part of the table.
    pub section: String,
    /// What the line of the table says.
    pub title: String,
    /// How the names of the rows begin that show it.
    pub rows: Vec<String>,
}

impl Feature {
    /// Whether a row is one of those that show it.
    pub fn has(&self, row: &str) -> bool {
        self.rows.iter().any(|begin| row.starts_with(begin))
    }
}

/// How many rows passed, failed, and were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// So many did what the standard demands.
    pub passed: usize,
    /// So many did not.
    pub failed: usize,
    /// So many need settings of ours, or a clock that can be moved.
    pub left_out: usize,
}

/// What was seen of a broker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seen {
    /// The broker.
    pub name: String,
    /// Its version, as it says it or as its package does.
    pub version: String,
    /// How it was started.
    pub how: String,
    /// The day.
    pub date: String,
    /// All rows that the standard demands, by version.
    pub all: BTreeMap<String, Sums>,
    /// The same by feature, and then by version.
    pub features: BTreeMap<String, BTreeMap<String, Sums>>,
    /// What failed: the row, and by version what happened.
    pub failed: BTreeMap<String, BTreeMap<String, String>>,
    /// Everyday uses by clients that others wrote: the use, and by client and version why it failed, if it did.
    #[serde(default)]
    pub uses: BTreeMap<String, BTreeMap<String, Option<String>>>,
}

impl Seen {
    /// Whether the broker speaks a version.
    pub fn speaks(&self, version: &str) -> bool {
        self.all.contains_key(version)
    }
}

/// The features, in the order of the table.
///
/// # Panics
/// The file with them is wrong, which a test sees first.
pub fn features() -> Vec<Feature> {
    #[derive(Deserialize)]
    struct File {
        feature: Vec<Feature>,
    }
    let text = include_str!("../../data/brokers/features.toml");
    let file: File = toml::from_str(text).expect("features.toml is right");
    file.feature
}

/// The file with what was seen.
pub fn results_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/brokers/results.json")
}

/// What was seen of all brokers, in the order of the table.
pub fn results() -> Result<Vec<Seen>, String> {
    let path = results_path();
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// So many rows share a broker where they failed on one that others had used before.
const FRESH_FOR: usize = 20;

/// A row in one version, and what came of it.
struct Case<'a> {
    row: &'a Row,
    version: Version,
    outcome: Outcome,
}

/// Puts a broker through the rows that the standard demands, in each version that it speaks. One that failed is tried again on
/// a broker that was just started, for an earlier row may have left it in disorder: in another order first, and then with few
/// others. `start` starts one, and `told` hears how far it is.
///
/// # Errors
/// The broker cannot be started.
pub fn look_at(
    start: &dyn Fn() -> Result<Running, String>,
    rows: &[Row],
    seen: &mut Seen,
    told: &mut dyn FnMut(usize, usize),
) -> Result<(), String> {
    let mut running = start()?;
    let mut cases = Vec::new();
    for version in [Version::V311, Version::V5] {
        let of_version = rows
            .iter()
            .filter(|row| !row.choice && row.versions.contains(&version));
        let all: Vec<&Row> = of_version.collect();
        let comes_in = all.iter().find(|row| row.name == "connect: a client comes in");
        if !comes_in.is_some_and(|row| matches!(outcome(&running, row, version), Outcome::Passed)) {
            continue;
        }
        for (number, row) in all.iter().enumerate() {
            told(number, all.len());
            let outcome = outcome(&running, row, version);
            running = still_running(running, &outcome, start)?;
            cases.push(Case {
                row,
                version,
                outcome,
            });
        }
    }
    for chunk in [usize::MAX, FRESH_FOR] {
        let mut failed: Vec<&mut Case<'_>> = cases
            .iter_mut()
            .filter(|case| matches!(case.outcome, Outcome::Failed(_)))
            .collect();
        failed.reverse();
        let count = failed.len();
        for (number, chunk) in failed.chunks_mut(chunk.min(count.max(1))).enumerate() {
            drop(running);
            running = start()?;
            for case in chunk {
                told(number, count);
                case.outcome = outcome(&running, case.row, case.version);
                running = still_running(running, &case.outcome, start)?;
            }
        }
    }
    let features = features();
    for case in &cases {
        note(case, &features, seen);
    }
    drop(running);
    uses::look_at(start, seen, told)
}

/// The same broker, or a new one in the place of one that the last row brought down.
fn still_running(
    running: Running,
    last: &Outcome,
    start: &dyn Fn() -> Result<Running, String>,
) -> Result<Running, String> {
    if !matches!(last, Outcome::Failed(_)) || answers(&running) {
        return Ok(running);
    }
    drop(running);
    start()
}

/// Whether a broker lets anybody in still.
fn answers(running: &Running) -> bool {
    let greeted = || {
        let mut stream = TcpStream::connect_timeout(&running.addr, PATIENCE).ok()?;
        stream.set_read_timeout(Some(WAIT)).ok()?;
        stream
            .write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\x3C\0\x04here")
            .ok()?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).ok()?;
        stream.write_all(b"\xE0\0").ok()
    };
    greeted().is_some()
}

fn note(case: &Case<'_>, features: &[Feature], seen: &mut Seen) {
    let version = case.version.to_string();
    let count = |sums: &mut Sums| match case.outcome {
        Outcome::Passed => sums.passed += 1,
        Outcome::Failed(_) => sums.failed += 1,
        Outcome::Skipped(_) => sums.left_out += 1,
    };
    count(seen.all.entry(version.clone()).or_default());
    for feature in features.iter().filter(|feature| feature.has(&case.row.name)) {
        let by_version = seen.features.entry(feature.title.clone()).or_default();
        count(by_version.entry(version.clone()).or_default());
    }
    if let Outcome::Failed(why) = &case.outcome {
        let failed = seen.failed.entry(case.row.name.clone()).or_default();
        failed.insert(version, why.clone());
    }
}

fn outcome(running: &Running, row: &Row, version: Version) -> Outcome {
    if !row.settings.is_empty() {
        return Outcome::Skipped("needs settings of ours");
    }
    let door = Door::new(Way::Tcp, running.addr);
    let mut wire = Sockets::new(&door, PATIENCE).foreign(WAIT);
    let outcome = run(row, version, &mut wire);
    wire.clean_up(row);
    match outcome {
        // A server may grant less than is asked for. What the row is about is then not seen.
        Outcome::Failed(why) if grants_less(&why) => Outcome::Skipped("the broker grants a lower QoS"),
        outcome => outcome,
    }
}

/// Whether a row ended at a SUBACK that grants less than it asked for, and refuses nothing.
fn grants_less(why: &str) -> bool {
    ["codes is 0, not 1", "codes is 0, not 2", "codes is 1, not 2"]
        .iter()
        .any(|less| why.contains(less))
}
