//! [`Tally`]: how often which client broke which rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::journal::Remark;
use crate::time::Time;

/// So many rows are kept; what makes a further one is only counted.
const MOST_ROWS: usize = 1_000;
/// So many of them for one rule and one client: sentences can have values in them, of which there is no end.
const MOST_ROWS_OF_RULE: usize = 10;

/// The violations of one rule by one client of which the same is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallied {
    /// What was said of the first of them.
    pub first: Remark,
    /// When that was.
    pub first_at: Time,
    /// When the last was.
    pub last_at: Time,
    /// How many there were.
    pub count: u64,
}

/// The client, the contract, the rule, and what is said.
type Key = (Arc<str>, Arc<str>, Arc<str>, Arc<str>);

/// Violations, counted. What is kept of them is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    rows: BTreeMap<Key, Tallied>,
    total: u64,
    unlisted: u64,
}

impl Tally {
    /// One more.
    pub fn add(&mut self, now: Time, remark: &Remark) {
        self.total += 1;
        let (client, contract) = (Arc::clone(&remark.client_id), Arc::clone(&remark.contract));
        let key = (
            client,
            contract,
            Arc::clone(&remark.rule),
            Arc::clone(&remark.text),
        );
        if let Some(row) = self.rows.get_mut(&key) {
            row.last_at = now;
            row.count += 1;
        } else if self.has_room(&key) {
            let row = Tallied {
                first: remark.clone(),
                first_at: now,
                last_at: now,
                count: 1,
            };
            self.rows.insert(key, row);
        } else {
            self.unlisted += 1;
        }
    }

    /// Whether there may be a row for this.
    fn has_room(&self, key: &Key) -> bool {
        let (client, contract, rule, _) = key;
        let first = (
            Arc::clone(client),
            Arc::clone(contract),
            Arc::clone(rule),
            Arc::from(""),
        );
        let of_rule = self.rows.range(first..);
        let of_rule =
            of_rule.take_while(|((one, other, third, _), _)| (one, other, third) == (client, contract, rule));
        self.rows.len() < MOST_ROWS && of_rule.count() < MOST_ROWS_OF_RULE
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many of them are in no row, for there were too many rows.
    pub fn unlisted(&self) -> u64 {
        self.unlisted
    }

    /// By client, then by rule, then by what is said.
    pub fn rows(&self) -> impl Iterator<Item = &Tallied> {
        self.rows.values()
    }

    /// All that another counted.
    pub fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.unlisted += other.unlisted;
        for (key, row) in &other.rows {
            if let Some(own) = self.rows.get_mut(key) {
                own.last_at = own.last_at.max(row.last_at);
                own.count += row.count;
            } else if self.has_room(key) {
                self.rows.insert(key.clone(), row.clone());
            } else {
                self.unlisted += row.count;
            }
        }
    }

    /// None is known any more.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
