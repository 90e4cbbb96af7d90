//! AUTH (section 3.15 of MQTT 5.0); 3.x does not have it.

use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, cut_short};
use super::writer::{Body, Sink};
use super::{PacketType, ReasonCode, UserProperties, Version};

/// One step of an enhanced authentication.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let bytes = b"\xF0\x09\x18\x07\x15\0\x04PLAY";
/// let Packet::Auth(auth) = decode(Version::V5, bytes)? else { panic!("it is one") };
/// assert_eq!(auth.reason, ReasonCode::CONTINUE_AUTHENTICATION);
/// assert_eq!(auth.properties.authentication_method, Some("PLAY"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Auth<'a> {
    /// Success, Continue authentication, or Re-authenticate.
    pub reason: ReasonCode,
    /// Properties.
    pub properties: AuthProperties<'a>,
}

/// Properties of AUTH. `None` means absent.
///
/// ```
/// use broker_core::wire::AuthProperties;
///
/// let properties = AuthProperties {
///     authentication_method: Some("SCRAM-SHA-256"),
///     authentication_data: Some(b"n,,n=ann,r=nonce"),
///     ..AuthProperties::default()
/// };
/// assert_eq!(properties.reason_string, None);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct AuthProperties<'a> {
    pub authentication_method: Option<&'a str>,
    pub authentication_data: Option<&'a [u8]>,
    pub reason_string: Option<&'a str>,
    pub user: UserProperties<'a>,
}

static REASON: Rule = cut_short!("the Reason Code");
// As for acknowledgements: the code can be read but is not allowed, so it is a protocol error.
static UNLISTED: Rule = Rule::protocol_error(
    "the Reason Code is not one that AUTH may carry",
    ["MQTT5-3.15.2-1"; 3],
);
static NO_METHOD: Rule = Rule::protocol_error(
    "there is no Authentication Method; only an AUTH with reason 0x00 and no properties may do without",
    ["MQTT5-3.15.2.2.2"; 3],
);

impl<'a> Auth<'a> {
    /// Decodes what follows the fixed header.
    pub(super) fn decode(mut reader: Reader<'a>) -> Parsed<Self> {
        let mut auth = Self {
            reason: ReasonCode::SUCCESS,
            properties: AuthProperties::default(),
        };
        if !reader.is_empty() {
            let offset = reader.offset();
            auth.reason = ReasonCode(reader.byte(&REASON)?);
            if !auth.reason.allowed_in(PacketType::Auth) {
                // [MQTT5-3.15.2-1]
                return Err(UNLISTED.broken_at(offset));
            }
        }
        let properties_at = reader.offset();
        if !reader.is_empty() {
            auth.properties = AuthProperties::decode(&mut reader)?;
        }
        // Section 3.15.2.2.2 demands a method in every AUTH. But section 3.15.2.1 allows a success without properties
        // to be empty, and an empty packet has no method.
        let bare = auth.reason == ReasonCode::SUCCESS && auth.properties.is_empty();
        if auth.properties.authentication_method.is_none() && !bare {
            return Err(NO_METHOD.broken_at(properties_at));
        }
        reader.finish()?;
        Ok(auth)
    }

    /// Appends the packet to `out`. In 3.x it appends nothing, since 3.x has no AUTH.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        if version.is_v5() {
            self.append((PacketType::Auth as u8) << 4, version, out);
        }
    }

    /// How many bytes [`Auth::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        if version.is_v5() {
            self.len_with_header(version)
        } else {
            0
        }
    }
}

impl Body for Auth<'_> {
    fn put<S: Sink>(&self, _: Version, sink: &mut S) {
        if self.reason != ReasonCode::SUCCESS || !self.properties.is_empty() {
            sink.byte(self.reason.0);
            self.properties.put(sink);
        }
    }
}

impl<'a> AuthProperties<'a> {
    fn decode(reader: &mut Reader<'a>) -> Parsed<Self> {
        let mut properties = Properties::open(reader, Owner::Auth)?;
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
            Property::AuthenticationMethod(value) => self.authentication_method = Some(value),
            Property::AuthenticationData(value) => self.authentication_data = Some(value),
            Property::ReasonString(value) => self.reason_string = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in an AUTH.
            _ => {}
        }
    }
}

impl<'a> PropertySet<'a> for AuthProperties<'a> {
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give(
            self.authentication_method.map(Property::AuthenticationMethod),
            visit,
        );
        give(self.authentication_data.map(Property::AuthenticationData), visit);
        give(self.reason_string.map(Property::ReasonString), visit);
        give_user(&self.user, visit);
    }
}
