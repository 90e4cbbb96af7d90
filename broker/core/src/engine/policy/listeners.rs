//! [`Listeners`]: what holds for the clients of each listener.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use settings::{BrokerSettings, ClientRules};

use crate::session::ListenerId;

/// The rules of each listener, by its number. A connection is given the number once, when it comes.
#[derive(Debug)]
pub(super) struct Listeners {
    /// Number 0 has the rules of the settings at large.
    rules: Vec<ClientRules>,
    /// Those that have rules of their own.
    by_name: HashMap<Arc<str>, ListenerId, RandomState>,
}

impl Listeners {
    pub fn new(settings: &BrokerSettings) -> Self {
        let mut listeners = Self {
            rules: vec![settings.clients()],
            by_name: HashMap::default(),
        };
        for plan in settings.listeners() {
            if listeners.rules.first() != Some(&plan.clients) {
                let id = ListenerId(listeners.rules.len() as u16);
                listeners.by_name.insert(plan.name.into(), id);
                listeners.rules.push(plan.clients);
            }
        }
        listeners
    }

    pub fn id(&self, name: &str) -> ListenerId {
        self.by_name.get(name).copied().unwrap_or_default()
    }

    #[inline]
    pub fn rules(&self, id: ListenerId) -> &ClientRules {
        self.rules.get(usize::from(id.0)).unwrap_or(&self.rules[0])
    }
}
