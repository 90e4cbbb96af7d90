//! Near misses: what came closest to a pattern, and in what it differs.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Shape;
use super::{Body, Problem, Shared, schema};
use crate::journal::Mark;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/near-misses", post(near_misses))
}

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    pattern: schema::Pattern,
    /// Only what has a greater number.
    after: Option<u64>,
}

/// What came closest, the closest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearMisses {
    near_misses: Vec<schema::NearMiss>,
}

/// What came closest to a pattern without fitting it, among the latest packets and events.
#[utoipa::path(
    post, path = "/api/v1/near-misses", tag = "expectations", request_body = Sought,
    responses(
        (status = 200, description = "the nearest three", body = NearMisses),
        (status = "4XX", description = "something is wrong", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn near_misses(
    State(shared): super::State,
    Body(wanted): Body<Sought>,
) -> Result<Json<NearMisses>, Problem> {
    let mark = Mark::behind(wanted.after.unwrap_or(0));
    let found = shared
        .broker
        .journal()
        .near_misses(wanted.pattern.0, mark)
        .await?;
    Ok(Json(NearMisses {
        near_misses: found.into_iter().map(schema::NearMiss).collect(),
    }))
}
