//! UNSUBSCRIBE and UNSUBACK (sections 3.10 and 3.11 of both standards).

use super::properties::{Owner, Properties, Property, PropertySet, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, TextRules, cut_short, text_rules};
use super::writer::{Body, Sink};
use super::{PacketId, PacketType, ReasonCode, ReasonProperties, UserProperties, Version};

/// A client gives up subscriptions.
///
/// ```
/// use broker_core::wire::{Packet, Version, decode};
///
/// let Packet::Unsubscribe(unsubscribe) = decode(Version::V311, b"\xA2\x05\0\x02\0\x01a")? else { panic!("it is one") };
/// assert_eq!((unsubscribe.packet_id.get(), &unsubscribe.filters[..]), (2, &["a"][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let Packet::UnsubAck(unsuback) = decode(Version::V5, b"\xB0\x04\0\x02\0\x11")? else { panic!("it is one") };
/// assert_eq!(unsuback.reasons, [ReasonCode::NO_SUBSCRIPTION_EXISTED]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct UnsubAck<'a> {
    /// The identifier of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ReasonProperties<'a>,
    /// One code for each filter, in the order of the UNSUBSCRIBE. 3.x does not send the codes, so decoding leaves this
    /// empty.
    pub reasons: Vec<ReasonCode>,
}

static PACKET_ID_ZERO: Rule = Rule::protocol_error(
    "the Packet Identifier is 0; it must be 1 to 65,535",
    ["MQTT5-2.2.1-3", "MQTT311-2.3.1-1", "MQTT31-2.4"],
);
static FILTER: TextRules = text_rules!("Topic Filter");
static NO_FILTERS: Rule = Rule::protocol_error(
    "there is no Topic Filter; an UNSUBSCRIBE has at least one",
    ["MQTT5-3.10.3-2", "MQTT311-3.10.3-2", "MQTT31-3.10"],
);

impl<'a> Unsubscribe<'a> {
    /// Decodes what follows the fixed header.
    pub(super) fn decode(version: Version, mut reader: Reader<'a>) -> Parsed<Self> {
        // [MQTT5-2.2.1-3] [MQTT311-2.3.1-1]
        let packet_id = reader.packet_id(&PACKET_ID_ZERO)?;
        let mut unsubscribe = Self {
            packet_id,
            user: Vec::new(),
            filters: Vec::new(),
        };
        if version.is_v5() {
            let mut properties = Properties::open(&mut reader, Owner::Unsubscribe)?;
            while let Some(property) = properties.next()? {
                unsubscribe.take(property);
            }
        }
        if reader.is_empty() {
            // [MQTT5-3.10.3-2] [MQTT311-3.10.3-2]
            return Err(reader.broken(&NO_FILTERS));
        }
        while !reader.is_empty() {
            // [MQTT5-3.10.3-1] [MQTT311-3.10.3-1]
            unsubscribe.filters.push(reader.text(&FILTER)?);
        }
        Ok(unsubscribe)
    }

    /// Appends the packet in `version` to `out`.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        let first = (PacketType::Unsubscribe as u8) << 4 | PacketType::Unsubscribe.prescribed_flags();
        self.append(first, version, out);
    }

    /// How many bytes [`Unsubscribe::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        self.len_with_header(version)
    }

    /// Takes one property.
    pub(super) fn take(&mut self, property: Property<'a>) {
        // The table allows no other property in an UNSUBSCRIBE.
        if let Property::UserProperty(pair) = property {
            self.user.push(pair);
        }
    }
}

impl Body for Unsubscribe<'_> {
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.two(self.packet_id.get());
        if version.is_v5() {
            PropertySet::put(self, sink);
        }
        for filter in &self.filters {
            sink.text(filter);
        }
    }
}

impl<'a> PropertySet<'a> for Unsubscribe<'a> {
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give_user(&self.user, visit);
    }
}

static UNSUBACK_PACKET_ID_ZERO: Rule = Rule::protocol_error(
    "the Packet Identifier is 0; it must be that of the UNSUBSCRIBE",
    ["MQTT5-2.2.1-6", "MQTT311-2.3.1-7", "MQTT31-2.4"],
);
static REASON: Rule = cut_short!("the Reason Code");
// As for other acknowledgements: the code can be read but is not allowed, so it is a protocol error.
static UNLISTED: Rule = Rule::protocol_error(
    "this code is not one that UNSUBACK may carry",
    ["MQTT5-3.11.3-2"; 3],
);
static NO_REASONS: Rule = Rule::protocol_error(
    "there is no Reason Code; an UNSUBACK has one for each filter of the UNSUBSCRIBE",
    ["MQTT5-3.11.3-2"; 3],
);

impl<'a> UnsubAck<'a> {
    /// Decodes what follows the fixed header.
    pub(super) fn decode(version: Version, mut reader: Reader<'a>) -> Parsed<Self> {
        let packet_id = reader.packet_id(&UNSUBACK_PACKET_ID_ZERO)?;
        let mut unsuback = Self {
            packet_id,
            properties: ReasonProperties::default(),
            reasons: Vec::new(),
        };
        if version.is_v5() {
            unsuback.properties = ReasonProperties::decode(&mut reader, Owner::UnsubAck)?;
            if reader.is_empty() {
                return Err(reader.broken(&NO_REASONS));
            }
            while !reader.is_empty() {
                let offset = reader.offset();
                let reason = ReasonCode(reader.byte(&REASON)?);
                if !reason.allowed_in(PacketType::UnsubAck) {
                    // [MQTT5-3.11.3-2]
                    return Err(UNLISTED.broken_at(offset));
                }
                unsuback.reasons.push(reason);
            }
        }
        reader.finish()?;
        Ok(unsuback)
    }

    /// Appends the packet in `version` to `out`.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        self.append((PacketType::UnsubAck as u8) << 4, version, out);
    }

    /// How many bytes [`UnsubAck::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        self.len_with_header(version)
    }
}

impl Body for UnsubAck<'_> {
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.two(self.packet_id.get());
        if version.is_v5() {
            self.properties.put(sink);
            for reason in &self.reasons {
                sink.byte(reason.0);
            }
        }
    }
}
