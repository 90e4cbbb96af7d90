//! `Routing`: who is subscribed to what, what that costs, and whom a topic concerns.

use std::sync::Arc;

use super::Generations;
use super::acl::Readers;
use super::targets::{Remembered, Targets};
use crate::engine::work::Work;
use crate::router::{GroupId, SharedGroup, Subscriptions, subscription_cost_bytes};
use crate::session::{Held, SessionKey, Subscription};
use crate::topic::Share;

#[derive(Debug)]
pub(in crate::engine) struct Routing {
    subscriptions: Subscriptions<SessionKey, Subscription>,
    /// What they cost.
    bytes: usize,
    /// Where that counts.
    held: Held,
    /// The targets of topics that come often.
    remembered: Remembered,
    /// Targets that are no longer needed, kept for their memory: a topic that is not remembered takes 2523 instructions
    /// instead of 2878, and no allocation.
    spare: Option<Arc<Targets>>,
}

impl Routing {
    pub fn new(held: Held) -> Self {
        Self {
            subscriptions: Subscriptions::default(),
            bytes: 0,
            held,
            remembered: Remembered::default(),
            spare: None,
        }
    }

    pub fn subscriptions(&self) -> &Subscriptions<SessionKey, Subscription> {
        &self.subscriptions
    }

    /// What all subscriptions cost.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes or changes a subscription; says whether it is new.
    pub fn subscribe(&mut self, key: SessionKey, filter: &str, subscription: Subscription) -> bool {
        let old = match Share::parse(filter) {
            Ok(Some(share)) => self
                .subscriptions
                .insert_shared(share.group, share.filter, key, subscription),
            _ => self.subscriptions.insert(filter, key, subscription),
        };
        if old.is_none() {
            self.bytes += subscription_cost_bytes(filter);
            self.held.add(subscription_cost_bytes(filter));
        }
        old.is_none()
    }

    /// Ends a subscription (`MQTT5-3.10.4-2`, `MQTT311-3.10.4-2`).
    pub fn unsubscribe(&mut self, key: SessionKey, filter: &str) {
        let old = match Share::parse(filter) {
            Ok(Some(share)) => self.subscriptions.remove_shared(share.group, share.filter, key),
            _ => self.subscriptions.remove(filter, key),
        };
        if old.is_some() {
            self.bytes -= subscription_cost_bytes(filter);
            self.held.sub(subscription_cost_bytes(filter));
        }
    }

    /// What is remembered of a topic that comes often.
    pub(super) fn known(&mut self, topic: &str, generations: Generations) -> Option<Arc<Targets>> {
        self.remembered.keep_only(generations);
        self.remembered.known(topic)
    }

    /// Everybody whom `topic` concerns, but for those who may not read it. Only the policy asks.
    pub(super) fn targets(
        &mut self,
        topic: &str,
        generations: Generations,
        readers: Option<Readers<'_>>,
        work: &mut Work,
    ) -> Arc<Targets> {
        self.remembered.keep_only(generations);
        self.remembered
            .targets(&mut self.subscriptions, topic, readers, &mut self.spare, work)
    }

    /// These are no longer needed: their memory serves for the next that are found.
    pub fn give_back(&mut self, targets: Arc<Targets>) {
        // What is remembered, too, stays as it is.
        if Arc::strong_count(&targets) == 1 {
            self.spare = Some(targets);
        }
    }

    /// The group behind `$share/GROUP/FILTER`.
    pub fn group_mut(&mut self, shared: &str) -> Option<&mut SharedGroup<SessionKey, Subscription>> {
        let share = Share::parse(shared).ok().flatten()?;
        self.subscriptions.shared_mut(share.group, share.filter)
    }

    /// Shows every group of a shared subscription that `topic` matches.
    pub fn for_each_group(
        &mut self,
        topic: &str,
        visit: impl FnMut(GroupId, &mut SharedGroup<SessionKey, Subscription>),
    ) {
        self.subscriptions.for_each_shared_match(topic, visit);
    }
}
