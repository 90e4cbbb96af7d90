//! The plainest form of each packet that a client sends. With struct update syntax, code names only the fields that
//! differ.

use super::{
    Ack, Connect, ConnectProperties, FilterRequest, PacketId, Publish, PublishProperties, QoS, ReasonCode,
    ReasonProperties, Subscribe, SubscriptionOptions, Version,
};

impl<'a> Connect<'a> {
    /// A CONNECT with Clean Start, and without Keep Alive, will, user name and properties.
    pub fn new(version: Version, client_id: &'a str) -> Self {
        Self {
            version,
            bridge: false,
            clean_start: true,
            keep_alive_secs: 0,
            client_id,
            will: None,
            username: None,
            password: None,
            properties: ConnectProperties::default(),
        }
    }
}

impl<'a> Publish<'a> {
    /// A PUBLISH that is sent for the first time, is not retained and has no properties. Above QoS 0 it still needs a
    /// packet identifier.
    pub fn new(topic: &'a str, payload: &'a [u8], qos: QoS) -> Self {
        Self {
            dup: false,
            qos,
            retain: false,
            topic,
            packet_id: None,
            properties: PublishProperties::default(),
            payload,
        }
    }
}

impl<'a> Subscribe<'a> {
    /// A SUBSCRIBE to one filter, without properties. Its options are the standard's defaults, apart from the QoS.
    pub fn new(packet_id: PacketId, filter: &'a str, qos: QoS) -> Self {
        Self {
            packet_id,
            subscription_id: None,
            user: Vec::new(),
            filters: vec![FilterRequest {
                filter,
                options: SubscriptionOptions {
                    qos,
                    ..SubscriptionOptions::default()
                },
            }],
        }
    }
}

impl Ack<'_> {
    /// Says success, without properties.
    pub fn new(packet_id: PacketId) -> Self {
        Self {
            packet_id,
            reason: ReasonCode::SUCCESS,
            properties: ReasonProperties::default(),
        }
    }
}
