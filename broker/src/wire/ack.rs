//! PUBACK, PUBREC, PUBREL and PUBCOMP (sections 3.4 to 3.7 of both standards): one shape.

use super::{PacketId, ReasonCode, UserProperties};

/// One step of a QoS 1 or QoS 2 handshake.
#[derive(Debug, Clone, PartialEq)]
pub struct Ack<'a> {
    /// The identifier of the PUBLISH that this belongs to.
    pub packet_id: PacketId,
    /// Reason code; always success in 3.x.
    pub reason: ReasonCode,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ReasonProperties<'a>,
}

/// The properties of packets that carry nothing else than a reason: PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReasonProperties<'a> {
    /// Reason String: for people, never to be parsed.
    pub reason_string: Option<&'a str>,
    /// User Properties, in the order given.
    pub user: UserProperties<'a>,
}
