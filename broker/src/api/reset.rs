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

/// As new, on the same port: every client is disconnected, every session ends without its will, nothing is retained, all counters
/// are zero. Rules, stubs and devices are those of the start. Users, rights, the clock, a recording and further brokers stay as they
/// are.
#[utoipa::path(
    post, path = "/api/v1/reset", tag = "broker",
    responses(
        (status = 200, description = "it is as new", body = Reset),
        (status = "4XX", description = "the engine cannot do this", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reset(State(shared): super::State) -> Result<Json<Reset>, Problem> {
    shared.broker.reset().await?;
    Ok(Json(Reset { reset: true }))
}
