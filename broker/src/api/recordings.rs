//! `/api/v1/recordings`: one recording is made at a time, and any is played. It lies in a file that has no name.

mod made;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body as Answered, Bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use super::problem::{Kind, Shape};
use super::schema::Pattern;
use super::shapes::Patience;
use super::{Body, Problem, Query, Shared, intake};
use crate::pattern::anything;
use crate::recording::{Played as Done, Recording, Speed};
use crate::wire::QoS;

use made::RECORDING;

pub(crate) use made::Recordings;

/// A recording has at most so many bytes. One that would have more is cut there.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// How much of a recording is read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/recordings/start", post(start))
        .route("/api/v1/recordings/stop", post(stop))
        .route("/api/v1/recordings/status", get(status))
        .route("/api/v1/recordings/play", post(play))
}

/// A file that takes no more than so many bytes. The rest is lost, and readers see that the end is cut.
struct Limited {
    file: File,
    left: u64,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.file.write_all(&bytes[..fits])?;
        self.left -= fits as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What is to be recorded.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ToRecord {
    /// What this pattern means alone: messages, deliveries, subscriptions, acknowledgements. How connections begin and end is always
    /// there.
    #[schema(example = json!({"packet": "PUBLISH", "topic": "home/#"}))]
    pattern: Option<Pattern>,
}

/// Whether something is recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// `NeverStarted`, `Recording` or `Stopped`.
    status: &'static str,
}

/// Records what happens from now on. Passwords are left out.
#[utoipa::path(
    post, path = "/api/v1/recordings/start", tag = "recordings", request_body = ToRecord,
    responses(
        (status = 201, description = "it is recorded", body = Status),
        (status = "4XX", description = "it is not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn start(
    State(shared): super::State,
    Body(wanted): Body<ToRecord>,
) -> Result<impl IntoResponse, Problem> {
    let pattern = wanted.pattern.map_or_else(anything, |Pattern(said)| said);
    pattern.check().map_err(|error| {
        Problem::new(Kind::Invalid, format!("`pattern`: {error}")).with("path", "pattern")
    })?;
    let recordings = &shared.broker.recordings;
    recordings.check_free()?;
    let failed =
        |error: io::Error| Problem::new(Kind::Conflict, format!("no file can be made for it: {error}"));
    let file = tempfile::tempfile().map_err(failed)?;
    let written = Limited {
        file: file.try_clone().map_err(failed)?,
        left: MOST_BYTES,
    };
    let recorder = shared
        .broker
        .record_in(PathBuf::from("(of the control API)"), || Ok(written), pattern)
        .await?;
    recordings.keep(recorder, file)?;
    Ok((
        axum::http::StatusCode::CREATED,
        Json(Status { status: RECORDING }),
    ))
}

/// Ends the recording, and gives it: JSON lines.
#[utoipa::path(
    post, path = "/api/v1/recordings/stop", tag = "recordings",
    responses(
        (status = 200, description = "the recording", body = String, content_type = "application/x-ndjson"),
        (status = "4XX", description = "none is made", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn stop(State(shared): super::State) -> Result<impl IntoResponse, Problem> {
    let Some((recorder, mut file)) = shared.broker.recordings.take() else {
        let detail = "nothing is recorded: POST /api/v1/recordings/start begins a recording";
        return Err(Problem::new(Kind::Conflict, detail));
    };
    recorder.stop().await?;
    let length = file.rewind().and_then(|()| file.metadata());
    let left = length
        .map_err(|error| Problem::new(Kind::Conflict, format!("the recording cannot be read: {error}")))?
        .len();
    let lines = Lines { file, left };
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Answered::new(lines)))
}

/// Whether something is recorded.
#[utoipa::path(
    get, path = "/api/v1/recordings/status", tag = "recordings",
    responses((status = 200, description = "whether it is", body = Status))
)]
pub(super) async fn status(State(shared): super::State) -> Json<Status> {
    let status = shared.broker.recordings.status();
    Json(Status { status })
}

/// What is in a file, piece by piece.
struct Lines {
    file: File,
    left: u64,
}

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut chunk = vec![0; CHUNK_BYTES];
        Poll::Ready(match self.file.read(&mut chunk) {
            Ok(0) => None,
            Ok(read) => {
                self.left = self.left.saturating_sub(read as u64);
                chunk.truncate(read);
                Some(Ok(Frame::data(chunk.into())))
            }
            Err(error) => Some(Err(error)),
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// How a recording is played.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct How {
    /// How fast: `10`, `0.5`, or `max`.
    #[param(value_type = Option<String>)]
    speed: Option<String>,
    /// Only messages of this recorded client; `*` stands for any characters.
    client: Option<String>,
    /// Only messages to topics that this filter matches.
    topic: Option<String>,
    /// Other topics: `home/# => test/#`.
    rewrite: Option<String>,
    /// At this QoS, whatever it was.
    #[param(minimum = 0, maximum = 2)]
    qos: Option<u8>,
    /// Whether messages are retained, whatever they were.
    retain: Option<bool>,
    /// How long the request may wait for the end, in real time; it goes on behind that.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 600)]
    timeout_secs: Patience,
}

/// What was played.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Played {
    /// Whether all of it was. If not, it goes on, and the rest is not known yet.
    over: bool,
    /// Messages that were published.
    messages: Option<u64>,
    /// Messages that were not: payloads that were not recorded, the broker's objections.
    left_out: Option<u64>,
    /// What could not be read of the recording, and what did not go as recorded, in words.
    notes: Vec<String>,
}

/// Plays a recording: each message is published as if from nobody, on the broker's clock. The body has JSON lines, as `stop` gives
/// them and as `subscriber --record` writes them.
#[utoipa::path(
    post, path = "/api/v1/recordings/play", tag = "recordings", params(How),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses(
        (status = 200, description = "it was played, or is", body = Played),
        (status = "4XX", description = "it cannot be", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn play(
    State(shared): super::State,
    Query(how): Query<How>,
    request: Request,
) -> Result<Json<Played>, Problem> {
    let bytes = intake::bytes(request, &shared).await?;
    let recording = Recording::read(&bytes[..])
        .map_err(|error| Problem::new(Kind::Invalid, format!("the recording cannot be read: {error}")))?;
    let mut notes: Vec<String> = recording.notes.iter().map(ToString::to_string).collect();
    if recording.steps.is_empty() {
        let why = notes.first().map_or("it is empty", |note| note);
        return Err(Problem::new(
            Kind::Invalid,
            format!("there is nothing to play in the recording: {why}"),
        ));
    }
    let (play, patience) = how.of(recording)?;
    let playing = shared.broker.play(play);
    let Ok(done) = timeout(patience.within(&shared), playing).await else {
        return Ok(Json(Played {
            notes,
            ..Played::default()
        }));
    };
    let Done {
        messages,
        left_out,
        notes: more,
        ..
    } = done?;
    notes.extend(more);
    Ok(Json(Played {
        over: true,
        messages: Some(messages),
        left_out: Some(left_out),
        notes,
    }))
}

impl How {
    fn of(self, recording: Recording) -> Result<(crate::recording::Play, Patience), Problem> {
        let wrong = |path: &str, what: &str| {
            Problem::new(Kind::Invalid, format!("`{path}`: {what}")).with("path", path)
        };
        let mut play = recording.play();
        if let Some(speed) = self.speed {
            play = play.speed(speed.parse::<Speed>().map_err(|what| wrong("speed", &what))?);
        }
        if let Some(rewrite) = self.rewrite {
            let rewrite = rewrite.parse();
            play = play.rewrite(
                rewrite
                    .map_err(|error: crate::recording::RewriteError| wrong("rewrite", &error.to_string()))?,
            );
        }
        if let Some(client) = self.client {
            play = play.client(client);
        }
        if let Some(topic) = self.topic {
            crate::topic::validate_filter(&topic).map_err(|error| wrong("topic", &error.to_string()))?;
            play = play.topic(topic);
        }
        if let Some(qos) = self.qos {
            play = play.qos(QoS::from_bits(qos).ok_or_else(|| wrong("qos", "expected 0, 1 or 2"))?);
        }
        if let Some(retain) = self.retain {
            play = play.retain(retain);
        }
        Ok((play, self.timeout_secs))
    }
}
