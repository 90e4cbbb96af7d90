//! `/api/v1/clock`: the broker's clock, which can be stopped and moved.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{Kind, Shape};
use super::shapes::{Patience, Secs};
use super::{Body, Problem, Shared};
use crate::broker::Broker;
use crate::time::Time;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/clock", get(clock))
        .route("/api/v1/clock/freeze", post(freeze))
        .route("/api/v1/clock/resume", post(resume))
        .route("/api/v1/clock/advance", post(advance))
        .route("/api/v1/clock/fast_forward", post(fast_forward))
}

/// The clock that the broker goes by. Clients have their own.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Clock {
    /// What time it is, counted from the start of the broker.
    now_secs: f64,
    /// Whether it stands still.
    frozen: bool,
}

/// How far it is to be moved: one of `secs` and `until_secs`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    /// By so much.
    #[schema(example = 3600)]
    secs: Option<Secs>,
    /// Until it shows this time, counted from the start of the broker.
    until_secs: Option<Secs>,
    /// How long the request may wait for that, in real time; at most 600.
    #[serde(default)]
    timeout_secs: Patience,
}

async fn shown(broker: &Broker) -> Result<Json<Clock>, Problem> {
    let clock = broker.clock();
    let (now, frozen) = (clock.now(), clock.is_frozen());
    Ok(Json(Clock {
        now_secs: now.await?.since_start().as_secs_f64(),
        frozen: frozen.await?,
    }))
}

/// What time it is, and whether the clock stands still.
#[utoipa::path(get, path = "/api/v1/clock", tag = "clock", responses((status = 200, description = "the clock", body = Clock)))]
pub(super) async fn clock(State(shared): super::State) -> Result<Json<Clock>, Problem> {
    shown(&shared.broker).await
}

/// Stops the time.
#[utoipa::path(post, path = "/api/v1/clock/freeze", tag = "clock", responses((status = 200, description = "it stands still", body = Clock)))]
pub(super) async fn freeze(State(shared): super::State) -> Result<Json<Clock>, Problem> {
    shared.broker.clock().freeze().await?;
    shown(&shared.broker).await
}

/// Lets the time go on from where it stands.
#[utoipa::path(post, path = "/api/v1/clock/resume", tag = "clock", responses((status = 200, description = "it goes on", body = Clock)))]
pub(super) async fn resume(State(shared): super::State) -> Result<Json<Clock>, Problem> {
    shared.broker.clock().resume().await?;
    shown(&shared.broker).await
}

/// Moves the time forward, frozen or not. Everything that is due on the way is done, in order, each at its own instant, before
/// this is answered. Where `timeout_secs` is over first, or the caller goes away, the clock stays where it got to: `now_secs` of the
/// problem says where, and `left_secs` how much is left.
#[utoipa::path(
    post, path = "/api/v1/clock/advance", tag = "clock", request_body = Advance,
    responses(
        (status = 200, description = "it was moved", body = Clock),
        (status = 417, description = "it was not moved so far in time; `now_secs` and `left_secs` say how far", body = Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "it was not moved", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn advance(
    State(shared): super::State,
    Body(said): Body<Advance>,
) -> Result<Json<Clock>, Problem> {
    let broker = said.timeout_secs.of(&shared);
    match (said.secs, said.until_secs) {
        (Some(Secs(by)), None) => broker.clock().advance(by).await?,
        (None, Some(Secs(until))) => broker.clock().run_until(Time::ZERO + until).await?,
        _ => {
            let detail = "say one of `secs` (by so much) and `until_secs` (until it shows this)";
            return Err(Problem::new(Kind::Invalid, detail));
        }
    }
    shown(&broker).await
}

/// The same as `advance`.
#[utoipa::path(
    post, path = "/api/v1/clock/fast_forward", tag = "clock", request_body = Advance,
    responses(
        (status = 200, description = "it was moved", body = Clock),
        (status = 417, description = "it was not moved so far in time; `now_secs` and `left_secs` say how far", body = Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "it was not moved", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn fast_forward(shared: super::State, said: Body<Advance>) -> Result<Json<Clock>, Problem> {
    advance(shared, said).await
}
