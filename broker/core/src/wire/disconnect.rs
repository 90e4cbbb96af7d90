//! DISCONNECT (section 3.14 of both standards).

use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, cut_short};
use super::writer::{Body, Sink};
use super::{PacketType, ReasonCode, UserProperties, Version};

/// The last packet of a connection.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let Packet::Disconnect(disconnect) = decode(Version::V5, b"\xE0\x01\x04")? else { panic!("it is one") };
/// assert_eq!(disconnect.reason, ReasonCode::DISCONNECT_WITH_WILL);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Disconnect<'a> {
    /// Why; always 0x00 in 3.x.
    pub reason: ReasonCode,
    /// Properties of 5.0; empty in 3.x.
    pub properties: DisconnectProperties<'a>,
}

/// Properties of DISCONNECT. `None` means absent.
///
/// ```
/// use broker_core::wire::DisconnectProperties;
///
/// let properties = DisconnectProperties { reason_string: Some("maintenance"), ..DisconnectProperties::default() };
/// assert_eq!(properties.server_reference, None);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct DisconnectProperties<'a> {
    pub session_expiry_secs: Option<u32>,
    pub reason_string: Option<&'a str>,
    pub server_reference: Option<&'a str>,
    pub user: UserProperties<'a>,
}

static REASON: Rule = cut_short!("the Reason Code");
// As for acknowledgements: the code can be read but is not allowed, so it is a protocol error.
static UNLISTED: Rule = Rule::protocol_error(
    "the Reason Code is not one that DISCONNECT may carry",
    ["MQTT5-3.14.2-1"; 3],
);

impl<'a> Disconnect<'a> {
    /// Decodes what follows the fixed header.
    pub(super) fn decode(version: Version, mut reader: Reader<'a>) -> Parsed<Self> {
        let mut disconnect = Self {
            reason: ReasonCode::SUCCESS,
            properties: DisconnectProperties::default(),
        };
        if version.is_v5() {
            // Section 3.14.2.1: with a Remaining Length of 0 the reason is 0x00.
            if !reader.is_empty() {
                let offset = reader.offset();
                disconnect.reason = ReasonCode(reader.byte(&REASON)?);
                if !disconnect.reason.allowed_in(PacketType::Disconnect) {
                    // [MQTT5-3.14.2-1]
                    return Err(UNLISTED.broken_at(offset));
                }
            }
            // Section 3.14.2.2.1: below 2 there is no Property Length.
            if !reader.is_empty() {
                disconnect.properties = DisconnectProperties::decode(&mut reader)?;
            }
        }
        reader.finish()?;
        Ok(disconnect)
    }

    /// Appends the packet in `version` to `out`. Reason 0x00 without properties takes two bytes in 5.0 too.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        self.append((PacketType::Disconnect as u8) << 4, version, out);
    }

    /// How many bytes [`Disconnect::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        self.len_with_header(version)
    }
}

impl Body for Disconnect<'_> {
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        if version.is_v5() && (self.reason != ReasonCode::SUCCESS || !self.properties.is_empty()) {
            sink.byte(self.reason.0);
            // A Property Length of 0 could be left out here. But some clients (rumqttc 0.25) wait for it and would
            // never see the reason.
            self.properties.put(sink);
        }
    }
}

impl<'a> DisconnectProperties<'a> {
    fn decode(reader: &mut Reader<'a>) -> Parsed<Self> {
        let mut properties = Properties::open(reader, Owner::Disconnect)?;
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
            Property::SessionExpiryInterval(value) => self.session_expiry_secs = Some(value),
            Property::ReasonString(value) => self.reason_string = Some(value),
            Property::ServerReference(value) => self.server_reference = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in a DISCONNECT.
            _ => {}
        }
    }
}

impl<'a> PropertySet<'a> for DisconnectProperties<'a> {
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give(
            self.session_expiry_secs.map(Property::SessionExpiryInterval),
            visit,
        );
        give(self.reason_string.map(Property::ReasonString), visit);
        give(self.server_reference.map(Property::ServerReference), visit);
        give_user(&self.user, visit);
    }
}
