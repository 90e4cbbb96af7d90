//! `/api/v1/faults`: rules that disturb what passes between clients and broker.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::mistakes::{self, named, no_such};
use super::problem::Shape;
use super::shapes::Removed;
use super::{Body, Path, Problem, Shared};
use crate::fault::{Listed, Rule};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/faults", get(list).post(add).delete(clear))
        .route("/api/v1/faults/{name}", get(one).put(replace).delete(remove))
        .route("/api/v1/faults/{name}/enabled", put(enable))
        .route("/api/v1/faults/{name}/reset", post(reset))
        .route("/api/v1/faults/{name}/release", post(release))
}

/// A rule in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Fault {
    name: String,
    /// How often it has acted, for all clients together: on packets, or on connections where it is about bytes.
    fired: u64,
    /// Whether it is switched on.
    enabled: bool,
    /// The rule, in the form of a `[[fault]]` table.
    #[schema(value_type = Object)]
    rule: Value,
}

impl From<Listed> for Fault {
    fn from(listed: Listed) -> Self {
        Self {
            name: listed.name,
            fired: listed.fired,
            enabled: listed.rule.is_enabled(),
            rule: json!(listed.rule),
        }
    }
}

/// The rules in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Faults {
    /// In the order in which they are asked.
    faults: Vec<Fault>,
}

fn read(body: &Value) -> Result<Rule, Problem> {
    Rule::from_json_or_all_wrongs(body).map_err(|all| mistakes::problem(&all))
}

/// The rules in force, each with how often it acted.
#[utoipa::path(
    get, path = "/api/v1/faults", tag = "faults",
    responses((status = 200, description = "the rules", body = Faults))
)]
pub(super) async fn list(State(shared): super::State) -> Result<Json<Faults>, Problem> {
    let listed = shared.broker.faults().list().await?;
    let faults = listed.into_iter().map(Fault::from).collect();
    Ok(Json(Faults { faults }))
}

/// Puts a rule into force, for connections that are open, too, from the next packet on.
#[utoipa::path(
    post, path = "/api/v1/faults", tag = "faults", request_body = Object,
    responses(
        (status = 201, description = "it is in force", body = Fault),
        (status = "4XX", description = "it is not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(shared): super::State,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<Fault>), Problem> {
    let rule = read(&body)?;
    // What is read can work: it errs only where its name is taken.
    let added = shared.broker.faults().add(rule.clone()).await;
    added.map_err(Problem::taken)?.keep();
    Ok((StatusCode::CREATED, Json(new(&rule))))
}

fn new(rule: &Rule) -> Fault {
    Fault {
        name: rule.name(),
        fired: 0,
        enabled: rule.is_enabled(),
        rule: json!(rule),
    }
}

/// Takes every rule out of force: what they keep goes on.
#[utoipa::path(
    delete, path = "/api/v1/faults", tag = "faults",
    responses((status = 200, description = "none is in force any more", body = Removed))
)]
pub(super) async fn clear(State(shared): super::State) -> Result<Json<Removed>, Problem> {
    let removed = shared.broker.faults().clear().await?;
    Ok(Json(Removed { removed }))
}

/// One rule, with how often it acted.
#[utoipa::path(
    get, path = "/api/v1/faults/{name}", tag = "faults", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "the rule", body = Fault),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Fault>, Problem> {
    let mut all = shared.broker.faults().list().await?;
    match all.iter().position(|listed| listed.name == name) {
        Some(at) => Ok(Json(all.swap_remove(at).into())),
        None => Err(absent(&name, &all)),
    }
}

fn absent(name: &str, all: &[Listed]) -> Problem {
    no_such("fault", name, all.iter().map(|listed| &*listed.name))
}

/// Puts a rule into force in the place of that of its name, if there is one: what that keeps goes on.
#[utoipa::path(
    put, path = "/api/v1/faults/{name}", tag = "faults", params(("name" = String, Path, description = "its name")),
    request_body = Object,
    responses(
        (status = 200, description = "it is in force", body = Fault),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace(
    State(shared): super::State,
    Path(name): Path<String>,
    Body(body): Body<Value>,
) -> Result<Json<Fault>, Problem> {
    let rule = read(&named(body, &name)?)?;
    shared.broker.faults().replace(rule.clone()).await?.keep();
    Ok(Json(new(&rule)))
}

/// Takes a rule out of force: what it keeps goes on.
#[utoipa::path(
    delete, path = "/api/v1/faults/{name}", tag = "faults", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "it is not in force any more", body = Removed),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Removed>, Problem> {
    let faults = shared.broker.faults();
    if faults.remove(&name).await? {
        return Ok(Json(Removed::ONE));
    }
    Err(absent(&name, &faults.list().await?))
}

/// Whether a rule is to act.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    /// `false` switches it off.
    #[schema(example = false)]
    enabled: bool,
}

/// Switches a rule off, or on again. It keeps its place, its counts and its window of time; one that is off does and counts
/// nothing, and what it kept goes on.
#[utoipa::path(
    put, path = "/api/v1/faults/{name}/enabled", tag = "faults", params(("name" = String, Path, description = "its name")),
    request_body = Switch,
    responses(
        (status = 200, description = "it is switched", body = Fault),
        (status = "4XX", description = "it is not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn enable(
    State(shared): super::State,
    Path(name): Path<String>,
    Body(Switch { enabled }): Body<Switch>,
) -> Result<Json<Fault>, Problem> {
    // Where there is none, `one` says so.
    shared.broker.faults().set_enabled(&name, enabled).await?;
    one(State(shared), Path(name)).await
}

/// The counts and the window of time of a rule begin anew: one that acts on the first packet acts once more.
#[utoipa::path(
    post, path = "/api/v1/faults/{name}/reset", tag = "faults", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "it begins anew", body = Fault),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reset(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Fault>, Problem> {
    shared.broker.faults().reset_counts(&name).await?;
    one(State(shared), Path(name)).await
}

/// Lets go what a rule holds, in the order in which it came. The rule stays in force.
#[utoipa::path(
    post, path = "/api/v1/faults/{name}/release", tag = "faults", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "what it held goes on", body = Fault),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn release(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Fault>, Problem> {
    let released = shared.broker.faults().release(&name).await;
    if released.as_ref().is_err_and(crate::Error::is_invalid) {
        let all = shared.broker.faults().list().await?;
        return Err(absent(&name, &all));
    }
    released?;
    one(State(shared), Path(name)).await
}
