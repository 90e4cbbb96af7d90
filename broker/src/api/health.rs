//! `/livez`, `/readyz`, `/healthz`: whether the broker is well, for those who start and watch programs.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::{Problem, Shared};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/healthz", get(healthy))
}

/// The program is there.
#[utoipa::path(get, path = "/livez", tag = "health", responses((status = 200, description = "it is there", body = String, content_type = "text/plain")))]
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// The broker answers.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, description = "the broker answers", body = String, content_type = "text/plain")))]
pub(super) async fn ready(State(shared): super::State) -> Result<&'static str, Problem> {
    shared.broker.stats().await?;
    Ok("ok\n")
}

/// The broker answers: another name for it.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "the broker answers", body = String, content_type = "text/plain")))]
pub(super) async fn healthy(state: super::State) -> Result<&'static str, Problem> {
    ready(state).await
}
