//! Whom the rules in force concern.

use std::sync::Arc;

use super::active::Active;
use super::{Faults, Who};
use crate::scenario::Scenarios;
use crate::time::Time;

/// So many rules are told of a client.
const TOLD: usize = 3;

impl Faults {
    /// The first rules in force that could concern this client, by their names in quotes.
    pub fn about(&self, client_id: &str) -> Vec<String> {
        let rules = self
            .rules
            .of(client_id)
            .filter(|active| active.rule.enabled)
            .take(TOLD);
        rules.map(|active| format!("{:?}", active.name)).collect()
    }

    /// The rule that cuts this client off now, by its name alone, and when that ends; [`Time::NEVER`] where it has no end of its own.
    pub fn keeps_out(&self, now: Time, scenarios: &Scenarios, client_id: &str) -> Option<(Arc<str>, Time)> {
        let mut rules = self.rules.of(client_id);
        let rule = rules.find(|active| active.keeps_out(now, client_id) && active.is_staged(scenarios))?;
        Some((Arc::clone(&rule.name), rule.closes()))
    }

    /// Whether a rule could concern packets or bytes of this client, now or later.
    pub fn may_concern(&self, who: &Who) -> bool {
        let may_be = |active: &Active| active.may_concern(who);
        let any = || match &*who.client_id {
            // Before CONNECT it may be any client.
            "" => self.rules.iter().any(may_be),
            client => self.rules.of(client).any(may_be),
        };
        self.by_user_property.is_some() || any()
    }

    /// Whether a rule takes a whole listener down now, and not only connections of some clients: its port is shut, too.
    pub fn takes_down(&self, scenarios: &Scenarios, listener: &str) -> bool {
        self.rules
            .on_listeners()
            .any(|active| active.takes_down(listener) && active.is_staged(scenarios))
    }
}
