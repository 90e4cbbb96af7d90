//! A recording held against Sparkplug.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use broker_contract::{Goodbye, Sparkplug, SparkplugBroken};

use super::recorded::Versions;
use crate::engine::Direction;
use crate::recording::{Packet, Recording, What};

/// What one step of a recording broke: when, which client, and what.
pub(crate) type Told<'a> = &'a mut dyn FnMut(Duration, &str, &SparkplugBroken);

/// Holds what clients did against Sparkplug. Gives the number of messages that the recording does not have whole, and that were
/// passed over.
pub(crate) fn lint_sparkplug(sparkplug: &mut Sparkplug, recording: &Recording, tell: Told<'_>) -> u64 {
    let mut versions = Versions::default();
    let mut goodbyes = HashMap::new();
    let mut cut = 0;
    for step in &recording.steps {
        let broken = match &step.what {
            What::Connect(session) => {
                goodbyes.remove(&step.conn);
                sparkplug.connection(&versions.connection(step, session))
            }
            What::Message(message) if message.omitted_bytes.is_some() => {
                cut += 1;
                continue;
            }
            What::Message(message) => sparkplug.publication(&versions.publication(step, message)),
            What::Subscribe(asked) => {
                let filters = asked.filters.iter().map(|one| (one.filter.as_str(), one.qos));
                sparkplug.subscription(&step.client_id, filters);
                continue;
            }
            What::Packet(packet) => {
                if let Some(code) = goodbye(packet) {
                    goodbyes.insert(step.conn, code);
                }
                continue;
            }
            What::Closed { .. } => {
                let code = goodbyes.remove(&step.conn);
                let goodbye = code.map_or(Goodbye::Lost, Goodbye::Disconnect);
                sparkplug.ended(&step.client_id, goodbye)
            }
            _ => continue,
        };
        for one in &broken {
            tell(step.at, &step.client_id, one);
        }
    }
    cut
}

/// The reason code of a client's DISCONNECT.
fn goodbye(packet: &Packet) -> Option<u8> {
    if packet.direction != Direction::In || packet.packet != "DISCONNECT" {
        return None;
    }
    let raw = BASE64_STANDARD.decode(packet.raw_base64.as_deref()?).ok()?;
    // Without a third byte it is Normal disconnection.
    Some(raw.get(2).copied().unwrap_or_default())
}
