//! What the handle says of contracts.

use broker_contract::{Report, SparkplugReport};

use super::Broker;

impl Broker {
    /// What was seen of the contracts that clients are held against: which channels were used, which never, topics without a
    /// channel, and each message that broke something. `None` where the settings name no contract.
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
        let contracts = self.contracts.as_ref()?.contracts();
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
        let sparkplug = self.contracts.as_ref()?.sparkplug()?;
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
        let notes = |kept: &std::sync::Arc<crate::contract::Kept>| {
            kept.contracts().notes().map(ToString::to_string).collect()
        };
        self.contracts.as_ref().map(notes).unwrap_or_default()
    }
}
