//! [`Message`]: a message that a client published.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::payload::Payload;
use crate::api::schema;
use crate::journal::{Decision, Entry, Record};
use crate::wire::Packet;

/// A message that a client published, as it came.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceivedMessage)]
pub(in crate::api) struct Message {
    /// The number of its packet in the journal.
    seq: u64,
    /// The broker's time when it came, in seconds.
    at_secs: f64,
    /// The client that published it.
    client_id: String,
    /// The version of MQTT that it speaks.
    version: String,
    /// Topic name.
    topic: String,
    /// Not there where the payload is larger than the journal keeps.
    #[serde(flatten)]
    payload: Payload,
    /// The length of a payload that is larger than the journal keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_bytes: Option<usize>,
    /// The SHA-256 of a payload that is larger than the journal keeps.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_sha256: Option<String>,
    qos: u8,
    retain: bool,
    dup: bool,
    /// Properties of MQTT 5.0, by their names in snake case.
    properties: Map<String, Value>,
    /// What was decided about it, once for each client that it concerns.
    decisions: Vec<schema::Decision>,
}

impl Message {
    /// `None` where the entry is no message.
    pub fn of(entry: &Entry) -> Option<Self> {
        let Record::Packet {
            decisions, omitted, ..
        } = &entry.record
        else {
            return None;
        };
        let Packet::Publish(publish) = entry.packet()?.ok()? else {
            return None;
        };
        Some(Self {
            seq: entry.seq,
            at_secs: entry.at_secs(),
            client_id: entry.client_id.to_string(),
            version: entry.version.to_string(),
            topic: entry.topic()?.to_owned(),
            payload: match omitted {
                None => Payload::of(publish.payload),
                Some(_) => Payload::default(),
            },
            payload_bytes: omitted.map(|omitted| omitted.bytes),
            payload_sha256: omitted.map(|omitted| omitted.digest()),
            qos: publish.qos.bits(),
            retain: publish.retain,
            dup: publish.dup,
            properties: entry.properties_json(),
            decisions: decisions
                .iter()
                .map(|decision: &Decision| schema::Decision(decision.clone()))
                .collect(),
        })
    }
}
