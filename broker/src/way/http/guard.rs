//! Which web pages may reach the broker.
//!
//! The person who runs a broker may have any page open in a browser, and the browser lets each page open a WebSocket to
//! localhost; it only says which page it is, in `Origin` (RFC 6454, RFC 6455 10.2). And a page can make its own name resolve to
//! 127.0.0.1 after it was loaded; then `Host` has that name.

use std::net::{IpAddr, Ipv6Addr};

use settings::text::Quoted;

use super::{Refusal, Request};

/// How much of a name is shown: as much as a name has at most.
pub(super) const SHOWN_CHARS: usize = 255;

/// A host, and a port if it is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    /// In lower case; an IPv6 address without brackets.
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// Reads `localhost:1883`, `[::1]:1883`, `broker.example`.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, port)
        } else {
            let at = text.find(':').unwrap_or(text.len());
            let (name, port) = text.split_at(at);
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
            if name.is_empty() || !name.bytes().all(fits) {
                return None;
            }
            (name, port)
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
            _ => return None,
        };
        let host = host.to_ascii_lowercase();
        Some(Self { host, port })
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> Option<u16> {
        self.port
    }

    fn ip(&self) -> Option<IpAddr> {
        self.host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
    }

    /// It is this machine for each browser, which asks no name server for it.
    fn is_local(&self) -> bool {
        let name = self.host.strip_suffix('.').unwrap_or(&self.host);
        name == "localhost" || name.ends_with(".localhost") || self.ip().is_some_and(|ip| ip.is_loopback())
    }

    /// No page elsewhere can have it: an address, or a name of this machine or of the network around it.
    fn is_no_web_site(&self) -> bool {
        self.is_local() || self.ip().is_some() || !self.host.contains('.')
    }
}

/// Who opens a WebSocket?
pub(super) fn check_origin(request: &Request, listed: &[String]) -> Result<(), Refusal> {
    // No browser.
    let Some(origin) = &request.origin else {
        return Ok(());
    };
    if is_page_fine(request, origin, listed) {
        return Ok(());
    }
    let origin = Quoted(origin, SHOWN_CHARS);
    Err(Refusal::forbidden(format!(
        "a web page of {origin} may not connect; only pages of this machine may. The setting websocket.origins = [{origin}] \
         lets it in, [\"*\"] lets all in"
    )))
}

/// Whether a page of this machine sends the request, or one that is listed.
pub(super) fn is_page_fine(request: &Request, origin: &str, listed: &[String]) -> bool {
    let host = origin
        .split_once("://")
        .and_then(|(_, host)| Authority::parse(host));
    let is_fine = host.is_some_and(|page| {
        // A page of the machine that the browser thinks the broker is on. Only of an address it is sure of that.
        let same = |host: &Authority| host.ip().is_some() && host.ip() == page.ip();
        page.is_local() || request.host.as_ref().is_some_and(same)
    });
    is_fine || is_listed(origin, listed)
}

/// Under which name is a page asked for? One that a browser shows must not be of a name that another page can have.
pub(super) fn check_host(request: &Request, listed: &[String]) -> Result<(), Refusal> {
    let Some(host) = &request.host else {
        return Ok(());
    };
    if is_name_fine(host, listed) {
        return Ok(());
    }
    let origin = format!("http://{}", host.host);
    Err(Refusal::forbidden(format!(
        "a page is not shown under the name {}, which may be that of a web site. The setting websocket.origins = [{}] \
         allows it; an IP address or localhost always works",
        Quoted(&host.host, SHOWN_CHARS),
        Quoted(&origin, SHOWN_CHARS),
    )))
}

/// Whether no page elsewhere can have this name, or a page that has it is listed.
pub(super) fn is_name_fine(host: &Authority, listed: &[String]) -> bool {
    let same = |origin: &String| {
        let named = origin
            .split_once("://")
            .and_then(|(_, named)| Authority::parse(named));
        origin == "*" || named.is_some_and(|named| named.host == host.host)
    };
    host.is_no_web_site() || listed.iter().any(same)
}

/// Whether the setting has this origin. `null`, which many pages have, it must name as well.
fn is_listed(origin: &str, listed: &[String]) -> bool {
    let plain = |origin: &str| {
        let origin = origin.trim_end_matches('/').to_ascii_lowercase();
        let usual = match origin.split_once("://") {
            Some(("http", _)) => ":80",
            Some(("https", _)) => ":443",
            _ => "",
        };
        origin.strip_suffix(usual).map_or(origin.clone(), str::to_owned)
    };
    let wanted = plain(origin);
    listed.iter().any(|it| it == "*" || plain(it) == wanted)
}
