//! Clients: who is connected, and why others are not any more, as far as the journal still knows.

use std::collections::BTreeMap;

use broker_core::engine::Event;
use broker_core::journal::{Entry, Glance, Mark, Record, Wanted};
use serde_json::{Value, json};

use crate::broker::Broker;

/// The events that tell that clients come and go.
struct Comings;

impl Wanted for Comings {
    fn may_fit(&self, glance: &Glance<'_>) -> bool {
        matches!(
            glance.event,
            Some(Event::Connected { .. } | Event::Disconnected { .. } | Event::Refused { .. })
        )
    }

    fn fits(&self, entry: &Entry) -> bool {
        !entry.client_id.is_empty()
    }
}

#[derive(Default)]
struct Seen {
    connected: Option<Entry>,
    disconnected: Option<Entry>,
    refused: Option<Entry>,
}

/// All clients, in the order of their names.
pub fn clients(broker: &Broker) -> Vec<Value> {
    let journal = broker.engine.journal();
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for entry in journal.read(Mark::START, usize::MAX, &Comings).entries {
        let one = seen.entry(entry.client_id.to_string()).or_default();
        match &entry.record {
            Record::Event(Event::Connected { .. }) => one.connected = Some(entry),
            Record::Event(Event::Disconnected { .. }) => one.disconnected = Some(entry),
            _ => one.refused = Some(entry),
        }
    }
    for name in broker.engine.connected_behind("", usize::MAX) {
        seen.entry(name).or_default();
    }
    seen.into_iter()
        .map(|(client_id, one)| {
            json!({
                "connected": broker.engine.is_connected(&client_id),
                "client_id": client_id,
                "connected_at_secs": one.connected.as_ref().map(Entry::at_secs),
                "connection": one.connected,
                "last_disconnect": one.disconnected.as_ref().and_then(ended),
                "last_refusal": one.refused.as_ref().and_then(ended),
                "kept_out": null,
            })
        })
        .collect()
}

fn ended(entry: &Entry) -> Option<Value> {
    let Record::Event(event) = &entry.record else {
        return None;
    };
    let cause = match event {
        Event::Disconnected { cause, .. } => cause.word(),
        other => other.word(),
    };
    Some(json!({
        "at_secs": entry.at_secs(),
        "cause": cause,
        "why": entry.words(),
        "advice": event.advice()?,
        "event": entry,
    }))
}
