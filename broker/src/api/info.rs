//! `/api/v1/info`: which broker this is.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use crate::broker::Broker;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/info", get(info))
}

/// Which broker this is, and where.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Info {
    /// `citronella`.
    name: &'static str,
    /// The version of the program.
    version: &'static str,
    /// What answers: `native`, `rumqttd` or `relay`.
    engine: String,
    /// The seed of everything left to chance.
    seed: u64,
    /// Where clients connect: `mqtt://127.0.0.1:1883`.
    url: String,
    /// Every place that it listens on.
    listeners: Vec<Place>,
}

/// One place that the broker listens on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Listener)]
pub(super) struct Place {
    /// `main`, or as the settings say.
    name: String,
    /// Where clients find it on each way: `tcp`, `tls`, `ws`, `wss`, `http`, `https`.
    urls: BTreeMap<&'static str, String>,
    /// The path of a Unix socket.
    socket: Option<String>,
}

/// Which broker this is.
#[utoipa::path(get, path = "/api/v1/info", tag = "broker", responses((status = 200, description = "the broker", body = Info)))]
pub(super) async fn info(State(shared): super::State) -> Json<Info> {
    Json(Info::of(&shared.broker))
}

impl Info {
    pub fn of(broker: &Broker) -> Self {
        let place = |listener: &crate::Listener| Place {
            name: listener.name().to_owned(),
            urls: listener
                .accepts()
                .iter()
                .filter_map(|way| Some((way.name(), listener.url(*way)?)))
                .collect(),
            socket: listener.socket().map(|path| path.display().to_string()),
        };
        Self {
            name: "citronella",
            version: env!("CARGO_PKG_VERSION"),
            engine: broker.engine().to_string(),
            seed: broker.seed(),
            url: broker.url(),
            listeners: broker.listeners().iter().map(place).collect(),
        }
    }
}
