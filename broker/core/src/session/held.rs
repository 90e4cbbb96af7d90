//! `Held`: how many bytes clients make the broker hold, counted where they come and where they go.
//!
//! Whatever is kept for a client carries its own `Charge`, which is given back when it is dropped: so nothing is walked
//! to know the sum, and what is gone is not forgotten in it. A message counts once, however many wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The sum. Clones count into the same one; only one thread counts at a time.
#[derive(Debug, Clone, Default)]
pub struct Held(Arc<AtomicUsize>);

impl Held {
    /// All that is held.
    pub fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// So much more is held.
    pub fn add(&self, bytes: usize) {
        self.0.store(self.bytes() + bytes, Ordering::Relaxed);
    }

    /// So much less is held.
    pub fn sub(&self, bytes: usize) {
        self.0.store(self.bytes() - bytes, Ordering::Relaxed);
    }

    /// So many bytes, for as long as the charge is there.
    pub fn charge(&self, bytes: usize) -> Charge {
        self.add(bytes);
        Charge {
            held: Some(self.clone()),
            bytes,
        }
    }
}

/// Bytes that count until this is dropped. One made by `default` counts nowhere.
#[derive(Debug, Default)]
pub struct Charge {
    held: Option<Held>,
    bytes: usize,
}

impl Charge {
    /// How many.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many in all from now on.
    pub fn set(&mut self, bytes: usize) {
        if let Some(held) = &self.held
            && self.bytes != bytes
        {
            held.sub(self.bytes);
            held.add(bytes);
            self.bytes = bytes;
        }
    }

    /// So many more.
    pub fn add(&mut self, bytes: usize) {
        self.set(self.bytes + bytes);
    }

    /// So many less.
    pub fn sub(&mut self, bytes: usize) {
        self.set(self.bytes.saturating_sub(bytes));
    }
}

impl Clone for Charge {
    fn clone(&self) -> Self {
        match &self.held {
            Some(held) => held.charge(self.bytes),
            None => Self::default(),
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// What is equal is equal wherever it is counted.
impl PartialEq for Charge {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Charge {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_no_longer_counts() {
        let held = Held::default();
        let mut first = held.charge(10);
        let second = first.clone();
        assert_eq!(held.bytes(), 20);
        first.set(3);
        first.add(4);
        first.sub(2);
        assert_eq!(held.bytes(), 15);
        drop(second);
        drop(first);
        assert_eq!(held.bytes(), 0);
        let mut nowhere = Charge::default();
        nowhere.add(7);
        drop(nowhere);
    }
}
