//! [`Topics`]: what was published last on each topic, how often, and whether it is retained.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::people::fit;
use super::row::Row;
use crate::engine::MessageState;
use crate::journal::{Decision, Entry};
use crate::time::Time;

/// So many topics are kept. The one with the oldest message gives way.
const MOST_TOPICS: usize = 5_000;
/// So many wills are looked up after each reading of the journal.
const MOST_UNSURE: usize = 20;
/// A payload is kept up to here.
const PAYLOAD_COLUMNS: usize = 160;
/// Messages are counted for each of so many seconds.
const SECONDS: usize = 10;

#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub name: Arc<str>,
    /// Its last payload in a line.
    pub value: Box<str>,
    pub at: Time,
    pub messages: u64,
    /// When its retained message came, and from whom.
    pub kept: Option<(Time, Arc<str>)>,
    counts: [u32; SECONDS],
    second: u64,
}

impl Topic {
    fn count(&mut self, at: Time) {
        let second = at.since_start().as_secs();
        for past in (self.second + 1..=second).rev().take(SECONDS) {
            self.counts[past as usize % SECONDS] = 0;
        }
        self.second = self.second.max(second);
        self.counts[second as usize % SECONDS] += 1;
        self.at = at;
        self.messages += 1;
    }

    /// Messages in a second, over the last ones.
    pub fn rate(&self, now: Time) -> f64 {
        let gone = now.since_start().as_secs().saturating_sub(self.second);
        let kept = SECONDS.saturating_sub(gone as usize);
        let sum: u32 = (0..kept as u64)
            .filter_map(|back| self.second.checked_sub(back))
            .map(|second| self.counts[second as usize % SECONDS])
            .sum();
        f64::from(sum) / SECONDS as f64
    }
}

#[derive(Debug, Default)]
pub(super) struct Topics {
    all: BTreeMap<Arc<str>, Topic>,
    /// Topics of wills, of which only the broker knows what it retains.
    unsure: Vec<Arc<str>>,
}

impl Topics {
    pub fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.all.values()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    fn of(&mut self, name: Arc<str>) -> &mut Topic {
        if self.all.len() >= MOST_TOPICS && !self.all.contains_key(&name) {
            let mut times: Vec<Time> = self.iter().map(|one| one.at).collect();
            times.sort_unstable();
            let bound = times[MOST_TOPICS / 4];
            self.all.retain(|_, one| one.at > bound);
        }
        self.all.entry(name.clone()).or_insert_with(|| Topic {
            name,
            value: "".into(),
            at: Time::ZERO,
            messages: 0,
            kept: None,
            counts: [0; SECONDS],
            second: 0,
        })
    }

    /// A message came in from a client; `row` is its row.
    pub fn message(&mut self, entry: &Entry, row: Option<&Row>, decisions: &[Decision]) {
        let Some((row, name)) = row.and_then(|row| Some((row, row.topic.clone()?))) else {
            return;
        };
        if decisions.iter().any(|one| matches!(one, Decision::Refused(..))) {
            return;
        }
        let one = self.of(name);
        one.count(entry.at);
        one.value.clone_from(&row.text);
        for decision in decisions {
            match decision {
                Decision::Retained(true) => one.kept = Some((entry.at, row.who.clone())),
                Decision::Retained(false) => one.kept = None,
                _ => {}
            }
        }
    }

    /// Nothing is retained any more.
    pub fn reset(&mut self) {
        for one in self.all.values_mut() {
            one.kept = None;
        }
    }

    /// A will was published.
    pub fn will(&mut self, topic: &Arc<str>, at: Time) {
        self.of(fit(topic)).count(at);
        if self.unsure.len() < MOST_UNSURE && !self.unsure.contains(topic) {
            self.unsure.push(topic.clone());
        }
    }

    /// Topics whose retained message is to be looked up.
    pub fn unsure(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.unsure)
    }

    /// The broker retains this.
    pub fn keeps(&mut self, message: &MessageState) {
        let nanos = message
            .published_at_nanos
            .and_then(|nanos| u64::try_from(nanos).ok());
        let one = self.of(fit(&message.topic));
        one.value = super::describe::bytes(&message.payload, PAYLOAD_COLUMNS).into();
        one.kept = Some((
            Time::from_nanos(nanos.unwrap_or_default()),
            message.publisher.as_str().into(),
        ));
    }
}
