//! [`SnapshotError`]: what is wrong with a snapshot, and where.

/// Why a snapshot cannot be put back.
///
/// ```
/// use broker_core::snapshot::{Snapshot, SnapshotError};
///
/// assert_eq!(Snapshot::from_json("{}").unwrap_err(), SnapshotError::NotASnapshot);
/// let SnapshotError::Form { line, .. } = Snapshot::from_json("{\n  nope").unwrap_err() else {
///     panic!("it is no JSON");
/// };
/// assert_eq!(line, 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It is not JSON, or does not have the form of a snapshot.
    #[error("line {line}, column {column}{}: {what}", at(key))]
    Form {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The key, such as `sessions[2].inflight[0].packet_id`; empty for the whole snapshot.
        key: String,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// It is JSON, but not a snapshot.
    #[error("not a snapshot: it has no number `citronella_snapshot`, which says the version of its form")]
    NotASnapshot,
    /// A newer or much older broker wrote it.
    #[error("a snapshot of version {found}; this broker reads version {expected}")]
    Version {
        /// The version that it names.
        found: u64,
        /// The only version that this broker knows.
        expected: u32,
    },
    /// Its parts contradict each other or MQTT.
    #[error("`{key}`: {what}")]
    Content {
        /// The key, such as `sessions[2].subscriptions[0].filter`.
        key: String,
        /// What is wrong, and what would be right.
        what: String,
    },
}

fn at(key: &str) -> String {
    match key {
        "" | "." => String::new(),
        key => format!(", at `{key}`"),
    }
}
