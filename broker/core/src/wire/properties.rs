//! The properties of MQTT 5.0 (section 2.2.2): one table, and the code that reads and writes a set of them.

mod given;
mod values;

use super::reader::Reader;
use super::rule::{Parsed, Rule, TextRules};
use super::writer::{Length, Sink};
use super::{PacketType, QoS};
pub(crate) use given::Given;
pub(super) use given::{give, give_user};
use values::{Put, Values};

/// User Properties: names and values, in the order given. A name may come more than once.
///
/// ```
/// use broker_core::wire::UserProperties;
///
/// let user: UserProperties = vec![("unit", "C"), ("unit", "F")]; // both stay, in this order
/// assert_eq!(user.iter().filter(|(name, _)| *name == "unit").count(), 2);
/// ```
pub type UserProperties<'a> = Vec<(&'a str, &'a str)>;

/// The Subscription Identifiers of one PUBLISH to a client, each 1 to 268,435,455. Allocates only when not empty.
///
/// ```
/// use broker_core::wire::{Packet, SubscriptionIds, Version, decode};
///
/// let bytes = b"\x30\x08\0\x01a\x04\x0B\x01\x0B\x02"; // it matched subscriptions 1 and 2
/// let Packet::Publish(publish) = decode(Version::V5, bytes)? else { panic!("it is one") };
/// let ids: SubscriptionIds = publish.properties.subscription_ids;
/// assert_eq!(ids, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type SubscriptionIds = Vec<u32>;

/// What a set of properties belongs to: a packet, or the will inside a CONNECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Owner {
    Connect,
    Will,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    Disconnect,
    Auth,
}

/// What the table says about one property, and the rules that come with it.
struct Spec {
    /// The owners that may have it, each with the section of the standard about it there.
    owners: &'static [(Owner, &'static str)],
    /// The same owners, one bit for each.
    owner_bits: u16,
    misplaced: Rule,
    repeated: Rule,
    bad_value: Rule,
    text: TextRules,
}

impl Spec {
    #[inline]
    const fn allows(&self, owner: Owner) -> bool {
        self.owner_bits & (1 << owner as u8) != 0
    }

    /// The section about this property in `owner`.
    fn section(&self, owner: Owner) -> Option<&'static &'static str> {
        self.owners
            .iter()
            .find(|(allowed, _)| *allowed == owner)
            .map(|(_, section)| section)
    }
}

const fn owner_bits(owners: &[(Owner, &str)]) -> u16 {
    let mut bits = 0;
    let mut index = 0;
    while index < owners.len() {
        bits |= 1 << owners[index].0 as u8;
        index += 1;
    }
    bits
}

/// The rule on values of each type of the table.
macro_rules! bad_value {
    ($name:literal flag) => {
        Rule::protocol_error(concat!($name, " is neither 0 nor 1"), ["MQTT5-2.2.2.2"; 3])
    };
    ($name:literal qos) => {
        bad_value!($name flag)
    };
    ($name:literal alias) => {
        Rule::protocol_error(
            concat!($name, " is 0; it must be 1 or more"),
            ["MQTT5-3.3.2-8"; 3],
        )
        // Section 3.3.4: this is a protocol error with its own reason code.
        .with_reason($crate::wire::ReasonCode::TOPIC_ALIAS_INVALID)
    };
    ($name:literal $kind:ident) => {
        Rule::protocol_error(
            concat!($name, " is 0; it must be 1 or more"),
            ["MQTT5-2.2.2.2"; 3],
        )
    };
}

macro_rules! properties {
    ($($id:literal $variant:ident $name:literal $kind:ident($value:ty) [$($owner:ident $section:literal)*];)*) => {
        /// One property with its value.
        #[derive(Debug, Clone, Copy, PartialEq)]
        // User Property is the standard's name.
        #[allow(clippy::enum_variant_names)]
        pub(crate) enum Property<'a> {
            $($variant($value),)*
        }

        /// Each property, with the packets that may have it.
        const NAMES: &[(&str, &str, &[Owner])] = &[$(($name, stringify!($kind), &[$(Owner::$owner),*])),*];

        impl<'a> Property<'a> {
            /// The standard's name.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// The property of this name with this value; `None` where there is none, or where it has no such value.
            pub(crate) fn named(name: &str, value: Given<'a>) -> Option<Self> {
                match name {
                    $($name => value.$kind().map(Self::$variant),)*
                    _ => None,
                }
            }

            /// Gives `sink` the identifier and the value.
            #[inline]
            pub(super) fn put<S: Sink>(self, sink: &mut S) {
                match self {
                    $(Self::$variant(value) => {
                        sink.byte($id);
                        Put(sink).$kind(value);
                    })*
                }
            }

            /// Reads the value of the property `id`, after `admit` let it in.
            #[inline]
            fn read(id: u32, reader: &mut Reader<'a>, admit: impl FnOnce(&'static Spec) -> Parsed<Owner>)
                -> Parsed<Option<Self>>
            {
                Ok(Some(match id {
                    $($id => {
                        static OWNERS: &[(Owner, &str)] = &[$((Owner::$owner, concat!("MQTT5-", $section))),*];
                        static SPEC: Spec = Spec {
                            owners: OWNERS,
                            owner_bits: owner_bits(OWNERS),
                            misplaced: Rule::malformed(
                                concat!($name, " is not a property of this packet"), ["MQTT5-2.2.2.2"; 3],
                            ),
                            repeated: Rule::protocol_error(
                                concat!($name, " comes twice; it may come once"), ["MQTT5-2.2.2.2"; 3],
                            ),
                            bad_value: bad_value!($name $kind),
                            text: TextRules {
                                cut_short: Rule::malformed(
                                    concat!($name, " is cut short: the properties end inside it"),
                                    ["MQTT5-2.2.2.1"; 3],
                                ),
                                not_utf8: Rule::malformed(
                                    concat!($name, " is not valid UTF-8"), ["MQTT5-1.5.4-1"; 3],
                                ),
                                nul: Rule::malformed(
                                    concat!($name, " holds the character U+0000, which no string may"),
                                    ["MQTT5-1.5.4-2"; 3],
                                ),
                            },
                        };
                        let owner = admit(&SPEC)?;
                        Self::$variant(Values { reader, spec: &SPEC, owner }.$kind()?)
                    })*
                    _ => return Ok(None),
                }))
            }
        }
    };
}

// Properties that are strings follow the rules of strings: [MQTT5-3.3.2-13] [MQTT5-3.3.2-19] [MQTT5-1.5.7-1].
// Identifier, name, type, and the packets that may have it with the section about it there: table 2-4 of MQTT 5.0.
properties! {
    0x01 PayloadFormatIndicator "Payload Format Indicator" flag(bool)
        [Publish "3.3.2.3.2" Will "3.1.3.2.3"];
    0x02 MessageExpiryInterval "Message Expiry Interval" four(u32)
        [Publish "3.3.2.3.3" Will "3.1.3.2.4"];
    0x03 ContentType "Content Type" text(&'a str)
        [Publish "3.3.2.3.9" Will "3.1.3.2.5"];
    0x08 ResponseTopic "Response Topic" topic(&'a str)
        [Publish "3.3.2.3.5" Will "3.1.3.2.6"];
    0x09 CorrelationData "Correlation Data" binary(&'a [u8])
        [Publish "3.3.2.3.6" Will "3.1.3.2.7"];
    0x0B SubscriptionIdentifier "Subscription Identifier" varint(u32)
        [Publish "3.3.2.3.8" Subscribe "3.8.2.1.2"];
    0x11 SessionExpiryInterval "Session Expiry Interval" four(u32)
        [Connect "3.1.2.11.2" ConnAck "3.2.2.3.2" Disconnect "3.14.2.2.2"];
    0x12 AssignedClientIdentifier "Assigned Client Identifier" text(&'a str)
        [ConnAck "3.2.2.3.7"];
    0x13 ServerKeepAlive "Server Keep Alive" two(u16)
        [ConnAck "3.2.2.3.14"];
    0x15 AuthenticationMethod "Authentication Method" text(&'a str)
        [Connect "3.1.2.11.9" ConnAck "3.2.2.3.17" Auth "3.15.2.2.2"];
    0x16 AuthenticationData "Authentication Data" binary(&'a [u8])
        [Connect "3.1.2.11.10" ConnAck "3.2.2.3.18" Auth "3.15.2.2.3"];
    0x17 RequestProblemInformation "Request Problem Information" flag(bool)
        [Connect "3.1.2.11.7"];
    0x18 WillDelayInterval "Will Delay Interval" four(u32)
        [Will "3.1.3.2.2"];
    0x19 RequestResponseInformation "Request Response Information" flag(bool)
        [Connect "3.1.2.11.6"];
    0x1A ResponseInformation "Response Information" text(&'a str)
        [ConnAck "3.2.2.3.15"];
    0x1C ServerReference "Server Reference" text(&'a str)
        [ConnAck "3.2.2.3.16" Disconnect "3.14.2.2.5"];
    0x1F ReasonString "Reason String" text(&'a str)
        [ConnAck "3.2.2.3.9" PubAck "3.4.2.2.2" PubRec "3.5.2.2.2" PubRel "3.6.2.2.2" PubComp "3.7.2.2.2"
         SubAck "3.9.2.1.2" UnsubAck "3.11.2.1.2" Disconnect "3.14.2.2.3" Auth "3.15.2.2.4"];
    0x21 ReceiveMaximum "Receive Maximum" two_from_1(u16)
        [Connect "3.1.2.11.3" ConnAck "3.2.2.3.3"];
    0x22 TopicAliasMaximum "Topic Alias Maximum" two(u16)
        [Connect "3.1.2.11.5" ConnAck "3.2.2.3.8"];
    0x23 TopicAlias "Topic Alias" alias(u16)
        [Publish "3.3.2.3.4"];
    0x24 MaximumQoS "Maximum QoS" qos(QoS)
        [ConnAck "3.2.2.3.4"];
    0x25 RetainAvailable "Retain Available" flag(bool)
        [ConnAck "3.2.2.3.5"];
    0x26 UserProperty "User Property" pair((&'a str, &'a str))
        [Connect "3.1.2.11.8" Will "3.1.3.2.8" ConnAck "3.2.2.3.10" Publish "3.3.2.3.7" PubAck "3.4.2.2.3"
         PubRec "3.5.2.2.3" PubRel "3.6.2.2.3" PubComp "3.7.2.2.3" Subscribe "3.8.2.1.3" SubAck "3.9.2.1.3"
         Unsubscribe "3.10.2.1.2" UnsubAck "3.11.2.1.3" Disconnect "3.14.2.2.4" Auth "3.15.2.2.5"];
    0x27 MaximumPacketSize "Maximum Packet Size" four_from_1(u32)
        [Connect "3.1.2.11.4" ConnAck "3.2.2.3.6"];
    0x28 WildcardSubscriptionAvailable "Wildcard Subscription Available" flag(bool)
        [ConnAck "3.2.2.3.11"];
    0x29 SubscriptionIdentifiersAvailable "Subscription Identifiers Available" flag(bool)
        [ConnAck "3.2.2.3.12"];
    0x2A SharedSubscriptionAvailable "Shared Subscription Available" flag(bool)
        [ConnAck "3.2.2.3.13"];
}

/// The properties that a packet of this type may have, or the will in it if `will` is true. For each: the standard's
/// name, and the kind of value that the table above gives it.
pub(crate) fn properties_of(
    packet: PacketType,
    will: bool,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let owner = match packet {
        PacketType::Connect if will => Some(Owner::Will),
        PacketType::Connect => Some(Owner::Connect),
        PacketType::ConnAck => Some(Owner::ConnAck),
        PacketType::Publish => Some(Owner::Publish),
        PacketType::PubAck => Some(Owner::PubAck),
        PacketType::PubRec => Some(Owner::PubRec),
        PacketType::PubRel => Some(Owner::PubRel),
        PacketType::PubComp => Some(Owner::PubComp),
        PacketType::Subscribe => Some(Owner::Subscribe),
        PacketType::SubAck => Some(Owner::SubAck),
        PacketType::Unsubscribe => Some(Owner::Unsubscribe),
        PacketType::UnsubAck => Some(Owner::UnsubAck),
        PacketType::PingReq | PacketType::PingResp => None,
        PacketType::Disconnect => Some(Owner::Disconnect),
        PacketType::Auth => Some(Owner::Auth),
    };
    NAMES
        .iter()
        .filter(move |(.., owners)| owner.is_some_and(|owner| owners.contains(&owner)))
        .map(|(name, kind, _)| (*name, *kind))
}

static LENGTH_TOO_LONG: Rule = Rule::malformed(
    "the Property Length is greater than what is left of the packet",
    ["MQTT5-2.2.2.1"; 3],
);
static UNKNOWN: Rule = Rule::malformed(
    "this Property Identifier is not in the standard's list",
    ["MQTT5-2.2.2.2"; 3],
);

/// Reads a set of properties. Each must be known, be allowed in this packet, and come only once unless it may come
/// twice.
#[derive(Debug)]
pub(super) struct Properties<'a> {
    reader: Reader<'a>,
    owner: Owner,
    /// One bit for each identifier that was there.
    seen: u64,
}

impl<'a> Properties<'a> {
    /// Takes a Property Length, and the bytes that it counts, from `reader`.
    #[inline]
    pub(super) fn open(reader: &mut Reader<'a>, owner: Owner) -> Parsed<Self> {
        let start = *reader;
        let len = reader.varint()? as usize;
        let offset = reader.offset();
        let bytes = reader
            .take(len, &LENGTH_TOO_LONG)
            .map_err(|_| start.broken(&LENGTH_TOO_LONG))?;
        Ok(Self {
            reader: Reader::new(bytes, offset),
            owner,
            seen: 0,
        })
    }

    /// Whether no property is left.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }

    /// The next property; `None` after the last.
    #[inline]
    pub(super) fn next(&mut self) -> Parsed<Option<Property<'a>>> {
        if self.is_empty() {
            Ok(None)
        } else {
            self.read().map(Some)
        }
    }

    fn read(&mut self) -> Parsed<Property<'a>> {
        let offset = self.reader.offset();
        let id = self.reader.varint()?;
        let (owner, seen) = (self.owner, &mut self.seen);
        let admit = |spec: &'static Spec| {
            // Section 2.2.2.2: an identifier that is not valid for its packet makes it malformed.
            if !spec.allows(owner) {
                return Err(spec.misplaced.broken_at(offset));
            }
            let bit = 1_u64.checked_shl(id).unwrap_or(0);
            // Each property's section calls its repetition a protocol error. The exceptions are User Property
            // everywhere, and Subscription Identifier in PUBLISH (section 3.3.2.3.8).
            let repeatable = id == 0x26 || (id == 0x0B && owner == Owner::Publish);
            if *seen & bit != 0 && !repeatable {
                return Err(spec.repeated.broken_at(offset).in_section(spec.section(owner)));
            }
            *seen |= bit;
            Ok(owner)
        };
        Property::read(id, &mut self.reader, admit)?.ok_or_else(|| UNKNOWN.broken_at(offset))
    }
}

/// A packet's properties, as the packet's struct holds them.
pub(super) trait PropertySet<'a> {
    /// Calls `visit` with each property that is there.
    fn each(&self, visit: &mut impl FnMut(Property<'a>));

    /// Gives `sink` the Property Length and the properties. [MQTT5-2.2.2-1]
    #[inline]
    fn put<S: Sink>(&self, sink: &mut S) {
        let mut length = Length::default();
        self.each(&mut |property| property.put(&mut length));
        sink.varint(length.0);
        if length.0 > 0 {
            self.each(&mut |property| property.put(sink));
        }
    }

    /// Whether there are none.
    #[inline]
    fn is_empty(&self) -> bool {
        let mut empty = true;
        self.each(&mut |_| empty = false);
        empty
    }
}
