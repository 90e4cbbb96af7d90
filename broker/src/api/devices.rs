//! `/api/v1/devices`: simulated devices.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::mistakes::{self, named, no_such, not_added, refused};
use super::problem::{Kind, Shape};
use super::shapes::Removed;
use super::{Body, Path, Problem, Query, Shared, given_files};
use crate::broker::Broker;
use crate::device::{Device as Said, DeviceStatus, device_from_json};
use crate::template::Files;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/devices", get(list).post(add).delete(clear))
        .route("/api/v1/devices/{name}", get(one).put(replace).delete(remove))
}

/// A device or a group of them, all clients of it together.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Device {
    name: String,
    /// How many clients it is.
    count: u64,
    /// How many of them are connected.
    connected: u64,
    /// How often they were let in.
    connects: u64,
    /// Messages that they published; those that were sent again count once.
    published: u64,
    /// Of them, those of QoS 1 and 2 that the broker has acknowledged to the end.
    acknowledged: u64,
    /// Messages that came, each of QoS 2 once.
    received: u64,
    /// Messages that they did not publish: a template failed, or more waited than they may hold.
    failed: u64,
}

/// The devices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Devices {
    devices: Vec<Device>,
}

/// One client of a device.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceClient {
    /// Its number in its group, from 1.
    n: u32,
    client_id: String,
    /// Whether the broker has let it in.
    connected: bool,
    /// How often it was let in.
    connects: u64,
    published: u64,
    acknowledged: u64,
    received: u64,
    failed: u64,
    /// Why its last connection ended, or was refused, in words.
    last_end: Option<String>,
}

/// A device, and its clients one by one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceInFull {
    #[serde(flatten)]
    device: Device,
    clients: Vec<DeviceClient>,
}

/// Which clients of a device.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Range {
    /// Those behind this number.
    after: u32,
    /// So many at most.
    #[param(minimum = 1, maximum = 1000)]
    limit: u32,
}

impl Default for Range {
    fn default() -> Self {
        Self { after: 0, limit: 100 }
    }
}

impl Device {
    fn add(&mut self, status: &DeviceStatus) {
        self.count += 1;
        self.connected += u64::from(status.connected);
        self.connects += status.connects;
        self.published += status.published;
        self.acknowledged += status.acknowledged;
        self.received += status.received;
        self.failed += status.failed;
    }

    /// Each, in the order in which they came.
    fn all(statuses: &[DeviceStatus]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for status in statuses {
            // The clients of one stand together.
            if all.last().is_none_or(|last| last.name != status.name) {
                all.push(Self {
                    name: status.name.clone(),
                    ..Self::default()
                });
            }
            if let Some(last) = all.last_mut() {
                last.add(status);
            }
        }
        all
    }
}

impl From<DeviceStatus> for DeviceClient {
    fn from(status: DeviceStatus) -> Self {
        Self {
            n: status.n,
            client_id: status.client_id,
            connected: status.connected,
            connects: status.connects,
            published: status.published,
            acknowledged: status.acknowledged,
            received: status.received,
            failed: status.failed,
            last_end: status.last_end,
        }
    }
}

/// A device of a request, with the files that it reads.
pub(super) fn read(mut body: Value) -> Result<(Said, Files), Problem> {
    let files = given_files::take(&mut body)?;
    let mistake = |invalid| mistakes::problem(&[invalid]);
    let device = device_from_json(&body).map_err(mistake)?;
    given_files::check(&device.files(), &files)?;
    device.check(&files).map_err(mistake)?;
    Ok((device, files))
}

async fn find(broker: &Broker, name: &str) -> Result<Device, Problem> {
    let all = Device::all(&broker.devices().list().await?);
    let absent = no_such("device", name, all.iter().map(|device| &*device.name));
    all.into_iter().find(|device| device.name == name).ok_or(absent)
}

/// The devices, each with all its clients together.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "devices",
    responses(
        (status = 200, description = "the devices", body = Devices),
        (status = "4XX", description = "the engine has none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(State(shared): super::State) -> Result<Json<Devices>, Problem> {
    let devices = Device::all(&shared.broker.devices().list().await?);
    Ok(Json(Devices { devices }))
}

/// Adds a device, or a group, whose life begins now. Files that it reads go along, as `{"files": {"rows.csv": "a,b\n1,2\n"}}`.
#[utoipa::path(
    post, path = "/api/v1/devices", tag = "devices", request_body = Object,
    responses(
        (status = 201, description = "its life begins", body = Device),
        (status = "4XX", description = "it does not", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    State(shared): super::State,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<Device>), Problem> {
    let device = read(body)?;
    let name = device.0.name().to_owned();
    match shared.broker.devices().add_whole(device).await {
        Ok(added) => added.keep(),
        Err(error) => return Err(not_added(error, find(&shared.broker, &name)).await),
    }
    Ok((StatusCode::CREATED, Json(find(&shared.broker, &name).await?)))
}

/// Removes all devices: their clients say goodbye.
#[utoipa::path(
    delete, path = "/api/v1/devices", tag = "devices",
    responses(
        (status = 200, description = "there is none any more; so many clients they were", body = Removed),
        (status = "4XX", description = "the engine has none", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn clear(State(shared): super::State) -> Result<Json<Removed>, Problem> {
    let removed = shared.broker.devices().clear().await?;
    Ok(Json(Removed { removed }))
}

/// One device, with its clients one by one.
#[utoipa::path(
    get, path = "/api/v1/devices/{name}", tag = "devices", params(("name" = String, Path, description = "its name"), Range),
    responses(
        (status = 200, description = "the device", body = DeviceInFull),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(
    State(shared): super::State,
    Path(name): Path<String>,
    Query(range): Query<Range>,
) -> Result<Json<DeviceInFull>, Problem> {
    let Range { after, limit } = range;
    if !(1..=1000).contains(&limit) {
        let detail = format!("`limit`: it is {limit}; expected 1 to 1000");
        return Err(Problem::new(Kind::Invalid, detail).with("path", "limit"));
    }
    let all = shared.broker.devices().list().await?;
    let device = find(&shared.broker, &name).await?;
    let wanted = |status: &DeviceStatus| status.name == name && status.n > after;
    let clients = all.into_iter().filter(wanted).take(limit as usize);
    let clients = clients.map(DeviceClient::from).collect();
    Ok(Json(DeviceInFull { device, clients }))
}

/// Adds a device in the place of that of its name, if there is one, whose clients say goodbye.
#[utoipa::path(
    put, path = "/api/v1/devices/{name}", tag = "devices", params(("name" = String, Path, description = "its name")),
    request_body = Object,
    responses(
        (status = 200, description = "its life begins", body = Device),
        (status = "4XX", description = "nothing has changed", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace(
    State(shared): super::State,
    Path(name): Path<String>,
    Body(body): Body<Value>,
) -> Result<Json<Device>, Problem> {
    let device = read(named(body, &name)?)?;
    // Its answer is not waited for: what follows is done behind it.
    drop(shared.broker.devices().remove(&name));
    shared
        .broker
        .devices()
        .add_whole(device)
        .await
        .map_err(refused)?
        .keep();
    find(&shared.broker, &name).await.map(Json)
}

/// Removes a device or a group: its clients say goodbye.
#[utoipa::path(
    delete, path = "/api/v1/devices/{name}", tag = "devices", params(("name" = String, Path, description = "its name")),
    responses(
        (status = 200, description = "it is gone", body = Removed),
        (status = "4XX", description = "there is none of this name", body = Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(shared): super::State,
    Path(name): Path<String>,
) -> Result<Json<Removed>, Problem> {
    find(&shared.broker, &name).await?;
    shared.broker.devices().remove(&*name).await?;
    Ok(Json(Removed::ONE))
}
