//! The shapes of the control API, of what is in the broker. `run.mjs` holds their members against docs/openapi.json.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use broker_core::engine::{MessageState, SubscriptionState};
use broker_core::snapshot::MessageProperties;
use serde_json::{Map, Value, json};

pub fn subscription(client_id: String, one: SubscriptionState) -> Value {
    json!({
        "client_id": client_id,
        "topic_filter": one.filter,
        "qos": one.qos,
        "subscription_identifier": one.id,
        "no_local": one.no_local,
        "retain_as_published": one.retain_as_published,
        "retain_handling": one.retain_handling,
        "share_name": one.share_name,
    })
}

/// A message that is kept.
pub fn kept(message: MessageState) -> Value {
    let mut value = json!({
        "topic": message.topic,
        "qos": message.qos,
        "retain": message.retain,
        "expires_in_secs": message.expires_in_secs,
        "published_at_secs": message.published_at_nanos.map(|nanos| nanos as f64 / 1e9),
        "properties": properties(message.properties),
        "publisher": message.publisher,
    });
    if let Value::Object(members) = &mut value {
        put_payload(members, "payload", &message.payload);
        let json = std::str::from_utf8(&message.payload);
        let json = json.ok().and_then(|text| serde_json::from_str(text).ok());
        members.extend(json.map(|json| ("json".to_owned(), json)));
    }
    value
}

/// As text, or as Base64 where it is not text.
fn put_payload(members: &mut Map<String, Value>, name: &str, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => members.insert(name.to_owned(), text.into()),
        Err(_) => members.insert(format!("{name}_base64"), BASE64_STANDARD.encode(bytes).into()),
    };
}

fn properties(properties: MessageProperties) -> Map<String, Value> {
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        members.extend(value.map(|value| (name.to_owned(), value)));
    };
    put(
        "payload_format_indicator",
        properties.payload_format.map(|is_text| u8::from(is_text).into()),
    );
    put("content_type", properties.content_type.map(Value::from));
    put("response_topic", properties.response_topic.map(Value::from));
    let user = properties.user.into_iter();
    let user: Vec<Value> = user
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    put("user_property", (!user.is_empty()).then(|| user.into()));
    if let Some(data) = properties.correlation_data {
        put_payload(&mut members, "correlation_data", &data.0);
    }
    members
}
