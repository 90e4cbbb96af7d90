//! Topic names, topic filters and shared subscriptions (sections 4.7 and 4.8.2 of MQTT 5.0, 4.7 of 3.1.1).
//!
//! Both are plain `&str`, split into levels by `/`; a level may be empty. [`validate_name`] and [`validate_filter`]
//! check what a peer wrote, [`matches()`] says what a filter selects, [`Share::parse`] takes `$share/group/filter` apart.
//!
//! ```
//! use broker_core::topic;
//!
//! assert!(topic::validate_filter("building/+/door").is_ok());
//! assert!(topic::matches("building/+/door", "building/7/door"));
//! assert!(topic::matches("building/#", "building")); // `#` includes the parent level
//! assert!(!topic::matches("#", "$SYS/uptime")); // the $-rule
//! ```
//!
//! Nothing is normalised: names and filters are compared byte by byte (`MQTT5-4.7.3-4`, `MQTT311-4.7.3-4`). `a`, `/a`,
//! `a/` and `A` are four topics.

mod error;
mod matching;
mod mount;
mod share;
mod validate;

pub use error::TopicError;
pub(crate) use matching::begins_with_wildcard;
pub use matching::{is_wildcard, matches};
pub use mount::MountPoint;
pub use share::{SHARE_PREFIX, Share};
pub(crate) use validate::name;
pub use validate::{MAX_LEN_BYTES, validate_filter, validate_name};
