//! [`Names`]: which name a rule gets, and which names there were.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::in_force::InForce;
use super::rule::{Invalid, Rule};
use super::table::Wrong;
use super::user_property::X_FAULT;
use crate::pattern::nearest;

/// How many names are remembered.
const MOST: usize = 10_000;
/// How many names are told of those that there are.
const TOLD: usize = 8;

/// What is known of names beside those in force.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Names of rules that were in force.
    gone: BTreeSet<Arc<str>>,
    /// Of rules that are called by the same words, the number that was given last.
    numbers: BTreeMap<String, u64>,
}

impl Names {
    /// A rule that is called by its words may be there twice.
    pub fn free(&mut self, rule: &Rule, rules: &InForce) -> Result<Arc<str>, Invalid> {
        let name = rule.name();
        if !rules.has(&name) {
            return Ok(name.into());
        }
        if !rule.name.is_empty() || name == X_FAULT {
            let what =
                "a rule of this name is in force already: remove that first, or call this one otherwise";
            return Err(Invalid::new(&name, Wrong::new("name", what)));
        }
        let mut number = self.numbers.get(&name).copied().unwrap_or(1);
        let free = loop {
            number += 1;
            let other = format!("{name} ({number})");
            if !rules.has(&other) {
                break other;
            }
        };
        if self.numbers.len() < MOST {
            self.numbers.insert(name, number);
        }
        Ok(free.into())
    }

    /// The rule of this name went: it is free again.
    pub fn went(&mut self, name: &str) {
        self.numbers.clear();
        if self.gone.len() < MOST {
            self.gone.insert(name.into());
        }
    }

    /// Why a rule of this name is not there, in words.
    pub fn why_absent(&self, name: &str, rules: &InForce) -> String {
        if self.gone.contains(name) {
            return format!(
                "the rule {name:?} is not in force any more: it was removed, or its guard was dropped"
            );
        }
        let gone = self.gone.iter().map(|name| &**name);
        let told: Vec<String> = rules.names().take(TOLD).map(|name| format!("{name:?}")).collect();
        let others = match (&*nearest(name, rules.names().chain(gone)), &told[..]) {
            ("", []) => "; no rule is".to_owned(),
            ("", names) => format!("; in force are {}", names.join(", ")),
            (near, _) => near.to_owned(),
        };
        let was = if self.gone.len() < MOST { "was ever" } else { "is" };
        format!("no rule {name:?} {was} in force{others}")
    }
}
