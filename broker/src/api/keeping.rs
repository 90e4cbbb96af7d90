//! What is kept, and what is lost: snapshots, restarts, crashes, outages.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{Kind, Shape};
use super::shapes::Secs;
use super::{Body, Problem, Shared, intake};
use crate::engine::{Cut, Restart};
use crate::snapshot::{Snapshot, SnapshotError};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/snapshot", get(snapshot).put(restore))
        .route("/api/v1/restart", post(restart))
        .route("/api/v1/crash", post(crash))
        .route("/api/v1/outage", post(begin_outage).delete(end_outage))
}

/// What was put back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Restored {
    /// How many sessions.
    sessions: usize,
    /// How many retained messages.
    retained: usize,
}

/// What becomes of sessions and retained messages.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Keeping {
    /// Whether they are lost. They are kept where nothing is said.
    lose_state: bool,
}

impl Keeping {
    fn restart(&self) -> Restart {
        if self.lose_state {
            Restart::LoseState
        } else {
            Restart::KeepState
        }
    }
}

/// The broker was stopped and started.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Restarted {
    /// `true`.
    restarted: bool,
    lose_state: bool,
}

/// How the broker goes away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Outage {
    /// For how long, by the broker's clock. Where nothing is said, until `DELETE /api/v1/outage`.
    #[schema(example = 5)]
    duration_secs: Option<Secs>,
    /// Whether sessions and retained messages are lost.
    lose_state: bool,
    /// Whether connections are reset, as by a crash. Where nothing is said, 5.0 clients are told Server shutting down.
    reset: bool,
}

/// Whether the broker is away.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Away {
    away: bool,
    /// For how long; `null` where it has no end of its own.
    duration_secs: Option<f64>,
}

/// All that outlives connections, in the form of a file of snapshots.
#[utoipa::path(
    get, path = "/api/v1/snapshot", tag = "state",
    responses(
        (status = 200, description = "the snapshot", body = Object),
        (status = "4XX", description = "the engine has none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn snapshot(State(shared): super::State) -> Result<impl IntoResponse, Problem> {
    let snapshot = shared.broker.snapshot().await?;
    Ok(([(CONTENT_TYPE, "application/json")], snapshot.to_json()))
}

/// Puts a snapshot in the place of everything that is in the broker. One that does not fit together changes nothing.
#[utoipa::path(
    put, path = "/api/v1/snapshot", tag = "state", request_body = Object,
    responses(
        (status = 200, description = "it was put back", body = Restored),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn restore(
    State(shared): super::State,
    request: Request,
) -> Result<Json<Restored>, Problem> {
    let bytes = intake::bytes(request, &shared).await?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| Problem::new(Kind::BadRequest, format!("the body is no text: {error}")))?;
    let snapshot = Snapshot::from_json(text).map_err(|error| misread(&error))?;
    shared.broker.restore(&snapshot).await?;
    Ok(Json(Restored {
        sessions: snapshot.sessions.len(),
        retained: snapshot.retained.len(),
    }))
}

fn misread(error: &SnapshotError) -> Problem {
    let problem = Problem::new(Kind::Invalid, format!("cannot restore the snapshot: {error}"));
    match error {
        SnapshotError::Form { key, .. } | SnapshotError::Content { key, .. } if !key.is_empty() => {
            problem.with("path", key)
        }
        _ => problem,
    }
}

/// As if the broker was stopped and started again, on the same port. 5.0 clients are told Server shutting down.
#[utoipa::path(
    post, path = "/api/v1/restart", tag = "state", request_body = Keeping,
    responses(
        (status = 200, description = "clients can come back", body = Restarted),
        (status = "4XX", description = "it was not restarted", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn restart(
    State(shared): super::State,
    Body(keeping): Body<Keeping>,
) -> Result<Json<Restarted>, Problem> {
    shared.broker.restart(keeping.restart()).await?;
    Ok(restarted(&keeping))
}

fn restarted(keeping: &Keeping) -> Json<Restarted> {
    Json(Restarted {
        restarted: true,
        lose_state: keeping.lose_state,
    })
}

/// As if the broker was killed and started again: connections are reset, what was not sent yet is lost.
#[utoipa::path(
    post, path = "/api/v1/crash", tag = "state", request_body = Keeping,
    responses(
        (status = 200, description = "clients can come back", body = Restarted),
        (status = "4XX", description = "it did not crash", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn crash(
    State(shared): super::State,
    Body(keeping): Body<Keeping>,
) -> Result<Json<Restarted>, Problem> {
    shared.broker.crash(keeping.restart()).await?;
    Ok(restarted(&keeping))
}

/// As if the broker was stopped or killed and not started again: who comes finds nobody listening, for a time or until the outage
/// is ended. A port for the API alone stays open.
#[utoipa::path(
    post, path = "/api/v1/outage", tag = "state", request_body = Outage,
    responses(
        (status = 200, description = "the broker is away", body = Away),
        (status = "4XX", description = "it is not, or was before", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin_outage(
    State(shared): super::State,
    Body(outage): Body<Outage>,
) -> Result<Json<Away>, Problem> {
    let broker = &shared.broker;
    let keeping = Keeping {
        lose_state: outage.lose_state,
    };
    let cut = if outage.reset { Cut::Reset } else { Cut::Orderly };
    let stays = broker.listeners().iter().any(|listener| {
        let mut accepts = listener.accepts().iter();
        accepts.all(|way| way.is_api())
    });
    match outage.duration_secs {
        Some(Secs(lasts)) => {
            if !stays && broker.clock().is_frozen().await? {
                let detail = "the broker's clock stands still: the outage would never end, and nobody could reach the control API \
                              to end it. Let the clock go on first, or have the API on a port of its own (http.listen = true)";
                return Err(Problem::new(Kind::Conflict, detail));
            }
            broker.outage_for(keeping.restart(), cut, lasts).await?;
        }
        None if !stays => {
            let detail = "`duration_secs`: nobody could reach the control API to end the outage: say how long it lasts, or have the \
                          API on a port of its own (http.listen = true)";
            return Err(Problem::new(Kind::Invalid, detail).with("path", "duration_secs"));
        }
        None => broker.outage(keeping.restart(), cut).await?.keep(),
    }
    Ok(Json(Away {
        away: true,
        duration_secs: outage.duration_secs.map(|Secs(lasts)| lasts.as_secs_f64()),
    }))
}

/// Ends the outage that is under way. Clients can connect once this is answered.
#[utoipa::path(
    delete, path = "/api/v1/outage", tag = "state",
    responses(
        (status = 200, description = "the broker is there again", body = Away),
        (status = "4XX", description = "it was not away", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end_outage(State(shared): super::State) -> Result<Json<Away>, Problem> {
    if !shared.broker.end_outage().await? {
        return Err(Problem::not_found("the broker is not away"));
    }
    Ok(Json(Away {
        away: false,
        duration_secs: None,
    }))
}
