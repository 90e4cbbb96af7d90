//! `%j` and `%J`: a message as an object of JSON, in the form of mosquitto_sub 2.1.

use jiff::Zoned;

use super::cjson::Json;
use super::message::Message;

/// `%j` (`escaped`) and `%J`.
pub(super) fn json(
    message: &Message,
    now: &Zoned,
    escaped: bool,
    pretty: bool,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let payload = if message.payload.is_empty() {
        Json::Null
    } else if escaped {
        Json::text(&message.payload)
    } else {
        Json::parse(&message.payload).ok_or_else(|| {
            format!(
                "Error: Message payload is not valid JSON on topic {}.",
                message.topic
            )
        })?
    };
    let micros = now.subsec_nanosecond() / 1000;
    let time = format!(
        "{}.{micros:06}{}",
        now.strftime("%Y-%m-%dT%H:%M:%S"),
        now.strftime("%z")
    );
    let mut members = vec![
        (b"tst".to_vec(), Json::Text(time.into())),
        (b"topic".to_vec(), Json::text(message.topic.as_bytes())),
        (b"qos".to_vec(), Json::Number(f64::from(message.qos as u8))),
        (b"retain".to_vec(), Json::Bool(message.retain)),
        (
            b"payloadlen".to_vec(),
            Json::Number(f64::from(message.payload.len() as u32)),
        ),
    ];
    if message.id != 0 {
        members.push((b"mid".to_vec(), Json::Number(f64::from(message.id))));
    }
    if let Some(properties) = properties(message) {
        members.push((b"properties".to_vec(), properties));
    }
    members.push((b"payload".to_vec(), payload));
    Json::Object(members).print(pretty, out);
    Ok(())
}

/// Version 5's properties, in the order of the wire.
fn properties(message: &Message) -> Option<Json> {
    let all = message.properties.as_ref()?;
    let mut members: Vec<(Vec<u8>, Json)> = Vec::new();
    let mut identifiers = all.subscription_identifiers.iter();
    for id in &message.property_order {
        let (name, value) = match id {
            1 => (
                "payload-format-indicator",
                all.payload_format_indicator
                    .map(|value| Json::Number(value.into())),
            ),
            2 => (
                "message-expiry-interval",
                all.message_expiry_interval
                    .map(|value| Json::Number(value.into())),
            ),
            3 => (
                "content-type",
                all.content_type.as_ref().map(|text| Json::text(text.as_bytes())),
            ),
            8 => (
                "response-topic",
                all.response_topic
                    .as_ref()
                    .map(|text| Json::text(text.as_bytes())),
            ),
            9 => (
                "correlation-data",
                all.correlation_data.as_ref().map(|data| Json::text(data)),
            ),
            11 => (
                "subscription-identifier",
                identifiers.next().map(|id| Json::Number(f64::from(*id as u32))),
            ),
            35 => (
                "topic-alias",
                all.topic_alias.map(|value| Json::Number(value.into())),
            ),
            38 if members.iter().all(|(name, _)| name != b"user-properties") => {
                let pairs = all.user_properties.iter().map(|(name, value)| {
                    Json::Object(vec![(name.clone().into_bytes(), Json::text(value.as_bytes()))])
                });
                ("user-properties", Some(Json::Array(pairs.collect())))
            }
            _ => continue,
        };
        members.extend(value.map(|value| (name.as_bytes().to_vec(), value)));
    }
    (!members.is_empty()).then_some(Json::Object(members))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::packet::{PublishProperties, QoS};

    pub(in super::super) fn message(payload: &'static [u8]) -> Message {
        Message {
            topic: "a".to_owned(),
            payload: payload.into(),
            qos: QoS::AtLeastOnce,
            retain: true,
            id: 7,
            properties: None,
            property_order: Vec::new(),
        }
    }

    #[test]
    fn the_form_is_that_of_mosquitto_2_1() {
        let mut message = message(b"x");
        message.properties = Some(PublishProperties {
            content_type: Some("t".to_owned()),
            user_properties: vec![("k".to_owned(), "1".to_owned()), ("k".to_owned(), "2".to_owned())],
            ..PublishProperties::default()
        });
        message.property_order = vec![38, 3, 38];
        let now: jiff::Timestamp = "2026-01-31T12:00:01.250117Z".parse().unwrap();
        let now = now.to_zoned(jiff::tz::TimeZone::UTC);
        let mut out = Vec::new();
        json(&message, &now, true, false, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"tst":"2026-01-31T12:00:01.250117+0000","topic":"a","qos":1,"retain":true,"payloadlen":1,"mid":7,"properties":{"user-properties":[{"k":"1"},{"k":"2"}],"content-type":"t"},"payload":"x"}"#
        );
    }
}
