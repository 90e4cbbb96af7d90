//! [`HttpHook`]: asking a program elsewhere, over HTTP, who comes in (`auth.http_url`).
//!
//! Each login is a POST with JSON: [`Question`]. The program answers with 200 and JSON: `{"allow": true}`, perhaps with a user
//! name and an ACL for this client alone; or with any 4xx, which refuses. Any other answer, and none in time, is no answer:
//! the client is told Server unavailable, and may try again.
//!
//! How many are asked at a time, and how long each may take, is the caller's to say. Connections are kept open for the next question.
//!
//! `broker ctl` asks a broker over the same connections ([`Place`]).

mod answer;
mod connection;
mod question;
#[cfg(feature = "tls")]
mod secure;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};

pub(crate) use answer::Answered;
pub(crate) use connection::{Body, Place, Sender};
pub(crate) use question::Question;

use crate::trust::Trust;

/// A part of a path, or of what stands behind `?`.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// An answer has at most this many bytes.
const ANSWER_BYTES: usize = 64 * 1024;

/// The program that is asked.
pub(crate) struct HttpHook {
    place: Place,
    /// What stands in the request line.
    path: String,
    host: HeaderValue,
    /// Connections on which the last answer has come.
    idle: Mutex<Vec<Sender>>,
}

impl std::fmt::Debug for HttpHook {
    /// Leaves name and password out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpHook")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl HttpHook {
    /// # Errors
    /// What is wrong with `auth.http_url`, in words that show no password in it.
    pub fn new(auth: &settings::Auth) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!("`auth.http_url` {what}; expected a URL such as \"http://localhost:8080/mqtt\"")
        };
        let url: Uri = auth.http_url.parse().map_err(|_| wrong("is no URL"))?;
        let authority = url.authority().ok_or_else(|| wrong("has no host"))?;
        let place = Place::of(&url, Trust::Machine).map_err(|what| wrong(&what))?;
        let path = match url.path_and_query().map(hyper::http::uri::PathAndQuery::as_str) {
            None | Some("") => "/",
            Some(path) => path,
        };
        Ok(Self {
            place,
            path: path.to_owned(),
            host: HeaderValue::from_str(authority.as_str())
                .map_err(|_| wrong("has a host with characters that no host has"))?,
            idle: Mutex::default(),
        })
    }

    /// Puts a question.
    ///
    /// # Errors
    /// Why there is no answer, in words for the person who runs the broker.
    pub async fn ask(&self, question: &Question<'_>) -> Result<Answered, String> {
        let json = question.to_json();
        // A connection that was kept may have been closed meanwhile. Then this is asked again on one that is new.
        if let Some(mut kept) = self.take_idle()
            && let Ok(response) = kept.send_request(self.request(&json)).await
        {
            return self.answer(kept, response).await;
        }
        let mut sender = self.place.connect().await?;
        let response = sender.send_request(self.request(&json)).await;
        let response = response.map_err(|error| format!("the connection broke: {}", root(&error)))?;
        self.answer(sender, response).await
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sender>> {
        // Nothing in here panics halfway.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<Sender> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.pop()).find(|kept| !kept.is_closed())
    }

    fn request(&self, json: &[u8]) -> Request<Body> {
        let mut request = Request::new(Body::from(json.to_vec()));
        *request.method_mut() = Method::POST;
        // It was part of a URL.
        *request.uri_mut() = self.path.parse().unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("citronella/", env!("CARGO_PKG_VERSION"))),
        );
        request
    }

    async fn answer(
        &self,
        sender: Sender,
        response: hyper::Response<hyper::body::Incoming>,
    ) -> Result<Answered, String> {
        use http_body_util::BodyExt as _;
        let status = response.status();
        let body = http_body_util::Limited::new(response.into_body(), ANSWER_BYTES);
        let body = body.collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                format!("its answer has more than {ANSWER_BYTES} bytes")
            } else {
                format!("its answer broke off: {error}")
            }
        })?;
        if !sender.is_closed() {
            self.idle().push(sender);
        }
        match status {
            status if status.is_success() => Answered::read(&body.to_bytes()),
            // These say that it was not asked in the right place, or not at the right time.
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::TOO_MANY_REQUESTS => {
                Err(format!("it answered {status}"))
            }
            status if status.is_client_error() => Ok(Answered::refused()),
            status => Err(format!("it answered {status}; expected 200 with JSON, or 4xx")),
        }
    }
}

/// What is at the bottom of an error.
pub(crate) fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
