//! The environment, read into keys and values.

use std::ffi::OsString;

use super::layers::Given;
use crate::error::{Origin, Problem, ProblemKind};
use crate::target::Target;
use crate::value::Value;
use crate::variables::ENV_PREFIX;

/// The variable that names the settings file when no flag does.
pub(super) const CONFIG_VARIABLE: &str = "CITRONELLA_CONFIG";

/// Variables with the prefix that are not keys, each with what it is for. A name that ends in `_` stands for all that
/// begin with it.
pub(super) const RESERVED_VARIABLES: &[(&str, &str)] = &[
    (
        CONFIG_VARIABLE,
        "path of the settings file, when no flag gives one",
    ),
    (
        "CITRONELLA_URL",
        "the broker that `broker ctl` asks, when no flag names one",
    ),
    (
        "CITRONELLA_TOKEN_FILE",
        "the file with the token that `broker ctl` shows",
    ),
    (
        "CITRONELLA_BIN",
        "the program that the packages for other languages start",
    ),
    (
        "CITRONELLA_CA_FILE",
        "the file with certificates that `broker ctl` trusts, when no flag names one",
    ),
    ("CITRONELLA_TEST_", "for the project's own tests, not settings"),
];

fn is_reserved(name: &str) -> bool {
    RESERVED_VARIABLES
        .iter()
        .any(|(reserved, _)| name == *reserved || (reserved.ends_with('_') && name.starts_with(reserved)))
}

/// The keys and values of the variables that have the prefix, by name.
pub(crate) fn read(variables: &[(OsString, OsString)], problems: &mut Vec<Problem>) -> Vec<Given> {
    let mut given = Vec::new();
    for (name, value) in variables {
        // Our names are text.
        let Some(name) = name.to_str() else { continue };
        let Some(rest) = name.strip_prefix(ENV_PREFIX) else {
            continue;
        };
        if is_reserved(name) {
            continue;
        }
        let origin = Origin::Env(name.to_owned());
        match (Target::find(&key_of(rest), &origin), value.to_str()) {
            (Ok(target), Some(value)) => given.push((target, Value::untyped(value), origin)),
            (Ok(target), None) => {
                let key = target.key();
                let kind = ProblemKind::Unreadable(format!("the value of `{key}` is not UTF-8 text"));
                problems.push(Problem { key, origin, kind });
            }
            (Err(problem), _) => problems.push(problem),
        }
    }
    // The system gives variables in any order. Errors come in one order, and a list comes before its parts.
    given.sort_by_key(|(target, ..)| {
        let part = target.part.map(|part| (part.index, part.doc.key));
        (target.doc.key, part)
    });
    given
}

/// The key that a variable without its prefix stands for: `auth.users[0].password` for `AUTH__USERS__0__PASSWORD`.
fn key_of(variable: &str) -> String {
    let lower = variable.to_lowercase();
    let (first, others) = lower.split_once("__").unwrap_or((&lower, ""));
    let mut key = first.to_owned();
    for part in others.split("__").filter(|_| !others.is_empty()) {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            key.extend(["[", part, "]"]);
        } else {
            key.extend([".", part]);
        }
    }
    key
}
