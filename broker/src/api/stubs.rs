//! `/api/v1/stubs`: what answers messages, events and time by itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::mistakes::{self, named, no_such, not_added, refused};
use super::problem::{Kind, Shape};
use super::shapes::Removed;
use super::{Body, Path, Problem, Shared, given_files};
use crate::broker::Broker;
use crate::stub::{Standing, Stub as Said};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/stubs", get(list).post(add).delete(clear))
        .route("/api/v1/stubs/{name}", get(one).put(replace).delete(remove))
}

/// A stub, and how it stands.
#[allow(clippy::struct_field_names)] // they are those of the JSON
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Stub {
    name: String,
    /// How often something fitted and no stub before it answered alone.
    matched: u64,
    /// How often it answered.
    answered: u64,
    /// How often a template of it, or a message, could not be made.
    failed: u64,
    /// How many of its messages wait for their time.
    waiting: usize,
    /// The stub, in the form of a `[[stub]]` table.
    #[schema(value_type = Object)]
    stub: Value,
}

impl From<Standing> for Stub {
    fn from(standing: Standing) -> Self {
        let Standing {
            name,
            matched,
            answered,
            failed,
            waiting,
            stub,
        } = standing;
        Self {
            name,
            matched,
            answered,
            failed,
            waiting,
            stub,
        }
    }
}

/// All stubs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Stubs {
    /// In the order in which they came.
    stubs: Vec<Stub>,
}

/// A stub of a request, with the files that it reads.
pub(super) fn read(mut body: Value) -> Result<Said, Problem> {
    let files = given_files::take(&mut body)?;
    let mistake = |invalid| mistakes::problem(&[invalid]);
    let stub = Said::from_json(&body).map_err(mistake)?;
    given_files::check(&stub.files().map_err(mistake)?, &files)?;
    Ok(stub.with_files(files))
}

async fn find(broker: &Broker, name: &str) -> Result<Stub, Problem> {
    let all = broker.stubs().list().await?;
    let names = all.iter().map(|standing| &*standing.name);
    let absent = no_such("stub", name, names);
    let found = all.into_iter().find(|standing| standing.name == name);
    found.map(Stub::from).ok_or(absent)
}

/// All stubs, with how often each answered and what waits.
#[utoipa::path(
    get, path = "/api/v1/stubs", tag = "stubs",
    responses((status = 200, description = "the stubs", body = Stubs))
)]
pub(super) async fn list(State(shared): super::State) -> Result<Json<Stubs>, Problem> {
    let all = shared.broker.stubs().list().await?;
    let stubs = all.into_iter().map(Stub::from).collect();
    Ok(Json(Stubs { stubs }))
}

/// Adds a stub. Files that it reads go along, as `{"files": {"rows.csv": "a,b\n1,2\n"}}`.
#[utoipa::path(
    post, path = "/api/v1/stubs", tag = "stubs", request_body = Object,
    responses(
        (status = 201, description = "it answers", body = Stub),
        (status = "4XX", description = "it does not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(shared): super::State,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<Stub>), Problem> {
    let stub = read(body)?;
    let said = stub.name().map(str::to_owned);
    let guard = match shared.broker.stubs().add(stub).await {
        Ok(guard) => guard,
        Err(error) => return Err(not_added(error, find(&shared.broker, &said.unwrap_or_default())).await),
    };
    let name = guard.name().to_owned();
    guard.keep();
    Ok((StatusCode::CREATED, Json(find(&shared.broker, &name).await?)))
}

/// Takes all stubs away.
#[utoipa::path(
    delete, path = "/api/v1/stubs", tag = "stubs",
    responses((status = 200, description = "there is none any more", body = Removed))
)]
pub(super) async fn clear(State(shared): super::State) -> Result<Json<Removed>, Problem> {
    let removed = shared.broker.stubs().clear().await?;
    Ok(Json(Removed { removed }))
}

/// One stub, with how often it answered and what waits.
#[utoipa::path(
    get, path = "/api/v1/stubs/{name}", tag = "stubs", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "the stub", body = Stub),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Stub>, Problem> {
    find(&shared.broker, &name).await.map(Json)
}

/// Adds a stub in the place of that of its name, if there is one.
#[utoipa::path(
    put, path = "/api/v1/stubs/{name}", tag = "stubs", params(("name" = String, Path, description = "its name")),
    request_body = Object,
    responses(
        (status = 200, description = "it answers", body = Stub),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace(
    State(shared): super::State,
    Path(name): Path<String>,
    Body(body): Body<Value>,
) -> Result<Json<Stub>, Problem> {
    if name.is_empty() {
        return Err(Problem::new(Kind::Invalid, "a stub has a name that is not empty"));
    }
    let stub = read(named(body, &name)?)?;
    shared.broker.stubs().replace(stub).await.map_err(refused)?.keep();
    find(&shared.broker, &name).await.map(Json)
}

/// Takes a stub away; messages of it that wait for their time go with it.
#[utoipa::path(
    delete, path = "/api/v1/stubs/{name}", tag = "stubs", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "it is gone", body = Removed),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Removed>, Problem> {
    find(&shared.broker, &name).await?;
    shared.broker.stubs().remove(&name).await?;
    Ok(Json(Removed::ONE))
}
