//! [`Span`]: one hop of a message, as OTLP writes it in JSON: identifiers as hexadecimal digits, numbers of 64 bits as text.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::context::Context;
use crate::time::Time;

/// A span has so many events; what is more is counted.
const MOST_EVENTS: usize = 128;
/// Bits of `flags`: it is known whether the parent is elsewhere, and it is.
const IS_REMOTE_KNOWN: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;
/// The span went wrong.
const STATUS_ERROR: u32 = 2;

pub(super) type SpanId = [u8; 8];

/// What is said of a span or an event.
pub(super) type Attributes = Vec<(&'static str, Json)>;

/// Which side asks, and which answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A client asks the broker.
    Server = 2,
    /// The broker asks a client.
    Client = 3,
}

/// Where a span hangs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent {
    pub id: SpanId,
    /// Another program made it.
    pub is_remote: bool,
}

#[derive(Debug)]
pub(super) struct Span {
    pub context: Context,
    pub state: String,
    pub id: SpanId,
    pub parent: Parent,
    pub kind: Kind,
    pub name: String,
    pub start: Time,
    pub end: Time,
    pub attributes: Attributes,
    pub events: Vec<Json>,
    pub events_left_out: usize,
    /// What went wrong.
    pub fault: Option<String>,
}

impl Span {
    /// Something happened to it; it lasts until then at least.
    pub fn happened(&mut self, started_at: Duration, at: Time, name: &str, attributes: Attributes) {
        self.end = self.end.max(at);
        if self.events.len() >= MOST_EVENTS {
            self.events_left_out += 1;
            return;
        }
        self.events.push(json!({
            "timeUnixNano": wall(started_at, at),
            "name": name,
            "attributes": listed(attributes),
        }));
    }

    pub fn to_json(&self, started_at: Duration) -> Json {
        let remote = if self.parent.is_remote { IS_REMOTE } else { 0 };
        let mut span = json!({
            "traceId": hex(&self.context.trace),
            "spanId": hex(&self.id),
            "parentSpanId": hex(&self.parent.id),
            "flags": u32::from(self.context.flags) | IS_REMOTE_KNOWN | remote,
            "name": self.name,
            "kind": self.kind as u32,
            "startTimeUnixNano": wall(started_at, self.start),
            "endTimeUnixNano": wall(started_at, self.end),
            "attributes": listed(self.attributes.clone()),
        });
        if let Json::Object(members) = &mut span {
            self.rest(members);
        }
        span
    }

    /// What most spans do without.
    fn rest(&self, members: &mut Map<String, Json>) {
        let mut put = |name: &str, value: Json| members.insert(name.to_owned(), value);
        if !self.state.is_empty() {
            put("traceState", json!(self.state));
        }
        if !self.events.is_empty() {
            put("events", json!(self.events));
        }
        if self.events_left_out > 0 {
            put("droppedEventsCount", json!(self.events_left_out));
        }
        if let Some(what) = &self.fault {
            put("status", json!({"code": STATUS_ERROR, "message": what}));
        }
    }
}

/// Attributes as OTLP has them.
pub(super) fn listed(attributes: Attributes) -> Json {
    let value = |value: Json| match value {
        Json::Bool(value) => json!({"boolValue": value}),
        Json::Number(value) => json!({"intValue": value.to_string()}),
        Json::String(value) => json!({"stringValue": value}),
        other => json!({"stringValue": other.to_string()}),
    };
    let each = attributes.into_iter();
    each.map(|(key, said)| json!({"key": key, "value": value(said)}))
        .collect()
}

/// Nanoseconds since 1970.
fn wall(started_at: Duration, at: Time) -> String {
    (started_at + at.since_start()).as_nanos().to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
