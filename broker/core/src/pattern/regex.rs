//! [`Regex`]: a regular expression, kept with its source.

use std::fmt;

/// A regular expression, compiled once and compared by its source.
#[derive(Clone)]
pub(crate) struct Regex {
    source: String,
    compiled: Result<regex_lite::Regex, String>,
}

impl Regex {
    pub fn new(source: impl Into<String>) -> Self {
        let source = source.into();
        let compiled = regex_lite::Regex::new(&source).map_err(|error| error.to_string());
        Self { source, compiled }
    }

    pub fn as_str(&self) -> &str {
        &self.source
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.compiled.as_ref().is_ok_and(|regex| regex.is_match(text))
    }

    /// What is wrong with it, if anything is.
    pub fn error(&self) -> Option<String> {
        let error = self.compiled.as_ref().err()?;
        Some(format!("{:?} is not a regular expression: {error}", self.source))
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regex({:?})", self.source)
    }
}
