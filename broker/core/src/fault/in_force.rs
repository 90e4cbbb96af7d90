//! [`InForce`]: the rules in force, in their order, each found by its name, by what it can mean, and by when it changes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Toxic;
use super::active::Active;
use super::index::Index;
use super::rule::What;
use crate::journal::Direction;
use crate::time::Time;
use crate::wire::PacketType;

/// So many rules are all asked.
const FEW: usize = 4;

/// The place of a rule among the others. Those asked first stand first: by priority, and the newest of a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    priority: u32,
    added: Reverse<u64>,
}

/// The rules in force.
#[derive(Debug, Default)]
pub(super) struct InForce {
    rules: BTreeMap<Place, Active>,
    names: BTreeMap<Arc<str>, Place>,
    index: Index,
    /// When windows of time open or close.
    windows: BTreeSet<(Time, Place)>,
    /// Rules that can take a listener down.
    down: BTreeSet<Place>,
    /// Rules that belong to a scenario.
    staged: usize,
    /// How many were added so far.
    added: u64,
}

impl InForce {
    pub fn add(&mut self, active: Active) {
        let place = Place {
            priority: active.rule.priority,
            added: Reverse(self.added),
        };
        self.added += 1;
        self.names.insert(Arc::clone(&active.name), place);
        self.index.insert(place, &active.rule);
        self.windows
            .extend(active.next_timeout().map(|time| (time, place)));
        if takes_down(&active) {
            self.down.insert(place);
        }
        self.staged += usize::from(active.rule.scenario.is_some());
        self.rules.insert(place, active);
    }

    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Takes a rule out. Returns whether there was one of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(place) = self.names.remove(name) else {
            return false;
        };
        let Some(active) = self.rules.remove(&place) else {
            return false;
        };
        self.index.remove(place, &active.rule);
        if let Some(time) = active.next_timeout() {
            self.windows.remove(&(time, place));
        }
        self.down.remove(&place);
        self.staged -= usize::from(active.rule.scenario.is_some());
        true
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// All, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Active> {
        self.rules.values()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Whether this very name is in force, and not the same letters of a later rule.
    pub fn has_this(&self, name: &Arc<str>) -> bool {
        let known = self.names.get_key_value(&**name);
        known.is_some_and(|(known, _)| Arc::ptr_eq(known, name))
    }

    pub fn at(&mut self, place: Place) -> Option<&mut Active> {
        self.rules.get_mut(&place)
    }

    /// The rule of this name.
    pub fn named(&self, name: &str) -> Option<&Active> {
        self.rules.get(self.names.get(name)?)
    }

    /// Switches a rule on or off. Returns whether that changed it; `None` where there is none of this name.
    pub fn set_enabled(&mut self, name: &str, is_enabled: bool) -> Option<bool> {
        let active = self.rules.get_mut(self.names.get(name)?)?;
        Some(std::mem::replace(&mut active.rule.enabled, is_enabled) != is_enabled)
    }

    /// One of them begins anew. Returns whether there is one of this name.
    pub fn reset_one(&mut self, now: Time, name: &str) -> bool {
        let Some(&place) = self.names.get(name) else {
            return false;
        };
        let Some(active) = self.rules.get_mut(&place) else {
            return false;
        };
        let before = active.next_timeout();
        active.reset(now);
        if let Some(time) = before {
            self.windows.remove(&(time, place));
        }
        self.windows
            .extend(active.next_timeout().map(|time| (time, place)));
        true
    }

    /// Those that could mean such a packet of this client, in their order.
    pub fn on_packet(
        &mut self,
        client: &str,
        direction: Direction,
        packet: Option<PacketType>,
        mut each: impl FnMut(Place, &mut Active),
    ) {
        // Few are asked sooner than they are found.
        if self.rules.len() <= FEW {
            for (place, active) in &mut self.rules {
                each(*place, active);
            }
            return;
        }
        for place in self.index.on_packet(client, direction, packet) {
            if let Some(active) = self.rules.get_mut(&place) {
                each(place, active);
            }
        }
    }

    /// Those on bytes that could concern this client, in their order.
    pub fn on_bytes(&mut self, client: &str, mut each: impl FnMut(&mut Active)) {
        for place in self.index.on_bytes(client) {
            if let Some(active) = self.rules.get_mut(&place) {
                each(active);
            }
        }
    }

    /// Those that could concern this client, in any order.
    pub fn of(&self, client: &str) -> impl Iterator<Item = &Active> {
        self.index.of(client).filter_map(|place| self.rules.get(&place))
    }

    /// Those that can take a listener down.
    pub fn on_listeners(&self) -> impl Iterator<Item = &Active> {
        self.down.iter().filter_map(|place| self.rules.get(place))
    }

    /// Whether one of them belongs to a scenario.
    pub fn is_staged(&self) -> bool {
        self.staged > 0
    }

    /// All begin anew.
    pub fn reset(&mut self, now: Time) {
        for active in self.rules.values_mut() {
            active.reset(now);
        }
        let next = |(place, active): (&Place, &Active)| Some((active.next_timeout()?, *place));
        self.windows = self.rules.iter().filter_map(next).collect();
    }

    /// When a window of time opens or closes next.
    pub fn next_timeout(&self) -> Option<Time> {
        self.windows.first().map(|(time, _)| *time)
    }

    /// Opens and closes windows of time. Returns how many did.
    pub fn tick(&mut self, now: Time) -> u64 {
        let mut changed = 0;
        while let Some(&(time, place)) = self.windows.first()
            && time <= now
        {
            self.windows.pop_first();
            if let Some(active) = self.rules.get_mut(&place) {
                changed += u64::from(active.tick(now));
                self.windows
                    .extend(active.next_timeout().map(|time| (time, place)));
            }
        }
        changed
    }
}

fn takes_down(active: &Active) -> bool {
    matches!(
        active.rule.what,
        What::Bytes {
            toxic: Toxic::Down,
            ..
        }
    )
}
