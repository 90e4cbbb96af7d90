//! Bytes ⇄ [`Packet`] for MQTT 3.1, 3.1.1 and 5.0. No I/O, no clock: a slice in, a packet or a [`DecodeError`] out.
//!
//! One file a packet, all versions side by side. Decoding borrows: strings and payloads point into the input.
//!
//! 1. [`frame`] says how long the packet at the front of a buffer is, or that more bytes are needed.
//! 2. [`decode`] turns exactly those bytes into a [`Packet`].
//! 3. [`Packet::encode`] is the inverse.
//!
//! ```
//! use broker_core::wire::{Packet, Version, decode, frame};
//!
//! let buffer = b"\x30\x05\0\x01ahi\xC0\0"; // PUBLISH, and behind it PINGREQ
//! let len = frame(buffer, 1_000)?.expect("it is there as a whole");
//! let packet = decode(Version::V311, &buffer[..len])?;
//! let Packet::Publish(publish) = &packet else { panic!("it is one") };
//! assert_eq!((publish.topic, publish.payload), ("a", &b"hi"[..]));
//!
//! let mut again = Vec::new();
//! packet.encode(Version::V311, &mut again);
//! assert_eq!(again, buffer[..len]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ack;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod display;
mod error;
mod foreign;
mod header;
mod packet;
mod plain;
mod properties;
mod publish;
mod reader;
mod reason;
mod rule;
mod subscribe;
#[cfg(test)]
mod tests;
mod types;
mod unsubscribe;
mod will;
mod writer;

pub use ack::{Ack, ReasonProperties};
pub use auth::{Auth, AuthProperties};
pub use connack::{ConnAck, ConnAckProperties};
pub use connect::{Connect, ConnectProperties};
pub use disconnect::{Disconnect, DisconnectProperties};
pub use error::DecodeError;
pub use foreign::Foreign;
pub use packet::Packet;
pub(crate) use properties::{Given, Property, properties_of};
pub use properties::{SubscriptionIds, UserProperties};
pub use publish::{Publish, PublishProperties};
pub use reason::ReasonCode;
pub use subscribe::{FilterRequest, RetainHandling, SubAck, Subscribe, SubscriptionOptions};
pub use types::{PacketId, PacketType, QoS, Version};
pub use unsubscribe::{UnsubAck, Unsubscribe};
pub use will::{Will, WillProperties};

use header::Header;
use reader::Reader;
use rule::Broken;

/// The longest Remaining Length that the standard can express: 268,435,455.
///
/// ```
/// use broker_core::wire::{MAX_REMAINING_LENGTH, frame};
///
/// let longest = b"\x30\xFF\xFF\xFF\x7F";
/// assert_eq!(frame(longest, usize::MAX), Ok(Some(longest.len() + MAX_REMAINING_LENGTH)));
/// ```
pub const MAX_REMAINING_LENGTH: usize = 268_435_455;

/// How long the packet at the front of `buf` is, in bytes, with its fixed header. `None` if the header is not complete
/// yet.
///
/// The caller waits until it holds that many bytes, then calls [`decode`] with exactly them. A length above `max_size`
/// is an error with reason Packet too large, as soon as the header is there. It is also an error if no version can read
/// the header: packet type 0, or a Remaining Length of more than four bytes.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::frame;
///
/// assert_eq!(frame(b"\x30", 100), Ok(None)); // more bytes are needed
/// assert_eq!(frame(b"\x30\x05\0", 100), Ok(Some(7))); // two of the header, and five that follow
/// assert_eq!(frame(b"\x30\x7F", 100).unwrap_err().reason, ReasonCode::PACKET_TOO_LARGE);
/// ```
#[inline]
pub fn frame(buf: &[u8], max_size: usize) -> Result<Option<usize>, DecodeError> {
    match Header::parse(buf) {
        Ok(Some(header)) if header.packet_len() <= max_size => Ok(Some(header.packet_len())),
        Ok(Some(_)) => Err(header::too_large()),
        Ok(None) => Ok(None),
        // The version is not known here, so the strictest one is cited.
        Err(broken) => Err(broken.in_version(Version::V5)),
    }
}

/// Appends a Remaining Length.
pub(crate) fn put_remaining_length(len: usize, out: &mut Vec<u8>) {
    writer::Sink::varint(out, len);
}

/// Decodes a PUBLISH whose payload may be missing, in whole or in part. `None` if the packet is not a PUBLISH.
pub(crate) fn publish_head(version: Version, bytes: &[u8]) -> Option<Publish<'_>> {
    let header = Header::parse(bytes).ok()??;
    if header.packet_type != PacketType::Publish {
        return None;
    }
    let rest = Reader::new(bytes.get(header.len..)?, header.len);
    Publish::decode(version, header.first, rest).ok()
}

/// Decodes exactly one packet of `version`. CONNECT says its own version, so `version` is ignored for it.
///
/// Accepts packets of both directions; the engine judges who may send which packet, and when. A CONNECT of an unknown
/// version fails with reason Unsupported Protocol Version, and no other packet fails with it.
///
/// ```
/// use broker_core::wire::{Packet, Version, decode};
///
/// assert_eq!(decode(Version::V5, b"\xC0\0"), Ok(Packet::PingReq));
/// let error = decode(Version::V5, b"\xC1\0").unwrap_err(); // a flag that must be 0
/// assert_eq!(error.offset, 0);
/// ```
#[inline]
pub fn decode(version: Version, bytes: &[u8]) -> Result<Packet<'_>, DecodeError> {
    let cite = |broken: Broken| broken.in_version(version);
    let Some(header) = Header::parse(bytes).map_err(cite)? else {
        return Err(cite(header::LENGTH_DIFFERS.broken_at(bytes.len().min(1))));
    };
    let reader = Reader::new(bytes.get(header.len..).unwrap_or_default(), header.len);
    if reader.len() != header.remaining {
        return Err(cite(header::LENGTH_DIFFERS.broken_at(1)));
    }
    if header.packet_type == PacketType::Connect {
        return Connect::decode(header, reader).map(|connect| Packet::Connect(Box::new(connect)));
    }
    header.check(version).map_err(cite)?;
    Ok(match header.packet_type {
        PacketType::Publish => Packet::Publish(Publish::decode(version, header.first, reader).map_err(cite)?),
        PacketType::PubAck => Packet::PubAck(Ack::decode(version, PacketType::PubAck, reader).map_err(cite)?),
        PacketType::PubRec => Packet::PubRec(Ack::decode(version, PacketType::PubRec, reader).map_err(cite)?),
        PacketType::PubRel => Packet::PubRel(Ack::decode(version, PacketType::PubRel, reader).map_err(cite)?),
        PacketType::PubComp => {
            Packet::PubComp(Ack::decode(version, PacketType::PubComp, reader).map_err(cite)?)
        }
        PacketType::ConnAck => Packet::ConnAck(Box::new(ConnAck::decode(version, reader).map_err(cite)?)),
        PacketType::Subscribe => Packet::Subscribe(Subscribe::decode(version, reader).map_err(cite)?),
        PacketType::SubAck => Packet::SubAck(SubAck::decode(version, reader).map_err(cite)?),
        PacketType::Unsubscribe => Packet::Unsubscribe(Unsubscribe::decode(version, reader).map_err(cite)?),
        PacketType::UnsubAck => Packet::UnsubAck(UnsubAck::decode(version, reader).map_err(cite)?),
        PacketType::Disconnect => Packet::Disconnect(Disconnect::decode(version, reader).map_err(cite)?),
        PacketType::Auth => Packet::Auth(Auth::decode(reader).map_err(cite)?),
        PacketType::PingResp => reader.finish().map(|()| Packet::PingResp).map_err(cite)?,
        // CONNECT was dealt with above.
        PacketType::PingReq | PacketType::Connect => {
            reader.finish().map(|()| Packet::PingReq).map_err(cite)?
        }
    })
}

impl Packet<'_> {
    /// Appends the packet's bytes in `version` to `out`. Fields that the version does not have are left out.
    ///
    /// CONNECT is written in the version that it names itself. Two kinds of packets are not written at all: AUTH in
    /// 3.x, which does not have it, and a packet longer than the protocol can express ([`MAX_REMAINING_LENGTH`]).
    #[inline]
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        match self {
            Self::Connect(connect) => connect.encode(out),
            Self::ConnAck(connack) => connack.encode(version, out),
            Self::Publish(publish) => {
                publish.encode(version, out);
            }
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.encode(self.packet_type(), version, out);
            }
            Self::Subscribe(subscribe) => subscribe.encode(version, out),
            Self::SubAck(suback) => suback.encode(version, out),
            Self::Unsubscribe(unsubscribe) => unsubscribe.encode(version, out),
            Self::UnsubAck(unsuback) => unsuback.encode(version, out),
            Self::PingReq | Self::PingResp => out.extend_from_slice(&[(self.packet_type() as u8) << 4, 0]),
            Self::Disconnect(disconnect) => disconnect.encode(version, out),
            Self::Auth(auth) => auth.encode(version, out),
        }
    }

    /// How many bytes [`Packet::encode`] appends. For a packet that is too long for the protocol: how many bytes it
    /// would take.
    #[inline]
    pub fn encoded_len(&self, version: Version) -> usize {
        match self {
            Self::Connect(connect) => connect.encoded_len(),
            Self::ConnAck(connack) => connack.encoded_len(version),
            Self::Publish(publish) => publish.encoded_len(version),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.encoded_len(version)
            }
            Self::Subscribe(subscribe) => subscribe.encoded_len(version),
            Self::SubAck(suback) => suback.encoded_len(version),
            Self::Unsubscribe(unsubscribe) => unsubscribe.encoded_len(version),
            Self::UnsubAck(unsuback) => unsuback.encoded_len(version),
            Self::PingReq | Self::PingResp => 2,
            Self::Disconnect(disconnect) => disconnect.encoded_len(version),
            Self::Auth(auth) => auth.encoded_len(version),
        }
    }
}
