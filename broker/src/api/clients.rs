//! Clients: who is connected, and why others are not any more.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::ask;
use super::mistakes::no_such;
use super::problem::Shape;
use super::state::{More, Page};
use super::{Path, Problem, Query, Shared, schema};
use crate::ClientState;
use crate::journal::{Entry, Event, Record};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/clients", get(list))
        .route("/api/v1/clients/{client_id}", get(one))
}

/// A page of clients, in the order of their names.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Clients {
    clients: Vec<Client>,
    meta: More,
}

/// A client, as far as the journal still knows it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Client {
    client_id: String,
    /// Whether it is connected now.
    connected: bool,
    /// The broker's time when its latest connection began, in seconds; `null` where the journal has forgotten that.
    connected_at_secs: Option<f64>,
    /// The event with which its latest connection began: its address, version, user, keep alive and so on.
    connection: Option<schema::Entry>,
    /// How its latest connection that has ended did.
    last_disconnect: Option<Ended>,
    /// Its latest CONNECT that was refused.
    last_refusal: Option<Ended>,
}

/// Why a connection ended, or was not let in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ended {
    /// The broker's time when it happened, in seconds.
    at_secs: f64,
    /// One word for machines, such as `keep_alive_timeout`; `refused` for a CONNECT that was refused.
    cause: &'static str,
    /// What happened, in a sentence.
    why: String,
    /// What to do about it, in a sentence.
    advice: &'static str,
    /// The event that tells of it.
    event: schema::Entry,
}

/// Every client that is connected, or of which the journal still knows that it came or went.
#[utoipa::path(
    get, path = "/api/v1/clients", tag = "clients", params(Page),
    responses(
        (status = 200, description = "a page of them", body = Clients),
        (status = "4XX", description = "something is wrong", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(shared): super::State,
    Query(page): Query<Page>,
) -> Result<Json<Clients>, Problem> {
    let limit = ask::limit(page.limit)?;
    let mut all = shared.broker.clients().await?;
    if let Some(after) = &page.after {
        all.retain(|client| client.client_id > *after);
    }
    let is_more = all.len() > limit;
    all.truncate(limit);
    let next = all.last().filter(|_| is_more).map(|last| last.client_id.clone());
    Ok(Json(Clients {
        clients: all.into_iter().map(Client::from).collect(),
        meta: More { next },
    }))
}

/// One client: whether it is connected, since when, and why it went last.
#[utoipa::path(
    get, path = "/api/v1/clients/{client_id}", tag = "clients",
    params(("client_id" = String, Path, description = "the client identifier")),
    responses(
        (status = 200, description = "the client", body = Client),
        (status = "4XX", description = "nothing is known of it", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(
    State(shared): super::State,
    Path(client_id): Path<String>,
) -> Result<Json<Client>, Problem> {
    if let Some(client) = shared.broker.client(&client_id).await? {
        Ok(Json(client.into()))
    } else {
        let others = shared.broker.clients().await?;
        let names = others.iter().map(|other| &*other.client_id);
        Err(no_such("client", &client_id, names))
    }
}

impl From<ClientState> for Client {
    fn from(client: ClientState) -> Self {
        Self {
            client_id: client.client_id,
            connected: client.is_connected,
            connected_at_secs: client.connected.as_ref().map(Entry::at_secs),
            connection: client.connected.map(schema::Entry),
            last_disconnect: client.disconnected.and_then(Ended::of),
            last_refusal: client.refused.and_then(Ended::of),
        }
    }
}

impl Ended {
    fn of(entry: Entry) -> Option<Self> {
        let Record::Event(event) = &entry.record else {
            return None;
        };
        let cause = match event {
            Event::Disconnected { cause, .. } => cause.word(),
            other => other.word(),
        };
        Some(Self {
            at_secs: entry.at_secs(),
            cause,
            why: entry.words(),
            advice: event.advice()?,
            event: schema::Entry(entry),
        })
    }
}
