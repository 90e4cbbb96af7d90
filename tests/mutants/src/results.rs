//! The file of results, a line a mutant, and the table made of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use crate::copy::Folders;
use crate::plan::{Plan, ROOMS};
use crate::trial::{End, Verdict};

/// What became of each mutant so far, by its key. A mutant that was tried again counts as it went the last time.
pub fn load(folders: &Folders) -> BTreeMap<String, Verdict> {
    let text = fs::read_to_string(path(folders)).unwrap_or_default();
    let verdicts = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Verdict>(line).ok());
    verdicts.map(|verdict| (verdict.key.clone(), verdict)).collect()
}

/// Adds a line.
///
/// # Errors
/// The file cannot be written.
pub fn add(folders: &Folders, verdict: &Verdict) -> Result<(), String> {
    let line = serde_json::to_string(verdict).map_err(|error| error.to_string())? + "\n";
    let file = fs::File::options().create(true).append(true).open(path(folders));
    file.and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|error| error.to_string())
}

/// Where the results are.
pub fn path(folders: &Folders) -> PathBuf {
    folders.work.join("results.jsonl")
}

/// Why a survivor may live: a line of `explained.tsv`, with tabs between file, function, change, kind and reason.
#[derive(Debug)]
pub struct Explained(Vec<[String; 5]>);

impl Explained {
    /// Reads the list.
    ///
    /// # Errors
    /// It cannot be read, or a line is invalid.
    pub fn load() -> Result<Self, String> {
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/explained.tsv"));
        let text = text.map_err(|error| format!("explained.tsv: {error}"))?;
        let mut lines = Vec::new();
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let parts: Vec<String> = line.split('\t').map(str::to_owned).collect();
            lines.push(
                parts
                    .try_into()
                    .map_err(|_| format!("explained.tsv: not five columns: {line}"))?,
            );
        }
        Ok(Self(lines))
    }

    /// The kind of the reason for this one, if it has one.
    pub fn kind(&self, verdict: &Verdict) -> Option<&str> {
        let fits = |line: &&[String; 5]| {
            let [file, function, what, ..] = *line;
            *file == verdict.file && *function == verdict.function && *what == verdict.what
        };
        self.0.iter().find(fits).map(|[.., kind, _]| kind.as_str())
    }
}

/// The figures of a room.
#[derive(Debug, Default)]
struct Sum {
    mutants: usize,
    by_rows: usize,
    by_all: usize,
    by_time: usize,
    explained: usize,
}

impl Sum {
    fn count(&mut self, verdict: &Verdict, explained: &Explained) {
        self.mutants += 1;
        self.by_rows += usize::from(verdict.by_rows());
        self.by_all += usize::from(verdict.caught_by.is_some());
        self.by_time += usize::from(verdict.end == End::Time);
        self.explained += usize::from(verdict.caught_by.is_none() && explained.kind(verdict).is_some());
    }

    fn row(&self, name: &str) -> String {
        let share = |part: usize| {
            format!(
                "{part} ({:.0} %)",
                100.0 * part as f64 / self.mutants.max(1) as f64
            )
        };
        format!(
            "| {name} | {} | {} | {} | {} | {} | {} |\n",
            self.mutants,
            share(self.by_rows),
            share(self.by_all),
            self.by_time,
            self.explained,
            self.mutants - self.by_all - self.explained
        )
    }
}

/// The table for docs/CONFORMANCE.md.
pub fn table(plan: &Plan, verdicts: &BTreeMap<String, Verdict>, explained: &Explained, date: &str) -> String {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    for verdict in plan
        .mutants
        .values()
        .filter_map(|mutant| verdicts.get(&mutant.key()))
    {
        sums.entry(&verdict.room).or_default().count(verdict, explained);
        all.count(verdict, explained);
    }
    let mut text = String::new();
    let _ = write!(
        text,
        "Seed {}: {} mutants of {} that the sources offer, drawn evenly. Measured on {date}.\n\n\
         | room | mutants | caught by rows | caught by everything | of these by time | explained | not caught |\n\
         |---|---|---|---|---|---|---|\n",
        plan.seed, all.mutants, plan.candidates
    );
    for room in ROOMS {
        if let Some(sum) = sums.get(room) {
            text.push_str(&sum.row(room));
        }
    }
    text.push_str(&all.row("all"));
    text
}
