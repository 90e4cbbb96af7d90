//! The ledger: every numbered statement of both standards, and what proves it.
//!
//! `tests/data/statements.tsv` has a line for each statement: id, whom it binds, its gist in our words, and a proof if
//! no row proves it: `test: crate::file::name …` names Rust tests, `reason: …` says why there is none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::catch_unwind;

use super::cite::rust_files;
use super::engine::InProcess;
use super::root;
use super::row::Row;
use super::run::{Outcome, run};

/// Whom a statement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// Servers.
    Server,
    /// Clients: nothing for a broker to do.
    Client,
    /// Both.
    Both,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// `MQTT5-3.1.2-22`.
    pub id: String,
    /// Whom it binds.
    pub binds: Binds,
    /// What it says, in our words.
    pub gist: String,
    /// Rust tests that prove it, `crate::file::name`.
    pub tests: Vec<String>,
    /// Why nothing proves it.
    pub reason: Option<String>,
}

impl Statement {
    /// `3.1.2` of `MQTT5-3.1.2-22`.
    pub fn section(&self) -> &str {
        let bare = self.id.split_once('-').map_or("", |(_, bare)| bare);
        bare.rsplit_once('-').map_or(bare, |(section, _)| section)
    }
}

/// How many statements there are: what nobody must forget.
pub const STATEMENTS: [(&str, usize); 2] = [("MQTT311-", 141), ("MQTT5-", 251)];

/// Reads the ledger.
///
/// # Errors
/// Says which line is wrong.
pub fn statements() -> Result<Vec<Statement>, String> {
    let path = root().join("tests/data/statements.tsv");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let wrong = |why: &str| format!("statements.tsv, line {}: {why}", number + 1);
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, binds, gist, proof] = columns[..] else {
            return Err(wrong("needs four columns"));
        };
        let binds = match binds {
            "server" => Binds::Server,
            "client" => Binds::Client,
            "both" => Binds::Both,
            _ => return Err(wrong("binds server, client or both")),
        };
        let (mut tests, mut reason) = (Vec::new(), None);
        if let Some(named) = proof.strip_prefix("test: ") {
            tests = named.split_whitespace().map(str::to_owned).collect();
        } else if let Some(why) = proof.strip_prefix("reason: ") {
            reason = Some(why.to_owned());
        } else if !proof.is_empty() {
            return Err(wrong("the proof begins with `test: ` or `reason: `"));
        }
        all.push(Statement {
            id: id.to_owned(),
            binds,
            gist: gist.to_owned(),
            tests,
            reason,
        });
    }
    Ok(all)
}

/// What a run of all rows in-process showed.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Statement id → names of the rows that passed for its version.
    pub proven: BTreeMap<String, BTreeSet<String>>,
    /// How many rows there are.
    pub rows: usize,
    /// How many rows × versions ran.
    pub cases: usize,
    /// What failed, to be shown.
    pub failures: Vec<String>,
}

/// Runs every row against the engine, bytes `piece` at a time (0: whole packets).
pub fn gather(rows: &[Row], piece: usize) -> Evidence {
    let mut evidence = Evidence {
        rows: rows.len(),
        ..Evidence::default()
    };
    for row in rows {
        for version in &row.versions {
            evidence.cases += 1;
            // A panic is this row's failure; the others run all the same.
            let outcome = catch_unwind(|| match InProcess::new(row, piece) {
                Ok(mut engine) => run(row, *version, &mut engine),
                Err(why) => Outcome::Failed(why),
            });
            let outcome = outcome.unwrap_or_else(|_| Outcome::Failed("the engine panicked".to_owned()));
            match outcome {
                Outcome::Passed => {
                    for id in row.proves_in(*version) {
                        evidence
                            .proven
                            .entry(id.to_owned())
                            .or_default()
                            .insert(row.name.clone());
                    }
                }
                Outcome::Skipped(why) => evidence
                    .failures
                    .push(format!("{} [{version}] did not run: {why}", row.name)),
                Outcome::Failed(why) => evidence
                    .failures
                    .push(format!("{} [{version}]\n    {why}", row.name)),
            }
        }
    }
    evidence
}

/// The Rust tests of a workspace member under the names that the ledger uses: `crate::file::name`.
///
/// # Errors
/// A file cannot be read.
pub fn rust_tests() -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for (member, package) in [
        ("broker", "broker"),
        ("broker/core", "broker-core"),
        ("config", "settings"),
        ("tests", "tests"),
    ] {
        for part in ["src", "tests"] {
            let dir = root().join(member).join(part);
            if !dir.is_dir() {
                continue;
            }
            for file in rust_files(&dir)? {
                let text =
                    fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
                let stem = file
                    .file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned())
                    .unwrap_or_default();
                for name in tests_in(&text) {
                    names.insert(format!("{package}::{stem}::{name}"));
                }
            }
        }
    }
    Ok(names)
}

/// The functions that follow a `#[test]` (or `#[tokio::test…]`) within a few lines.
fn tests_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut armed = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            armed = true;
        } else if armed
            && let Some(rest) = line
                .strip_prefix("fn ")
                .or_else(|| line.strip_prefix("async fn "))
        {
            names.extend(rest.split('(').next().map(str::to_owned));
            armed = false;
        }
    }
    names
}

/// Everything that is wrong with the ledger, given what ran and what the broker's source cites.
///
/// # Errors
/// A file cannot be read.
pub fn complaints(
    statements: &[Statement],
    evidence: &Evidence,
    cited: &super::cite::Citations,
) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    let known: BTreeSet<&str> = statements.iter().map(|statement| statement.id.as_str()).collect();
    if known.len() != statements.len() {
        wrong.push("an id stands twice in the ledger".to_owned());
    }
    for (prefix, count) in STATEMENTS {
        let have = known.iter().filter(|id| id.starts_with(prefix)).count();
        if have != count {
            wrong.push(format!(
                "the ledger has {have} statements {prefix}…; the standard has {count}"
            ));
        }
    }
    for id in evidence.proven.keys().filter(|id| !known.contains(id.as_str())) {
        wrong.push(format!("a row proves {id}, which is no statement"));
    }
    for (id, files) in cited.iter().filter(|(id, _)| !known.contains(id.as_str())) {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        wrong.push(format!("{} cites {id}, which is no statement", files.join(", ")));
    }
    let tests = rust_tests()?;
    for statement in statements {
        let id = &statement.id;
        for test in statement.tests.iter().filter(|test| !tests.contains(*test)) {
            wrong.push(format!("{id} names the test {test}, which does not exist"));
        }
        let proven = evidence.proven.contains_key(id) || !statement.tests.is_empty();
        if statement.binds != Binds::Client && !proven && statement.reason.is_none() {
            wrong.push(format!("{id} ({}) has neither proof nor reason", statement.gist));
        }
        if proven && statement.reason.is_some() {
            wrong.push(format!("{id} has a proof: its reason for having none can go"));
        }
    }
    Ok(wrong)
}
