//! The console: a page that shows live what passes through the broker. Its files are part of the program.
//!
//! The files themselves are no secret, and are shown to all whom the API could answer. What they show comes over the API, under
//! the rules of [`gate`](super::gate).

use std::sync::LazyLock;

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha1::{Digest as _, Sha1};

use crate::way::http;

/// Scripts, styles and answers come from here alone, and nothing in the page can make HTML or a script of a text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";
const PAGE: &str = "index.html";

struct File {
    name: &'static str,
    text: &'static str,
    /// A digest of the text, for browsers that have it already.
    etag: String,
}

macro_rules! files {
    ($($name:literal)*) => {
        static FILES: LazyLock<Vec<File>> = LazyLock::new(|| vec![$(
            File::new($name, include_str!(concat!("../../console/", $name))),
        )*]);
    };
}

files! {
    "api.js"
    "ask.js"
    "bench.js"
    "bytes.js"
    "cbor.js"
    "clients.js"
    "clock.js"
    "copies.js"
    "describe.js"
    "descriptor.js"
    "dom.js"
    "editor.js"
    "exchanges.js"
    "expectations.js"
    "faults.js"
    "filter.js"
    "history.js"
    "icon.svg"
    "index.html"
    "ingest.js"
    "inspector.css"
    "inspector.js"
    "keys.js"
    "kinds.js"
    "ladder.css"
    "ladder.js"
    "lag.js"
    "lanes.js"
    "layout.css"
    "legend.js"
    "main.js"
    "meaning.js"
    "menus.js"
    "messagepack.js"
    "mqtt.js"
    "narrow.css"
    "packet.js"
    "paint.js"
    "parts.css"
    "payload.js"
    "pen.js"
    "people.js"
    "proto.js"
    "protobuf.js"
    "query.js"
    "reading.js"
    "properties.js"
    "publishing.js"
    "reasons.js"
    "replay.js"
    "road.js"
    "schemas.js"
    "sparkplug.js"
    "spoken.js"
    "standard.js"
    "start.js"
    "steer.js"
    "store.js"
    "stream.js"
    "swap.js"
    "things.js"
    "timeline.js"
    "tokens.css"
    "topics.js"
    "types.js"
    "unpack.js"
    "view.js"
    "words.js"
    "workshop.css"
    "workshop.js"
    "world.js"
}

impl File {
    fn new(name: &'static str, text: &'static str) -> Self {
        let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha1::digest(text));
        Self {
            name,
            text,
            etag: format!("\"{digest}\""),
        }
    }

    fn kind(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        }
    }
}

/// Whether this is asked for to be read, and might be a file of the console.
pub(super) fn is_asked_for(parts: &Parts) -> bool {
    let path = parts.uri.path();
    matches!(parts.method, Method::GET | Method::HEAD) && (path == "/" || path.starts_with(http::CONSOLE))
}

/// The file that is asked for, if it is one. At `/` only a browser, which takes HTML, gets the page.
pub(super) fn answer(parts: &Parts, head: &http::Request) -> Option<Response> {
    let name = match parts.uri.path() {
        "/" if head.accepts_html() => PAGE,
        path => path.strip_prefix(http::CONSOLE)?,
    };
    let file = FILES.iter().find(|file| file.name == name)?;
    let is_known = parts.headers.get_all(header::IF_NONE_MATCH).iter().any(|known| {
        let known = known.to_str().unwrap_or_default();
        known
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == file.etag)
    });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.text.into_response()
    };
    for (name, value) in [
        (header::CONTENT_TYPE, file.kind()),
        (header::ETAG, &file.etag),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "Accept"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::FILES;

    #[test]
    fn every_file_of_the_folder_is_part_of_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("console");
        let mut there: Vec<String> = std::fs::read_dir(&folder)
            .expect("it is there")
            .map(|entry| {
                entry
                    .expect("it is there")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        there.sort();
        let mut embedded: Vec<&str> = FILES.iter().map(|file| file.name).collect();
        embedded.sort_unstable();
        assert_eq!(there, embedded);
        for file in FILES.iter() {
            let lines = file.text.lines().count();
            assert!(
                lines <= 400,
                "{} has {lines} lines: each file is one idea",
                file.name
            );
            for word in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ] {
                assert!(!file.text.contains(word), "{}: {word}", file.name);
            }
        }
    }
}
