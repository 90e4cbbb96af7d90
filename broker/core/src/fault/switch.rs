//! Rules in force that are switched on and off, or begin anew, in their place.

use super::Faults;
use crate::time::Time;

impl Faults {
    /// Switches a rule on or off, which keeps its place, its counts and its window of time. One that is off counts nothing. Returns
    /// whether there is a rule of this name.
    ///
    /// ```
    /// use broker::fault::{Faults, Rule};
    /// use broker::pattern::pubrel;
    /// use broker::time::Time;
    ///
    /// let mut faults = Faults::new(7);
    /// faults.add(Time::ZERO, Rule::on(pubrel()).drop_it().named("lost PUBREL"))?;
    /// assert!(faults.set_enabled("lost PUBREL", false));
    /// assert!(!faults.in_force("lost PUBREL") && faults.list().count() == 1);
    /// # Ok::<(), broker::fault::Invalid>(())
    /// ```
    pub fn set_enabled(&mut self, name: &str, is_enabled: bool) -> bool {
        let changed = self.rules.set_enabled(name, is_enabled);
        self.generation += u64::from(changed == Some(true));
        changed.is_some()
    }

    /// The counts and the window of time of one rule begin anew. Returns whether there is a rule of this name.
    ///
    /// ```
    /// use broker::fault::{Faults, Rule};
    /// use broker::pattern::pubrel;
    /// use broker::time::Time;
    ///
    /// let mut faults = Faults::new(7);
    /// faults.add(Time::ZERO, Rule::on(pubrel()).first(1).drop_it().named("lost PUBREL"))?;
    /// assert!(faults.reset_one(Time::ZERO, "lost PUBREL")); // it will act once more
    /// assert!(!faults.reset_one(Time::ZERO, "lost PUBACK"));
    /// # Ok::<(), broker::fault::Invalid>(())
    /// ```
    pub fn reset_one(&mut self, now: Time, name: &str) -> bool {
        let was_there = self.rules.reset_one(now, name);
        self.generation += u64::from(was_there);
        was_there
    }
}
