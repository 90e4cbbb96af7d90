//! Waits for how things stand.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask;
use super::path::Path;
use super::shapes::Patience;
use super::{Body, Problem, Shared};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/settle", post(settle))
        .route("/api/v1/clients/{client_id}/wait", post(client))
        .route("/api/v1/retained/wait", post(retained))
}

/// How long to wait.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settling {
    #[serde(default)]
    timeout_secs: Patience,
}

/// It came to be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settled {
    /// Always true.
    settled: bool,
}

/// Waits until nothing is going on any more: what should have arrived has arrived.
#[utoipa::path(
    post, path = "/api/v1/settle", tag = "expectations", request_body = Settling,
    responses(
        (status = 200, description = "nothing is on its way", body = Settled),
        (status = 417, description = "something is going on still; `detail` says what", body = super::problem::Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn settle(
    State(shared): super::State,
    Body(asked): Body<Settling>,
) -> Result<Json<Settled>, Problem> {
    asked.timeout_secs.of(&shared).settle().await?;
    Ok(Json(Settled { settled: true }))
}

/// What a client is waited for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Becomes {
    /// It is connected: its CONNACK was sent.
    Connected,
    /// It was here, and is not connected any more.
    Disconnected,
    /// Messages for `topic_filter` reach it: its SUBSCRIBE was handled.
    Subscribed,
    /// Nothing is in flight towards it, and nothing queued for it.
    Acked,
    /// It had a session and has none any more.
    SessionEnded,
}

/// What a client is waited for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfClient {
    #[serde(rename = "for")]
    becomes: Becomes,
    /// The topic filter as the client writes it, `$share/…` included. For `subscribed` alone.
    topic_filter: Option<String>,
    /// How long to wait at most: 5 seconds, where nothing is said.
    #[serde(default)]
    timeout_secs: Patience,
}

/// It came to be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Is {
    client_id: String,
}

/// Waits until a client is connected, has gone, is subscribed, has acknowledged everything, or has no session any more.
#[utoipa::path(
    post, path = "/api/v1/clients/{client_id}/wait", tag = "clients", request_body = OfClient,
    params(("client_id" = String, Path, description = "client identifier; a `/` in it as %2F")),
    responses(
        (status = 200, description = "it is so", body = Is),
        (status = 417, description = "it did not come to be; `detail` says how things stand", body = super::problem::Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn client(
    State(shared): super::State,
    Path(client_id): Path<String>,
    Body(wanted): Body<OfClient>,
) -> Result<Json<Is>, Problem> {
    let broker = wanted.timeout_secs.of(&shared);
    let waiting = match (wanted.becomes, wanted.topic_filter) {
        (Becomes::Subscribed, Some(filter)) => broker.wait_subscribed(&client_id, &filter),
        (Becomes::Subscribed, None) => {
            return Err(ask::wrong("topic_filter", "which subscription is waited for?"));
        }
        (_, Some(_)) => return Err(ask::wrong("topic_filter", "it goes with \"for\": \"subscribed\"")),
        (Becomes::Connected, None) => broker.wait_connected(&client_id),
        (Becomes::Disconnected, None) => broker.wait_disconnected(&client_id),
        (Becomes::Acked, None) => broker.wait_acked(&client_id),
        (Becomes::SessionEnded, None) => broker.wait_session_ended(&client_id),
    };
    waiting.await?;
    Ok(Json(Is { client_id }))
}

/// Which retained message is waited for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetainedWait {
    /// Topic name.
    topic: String,
    /// How long to wait at most: 5 seconds, where nothing is said.
    #[serde(default)]
    timeout_secs: Patience,
}

/// It is there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IsRetained {
    topic: String,
}

/// Waits until a topic has a retained message.
#[utoipa::path(
    post, path = "/api/v1/retained/wait", tag = "retained", request_body = RetainedWait,
    responses(
        (status = 200, description = "it is there", body = IsRetained),
        (status = 417, description = "it did not come; `detail` names similar topics", body = super::problem::Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn retained(
    State(shared): super::State,
    Body(wanted): Body<RetainedWait>,
) -> Result<Json<IsRetained>, Problem> {
    let broker = wanted.timeout_secs.of(&shared);
    broker.wait_retained(&wanted.topic).await?;
    Ok(Json(IsRetained { topic: wanted.topic }))
}
