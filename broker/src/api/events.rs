//! `GET /api/v1/events`: packets and events as they happen, as server-sent events.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream::{self, StreamExt as _};
use tokio::time::{sleep, timeout};

use super::ask::{self, Pairs, Search, SearchQuery};
use super::problem::Shape;
use super::{Problem, Query, Shared};
use crate::error::Error;
use crate::journal::{Entry, Mark, Record};
use crate::pattern::{Pattern, anything};
use crate::reading::Reading;

/// After so long without an event comes a line that means nothing, so that both sides see that the other is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What is sent in one piece, as far as there is so much.
const CHUNK_BYTES: usize = 32 * 1024;
/// The pause behind such a piece. So a reader that is behind takes no more than a part of a core from the clients: it catches up
/// at 16 MB a second, some 70,000 packets.
const BREATH: Duration = Duration::from_millis(2);

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/events", get(events))
}

/// Packets and events as they happen, as server-sent events: `id` is the number, `event` is `packet` or `event`, `data` the entry.
/// They begin with what happens now; with `after`, or with the header `Last-Event-ID`, behind that number. A reader that falls too
/// far behind gets an event `missed`, whose data says how many entries are lost, and goes on with what is left. A number that the
/// journal has not reached is from before a new start of the broker: then `missed` says `began_anew`, and all that is there follows.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "journal",
    params(SearchQuery, ("last-event-id" = Option<u64>, Header, description = "the number of the last one that was seen")),
    responses(
        (status = 200, description = "they come until the broker stops", body = String, content_type = "text/event-stream"),
        (status = "4XX", description = "something is wrong", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(shared): super::State,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Problem> {
    if pairs.iter().any(|(name, _)| name == "limit") {
        return Err(ask::wrong(
            "limit",
            "they come without end; the connection can be closed at any time",
        ));
    }
    let search = Search::of_address(&pairs)?;
    let wanted = search.pattern();
    wanted.check().map_err(Error::from)?;
    let last = headers.get("last-event-id").map(|value| {
        let number = value.to_str().ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| ask::wrong("Last-Event-ID", "expected the number of an entry"))
    });
    let journal = shared.broker.journal();
    let end = journal.mark().await?;
    let (mark, first) = match last.transpose()?.or(search.after()) {
        None => (end, None),
        Some(after) if Mark::behind(after) > end => (Mark::behind(0), Some(BEGAN_ANEW.to_owned())),
        Some(after) => {
            let mark = Mark::behind(after);
            let here = journal.page(anything(), mark, 0).await?;
            let is_cleared = after > 0 && here.cleared > 0;
            (mark, is_cleared.then(|| missed(here.cleared)))
        }
    };
    let first = first.map(|first| Ok::<_, Infallible>(Bytes::from(first)));
    let reading = journal.read_from(mark);
    let pieces = stream::unfold(
        (reading, wanted, false),
        |(mut reading, wanted, is_behind)| async move {
            if is_behind {
                sleep(BREATH).await;
            }
            let piece = piece(&mut reading, &wanted).await?;
            let is_behind = piece.len() >= CHUNK_BYTES;
            Some((Ok(Bytes::from(piece)), (reading, wanted, is_behind)))
        },
    );
    let kind = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((kind, Body::from_stream(stream::iter(first).chain(pieces))).into_response())
}

/// What is there by now; `None` at the end. A reader that is slow is not read for, so that it holds no more than this.
async fn piece(reading: &mut Reading, wanted: &Pattern) -> Option<String> {
    let mut text = String::new();
    loop {
        let Ok(next) = timeout(HEARTBEAT, reading.next(wanted)).await else {
            return Some(":\n\n".to_owned());
        };
        match next {
            Ok(Some(entry)) => told(&entry, &mut text),
            Ok(None) => return (!text.is_empty()).then_some(text),
            Err(error) => {
                text.push_str(&missed(error.missed()?));
            }
        }
        if text.len() >= CHUNK_BYTES || !reading.is_ready() {
            return Some(text);
        }
    }
}

/// How many are missed of the journal before, nobody knows any more.
const BEGAN_ANEW: &str = "event: missed\ndata: {\"entries\":0,\"began_anew\":true}\n\n";

fn missed(entries: u64) -> String {
    format!("event: missed\ndata: {{\"entries\":{entries}}}\n\n")
}

fn told(entry: &Entry, to: &mut String) {
    let kind = match entry.record {
        Record::Packet { .. } => "packet",
        Record::Event(_) => "event",
    };
    // JSON on one line has no end of a line in it. Writing to a String cannot fail.
    let _ = write!(
        to,
        "id: {}\nevent: {kind}\ndata: {}\n\n",
        entry.seq,
        entry.to_json()
    );
}
