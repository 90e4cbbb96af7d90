//! [`Difference`]: one thing about an entry that is not as expected.

use std::fmt;

use serde::Serialize;

/// One thing about an entry that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which field: `qos`, `topic`, `payload at /unit`, ….
    pub field: String,
    /// What it is; empty where the entry does not have it.
    pub found: String,
    /// What it should have been; empty where `field` says it, which is so for a closure.
    pub wanted: String,
}

impl Difference {
    pub(super) fn new(field: impl Into<String>, found: impl Into<String>, wanted: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            found: found.into(),
            wanted: wanted.into(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, found, wanted } = self;
        if wanted.is_empty() {
            write!(f, "{field}: {found}")
        } else if found.is_empty() {
            write!(f, "no {field}, wanted {wanted}")
        } else {
            write!(f, "{field} {found}, not {wanted}")
        }
    }
}
