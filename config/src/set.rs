//! Sets one key by its name.

use serde_json::Value as Json;

use crate::broker::{BrokerSettings, find};
use crate::check::check;
use crate::error::{Error, Origin, Problem, ProblemKind};
use crate::nearest::unknown_key;
use crate::schema::KeyDoc;
use crate::value::Value;

/// Sets one key, for callers that have it as a text: a builder's generic override, a test's table.
///
/// # Errors
/// There is no such key, or its value is not what it takes. What only matters together with other keys is
/// left to [`BrokerSettings::check`].
///
/// ```
/// let mut settings = settings::BrokerSettings::default();
/// settings::set(&mut settings, "limits.max_connections", "3")?;
/// assert_eq!(settings.limits.max_connections, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set(settings: &mut BrokerSettings, key: &str, value: impl Into<Value>) -> Result<(), Error> {
    let origin = Origin::Program;
    let Some(doc) = find(key) else {
        return Err(Problem {
            kind: unknown_key(key, &origin),
            key: key.to_owned(),
            origin,
        }
        .into());
    };
    let mut problems = Vec::new();
    let checked = check_given(doc, &value.into(), &origin, &mut problems);
    Error::unless_none(problems)?;
    if let Some(value) = checked {
        settings.put(key, value).map_err(|error| internal(&error))?;
    }
    Ok(())
}

/// The value in its canonical form, or `None` and the reasons in `problems`.
pub(crate) fn check_given(
    doc: &KeyDoc,
    value: &Value,
    origin: &Origin,
    problems: &mut Vec<Problem>,
) -> Option<Json> {
    match check(doc, value) {
        Ok(canonical) => Some(canonical),
        Err(complaints) => {
            problems.extend(complaints.into_iter().map(|complaint| Problem {
                key: format!("{}{}", doc.key, complaint.part),
                origin: match (origin, complaint.line) {
                    (Origin::File { path, .. }, line @ Some(_)) => Origin::File {
                        path: path.clone(),
                        line,
                    },
                    _ => origin.clone(),
                },
                kind: complaint.kind,
            }));
            None
        }
    }
}

/// A value that passed its check and yet does not deserialise: the table of keys and the types disagree.
pub(crate) fn internal(error: &dyn std::error::Error) -> Error {
    let text = format!("cannot be taken: {error}. This is a fault in Citronella; please report it");
    Problem {
        key: String::new(),
        origin: Origin::Program,
        kind: ProblemKind::Unreadable(text),
    }
    .into()
}
