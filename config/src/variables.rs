//! Which variable of the environment stands for which key.

/// What the name of every variable begins with.
pub(crate) const ENV_PREFIX: &str = "CITRONELLA_";

/// The variable of a key: `CITRONELLA_LIMITS__MAX_CONNECTIONS` of `limits.max_connections`, and
/// `CITRONELLA_AUTH__USERS__0__PASSWORD` of `auth.users[0].password`.
pub(crate) fn variable_of(key: &str) -> String {
    let key = key.replace(['.', '['], "__").replace(']', "");
    format!("{ENV_PREFIX}{}", key.to_uppercase())
}
