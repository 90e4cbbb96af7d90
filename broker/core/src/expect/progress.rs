//! [`Progress`]: how far an expectation has come, entry by entry.

use super::{Expectation, Matched};
use crate::journal::{Entry, Journal, Mark, Part};

/// How many entries are read from the journal at once.
const BATCH: usize = 4096;
/// How many of the entries that were found are kept.
const KEPT: usize = 10_000;

/// Where an expectation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// More must come.
    Open,
    /// It is met, unless more comes.
    Enough,
    /// It is met. Nothing that comes can change that.
    Met,
    /// It is not met: something came too often. Nothing that comes can change that.
    Exceeded,
}

/// An expectation, and what was found for it so far.
#[derive(Debug)]
pub struct Progress {
    expectation: Expectation,
    since: Mark,
    /// Everything before this place was looked at.
    until: Mark,
    step: usize,
    /// How often an entry fitted the present step.
    count: usize,
    found: Vec<Entry>,
    /// The place behind the last entry found.
    behind: Mark,
    missed: u64,
    exceeded: bool,
}

impl Progress {
    /// Nothing found yet; only entries from `since` on count.
    pub fn new(expectation: Expectation, since: Mark) -> Self {
        Self {
            expectation,
            since,
            until: since,
            step: 0,
            count: 0,
            found: Vec::new(),
            behind: since,
            missed: 0,
            exceeded: false,
        }
    }

    /// Looks at what was recorded since the last look.
    pub fn look(&mut self, journal: &Journal) -> Standing {
        while !self.is_decided() {
            let excerpt = journal.read(self.until, BATCH, &self.expectation);
            self.missed += excerpt.missed;
            if excerpt.entries.is_empty() {
                self.until = excerpt.until;
                break;
            }
            for entry in &excerpt.entries {
                self.show(entry);
            }
        }
        self.standing()
    }

    /// Looks at a part of what was recorded since the last look. Returns whether there is more.
    pub fn look_at(&mut self, journal: &Journal, part: Part) -> bool {
        let excerpt = journal.read_part(self.until, part, &self.expectation);
        self.missed += excerpt.missed;
        for entry in &excerpt.entries {
            self.show(entry);
        }
        self.until = self.until.max(excerpt.until);
        !self.is_decided() && self.until < journal.mark()
    }

    /// Looks at one entry. The [`Index`](super::Index) shows only entries that may concern the expectation.
    pub fn show(&mut self, entry: &Entry) {
        if !self.is_decided() && entry.seq >= self.until.seq() {
            self.until = Mark::before(entry.seq + 1);
            self.take(entry);
        }
    }

    /// The journal forgot `entries` entries before they could be shown.
    pub fn miss(&mut self, entries: u64) {
        self.missed += entries;
    }

    /// Whether nothing that comes can change it any more.
    fn is_decided(&self) -> bool {
        matches!(self.standing(), Standing::Met | Standing::Exceeded)
    }

    fn take(&mut self, entry: &Entry) {
        let steps = &self.expectation.steps;
        let Some(present) = steps.get(self.step) else {
            return;
        };
        // Once the present step came often enough, the next one may come; the one after that as well, if the next one need
        // not come.
        let mut reached = self.count >= present.count.min;
        for (number, later) in steps.iter().enumerate().skip(self.step + 1) {
            if !reached {
                break;
            }
            if later.pattern.fits(entry) {
                self.step = number;
                self.count = 1;
                self.exceeded = later.count.is_exceeded_by(1);
                return self.keep(entry);
            }
            reached = later.count.min == 0;
        }
        if present.pattern.fits(entry) {
            self.count += 1;
            self.exceeded = present.count.is_exceeded_by(self.count);
            self.keep(entry);
        }
    }

    fn keep(&mut self, entry: &Entry) {
        self.behind = Mark::before(entry.seq + 1);
        if self.found.len() < KEPT {
            self.found.push(entry.clone());
        }
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        if self.exceeded {
            return Standing::Exceeded;
        }
        let steps = &self.expectation.steps;
        let Some(step) = steps.get(self.step) else {
            return Standing::Met;
        };
        // A last step that need not come at all counts as reached.
        let rest = steps.get(self.step + 1..).unwrap_or_default();
        if self.count < step.count.min || rest.iter().any(|step| step.count.min > 0) {
            Standing::Open
        } else if step.count.max.is_none() && rest.is_empty() {
            Standing::Met
        } else {
            Standing::Enough
        }
    }

    /// How often an entry fitted the present step.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Which step is the present one.
    pub fn step(&self) -> usize {
        self.step
    }

    /// What is expected.
    pub fn expectation(&self) -> &Expectation {
        &self.expectation
    }

    /// From where entries count.
    pub fn since(&self) -> Mark {
        self.since
    }

    /// How many entries the journal forgot before they could be looked at.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The entries found so far, in order.
    pub fn found(&self) -> &[Entry] {
        &self.found
    }

    /// Whether this entry is one of those found.
    pub fn has_found(&self, entry: &Entry) -> bool {
        let seq = |found: &Entry| found.seq;
        self.found.binary_search_by_key(&entry.seq, seq).is_ok()
    }

    /// The place behind the last entry found.
    pub fn behind(&self) -> Mark {
        self.behind
    }

    /// What was found; `unproven` says why more may be coming, where that is not known.
    pub fn take_matched(&mut self, unproven: Option<String>) -> Matched {
        Matched {
            entries: std::mem::take(&mut self.found),
            unproven,
        }
    }
}
