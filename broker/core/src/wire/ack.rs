//! PUBACK, PUBREC, PUBREL and PUBCOMP (sections 3.4 to 3.7 of both standards): one shape.

use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, cut_short};
use super::writer::{Body, Sink};
use super::{PacketId, PacketType, ReasonCode, UserProperties, Version};

/// One step of a QoS 1 or QoS 2 handshake.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let Packet::PubAck(ack) = decode(Version::V5, b"\x40\x03\0\x07\x10")? else { panic!("it is one") };
/// assert_eq!((ack.packet_id.get(), ack.reason), (7, ReasonCode::NO_MATCHING_SUBSCRIBERS));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ack<'a> {
    /// The identifier of the PUBLISH that this belongs to.
    pub packet_id: PacketId,
    /// Reason code; always success in 3.x.
    pub reason: ReasonCode,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ReasonProperties<'a>,
}

/// The properties of packets that carry only a reason: PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK.
///
/// ```
/// use broker_core::wire::{Packet, Version, decode};
///
/// // PUBACK of packet 7, refused with a Reason String.
/// let bytes = b"\x40\x09\0\x07\x87\x05\x1F\0\x02no";
/// let Packet::PubAck(ack) = decode(Version::V5, bytes)? else { panic!("it is one") };
/// assert_eq!(ack.properties.reason_string, Some("no"));
/// assert!(ack.properties.user.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReasonProperties<'a> {
    /// Reason String: people read it, programs never parse it.
    pub reason_string: Option<&'a str>,
    /// User Properties, in the order given.
    pub user: UserProperties<'a>,
}

static PACKET_ID_ZERO: Rule = Rule::protocol_error(
    "the Packet Identifier is 0; it must be that of the PUBLISH",
    ["MQTT5-2.2.1-5", "MQTT311-2.3.1-6", "MQTT31-2.4"],
);
static REASON: Rule = cut_short!("the Reason Code");

/// The four packets differ in two things: where their properties belong, and which reason codes they may carry. The
/// standard leaves open which error an unlisted code is. The code can be read but is not allowed, so it is a protocol
/// error.
struct Kind {
    owner: Owner,
    unlisted: Rule,
}

impl Kind {
    const fn new(owner: Owner, what: &'static str, statement: &'static str) -> Self {
        Self {
            owner,
            unlisted: Rule::protocol_error(what, [statement; 3]),
        }
    }

    fn of(packet_type: PacketType) -> &'static Self {
        static PUBACK: Kind = Kind::new(
            Owner::PubAck,
            "the Reason Code is not one that PUBACK may carry",
            "MQTT5-3.4.2-1",
        );
        static PUBREC: Kind = Kind::new(
            Owner::PubRec,
            "the Reason Code is not one that PUBREC may carry",
            "MQTT5-3.5.2-1",
        );
        static PUBREL: Kind = Kind::new(
            Owner::PubRel,
            "the Reason Code is not one that PUBREL may carry",
            "MQTT5-3.6.2-1",
        );
        static PUBCOMP: Kind = Kind::new(
            Owner::PubComp,
            "the Reason Code is not one that PUBCOMP may carry",
            "MQTT5-3.7.2-1",
        );
        match packet_type {
            PacketType::PubRec => &PUBREC,
            PacketType::PubRel => &PUBREL,
            PacketType::PubComp => &PUBCOMP,
            _ => &PUBACK,
        }
    }
}

impl<'a> Ack<'a> {
    /// Decodes what follows the fixed header of a PUBACK, PUBREC, PUBREL or PUBCOMP.
    #[inline]
    pub(super) fn decode(version: Version, packet_type: PacketType, mut reader: Reader<'a>) -> Parsed<Self> {
        let packet_id = reader.packet_id(&PACKET_ID_ZERO)?;
        let mut ack = Self::new(packet_id);
        // Sections 3.4.2.1 to 3.7.2.1: with a Remaining Length of 2 the reason is Success.
        if version.is_v5() && !reader.is_empty() {
            let kind = Kind::of(packet_type);
            let offset = reader.offset();
            ack.reason = ReasonCode(reader.byte(&REASON)?);
            if !ack.reason.allowed_in(packet_type) {
                // [MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-3.6.2-1] [MQTT5-3.7.2-1]
                return Err(kind.unlisted.broken_at(offset));
            }
            // Sections 3.4.2.2.1 to 3.7.2.2.1: below 4 there is no Property Length.
            if !reader.is_empty() {
                ack.properties = ReasonProperties::decode(&mut reader, kind.owner)?;
            }
        }
        reader.finish()?;
        Ok(ack)
    }

    /// Appends the packet in `version` to `out` as a `packet_type`: PUBACK, PUBREC, PUBREL or PUBCOMP. It takes its
    /// shortest form: a success without properties is only the two bytes of the packet identifier, also in 5.0.
    #[inline]
    pub fn encode(&self, packet_type: PacketType, version: Version, out: &mut Vec<u8>) {
        self.append(
            (packet_type as u8) << 4 | packet_type.prescribed_flags(),
            version,
            out,
        );
    }

    /// How many bytes [`Ack::encode`] appends.
    #[inline]
    pub fn encoded_len(&self, version: Version) -> usize {
        self.len_with_header(version)
    }
}

impl Body for Ack<'_> {
    #[inline]
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.two(self.packet_id.get());
        if version.is_v5() {
            let bare = self.properties.is_empty();
            if !bare || self.reason != ReasonCode::SUCCESS {
                sink.byte(self.reason.0);
            }
            if !bare {
                self.properties.put(sink);
            }
        }
    }
}

impl<'a> ReasonProperties<'a> {
    #[inline]
    pub(super) fn decode(reader: &mut Reader<'a>, owner: Owner) -> Parsed<Self> {
        let mut properties = Properties::open(reader, owner)?;
        let mut found = Self::default();
        while let Some(property) = properties.next()? {
            found.take(property);
        }
        Ok(found)
    }

    /// Takes one property, which a packet may have once, in place of that of the same name.
    #[inline]
    pub(super) fn take(&mut self, property: Property<'a>) {
        match property {
            Property::ReasonString(value) => self.reason_string = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in these packets.
            _ => {}
        }
    }
}

impl<'a> PropertySet<'a> for ReasonProperties<'a> {
    #[inline]
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give(self.reason_string.map(Property::ReasonString), visit);
        give_user(&self.user, visit);
    }
}
