//! Who may use the control API: this machine, or who shows the token; and no page of elsewhere.

use std::path::Path;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use settings::{BrokerSettings, Secret};
use sha1::{Digest as _, Sha1};

use super::problem::{Kind, Problem};
use super::{Shared, pages};
use crate::front::StartError;
use crate::way::{Site, Visitor};

/// Who sends a request.
pub(super) struct Caller {
    pub site: Arc<Site>,
    pub encrypted: bool,
    is_local: bool,
}

impl Caller {
    pub fn of(visitor: &Visitor) -> Self {
        Self {
            site: visitor.site.clone(),
            encrypted: visitor.arrival.way.tls,
            is_local: visitor.is_local(),
        }
    }
}

/// What every request must show.
pub(super) struct Token(Secret);

impl Token {
    /// Where the settings name a file of it.
    pub fn read(settings: &BrokerSettings) -> Result<Option<Self>, StartError> {
        let path = &settings.http.token_file;
        if path.is_empty() {
            return Ok(None);
        }
        let refuse = |why: String| StartError::Api(format!("`http.token_file`, {path}: {why}"));
        let text = std::fs::read_to_string(Path::new(path)).map_err(|error| refuse(error.to_string()))?;
        let token = text.lines().next().unwrap_or_default().trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let why =
                "the first line is no token; expected letters, digits and signs of ASCII, without blanks";
            return Err(refuse(why.to_owned()));
        }
        Ok(Some(Self(Secret::new(token))))
    }

    /// Compared by digests, so that the time taken says nothing of how much is right.
    fn is(&self, shown: &[u8]) -> bool {
        Sha1::digest(shown) == Sha1::digest(self.0.expose().as_bytes())
    }
}

/// Lets a request through, or says why not.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Arc<Caller>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let refused = match refusal(&shared, &caller, &parts) {
        None => return next.run(Request::from_parts(parts, body)).await,
        Some(problem) => problem,
    };
    refused.into_response()
}

fn refusal(shared: &Shared, caller: &Caller, parts: &Parts) -> Option<Problem> {
    let head = match pages::head(parts, caller) {
        Ok(head) => head,
        Err(refusal) => return Some(Problem::new(Kind::BadRequest, refusal.what)),
    };
    if let Err(refusal) = caller.site.check(&head) {
        return Some(Problem::new(Kind::Forbidden, refusal.what));
    }
    // Whether a server is well may be asked by anybody who reaches it.
    if matches!(parts.uri.path(), "/livez" | "/readyz" | "/healthz") && parts.method != Method::POST {
        return None;
    }
    match &shared.token {
        None if caller.is_local => None,
        None => Some(Problem::new(
            Kind::Forbidden,
            "only programs of this machine may use the control API. The setting http.token_file names a file with a token; with \
             it, others may, too",
        )),
        Some(token) => {
            let shown = parts.headers.get(AUTHORIZATION).map(|value| value.as_bytes());
            let is_right = shown
                .and_then(|shown| shown.strip_prefix(b"Bearer "))
                .is_some_and(|shown| token.is(shown));
            let what = if shown.is_some() {
                "the token is not the one of http.token_file"
            } else {
                "a token is needed: the header Authorization: Bearer TOKEN"
            };
            (!is_right).then(|| Problem::new(Kind::Unauthorized, what))
        }
    }
}
