//! [`BrokerScenarios`]: the states that rules and stubs share.

use std::collections::BTreeMap;

use crate::answer::Answer;
use crate::broker::Broker;
use crate::error::Error;

impl Broker {
    /// The scenarios: named states that rules and stubs ask for and change.
    ///
    /// ```
    /// use broker::scenario::STARTED;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// assert_eq!(broker.scenarios().state("door").wait()?, STARTED);
    /// broker.scenarios().set("door", "open").wait()?;
    /// assert_eq!(broker.scenarios().all().wait()?["door"], "open");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scenarios(&self) -> BrokerScenarios<'_> {
        BrokerScenarios { broker: self }
    }
}

/// The scenarios of a broker, each in a state.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// let scenarios = broker.scenarios(); // cheap to copy
/// scenarios.set("door", "open").wait()?;
/// assert_eq!(scenarios.state("door").wait()?, "open");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BrokerScenarios<'a> {
    broker: &'a Broker,
}

impl BrokerScenarios<'_> {
    /// The state of this scenario. One that nobody has moved is in the state [`STARTED`](crate::scenario::STARTED).
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert_eq!(broker.scenarios().state("door").wait()?, "Started");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(&self, name: &str) -> Answer<String> {
        let name = name.to_owned();
        let caller = &self.broker.caller;
        caller.disturb(None, move |machines, _| {
            Ok::<_, Error>(machines.scenarios.borrow().state(&name).to_owned())
        })
    }

    /// Moves a scenario. Returns whether there was room for one more: 10,000 may be in another state than the first.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert!(broker.scenarios().set("door", "open").wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set(&self, name: &str, state: &str) -> Answer<bool> {
        let (name, state) = (name.to_owned(), state.to_owned());
        let caller = &self.broker.caller;
        caller.disturb(None, move |machines, _| {
            let is_set = machines.scenarios.borrow_mut().set(&name, &state);
            machines.faults.borrow_mut().scenarios_moved();
            Ok::<_, Error>(is_set)
        })
    }

    /// Every scenario begins anew.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.scenarios().set("door", "open").wait()?;
    /// broker.scenarios().reset().wait()?;
    /// assert_eq!(broker.scenarios().state("door").wait()?, "Started");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset(&self) -> Answer<()> {
        self.broker.caller.disturb(None, |machines, _| {
            machines.scenarios.borrow_mut().reset();
            machines.faults.borrow_mut().scenarios_moved();
            Ok::<_, Error>(())
        })
    }

    /// All that are not in their first state.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.scenarios().set("door", "open").wait()?;
    /// broker.scenarios().set("door", "Started").wait()?;
    /// assert!(broker.scenarios().all().wait()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all(&self) -> Answer<BTreeMap<String, String>> {
        self.broker.caller.disturb(None, |machines, _| {
            let scenarios = machines.scenarios.borrow();
            let owned = |(name, state): (&str, &str)| (name.to_owned(), state.to_owned());
            Ok::<_, Error>(scenarios.all().map(owned).collect())
        })
    }
}
