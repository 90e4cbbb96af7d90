//! All that outlives a connection as entries under keys, for whoever keeps it where it outlives the process.
//!
//! [`Engine::take_changes`](crate::engine::Engine::take_changes) says which entries a turn has changed. [`read`] makes a
//! [`Snapshot`](crate::snapshot::Snapshot) of all entries, which [`Engine::keep`](crate::engine::Engine::keep) puts back.
//!
//! | key | value |
//! |---|---|
//! | `v` | the version of this table: [`VERSION`] |
//! | `m`, number | a message that somebody is to get: its payload behind the rest of it |
//! | `t`, topic | the number of the message that is retained |
//! | `s`, client, `h` | a session without its lists, and the memo that the program keeps with it |
//! | `s`, client, `f`, filter | a subscription |
//! | `s`, client, `q`, number | a queued message |
//! | `s`, client, `i`, packet identifier | an exchange towards the client |
//! | `s`, client, `r`, packet identifier | a message from the client whose PUBREL has not come; no value |
//!
//! Values are JSON, in the words of a snapshot. Numbers in keys have their highest byte first; the client's identifier comes
//! behind its length. What says how long something lasts comes with the time on the wall at which it was written.

mod key;
mod read;
pub(crate) mod value;

pub use key::Key;
pub use read::{ChangeError, read};
pub use value::{Exchanged, Head, Kept};

/// The version of the entries that this broker writes. It reads those before, too. In version 1 a session had no memo.
pub const VERSION: u32 = 2;

/// Takes changes, in order. All of one turn belong together.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Arc;
///
/// use broker_core::change::{self, Changes};
/// use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
///
/// #[derive(Default)]
/// struct Entries(BTreeMap<Vec<u8>, Vec<u8>>);
///
/// impl Changes for Entries {
///     fn put(&mut self, key: &[u8], value: &[u8]) {
///         self.0.insert(key.to_vec(), value.to_vec());
///     }
///     fn remove(&mut self, key: &[u8]) {
///         self.0.remove(key);
///     }
///     fn remove_all(&mut self, prefix: &[u8]) {
///         self.0.retain(|key, _| !key.starts_with(prefix));
///     }
/// }
///
/// let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// engine.keep(Time::ZERO, None)?;
/// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
/// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\0\0\0\0\x04lamp"); // CONNECT, Clean Session 0
///
/// let mut entries = Entries::default();
/// engine.take_changes(Time::ZERO, 0, &mut entries);
/// let kept = change::read(entries.0.iter().map(|(key, value)| (&key[..], &value[..])), 0, 7)?;
/// assert!(kept.session("lamp").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Changes {
    /// This key has this value now.
    fn put(&mut self, key: &[u8], value: &[u8]);
    /// This key has none any more.
    fn remove(&mut self, key: &[u8]);
    /// No key that begins like this has one any more.
    fn remove_all(&mut self, prefix: &[u8]);
}
