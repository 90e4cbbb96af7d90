//! Sets one key by its name.

use crate::broker::BrokerSettings;
use crate::error::{Error, Origin, Problem, ProblemKind};
use crate::target::Target;
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
    let target = Target::find(key, &origin)?;
    if target.part.is_some() {
        let text = "is a part of a list; set the field itself, or the whole list".to_owned();
        return Err(Problem {
            key: key.to_owned(),
            origin,
            kind: ProblemKind::Conflict(text),
        }
        .into());
    }
    let mut problems = Vec::new();
    let checked = target.check(&value.into(), &origin, &mut problems);
    Error::unless_none(problems)?;
    if let Some(value) = checked {
        settings
            .put(key, value.into_json())
            .map_err(|error| internal(&error))?;
    }
    Ok(())
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
