//! [`Scenarios`]: named scenarios, each in a state. Rules and stubs ask for a state and move to another.

use std::collections::BTreeMap;

/// The state in which every scenario begins.
pub const STARTED: &str = "Started";

/// How many scenarios may have left their first state.
const MOST: usize = 10_000;

/// The state of every scenario. One that nobody has moved is in the state [`STARTED`].
///
/// ```
/// use broker::scenario::{STARTED, Scenarios};
///
/// let mut scenarios = Scenarios::default();
/// assert_eq!(scenarios.state("door"), STARTED);
/// scenarios.set("door", "open");
/// assert_eq!(scenarios.state("door"), "open");
/// scenarios.reset();
/// assert_eq!(scenarios.state("door"), STARTED);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenarios {
    states: BTreeMap<String, String>,
}

impl Scenarios {
    /// The state of this scenario.
    pub fn state(&self, name: &str) -> &str {
        self.states.get(name).map_or(STARTED, String::as_str)
    }

    /// Moves a scenario. Returns whether there was room for one more.
    pub fn set(&mut self, name: &str, state: &str) -> bool {
        if state == STARTED {
            self.states.remove(name);
        } else if let Some(now) = self.states.get_mut(name) {
            state.clone_into(now);
        } else if self.states.len() < MOST {
            self.states.insert(name.to_owned(), state.to_owned());
        } else {
            return false;
        }
        true
    }

    /// All that are not in their first state, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.states.iter().map(|(name, state)| (&**name, &**state))
    }

    /// Every scenario begins anew.
    pub fn reset(&mut self) {
        self.states.clear();
    }
}
