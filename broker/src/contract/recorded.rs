//! Recordings held against contracts, and documents made of them.

use std::collections::HashSet;

use broker_contract::{Connection, Contracts, Infer, Publication};

use crate::recording::{Message, Recording, Session, Step, What};

/// Holds all that clients published and how they connected against these contracts. Gives the number of messages that the recording
/// does not have whole, and that were passed over.
pub(crate) fn lint(contracts: &mut Contracts, recording: &Recording) -> u64 {
    let mut versions = Versions::default();
    let mut cut = 0;
    for step in &recording.steps {
        match &step.what {
            What::Connect(session) => {
                contracts.connection(&versions.connection(step, session));
            }
            What::Message(message) if message.omitted_bytes.is_some() => cut += 1,
            What::Message(message) => {
                contracts.publication(&versions.publication(step, message));
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

/// Which connections of a recording speak version 5.0.
#[derive(Debug, Default)]
pub(super) struct Versions {
    of_5: HashSet<u32>,
}

impl Versions {
    /// How a client connected.
    pub(super) fn connection<'a>(&mut self, step: &'a Step, session: &'a Session) -> Connection<'a> {
        let is_5 = session.mqtt_version.starts_with('5');
        if is_5 {
            self.of_5.insert(step.conn);
        } else {
            self.of_5.remove(&step.conn);
        }
        let will = session.will.as_ref();
        Connection {
            client_id: &step.client_id,
            clean_start: session.clean_start,
            keep_alive_secs: session.keep_alive_secs,
            will: will.map(|will| publication(&step.client_id, will, is_5, true)),
            session_expiry_secs: session.properties.session_expiry_interval_secs,
            maximum_packet_size: session.properties.maximum_packet_size,
        }
    }

    /// What a client published.
    pub(super) fn publication<'a>(&self, step: &'a Step, message: &'a Message) -> Publication<'a> {
        publication(&step.client_id, message, self.of_5.contains(&step.conn), false)
    }
}

fn publication<'a>(
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
