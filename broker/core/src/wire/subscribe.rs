//! SUBSCRIBE and SUBACK (sections 3.8 and 3.9 of both standards).

use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, TextRules, cut_short, text_rules};
use super::writer::{Body, Sink};
use super::{PacketId, PacketType, QoS, ReasonCode, ReasonProperties, UserProperties, Version};

/// A client asks for subscriptions.
///
/// ```
/// use broker::QoS;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let bytes = b"\x82\x0B\0\x01\0\x06lamp/+\x01";
/// let Packet::Subscribe(subscribe) = decode(Version::V311, bytes)? else { panic!("it is one") };
/// let asked = subscribe.filters[0];
/// assert_eq!((asked.filter, asked.options.qos), ("lamp/+", QoS::AtLeastOnce));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Subscribe<'a> {
    /// Packet identifier, to be answered with the same in SUBACK.
    pub packet_id: PacketId,
    /// Subscription Identifier (1 to 268,435,455) for every filter of this packet.
    pub subscription_id: Option<u32>,
    /// User Properties, in the order given.
    pub user: UserProperties<'a>,
    /// At least one filter, each with its options.
    pub filters: Vec<FilterRequest<'a>>,
}

/// One filter of a SUBSCRIBE.
///
/// ```
/// use broker_core::wire::{FilterRequest, SubscriptionOptions};
///
/// let asked = FilterRequest { filter: "lamp/+", options: SubscriptionOptions::default() };
/// assert!(broker_core::topic::validate_filter(asked.filter).is_ok()); // decoding does not ask that
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FilterRequest<'a> {
    /// The topic filter, as the client wrote it: validated UTF-8, not yet a valid filter.
    pub filter: &'a str,
    /// The subscription options.
    pub options: SubscriptionOptions,
}

/// Subscription options. A client of 3.x can only choose the QoS; the other options take these defaults.
///
/// ```
/// use broker::QoS;
/// use broker_core::wire::{RetainHandling, SubscriptionOptions};
///
/// let options = SubscriptionOptions { qos: QoS::AtLeastOnce, no_local: true, ..SubscriptionOptions::default() };
/// assert_eq!((options.retain_as_published, options.retain_handling), (false, RetainHandling::Always));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubscriptionOptions {
    /// Highest QoS at which the server may send.
    pub qos: QoS,
    /// No Local: the client does not get what it published itself.
    pub no_local: bool,
    /// Retain As Published: forward RETAIN as the publisher set it.
    pub retain_as_published: bool,
    /// When the server sends retained messages.
    pub retain_handling: RetainHandling,
}

/// Retain Handling: when a SUBSCRIBE brings retained messages.
///
/// ```
/// use broker_core::wire::RetainHandling;
///
/// assert_eq!(RetainHandling::default(), RetainHandling::Always);
/// assert_eq!(RetainHandling::Never as u8, 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// 0: at every SUBSCRIBE.
    #[default]
    Always = 0,
    /// 1: only if the subscription is new.
    IfNew = 1,
    /// 2: never.
    Never = 2,
}

/// The server answers SUBSCRIBE.
///
/// ```
/// use broker::ReasonCode;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let Packet::SubAck(suback) = decode(Version::V311, b"\x90\x04\0\x01\x01\x80")? else { panic!("it is one") };
/// assert_eq!(suback.reasons, [ReasonCode::GRANTED_QOS_1, ReasonCode::UNSPECIFIED_ERROR]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SubAck<'a> {
    /// The identifier of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// Properties of 5.0; empty in 3.x.
    pub properties: ReasonProperties<'a>,
    /// One code for each filter, in the order of the SUBSCRIBE. In 3.x every error is written as 0x80.
    pub reasons: Vec<ReasonCode>,
}

static PACKET_ID_ZERO: Rule = Rule::protocol_error(
    "the Packet Identifier is 0; it must be 1 to 65,535",
    ["MQTT5-2.2.1-3", "MQTT311-2.3.1-1", "MQTT31-2.4"],
);
static FILTER: TextRules = text_rules!("Topic Filter");
static OPTIONS: Rule = cut_short!("the Subscription Options byte");
static RESERVED_OPTIONS: Rule = Rule::malformed(
    "a reserved bit of the Subscription Options is set (6 and 7 in 5.0, 2 to 7 in 3.1.1); it must be 0",
    ["MQTT5-3.8.3-5", "MQTT311-3.8.3-4", "MQTT31-3.8"],
);
// The two versions have different names for the same field.
static QOS_3_IN_5: Rule =
    Rule::protocol_error("Maximum QoS is 3; it must be 0, 1 or 2", ["MQTT5-3.8.3.1"; 3]);
static QOS_3_IN_3: Rule = Rule::malformed(
    "Requested QoS is 3; it must be 0, 1 or 2",
    ["MQTT5-3.8.3.1", "MQTT311-3.8.3-4", "MQTT31-3.8"],
);
static RETAIN_HANDLING_3: Rule =
    Rule::protocol_error("Retain Handling is 3; it must be 0, 1 or 2", ["MQTT5-3.8.3.1"; 3]);
static NO_FILTERS: Rule = Rule::protocol_error(
    "there is no Topic Filter; a SUBSCRIBE has at least one",
    ["MQTT5-3.8.3-2", "MQTT311-3.8.3-3", "MQTT31-3.8"],
);

impl<'a> Subscribe<'a> {
    /// Decodes what follows the fixed header.
    pub(super) fn decode(version: Version, mut reader: Reader<'a>) -> Parsed<Self> {
        // [MQTT5-2.2.1-3] [MQTT311-2.3.1-1]
        let packet_id = reader.packet_id(&PACKET_ID_ZERO)?;
        let mut subscribe = Self {
            packet_id,
            subscription_id: None,
            user: Vec::new(),
            filters: Vec::new(),
        };
        if version.is_v5() {
            let mut properties = Properties::open(&mut reader, Owner::Subscribe)?;
            while let Some(property) = properties.next()? {
                subscribe.take(property);
            }
        }
        if reader.is_empty() {
            // [MQTT5-3.8.3-2] [MQTT311-3.8.3-3]
            return Err(reader.broken(&NO_FILTERS));
        }
        while !reader.is_empty() {
            // [MQTT5-3.8.3-1] [MQTT311-3.8.3-1]
            let filter = reader.text(&FILTER)?;
            let options_at = reader.offset();
            let options = SubscriptionOptions::from_byte(version, reader.byte(&OPTIONS)?)
                .map_err(|rule| rule.broken_at(options_at))?;
            subscribe.filters.push(FilterRequest { filter, options });
        }
        Ok(subscribe)
    }

    /// Appends the packet in `version` to `out`.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        let first = (PacketType::Subscribe as u8) << 4 | PacketType::Subscribe.prescribed_flags();
        self.append(first, version, out);
    }

    /// How many bytes [`Subscribe::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        self.len_with_header(version)
    }

    /// Takes one property, which a packet may have once, in place of that of the same name.
    pub(super) fn take(&mut self, property: Property<'a>) {
        match property {
            Property::SubscriptionIdentifier(value) => self.subscription_id = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in a SUBSCRIBE.
            _ => {}
        }
    }
}

impl SubscriptionOptions {
    fn from_byte(version: Version, byte: u8) -> Result<Self, &'static Rule> {
        let reserved = match version {
            Version::V5 => 0b1100_0000,
            Version::V311 => 0b1111_1100,
            // 3.1 calls these bits unused and demands nothing of them.
            Version::V31 => 0,
        };
        // [MQTT5-3.8.3-5] [MQTT311-3.8.3-4]
        if byte & reserved != 0 {
            return Err(&RESERVED_OPTIONS);
        }
        let Some(qos) = QoS::from_bits(byte & 3) else {
            // Section 3.8.3.1 of 5.0; [MQTT311-3.8.3-4]
            return Err(if version.is_v5() { &QOS_3_IN_5 } else { &QOS_3_IN_3 });
        };
        if !version.is_v5() {
            return Ok(Self {
                qos,
                ..Self::default()
            });
        }
        Ok(Self {
            qos,
            no_local: byte & 0b0100 != 0,
            retain_as_published: byte & 0b1000 != 0,
            retain_handling: match byte >> 4 {
                0 => RetainHandling::Always,
                1 => RetainHandling::IfNew,
                2 => RetainHandling::Never,
                _ => return Err(&RETAIN_HANDLING_3),
            },
        })
    }

    /// The byte on the wire: all four options in 5.0, the QoS alone in 3.x.
    pub const fn to_byte(self, version: Version) -> u8 {
        if version.is_v5() {
            self.qos.bits()
                | (self.no_local as u8) << 2
                | (self.retain_as_published as u8) << 3
                | (self.retain_handling as u8) << 4
        } else {
            self.qos.bits()
        }
    }
}

impl Body for Subscribe<'_> {
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.two(self.packet_id.get());
        if version.is_v5() {
            PropertySet::put(self, sink);
        }
        for request in &self.filters {
            sink.text(request.filter);
            sink.byte(request.options.to_byte(version));
        }
    }
}

impl<'a> PropertySet<'a> for Subscribe<'a> {
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give(self.subscription_id.map(Property::SubscriptionIdentifier), visit);
        give_user(&self.user, visit);
    }
}

static SUBACK_PACKET_ID_ZERO: Rule = Rule::protocol_error(
    "the Packet Identifier is 0; it must be that of the SUBSCRIBE",
    ["MQTT5-2.2.1-6", "MQTT311-2.3.1-7", "MQTT31-2.4"],
);
static REASON: Rule = cut_short!("the Reason Code");
// As for other acknowledgements: the code can be read but is not allowed, so it is a protocol error.
static UNLISTED: Rule = Rule::protocol_error(
    "this code is not one that SUBACK may carry",
    ["MQTT5-3.9.3-2", "MQTT311-3.9.3-2", "MQTT31-3.9"],
);
static NO_REASONS: Rule = Rule::protocol_error(
    "there is no Reason Code; a SUBACK has one for each filter of the SUBSCRIBE",
    ["MQTT5-3.8.4-6", "MQTT311-3.8.4-5", "MQTT31-3.9"],
);

impl<'a> SubAck<'a> {
    /// Decodes what follows the fixed header.
    pub(super) fn decode(version: Version, mut reader: Reader<'a>) -> Parsed<Self> {
        let packet_id = reader.packet_id(&SUBACK_PACKET_ID_ZERO)?;
        let properties = if version.is_v5() {
            ReasonProperties::decode(&mut reader, Owner::SubAck)?
        } else {
            ReasonProperties::default()
        };
        if reader.is_empty() {
            // [MQTT5-3.8.4-6] [MQTT311-3.8.4-5]
            return Err(reader.broken(&NO_REASONS));
        }
        let mut reasons = Vec::with_capacity(reader.len());
        while !reader.is_empty() {
            let offset = reader.offset();
            let reason = ReasonCode(reader.byte(&REASON)?);
            let listed = if version.is_v5() {
                reason.allowed_in(PacketType::SubAck)
            } else {
                matches!(reason.0, 0 | 1 | 2 | 0x80)
            };
            if !listed {
                // [MQTT5-3.9.3-2] [MQTT311-3.9.3-2]
                return Err(UNLISTED.broken_at(offset));
            }
            reasons.push(reason);
        }
        Ok(Self {
            packet_id,
            properties,
            reasons,
        })
    }

    /// Appends the packet in `version` to `out`.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) {
        self.append((PacketType::SubAck as u8) << 4, version, out);
    }

    /// How many bytes [`SubAck::encode`] appends.
    pub fn encoded_len(&self, version: Version) -> usize {
        self.len_with_header(version)
    }
}

impl Body for SubAck<'_> {
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.two(self.packet_id.get());
        if version.is_v5() {
            self.properties.put(sink);
        }
        for reason in &self.reasons {
            // [MQTT311-3.9.3-2]
            let code = if reason.is_error() && !version.is_v5() {
                0x80
            } else {
                reason.0
            };
            sink.byte(code);
        }
    }
}
