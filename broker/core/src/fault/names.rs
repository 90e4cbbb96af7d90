//! [`Names`]: which name a rule gets, and which names there were.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gone::{Absent, Gone};
use super::in_force::InForce;
use super::rule::{Invalid, Rule};
use super::table::Wrong;
use super::user_property::X_FAULT;

/// Of how many words the last number is remembered.
const MOST: usize = 10_000;

/// What is known of names beside those in force.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Names of rules that were in force.
    gone: Gone,
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
        self.gone.add(name);
    }

    /// Why a rule of this name is not there.
    pub fn why_absent(&self, name: &str, rules: &InForce) -> Absent {
        self.gone.why_absent("rule", name, || rules.names())
    }
}
