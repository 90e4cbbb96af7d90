//! `GET /api/v1/export`: the journal as a file.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;

use super::ask::{LimitQuery, Pairs, Search, SearchQuery};
use super::body::nearest;
use super::problem::{Kind, Shape};
use super::{Problem, Query, Shared};
use crate::error::Error;
use crate::journal::{Entry, Ladder, Mark, Mermaid, Pcapng, Traces};
use crate::pattern::Pattern;
use crate::reading::BrokerJournal;

/// So many entries are read at a time.
const PAGE: usize = 500;
/// So many lines a diagram has, where the request does not say.
const DIAGRAM: usize = 200;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/export", get(export))
}

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Lines,
    Ladder,
    Mermaid,
    Traces,
    Capture,
}

/// Each with its name and its type.
const FORMS: [(&str, Form, &str); 5] = [
    ("jsonl", Form::Lines, "application/x-ndjson"),
    ("ladder", Form::Ladder, "text/plain; charset=utf-8"),
    ("mermaid", Form::Mermaid, "text/vnd.mermaid; charset=utf-8"),
    ("otlp", Form::Traces, "application/json"),
    ("pcapng", Form::Capture, "application/x-pcapng"),
];

/// The journal as a file: `jsonl`, one entry a line, and `pcapng`, a capture for Wireshark with the packets as they were, passwords
/// included, and `otlp`, the traces of messages with a `traceparent`: all of it, or of the first `limit` entries; `ladder` and `mermaid`, diagrams of the latest `limit` entries, 200 where it is not said.
#[utoipa::path(
    get, path = "/api/v1/export", tag = "journal",
    params(("format" = String, Query, description = "`jsonl`, `ladder`, `mermaid`, `otlp` or `pcapng`"), SearchQuery, LimitQuery),
    responses(
        (status = 200, description = "the file", content(
            (String = "application/x-ndjson"), (String = "text/plain; charset=utf-8"), (String = "text/vnd.mermaid; charset=utf-8"),
            (Object = "application/json"), (String = "application/x-pcapng"),
        )),
        (status = "4XX", description = "something is wrong", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(
    State(shared): super::State,
    Query(mut pairs): Query<Pairs>,
) -> Result<Response, Problem> {
    let at = pairs.iter().position(|(name, _)| name == "format");
    let name = at.map(|at| pairs.remove(at).1);
    let (form, kind) = form(name.as_deref())?;
    let search = Search::of_address(&pairs)?;
    let wanted = search.pattern();
    wanted.check().map_err(Error::from)?;
    let journal = shared.broker.journal();
    let end = journal.mark().await?;
    let mark = search.mark(end)?;
    let body = match form {
        Form::Lines | Form::Capture | Form::Traces => {
            let most = if search.has_limit() {
                search.limit()?
            } else {
                usize::MAX
            };
            pages(journal, wanted, (mark, end), most, form)
        }
        Form::Ladder | Form::Mermaid => {
            let most = if search.has_limit() {
                search.limit()?
            } else {
                DIAGRAM
            };
            let (entries, before) = latest(&journal, wanted, mark, end, most).await?;
            Body::from(match form {
                Form::Ladder => Ladder::new(&entries).lines(most).missed(before).to_string(),
                _ => Mermaid::new(&entries).entries(most).to_string(),
            })
        }
    };
    Ok((
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")],
        body,
    )
        .into_response())
}

fn form(name: Option<&str>) -> Result<(Form, &'static str), Problem> {
    let found = FORMS.iter().find(|(known, ..)| Some(*known) == name);
    found.map(|(_, form, kind)| (*form, *kind)).ok_or_else(|| {
        let names = FORMS.map(|(name, ..)| name);
        let near = name.and_then(|name| nearest(name, names.into_iter()));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let what = format!("`format`: expected one of {}{hint}", names.join(", "));
        Problem::new(Kind::Invalid, what).with("path", "format")
    })
}

/// What writes a file, entry after entry.
enum Writer {
    Lines,
    Capture(Pcapng),
    Traces(Box<Traces>),
}

impl Writer {
    /// What writes this form, and the bytes that the file begins with.
    fn new(form: Form, journal: &BrokerJournal) -> (Self, Vec<u8>) {
        match form {
            Form::Capture => {
                let (capture, head) = Pcapng::new(journal.started_at());
                (Self::Capture(capture), head)
            }
            Form::Traces => {
                let (traces, head) = Traces::new(journal.started_at());
                (Self::Traces(Box::new(traces)), head)
            }
            _ => (Self::Lines, Vec::new()),
        }
    }

    fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        match self {
            Self::Lines => {
                out.extend_from_slice(entry.to_json().as_bytes());
                out.push(b'\n');
            }
            Self::Capture(capture) => capture.entry(entry, out),
            Self::Traces(traces) => traces.entry(entry, out),
        }
    }

    fn end(self, out: &mut Vec<u8>) {
        if let Self::Traces(traces) = self {
            traces.end(out);
        }
    }
}

/// Page after page, as fast as they are read.
fn pages(
    journal: BrokerJournal,
    wanted: Pattern,
    (from, end): (Mark, Mark),
    most: usize,
    form: Form,
) -> Body {
    let (writer, head) = Writer::new(form, &journal);
    let pieces = stream::unfold(
        (Some(writer), head, from, most),
        move |(writer, mut piece, mark, most)| {
            let (journal, wanted) = (journal.clone(), wanted.clone());
            async move {
                let mut writer = writer?;
                // What a broker that stops leaves is still read.
                let page = if mark < end && most > 0 {
                    journal.page(wanted, mark, PAGE.min(most)).await.ok()
                } else {
                    None
                };
                let Some(page) = page else {
                    writer.end(&mut piece);
                    return Some((
                        Ok::<_, Infallible>(Bytes::from(piece)),
                        (None, Vec::new(), mark, 0),
                    ));
                };
                for entry in page.entries.iter().filter(|entry| entry.seq < end.seq()) {
                    writer.entry(entry, &mut piece);
                }
                let left = most - page.entries.len();
                Some((
                    Ok(Bytes::from(piece)),
                    (Some(writer), Vec::new(), page.until, left),
                ))
            }
        },
    );
    Body::from_stream(pieces)
}

/// The latest `most` entries, and how many the journal had forgotten before.
async fn latest(
    journal: &BrokerJournal,
    wanted: Pattern,
    mut mark: Mark,
    end: Mark,
    most: usize,
) -> Result<(Vec<Entry>, u64), Problem> {
    let (mut entries, mut missed) = (Vec::new(), 0);
    while mark < end {
        let page = journal.page(wanted.clone(), mark, PAGE).await?;
        (mark, missed) = (page.until, missed + page.missed);
        entries.extend(page.entries.into_iter().filter(|entry| entry.seq < end.seq()));
        let older = entries.len().saturating_sub(most);
        entries.drain(..older);
    }
    Ok((entries, missed))
}
