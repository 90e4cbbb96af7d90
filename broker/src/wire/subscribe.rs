//! SUBSCRIBE and SUBACK (sections 3.8 and 3.9 of both standards).

use super::{PacketId, QoS, ReasonCode, ReasonProperties, UserProperties};

/// A client asks for subscriptions.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscribe<'a> {
    /// Packet identifier, to be answered with the same in SUBACK.
    pub packet_id: PacketId,
    /// Subscription Identifier (1 to 268,435,455) for every filter of this packet.
    pub subscription_id: Option<u32>,
    /// User Properties, in the order given.
    pub user: UserProperties<'a>,
    /// At least one filter, each with its options.
    pub filters: Vec<FilterRequest<'a>>,
}

/// One filter of a SUBSCRIBE.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FilterRequest<'a> {
    /// The topic filter, as the client wrote it: validated UTF-8, not yet a valid filter.
    pub filter: &'a str,
    /// The subscription options.
    pub options: SubscriptionOptions,
}

/// Subscription options. In 3.x only the QoS can be said; the others take these defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubscriptionOptions {
    /// Highest QoS at which the server may send.
    pub qos: QoS,
    /// No Local: nothing that this very client published.
    pub no_local: bool,
    /// Retain As Published: forward RETAIN as the publisher set it.
    pub retain_as_published: bool,
    /// When retained messages are sent.
    pub retain_handling: RetainHandling,
}

/// Retain Handling: when a SUBSCRIBE brings retained messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// 0: at every SUBSCRIBE.
    #[default]
    Always = 0,
    /// 1: only if the subscription is new.
    IfNew = 1,
    /// 2: never.
    Never = 2,
}

/// The server answers SUBSCRIBE.
#[derive(Debug, Clone, PartialEq)]
pub struct SubAck<'a> {
    /// The identifier of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ReasonProperties<'a>,
    /// One code a filter, in the order of the SUBSCRIBE; in 3.x every error is written as 0x80.
    pub reasons: Vec<ReasonCode>,
}
