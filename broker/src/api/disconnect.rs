//! Connections, sessions and retained messages that a request ends.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{delete, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

use super::problem::{Kind, Shape};
use super::shapes::Removed;
use super::{Body, Path, Problem, Shared};
use crate::fault::reason_code;
use crate::wire::{PacketType, ReasonCode};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/clients/{client_id}", delete(disconnect_now))
        .route("/api/v1/clients/{client_id}/disconnect", post(disconnect))
        .route("/api/v1/sessions/{client_id}", delete(end_session))
        .route("/api/v1/retained", delete(clear_retained))
        .route("/api/v1/retained/{*topic}", delete(delete_retained))
}

/// What a client is told.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Goodbye {
    /// The reason code of MQTT 5.0 for its DISCONNECT: the number, or the standard's name. `Administrative action` where nothing is
    /// said.
    #[schema(schema_with = code)]
    reason_code: Option<Value>,
}

/// A reason code, as a number or as its name.
fn code() -> Schema {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(255));
    OneOfBuilder::new()
        .item(number)
        .item(ObjectBuilder::new().schema_type(Type::String))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .description(Some(
            "The reason code of MQTT 5.0 for its DISCONNECT: the number, or the standard's name. `Administrative action` where \
             nothing is said.",
        ))
        .examples(["Session taken over"])
        .into()
}

/// A client that was disconnected.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Disconnected {
    client_id: String,
    /// What a 5.0 client was told.
    reason_code: u8,
    /// The same by its name in the standard.
    reason: &'static str,
}

/// Disconnects a client, which is told `Administrative action`.
#[utoipa::path(
    delete, path = "/api/v1/clients/{client_id}", tag = "clients",
    params(("client_id" = String, Path, description = "the client identifier")),
    responses(
        (status = 200, description = "it was disconnected", body = Disconnected),
        (status = "4XX", description = "it is not connected", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn disconnect_now(
    shared: super::State,
    client_id: Path<String>,
) -> Result<Json<Disconnected>, Problem> {
    disconnect(shared, client_id, Body(Goodbye::default())).await
}

/// Disconnects a client; a 5.0 client is told the reason code.
#[utoipa::path(
    post, path = "/api/v1/clients/{client_id}/disconnect", tag = "clients", request_body = Goodbye,
    params(("client_id" = String, Path, description = "the client identifier")),
    responses(
        (status = 200, description = "it was disconnected", body = Disconnected),
        (status = "4XX", description = "it was not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn disconnect(
    State(shared): super::State,
    Path(client_id): Path<String>,
    Body(said): Body<Goodbye>,
) -> Result<Json<Disconnected>, Problem> {
    let wrong = |what: String| {
        Problem::new(Kind::Invalid, format!("`reason_code`: {what}")).with("path", "reason_code")
    };
    let reason = match said.reason_code {
        None => ReasonCode::ADMINISTRATIVE_ACTION,
        Some(said) => reason_code(&said).map_err(wrong)?,
    };
    // The standard leaves this one to clients.
    if !reason.allowed_in(PacketType::Disconnect) || reason == ReasonCode::DISCONNECT_WITH_WILL {
        return Err(wrong(format!(
            "the standard has no {reason} in a DISCONNECT of the broker"
        )));
    }
    if !shared.broker.disconnect(&client_id, reason).await? {
        let client = settings::text::Quoted(&client_id, 60);
        return Err(Problem::not_found(format!("no client {client} is connected")));
    }
    Ok(Json(Disconnected {
        client_id,
        reason_code: reason.0,
        reason: reason.name(),
    }))
}

/// Ends the session of one client; a connected one is told `Administrative action`.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{client_id}", tag = "sessions",
    params(("client_id" = String, Path, description = "the client identifier")),
    responses(
        (status = 200, description = "it has ended", body = Removed),
        (status = "4XX", description = "there is none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end_session(
    State(shared): super::State,
    Path(client_id): Path<String>,
) -> Result<Json<Removed>, Problem> {
    if !shared.broker.delete_session(&client_id).await? {
        let client = settings::text::Quoted(&client_id, 60);
        return Err(Problem::not_found(format!("client {client} has no session")));
    }
    Ok(Json(Removed::ONE))
}

/// Removes every retained message but the `$SYS` ones.
#[utoipa::path(
    delete, path = "/api/v1/retained", tag = "messages",
    responses((status = 200, description = "nothing is retained", body = Removed))
)]
pub(super) async fn clear_retained(State(shared): super::State) -> Result<Json<Removed>, Problem> {
    let removed = shared.broker.clear_retained().await?;
    Ok(Json(Removed { removed }))
}

/// Removes the retained message of one topic; nobody gets a message by it.
#[utoipa::path(
    delete, path = "/api/v1/retained/{topic}", tag = "messages",
    params(("topic" = String, Path, description = "the topic name, with its slashes")),
    responses(
        (status = 200, description = "it is gone", body = Removed),
        (status = "4XX", description = "there is none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete_retained(
    State(shared): super::State,
    Path(topic): Path<String>,
) -> Result<Json<Removed>, Problem> {
    if !shared.broker.delete_retained(&topic).await? {
        let topic = settings::text::Quoted(&topic, 60);
        return Err(Problem::not_found(format!("no message is retained for {topic}")));
    }
    Ok(Json(Removed::ONE))
}
