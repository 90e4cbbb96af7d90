//! Sets keys by their names.

use serde_json::Value as Json;

use crate::broker::{BrokerSettings, SECTIONS};
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

/// Sets every key that an object of JSON gives, in the form of a settings file: a section is an object in it.
///
/// # Errors
/// Everything that is wrong with it; those that are right are set. What only matters together with other keys is left to
/// [`BrokerSettings::check`].
///
/// ```
/// use serde_json::json;
///
/// let mut settings = settings::BrokerSettings::default();
/// settings::set_all(&mut settings, &json!({"port": 0, "limits": {"max_connections": 3}}))?;
/// assert_eq!((settings.port, settings.limits.max_connections), (0, 3));
///
/// let error = settings::set_all(&mut settings, &json!({"limits": {"max_conections": 3}})).unwrap_err();
/// assert_eq!(error.to_string(), "the program: unknown key `limits.max_conections`; did you mean `limits.max_connections`?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_all(settings: &mut BrokerSettings, json: &Json) -> Result<(), Error> {
    let mut problems = Vec::new();
    let mut wrong = |key: &str, value: &Json, expected: &str| {
        problems.push(Problem {
            key: key.to_owned(),
            origin: Origin::Program,
            kind: ProblemKind::Type {
                given: Value::from_json(value).describe(),
                expected: expected.to_owned(),
            },
        });
    };
    let mut given = Vec::new();
    let Json::Object(members) = json else {
        wrong("", json, "an object with settings");
        return Error::unless_none(problems);
    };
    for (name, value) in members {
        let is_section = !name.is_empty() && SECTIONS.iter().any(|section| section.name == name);
        match value {
            Json::Object(fields) if is_section => {
                given.extend(
                    fields
                        .iter()
                        .map(|(field, value)| (format!("{name}.{field}"), value)),
                );
            }
            _ if is_section => wrong(name, value, "a section: an object with its keys"),
            _ => given.push((name.clone(), value)),
        }
    }
    for (key, value) in given {
        if let Err(error) = set(settings, &key, Value::from_json(value)) {
            problems.extend(error.problems().iter().cloned());
        }
    }
    Error::unless_none(problems)
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
