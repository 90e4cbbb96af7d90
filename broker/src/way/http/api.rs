//! Which requests are for the control API, and which web pages may send them.

use settings::text::Quoted;

use super::guard::{self, SHOWN_CHARS};
use super::{Refusal, Request};

/// Where the control API is.
pub(crate) const API: &str = "/api/";
/// Where the files of the console are, which the API serves; a browser finds its page at `/`.
pub(crate) const CONSOLE: &str = "/console/";
/// What programs ask whether a server is well.
const HEALTH: [&str; 4] = ["/livez", "/readyz", "/healthz", "/metrics"];

impl Request {
    /// Whether it is for the control API, or for the console, which stands beside it.
    pub fn is_for_api(&self) -> bool {
        self.handshake.is_none()
            && (self.path.starts_with(API)
                || self.path == "/api"
                || HEALTH.contains(&&*self.path)
                || self.path.starts_with(CONSOLE)
                || (self.path == "/" && self.accepts_html))
    }

    /// Whether HTML is welcome, as it is to browsers.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub fn accepts_html(&self) -> bool {
        self.accepts_html
    }
}

/// Whether a head that cannot be read seems to be for the control API.
pub(crate) fn seems_for_api(head: &[u8]) -> bool {
    let target = head.split(|byte| *byte == b' ').nth(1);
    target.is_some_and(|target| target.starts_with(API.as_bytes()))
}

/// Which page sends it? A page of this machine may, and one that the setting names itself.
#[cfg_attr(not(feature = "http"), allow(dead_code))]
pub(crate) fn check_page(request: &Request, listed: &[String]) -> Result<(), Refusal> {
    let listed = named(listed);
    match &request.origin {
        // The browser says so of a page that only wants to show an answer, or to run it.
        None if request.is_part_of_a_page_elsewhere => Err(Refusal::forbidden(
            "a web page elsewhere may not load from the control API",
        )),
        None => Ok(()),
        Some(origin) if guard::is_page_fine(request, origin, &listed) => Ok(()),
        Some(origin) => {
            let origin = Quoted(origin, SHOWN_CHARS);
            Err(Refusal::forbidden(format!(
                "a web page of {origin} may not use the control API; only pages of this machine may, and those that \
                 websocket.origins names: \"*\" and \"null\" name none"
            )))
        }
    }
}

/// Under which name was the broker found? A page elsewhere can have its own name lead here.
#[cfg_attr(not(feature = "http"), allow(dead_code))]
pub(crate) fn check_name(request: &Request, listed: &[String]) -> Result<(), Refusal> {
    match &request.host {
        Some(host) if !guard::is_name_fine(host, &named(listed)) => {
            let name = Quoted(host.host(), SHOWN_CHARS);
            Err(Refusal::forbidden(format!(
                "the header Host says {name}, which may be the name of a web site whose page sends this; an IP address or \
                 localhost always works, and any name with a token (http.token_file)"
            )))
        }
        _ => Ok(()),
    }
}

/// The origins that are named one by one. Every page that somebody opens may talk MQTT where `*` says so; to rule the broker is
/// more than that.
fn named(listed: &[String]) -> Vec<String> {
    let is_named = |origin: &&String| !matches!(origin.as_str(), "*" | "null");
    listed.iter().filter(is_named).cloned().collect()
}
