//! `/api/v1/brokers`: further brokers in this process, each on a port of its own. They share nothing, and end with this one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use utoipa::ToSchema;

use super::info::Info;
use super::mistakes::no_such;
use super::problem::{Kind, Shape};
use super::shapes::Removed;
use super::{Body, Path, Problem, Shared, new_broker};
use crate::broker::Broker;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/brokers", get(list).post(begin).delete(clear))
        .route("/api/v1/brokers/{id}", get(one).delete(remove))
}

/// The brokers that requests began.
pub(super) struct Brokers {
    most: u32,
    places: Arc<Semaphore>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    /// The number of the last one.
    last: u64,
    all: BTreeMap<u64, (Broker, OwnedSemaphorePermit)>,
}

impl Brokers {
    pub fn new(most: u32) -> Self {
        Self {
            most,
            places: Arc::new(Semaphore::new(most as usize)),
            running: Mutex::default(),
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        // Nothing in here panics halfway.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many run.
    pub fn count(&self) -> usize {
        self.running().all.len()
    }

    /// Ends all of them, side by side.
    pub fn end(&self) {
        let all = std::mem::take(&mut self.running().all);
        let ends: Vec<_> = all.values().map(|(broker, _)| broker.shutdown()).collect();
        drop(ends);
    }
}

/// A broker that a request began.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Child {
    /// What it is called here: `DELETE /api/v1/brokers/ID` ends it.
    #[schema(example = "1")]
    id: String,
    /// Its own control API; `null` where its settings switch that off.
    #[schema(example = "http://127.0.0.1:40001/api/v1")]
    api: Option<String>,
    #[serde(flatten)]
    info: Info,
}

impl Child {
    fn of(id: u64, broker: &Broker) -> Self {
        Self {
            id: id.to_string(),
            api: broker.api_url().filter(|_| broker.settings().http.enabled),
            info: Info::of(broker),
        }
    }
}

/// The brokers that requests began and that still run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Children {
    brokers: Vec<Child>,
}

/// The brokers that requests began and that still run.
#[utoipa::path(
    get, path = "/api/v1/brokers", tag = "brokers",
    responses((status = 200, description = "the brokers", body = Children))
)]
pub(super) async fn list(State(shared): super::State) -> Json<Children> {
    let running = shared.brokers.running();
    let children = running.all.iter().map(|(id, (broker, _))| Child::of(*id, broker));
    Json(Children {
        brokers: children.collect(),
    })
}

/// Begins a broker of its own, on a free port of this machine unless the body says otherwise. Clients can connect once this is
/// answered. The body has settings in the form of the settings file, rules, stubs and devices included, and may be empty.
#[utoipa::path(
    post, path = "/api/v1/brokers", tag = "brokers", request_body(content = Object, example = json!({"session": {"max_inflight": 1}})),
    responses(
        (status = 201, description = "it runs", body = Child),
        (status = "4XX", description = "it does not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin(
    State(shared): super::State,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<Child>), Problem> {
    let most = shared.brokers.most;
    if most == 0 {
        let detail = "this broker begins no others: http.max_brokers is 0, as it is for each that a request began. Ask the one that began it";
        return Err(Problem::new(Kind::TooManyRequests, detail));
    }
    let place = shared.brokers.places.clone().try_acquire_owned();
    let place = place.map_err(|_| {
        let detail = format!("as many brokers run as http.max_brokers allows ({most}): end some");
        Problem::new(Kind::TooManyRequests, detail)
    })?;
    let broker = new_broker::builder(body, &shared.broker)?
        .start()
        .await
        .map_err(new_broker::refused)?;
    let mut running = shared.brokers.running();
    running.last += 1;
    let id = running.last;
    let child = Child::of(id, &broker);
    running.all.insert(id, (broker, place));
    Ok((StatusCode::CREATED, Json(child)))
}

/// One of the brokers that requests began.
#[utoipa::path(
    get, path = "/api/v1/brokers/{id}", tag = "brokers", params(("id" = String, Path, description = "what it is called here")),
    responses(
        (status = 200, description = "the broker", body = Child),
        (status = "4XX", description = "there is none of this id", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(State(shared): super::State, Path(id): Path<String>) -> Result<Json<Child>, Problem> {
    let running = shared.brokers.running();
    let found = number(&id).and_then(|id| running.all.get(&id).map(|(broker, _)| Child::of(id, broker)));
    found.map(Json).ok_or_else(|| absent(&running, &id))
}

/// Only as it was given: `1`, and not `01`.
fn number(id: &str) -> Option<u64> {
    id.parse().ok().filter(|number: &u64| number.to_string() == id)
}

fn absent(running: &Running, id: &str) -> Problem {
    let ids: Vec<String> = running.all.keys().map(ToString::to_string).collect();
    no_such("broker", id, ids.iter().map(String::as_str))
}

/// Ends one of them: its clients are told Server shutting down, and its port is free again.
#[utoipa::path(
    delete, path = "/api/v1/brokers/{id}", tag = "brokers", params(("id" = String, Path, description = "what it is called here")),
    responses(
        (status = 200, description = "it has ended", body = Removed),
        (status = "4XX", description = "there is none of this id", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(shared): super::State,
    Path(id): Path<String>,
) -> Result<Json<Removed>, Problem> {
    let taken = {
        let mut running = shared.brokers.running();
        let taken = number(&id).and_then(|id| running.all.remove(&id));
        taken.ok_or_else(|| absent(&running, &id))?
    };
    end(vec![taken]).await;
    Ok(Json(Removed::ONE))
}

/// Ends all of them.
#[utoipa::path(
    delete, path = "/api/v1/brokers", tag = "brokers",
    responses((status = 200, description = "they have ended", body = Removed))
)]
pub(super) async fn clear(State(shared): super::State) -> Json<Removed> {
    let all = std::mem::take(&mut shared.brokers.running().all);
    let removed = all.len();
    end(all.into_values().collect()).await;
    Json(Removed { removed })
}

/// Ends them side by side. Nothing of them is left once this returns.
async fn end(brokers: Vec<(Broker, OwnedSemaphorePermit)>) {
    let ends: Vec<_> = brokers.iter().map(|(broker, _)| broker.shutdown()).collect();
    for end in ends {
        let _ = end.await;
    }
    // The threads of their APIs may have requests to end, and nobody else is to wait for that.
    let (done, are_gone) = oneshot::channel::<()>();
    let last = std::thread::Builder::new()
        .name("broker-end".to_owned())
        .spawn(move || {
            drop(brokers);
            drop(done);
        });
    if last.is_ok() {
        let _ = are_gone.await;
    }
}
