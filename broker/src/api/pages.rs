//! What is asked for beside the API: the console, and the other pages of the port.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::console;
use super::gate::Caller;
use super::problem::{Kind, Problem};
use crate::way::http;

/// The head of the request, as the port reads heads.
pub(super) fn head(parts: &Parts, caller: &Caller) -> Result<http::Request, http::Refusal> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut head = format!("{} {target} {:?}\r\n", parts.method, parts.version).into_bytes();
    for name in [
        header::HOST,
        header::ORIGIN,
        header::ACCEPT,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        HeaderName::from_static("sec-fetch-site"),
        HeaderName::from_static("sec-fetch-mode"),
    ] {
        for value in parts.headers.get_all(&name) {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
    }
    head.extend_from_slice(b"\r\n");
    let max = head.len().max(caller.site.max_header_bytes) + 1;
    match http::read(&head, max)? {
        Some((request, _)) => Ok(request),
        None => Err(http::Refusal::new(
            "400 Bad Request",
            "the head of the request cannot be read",
        )),
    }
}

/// A page of the port, or that there is no such route.
pub(super) async fn answer(
    State(shared): super::State,
    Extension(caller): Extension<Arc<Caller>>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path();
    if path.starts_with(http::API) || path == "/api" {
        return Problem::no_such_route(&parts.method, path).into_response();
    }
    // The port looks for WebSocket in the first request alone.
    let mut upgrades = parts.headers.get_all(header::UPGRADE).iter();
    if upgrades.any(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        let what = "WebSocket must begin with the first request of a connection; open a new one for it";
        return Problem::new(Kind::BadRequest, what).into_response();
    }
    let head = head(&parts, &caller);
    if let Ok(head) = &head
        && console::is_asked_for(&parts)
        && caller.may_have_the_console(&shared, head)
        && let Some(file) = console::answer(&parts, head)
    {
        return file;
    }
    let answered = head.map(|head| caller.site.answer(&head, caller.encrypted));
    let bytes = match answered {
        Ok(http::Answer::Page(bytes) | http::Answer::Refused(bytes, _) | http::Answer::Upgrade(bytes)) => {
            bytes
        }
        Err(refusal) => refusal.response,
    };
    parsed(&bytes).unwrap_or_else(|| Problem::new(Kind::Internal, "the page cannot be read").into_response())
}

/// An answer of the port that is written out already.
fn parsed(bytes: &[u8]) -> Option<Response> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(bytes).ok()? else {
        return None;
    };
    let mut response = bytes.get(length..)?.to_vec().into_response();
    *response.status_mut() = StatusCode::from_u16(head.code?).ok()?;
    for field in head
        .headers
        .iter()
        .filter(|field| !field.name.eq_ignore_ascii_case("connection"))
    {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        response
            .headers_mut()
            .insert(name, HeaderValue::from_bytes(field.value).ok()?);
    }
    Some(response)
}
