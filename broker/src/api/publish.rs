//! `POST /api/v1/publish`: the broker publishes, as if from nobody.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Kind;
use super::shapes::Members;
use super::{Body, Problem, Shared};
use crate::engine::Injected;
use crate::wire::QoS;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/api/v1/publish", post(publish))
}

/// A message, as recordings have it. Of `payload`, `payload_base64` and `json` one may be there; without any the payload is empty.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Message {
    /// Topic name.
    #[schema(required, value_type = String, example = "lamp/set")]
    topic: Option<String>,
    /// The payload, where it is text.
    #[schema(example = "on")]
    payload: Option<String>,
    /// The payload, where it is any bytes.
    payload_base64: Option<String>,
    /// The payload, where it is JSON.
    json: Option<Value>,
    /// The highest QoS at which subscribers get it.
    #[schema(minimum = 0, maximum = 2)]
    qos: u8,
    /// Whether it is retained.
    retain: bool,
    #[schema(value_type = Properties)]
    properties: Members<Properties>,
}

/// What subscribers of MQTT 5.0 get beside it: under the names of recordings, or under those that a message of the journal has.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Properties {
    /// 1: the payload is UTF-8 text.
    #[schema(minimum = 0, maximum = 1)]
    payload_format_indicator: Option<u8>,
    #[serde(alias = "message_expiry_interval")]
    message_expiry_interval_secs: Option<u32>,
    content_type: Option<String>,
    response_topic: Option<String>,
    /// Correlation Data, where it is text.
    correlation_data: Option<String>,
    /// The same, where it is any bytes.
    correlation_data_base64: Option<String>,
    #[serde(alias = "user_property")]
    user_properties: Vec<UserPropertyGiven>,
}

/// A User Property.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected [\"NAME\", \"VALUE\"] or {\"name\": \"NAME\", \"value\": \"VALUE\"}"
)]
enum UserPropertyGiven {
    /// Name and value.
    Pair(String, String),
    /// As the journal has it.
    Named { name: String, value: String },
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Published {
    /// How many sessions it concerned.
    sessions: usize,
}

/// The broker publishes a message, as if from nobody.
#[utoipa::path(
    post, path = "/api/v1/publish", tag = "messages", request_body = Message,
    responses(
        (status = 200, description = "it was published", body = Published),
        (status = "4XX", description = "it was not", body = super::problem::Shape, content_type = "application/problem+json"),
    )
)]
pub(super) async fn publish(
    State(shared): super::State,
    Body(message): Body<Message>,
) -> Result<Json<Published>, Problem> {
    let sessions = shared.broker.publish(message.injected()?).await?;
    Ok(Json(Published { sessions }))
}

impl Message {
    fn injected(self) -> Result<Injected, Problem> {
        let Members(properties) = self.properties;
        let Some(topic) = self.topic else {
            return Err(wrong(
                "topic",
                "it is missing: say which topic the message goes to",
            ));
        };
        let payload = match (self.payload, self.payload_base64, self.json) {
            (None, None, None) => Bytes::new(),
            (Some(text), None, None) => text.into(),
            (None, Some(text), None) => decoded("payload_base64", &text)?,
            (None, None, Some(json)) => json.to_string().into(),
            _ => {
                return Err(wrong(
                    "payload",
                    "only one of payload, payload_base64 and json may be there",
                ));
            }
        };
        let qos = QoS::from_bits(self.qos).ok_or_else(|| wrong("qos", "expected 0, 1 or 2"))?;
        let payload_format = match properties.payload_format_indicator {
            None => None,
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(_) => return Err(wrong("properties.payload_format_indicator", "expected 0 or 1")),
        };
        let correlation_data = match (properties.correlation_data, properties.correlation_data_base64) {
            (None, None) => None,
            (Some(text), None) => Some(text.into()),
            (None, Some(text)) => Some(decoded("properties.correlation_data_base64", &text)?),
            (Some(_), Some(_)) => {
                let what = "only one of correlation_data and correlation_data_base64 may be there";
                return Err(wrong("properties.correlation_data", what));
            }
        };
        let user = properties.user_properties.into_iter().map(|one| match one {
            UserPropertyGiven::Pair(name, value) | UserPropertyGiven::Named { name, value } => (name, value),
        });
        Ok(Injected {
            topic,
            payload,
            qos,
            retain: self.retain,
            payload_format,
            message_expiry_secs: properties.message_expiry_interval_secs,
            content_type: properties.content_type,
            response_topic: properties.response_topic,
            correlation_data,
            user: user.collect(),
        })
    }
}

fn decoded(path: &str, text: &str) -> Result<Bytes, Problem> {
    let decoded = STANDARD.decode(text);
    decoded
        .map(Bytes::from)
        .map_err(|error| wrong(path, &format!("it is no Base64: {error}")))
}

/// A member of the body cannot be that.
fn wrong(path: &str, what: &str) -> Problem {
    Problem::new(Kind::Invalid, format!("`{path}`: {what}")).with("path", path)
}
