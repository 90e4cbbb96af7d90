//! The subscribers of one filter.

use std::collections::BTreeMap;

/// The subscribers and their options, in the order of their keys.
///
/// Most filters have one subscriber, which therefore needs no allocation; a filter with very many still gains and loses
/// one cheaply.
#[derive(Debug, Clone)]
pub(super) enum Members<K, V> {
    None,
    One(K, V),
    Many(BTreeMap<K, V>),
}

impl<K: Copy + Ord, V> Members<K, V> {
    /// Adds `key`, or replaces its value and returns the old one.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self {
            Self::Many(map) => map.insert(key, value),
            Self::One(present, old) if *present == key => Some(std::mem::replace(old, value)),
            _ => {
                // One more than before, and another than before.
                *self = match std::mem::replace(self, Self::None) {
                    Self::One(other, old) => Self::Many(BTreeMap::from([(other, old), (key, value)])),
                    _ => Self::One(key, value),
                };
                None
            }
        }
    }

    /// Removes `key` and returns its value.
    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        match self {
            Self::One(present, _) if *present == key => match std::mem::replace(self, Self::None) {
                Self::One(_, value) => Some(value),
                _ => None,
            },
            Self::Many(map) => {
                let removed = map.remove(&key)?;
                if map.len() == 1
                    && let Some((last, value)) = map.pop_first()
                {
                    *self = Self::One(last, value);
                }
                Some(removed)
            }
            _ => None,
        }
    }

    pub(super) fn get(&self, key: K) -> Option<&V> {
        match self {
            Self::One(present, value) if *present == key => Some(value),
            Self::Many(map) => map.get(&key),
            _ => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(super) fn for_each(&self, mut visit: impl FnMut(&K, &V)) {
        match self {
            Self::None => {}
            Self::One(key, value) => visit(key, value),
            Self::Many(map) => map.iter().for_each(|(key, value)| visit(key, value)),
        }
    }
}
