//! `Held`: how many bytes the broker holds for clients, counted when they come and when they go.
//!
//! Everything that is kept for a client carries its own `Charge`, and dropping it subtracts the charge. So the sum is
//! known without a walk over what is kept, and it is always right. A message counts once, however many clients wait for
//! it.

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

    /// Adds `bytes` to the sum.
    pub fn add(&self, bytes: usize) {
        self.0.store(self.bytes() + bytes, Ordering::Relaxed);
    }

    /// Subtracts `bytes` from the sum.
    pub fn sub(&self, bytes: usize) {
        self.0.store(self.bytes() - bytes, Ordering::Relaxed);
    }

    /// A charge of `bytes`: they count until it is dropped.
    pub fn charge(&self, bytes: usize) -> Charge {
        self.add(bytes);
        Charge {
            held: Some(self.clone()),
            bytes,
        }
    }
}

/// Bytes that count until this is dropped. A charge made by `default` does not count.
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

    /// From now on the charge is `bytes` in all.
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

/// Charges do not make two values differ.
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
