//! [`Failure`]: an expectation that was not met, and everything that helps to see why.

use std::fmt;
use std::time::Duration;

use super::{Count, Difference, Pattern, Progress, Standing, notes};
use crate::journal::{Entry, Excerpt, Ladder};

/// Nearest misses at the most.
const MISSES: usize = 3;
/// Lines of the ladder.
const LADDER_LINES: usize = 24;

/// An expectation that was not met. What it prints tells everything that is known: what was expected, how often it came,
/// what came closest and in what that differs, why something may not have come, and the journal around it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Failure {
    /// What was expected, in words.
    pub expected: String,
    /// The pattern that it failed at: `None` where there is only one.
    pub step: Option<String>,
    /// How often this was to come.
    pub count: Count,
    /// How often it came.
    pub found: usize,
    /// What came closest, the closest first.
    pub nearest: Vec<(Entry, Vec<Difference>)>,
    /// What else may explain it.
    pub notes: Vec<String>,
    /// The journal from the mark on, as far as it is held: the latest last.
    pub entries: Vec<Entry>,
    /// How many entries the journal had forgotten before they could be looked at.
    pub missed: u64,
    /// How long was waited; `None` where nothing was waited for.
    pub waited: Option<Duration>,
    /// The broker's seed.
    pub seed: u64,
    /// Where in the test it stands.
    pub location: String,
}

impl Failure {
    pub(crate) fn new(progress: &Progress, seen: Excerpt, waited: Option<Duration>) -> Self {
        let steps = &progress.expectation().steps;
        // Where the present step is complete, it is the next one that did not come.
        let mut at = progress.step();
        let mut found = progress.count();
        if progress.standing() == Standing::Open
            && steps.get(at).is_some_and(|step| found >= step.count.min)
            && let Some(next) = (at + 1..steps.len()).find(|next| steps[*next].count.min > 0)
        {
            at = next;
            found = 0;
        }
        let pattern = steps.get(at).or(steps.last());
        let missing = progress.standing() == Standing::Open;
        let behind = progress
            .found()
            .last()
            .map_or(progress.since().seq(), |entry| entry.seq + 1);
        let nearest = match pattern {
            Some(pattern) if missing => {
                let from = if at == 0 { progress.since().seq() } else { behind };
                let later = seen.entries.iter().filter(|entry| entry.seq >= from);
                nearest(pattern, later)
            }
            _ => Vec::new(),
        };
        Self {
            expected: progress.expectation().to_string(),
            step: pattern.filter(|_| steps.len() > 1).map(ToString::to_string),
            count: pattern.map(|pattern| pattern.count).unwrap_or_default(),
            found,
            nearest,
            notes: pattern
                .filter(|_| missing)
                .map(|pattern| notes::notes(pattern, &seen.entries))
                .unwrap_or_default(),
            missed: progress.missed().max(seen.missed),
            entries: seen.entries,
            waited,
            seed: 0,
            location: String::new(),
        }
    }
}

/// The entries that differ least; of equals those that agree in most, then the latest. Another topic or another client is
/// a greater difference than any field.
fn nearest<'a>(pattern: &Pattern, entries: impl Iterator<Item = &'a Entry>) -> Vec<(Entry, Vec<Difference>)> {
    let mut misses: Vec<_> = entries
        .filter_map(|entry| Some((entry, pattern.compare(entry)?)))
        .filter(|(_, fit)| !fit.differences.is_empty())
        .collect();
    let identity = |difference: &&Difference| matches!(&*difference.field, "sent" | "client" | "topic");
    misses.sort_by_key(|(entry, fit)| {
        let others = fit.differences.iter().filter(identity).count();
        (
            others,
            fit.differences.len(),
            usize::MAX - fit.agreed,
            u64::MAX - entry.seq,
        )
    });
    misses
        .into_iter()
        .take(MISSES)
        .map(|(entry, fit)| (entry.clone(), fit.differences))
        .collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)?;
        if let Some(step) = &self.step {
            write!(f, "\n  failed at: {step}")?;
        }
        let found = match self.found {
            0 => "it did not come".to_owned(),
            1 => "it came once".to_owned(),
            n => format!("it came {n} times"),
        };
        let within = self
            .waited
            .map_or_else(String::new, |waited| format!(" within {waited:?}"));
        writeln!(f, "\n  {found}{within}, wanted: {}", self.count)?;
        if self.missed > 0 {
            writeln!(
                f,
                "  the journal had forgotten {} entries before they could be looked at: raise `journal.entries` and \
                 `journal.bytes`, or set a later mark",
                self.missed
            )?;
        }
        if !self.nearest.is_empty() {
            writeln!(f, "  nearest:")?;
        }
        for (entry, differences) in &self.nearest {
            writeln!(f, "    #{} {}", entry.seq, entry.words())?;
            for difference in differences {
                writeln!(f, "        {difference}")?;
            }
        }
        for note in &self.notes {
            writeln!(f, "  note: {note}")?;
        }
        if self.entries.is_empty() {
            writeln!(f, "  nothing at all is in the journal since the mark")?;
        } else {
            writeln!(f, "  the journal since the mark:")?;
            let ladder = Ladder::new(&self.entries).lines(LADDER_LINES).to_string();
            for line in ladder.lines() {
                writeln!(f, "    {line}")?;
            }
        }
        write!(f, "  seed {}", self.seed)?;
        if !self.location.is_empty() {
            write!(f, ", expected at {}", self.location)?;
        }
        Ok(())
    }
}
