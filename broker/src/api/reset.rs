//! `POST /api/v1/reset`: the broker as new.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Shape;
use super::{Problem, Shared};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/reset", post(reset))
}

/// The broker is as new.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reset {
    /// `true`.
    reset: bool,
}

/// As new, on the same port, so that one test leaves nothing to the next. Every client is disconnected, every session ends without its
/// will, nothing is retained, the journal has nothing but the event `reset`, all counters are zero. Rules, stubs and devices are those
/// of the start: so interruptions, partitions and outages are over, and every listener is up. The clock goes on, if it stood still; it
/// does not go back. Users and rights are what the settings say. A recording that is made ends, and is lost; one that is played ends.
/// Further brokers stay as they are.
#[utoipa::path(
    post, path = "/api/v1/reset", tag = "broker",
    responses(
        (status = 200, description = "it is as new", body = Reset),
        (status = "4XX", description = "the engine cannot do this, or a listener cannot listen again", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reset(State(shared): super::State) -> Result<Json<Reset>, Problem> {
    shared.broker.reset().await?;
    Ok(Json(Reset { reset: true }))
}
