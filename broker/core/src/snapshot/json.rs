//! A snapshot as JSON and back.

use serde::Deserialize as _;

use super::{Snapshot, SnapshotError, VERSION};

impl Snapshot {
    /// The snapshot as JSON, indented for people.
    pub fn to_json(&self) -> String {
        // Every part of it can be serialised.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    /// Reads what [`Snapshot::to_json`] wrote, and checks it.
    ///
    /// # Errors
    /// It is not JSON, not a snapshot, a snapshot of another version, or one whose parts do not fit together. The error
    /// says where, and what would be right.
    pub fn from_json(json: &str) -> Result<Self, SnapshotError> {
        // The version is checked first, because a snapshot of another version may have any form.
        let whole: serde_json::Value = serde_json::from_str(json).map_err(|error| form("", &error))?;
        match whole
            .get("citronella_snapshot")
            .and_then(serde_json::Value::as_u64)
        {
            None => return Err(SnapshotError::NotASnapshot),
            Some(found) if found != u64::from(VERSION) => {
                return Err(SnapshotError::Version {
                    found,
                    expected: VERSION,
                });
            }
            Some(_) => drop(whole),
        }
        // Read once more from the text, to know lines and columns.
        let mut track = serde_path_to_error::Track::new();
        let mut text = serde_json::Deserializer::from_str(json);
        let snapshot = Self::deserialize(serde_path_to_error::Deserializer::new(&mut text, &mut track))
            .map_err(|error| form(&track.path().to_string(), &error))?;
        snapshot.check()?;
        Ok(snapshot)
    }
}

fn form(key: &str, error: &serde_json::Error) -> SnapshotError {
    let what = error.to_string();
    // serde_json writes the place at the end of the message; here line and column are fields.
    let what = what
        .rsplit_once(" at line ")
        .map_or(what.clone(), |(what, _)| what.to_owned());
    SnapshotError::Form {
        line: error.line(),
        column: error.column(),
        key: key.to_owned(),
        what,
    }
}
