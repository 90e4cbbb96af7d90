//! `Subscriptions`: who subscribed to what, found by topic.

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

/// A shared group's place in its [`Subscriptions`], for a cache of matches: good while
/// [`Subscriptions::generation`] stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(usize);

/// All subscriptions, shared ones included. `K` names a subscriber, `V` is what it asked for with one filter.
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
}

/// What is known of one filter.
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
        }
    }

    /// Subscribes `key` to `filter`. If it was subscribed already, the new value replaces the old one, which is returned.
    pub fn insert(&mut self, filter: &str, key: K, value: V) -> Option<V> {
        self.generation += 1;
        let old = self.slot_or_insert(filter).members.insert(key, value);
        self.plain_count += usize::from(old.is_none());
        old
    }

    /// Ends the subscription of `key` to `filter` and returns its value.
    pub fn remove(&mut self, filter: &str, key: K) -> Option<V> {
        let removed = self.slot_mut(filter)?.members.remove(key)?;
        self.plain_count -= 1;
        self.generation += 1;
        self.prune(filter);
        Some(removed)
    }

    /// The value of `key`'s subscription to exactly `filter`.
    pub fn get(&self, filter: &str, key: K) -> Option<&V> {
        self.slot(filter)?.members.get(key)
    }

    /// Makes `key` a member of the shared group `name` of `filter` (the parts of `$share/name/filter`). If it is one
    /// already, it keeps its place, and the new value replaces the old one, which is returned.
    pub fn insert_shared(&mut self, name: &str, filter: &str, key: K, value: V) -> Option<V> {
        self.generation += 1;
        let id = self.group_or_insert(name, filter);
        let old = self.groups.get_mut(id).and_then(|group| group.insert(key, value));
        self.shared_count += usize::from(old.is_none());
        old
    }

    /// Ends the membership of `key` in the shared group `name` of `filter` and returns its value.
    pub fn remove_shared(&mut self, name: &str, filter: &str, key: K) -> Option<V> {
        let at = self.find_group(name, filter)?.ok()?;
        let id = *self.slot(filter)?.groups.get(at)?;
        let group = self.groups.get_mut(id)?;
        let removed = group.remove(key)?;
        self.shared_count -= 1;
        self.generation += 1;
        if group.members().is_empty() {
            self.groups.remove(id);
            self.slot_mut(filter)?.groups.remove(at);
            self.prune(filter);
        }
        Some(removed)
    }

    /// The shared group `name` of `filter`; `None` if it has no members.
    pub fn shared(&self, name: &str, filter: &str) -> Option<&SharedGroup<K, V>> {
        let at = self.find_group(name, filter)?.ok()?;
        self.groups.get(*self.slot(filter)?.groups.get(at)?)
    }

    /// The shared group `name` of `filter`, to pick a member; `None` if it has no members.
    pub fn shared_mut(&mut self, name: &str, filter: &str) -> Option<&mut SharedGroup<K, V>> {
        let at = self.find_group(name, filter)?.ok()?;
        let id = *self.slot(filter)?.groups.get(at)?;
        self.groups.get_mut(id)
    }

    /// Shows `visit` each subscription that is not shared and whose filter selects `topic`: key, value, filter.
    ///
    /// A subscriber with several matching filters is shown once for each. The order is fixed: the exact filter first,
    /// then the filters with wildcards in an order that depends on them alone; within a filter, by key.
    /// Takes no memory, and time in proportion to the nodes of the trie that fit the topic, however many filters exist.
    pub fn for_each_match(&self, topic: &str, mut visit: impl FnMut(&K, &V, &str)) {
        if let Some((filter, slot)) = self.exact.get_key_value(topic) {
            slot.members.for_each(|key, value| visit(key, value, filter));
        }
        for (filter, slot) in self.wild.matches(topic) {
            slot.members.for_each(|key, value| visit(key, value, filter));
        }
    }

    /// Shows `visit` each shared group whose filter selects `topic`, once, to [`SharedGroup::pick`] one member of it.
    /// The order is that of [`Subscriptions::for_each_match`]; within a filter, by Share Name.
    pub fn for_each_shared_match(
        &mut self,
        topic: &str,
        mut visit: impl FnMut(GroupId, &mut SharedGroup<K, V>),
    ) {
        if self.groups.is_empty() {
            return;
        }
        let exact = self.exact.get(topic);
        let wild = self.wild.matches(topic).map(|(_, slot)| slot);
        for &id in exact.into_iter().chain(wild).flat_map(|slot| &slot.groups) {
            if let Some(group) = self.groups.get_mut(id) {
                visit(GroupId(id), group);
            }
        }
    }

    /// A group that [`Subscriptions::for_each_shared_match`] has shown, as long as the generation is still the same.
    pub fn group_mut(&mut self, id: GroupId) -> Option<&mut SharedGroup<K, V>> {
        self.groups.get_mut(id.0)
    }

    /// All shared groups, in an order that depends on the calls made so far alone.
    pub fn groups(&self) -> impl Iterator<Item = &SharedGroup<K, V>> {
        self.groups.iter().map(|(_, group)| group)
    }

    /// Changes with every change to the subscriptions: what was found for a topic holds as long as this stays the same.
    /// Picking a member of a shared group changes nothing here.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// How many filters without wildcards there are.
    pub fn exact_count(&self) -> usize {
        self.exact.len()
    }

    /// Whether somebody has the filter that is this topic. Touches all that [`Subscriptions::for_each_match`] needs of it.
    pub fn has_exact(&self, topic: &str) -> bool {
        self.exact
            .get(topic)
            .is_some_and(|slot| !slot.members.is_empty() || !slot.groups.is_empty())
    }

    /// Whether any filter has a wildcard. Where none has, finding the matches of a topic is one look into a hash map.
    pub fn has_wildcards(&self) -> bool {
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

    /// Where the group stands, or should stand, in its filter's list; `None` if nobody has the filter.
    fn find_group(&self, name: &str, filter: &str) -> Option<Result<usize, usize>> {
        let name_of = |id: &usize| self.groups.get(*id).map_or("", SharedGroup::name);
        Some(
            self.slot(filter)?
                .groups
                .binary_search_by(|id| name_of(id).cmp(name)),
        )
    }

    fn group_or_insert(&mut self, name: &str, filter: &str) -> usize {
        let at = match self.find_group(name, filter) {
            Some(Ok(at)) => return self.slot_or_insert(filter).groups[at],
            Some(Err(at)) => at,
            None => 0,
        };
        let id = self.groups.insert(SharedGroup::new(name, filter));
        self.slot_or_insert(filter).groups.insert(at, id);
        id
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
            // Gives memory back once seven eighths lie empty; each time costs less than the removals before it.
            if self.exact.capacity() > SHRINK_MIN_SLOTS && self.exact.len() < self.exact.capacity() / 8 {
                self.exact.shrink_to(self.exact.len() * 2);
            }
        }
    }
}
