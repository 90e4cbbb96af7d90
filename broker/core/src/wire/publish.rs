//! PUBLISH (section 3.3 of both standards).

use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, TopicRules, text_rules};
use super::writer::{Length, Sink, clip, fixed_header, fixed_header_len};
use super::{PacketId, PacketType, QoS, SubscriptionIds, UserProperties, Version};

const DUP: u8 = 0b1000;
const RETAIN: u8 = 0b0001;

/// A message on its way, from a client or to one.
///
/// ```
/// use broker::QoS;
/// use broker_core::wire::{Packet, Version, decode};
///
/// let Packet::Publish(publish) = decode(Version::V311, b"\x33\x07\0\x01a\0\x07hi")? else { panic!("it is one") };
/// assert_eq!((publish.qos, publish.retain, publish.dup), (QoS::AtLeastOnce, true, false));
/// assert_eq!((publish.topic, publish.payload), ("a", &b"hi"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Publish<'a> {
    /// DUP: this may be a re-delivery.
    pub dup: bool,
    /// Quality of Service.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// Topic name. Empty only in 5.0, and only together with a topic alias.
    pub topic: &'a str,
    /// Packet identifier: present exactly when QoS is 1 or 2.
    pub packet_id: Option<PacketId>,
    /// Properties of 5.0; empty in 3.x.
    pub properties: PublishProperties<'a>,
    /// The application message.
    pub payload: &'a [u8],
}

/// Properties of PUBLISH. `None` means absent.
///
/// ```
/// use broker_core::wire::PublishProperties;
///
/// let properties = PublishProperties { topic_alias: Some(1), ..PublishProperties::default() };
/// assert_eq!((properties.content_type, properties.message_expiry_secs), (None, None));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PublishProperties<'a> {
    /// Payload Format Indicator: `true` says the payload is UTF-8 text.
    pub payload_format: Option<bool>,
    /// Message Expiry Interval in seconds.
    pub message_expiry_secs: Option<u32>,
    /// Topic Alias; never 0.
    pub topic_alias: Option<u16>,
    /// Response Topic; holds no wildcards.
    pub response_topic: Option<&'a str>,
    /// Correlation Data.
    pub correlation_data: Option<&'a [u8]>,
    /// Subscription Identifiers: only from server to client.
    pub subscription_ids: SubscriptionIds,
    /// Content Type.
    pub content_type: Option<&'a str>,
    /// User Properties, in the order given.
    pub user: UserProperties<'a>,
}

static TOPIC: TopicRules = TopicRules {
    text: text_rules!("Topic Name"),
    // No section says which error this is. A message without a valid topic name cannot be routed at all, so it is
    // malformed.
    wildcard: Rule::malformed(
        "Topic Name holds a wildcard (+ or #), which only topic filters may",
        ["MQTT5-3.3.2-2", "MQTT311-3.3.2-2", "MQTT31-3.3"],
    ),
};
static TOPIC_EMPTY: Rule = Rule::protocol_error(
    "Topic Name is empty and there is no Topic Alias; one of the two must name the topic",
    ["MQTT5-3.3.2.1", "MQTT311-4.7.3-1", "MQTT31-3.3"],
);
static QOS_3: Rule = Rule::malformed(
    "both QoS bits are set; QoS is 0, 1 or 2",
    ["MQTT5-3.3.1-4", "MQTT311-3.3.1-4", "MQTT31-2.1"],
);
static DUP_AT_QOS_0: Rule = Rule::malformed(
    "DUP is set at QoS 0, where nothing is ever sent again",
    ["MQTT5-3.3.1-2", "MQTT311-3.3.1-2", "MQTT31-2.1"],
);
static PACKET_ID_ZERO: Rule = Rule::protocol_error(
    "the Packet Identifier is 0; it must be 1 to 65,535",
    ["MQTT5-2.2.1-3", "MQTT311-2.3.1-1", "MQTT31-2.4"],
);

impl<'a> Publish<'a> {
    /// Decodes what follows the fixed header, whose first byte is `first`.
    #[inline]
    pub(super) fn decode(version: Version, first: u8, mut reader: Reader<'a>) -> Parsed<Self> {
        // [MQTT5-3.3.1-4] [MQTT311-3.3.1-4]
        let qos = QoS::from_bits((first >> 1) & 3).ok_or_else(|| QOS_3.broken_at(0))?;
        let mut dup = first & DUP != 0;
        if dup && qos == QoS::AtMostOnce {
            // [MQTT5-3.3.1-2] [MQTT311-3.3.1-2]; 3.1 gives the flag no meaning at QoS 0 and does not forbid it.
            if version != Version::V31 {
                return Err(DUP_AT_QOS_0.broken_at(0));
            }
            dup = false;
        }
        let topic_at = reader.offset();
        // [MQTT5-3.3.2-1] [MQTT311-3.3.2-1]
        let topic = reader.topic_name(&TOPIC)?;
        let packet_id = match qos {
            // [MQTT5-2.2.1-2] [MQTT311-2.3.1-5]
            QoS::AtMostOnce => None,
            // [MQTT5-2.2.1-3] [MQTT311-2.3.1-1]
            _ => Some(reader.packet_id(&PACKET_ID_ZERO)?),
        };
        let mut publish = Self {
            dup,
            qos,
            retain: first & RETAIN != 0,
            topic,
            packet_id,
            properties: PublishProperties::default(),
            payload: &[],
        };
        if version.is_v5() {
            let properties = Properties::open(&mut reader, Owner::Publish)?;
            // The properties are filled in here, in place, and most packets have none: copies of this struct are what
            // decoding costs most.
            if !properties.is_empty() {
                publish.properties.fill(properties)?;
            }
        }
        if topic.is_empty() && publish.properties.topic_alias.is_none() {
            return Err(TOPIC_EMPTY.broken_at(topic_at));
        }
        publish.payload = reader.remainder();
        Ok(publish)
    }

    /// Appends the packet in `version` to `out`. Returns where the two bytes of the packet identifier stand, counted
    /// from the first byte appended; `None` at QoS 0. So a caller can send one encoding under several identifiers. At
    /// QoS 1 and 2 without an identifier, zeros hold its place.
    ///
    /// DUP is left out at QoS 0 (`MQTT5-3.3.1-2`). A packet longer than the protocol can express
    /// ([`MAX_REMAINING_LENGTH`](super::MAX_REMAINING_LENGTH)) is not written at all.
    #[inline]
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Option<usize> {
        let header = self.remaining_header_len(version);
        let fixed = self.put_header(version, header, header + self.payload.len(), out)?;
        out.extend_from_slice(self.payload);
        self.packet_id_at(fixed)
    }

    /// Like [`Publish::encode`], but the caller sends the payload after it. The Remaining Length that is written counts
    /// the payload too.
    #[inline]
    pub fn encode_header(&self, version: Version, out: &mut Vec<u8>) -> Option<usize> {
        let header = self.remaining_header_len(version);
        let fixed = self.put_header(version, header, header, out)?;
        self.packet_id_at(fixed)
    }

    /// How many bytes [`Publish::encode`] appends.
    #[inline]
    pub fn encoded_len(&self, version: Version) -> usize {
        let remaining = self.remaining_header_len(version) + self.payload.len();
        fixed_header_len(remaining) + remaining
    }

    /// The length of the variable header.
    #[inline]
    fn remaining_header_len(&self, version: Version) -> usize {
        let mut length = Length::default();
        self.put(version, &mut length);
        length.0
    }

    #[inline]
    fn put_header(
        &self,
        version: Version,
        header: usize,
        reserve: usize,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let mut first = (PacketType::Publish as u8) << 4 | self.qos.bits() << 1 | u8::from(self.retain);
        if self.dup && self.qos != QoS::AtMostOnce {
            first |= DUP;
        }
        let fixed = fixed_header(first, header + self.payload.len(), reserve, out)?;
        self.put(version, out);
        Some(fixed)
    }

    #[inline]
    fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        sink.text(self.topic);
        if self.qos != QoS::AtMostOnce {
            sink.two(self.packet_id.map_or(0, PacketId::get));
        }
        if version.is_v5() {
            self.properties.put(sink);
        }
    }

    #[inline]
    fn packet_id_at(&self, fixed_header: usize) -> Option<usize> {
        (self.qos != QoS::AtMostOnce).then_some(fixed_header + 2 + clip(self.topic).len())
    }
}

impl<'a> PublishProperties<'a> {
    fn fill(&mut self, mut properties: Properties<'a>) -> Parsed<()> {
        while let Some(property) = properties.next()? {
            self.take(property);
        }
        Ok(())
    }

    /// Takes one property, which a packet may have once, in place of that of the same name.
    #[inline]
    pub(super) fn take(&mut self, property: Property<'a>) {
        match property {
            Property::PayloadFormatIndicator(value) => self.payload_format = Some(value),
            Property::MessageExpiryInterval(value) => self.message_expiry_secs = Some(value),
            Property::TopicAlias(value) => self.topic_alias = Some(value),
            Property::ResponseTopic(value) => self.response_topic = Some(value),
            Property::CorrelationData(value) => self.correlation_data = Some(value),
            Property::SubscriptionIdentifier(value) => self.subscription_ids.push(value),
            Property::ContentType(value) => self.content_type = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in a PUBLISH.
            _ => {}
        }
    }
}

impl<'a> PropertySet<'a> for PublishProperties<'a> {
    #[inline]
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        // These come first, because some clients (rumqttc 0.25) count each of them one byte too long and read the last
        // property as payload. The standard leaves the order open.
        for &id in &self.subscription_ids {
            visit(Property::SubscriptionIdentifier(id));
        }
        give(self.payload_format.map(Property::PayloadFormatIndicator), visit);
        give(
            self.message_expiry_secs.map(Property::MessageExpiryInterval),
            visit,
        );
        give(self.topic_alias.map(Property::TopicAlias), visit);
        give(self.response_topic.map(Property::ResponseTopic), visit);
        give(self.correlation_data.map(Property::CorrelationData), visit);
        give(self.content_type.map(Property::ContentType), visit);
        give_user(&self.user, visit);
    }
}
