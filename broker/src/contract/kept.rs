//! [`Kept`]: what the engine of a broker asks about each message: the contracts that are in force now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_contract::Told;

use super::files::Files;
use super::held::Held;
use crate::engine::{Broken, CloseReason, ConnId, Contract};
use crate::profile::Tally;
use crate::time::Time;
use crate::wire::{Connect, Publish, Subscribe, Version};

/// The contracts of a broker: those of its start, until they are changed.
#[derive(Debug)]
pub(crate) struct Kept {
    first: Option<Arc<Held>>,
    now: Mutex<Option<Arc<Held>>>,
}

impl Kept {
    /// What the settings name, read; an error has a line for each thing that is wrong.
    pub fn of(said: &settings::Contracts) -> Result<Arc<Self>, String> {
        let first = Held::read(said, &Files::OfThisMachine).map_err(|wrong| lines(&wrong))?;
        let now = Mutex::new(first.clone());
        Ok(Arc::new(Self { first, now }))
    }

    fn now(&self) -> MutexGuard<'_, Option<Arc<Held>>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is in force.
    pub fn held(&self) -> Option<Arc<Held>> {
        self.now().clone()
    }

    /// From now on these are in force. Returns whether there were any before. The engine is to be told.
    pub fn change(&self, held: Option<Arc<Held>>) -> bool {
        std::mem::replace(&mut *self.now(), held).is_some()
    }

    /// How often which client broke which rule of what is in force.
    pub fn tally(&self) -> Tally {
        self.held().map(|held| held.tally()).unwrap_or_default()
    }
}

/// A line for each thing that is wrong.
pub(crate) fn lines(wrong: &[Told]) -> String {
    let lines: Vec<String> = wrong.iter().map(Told::to_string).collect();
    lines.join("\n")
}

impl Contract for Kept {
    fn publication(
        &self,
        now: Time,
        conn: ConnId,
        client_id: &Arc<str>,
        version: Version,
        topic: &str,
        publish: &Publish<'_>,
    ) -> Vec<Broken> {
        let held = self.held();
        held.map(|held| held.publication(now, conn, client_id, version, topic, publish))
            .unwrap_or_default()
    }

    fn connection(
        &self,
        now: Time,
        conn: ConnId,
        client_id: &Arc<str>,
        connect: &Connect<'_>,
    ) -> Vec<Broken> {
        let held = self.held();
        held.map(|held| held.connection(now, conn, client_id, connect))
            .unwrap_or_default()
    }

    fn subscription(&self, client_id: &Arc<str>, subscribe: &Subscribe<'_>) {
        if let Some(held) = self.held() {
            held.subscription(client_id, subscribe);
        }
    }

    fn ended(&self, now: Time, conn: ConnId, client_id: &Arc<str>, reason: &CloseReason) -> Vec<Broken> {
        let held = self.held();
        held.map(|held| held.ended(now, conn, client_id, reason))
            .unwrap_or_default()
    }

    fn retained_at(&self, topic: &str) -> Option<String> {
        self.held().and_then(|held| held.retained_at(topic))
    }

    fn closed(&self, conn: ConnId) {
        if let Some(held) = &*self.now() {
            held.closed(conn);
        }
    }

    fn reset(&self) {
        if let Some(first) = &self.first {
            first.reset();
        }
        self.change(self.first.clone());
    }

    fn steps(&self) -> u64 {
        self.held().map_or(0, |held| held.steps())
    }

    fn is_in_force(&self) -> bool {
        self.now().is_some()
    }

    fn enforces(&self) -> bool {
        self.now().as_ref().is_some_and(|held| held.enforces)
    }
}
