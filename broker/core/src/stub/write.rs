//! A stub as JSON: what [`Stub::from_json`] reads.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

use super::said::{PRIORITY, Stub, When};
use super::{Payload, Publication};
use crate::fault::Delay;

type Fields = Map<String, Json>;

/// Adds what is there.
fn put(fields: &mut Fields, key: &str, value: Option<impl Into<Json>>) {
    if let Some(value) = value {
        fields.insert(key.to_owned(), value.into());
    }
}

fn yes(is_so: bool) -> Option<bool> {
    is_so.then_some(true)
}

impl Stub {
    /// As JSON. What is as it would be without a word is left out. A pattern with a closure becomes its words.
    pub fn to_json(&self) -> Json {
        let mut fields = Fields::new();
        put(&mut fields, "name", self.name.as_deref());
        put(
            &mut fields,
            "priority",
            (self.priority != PRIORITY).then_some(self.priority),
        );
        let (key, when) = match &self.when {
            When::Pattern(pattern) => {
                let words = |_| Json::from(pattern.to_string());
                ("when", serde_json::to_value(pattern).unwrap_or_else(words))
            }
            When::Every(period) => ("every_secs", period.as_secs_f64().into()),
            When::After(delay) => ("after_secs", delay.as_secs_f64().into()),
        };
        fields.insert(key.to_owned(), when);
        for (key, number) in [
            ("nth", self.nth),
            ("every", self.every),
            ("first", self.first),
            ("after", self.after),
            ("max_times", self.max_times),
        ] {
            put(&mut fields, key, number);
        }
        put(&mut fields, "scenario", self.scenario.as_deref());
        put(&mut fields, "required_state", self.required_state.as_deref());
        put(&mut fields, "new_state", self.new_state.as_deref());
        put(&mut fields, "continue", yes(self.goes_on));
        put(&mut fields, "cycle", yes(self.cycle));
        let publish = match &self.publications[..] {
            [] => None,
            [one] => Some(one.to_json()),
            all => Some(all.iter().map(Publication::to_json).collect()),
        };
        put(&mut fields, "publish", publish);
        fields.into()
    }
}

impl Publication {
    fn to_json(&self) -> Json {
        let mut fields = Fields::new();
        put(&mut fields, "topic", self.topic.as_deref());
        put(&mut fields, "reply", yes(self.reply));
        match &self.payload {
            Payload::Empty => {}
            Payload::Text(text) => put(&mut fields, "payload", Some(&**text)),
            Payload::Json(json) => put(&mut fields, "json", Some(json.clone())),
            Payload::Base64(text) => put(&mut fields, "base64", Some(&**text)),
            Payload::File(path) => put(&mut fields, "file", Some(&**path)),
        }
        put(&mut fields, "qos", (self.qos != 0).then_some(self.qos));
        put(&mut fields, "retain", yes(self.retain));
        let properties = self.properties();
        put(
            &mut fields,
            "properties",
            (!properties.is_empty()).then_some(properties),
        );
        match &self.delay {
            None => {}
            Some(Delay::Fixed { latency, jitter }) => {
                put(&mut fields, "delay", Some(*latency));
                put(&mut fields, "jitter", (*jitter != 0).then_some(*jitter));
            }
            Some(drawn) => drawn.write(&mut fields),
        }
        fields.into()
    }

    fn properties(&self) -> Fields {
        let mut fields = Fields::new();
        put(
            &mut fields,
            "payload_format_indicator",
            self.payload_format.map(u8::from),
        );
        put(&mut fields, "message_expiry_interval", self.message_expiry_secs);
        put(&mut fields, "content_type", self.content_type.as_deref());
        put(&mut fields, "response_topic", self.response_topic.as_deref());
        put(&mut fields, "correlation_data", self.correlation_data.as_deref());
        let pair = |(name, value): &(String, String)| json!({"name": name, "value": value});
        let user: Vec<Json> = self.user.iter().map(pair).collect();
        put(&mut fields, "user_property", (!user.is_empty()).then_some(user));
        fields
    }
}

impl Serialize for Stub {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(to)
    }
}
