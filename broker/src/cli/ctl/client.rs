//! [`Client`]: asks a broker over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use tokio::time::timeout;

use super::failure::{Failure, Problem};
use super::target::Target;
use crate::ask_http::{Body, root};

/// A connection has to be there after so long.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// The answer to a question that the broker need not wait for has to begin after so long; an answer must not stop for longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What explains a problem has at most so many bytes.
const PROBLEM_BYTES: usize = 16 << 20;
/// Anything else has at most so many: a snapshot may be large.
const ANSWER_BYTES: usize = 1 << 30;

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Question {
    pub method: Method,
    /// With what stands behind `?`.
    pub path: String,
    pub body: Bytes,
    /// What the body is.
    pub content_type: &'static str,
    /// How long the broker was asked to wait.
    pub waits: Duration,
}

/// Who asks.
#[derive(Debug)]
pub(in crate::cli) struct Client {
    target: Target,
}

impl Client {
    pub(in crate::cli) fn new(target: Target) -> Self {
        Self { target }
    }

    /// The answer to a question, whole.
    pub(in crate::cli) async fn ask(&self, question: &Question) -> Result<Bytes, Failure> {
        let response = self.open(question).await?;
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect();
        let body = body.await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                self.unreachable(&format!("the answer has more than {ANSWER_BYTES} bytes"))
            } else {
                self.unreachable(&format!("the answer broke off: {error}"))
            }
        })?;
        Ok(body.to_bytes())
    }

    /// The answer to a question, once its head is there. A problem is a failure.
    pub(super) async fn open(&self, question: &Question) -> Result<Response<Incoming>, Failure> {
        let request = self.request(question)?;
        let connected = timeout(CONNECT_PATIENCE, self.target.place.connect()).await;
        let mut sender = connected
            .map_err(|_| self.unreachable(&format!("no connection after {} s", CONNECT_PATIENCE.as_secs())))?
            .map_err(|why| self.unreachable(&why))?;
        let patience = PATIENCE + question.waits;
        let response = timeout(patience, sender.send_request(request)).await;
        let response = response
            .map_err(|_| self.unreachable(&format!("no answer after {} s", patience.as_secs())))?
            .map_err(|error| self.unreachable(&format!("the connection broke: {}", root(&error))))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = Limited::new(response.into_body(), PROBLEM_BYTES).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Err(match Problem::read(status, &body) {
            Some(problem) => Failure::Problem(problem),
            None => self.unreachable(&format!(
                "it answers {status}, and not as a control API does; is it a broker of Citronella, and \
                 http.enabled?"
            )),
        })
    }

    fn request(&self, question: &Question) -> Result<Request<Body>, Failure> {
        let path: Uri = question
            .path
            .parse()
            .map_err(|_| Failure::Usage(format!("{:?} is no path of a URL", question.path)))?;
        let mut request = Request::new(Body::from(question.body.clone()));
        *request.method_mut() = question.method.clone();
        *request.uri_mut() = path;
        let headers = request.headers_mut();
        let host = HeaderValue::from_str(&self.target.host);
        let host =
            host.map_err(|_| Failure::Usage("the URL has a host with characters that no host has".into()))?;
        headers.insert(HOST, host);
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("citronella-ctl/", env!("CARGO_PKG_VERSION"))),
        );
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if !question.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(question.content_type));
        }
        if let Some(token) = &self.target.token {
            // Its characters were looked at when it was read.
            if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        }
        Ok(request)
    }

    pub(super) fn unreachable(&self, why: &str) -> Failure {
        Failure::Unreachable(format!("{}: {why}", self.target.words))
    }
}
