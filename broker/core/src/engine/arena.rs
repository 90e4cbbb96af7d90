//! [`Arena`]: values under keys that are never given out twice. An old key finds nothing, and never a newcomer.

use slab::Slab;

use crate::session::{ConnId, SessionKey};

/// A place, which is used again, and a number, which is never used again.
pub(super) trait Key: Copy + Eq {
    fn new(slot: u32, serial: u32) -> Self;
    fn slot(self) -> usize;
}

/// Values of one kind, each under a key of its own.
#[derive(Debug)]
pub(super) struct Arena<K, V> {
    slots: Slab<(K, V)>,
    /// The number of the last key.
    serial: u32,
}

impl<K, V> Default for Arena<K, V> {
    fn default() -> Self {
        Self {
            slots: Slab::new(),
            serial: 0,
        }
    }
}

impl<K: Key, V> Arena<K, V> {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Keeps what `make` makes, under the key that `make` is told.
    pub fn insert(&mut self, make: impl FnOnce(K) -> V) -> K {
        self.serial += 1;
        let entry = self.slots.vacant_entry();
        let key = K::new(entry.key() as u32, self.serial);
        entry.insert((key, make(key)));
        key
    }

    #[inline]
    pub fn get(&self, key: K) -> Option<&V> {
        match self.slots.get(key.slot()) {
            Some((of, value)) if *of == key => Some(value),
            _ => None,
        }
    }

    #[inline]
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        match self.slots.get_mut(key.slot()) {
            Some((of, value)) if *of == key => Some(value),
            _ => None,
        }
    }

    pub fn remove(&mut self, key: K) -> Option<V> {
        self.get(key)?;
        self.slots.try_remove(key.slot()).map(|(_, value)| value)
    }

    /// Takes all of them out.
    pub fn take_all(&mut self) -> impl Iterator<Item = (K, V)> + use<K, V> {
        std::mem::take(&mut self.slots)
            .into_iter()
            .map(|(_, entry)| entry)
    }

    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.slots.iter().map(|(_, (key, value))| (*key, value))
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.slots.iter().map(|(_, (_, value))| value)
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().map(|(_, (_, value))| value)
    }

    /// All keys, for a caller that changes the arena on its way through them.
    pub fn keys(&self) -> Vec<K> {
        self.iter().map(|(key, _)| key).collect()
    }
}

impl Key for ConnId {
    fn new(slot: u32, serial: u32) -> Self {
        Self { slot, serial }
    }

    fn slot(self) -> usize {
        self.slot as usize
    }
}

impl Key for SessionKey {
    fn new(slot: u32, serial: u32) -> Self {
        Self { slot, serial }
    }

    fn slot(self) -> usize {
        self.slot as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_its_own_value_and_never_a_later_one() {
        let mut arena: Arena<ConnId, &str> = Arena::default();
        let first = arena.insert(|_| "first");
        assert_eq!(arena.remove(first), Some("first"));
        let second = arena.insert(|_| "second");
        assert_eq!(first.slot(), second.slot(), "the place is used again");
        assert_eq!(arena.get(first), None);
        assert_eq!(arena.get_mut(first), None);
        assert_eq!(arena.remove(first), None);
        assert_eq!((arena.get(second), arena.len()), (Some(&"second"), 1));
        assert_eq!(arena.keys(), [second]);
    }
}
