//! What is in the broker: sessions, subscriptions, retained messages, counters.

mod shapes;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::ask;
use super::listing::{More, Page};
use super::mistakes::no_such;
use super::problem::{Kind, Shape};
use super::{Path, Problem, Query, Shared, schema};
use shapes::{Kept, Session, Subscription, Summary};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/state", get(state))
        .route("/api/v1/stats", get(stats))
        .route("/api/v1/sessions", get(sessions))
        .route("/api/v1/sessions/{client_id}", get(session))
        .route("/api/v1/subscriptions", get(subscriptions))
        .route("/api/v1/retained", get(retained))
        .route("/api/v1/retained/{*topic}", get(retained_message))
        .route("/api/v1/capabilities", get(capabilities))
}

/// Everything at one moment: as many of each list as `limit` says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Everything {
    /// The broker's time, in seconds since its start.
    at_secs: f64,
    /// Whether the clock stands still.
    clock_frozen: bool,
    sessions: Vec<Summary>,
    subscriptions: Vec<Subscription>,
    retained: Vec<Kept>,
}

/// How much of it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    /// How many of each list at most: 100 where it is not said, and never more than 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// What is in the broker: the beginning of each list, which has pages of its own elsewhere.
#[utoipa::path(
    get, path = "/api/v1/state", tag = "state", params(Limit),
    responses(
        (status = 200, description = "what is in the broker", body = Everything),
        (status = "4XX", description = "the engine cannot tell", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn state(
    State(shared): super::State,
    Query(asked): Query<Limit>,
) -> Result<Json<Everything>, Problem> {
    let limit = ask::limit(asked.limit)?;
    let broker = &shared.broker;
    let clock = broker.clock();
    let (sessions, subscriptions, retained, at, frozen) = tokio::try_join!(
        broker.sessions("", limit),
        broker.subscriptions(("", ""), limit),
        broker.retained(None, "", limit),
        clock.now(),
        clock.is_frozen(),
    )?;
    Ok(Json(Everything {
        at_secs: at.since_start().as_secs_f64(),
        clock_frozen: frozen,
        sessions: sessions.into_iter().map(Summary).collect(),
        subscriptions: subscriptions.into_iter().map(Subscription::from).collect(),
        retained: retained.into_iter().map(Kept::from).collect(),
    }))
}

/// What was counted since the start, or since the last reset.
#[utoipa::path(
    get, path = "/api/v1/stats", tag = "state",
    responses((status = 200, description = "the counters", body = schema::Stats))
)]
pub(super) async fn stats(State(shared): super::State) -> Result<Json<schema::Stats>, Problem> {
    Ok(Json(schema::Stats(shared.broker.stats().await?)))
}

/// A page of sessions, in the order of their names.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sessions {
    sessions: Vec<Summary>,
    meta: More,
}

/// Every session, in numbers, whether its client is connected or not.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "sessions", params(Page),
    responses(
        (status = 200, description = "a page of them", body = Sessions),
        (status = "4XX", description = "something is wrong", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sessions(
    State(shared): super::State,
    Query(page): Query<Page>,
) -> Result<Json<Sessions>, Problem> {
    let limit = ask::limit(page.limit)?;
    let mut found = shared.broker.sessions(page.after(), limit + 1).await?;
    let meta = More::than(limit, &mut found, |last| last.client_id.clone());
    Ok(Json(Sessions {
        sessions: found.into_iter().map(Summary).collect(),
        meta,
    }))
}

/// One session, with its subscriptions and the first of the messages that are on their way.
#[utoipa::path(
    get, path = "/api/v1/sessions/{client_id}", tag = "sessions",
    params(("client_id" = String, Path, description = "the client identifier"), Limit),
    responses(
        (status = 200, description = "the session", body = Session),
        (status = "4XX", description = "there is none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn session(
    State(shared): super::State,
    Path(client_id): Path<String>,
    Query(asked): Query<Limit>,
) -> Result<Json<Session>, Problem> {
    let limit = ask::limit(asked.limit)?;
    if let Some(session) = shared.broker.session(&client_id).await? {
        Ok(Json(Session::of(session, limit)))
    } else {
        let others = shared.broker.sessions("", ask::MOST).await?;
        let names = others.iter().map(|other| &*other.client_id);
        Err(no_such("session", &client_id, names))
    }
}

/// A page of subscriptions, in the order of their clients and filters.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Subscriptions {
    subscriptions: Vec<Subscription>,
    meta: More,
}

/// Every subscription, each with its client.
#[utoipa::path(
    get, path = "/api/v1/subscriptions", tag = "sessions", params(Page),
    responses(
        (status = 200, description = "a page of them", body = Subscriptions),
        (status = "4XX", description = "something is wrong", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn subscriptions(
    State(shared): super::State,
    Query(page): Query<Page>,
) -> Result<Json<Subscriptions>, Problem> {
    let limit = ask::limit(page.limit)?;
    let (client_id, filter) = match &page.after {
        None => (String::new(), String::new()),
        Some(after) => serde_json::from_str(after).map_err(|_| {
            Problem::new(Kind::Invalid, "`after`: expected `meta.next` of the page before")
                .with("path", "after")
        })?,
    };
    let behind = (&*client_id, &*filter);
    let mut found = shared.broker.subscriptions(behind, limit + 1).await?;
    let meta = More::than(limit, &mut found, |(client_id, last)| {
        serde_json::json!([client_id, last.filter]).to_string()
    });
    Ok(Json(Subscriptions {
        meta,
        subscriptions: found.into_iter().map(Subscription::from).collect(),
    }))
}

/// A page of retained messages, in the order of their topics.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Retained {
    retained: Vec<Kept>,
    meta: More,
}

/// Which retained messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RetainedQuery {
    /// A topic filter that their topics fit.
    topic: Option<String>,
    /// `meta.next` of the page before.
    after: Option<String>,
    /// How many at most: 100 where it is not said, and never more than 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Every retained message but those of `$SYS`.
#[utoipa::path(
    get, path = "/api/v1/retained", tag = "retained", params(RetainedQuery),
    responses(
        (status = 200, description = "a page of them", body = Retained),
        (status = "4XX", description = "something is wrong", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn retained(
    State(shared): super::State,
    Query(asked): Query<RetainedQuery>,
) -> Result<Json<Retained>, Problem> {
    let limit = ask::limit(asked.limit)?;
    let filter = asked.topic.as_deref();
    if let Some(error) = filter.and_then(|filter| crate::topic::validate_filter(filter).err()) {
        return Err(ask::wrong(
            "topic",
            &format!("it is no topic filter: {}", error.what),
        ));
    }
    let after = asked.after.as_deref().unwrap_or_default();
    let found = shared.broker.retained(filter, after, limit).await?;
    // A page of long messages ends early.
    let next = found.last().map(|last| last.topic.clone());
    let more = match &next {
        Some(last) => !shared.broker.retained(filter, last, 1).await?.is_empty(),
        None => false,
    };
    Ok(Json(Retained {
        retained: found.into_iter().map(Kept::from).collect(),
        meta: More {
            next: next.filter(|_| more),
        },
    }))
}

/// The retained message of one topic.
#[utoipa::path(
    get, path = "/api/v1/retained/{topic}", tag = "retained",
    params(("topic" = String, Path, description = "topic name; its slashes may stay as they are")),
    responses(
        (status = 200, description = "the message", body = Kept),
        (status = "4XX", description = "there is none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn retained_message(
    State(shared): super::State,
    Path(topic): Path<String>,
) -> Result<Json<Kept>, Problem> {
    if let Some(message) = shared.broker.retained_message(&topic).await? {
        Ok(Json(message.into()))
    } else {
        let others = shared.broker.retained(None, "", ask::MOST).await?;
        let names = others.iter().map(|other| &*other.topic);
        Err(no_such("retained message of topic", &topic, names))
    }
}

/// What the engine in force can do, and the others.
#[utoipa::path(
    get, path = "/api/v1/capabilities", tag = "broker",
    responses((status = 200, description = "the table", body = Object))
)]
pub(super) async fn capabilities(State(shared): super::State) -> Json<Value> {
    Json(crate::capability::json(shared.broker.engine()))
}
