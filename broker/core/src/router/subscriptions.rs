//! `Subscriptions`: who subscribed to what, found by topic.

mod shared;

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;
use slab::Slab;

use super::group::SharedGroup;
use super::members::Members;
use super::trie::Trie;
use crate::topic::is_wildcard;

/// Below this many slots the map of exact filters is not worth shrinking.
const SHRINK_MIN_SLOTS: usize = 1024;

/// A shared group's place in its [`Subscriptions`], for a cache of matches. It is good while
/// [`Subscriptions::generation`] stays the same.
///
/// ```
/// # let mut subscriptions = broker_core::router::Subscriptions::new();
/// subscriptions.insert_shared("g", "a", 1, ());
/// let mut found = None;
/// subscriptions.for_each_shared_match("a", |id, _group| found = Some(id));
/// let id = found.expect("there is one"); // to be kept for the next message to this topic
/// assert_eq!(subscriptions.group_mut(id).unwrap().name(), "g");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(usize);

/// All subscriptions, with the shared ones. `K` names a subscriber, `V` is what it asked for with one filter.
///
/// ```
/// use broker_core::router::Subscriptions;
///
/// let mut subscriptions = Subscriptions::new();
/// subscriptions.insert("a/+", 1, "QoS 0");
/// subscriptions.insert_shared("g", "a/#", 2, "QoS 1");
///
/// let mut found = Vec::new();
/// subscriptions.for_each_match("a/b", |key, options, _filter| found.push((*key, *options)));
/// subscriptions.for_each_shared_match("a/b", |_id, group| found.push(group.members()[0]));
/// assert_eq!(found, [(1, "QoS 0"), (2, "QoS 1")]);
/// ```
#[derive(Debug)]
pub struct Subscriptions<K, V> {
    /// Filters without wildcards: each selects the topic of its own name.
    exact: HashMap<Box<str>, Slot<K, V>, RandomState>,
    /// Filters with wildcards, each with its own text.
    wild: Trie<(Box<str>, Slot<K, V>)>,
    groups: Slab<SharedGroup<K, V>>,
    generation: u64,
    plain_count: usize,
    shared_count: usize,
    /// How many subscriptions have a filter that begins with `$`.
    dollar_count: usize,
}

/// What is known about one filter.
#[derive(Debug)]
struct Slot<K, V> {
    members: Members<K, V>,
    /// The shared groups of this filter: keys of `Subscriptions::groups`, in the order of their names.
    groups: Vec<usize>,
}

impl<K, V> Slot<K, V> {
    const fn new() -> Self {
        Self {
            members: Members::None,
            groups: Vec::new(),
        }
    }
}

impl<K: Copy + Eq + Hash + Ord, V> Default for Subscriptions<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Eq + Hash + Ord, V> Subscriptions<K, V> {
    /// No subscriptions.
    pub fn new() -> Self {
        Self {
            exact: HashMap::default(),
            wild: Trie::new(),
            groups: Slab::new(),
            generation: 0,
            plain_count: 0,
            shared_count: 0,
            dollar_count: 0,
        }
    }

    /// Subscribes `key` to `filter`. If it was subscribed already, replaces the old value and returns it.
    pub fn insert(&mut self, filter: &str, key: K, value: V) -> Option<V> {
        self.generation += 1;
        let old = self.slot_or_insert(filter).members.insert(key, value);
        self.plain_count += usize::from(old.is_none());
        self.dollar_count += usize::from(old.is_none() && is_dollar(filter));
        old
    }

    /// Ends the subscription of `key` to `filter` and returns its value.
    pub fn remove(&mut self, filter: &str, key: K) -> Option<V> {
        let removed = self.slot_mut(filter)?.members.remove(key)?;
        self.plain_count -= 1;
        self.dollar_count -= usize::from(is_dollar(filter));
        self.generation += 1;
        self.prune(filter);
        Some(removed)
    }

    /// The value of `key`'s subscription to exactly `filter`.
    pub fn get(&self, filter: &str, key: K) -> Option<&V> {
        self.slot(filter)?.members.get(key)
    }

    /// Shows `visit` each subscription that is not shared and whose filter selects `topic`: key, value, filter.
    ///
    /// A subscriber with several matching filters is shown once for each. The order is fixed: the exact filter first,
    /// then the filters with wildcards in an order that depends on them alone; within a filter, by key.
    /// Needs no memory. Its time grows with the nodes of the trie that fit the topic, not with the number of filters.
    /// Returns how many nodes it visited.
    pub fn for_each_match(&self, topic: &str, mut visit: impl FnMut(&K, &V, &str)) -> usize {
        if let Some((filter, slot)) = self.exact.get_key_value(topic) {
            slot.members.for_each(|key, value| visit(key, value, filter));
        }
        let mut walk = self.wild.matches(topic);
        for (filter, slot) in walk.by_ref() {
            slot.members.for_each(|key, value| visit(key, value, filter));
        }
        walk.steps
    }

    /// Changes with every change to the subscriptions: the matches found for a topic hold while this stays the same.
    /// Picking a member of a shared group does not change it.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// How many filters without wildcards there are.
    pub(crate) fn exact_count(&self) -> usize {
        self.exact.len()
    }

    /// Whether somebody has a filter without wildcards that equals this topic. Reads all the memory that
    /// [`Subscriptions::for_each_match`] needs for it.
    pub(crate) fn has_exact(&self, topic: &str) -> bool {
        self.exact
            .get(topic)
            .is_some_and(|slot| !slot.members.is_empty() || !slot.groups.is_empty())
    }

    /// Whether any filter has a wildcard. If not, one look into a hash map finds the matches of a topic.
    pub(crate) fn has_wildcards(&self) -> bool {
        !self.wild.is_empty()
    }

    /// How many subscriptions there are, shared or not.
    pub const fn len(&self) -> usize {
        self.plain_count + self.shared_count
    }

    /// Whether there is no subscription.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many subscriptions are not shared.
    pub const fn plain_count(&self) -> usize {
        self.plain_count
    }

    /// How many subscriptions are shared: the members of all groups.
    pub const fn shared_count(&self) -> usize {
        self.shared_count
    }

    /// Whether anybody has subscribed to topics that begin with `$`.
    pub(crate) const fn has_dollar_filters(&self) -> bool {
        self.dollar_count > 0
    }

    /// How many entries the indexes hold: exact filters, and nodes of the trie. 0 once every subscription has ended.
    pub fn index_count(&self) -> usize {
        self.exact.len() + self.wild.node_count()
    }

    fn slot(&self, filter: &str) -> Option<&Slot<K, V>> {
        if is_wildcard(filter) {
            self.wild.get(filter).map(|(_, slot)| slot)
        } else {
            self.exact.get(filter)
        }
    }

    fn slot_mut(&mut self, filter: &str) -> Option<&mut Slot<K, V>> {
        if is_wildcard(filter) {
            self.wild.get_mut(filter).map(|(_, slot)| slot)
        } else {
            self.exact.get_mut(filter)
        }
    }

    fn slot_or_insert(&mut self, filter: &str) -> &mut Slot<K, V> {
        if is_wildcard(filter) {
            &mut self
                .wild
                .get_or_insert_with(filter, || (filter.into(), Slot::new()))
                .1
        } else {
            self.exact.entry(filter.into()).or_insert_with(Slot::new)
        }
    }

    /// Forgets the filter if nobody has it any more.
    fn prune(&mut self, filter: &str) {
        if self
            .slot(filter)
            .is_none_or(|slot| !slot.members.is_empty() || !slot.groups.is_empty())
        {
            return;
        }
        if is_wildcard(filter) {
            self.wild.remove(filter);
        } else {
            self.exact.remove(filter);
            // Gives memory back once seven eighths are empty; each time costs less than the removals before it.
            if self.exact.capacity() > SHRINK_MIN_SLOTS && self.exact.len() < self.exact.capacity() / 8 {
                self.exact.shrink_to(self.exact.len() * 2);
            }
        }
    }
}

/// Only a filter that begins with `$` selects topics that begin with `$`.
fn is_dollar(filter: &str) -> bool {
    filter.starts_with('$')
}
