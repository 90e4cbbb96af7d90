//! [`Plan`]: what is asked of the broker, and what becomes of the answer.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use super::client::Question;
use crate::ask_http::escaped;

const JSON: &str = "application/json";

/// Questions, one after the other.
#[derive(Debug)]
pub(super) struct Plan {
    pub questions: Vec<Question>,
    pub then: Then,
    /// Where a question is refused, what those before it made is removed from this list, by its name.
    pub all_or_nothing: Option<String>,
}

/// What becomes of the answers.
#[derive(Debug)]
pub(super) enum Then {
    /// They are printed, in words or as JSON.
    Show,
    /// The same; packets and messages are a line each.
    Lines,
    /// The same; in words it is a table with these columns, JSON pointers into the elements of the list.
    Columns(&'static [&'static str]),
    /// The same; in words it is what this makes of the answer.
    Words(fn(&Value) -> String),
    /// The same; in words it is this member alone.
    Only(&'static str),
    /// They go to a file, or to stdout, as they come.
    Copy(Option<PathBuf>),
    /// Events are printed as they come, until the broker ends.
    Follow,
}

impl From<Question> for Plan {
    fn from(question: Question) -> Self {
        Self {
            questions: vec![question],
            then: Then::Show,
            all_or_nothing: None,
        }
    }
}

impl Plan {
    pub(super) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }
}

/// Asks with no body. The path goes on from `/api/v1/`.
pub(in crate::cli) fn ask(method: Method, path: &str) -> Question {
    Question {
        method,
        path: format!("/api/v1/{path}"),
        body: Bytes::new(),
        content_type: JSON,
        waits: Duration::ZERO,
    }
}

pub(in crate::cli) fn get(path: &str) -> Question {
    ask(Method::GET, path)
}

pub(in crate::cli) fn delete(path: &str) -> Question {
    ask(Method::DELETE, path)
}

pub(in crate::cli) fn post(path: &str, body: &Value) -> Question {
    ask(Method::POST, path).with(body)
}

pub(super) fn put(path: &str, body: &Value) -> Question {
    ask(Method::PUT, path).with(body)
}

impl Question {
    pub(in crate::cli) fn with(self, body: &Value) -> Self {
        Self {
            body: body.to_string().into(),
            ..self
        }
    }

    /// With a body that is no JSON.
    pub(super) fn bytes(self, body: impl Into<Bytes>, content_type: &'static str) -> Self {
        Self {
            body: body.into(),
            content_type,
            ..self
        }
    }

    /// It is answered only after so long.
    pub(super) fn waiting(self, waits: Duration) -> Self {
        Self { waits, ..self }
    }

    /// With parameters behind `?`.
    pub(in crate::cli) fn query<'a>(mut self, pairs: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        for (n, (name, value)) in pairs.into_iter().enumerate() {
            self.path.push(if n == 0 { '?' } else { '&' });
            self.path.push_str(&escaped(name));
            self.path.push('=');
            self.path.push_str(&escaped(&value));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_stand_behind_the_path() {
        let question = get("packets").query([("topic", "a/#".to_owned()), ("limit", "5".to_owned())]);
        assert_eq!(question.path, "/api/v1/packets?topic=a%2F%23&limit=5");
    }
}
