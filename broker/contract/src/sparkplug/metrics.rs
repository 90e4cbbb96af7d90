//! [`Room`]: the bound on all that is remembered; [`Metrics`]: what a birth said of metrics.

use std::collections::HashMap;

use super::payload::Metric;

/// All edge nodes, devices, metrics and clients together take no more than this, about.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// What a metric takes beside its name, about.
const BESIDE: usize = 96;

/// The room that is left.
#[derive(Debug)]
pub(super) struct Room {
    left: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: MOST_BYTES }
    }
}

impl Room {
    /// Takes so many bytes, if there is room for them.
    pub fn take(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    pub fn give_back(&mut self, bytes: usize) {
        self.left += bytes;
    }
}

/// What is known of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub alias: Option<u64>,
    pub datatype: Option<u64>,
}

/// The metrics of a birth.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    by_name: HashMap<Box<str>, Known>,
    by_alias: HashMap<u64, Known>,
    /// There was no room for all of them.
    pub is_partial: bool,
    bytes: usize,
}

impl Metrics {
    /// Forgets all of them.
    pub fn clear(&mut self, room: &mut Room) {
        room.give_back(self.bytes);
        *self = Self::default();
    }

    /// Adds one; says whether there was room.
    pub fn add(&mut self, metric: &Metric<'_>, room: &mut Room) -> bool {
        let bytes = BESIDE + metric.name.map_or(0, str::len);
        if !room.take(bytes) {
            self.is_partial = true;
            return false;
        }
        self.bytes += bytes;
        let known = Known {
            alias: metric.alias,
            datatype: metric.datatype,
        };
        if let Some(name) = metric.name {
            self.by_name.insert(name.into(), known);
        }
        if let Some(alias) = metric.alias {
            self.by_alias.insert(alias, known);
        }
        true
    }

    pub fn len(&self) -> usize {
        self.by_name.len().max(self.by_alias.len())
    }

    pub fn aliases(&self) -> impl Iterator<Item = u64> {
        self.by_alias.keys().copied()
    }

    /// What is known of the metric that a message names.
    pub fn find(&self, metric: &Metric<'_>) -> Option<Known> {
        match (metric.name, metric.alias) {
            (Some(name), _) if !name.is_empty() => self.by_name.get(name).copied(),
            (_, Some(alias)) => self.by_alias.get(&alias).copied(),
            _ => None,
        }
    }
}
