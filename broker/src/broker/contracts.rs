//! What the handle says of contracts.

use std::sync::Arc;

use broker_contract::{Report, SparkplugReport};

use super::Broker;
use crate::answer::Answer;
use crate::builder::can_enforce;
use crate::contract::{Files, Held, lines};
use crate::error::{Error, Kind};

impl Broker {
    /// What was seen of the contracts that clients are held against: which channels were used, which never, topics without a
    /// channel, and each message that broke something. `None` where there is no contract.
    ///
    /// ```
    /// let path = std::env::temp_dir().join(format!("lamps-{}.yaml", std::process::id()));
    /// std::fs::write(&path, "asyncapi: 3.0.0\nchannels:\n  state: {address: lamps/state, messages: {on: {payload: {type: boolean}}}}\n")?;
    /// let broker = broker::Broker::builder()
    ///     .configure(|settings| settings.contracts.asyncapi = vec![path.display().to_string()])
    ///     .start()
    ///     .wait()?;
    /// let report = broker.contract_report().expect("there is a contract");
    /// assert_eq!((&*report.channels[0].address, report.channels[0].messages), ("lamps/state", 0));
    /// assert!(report.violations.is_empty());
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contract_report(&self) -> Option<Report> {
        let held = self.contracts.as_ref()?.held()?;
        let contracts = held.contracts();
        (!contracts.is_empty()).then(|| contracts.report().clone())
    }

    /// What was seen of edge nodes and host applications of Sparkplug, and which rules were broken. `None` where
    /// `contracts.sparkplug` is false.
    ///
    /// ```
    /// let broker = broker::Broker::builder()
    ///     .configure(|settings| settings.contracts.sparkplug = true)
    ///     .start()
    ///     .wait()?;
    /// // … the edge node under test connects and publishes …
    /// let report = broker.sparkplug_report().expect("it is asked for");
    /// assert!(report.nodes.is_empty() && report.rules.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sparkplug_report(&self) -> Option<SparkplugReport> {
        let held = self.contracts.as_ref()?.held()?;
        let sparkplug = held.sparkplug()?;
        Some(sparkplug.report())
    }

    /// What of the contracts is not understood, or not checked: a sentence each, with its place.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert!(broker.contract_notes().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contract_notes(&self) -> Vec<String> {
        let held = self.contracts.as_ref().and_then(|kept| kept.held());
        let notes = |held: Arc<Held>| held.contracts().notes().map(ToString::to_string).collect();
        held.map(notes).unwrap_or_default()
    }

    /// Holds clients to these contracts from their next packet on, in the place of those before. The files are read at once. What was
    /// seen before is forgotten. [`Broker::reset`] brings the contracts of the start back.
    ///
    /// # Errors
    /// A document or a schema is wrong, or another broker answers and messages are to be refused; then nothing has changed. Or the
    /// broker has stopped.
    ///
    /// ```
    /// use broker::settings::Contracts;
    ///
    /// let path = std::env::temp_dir().join(format!("set-{}.json", std::process::id()));
    /// std::fs::write(&path, r#"{"type": "boolean"}"#)?;
    /// let broker = broker::Broker::start().wait()?;
    /// let schemas = vec![format!("lamps/+/state={}", path.display())];
    /// broker.set_contracts(&Contracts { schemas, ..Contracts::default() }).wait()?;
    /// assert!(broker.contract_report().is_some());
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_contracts(&self, said: &settings::Contracts) -> Answer<()> {
        let held = Held::read(said, &Files::OfThisMachine);
        let held = held.map_err(|wrong| Kind::Contract(lines(&wrong)).into());
        match held.and_then(|held| self.may_hold(said).map(|()| held)) {
            Ok(held) => self.hold_to(held),
            Err(error) => Answer::ready(Err(error)),
        }
    }

    /// Errs where messages are to be refused, and cannot be.
    pub(crate) fn may_hold(&self, said: &settings::Contracts) -> Result<(), Error> {
        can_enforce(self.engine(), said).map_err(|error| Kind::Contract(error.to_string()).into())
    }

    /// From now on clients are held to these.
    pub(crate) fn hold_to(&self, held: Option<Arc<Held>>) -> Answer<()> {
        let changed = self.change_contracts(held);
        Answer::new(async move { changed.await.map(drop) })
    }

    /// Holds clients to no contract any more. Returns whether there was one.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert!(!broker.remove_contracts().wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove_contracts(&self) -> Answer<bool> {
        self.change_contracts(None)
    }

    fn change_contracts(&self, held: Option<Arc<Held>>) -> Answer<bool> {
        let kept = self.contracts.clone();
        self.caller.disturb(None, move |machines, backend| {
            let was_there = kept.is_some_and(|kept| kept.change(held));
            machines.heed_contract(backend);
            Ok::<_, Error>(was_there)
        })
    }
}
