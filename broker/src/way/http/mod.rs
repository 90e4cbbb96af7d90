//! HTTP as far as the port needs it: the head of one request, the answer to a WebSocket upgrade, and a page.
//!
//! One request a connection: what comes behind its head is WebSocket, or is not looked at. So nothing depends on how long a
//! body is, and a request that leaves that in doubt is refused.

mod api;
mod guard;
mod head;
mod page;
mod response;
#[cfg(test)]
mod tests;
mod upgrade;

pub(crate) use self::api::seems_for_api;
#[cfg(feature = "http")]
pub(crate) use self::api::{API, CONSOLE};
pub(crate) use self::api::{check_name, check_page};
pub(crate) use self::head::read;

use self::guard::Authority;
use self::response::Response;

/// The head of a request, as far as it is of interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    method: String,
    /// Without the query.
    path: String,
    /// The version is 1.1, not 1.0.
    is_http_1_1: bool,
    /// Where the client thinks it is. A request of HTTP/1.0 may leave it out.
    host: Option<Authority>,
    /// The page that sends the request, if a browser does.
    origin: Option<String>,
    /// A browser sends it for a page of elsewhere, which wants the answer as a part of itself.
    is_part_of_a_page_elsewhere: bool,
    /// HTML is welcome.
    accepts_html: bool,
    has_body: bool,
    handshake: Option<Handshake>,
}

/// What a client sends that wants WebSocket (RFC 6455 4.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Handshake {
    /// `Upgrade` has `websocket`.
    upgrade: bool,
    /// `Connection` has `upgrade`.
    connection: bool,
    version: Option<String>,
    key: Option<String>,
    /// The subprotocols that it offers, the best one first.
    protocols: Vec<String>,
}

/// What a request is answered by.
pub(crate) struct Rules<'a> {
    /// The setting `websocket.origins`.
    pub origins: &'a [String],
    pub accepts: Ways,
    /// The request came through TLS.
    pub encrypted: bool,
    /// Gives the certificate of the authority that was made for this broker, in PEM. `None` if none was.
    pub ca_pem: Option<&'a dyn Fn() -> Result<String, String>>,
}

/// The ways in that a port takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ways {
    pub tcp: bool,
    pub tls: bool,
    pub ws: bool,
    pub wss: bool,
}

/// What to send, and what it is. After all but the upgrade the connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What follows is WebSocket.
    Upgrade(Vec<u8>),
    Page(Vec<u8>),
    /// And why, for people.
    Refused(Vec<u8>, String),
}

/// What to send to a client whose request cannot be read, and why, for people. Then the connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub response: Vec<u8>,
    pub why: String,
    /// The same without the status.
    pub what: String,
    status: &'static str,
}

impl Refusal {
    pub fn new(status: &'static str, why: impl AsRef<str>) -> Self {
        Self::with(Response::text(status, why.as_ref()), status, why)
    }

    fn forbidden(why: impl AsRef<str>) -> Self {
        Self::new("403 Forbidden", why)
    }

    /// What to send to a client of the control API (RFC 9457).
    pub fn problem(&self) -> Vec<u8> {
        let (code, title) = self.status.split_once(' ').unwrap_or((self.status, ""));
        let kind = if code == "431" { "too-large" } else { "bad-request" };
        let problem = serde_json::json!({
            "type": format!("urn:citronella:problem:{kind}"),
            "title": title,
            "status": code.parse::<u16>().unwrap_or(400),
            "detail": self.what,
        });
        Response::new(self.status, "application/problem+json", problem.to_string()).bytes(true)
    }

    fn with(response: Response, status: &'static str, why: impl AsRef<str>) -> Self {
        Self {
            response: response.bytes(true),
            status,
            why: format!("an HTTP request got {status}: {}", why.as_ref()),
            what: why.as_ref().to_owned(),
        }
    }
}

/// Answers a request.
pub(crate) fn answer(request: &Request, rules: &Rules<'_>) -> Answer {
    let answered = match &request.handshake {
        Some(handshake) => upgrade::answer(request, handshake, rules).map(Answer::Upgrade),
        None => page::answer(request, rules).map(Answer::Page),
    };
    answered.unwrap_or_else(|refusal| Answer::Refused(refusal.response, refusal.why))
}
