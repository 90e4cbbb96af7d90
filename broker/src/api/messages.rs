//! Messages: what clients published, one object each.

mod message;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{self, Behind, LimitQuery, Pairs, Search, SearchQuery};
use super::packets::Meta;
use super::query::Query;
use super::shapes::Patience;
use super::{Body, Problem, Shared, schema};
use crate::expect::Matched;
use crate::journal::{Excerpt, Mark};
use message::Message;

/// So many are read at a time where they are only counted.
const PAGE: usize = 1_000;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/messages", get(list))
        .route("/api/v1/messages/find", post(find))
        .route("/api/v1/messages/count", post(count))
        .route("/api/v1/messages/wait", post(wait))
        .route("/api/v1/messages/wait-for-count", post(wait_for_count))
}

/// A page of messages, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Messages {
    messages: Vec<Message>,
    meta: Meta,
}

/// What clients published, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/messages", tag = "messages", params(SearchQuery, LimitQuery),
    responses(
        (status = 200, description = "a page of them", body = Messages),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(shared): super::State,
    Query(pairs): Query<Pairs>,
) -> Result<Json<Messages>, Problem> {
    page(&shared, &Search::of_address(&pairs)?).await
}

/// The same, with the pattern in JSON.
#[utoipa::path(
    post, path = "/api/v1/messages/find", tag = "messages", request_body = Search,
    responses(
        (status = 200, description = "a page of them", body = Messages),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn find(
    State(shared): super::State,
    Body(search): Body<Search>,
) -> Result<Json<Messages>, Problem> {
    page(&shared, &search).await
}

async fn page(shared: &Shared, search: &Search) -> Result<Json<Messages>, Problem> {
    let wanted = ask::published(search.pattern());
    let journal = shared.broker.journal();
    let limit = search.limit()?;
    let end = journal.mark().await?;
    let excerpt = journal.page(wanted, search.mark(end)?, limit).await?;
    Ok(Json(Messages {
        meta: Meta::of(&excerpt, search.after(), end),
        messages: excerpt.entries.iter().filter_map(Message::of).collect(),
    }))
}

/// Which messages are counted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Counting {
    /// Those that fit this; all of them, where it is not there.
    pattern: Option<schema::Pattern>,
    /// Only those with a greater number.
    after: Option<u64>,
}

/// How many there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counted {
    count: usize,
    meta: Meta,
}

/// How many messages the journal holds.
#[utoipa::path(
    post, path = "/api/v1/messages/count", tag = "messages", request_body = Counting,
    responses(
        (status = 200, description = "so many", body = Counted),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn count(
    State(shared): super::State,
    Body(asked): Body<Counting>,
) -> Result<Json<Counted>, Problem> {
    let wanted = ask::published(ask::any(asked.pattern.as_ref()));
    let journal = shared.broker.journal();
    let end = journal.mark().await?;
    let mut all = Excerpt {
        until: ask::known(asked.after, end)?,
        ..Excerpt::default()
    };
    let mut count = 0;
    loop {
        let page = journal.page(wanted.clone(), all.until, PAGE).await?;
        // What comes meanwhile is not chased.
        count += page.entries.iter().filter(|entry| entry.seq < end.seq()).count();
        all.missed += page.missed;
        all.cleared += page.cleared;
        all.until = page.until;
        if page.until >= end {
            let meta = Meta::of(&all, asked.after, end);
            return Ok(Json(Counted { count, meta }));
        }
    }
}

/// What is waited for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiting {
    /// A message that fits this; any, where it is not there.
    pattern: Option<schema::Pattern>,
    /// Only one with a greater number; without it, one since the last `POST /api/v1/mark`, or since the start.
    after: Option<u64>,
    /// How long to wait at most: 5 seconds, where nothing is said.
    #[serde(default)]
    timeout_secs: Patience,
}

/// The message that was waited for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Arrived {
    message: Message,
    meta: Behind,
}

/// Waits for a message, and looks at those that came already.
#[utoipa::path(
    post, path = "/api/v1/messages/wait", tag = "messages", request_body = Waiting,
    responses(
        (status = 200, description = "the first one that fits", body = Arrived),
        (status = 417, description = "none came in time; `failure` has what came closest", body = super::problem::Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn wait(
    State(shared): super::State,
    Body(asked): Body<Waiting>,
) -> Result<Json<Arrived>, Problem> {
    let found = arrive(&shared, asked, 1).await?;
    let meta = behind(&found);
    let message = found.first().and_then(Message::of);
    let message =
        message.ok_or_else(|| Problem::new(super::problem::Kind::Internal, "a message is not one"))?;
    Ok(Json(Arrived { message, meta }))
}

/// How many are waited for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitingForCount {
    /// How many have to come at least.
    #[schema(minimum = 1, maximum = 1000)]
    count: usize,
    /// Messages that fit this; any, where it is not there.
    pattern: Option<schema::Pattern>,
    /// Only those with a greater number; without it, those since the last `POST /api/v1/mark`, or since the start.
    after: Option<u64>,
    /// How long to wait at most: 5 seconds, where nothing is said.
    #[serde(default)]
    timeout_secs: Patience,
}

/// The messages that were waited for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllArrived {
    messages: Vec<Message>,
    meta: Behind,
}

/// Waits until so many messages came, those that came already included. More may come; `expectations` knows how to rule that out.
#[utoipa::path(
    post, path = "/api/v1/messages/wait-for-count", tag = "messages", request_body = WaitingForCount,
    responses(
        (status = 200, description = "the first so many", body = AllArrived),
        (status = 417, description = "fewer came in time; `failure` has what came closest", body = super::problem::Shape, content_type = "application/problem+json"),
        (status = "4XX", description = "something is wrong", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn wait_for_count(
    State(shared): super::State,
    Body(asked): Body<WaitingForCount>,
) -> Result<Json<AllArrived>, Problem> {
    let WaitingForCount {
        count,
        pattern,
        after,
        timeout_secs,
    } = asked;
    if !(1..=1_000).contains(&count) {
        return Err(ask::wrong("count", &format!("expected 1 to 1000, not {count}")));
    }
    let waiting = Waiting {
        pattern,
        after,
        timeout_secs,
    };
    let found = arrive(&shared, waiting, count).await?;
    let meta = behind(&found);
    let messages = found.iter().filter_map(Message::of).collect();
    Ok(Json(AllArrived { messages, meta }))
}

async fn arrive(shared: &Shared, asked: Waiting, count: usize) -> Result<Matched, Problem> {
    let wanted = ask::published(ask::any(asked.pattern.as_ref())).times(count..);
    let broker = asked.timeout_secs.of(shared);
    let mut expecting = broker.expect(wanted);
    if let Some(after) = asked.after {
        expecting = expecting.since(Mark::behind(after));
    }
    let mut found = expecting.check_from_afar(shared.reports.clone()).await?;
    found.entries.truncate(count);
    Ok(found)
}

fn behind(found: &Matched) -> Behind {
    Behind {
        next: found.last().map(|entry| entry.seq),
    }
}
