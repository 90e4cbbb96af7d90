//! [`Answer`]: what a request gets, and problems as the control API has them (RFC 9457).

use serde::Serialize;
use serde_json::{Value, json};

/// A status and a body.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Why a request has no result.
pub struct Problem {
    status: u16,
    kind: &'static str,
    title: &'static str,
    detail: String,
    failure: Option<Value>,
}

impl Answer {
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        // Nothing that is answered can fail to serialise.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, body }
    }

    pub fn text(text: String) -> Self {
        Self {
            status: 200,
            body: text.into_bytes(),
        }
    }
}

impl Problem {
    fn new(status: u16, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            title,
            detail: detail.into(),
            failure: None,
        }
    }

    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(422, "invalid", "the request cannot be fulfilled as it is", detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, "not-found", "there is no such thing", detail)
    }

    pub fn taken(detail: impl Into<String>) -> Self {
        Self::new(409, "conflict", "it is there already", detail)
    }

    /// The page's broker does not have it.
    pub fn lacking(what: &str) -> Self {
        let detail = format!("{what} needs a real broker: this one runs in the page");
        Self::new(501, "not-supported", "this broker does not have it", detail)
    }

    pub fn unmet(words: String, failure: Value) -> Self {
        Self {
            failure: Some(failure),
            ..Self::new(417, "unmet", "what was expected did not come", words)
        }
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        let mut body = json!({
            "type": format!("urn:citronella:problem:{}", problem.kind),
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
        });
        if let Some(failure) = problem.failure {
            body["failure"] = failure;
        }
        Self::json(problem.status, &body)
    }
}
