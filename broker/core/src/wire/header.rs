//! The fixed header: packet type, flags and Remaining Length (section 2.1 of 5.0, 2.2 of 3.1.1).

use super::reader::Varint;
use super::rule::{self, Parsed, Rule};
use super::{DecodeError, PacketType, ReasonCode, Version};

/// A packet's fixed header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// The first byte: type and flags.
    pub(super) first: u8,
    pub(super) packet_type: PacketType,
    /// How long the fixed header is.
    pub(super) len: usize,
    /// The Remaining Length.
    pub(super) remaining: usize,
    /// Whether the Remaining Length is in its shortest form.
    shortest: bool,
}

static TYPE_0: Rule = Rule::malformed(
    "packet type 0 is reserved; types are 1 to 15",
    ["MQTT5-2.1.2", "MQTT311-2.2.1", "MQTT31-2.1"],
);
static NO_AUTH_IN_3: Rule = Rule::malformed(
    "packet type 15 is reserved in this version; only 5.0 has AUTH",
    ["MQTT5-2.1.2", "MQTT311-2.2.1", "MQTT31-2.1"],
);
/// The bytes given to `decode` are not exactly one packet.
pub(super) static LENGTH_DIFFERS: Rule = Rule::malformed(
    "the Remaining Length is not the number of bytes that follow the fixed header",
    rule::LENGTHS,
);
static TOO_LARGE: Rule = Rule::protocol_error(
    "the packet is larger than the Maximum Packet Size accepted here",
    // 3.x has no such limit, so there is no statement to cite. The connection is closed anyway.
    ["MQTT5-3.2.2-15", "MQTT311-2.2.3", "MQTT31-2.1"],
)
.with_reason(ReasonCode::PACKET_TOO_LARGE);

/// The error for a packet above the limit.
#[cold]
pub(super) fn too_large() -> DecodeError {
    TOO_LARGE.broken_at(1).in_version(Version::V5)
}

impl Header {
    /// Reads the fixed header at the front of `bytes`; `None` where they end inside it.
    #[inline]
    pub(super) fn parse(bytes: &[u8]) -> Parsed<Option<Self>> {
        let Some((&first, rest)) = bytes.split_first() else {
            return Ok(None);
        };
        let Some(packet_type) = PacketType::from_first_byte(first) else {
            return Err(TYPE_0.broken_at(0));
        };
        match Varint::parse(rest) {
            Varint::Value { value, len, shortest } => Ok(Some(Self {
                first,
                packet_type,
                len: 1 + len,
                remaining: value as usize,
                shortest,
            })),
            Varint::Incomplete => Ok(None),
            Varint::TooLong => Err(rule::VARINT_TOO_LONG.broken_at(1)),
        }
    }

    /// The length of the whole packet.
    #[inline]
    pub(super) const fn packet_len(&self) -> usize {
        self.len + self.remaining
    }

    /// Errs if `version` does not allow this header. Looks at the header only, not at the rest of the packet.
    #[inline]
    pub(super) fn check(&self, version: Version) -> Parsed<()> {
        let flags = self.first & 0x0F;
        let flags_are_right = match self.packet_type {
            // PUBLISH decodes its flags itself.
            PacketType::Publish => true,
            PacketType::Auth if !version.is_v5() => return Err(NO_AUTH_IN_3.broken_at(0)),
            // In 3.1 RETAIN is unused here, DUP may be set when the packet is sent again, and QoS is 1.
            PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe
                if version == Version::V31 =>
            {
                flags & 0b0110 == 0b0010
            }
            // 3.1 calls all four bits unused and demands nothing of them.
            _ if version == Version::V31 => true,
            // [MQTT5-2.1.3-1] [MQTT311-2.2.2-1]
            _ => flags == self.packet_type.prescribed_flags(),
        };
        if !flags_are_right {
            return Err(flag_rule(self.packet_type).broken_at(0));
        }
        // [MQTT5-1.5.5-1]; 3.x describes the shortest form but does not demand it.
        if !self.shortest && version.is_v5() {
            return Err(rule::VARINT_NOT_SHORTEST.broken_at(1));
        }
        Ok(())
    }
}

/// The rule on the flags of a packet, with the statement closest to it.
#[cold]
fn flag_rule(packet_type: PacketType) -> &'static Rule {
    const ZEROS: &str = "the low four bits of the first byte must be 0000 for this packet";
    const TWO: &str = "the low four bits of the first byte must be 0010 for this packet (in 3.1, QoS 1)";
    static PUBREL: Rule = Rule::malformed(TWO, ["MQTT5-3.6.1-1", "MQTT311-3.6.1-1", "MQTT31-3.6"]);
    static SUBSCRIBE: Rule = Rule::malformed(TWO, ["MQTT5-3.8.1-1", "MQTT311-3.8.1-1", "MQTT31-3.8"]);
    static UNSUBSCRIBE: Rule = Rule::malformed(TWO, ["MQTT5-3.10.1-1", "MQTT311-3.10.1-1", "MQTT31-3.10"]);
    static DISCONNECT: Rule = Rule::malformed(ZEROS, ["MQTT5-3.14.1-1", "MQTT311-3.14.1-1", "MQTT31-3.14"]);
    static AUTH: Rule = Rule::malformed(ZEROS, ["MQTT5-3.15.1-1"; 3]);
    static OTHERS: Rule = Rule::malformed(ZEROS, ["MQTT5-2.1.3-1", "MQTT311-2.2.2-2", "MQTT31-2.1"]);
    match packet_type {
        PacketType::PubRel => &PUBREL,
        PacketType::Subscribe => &SUBSCRIBE,
        PacketType::Unsubscribe => &UNSUBSCRIBE,
        PacketType::Disconnect => &DISCONNECT,
        PacketType::Auth => &AUTH,
        _ => &OTHERS,
    }
}
