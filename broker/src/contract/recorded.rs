//! Recordings held against contracts, and documents made of them.

use std::collections::HashSet;

use broker_contract::{Connection, Contracts, Infer, Publication};

use crate::recording::{Message, Recording, What};

/// Holds all that clients published and how they connected against these contracts. Gives the number of messages that the recording
/// does not have whole, and that were passed over.
pub(crate) fn lint(contracts: &mut Contracts, recording: &Recording) -> u64 {
    let mut of_5 = HashSet::new();
    let mut cut = 0;
    for step in &recording.steps {
        match &step.what {
            What::Connect(session) => {
                let is_5 = session.mqtt_version.starts_with('5');
                if is_5 {
                    of_5.insert(step.conn);
                } else {
                    of_5.remove(&step.conn);
                }
                let will = session.will.as_ref();
                contracts.connection(&Connection {
                    client_id: &step.client_id,
                    clean_start: session.clean_start,
                    keep_alive_secs: session.keep_alive_secs,
                    will: will.map(|will| publication(&step.client_id, will, is_5, true)),
                    session_expiry_secs: session.properties.session_expiry_interval_secs,
                    maximum_packet_size: session.properties.maximum_packet_size,
                });
            }
            What::Message(message) if message.omitted_bytes.is_some() => cut += 1,
            What::Message(message) => {
                let is_5 = of_5.contains(&step.conn);
                contracts.publication(&publication(&step.client_id, message, is_5, false));
            }
            _ => {}
        }
    }
    cut
}

/// Learns from all that clients published, and from their wills.
pub(crate) fn infer(recording: &Recording) -> Infer {
    let mut infer = Infer::default();
    for step in &recording.steps {
        match &step.what {
            What::Connect(session) => {
                if let Some(will) = &session.will {
                    infer.saw(&publication(&step.client_id, will, false, true));
                }
            }
            What::Message(message) if message.omitted_bytes.is_none() => {
                infer.saw(&publication(&step.client_id, message, false, false));
            }
            _ => {}
        }
    }
    infer
}

pub(super) fn publication<'a>(
    client_id: &'a str,
    message: &'a Message,
    has_properties: bool,
    is_will: bool,
) -> Publication<'a> {
    let properties = &message.properties;
    Publication {
        client_id,
        topic: &message.topic,
        payload: &message.payload,
        qos: message.qos.bits(),
        retain: message.retain,
        is_will,
        has_properties,
        is_utf8: properties.payload_format_indicator == Some(1),
        content_type: properties.content_type.as_deref(),
        expiry_secs: properties.message_expiry_interval_secs,
        response_topic: properties.response_topic.as_deref(),
        correlation_data: properties.correlation_data.as_deref(),
    }
}
