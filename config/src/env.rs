//! The environment: which variable stands for which key.

use std::ffi::OsString;

use crate::broker::find;
use crate::error::{Origin, Problem, ProblemKind};
use crate::file::Given;
use crate::nearest::unknown_key;
use crate::value::Value;

/// What the name of every variable begins with.
///
/// ```
/// assert!(settings::variable_of("port").starts_with(settings::ENV_PREFIX));
/// ```
pub const ENV_PREFIX: &str = "CITRONELLA_";

/// The variable that names the settings file when no flag does.
///
/// ```
/// assert_eq!(settings::CONFIG_VARIABLE, "CITRONELLA_CONFIG");
/// ```
pub const CONFIG_VARIABLE: &str = "CITRONELLA_CONFIG";

/// Variables with the prefix that are no keys, each with what it is for. A name that ends in `_` stands for
/// all that begin with it.
///
/// ```
/// use settings::{CONFIG_VARIABLE, RESERVED_VARIABLES};
///
/// assert!(RESERVED_VARIABLES.iter().any(|(name, _what_for)| *name == CONFIG_VARIABLE));
/// ```
pub const RESERVED_VARIABLES: &[(&str, &str)] = &[
    (
        CONFIG_VARIABLE,
        "path of the settings file, when no flag gives one",
    ),
    ("CITRONELLA_TEST_", "for the project's own tests, not settings"),
];

/// The variable of a key: `CITRONELLA_LIMITS__MAX_CONNECTIONS` of `limits.max_connections`.
///
/// ```
/// assert_eq!(settings::variable_of("limits.max_connections"), "CITRONELLA_LIMITS__MAX_CONNECTIONS");
/// ```
pub fn variable_of(key: &str) -> String {
    format!("{ENV_PREFIX}{}", key.replace('.', "__").to_uppercase())
}

fn is_reserved(name: &str) -> bool {
    RESERVED_VARIABLES
        .iter()
        .any(|(reserved, _)| name == *reserved || (reserved.ends_with('_') && name.starts_with(reserved)))
}

/// The keys and values of the variables that have the prefix, by name.
pub(crate) fn read(variables: &[(OsString, OsString)], problems: &mut Vec<Problem>) -> Vec<Given> {
    let mut given = Vec::new();
    for (name, value) in variables {
        // A name that is no text cannot be one of ours.
        let Some(name) = name.to_str() else { continue };
        let Some(rest) = name.strip_prefix(ENV_PREFIX) else {
            continue;
        };
        if is_reserved(name) {
            continue;
        }
        let key = rest.to_lowercase().replace("__", ".");
        let origin = Origin::Env(name.to_owned());
        if find(&key).is_none() {
            problems.push(Problem {
                kind: unknown_key(&key, &origin),
                key,
                origin,
            });
        } else if let Some(value) = value.to_str() {
            given.push((key, Value::untyped(value), origin));
        } else {
            let kind = ProblemKind::Unreadable(format!("the value of `{key}` is not UTF-8 text"));
            problems.push(Problem { key, origin, kind });
        }
    }
    // The order of the environment is the system's whim; errors have one order.
    given.sort_by(|(left, ..), (right, ..)| left.cmp(right));
    given
}
