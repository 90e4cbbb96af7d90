//! [`Rule`]: one rule, as it is said.

use std::sync::Arc;

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name; `reset()` and expectations know it by that.
    pub name: Arc<str>,
}

/// A rule, stub or device that cannot work: where, what is wrong, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Invalid {
    /// The rule and the path in it: `fault "lost": when.qos`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}
