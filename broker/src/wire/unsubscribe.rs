//! UNSUBSCRIBE and UNSUBACK (sections 3.10 and 3.11 of both standards).

use super::{PacketId, ReasonCode, ReasonProperties, UserProperties};

/// A client gives up subscriptions.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsubscribe<'a> {
    /// Packet identifier, to be answered with the same in UNSUBACK.
    pub packet_id: PacketId,
    /// User Properties, in the order given.
    pub user: UserProperties<'a>,
    /// At least one filter.
    pub filters: Vec<&'a str>,
}

/// The server answers UNSUBSCRIBE.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsubAck<'a> {
    /// The identifier of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ReasonProperties<'a>,
    /// One code a filter, in the order of the UNSUBSCRIBE; not on the wire in 3.x, where decoding leaves it empty.
    pub reasons: Vec<ReasonCode>,
}
