//! Shared subscriptions: the groups of a filter, and their members.

use std::hash::Hash;

use super::{GroupId, Subscriptions, is_dollar};
use crate::router::group::SharedGroup;

impl<K: Copy + Eq + Hash + Ord, V> Subscriptions<K, V> {
    /// Makes `key` a member of the shared group `name` of `filter` (the parts of `$share/name/filter`). If it is a
    /// member already, it keeps its place; the old value is replaced and returned.
    pub fn insert_shared(&mut self, name: &str, filter: &str, key: K, value: V) -> Option<V> {
        self.generation += 1;
        let id = self.group_or_insert(name, filter);
        let old = self.groups.get_mut(id).and_then(|group| group.insert(key, value));
        self.shared_count += usize::from(old.is_none());
        self.dollar_count += usize::from(old.is_none() && is_dollar(filter));
        old
    }

    /// Ends the membership of `key` in the shared group `name` of `filter` and returns its value.
    pub fn remove_shared(&mut self, name: &str, filter: &str, key: K) -> Option<V> {
        let at = self.find_group(name, filter)?.ok()?;
        let id = *self.slot(filter)?.groups.get(at)?;
        let group = self.groups.get_mut(id)?;
        let removed = group.remove(key)?;
        self.shared_count -= 1;
        self.dollar_count -= usize::from(is_dollar(filter));
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

    /// Shows `visit` each shared group whose filter selects `topic`, once. The caller picks one member of it with
    /// [`SharedGroup::pick`]. The order is that of [`Subscriptions::for_each_match`]; within a filter, by Share Name.
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

    /// A group that [`Subscriptions::for_each_shared_match`] has shown. Valid while the generation is still the same.
    pub fn group_mut(&mut self, id: GroupId) -> Option<&mut SharedGroup<K, V>> {
        self.groups.get_mut(id.0)
    }

    /// All shared groups, in an order that depends only on the calls made so far.
    pub fn groups(&self) -> impl Iterator<Item = &SharedGroup<K, V>> {
        self.groups.iter().map(|(_, group)| group)
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
}
