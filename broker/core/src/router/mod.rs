//! The data structures that say who gets a message and which messages are retained. They use no clock and no I/O.
//!
//! - [`Subscriptions`] answers a PUBLISH: whose filters match this topic? Filters without wildcards live in a hash map,
//!   so a publish costs the same with ten of them as with a million. Filters with wildcards live in a trie of levels.
//! - [`SharedGroup`] is one `$share/group/filter`: its members, and [`SharedGroup::pick`] to choose who gets a message.
//! - [`Retained`] answers a SUBSCRIBE: which retained messages match this filter? It answers in slices, so that a `#`
//!   over a million messages makes nobody wait.
//!
//! This module expects valid filters and topics ([`crate::topic`] checks them). An invalid filter does no harm: it is
//! stored, found and removed like any other, and selects the topics that [`crate::topic::matches`] says.
//!
//! What a caller sees never depends on the order of a hash map: the same calls give the same answers in the same order.
//!
//! ```
//! use broker_core::router::Subscriptions;
//!
//! let mut subscriptions = Subscriptions::new();
//! subscriptions.insert("building/+/door", 1, "QoS 0");
//! subscriptions.insert("building/7/door", 2, "QoS 1");
//!
//! let mut found = Vec::new();
//! subscriptions.for_each_match("building/7/door", |client, options, filter| found.push((*client, *options, filter.to_owned())));
//! assert_eq!(found, [(2, "QoS 1", "building/7/door".to_owned()), (1, "QoS 0", "building/+/door".to_owned())]);
//! ```

mod children;
mod cost;
mod group;
mod members;
mod retained;
mod seek;
mod subscriptions;
mod trie;
mod walk;

pub use cost::subscription_cost_bytes;
pub use group::{ShareStrategy, SharedGroup};
pub use retained::{Cursor, Matching, Retained};
pub use subscriptions::{GroupId, Subscriptions};
