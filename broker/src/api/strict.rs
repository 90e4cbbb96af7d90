//! What a request says that its route does not take. Where the route changes something, that is refused: a filter that nobody reads
//! would mean everything.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::problem::{Kind, Problem};
use super::{Shared, document, intake};

/// Whether a route takes parameters in its address, and a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Takes {
    pub query: bool,
    pub body: bool,
}

/// By method and path, as the document has them.
static ROUTES: LazyLock<BTreeMap<(String, String), Takes>> = LazyLock::new(document::takes);

/// Lets a request through, or says what its route does not take.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    matched: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    // What is only read says itself what it does not know.
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let route = (request.method().to_string(), matched.as_str().to_owned());
    let Some(takes) = ROUTES.get(&route) else {
        return next.run(request).await;
    };
    let query = request.uri().query().unwrap_or_default();
    if !takes.query && !query.is_empty() {
        let name = query.split(['=', '&']).next().unwrap_or_default();
        let name = settings::text::cut(name, 40);
        let detail = format!("`{name}`: {} {} takes no parameters", route.0, route.1);
        return Problem::new(Kind::Invalid, detail)
            .with("path", name)
            .into_response();
    }
    if takes.body {
        return next.run(request).await;
    }
    let (parts, sent) = request.into_parts();
    match intake::bytes(Request::new(sent), &shared).await {
        Ok(said) if matches!(said.trim_ascii(), b"" | b"{}" | b"null") => {
            next.run(Request::from_parts(parts, Body::empty())).await
        }
        Ok(_) => {
            let detail = format!("{} {} takes no body, or an empty object", route.0, route.1);
            Problem::new(Kind::Invalid, detail).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}
