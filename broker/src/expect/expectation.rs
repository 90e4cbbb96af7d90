//! [`Expectation`]: patterns one after the other, and what was found of them.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{Count, Invalid, Pattern};
use crate::journal::Entry;

/// What is expected: one pattern, or several one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub(super) steps: Vec<Pattern>,
}

impl From<Pattern> for Expectation {
    fn from(pattern: Pattern) -> Self {
        Self { steps: vec![pattern] }
    }
}

impl Pattern {
    /// First this, then `next`: only what comes behind it counts for `next`.
    pub fn then(self, next: Pattern) -> Expectation {
        Expectation::from(self).then(next)
    }
}

impl Expectation {
    /// And then `next`: only what comes behind everything so far counts for it.
    #[must_use]
    pub fn then(mut self, next: Pattern) -> Self {
        self.steps.push(next);
        self
    }

    /// How often the last pattern is expected.
    pub(crate) fn set_count(&mut self, count: Count) {
        if let Some(last) = self.steps.last_mut() {
            last.count = count;
        }
    }

    /// Whether the last pattern may come too often: then it takes stillness, or the deadline, to know.
    pub(crate) fn has_upper_bound(&self) -> bool {
        self.steps.iter().any(|step| step.count.max.is_some())
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.steps.is_empty() {
            return Err(Invalid {
                pattern: "an expectation".to_owned(),
                what: "it has no steps".to_owned(),
            });
        }
        self.steps.iter().try_for_each(Pattern::check)
    }
}

/// The entries that an expectation was met by, in the order in which they happened: the first 10,000 of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matched {
    /// The entries.
    pub entries: Vec<Entry>,
}

impl Matched {
    /// The payloads of those that are PUBLISH packets.
    pub fn payloads(&self) -> Vec<&[u8]> {
        self.entries.iter().filter_map(Entry::payload).collect()
    }
}

impl Deref for Matched {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.entries
    }
}
