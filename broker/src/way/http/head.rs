//! The head of a request (RFC 9112), read strictly: a request that two readers could understand in two ways is refused.

use httparse::{EMPTY_HEADER, Error, Header, Status};
use settings::text::Quoted;

use super::guard::Authority;
use super::{Handshake, Refusal, Request};

/// The most headers of one request. Browsers send about twenty.
const HEADERS: usize = 100;
/// How much of a peer's word is shown.
const SHOWN_CHARS: usize = 60;

const BAD_REQUEST: &str = "400 Bad Request";
const TOO_LARGE: &str = "431 Request Header Fields Too Large";
const VERSION_UNSUPPORTED: &str = "505 HTTP Version Not Supported";

/// Reads the head of a request at the front of these bytes, and says how long it is; `None` if it is not whole yet. A head
/// has at most `max` bytes.
pub(crate) fn read(bytes: &[u8], max: usize) -> Result<Option<(Request, usize)>, Refusal> {
    let seen = &bytes[..bytes.len().min(max)];
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let parsed = request.parse(seen);
    let end = match parsed {
        Ok(Status::Complete(end)) => end,
        _ => seen.len(),
    };
    let line_end = bare_line_end(&seen[..end]);
    match parsed {
        Err(error) => {
            let at = first_wrong_byte(seen);
            match line_end.filter(|line_end| *line_end < at) {
                Some(line_end) => Err(bare(seen, line_end)),
                None => Err(malformed(seen, at, error)),
            }
        }
        Ok(_) if line_end.is_some() => Err(bare(seen, line_end.unwrap_or_default())),
        Ok(Status::Complete(end)) => understand(&request).map(|request| Some((request, end))),
        Ok(Status::Partial) if seen.len() == max => Err(Refusal::new(
            TOO_LARGE,
            format!("the head of the request is longer than the {max} bytes of websocket.max_header_bytes"),
        )),
        Ok(Status::Partial) => Ok(None),
    }
}

/// Where a line ends with LF alone.
fn bare_line_end(bytes: &[u8]) -> Option<usize> {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(at, _)| at)
        .find(|at| at.checked_sub(1).and_then(|before| bytes.get(before)) != Some(&b'\r'))
}

/// Which byte makes these bytes wrong: without it and those behind it they could still become right.
fn first_wrong_byte(bytes: &[u8]) -> usize {
    let (mut right, mut wrong) = (0, bytes.len());
    while right + 1 < wrong {
        let middle = right.midpoint(wrong);
        let mut headers = [EMPTY_HEADER; HEADERS];
        if httparse::Request::new(&mut headers)
            .parse(&bytes[..middle])
            .is_err()
        {
            wrong = middle;
        } else {
            right = middle;
        }
    }
    right
}

/// Line and byte, both counted from 1, as editors do.
fn place(bytes: &[u8], at: usize) -> String {
    let before = &bytes[..at];
    let line = before.split(|byte| *byte == b'\n').count();
    let begin = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    format!("line {line}, byte {}", at - begin + 1)
}

/// RFC 9112 2.2 lets a server take it. It does not, so that no proxy before it sees another end of the head.
fn bare(bytes: &[u8], at: usize) -> Refusal {
    let place = place(bytes, at);
    Refusal::new(
        BAD_REQUEST,
        format!("{place}: a line must end with CR LF, not with LF alone"),
    )
}

fn malformed(bytes: &[u8], at: usize, error: Error) -> Refusal {
    let byte = bytes.get(at).copied().unwrap_or_default();
    let line_begins = at == 0 || bytes.get(at - 1) == Some(&b'\n');
    let (status, what) = match error {
        Error::TooManyHeaders => (TOO_LARGE, format!("there are more than {HEADERS} headers")),
        Error::Version => (
            VERSION_UNSUPPORTED,
            "the version must be HTTP/1.1 (or HTTP/1.0 for a page)".to_owned(),
        ),
        Error::Token => (
            BAD_REQUEST,
            format!("byte 0x{byte:02X} may not stand in the method or in the target, which one blank parts"),
        ),
        // RFC 9112 5.2.
        Error::HeaderName if line_begins && matches!(byte, b' ' | b'\t') => (
            BAD_REQUEST,
            "a header must stand on one line: folded headers are obsolete".to_owned(),
        ),
        // RFC 9112 5.1.
        Error::HeaderName if matches!(byte, b' ' | b'\t') => (
            BAD_REQUEST,
            "no blank may stand between the name of a header and its colon".to_owned(),
        ),
        Error::HeaderName => (
            BAD_REQUEST,
            format!("byte 0x{byte:02X} may not stand in the name of a header"),
        ),
        // Not more of it: a value may be secret.
        Error::HeaderValue => (
            BAD_REQUEST,
            format!("byte 0x{byte:02X} may not stand in the value of a header"),
        ),
        Error::NewLine | Error::Status => (BAD_REQUEST, "a line must end with CR LF".to_owned()),
    };
    Refusal::new(status, format!("{}: {what}", place(bytes, at)))
}

fn understand(head: &httparse::Request<'_, '_>) -> Result<Request, Refusal> {
    let (method, target) = (head.method.unwrap_or_default(), head.path.unwrap_or_default());
    let headers = Headers(head.headers);
    let is_http_1_1 = head.version == Some(1);
    let host = headers.one("Host")?;
    // RFC 9112 3.2.
    if host.is_none() && is_http_1_1 {
        return bad("the header Host is missing");
    }
    let host = host.map(authority).transpose()?;
    let (path, named) = target_of(method, target)?;
    let (length, coding) = (headers.one("Content-Length")?, headers.one("Transfer-Encoding")?);
    // RFC 9112 6.1, 6.3.
    if length.is_some() && coding.is_some() {
        return bad("Content-Length and Transfer-Encoding contradict each other");
    }
    if let Some(length) = length
        && (length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return bad("Content-Length is not a number");
    }
    let has_body = coding.is_some() || length.is_some_and(|length| length.bytes().any(|byte| byte != b'0'));
    let handshake = Handshake {
        upgrade: headers.has("Upgrade", "websocket")?,
        connection: headers.has("Connection", "upgrade")?,
        version: headers.one("Sec-WebSocket-Version")?.map(str::to_owned),
        key: headers.one("Sec-WebSocket-Key")?.map(str::to_owned),
        protocols: headers
            .list("Sec-WebSocket-Protocol")?
            .map(str::to_owned)
            .collect(),
    };
    Ok(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        is_http_1_1,
        // RFC 9112 3.2.2: a host in the target counts instead.
        host: named.or(host),
        origin: headers.one("Origin")?.map(str::to_owned),
        is_part_of_a_page_elsewhere: headers.has("Sec-Fetch-Site", "cross-site")?
            && !headers.has("Sec-Fetch-Mode", "navigate")?,
        accepts_html: headers.list("Accept")?.any(|range| {
            let (kind, _) = range.split_once(';').unwrap_or((range, ""));
            kind.trim().eq_ignore_ascii_case("text/html")
        }),
        has_body,
        // A key without an upgrade: something on the way has taken the rest.
        handshake: (handshake.upgrade || handshake.key.is_some()).then_some(handshake),
    })
}

/// Path, and host if the target names one (RFC 9112 3.2).
fn target_of<'a>(method: &str, target: &'a str) -> Result<(&'a str, Option<Authority>), Refusal> {
    let without_query = |target: &'a str| target.split(['?', '#']).next().unwrap_or_default();
    if target.starts_with('/') {
        return Ok((without_query(target), None));
    }
    // Of no use here; the method is refused later.
    if matches!((method, target), ("OPTIONS", "*") | ("CONNECT", _)) {
        return Ok(("*", None));
    }
    let rest = ["http://", "https://", "ws://", "wss://"]
        .iter()
        .find_map(|scheme| {
            let begins = target.get(..scheme.len())?.eq_ignore_ascii_case(scheme);
            begins.then(|| &target[scheme.len()..])
        });
    let Some(rest) = rest else {
        return bad(format!(
            "the target {} must begin with / or http://",
            Quoted(target, SHOWN_CHARS)
        ));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let path = Some(without_query(path)).filter(|path| !path.is_empty());
    Ok((path.unwrap_or("/"), Some(authority(host)?)))
}

fn authority(text: &str) -> Result<Authority, Refusal> {
    let wrong = || {
        Refusal::new(
            BAD_REQUEST,
            format!("the host {} is no host and port", Quoted(text, SHOWN_CHARS)),
        )
    };
    Authority::parse(text).ok_or_else(wrong)
}

fn bad<T>(why: impl AsRef<str>) -> Result<T, Refusal> {
    Err(Refusal::new(BAD_REQUEST, why))
}

struct Headers<'a>(&'a [Header<'a>]);

impl<'a> Headers<'a> {
    /// The values of this header, one for each time that it stands there.
    fn all(&self, name: &'static str) -> Result<Vec<&'a str>, Refusal> {
        let found = self
            .0
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name));
        found
            .map(|header| match std::str::from_utf8(header.value) {
                Ok(value) if value.is_ascii() => Ok(value.trim()),
                _ => bad(format!("the header {name} is not ASCII")),
            })
            .collect()
    }

    /// The value of a header that may stand there once.
    fn one(&self, name: &'static str) -> Result<Option<&'a str>, Refusal> {
        match *self.all(name)?.as_slice() {
            [] => Ok(None),
            [value] => Ok(Some(value)),
            _ => bad(format!("the header {name} stands there more than once")),
        }
    }

    /// The members of a list, which may be parted by commas and by headers (RFC 9110 5.6.1).
    fn list(&self, name: &'static str) -> Result<impl Iterator<Item = &'a str> + use<'a>, Refusal> {
        let values = self.all(name)?.into_iter();
        Ok(values
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|member| !member.is_empty()))
    }

    /// Whether a list has this member, in whatever case.
    fn has(&self, name: &'static str, member: &str) -> Result<bool, Refusal> {
        Ok(self.list(name)?.any(|it| it.eq_ignore_ascii_case(member)))
    }
}
