//! PUBLISH (section 3.3 of both standards).

use super::{PacketId, QoS, SubscriptionIds, UserProperties};

/// A message on its way, from a client or to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Publish<'a> {
    /// DUP: this may be a re-delivery.
    pub dup: bool,
    /// Quality of Service.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// Topic name. Empty only in 5.0, and only together with a topic alias.
    pub topic: &'a str,
    /// Packet identifier: present exactly when QoS is 1 or 2.
    pub packet_id: Option<PacketId>,
    /// Properties of 5.0; empty in 3.x.
    pub properties: PublishProperties<'a>,
    /// The application message.
    pub payload: &'a [u8],
}

/// Properties of PUBLISH. `None` means absent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PublishProperties<'a> {
    /// Payload Format Indicator: `true` says the payload is UTF-8 text.
    pub payload_format: Option<bool>,
    /// Message Expiry Interval in seconds.
    pub message_expiry_secs: Option<u32>,
    /// Topic Alias; never 0.
    pub topic_alias: Option<u16>,
    /// Response Topic; holds no wildcards.
    pub response_topic: Option<&'a str>,
    /// Correlation Data.
    pub correlation_data: Option<&'a [u8]>,
    /// Subscription Identifiers: only from server to client.
    pub subscription_ids: SubscriptionIds,
    /// Content Type.
    pub content_type: Option<&'a str>,
    /// User Properties, in the order given.
    pub user: UserProperties<'a>,
}
