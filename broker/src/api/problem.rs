//! [`Problem`]: why a request has no result, as RFC 9457 wants it said.

use axum::extract::OriginalUri;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::shapes::LONGEST_WAIT;
use super::{document, words};
use crate::error::{Error, Kind as ErrorKind};

/// What kind of problem it is: the last part of its `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    BadRequest,
    /// The body or a parameter is not what it should be.
    Invalid,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    /// It is there already, or cannot be done as things stand.
    Conflict,
    TooLarge,
    /// What was expected or waited for did not come.
    NotMet,
    /// The engine behind the broker cannot do this.
    Unsupported,
    /// Nobody is let in now.
    NotReady,
    TooManyRequests,
    /// The broker has stopped.
    Stopped,
    Internal,
}

impl Kind {
    pub fn parts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::BadRequest => (
                "bad-request",
                StatusCode::BAD_REQUEST,
                "the request cannot be understood",
            ),
            Self::Invalid => (
                "invalid",
                StatusCode::UNPROCESSABLE_ENTITY,
                "something in the request is wrong",
            ),
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED, "a token is needed"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "this caller may not do this"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "there is no such thing"),
            Self::MethodNotAllowed => (
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "not with this method",
            ),
            Self::Conflict => (
                "conflict",
                StatusCode::CONFLICT,
                "this cannot be done as things stand",
            ),
            Self::TooLarge => (
                "too-large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is too large",
            ),
            Self::NotMet => (
                "not-met",
                StatusCode::EXPECTATION_FAILED,
                "what was waited for did not come",
            ),
            Self::Unsupported => ("unsupported", StatusCode::CONFLICT, "the engine cannot do this"),
            Self::NotReady => (
                "not-ready",
                StatusCode::SERVICE_UNAVAILABLE,
                "the broker lets nobody in now",
            ),
            Self::TooManyRequests => (
                "too-many",
                StatusCode::TOO_MANY_REQUESTS,
                "there are too many already",
            ),
            Self::Stopped => ("stopped", StatusCode::GONE, "the broker has stopped"),
            Self::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "a fault of the broker; please report it",
            ),
        }
    }
}

/// A problem as it is sent (RFC 9457). Further members depend on its type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Shape {
    /// `urn:citronella:problem:` and the kind.
    #[schema(rename = "type")]
    r#type: String,
    /// What kind of problem it is, in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What was wrong, where, and what would be right.
    detail: String,
    /// The member of the body that is wrong, such as `steps[0].pattern`.
    path: Option<String>,
    /// The report of an expectation that was not met.
    failure: Option<super::schema::Failure>,
    /// What the clock shows that did not come so far as it was to be moved.
    now_secs: Option<f64>,
    /// By how much it is still to be moved.
    left_secs: Option<f64>,
}

/// Why a request has no result.
#[derive(Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: String,
    /// What a program may want beside it.
    more: Map<String, Value>,
}

/// RFC 9457 3.
const MEDIA_TYPE: &str = "application/problem+json";

impl Problem {
    /// `detail`: what was wrong, where, and what would be right.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: words::plain(detail.into()),
            more: Map::new(),
        }
    }

    /// With a member that a program may want.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.more.insert(name.to_owned(), json!(value));
        self
    }

    /// The same, where it is about what stands at this place of the body.
    pub fn inside(mut self, place: &str) -> Self {
        self.detail = format!("`{place}`: {}", self.detail);
        let path = match self.more.get("path").and_then(Value::as_str) {
            Some(path) => format!("{place}.{path}"),
            None => place.to_owned(),
        };
        self.with("path", path)
    }

    /// The problem that something has this name already, where an error says so in words alone.
    pub fn taken(error: Error) -> Self {
        if error.is_invalid() {
            return Self::new(Kind::Conflict, error.to_string());
        }
        error.into()
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    pub fn no_such_route(method: &Method, path: &str) -> Self {
        let near = document::nearest_path(path).map(|near| format!("; did you mean {near}?"));
        let path = settings::text::Quoted(path, 60).to_string();
        Self::not_found(format!(
            "there is no route {method} {path}{}; GET /api/v1/openapi.json describes all of them",
            near.unwrap_or_default()
        ))
    }
}

/// The same for a path that is there.
pub(super) async fn method_not_allowed(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    let path = settings::text::Quoted(uri.path(), 60).to_string();
    Problem::new(
        Kind::MethodNotAllowed,
        format!("{path} is not for {method}; the header Allow says what it is for"),
    )
}

/// What a connection gets that is one too many.
pub(super) fn too_many_connections() -> String {
    let what = "as many connections to the control API are open as http.max_connections allows; close some";
    last_answer(Problem::new(Kind::TooManyRequests, what), "Retry-After: 1\r\n")
}

/// What a connection gets whose request cannot be read.
pub(super) fn no_request() -> String {
    let what =
        "this is no request of HTTP/1.1: its head cannot be read, or is too long; the connection ends here";
    last_answer(Problem::new(Kind::BadRequest, what), "")
}

/// An answer without a request, as its bytes.
fn last_answer(problem: Problem, headers: &str) -> String {
    let (_, status, _) = problem.kind.parts();
    let body = problem.body().to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {length}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\n{headers}\r\n{body}"
    )
}

impl Problem {
    /// RFC 9457 3.1.
    fn body(self) -> Value {
        let (name, status, title) = self.kind.parts();
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("urn:citronella:problem:{name}").into());
        body.insert("title".to_owned(), title.into());
        body.insert("status".to_owned(), status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.into());
        body.extend(self.more);
        Value::Object(body)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = self.kind;
        let (_, status, _) = kind.parts();
        let mut response = (status, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if kind == Kind::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::ShutDown => Kind::Stopped,
            ErrorKind::Unsupported { .. } => Kind::Unsupported,
            ErrorKind::Timeout { .. } | ErrorKind::ClockLate { .. } | ErrorKind::Unmet(_) => Kind::NotMet,
            ErrorKind::Away | ErrorKind::NoJournal => Kind::Conflict,
            _ if error.is_invalid() => Kind::Invalid,
            _ => Kind::Conflict,
        };
        let said = error.to_string();
        match error.kind() {
            ErrorKind::Unmet(failure) => Self::new(kind, said).with("failure", words::failure(failure)),
            ErrorKind::Away => Self::new(kind, format!("{said}: DELETE /api/v1/outage")),
            ErrorKind::ClockLate {
                waited, now, left, ..
            } => {
                let (now, left) = (now.since_start().as_secs_f64(), left.as_secs_f64());
                let or = if *waited < LONGEST_WAIT {
                    ", or give it longer by `timeout_secs`"
                } else {
                    ""
                };
                let detail = format!(
                    "so much is due on the way that the clock did not come so far within {waited:?}: it shows {now} s now, and {left} s \
                     are left. What was due until then is done. Move it on by the rest{or}"
                );
                Self::new(kind, detail)
                    .with("now_secs", now)
                    .with("left_secs", left)
            }
            _ => Self::new(kind, said),
        }
    }
}
