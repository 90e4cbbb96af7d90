//! `/api/v1/bridges`: bridges to other brokers.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Shape;
use super::{Problem, Shared};
use crate::front::BridgeStatus;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/bridges", get(list))
}

/// What a bridge is at.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum BridgeState {
    /// It makes its session in this broker.
    Beginning,
    /// It is about to reach the other broker.
    Connecting,
    /// Messages cross.
    Connected,
    /// The link is lost, and is tried again.
    Waiting,
    /// It connects once enough waits for it.
    Asleep,
    /// It does not connect any more.
    Over,
}

/// How a bridge is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Bridge {
    name: String,
    state: BridgeState,
    /// For how many seconds, to the millisecond.
    for_secs: f64,
    /// The address that it is connected to, or that it tried last or tries next.
    address: String,
    addresses: Vec<String>,
    /// Its client identifier in the other broker.
    client_id: String,
    /// Its client identifier in this broker.
    local_client_id: String,
    /// How often it was connected.
    connects: u64,
    /// Messages that the other broker took.
    sent: u64,
    /// Messages that this broker took from it.
    received: u64,
    /// Messages that wait for it in this broker.
    waiting: u64,
    /// Messages of QoS 1 and 2 that are crossing, either way: the other side has not acknowledged them yet.
    under_way: u64,
    /// Messages that did not cross, because one of the two brokers would not take them.
    refused: u64,
    /// The last of them, and why.
    last_refused: Option<String>,
    /// Why the link was lost last, of those that there were.
    last_lost: Option<String>,
    /// Why the last attempt to make a link failed; null once one works.
    last_failed: Option<String>,
    /// In how many seconds it is tried again, to the millisecond.
    next_try_secs: Option<f64>,
}

impl From<BridgeStatus> for Bridge {
    fn from(status: BridgeStatus) -> Self {
        Self {
            name: status.name,
            state: match status.state {
                "beginning" => BridgeState::Beginning,
                "connecting" => BridgeState::Connecting,
                "connected" => BridgeState::Connected,
                "waiting" => BridgeState::Waiting,
                "asleep" => BridgeState::Asleep,
                _ => BridgeState::Over,
            },
            for_secs: status.for_secs,
            address: status.address,
            addresses: status.addresses,
            client_id: status.client_id,
            local_client_id: status.local_client_id,
            connects: status.connects,
            sent: status.sent,
            received: status.received,
            waiting: status.waiting as u64,
            under_way: status.under_way as u64,
            refused: status.refused,
            last_refused: status.last_refused,
            last_lost: status.last_lost,
            last_failed: status.last_failed,
            next_try_secs: status.next_try_secs,
        }
    }
}

/// The bridges.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Bridges {
    bridges: Vec<Bridge>,
}

/// The bridges to other brokers: whether they are connected, and what has crossed.
#[utoipa::path(
    get, path = "/api/v1/bridges", tag = "broker",
    responses(
        (status = 200, description = "the bridges", body = Bridges),
        (status = "4XX", description = "the engine has none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(shared): super::State) -> Result<Json<Bridges>, Problem> {
    let bridges = shared.broker.bridges().await?;
    let bridges = bridges.into_iter().map(Bridge::from).collect();
    Ok(Json(Bridges { bridges }))
}
