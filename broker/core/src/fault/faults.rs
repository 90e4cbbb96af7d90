//! [`Faults`]: the rules in force, and all that they remember.

use super::{Deed, Infection, Invalid, Rule, Who};
use crate::journal::Direction;
use crate::scenario::Scenarios;
use crate::time::Time;

/// The rules in force.
#[derive(Debug, Default)]
pub struct Faults {
    seed: u64,
    generation: u64,
    rules: Vec<Rule>,
}

impl Faults {
    /// No rules yet. All chance comes from `seed`.
    pub fn new(seed: u64) -> Self {
        let (generation, rules) = (0, Vec::new());
        Self {
            seed,
            generation,
            rules,
        }
    }

    /// What all chance comes from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Puts a rule into force. Its windows of time count from `now`. A name that is in force already is an error.
    pub fn add(&mut self, _now: Time, rule: Rule) -> Result<(), Invalid> {
        self.rules.push(rule);
        self.generation += 1;
        Ok(())
    }

    /// Takes a rule out of force. Returns whether there was one of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| &*rule.name != name);
        self.generation += 1;
        self.rules.len() < before
    }

    /// No rule is in force any more, and all that they remember is forgotten.
    pub fn clear(&mut self) {
        self.rules.clear();
        self.generation += 1;
    }

    /// Whether no rule is in force.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a rule of this name is in force.
    pub fn in_force(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| &*rule.name == name)
    }

    /// Grows whenever a rule comes or goes, and when a window of time opens or closes.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether a rule could concern packets or bytes of this client, now or later.
    pub fn may_concern(&self, _who: &Who) -> bool {
        !self.rules.is_empty()
    }

    /// What is to be done with a whole packet that came in this direction; `None` = it passes. `topic` is that of a PUBLISH with
    /// a topic alias. The rule that wins decides alone. Its firing is counted, and its scenario moves.
    pub fn decide(
        &mut self,
        _now: Time,
        _scenarios: &mut Scenarios,
        _who: &Who,
        _direction: Direction,
        _packet: &[u8],
        _topic: Option<&str>,
    ) -> Option<Deed> {
        None
    }

    /// The rules on bytes that concern this connection now, in the order of their priority. Asked when its CONNECT has come, and
    /// again when [`Faults::generation`] has grown. Chance is drawn once for a rule and a connection.
    pub fn infections(&mut self, _now: Time, _scenarios: &mut Scenarios, _who: &Who) -> Vec<Infection> {
        Vec::new()
    }

    /// When a window of time opens or closes next.
    pub fn next_timeout(&self) -> Option<Time> {
        None
    }

    /// Opens and closes windows of time.
    pub fn tick(&mut self, _now: Time) {}
}
