//! [`View`]: what is looked at: which rows, which of them is selected, which part of the screen has the keys.

use std::collections::VecDeque;
use std::sync::Arc;

use super::filter::Filter;
use super::ingest::Ladder;
use super::lanes::Lanes;
use super::row::{MOST_ROWS, Marks};
use crate::journal::Entry;
use crate::time::Time;

/// So many lines of the program are kept.
const MOST_LINES: usize = 100;

/// A part of the screen that can have the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Part {
    #[default]
    Ladder,
    Clients,
    Topics,
    Packet,
}

/// An entry that was fetched to be read.
#[derive(Debug)]
pub(super) struct Opened {
    pub n: u64,
    /// `None` where the journal does not keep it any more.
    pub entry: Option<Entry>,
}

#[derive(Debug, Default)]
pub(super) struct View {
    pub ladder: Ladder,
    pub filter: Filter,
    pub lanes: Lanes,
    /// Numbers of the rows that are shown.
    shown: VecDeque<u64>,
    /// Rows before this one were looked at.
    up_to: u64,
    /// Rows were left out, for there were too many to follow.
    pub is_sample: bool,
    pub part: Part,
    /// Whether the lists stand beside the ladder.
    pub is_wide: bool,
    /// The selected row; without one the ladder follows what comes.
    pub selected: Option<u64>,
    /// The row at the bottom of the ladder, where it neither follows nor has one selected.
    pub paused_at: Option<u64>,
    /// The packet that is being read.
    pub opened: Option<Opened>,
    /// Whether the filter is being typed.
    pub is_typing: bool,
    pub has_help: bool,
    /// How far the list of keys is scrolled.
    pub help_at: usize,
    /// How far lists and the packet are scrolled, and which line of a list is selected.
    pub at_client: usize,
    pub at_topic: usize,
    pub scrolled: usize,
    /// What the program says of itself, the latest last.
    pub lines: VecDeque<String>,
    /// Entries in the journal so far, and those that were not read.
    pub entries: u64,
    pub missed: u64,
    pub now: Time,
    pub is_frozen: bool,
    /// Where the broker listens.
    pub place: String,
    pub port: u16,
    /// Entries a second, and what was counted when.
    pub per_sec: u64,
    counted: (u64, Time),
}

impl View {
    pub fn new(place: String, port: u16) -> Self {
        Self {
            place,
            port,
            ..Self::default()
        }
    }

    /// Whether the ladder shows what comes.
    pub const fn is_live(&self) -> bool {
        self.selected.is_none() && self.paused_at.is_none()
    }

    /// Takes what came.
    pub fn take(&mut self, entries: &[Entry], missed: u64, last: u64, now: Time) {
        let before = self.ladder.rows.next();
        for entry in entries {
            self.ladder.entry(entry);
        }
        self.missed += missed;
        self.entries = self.entries.max(last);
        self.tick(now);
        self.filter.pace(self.ladder.rows.next() - before, now);
        self.extend();
    }

    /// So late it is.
    pub fn tick(&mut self, now: Time) {
        self.now = self.now.max(now);
        let (entries, at) = self.counted;
        let took = self.now.saturating_since(at).as_millis();
        if took >= 1_000 {
            let came = u128::from(self.entries - entries);
            self.per_sec = u64::try_from(came * 1_000 / took).unwrap_or(u64::MAX);
            self.counted = (self.entries, self.now);
        }
    }

    /// Looks at the rows that came, and lets go of those that are forgotten.
    fn extend(&mut self) {
        let rows = &self.ladder.rows;
        let is_sampling = self.is_live() && self.filter.every() > 1;
        for n in self.up_to.max(rows.first())..rows.next() {
            let Some(row) = rows.get(n).filter(|row| self.filter.shows(row)) else {
                continue;
            };
            if is_sampling && !self.filter.samples(n, row) {
                self.is_sample = true;
                continue;
            }
            if self.shown.len() == MOST_ROWS {
                self.shown.pop_front();
            }
            self.shown.push_back(n);
        }
        self.up_to = rows.next();
        while self.shown.front().is_some_and(|n| *n < rows.first()) {
            self.shown.pop_front();
        }
        for held in [&mut self.selected, &mut self.paused_at].into_iter().flatten() {
            *held = (*held).max(rows.first());
        }
    }

    /// All rows anew: the filter is another one, or the sample is to be all.
    pub fn rebuild(&mut self) {
        self.shown.clear();
        self.up_to = 0;
        self.is_sample = false;
        let every = std::mem::take(&mut self.selected);
        let paused = self.paused_at.replace(0);
        self.extend();
        self.selected = every;
        self.paused_at = paused;
    }

    /// The rows that fit into so many lines, the oldest first.
    pub fn window(&self, lines: usize) -> impl Iterator<Item = u64> {
        let bottom = match (self.selected, self.paused_at) {
            // The selected one has some lines of what follows below it.
            (Some(n), _) => (self.index(n) + 1 + lines / 3).max(lines),
            (None, Some(n)) => (self.index(n) + 1).max(lines),
            (None, None) => self.shown.len(),
        };
        let bottom = bottom.min(self.shown.len());
        self.shown.range(bottom.saturating_sub(lines)..bottom).copied()
    }

    /// The place among those shown of this row, or of the first one behind it.
    fn index(&self, n: u64) -> usize {
        let at = self.shown.partition_point(|shown| *shown < n);
        at.min(self.shown.len().saturating_sub(1))
    }

    /// Rows that are shown.
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// Selects a row: the ladder stands still there.
    pub fn select(&mut self, n: u64) {
        if self.is_sample {
            self.selected = Some(n);
            self.rebuild();
        }
        self.selected = Some(n);
        self.paused_at = None;
        self.scrolled = 0;
    }

    /// So many rows on or back.
    pub fn step(&mut self, by: isize) {
        if self.shown.is_empty() {
            return;
        }
        let last = self.shown.len() - 1;
        let at = match self.selected.or(self.paused_at) {
            Some(n) => self.index(n).saturating_add_signed(by),
            // The first step of a ladder that follows selects what came last.
            None => last.saturating_add_signed(by.min(0) + 1),
        };
        self.select(self.shown[at.min(last)]);
    }

    /// The first row, or the last.
    pub fn end(&mut self, is_last: bool) {
        let row = if is_last {
            self.shown.back()
        } else {
            self.shown.front()
        };
        if let Some(n) = row {
            self.select(*n);
        }
    }

    /// The next row or the one before within the exchange, or within what left because of the same message.
    pub fn in_exchange(&mut self, by: isize) {
        let Some(n) = self.selected else {
            return self.step(0);
        };
        let Some(exchange) = self.ladder.exchanges.of(&self.ladder.rows, n) else {
            return;
        };
        let at = exchange.rows.iter().position(|row| *row == n);
        let next = at.and_then(|at| exchange.rows.get(at.checked_add_signed(by)?));
        if let Some(n) = next.filter(|n| self.ladder.rows.get(**n).is_some()) {
            self.select(*n);
        }
    }

    /// The trouble before, or the next one.
    pub fn trouble(&mut self, is_next: bool) {
        let is_trouble = |n: &&u64| {
            self.ladder
                .rows
                .get(**n)
                .is_some_and(|row| row.is(Marks::TROUBLE))
        };
        let at = self.selected.map_or(self.shown.len(), |n| self.index(n));
        let found = if is_next {
            self.shown.iter().skip(at + 1).find(is_trouble)
        } else {
            self.shown.range(..at).rev().find(is_trouble)
        };
        if let Some(n) = found.copied() {
            self.select(n);
        }
    }

    /// Stands still, or follows again.
    pub fn pause(&mut self) {
        if self.is_live() {
            self.paused_at = Some(self.ladder.rows.next().saturating_sub(1));
            if self.is_sample {
                self.rebuild();
            }
        } else {
            self.follow();
        }
    }

    pub fn follow(&mut self) {
        self.selected = None;
        self.paused_at = None;
    }

    /// What the program says of itself.
    pub fn say(&mut self, line: String) {
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The client whose line of the list is selected.
    pub fn client(&self) -> Option<Arc<str>> {
        self.ladder
            .people
            .iter()
            .nth(self.at_client)
            .map(|one| one.name.clone())
    }

    /// The topic whose line of the list is selected.
    pub fn topic(&self) -> Option<Arc<str>> {
        self.ladder
            .topics
            .iter()
            .nth(self.at_topic)
            .map(|one| one.name.clone())
    }
}
