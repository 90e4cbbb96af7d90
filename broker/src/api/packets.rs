//! The journal: packets and events, page by page.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::{self, LimitQuery, Pairs, Search, SearchQuery};
use super::path::Path;
use super::query::Query;
use super::{Body, Problem, Shared, schema};
use crate::journal::{Excerpt, Mark};
use crate::pattern::{Is, anything};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/packets", get(list).delete(clear))
        .route("/api/v1/packets/find", post(find))
        .route("/api/v1/packets/{number}", get(one))
        .route("/api/v1/mark", post(mark))
}

/// A page of packets, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Packets {
    packets: Vec<schema::Entry>,
    meta: Meta,
}

/// Where a page stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Meta {
    /// The next page comes with `after` = this.
    next: u64,
    /// Whether not everything was looked at, so that there may be a next page. A page of long packets ends before `limit`.
    more: bool,
    /// How many entries behind `after` the journal has forgotten, by itself or by `DELETE /api/v1/packets`. They may or may not have been
    /// among those asked for. Where `after` is 0 or not said, only what it forgot by itself counts.
    missed: u64,
}

impl Meta {
    /// Of what was found from there on; the journal ended here.
    pub fn of(excerpt: &Excerpt, after: Option<u64>, end: Mark) -> Self {
        Self {
            next: excerpt.until.last(),
            more: excerpt.until < end,
            missed: excerpt.missed + after.filter(|after| *after > 0).map_or(0, |_| excerpt.cleared),
        }
    }
}

/// Packets and events, the oldest first: packets, unless the parameters name events.
#[utoipa::path(
    get, path = "/api/v1/packets", tag = "journal", params(SearchQuery, LimitQuery),
    responses(
        (status = 200, description = "a page of them", body = Packets),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(shared): super::State,
    Query(pairs): Query<Pairs>,
) -> Result<Json<Packets>, Problem> {
    page(&shared, &Search::of_address(&pairs)?).await
}

/// The same, with the pattern in JSON.
#[utoipa::path(
    post, path = "/api/v1/packets/find", tag = "journal", request_body = Search,
    responses(
        (status = 200, description = "a page of them", body = Packets),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn find(
    State(shared): super::State,
    Body(search): Body<Search>,
) -> Result<Json<Packets>, Problem> {
    page(&shared, &search).await
}

async fn page(shared: &Shared, search: &Search) -> Result<Json<Packets>, Problem> {
    let wanted = ask::packets(search.pattern());
    let journal = shared.broker.journal();
    let limit = search.limit()?;
    let end = journal.mark().await?;
    let excerpt = journal.page(wanted, search.mark(end)?, limit).await?;
    Ok(Json(Packets {
        meta: Meta::of(&excerpt, search.after(), end),
        packets: excerpt.entries.into_iter().map(schema::Entry).collect(),
    }))
}

/// One packet or event, by its number.
#[utoipa::path(
    get, path = "/api/v1/packets/{number}", tag = "journal", params(("number" = u64, Path, description = "its `seq`")),
    responses(
        (status = 200, description = "it", body = schema::Entry),
        (status = "4XX", description = "there is none", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(
    State(shared): super::State,
    Path(number): Path<String>,
) -> Result<Json<schema::Entry>, Problem> {
    let unknown = |why: &str| {
        Problem::not_found(format!(
            "there is no packet {}: {why}",
            settings::text::Quoted(&number, 40)
        ))
    };
    let wanted: u64 = number
        .parse()
        .map_err(|_| unknown("expected its number, `seq`"))?;
    // Its number says which is meant, also where a rule kept it from a client.
    let any = anything().field("side", Is::one_of([Is::absent(), Is::present()]));
    let journal = shared.broker.journal();
    let excerpt = journal.page(any, Mark::before(wanted), 1).await?;
    let found = excerpt.entries.into_iter().find(|entry| entry.seq == wanted);
    let forgotten = if excerpt.missed + excerpt.cleared > 0 {
        "the journal has forgotten it"
    } else {
        "the journal has no entry of this number"
    };
    found
        .map(schema::Entry)
        .map(Json)
        .ok_or_else(|| unknown(forgotten))
}

/// A journal that was forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Cleared {
    /// What is recorded from now on has greater numbers.
    after: u64,
}

/// Forgets all packets and events so far.
#[utoipa::path(
    delete, path = "/api/v1/packets", tag = "journal",
    responses((status = 200, description = "they are forgotten", body = Cleared))
)]
pub(super) async fn clear(State(shared): super::State) -> Result<Json<Cleared>, Problem> {
    let journal = shared.broker.journal();
    journal.clear().await?;
    let after = journal.mark().await?.last();
    Ok(Json(Cleared { after }))
}

/// A place in the journal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Marked {
    /// What is recorded from now on has greater numbers.
    after: u64,
}

/// Marks this place: expectations and waits look from here on, unless they say `after` themselves.
#[utoipa::path(
    post, path = "/api/v1/mark", tag = "journal",
    responses((status = 200, description = "the place", body = Marked))
)]
pub(super) async fn mark(State(shared): super::State) -> Result<Json<Marked>, Problem> {
    let after = shared.broker.mark().await?.last();
    Ok(Json(Marked { after }))
}
