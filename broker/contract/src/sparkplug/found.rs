//! [`Broken`] and [`Found`]: what is wrong with one message.

use std::fmt;

use super::rules::Rule;

/// So many things that are wrong with one message are told.
const MOST: usize = 8;

/// A client broke a rule. Its text is one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: &'static Rule,
    /// The topic; of a CONNECT and of a DISCONNECT empty.
    pub topic: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.rule.id)
    }
}

/// What was found in one message. A message that is wrong a million times costs no more than one that is wrong eight times.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What the message is, as sentences begin with it.
    pub of: String,
    pub topic: String,
    pub is_birth: bool,
    pub is_nbirth: bool,
    pub broken: Vec<Broken>,
    /// How many were left out.
    pub more: u64,
    /// Fields that the specification does not have.
    pub unknown: Vec<(&'static str, u32)>,
}

impl Found {
    pub fn add(&mut self, rule: &'static Rule, what: impl FnOnce() -> String) {
        // Of one rule in one message the first is enough, and says what to do.
        if self.broken.len() >= MOST || self.broken.iter().any(|one| one.rule == rule) {
            self.more += 1;
            return;
        }
        let what = format!("{}: {}", self.of, what());
        self.broken.push(Broken {
            rule,
            topic: self.topic.clone(),
            what,
        });
    }

    pub fn unknown(&mut self, of: &'static str, number: u32) {
        if self.unknown.len() < MOST && !self.unknown.contains(&(of, number)) {
            self.unknown.push((of, number));
        }
    }
}
