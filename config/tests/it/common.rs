//! What the tests of this crate share.

use std::path::PathBuf;

use settings::{Error, Loaded, Loader};

/// A settings file of this name, which must be the test's own, with this text.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = directory().join(name);
    std::fs::write(&path, text).expect("the directory for tests' files is writable");
    path
}

pub(crate) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// The text of the errors, with bare file names.
pub(crate) fn text(result: Result<Loaded, Error>) -> String {
    let error = result.expect_err("these settings are wrong");
    error
        .to_string()
        .replace(&format!("{}/", directory().display()), "")
}

/// What loading a file with this text says.
pub(crate) fn said_of_file(name: &str, text_of_file: &str) -> String {
    text(Loader::new().file(file(name, text_of_file)).load())
}

/// What loading with this variable says.
pub(crate) fn said_of_variable(name: &str, value: &str) -> String {
    text(Loader::new().env_from([(name, value)]).load())
}

/// What loading with the flag `--flag` for this key says.
pub(crate) fn said_of_flag(key: &str, value: impl Into<settings::Value>) -> String {
    text(Loader::new().flag("--flag", key, value).load())
}
