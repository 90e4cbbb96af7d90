//! Faults of the world: one client is interrupted, some are cut off, a listener is down.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::mistakes::no_such;
use super::problem::{Kind, Shape};
use super::shapes::{Removed, Secs};
use super::{Body, Path, Problem, Shared};
use crate::fault::{Listed, Rule};
use crate::pattern::Is;
use settings::Accepts;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/interruptions", post(interrupt))
        .route("/api/v1/clients/{client_id}/interrupt", post(interrupt_client))
        .route("/api/v1/partitions", get(partitions).post(part))
        .route("/api/v1/partitions/{name}", delete(heal))
        .route("/api/v1/listeners/{name}/down", post(down))
        .route("/api/v1/listeners/{name}/up", post(up))
}

/// Who is to be cut off, and for how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Interruption {
    /// The client identifier.
    #[schema(example = "lamp")]
    client: String,
    /// By the broker's clock.
    #[schema(example = 30)]
    duration_secs: Secs,
}

/// For how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lasts {
    /// By the broker's clock.
    #[schema(example = 30)]
    duration_secs: Secs,
}

/// One client is cut off.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Interrupted {
    client: String,
    duration_secs: f64,
    /// The name of the rule that does it: `DELETE /api/v1/faults/NAME` ends it before its time.
    fault: String,
}

/// Cuts one client off for a while: its connection is cut now, and each new one right after its CONNECT. One that is cut off
/// already begins anew.
#[utoipa::path(
    post, path = "/api/v1/interruptions", tag = "faults", request_body = Interruption,
    responses(
        (status = 201, description = "it is cut off", body = Interrupted),
        (status = "4XX", description = "it is not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn interrupt(
    State(shared): super::State,
    Body(said): Body<Interruption>,
) -> Result<(StatusCode, Json<Interrupted>), Problem> {
    let Secs(lasts) = said.duration_secs;
    if lasts.is_zero() {
        let detail = "`duration_secs`: it is 0, and nothing would be interrupted; say more";
        return Err(Problem::new(Kind::Invalid, detail).with("path", "duration_secs"));
    }
    shared.broker.faults().interrupt(&said.client, lasts).await?;
    let interrupted = Interrupted {
        fault: format!("interruption of {:?}", said.client),
        client: said.client,
        duration_secs: lasts.as_secs_f64(),
    };
    Ok((StatusCode::CREATED, Json(interrupted)))
}

/// Cuts this client off for a while, as `POST /api/v1/interruptions` does.
#[utoipa::path(
    post, path = "/api/v1/clients/{client_id}/interrupt", tag = "clients", request_body = Lasts,
    params(("client_id" = String, Path, description = "the client identifier")),
    responses(
        (status = 201, description = "it is cut off", body = Interrupted),
        (status = "4XX", description = "it is not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn interrupt_client(
    shared: super::State,
    Path(client): Path<String>,
    Body(said): Body<Lasts>,
) -> Result<(StatusCode, Json<Interrupted>), Problem> {
    let duration_secs = said.duration_secs;
    interrupt(
        shared,
        Body(Interruption {
            client,
            duration_secs,
        }),
    )
    .await
}

/// Clients that are to hear nothing from the broker, and it nothing from them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Partition {
    /// Their client identifiers.
    #[schema(example = json!(["lamp", "heater"]), min_items = 1)]
    clients: Vec<String>,
    /// What to call it; it says whom it concerns where nothing is said.
    name: Option<String>,
}

/// Clients that are cut off as by a network.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Parted {
    /// What it is called: `DELETE /api/v1/partitions/NAME` heals it.
    name: String,
    clients: Vec<String>,
}

/// The partitions in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Partitions {
    partitions: Vec<Parted>,
}

/// The partitions in force: rules that stall all bytes of certain clients, both ways.
#[utoipa::path(
    get, path = "/api/v1/partitions", tag = "faults",
    responses((status = 200, description = "the partitions", body = Partitions))
)]
pub(super) async fn partitions(State(shared): super::State) -> Result<Json<Partitions>, Problem> {
    let listed = shared.broker.faults().list().await?;
    let is_on = |listed: &Listed| listed.rule.is_enabled();
    let parted = |listed: Listed| {
        let clients = listed.rule.parted()?;
        let name = listed.name;
        Some(Parted { name, clients })
    };
    let partitions = listed.into_iter().filter(is_on).filter_map(parted).collect();
    Ok(Json(Partitions { partitions }))
}

/// Cuts clients off as a network does: nothing passes either way, no connection ends, and nothing is lost.
#[utoipa::path(
    post, path = "/api/v1/partitions", tag = "faults", request_body = Partition,
    responses(
        (status = 201, description = "they are cut off", body = Parted),
        (status = "4XX", description = "they are not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn part(
    State(shared): super::State,
    Body(said): Body<Partition>,
) -> Result<(StatusCode, Json<Parted>), Problem> {
    let clients = said.clients;
    if clients.is_empty() {
        let detail = "`clients`: the list is empty; name at least one client";
        return Err(Problem::new(Kind::Invalid, detail).with("path", "clients"));
    }
    let faults = shared.broker.faults();
    let name = match said.name.filter(|name| !name.is_empty()) {
        None => {
            let partition = faults.partition(&clients).await.map_err(Problem::taken)?;
            let name = partition.name().to_owned();
            partition.keep();
            name
        }
        Some(name) => {
            let rule = Rule::for_bytes()
                .of(Is::one_of(clients.clone()))
                .both_ways()
                .stall();
            faults
                .add(rule.named(&name))
                .await
                .map_err(Problem::taken)?
                .keep();
            name
        }
    };
    Ok((StatusCode::CREATED, Json(Parted { name, clients })))
}

/// Heals a partition: what waits goes on in order.
#[utoipa::path(
    delete, path = "/api/v1/partitions/{name}", tag = "faults", params(("name" = String, Path, description = "what it is called")),
    responses(
        (status = 200, description = "it is healed", body = Removed),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn heal(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Removed>, Problem> {
    let faults = shared.broker.faults();
    let all = faults.list().await?;
    let partitions = all.iter().filter(|listed| listed.rule.action() == "stall");
    let names = partitions.map(|listed| &*listed.name);
    if names.clone().any(|there| there == name) && faults.remove(&name).await? {
        return Ok(Json(Removed::ONE));
    }
    Err(no_such("partition", &name, names))
}

/// A listener, and whether it lets clients in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Door {
    name: String,
    down: bool,
}

/// Takes a listener down: its port refuses connections, and its clients are cut. The others go on.
#[utoipa::path(
    post, path = "/api/v1/listeners/{name}/down", tag = "faults", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "it is down", body = Door),
        (status = "4XX", description = "it is not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn down(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Door>, Problem> {
    check_listener(&shared, &name)?;
    let is_for_http = |way: &Accepts| way.is_api();
    let mut all = shared.broker.listeners().iter();
    if all.any(|it| it.name() == name && it.accepts().iter().all(is_for_http)) {
        let detail =
            "this listener is for the control API alone, and stays up: what was taken down is let up there";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let others = shared.broker.listeners().iter().filter(|it| it.name() != name);
    let has_api = |listener: &crate::Listener| listener.accepts().iter().any(is_for_http);
    if !others.into_iter().any(has_api) {
        let detail = "nobody could reach the control API any more to let it up again: have it on a port of its own, too \
                      (the setting http.listen = true)";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    match shared.broker.faults().listener_down(&name).await {
        Ok(down) => down.keep(),
        // It is down already.
        Err(error) if error.is_invalid() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Json(Door { name, down: true }))
}

/// Lets clients in again at a listener that was taken down.
#[utoipa::path(
    post, path = "/api/v1/listeners/{name}/up", tag = "faults", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "it is up", body = Door),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn up(State(shared): super::State, Path(name): Path<String>) -> Result<Json<Door>, Problem> {
    check_listener(&shared, &name)?;
    shared.broker.faults().listener_up(&name).await?;
    Ok(Json(Door { name, down: false }))
}

fn check_listener(shared: &Shared, name: &str) -> Result<(), Problem> {
    let names = shared.broker.listeners().iter().map(crate::Listener::name);
    if names.clone().any(|there| there == name) {
        Ok(())
    } else {
        Err(no_such("listener", name, names))
    }
}
