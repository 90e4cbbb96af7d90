//! The environment, read into keys and values.

use std::ffi::OsString;

use super::file::Given;
use crate::broker::find;
use crate::error::{Origin, Problem, ProblemKind};
use crate::nearest::unknown_key;
use crate::value::Value;
use crate::variables::{ENV_PREFIX, RESERVED_VARIABLES};

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
