//! The will inside a CONNECT (sections 3.1.2.5 to 3.1.2.7 and 3.1.3.2 to 3.1.3.4 of MQTT 5.0).

use super::properties::{Owner, Properties, Property, PropertySet, give, give_user};
use super::reader::Reader;
use super::rule::{Parsed, Rule, TopicRules, cut_short, text_rules};
use super::writer::Sink;
use super::{QoS, UserProperties, Version};

/// The will of a CONNECT.
///
/// ```
/// use broker_core::wire::{Packet, Version, decode};
///
/// let bytes = b"\x10\x19\0\x04MQTT\x04\x06\0\0\0\x04lamp\0\x04gone\0\x01x";
/// let Packet::Connect(connect) = decode(Version::V311, bytes)? else { panic!("it is one") };
/// let will = connect.will.expect("Will Flag is 1");
/// assert_eq!((will.topic, will.payload, will.retain), ("gone", &b"x"[..], false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Will<'a> {
    pub topic: &'a str,
    pub payload: &'a [u8],
    pub qos: QoS,
    pub retain: bool,
    pub properties: WillProperties<'a>,
}

/// Properties of a will.
///
/// ```
/// use broker_core::wire::WillProperties;
///
/// let properties = WillProperties { delay_secs: Some(5), ..WillProperties::default() };
/// assert_eq!(properties.message_expiry_secs, None);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(missing_docs)]
pub struct WillProperties<'a> {
    pub delay_secs: Option<u32>,
    pub payload_format: Option<bool>,
    pub message_expiry_secs: Option<u32>,
    pub content_type: Option<&'a str>,
    pub response_topic: Option<&'a str>,
    pub correlation_data: Option<&'a [u8]>,
    pub user: UserProperties<'a>,
}

static QOS_3: Rule = Rule::malformed(
    "Will QoS is 3; it must be 0, 1 or 2",
    ["MQTT5-3.1.2-12", "MQTT311-3.1.2-14", "MQTT31-3.1"],
);
static QOS_WITHOUT_WILL: Rule = Rule::malformed(
    "Will QoS is not 0 though Will Flag is 0",
    ["MQTT5-3.1.2-11", "MQTT311-3.1.2-13", "MQTT31-3.1"],
);
static RETAIN_WITHOUT_WILL: Rule = Rule::malformed(
    "Will Retain is 1 though Will Flag is 0",
    ["MQTT5-3.1.2-13", "MQTT311-3.1.2-15", "MQTT31-3.1"],
);
static TOPIC: TopicRules = TopicRules {
    text: text_rules!("Will Topic"),
    wildcard: Rule::malformed(
        "Will Topic holds a wildcard (+ or #), which only topic filters may",
        ["MQTT5-4.7.0-1", "MQTT311-4.7.1-1", "MQTT31-3.1"],
    ),
};
static TOPIC_EMPTY: Rule = Rule::protocol_error(
    "Will Topic is empty; a topic name has at least one character",
    ["MQTT5-4.7.3-1", "MQTT311-4.7.3-1", "MQTT31-3.1"],
);
static PAYLOAD: Rule = cut_short!("Will Payload");

/// Will Flag, in the Connect Flags.
pub(super) const FLAG: u8 = 0x04;
const QOS_SHIFT: u32 = 3;
const RETAIN: u8 = 0x20;

/// Which rule on wills the Connect Flags break, if any.
pub(super) fn check_flags(version: Version, flags: u8) -> Result<(), &'static Rule> {
    let qos = (flags >> QOS_SHIFT) & 3;
    if flags & FLAG != 0 {
        // [MQTT5-3.1.2-12] [MQTT311-3.1.2-14]
        return if qos == 3 { Err(&QOS_3) } else { Ok(()) };
    }
    // 3.1 ignores both if there is no will.
    if version == Version::V31 {
        return Ok(());
    }
    // [MQTT5-3.1.2-11] [MQTT311-3.1.2-11] [MQTT311-3.1.2-13]
    if qos != 0 {
        return Err(&QOS_WITHOUT_WILL);
    }
    // [MQTT5-3.1.2-13] [MQTT311-3.1.2-15]
    if flags & RETAIN != 0 {
        Err(&RETAIN_WITHOUT_WILL)
    } else {
        Ok(())
    }
}

impl<'a> Will<'a> {
    /// Decodes the will's part of the payload. QoS and RETAIN come from the flags, which [`check_flags`] has checked.
    pub(super) fn decode(version: Version, flags: u8, reader: &mut Reader<'a>) -> Parsed<Self> {
        let properties = if version.is_v5() {
            WillProperties::decode(reader)?
        } else {
            WillProperties::default()
        };
        let topic_at = reader.offset();
        // [MQTT5-3.1.3-11] [MQTT311-3.1.3-10]
        let topic = reader.topic_name(&TOPIC)?;
        if topic.is_empty() {
            // [MQTT5-4.7.3-1] [MQTT311-4.7.3-1]
            return Err(TOPIC_EMPTY.broken_at(topic_at));
        }
        let payload = reader.binary(&PAYLOAD)?;
        // `check_flags` has refused 3.
        let qos = QoS::from_bits((flags >> QOS_SHIFT) & 3).unwrap_or_default();
        Ok(Self {
            topic,
            payload,
            qos,
            retain: flags & RETAIN != 0,
            properties,
        })
    }

    /// The will's bits of the Connect Flags.
    pub(super) const fn flags(&self) -> u8 {
        FLAG | self.qos.bits() << QOS_SHIFT | if self.retain { RETAIN } else { 0 }
    }

    /// Gives `sink` the will's part of the payload.
    pub(super) fn put<S: Sink>(&self, version: Version, sink: &mut S) {
        if version.is_v5() {
            self.properties.put(sink);
        }
        sink.text(self.topic);
        sink.binary(self.payload);
    }
}

impl<'a> WillProperties<'a> {
    fn decode(reader: &mut Reader<'a>) -> Parsed<Self> {
        let mut properties = Properties::open(reader, Owner::Will)?;
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
            Property::WillDelayInterval(value) => self.delay_secs = Some(value),
            Property::PayloadFormatIndicator(value) => self.payload_format = Some(value),
            Property::MessageExpiryInterval(value) => self.message_expiry_secs = Some(value),
            Property::ContentType(value) => self.content_type = Some(value),
            Property::ResponseTopic(value) => self.response_topic = Some(value),
            Property::CorrelationData(value) => self.correlation_data = Some(value),
            Property::UserProperty(pair) => self.user.push(pair),
            // The table allows no other property in a will.
            _ => {}
        }
    }
}

impl<'a> Will<'a> {
    /// These are its properties, and no others.
    pub(crate) fn set_properties(&mut self, properties: impl Iterator<Item = Property<'a>>) {
        self.properties = WillProperties::default();
        properties.for_each(|one| self.properties.take(one));
    }
}

impl<'a> WillProperties<'a> {
    /// Calls `visit` with each property that is there.
    pub(crate) fn each_property(&self, visit: &mut impl FnMut(Property<'a>)) {
        self.each(visit);
    }
}

impl<'a> PropertySet<'a> for WillProperties<'a> {
    fn each(&self, visit: &mut impl FnMut(Property<'a>)) {
        give(self.delay_secs.map(Property::WillDelayInterval), visit);
        give(self.payload_format.map(Property::PayloadFormatIndicator), visit);
        give(
            self.message_expiry_secs.map(Property::MessageExpiryInterval),
            visit,
        );
        give(self.content_type.map(Property::ContentType), visit);
        give(self.response_topic.map(Property::ResponseTopic), visit);
        give(self.correlation_data.map(Property::CorrelationData), visit);
        give_user(&self.user, visit);
    }
}
