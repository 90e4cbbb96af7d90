//! Clients: who is connected, and why others are not any more.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::ask;
use super::listing::{More, Page};
use super::mistakes::no_such;
use super::problem::Shape;
use super::{Path, Problem, Query, Shared, schema};
use crate::ask_http::escaped;
use crate::journal::{Entry, Event, Record};
use crate::time::Time;
use crate::{ClientState, KeptOut};

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
    /// What keeps it out now: an interruption, or another rule.
    kept_out: Option<Barred>,
}

/// A rule that cuts off each connection of a client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeptOut)]
pub(super) struct Barred {
    /// The name of the rule.
    fault: String,
    /// When that ends, by the broker's clock; `null` where it lasts until the rule is removed.
    until_secs: Option<f64>,
    /// How to end it, in a sentence.
    advice: String,
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
    advice: String,
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
    let now = Now::of(&shared).await?;
    let mut found = shared.broker.clients(page.after(), limit + 1).await?;
    let meta = More::than(limit, &mut found, |last| last.client_id.clone());
    Ok(Json(Clients {
        clients: found.into_iter().map(|client| Client::of(client, now)).collect(),
        meta,
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
        Ok(Json(Client::of(client, Now::of(&shared).await?)))
    } else {
        let others = shared.broker.clients("", ask::MOST).await?;
        let names = others.iter().map(|other| &*other.client_id);
        Err(no_such("client", &client_id, names))
    }
}

/// What the broker's clock shows, and whether it stands still.
#[derive(Debug, Clone, Copy)]
struct Now(Time, bool);

impl Now {
    async fn of(shared: &Shared) -> Result<Self, Problem> {
        let clock = shared.broker.clock();
        let (now, is_frozen) = (clock.now(), clock.is_frozen());
        Ok(Self(now.await?, is_frozen.await?))
    }
}

impl Client {
    fn of(client: ClientState, now: Now) -> Self {
        let kept_out = client.kept_out.map(|kept_out| Barred::of(kept_out, now));
        let mut last_disconnect = client.disconnected.and_then(Ended::of);
        if let (false, Some(kept_out), Some(ended)) = (client.is_connected, &kept_out, &mut last_disconnect) {
            ended.advice.clone_from(&kept_out.advice);
        }
        Self {
            client_id: client.client_id,
            connected: client.is_connected,
            connected_at_secs: client.connected.as_ref().map(Entry::at_secs),
            connection: client.connected.map(schema::Entry),
            last_disconnect,
            last_refusal: client.refused.and_then(Ended::of),
            kept_out,
        }
    }
}

impl Barred {
    fn of(kept_out: KeptOut, Now(now, is_frozen): Now) -> Self {
        let fault = kept_out.rule;
        let remove = format!("DELETE /api/v1/faults/{}", escaped(&fault));
        let advice = match kept_out.until {
            None => format!("The rule {fault:?} keeps it out until it is removed: {remove}"),
            Some(until) => {
                let left = until.saturating_since(now).as_millis() as f64 / 1_000.0;
                let stands = if is_frozen { ", which stands still" } else { "" };
                format!(
                    "The rule {fault:?} keeps it out for {left} s more by the broker's clock{stands}. Wait, move the clock \
                     (POST /api/v1/clock/advance), or end it: {remove}"
                )
            }
        };
        Self {
            until_secs: kept_out.until.map(|until| until.since_start().as_secs_f64()),
            fault,
            advice,
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
            advice: event.advice()?.to_owned(),
            event: schema::Entry(entry),
        })
    }
}
