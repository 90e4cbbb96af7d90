//! Who may use the control API: this machine, or who shows the token; and no page of elsewhere.

use std::path::Path;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use settings::{BrokerSettings, Secret};
use sha1::{Digest as _, Sha1};

use super::problem::{Kind, Problem};
use super::{Shared, console, pages};
use crate::front::StartError;
use crate::plain_file;
use crate::way::{Site, Visitor, http};

/// Who sends a request.
pub(super) struct Caller {
    pub site: Arc<Site>,
    pub encrypted: bool,
    is_local: bool,
}

/// What each answer says to browsers, unless it says otherwise: keep nothing, guess nothing, show it on no page of elsewhere.
const TO_BROWSERS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

impl Caller {
    pub fn of(visitor: &Visitor) -> Self {
        Self {
            site: visitor.site.clone(),
            encrypted: visitor.encrypted,
            is_local: visitor.is_local,
        }
    }

    /// Whether the console can be of use to whoever sends this: the API answers those who are here, or show the token, and a page
    /// can ask for the token.
    pub fn may_have_the_console(&self, shared: &Shared, head: &http::Request) -> bool {
        shared.token.is_some() || (self.is_local && self.site.check_name(head).is_ok())
    }
}

/// What stands before the token.
const SCHEME: &[u8] = b"Bearer ";

/// What every request must show.
pub(super) struct Token(Secret);

impl Token {
    /// Where the settings name a file of it.
    pub fn read(settings: &BrokerSettings) -> Result<Option<Self>, StartError> {
        let path = &settings.http.token_file;
        if path.is_empty() {
            return Ok(None);
        }
        let token = plain_file::token(Path::new(path));
        let token = token.map_err(|why| StartError::Api(format!("`http.token_file`, {path}: {why}")))?;
        Ok(Some(Self(token)))
    }

    /// Compared by digests, so that the time taken says nothing of how much is right.
    fn is(&self, shown: &[u8]) -> bool {
        Sha1::digest(shown) == Sha1::digest(self.0.expose().as_bytes())
    }
}

/// Lets a request through, or says why not. A caller that is refused gets no further request on its connection.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Arc<Caller>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match refusal(&shared, &caller, &parts) {
        None => next.run(Request::from_parts(parts, body)).await,
        Some(problem) => {
            let mut response = problem.into_response();
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            response
        }
    };
    for (name, value) in TO_BROWSERS {
        let headers = response.headers_mut();
        headers
            .entry(name)
            .or_insert_with(|| HeaderValue::from_static(value));
    }
    response
}

fn refusal(shared: &Shared, caller: &Caller, parts: &Parts) -> Option<Problem> {
    // Whether a server is well may be asked by everybody who reaches it.
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    if is_read && matches!(parts.uri.path(), "/livez" | "/readyz" | "/healthz") {
        return None;
    }
    let forbidden = |refusal: http::Refusal| Problem::new(Kind::Forbidden, refusal.what);
    let head = match pages::head(parts, caller) {
        Ok(head) => head,
        Err(refusal) => return Some(Problem::new(Kind::BadRequest, refusal.what)),
    };
    if let Err(refusal) = caller.site.check_page(&head) {
        return Some(forbidden(refusal));
    }
    // Who does not get the console gets another page, as on a connection that did not come for the API.
    if console::is_asked_for(parts) {
        return None;
    }
    match &shared.token {
        // No page of elsewhere knows the token: so no name can mislead a browser to use it.
        Some(token) => not_shown(token, &parts.headers),
        None if caller.is_local => caller.site.check_name(&head).err().map(forbidden),
        None => Some(Problem::new(
            Kind::Forbidden,
            "only programs of this machine may use the control API, over 127.0.0.1 or ::1. The setting http.token_file names a file with a token; with \
             it, others may, too",
        )),
    }
}

/// Why this does not show the token, if it does not.
fn not_shown(token: &Token, headers: &HeaderMap) -> Option<Problem> {
    let shown = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let is_right = shown
        .and_then(|shown| shown.split_at_checked(SCHEME.len()))
        .is_some_and(|(scheme, shown)| scheme.eq_ignore_ascii_case(SCHEME) && token.is(shown));
    let what = if shown.is_some() {
        "the header Authorization does not show the token of http.token_file; it must be: Authorization: Bearer TOKEN"
    } else {
        "a token is needed: the header Authorization: Bearer TOKEN"
    };
    (!is_right).then(|| Problem::new(Kind::Unauthorized, what))
}
