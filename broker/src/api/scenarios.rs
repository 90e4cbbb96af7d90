//! `/api/v1/scenarios`: the states that rules and stubs share.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::{Kind, Shape};
use super::{Body, Path, Problem, Shared};
use crate::scenario::STARTED;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/scenarios", get(list))
        .route("/api/v1/scenarios/reset", post(reset))
        .route("/api/v1/scenarios/{name}", get(one))
        .route("/api/v1/scenarios/{name}/state", put(set))
}

/// The longest name of a scenario or of a state.
const LONGEST: usize = 1_000;

/// A scenario.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Scenario {
    name: String,
    /// `Started` until something moves it.
    state: String,
}

/// Scenarios.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Scenarios {
    /// Those that are not in their first state, by name.
    scenarios: Vec<Scenario>,
}

/// Where a scenario is to be moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewState {
    /// The state; `Started`, the first one, where nothing is said.
    #[schema(example = "open")]
    state: String,
}

impl Default for NewState {
    fn default() -> Self {
        Self {
            state: STARTED.to_owned(),
        }
    }
}

/// Scenarios that are not in their first state.
#[utoipa::path(
    get, path = "/api/v1/scenarios", tag = "stubs",
    responses((status = 200, description = "the scenarios", body = Scenarios))
)]
pub(super) async fn list(State(shared): super::State) -> Result<Json<Scenarios>, Problem> {
    let all = shared.broker.scenarios().all().await?;
    let scenarios = all.into_iter().map(|(name, state)| Scenario { name, state });
    Ok(Json(Scenarios {
        scenarios: scenarios.collect(),
    }))
}

/// The state of one scenario.
#[utoipa::path(
    get, path = "/api/v1/scenarios/{name}", tag = "stubs", params(("name" = String, Path, description = "its name")),
    responses((status = 200, description = "the scenario", body = Scenario))
)]
pub(super) async fn one(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Scenario>, Problem> {
    let state = shared.broker.scenarios().state(&name).await?;
    Ok(Json(Scenario { name, state }))
}

/// Moves a scenario to a state.
#[utoipa::path(
    put, path = "/api/v1/scenarios/{name}/state", tag = "stubs", params(("name" = String, Path, description = "its name")),
    request_body = NewState,
    responses(
        (status = 200, description = "it is in this state", body = Scenario),
        (status = "4XX", description = "it is not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set(
    State(shared): super::State,
    Path(name): Path<String>,
    Body(NewState { state }): Body<NewState>,
) -> Result<Json<Scenario>, Problem> {
    if name.len() > LONGEST || state.len() > LONGEST {
        let detail =
            format!("`state`: the names of a scenario and of its state have at most {LONGEST} bytes");
        return Err(Problem::new(Kind::Invalid, detail).with("path", "state"));
    }
    if !shared.broker.scenarios().set(&name, &state).await? {
        let detail = "there are too many scenarios that have left their first state: reset them first";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    Ok(Json(Scenario { name, state }))
}

/// Every scenario begins anew.
#[utoipa::path(
    post, path = "/api/v1/scenarios/reset", tag = "stubs",
    responses((status = 200, description = "all are in their first state", body = Scenarios))
)]
pub(super) async fn reset(State(shared): super::State) -> Result<Json<Scenarios>, Problem> {
    shared.broker.scenarios().reset().await?;
    Ok(Json(Scenarios {
        scenarios: Vec::new(),
    }))
}
