//! `Wish`: the requests of a client in CONNECT.

use broker::wire::{self, Connect, ConnectProperties, Version};

use super::Outgoing;

/// CONNECT's fields, owned, as a client chooses them.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Clean Start.
    pub clean_start: bool,
    /// Keep Alive.
    pub keep_alive_secs: u16,
    /// Session Expiry Interval.
    pub session_expiry_secs: Option<u32>,
    /// Receive Maximum.
    pub receive_maximum: Option<u16>,
    /// Maximum Packet Size.
    pub maximum_packet_size: Option<u32>,
    /// Topic Alias Maximum.
    pub topic_alias_maximum: Option<u16>,
    /// The will and its delay.
    pub will: Option<(Outgoing, u32)>,
}

impl Wish {
    /// As a packet.
    pub fn connect<'a>(&'a self, version: Version, client_id: &'a str) -> Connect<'a> {
        let v5 = version.is_v5();
        let will = self.will.as_ref().map(|(message, delay_secs)| {
            let p = message.props.wire();
            wire::Will {
                topic: &message.topic,
                payload: &message.payload,
                qos: message.qos,
                retain: message.retain,
                properties: if v5 {
                    wire::WillProperties {
                        delay_secs: Some(*delay_secs).filter(|secs| *secs > 0),
                        payload_format: p.payload_format,
                        message_expiry_secs: message.expiry_secs,
                        content_type: p.content_type,
                        response_topic: p.response_topic,
                        correlation_data: p.correlation_data,
                        user: p.user,
                    }
                } else {
                    wire::WillProperties::default()
                },
            }
        });
        let properties = if v5 {
            ConnectProperties {
                session_expiry_secs: self.session_expiry_secs,
                receive_maximum: self.receive_maximum,
                maximum_packet_size: self.maximum_packet_size,
                topic_alias_maximum: self.topic_alias_maximum,
                ..ConnectProperties::default()
            }
        } else {
            ConnectProperties::default()
        };
        Connect {
            version,
            bridge: false,
            clean_start: self.clean_start,
            keep_alive_secs: self.keep_alive_secs,
            client_id,
            will,
            username: None,
            password: None,
            properties,
        }
    }
}
