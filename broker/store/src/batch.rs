//! A batch of changes, and the bytes that it is.

use crate::form::{self, Record};

/// Changes that belong together: after a crash all of them are there, or none.
///
/// A store is a map of keys to values. A batch is encoded while it is made, so that the writer has only to add a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub(crate) body: Vec<u8>,
}

impl Batch {
    /// A batch without changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives this key this value, in the place of any that it has.
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        form::put_record(&mut self.body, &Record::Put { key, value });
    }

    /// Takes this key away. That it is not there is no error.
    pub fn remove(&mut self, key: &[u8]) {
        form::put_record(&mut self.body, &Record::Remove { key });
    }

    /// Takes away every key that begins like this; with no bytes, all of them.
    pub fn remove_all(&mut self, prefix: &[u8]) {
        form::put_record(&mut self.body, &Record::RemoveAll { prefix });
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// What it takes in the log, in bytes.
    pub fn bytes(&self) -> usize {
        form::FRAME_HEAD + self.body.len()
    }
}
