//! The bodies of requests as they come, within bounds: each for itself, and all that are held at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use super::Shared;
use super::problem::{Kind, Problem};

/// So many of the largest bodies may be held at a time.
const LARGEST_AT_ONCE: usize = 4;

/// How many bytes of bodies are held now.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

/// A body that came. It counts as held for as long as this is there.
#[derive(Debug)]
pub(super) struct Came {
    bytes: Vec<u8>,
    held: Held,
    counted: usize,
}

impl Held {
    fn begin(&self) -> Came {
        Came {
            bytes: Vec::new(),
            held: self.clone(),
            counted: 0,
        }
    }
}

impl Came {
    /// One more piece; `false` where there is no room for it.
    fn take(&mut self, piece: &[u8], most: usize) -> bool {
        self.counted += piece.len();
        let before = self.held.0.fetch_add(piece.len(), Ordering::Relaxed);
        if before + piece.len() > most {
            return false;
        }
        self.bytes.extend_from_slice(piece);
        true
    }
}

impl std::ops::Deref for Came {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Came {
    fn drop(&mut self) {
        self.held.0.fetch_sub(self.counted, Ordering::Relaxed);
    }
}

/// The body of a request as it is.
pub(super) async fn bytes(request: Request, shared: &Shared) -> Result<Came, Problem> {
    let most = shared.broker.settings.http.max_body_bytes as usize;
    let body = request.into_body();
    // What is announced need not come first.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large(most));
    }
    let patience = shared.patience.body;
    match timeout(patience, collect(body, &shared.held, most)).await {
        Ok(came) => came,
        Err(_) => Err(late(patience)),
    }
}

async fn collect(mut body: Body, held: &Held, most: usize) -> Result<Came, Problem> {
    let mut came = held.begin();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Problem::new(Kind::BadRequest, format!("the body broke off: {error}")))?;
        let piece: Bytes = frame.into_data().unwrap_or_default();
        if came.bytes.len() + piece.len() > most {
            return Err(too_large(most));
        }
        if !came.take(&piece, most.saturating_mul(LARGEST_AT_ONCE)) {
            let what = "the bodies of other requests take all the room that there is for bodies: try again when these are done";
            return Err(Problem::new(Kind::TooManyRequests, what));
        }
    }
    Ok(came)
}

fn too_large(most: usize) -> Problem {
    let detail = format!(
        "the body has more than {most} bytes; the setting http.max_body_bytes allows no more, and can be raised: \
         --set http.max_body_bytes=NUMBER"
    );
    Problem::new(Kind::TooLarge, detail)
}

fn late(patience: Duration) -> Problem {
    let detail = format!("the body was not there after {patience:?}");
    Problem::new(Kind::BadRequest, detail)
}
