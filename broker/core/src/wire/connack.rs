//! CONNACK (section 3.2 of both standards).

use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, cut_short};
use super::writer::{Body, Sink};
use super::{PacketType, QoS, ReasonCode, UserProperties, Version};

/// The server answers CONNECT.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let Packet::ConnAck(connack) = decode(Version::V311, b"\x20\x02\x00\x05")? else { panic!("it is one") };
/// assert_eq!(connack.reason, ReasonCode::NOT_AUTHORIZED); // return code 5 of 3.1.1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ConnAck<'a> {
    /// Whether the server held session state for this client identifier.
    pub session_present: bool,
    /// Reason code; in 3.x it is written as (and read from) the return code that says the same.
    pub reason: ReasonCode,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ConnAckProperties<'a>,
}

/// Properties of CONNACK. `None` means absent: the standard's default applies.
///
/// ```
/// use broker_core::wire::ConnAckProperties;
///
/// let properties = ConnAckProperties { receive_maximum: Some(20), ..ConnAckProperties::default() };
/// assert_eq!(properties.maximum_qos, None); // absent: QoS 2
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct ConnAckProperties<'a> {
    pub session_expiry_secs: Option<u32>,
    pub receive_maximum: Option<u16>,
    pub maximum_qos: Option<QoS>,
    pub retain_available: Option<bool>,
    pub maximum_packet_size: Option<u32>,
    pub assigned_client_id: Option<&'a str>,
    pub topic_alias_maximum: Option<u16>,
    pub reason_string: Option<&'a str>,
    pub wildcard_subscription_available: Option<bool>,
    pub subscription_identifiers_available: Option<bool>,
    pub shared_subscription_available: Option<bool>,
    pub server_keep_alive_secs: Option<u16>,
    pub response_information: Option<&'a str>,
    pub server_reference: Option<&'a str>,
    pub authentication_method: Option<&'a str>,
    pub authentication_data: Option<&'a [u8]>,
    pub user: UserProperties<'a>,
}

static FLAGS: Rule = cut_short!("the Connect Acknowledge Flags byte");
static RESERVED_FLAGS: Rule = Rule::malformed(
    "a reserved bit of the Connect Acknowledge Flags is set; only bit 0, Session Present, may be",
    ["MQTT5-3.2.2-1", "MQTT311-3.2.2.1", "MQTT31-3.2"],
);
static REASON: Rule = cut_short!("the Connect Reason Code");
// As for acknowledgements: the code can be read but is not allowed, so it is a protocol error.
static UNLISTED: Rule = Rule::protocol_error(
    "the Connect Reason Code is not one that CONNACK may carry",
    ["MQTT5-3.2.2-8", "MQTT311-3.2.2.3", "MQTT31-3.2"],
);
static SESSION_PRESENT: Rule = Rule::protocol_error(
    "Session Present is set in a refusal; it must be 0 there",
    ["MQTT5-3.2.2-6", "MQTT311-3.2.2-4", "MQTT31-3.2"],
);

impl<'a> ConnAck<'a> {
    /// Decodes what follows the fixed header.
    pub(super) fn decode(version: Version, mut reader: Reader<'a>) -> Parsed<Self> {
        let flags_at = reader.offset();
        // 3.1 does not use this byte yet.
        let flags = reader.byte(&FLAGS)? & if version == Version::V31 { 0 } else { 0xFF };
        if flags > 1 {
            // [MQTT5-3.2.2-1]
            return Err(RESERVED_FLAGS.broken_at(flags_at));
        }
        let reason_at = reader.offset();
        let code = reader.byte(&REASON)?;
        let reason = if version.is_v5() {
            Some(ReasonCode(code)).filter(|reason| reason.allowed_in(PacketType::ConnAck))
        } else {
            ReasonCode::from_connack_3x(code)
        };
        // [MQTT5-3.2.2-8]
        let reason = reason.ok_or_else(|| UNLISTED.broken_at(reason_at))?;
        if flags == 1 && reason != ReasonCode::SUCCESS {
            // [MQTT5-3.2.2-6] [MQTT311-3.2.2-4]
            return Err(SESSION_PRESENT.broken_at(flags_at));
        }
        let properties = if version.is_v5() {
            ConnAckProperties::decode(&mut reader)?
        } else {
            ConnAckProperties::default()
        };
        reader.finish()?;
        Ok(Self {
            session_present: flags == 1,
            reason,
            properties,
        })
    }

    /// Appends the packet in `version` to `out`.
    ///
    /// 3.x has no return code for some refusals ([`ReasonCode::connack_3x`]). They should not be sent in 3.x at all; if
    /// one is, it is written as 3, Server unavailable. 3.1 has no Session Present.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        self.append((PacketType::ConnAck as u8) << 4, version, out);
    }

    /// How many bytes [`ConnAck::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        self.len_with_header(version)
    }
}

impl Body for ConnAck<'_> {
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.byte(u8::from(self.session_present && version != Version::V31));
        if version.is_v5() {
            sink.byte(self.reason.0);
            self.properties.put(sink);
        } else {
            sink.byte(self.reason.connack_3x().unwrap_or(3));
        }
    }
}

impl<'a> ConnAckProperties<'a> {
    fn decode(reader: &mut Reader<'a>) -> Parsed<Self> {
        let mut properties = Properties::open(reader, Owner::ConnAck)?;
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
            Property::ReceiveMaximum(value) => self.receive_maximum = Some(value),
            Property::MaximumQoS(value) => self.maximum_qos = Some(value),
            Property::RetainAvailable(value) => self.retain_available = Some(value),
            Property::MaximumPacketSize(value) => self.maximum_packet_size = Some(value),
            Property::AssignedClientIdentifier(value) => self.assigned_client_id = Some(value),
            Property::TopicAliasMaximum(value) => self.topic_alias_maximum = Some(value),
            Property::ReasonString(value) => self.reason_string = Some(value),
            Property::WildcardSubscriptionAvailable(value) => {
                self.wildcard_subscription_available = Some(value);
            }
            Property::SubscriptionIdentifiersAvailable(value) => {
                self.subscription_identifiers_available = Some(value);
            }
            Property::SharedSubscriptionAvailable(value) => {
                self.shared_subscription_available = Some(value);
            }
            Property::ServerKeepAlive(value) => self.server_keep_alive_secs = Some(value),
            Property::ResponseInformation(value) => self.response_information = Some(value),
            Property::ServerReference(value) => self.server_reference = Some(value),
            Property::AuthenticationMethod(value) => self.authentication_method = Some(value),
            Property::AuthenticationData(value) => self.authentication_data = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in a CONNACK.
            _ => {}
        }
    }
}

impl<'a> PropertySet<'a> for ConnAckProperties<'a> {
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give(
            self.session_expiry_secs.map(Property::SessionExpiryInterval),
            visit,
        );
        give(self.receive_maximum.map(Property::ReceiveMaximum), visit);
        // Section 3.2.2.3.4: a server that supports QoS 2 leaves Maximum QoS out.
        give(
            self.maximum_qos
                .filter(|qos| *qos != QoS::ExactlyOnce)
                .map(Property::MaximumQoS),
            visit,
        );
        give(self.retain_available.map(Property::RetainAvailable), visit);
        give(self.maximum_packet_size.map(Property::MaximumPacketSize), visit);
        give(
            self.assigned_client_id.map(Property::AssignedClientIdentifier),
            visit,
        );
        give(self.topic_alias_maximum.map(Property::TopicAliasMaximum), visit);
        give(self.reason_string.map(Property::ReasonString), visit);
        give(
            self.wildcard_subscription_available
                .map(Property::WildcardSubscriptionAvailable),
            visit,
        );
        give(
            self.subscription_identifiers_available
                .map(Property::SubscriptionIdentifiersAvailable),
            visit,
        );
        give(
            self.shared_subscription_available
                .map(Property::SharedSubscriptionAvailable),
            visit,
        );
        give(self.server_keep_alive_secs.map(Property::ServerKeepAlive), visit);
        give(
            self.response_information.map(Property::ResponseInformation),
            visit,
        );
        give(self.server_reference.map(Property::ServerReference), visit);
        give(
            self.authentication_method.map(Property::AuthenticationMethod),
            visit,
        );
        give(self.authentication_data.map(Property::AuthenticationData), visit);
        give_user(&self.user, visit);
    }
}
