//! Bytes ⇄ [`Packet`] for MQTT 3.1, 3.1.1 and 5.0. No I/O, no clock: a slice in, a packet or a [`DecodeError`] out.
//!
//! One file a packet, all versions side by side. Decoding borrows: strings and payloads point into the input.
//!
//! 1. [`frame`] says how long the packet at the front of a buffer is, or that more bytes are needed.
//! 2. [`decode`] turns exactly those bytes into a [`Packet`].
//! 3. [`Packet::encode`] is the inverse.

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod error;
mod packet;
mod properties;
mod publish;
mod reason;
mod subscribe;
mod types;
mod unsubscribe;

pub use ack::{Ack, ReasonProperties};
pub use auth::{Auth, AuthProperties};
pub use connack::{ConnAck, ConnAckProperties};
pub use connect::{Connect, ConnectProperties, Will, WillProperties};
pub use disconnect::{Disconnect, DisconnectProperties};
pub use error::DecodeError;
pub use packet::Packet;
pub use properties::{SubscriptionIds, UserProperties};
pub use publish::{Publish, PublishProperties};
pub use reason::ReasonCode;
pub use subscribe::{FilterRequest, RetainHandling, SubAck, Subscribe, SubscriptionOptions};
pub use types::{PacketId, PacketType, QoS, Version};
pub use unsubscribe::{UnsubAck, Unsubscribe};

/// The longest Remaining Length that the standard can express: 268,435,455.
pub const MAX_REMAINING_LENGTH: usize = 268_435_455;

/// How long the packet at the front of `buf` is, in bytes with its fixed header; `None` if that cannot be said yet.
///
/// The caller waits until it holds that many bytes, then calls [`decode`] with exactly them. A length above
/// `max_size` is an error with reason Packet too large, said as soon as the header is there.
pub fn frame(buf: &[u8], max_size: usize) -> Result<Option<usize>, DecodeError> {
    let _ = (buf, max_size);
    todo!()
}

/// Decodes exactly one packet of `version`. CONNECT says its own version, so for it `version` is not looked at.
///
/// Accepts packets of both directions; who may send what, and when, is the engine's to judge.
pub fn decode(version: Version, bytes: &[u8]) -> Result<Packet<'_>, DecodeError> {
    let _ = (version, bytes);
    todo!()
}

impl Packet<'_> {
    /// Appends the packet's bytes in `version` to `out`. Fields that the version does not have are left out.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        let _ = (version, out);
        todo!()
    }

    /// How many bytes [`Packet::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        let _ = version;
        todo!()
    }
}
