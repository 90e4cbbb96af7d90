//! `/livez`, `/readyz`, `/healthz`: whether the broker is well, for those who start and watch programs.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::problem::{Kind, Shape};
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

/// The broker answers, and lets clients in. In an outage it does not, which a port for the API alone can tell.
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "the broker lets clients in", body = String, content_type = "text/plain"),
        (status = 503, description = "it does not now; `detail` says why", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ready(State(shared): super::State) -> Result<&'static str, Problem> {
    match shared.broker.why_shut().await? {
        None => Ok("ok\n"),
        Some(why) => Err(Problem::new(Kind::NotReady, why)),
    }
}

/// Another name for `/readyz`.
#[utoipa::path(
    get, path = "/healthz", tag = "health",
    responses(
        (status = 200, description = "the broker lets clients in", body = String, content_type = "text/plain"),
        (status = 503, description = "it does not now; `detail` says why", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn healthy(state: super::State) -> Result<&'static str, Problem> {
    ready(state).await
}
