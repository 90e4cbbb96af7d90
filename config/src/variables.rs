//! Which variable of the environment stands for which key.

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

/// Variables with the prefix that are not keys, each with what it is for. A name that ends in `_` stands for all that
/// begin with it.
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

/// The variable of a key: `CITRONELLA_LIMITS__MAX_CONNECTIONS` of `limits.max_connections`, and
/// `CITRONELLA_AUTH__USERS__0__PASSWORD` of `auth.users[0].password`.
///
/// ```
/// assert_eq!(settings::variable_of("limits.max_connections"), "CITRONELLA_LIMITS__MAX_CONNECTIONS");
/// assert_eq!(settings::variable_of("auth.users[0].password"), "CITRONELLA_AUTH__USERS__0__PASSWORD");
/// ```
pub fn variable_of(key: &str) -> String {
    let key = key.replace(['.', '['], "__").replace(']', "");
    format!("{ENV_PREFIX}{}", key.to_uppercase())
}
