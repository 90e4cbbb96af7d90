//! Fields that have parts: the will, subscriptions, decisions, properties.

use std::borrow::Cow;

use crate::journal::value::{Codes, Field, Kind, Value};
use crate::journal::{Decision, Direction, DropReason, Entry, Record};
use crate::wire::{self, FilterRequest, PacketType, Property, RetainHandling, Will};

/// What a will has.
pub(super) const WILL: &[Field] = &[
    Field::new("topic", Kind::TopicName, "topic name"),
    Field::new("qos", Kind::QOS, "QoS"),
    Field::new("retain", Kind::Bool, "RETAIN"),
    Field::new("payload", Kind::Bytes, "payload"),
    Field::new(
        "properties",
        Kind::Properties { of_will: true },
        "properties of the will",
    ),
];

pub(super) fn will<'a>(will: &'a Will<'a>) -> Value<'a> {
    let properties = properties(|visit| will.properties.each_property(&mut |one| visit(one)));
    object([
        ("topic", Some(will.topic.into())),
        ("qos", Some(will.qos.bits().into())),
        ("retain", Some(will.retain.into())),
        ("payload", Some(Value::Bytes(will.payload))),
        ("properties", properties),
    ])
}

/// What a SUBSCRIBE has for each filter. A filter may be a wrong one: that is decided later.
pub(super) const SUBSCRIPTION: &[Field] = &[
    Field::new("topic_filter", Kind::Text, "topic filter"),
    Field::new("qos", Kind::QOS, "Maximum QoS"),
    Field::new("no_local", Kind::Bool, "No Local"),
    Field::new("retain_as_published", Kind::Bool, "Retain As Published"),
    Field::new("retain_handling", Kind::Whole(0, 2), "Retain Handling"),
];

pub(super) fn subscription<'a>(asked: &FilterRequest<'a>) -> Value<'a> {
    let options = &asked.options;
    let handling: u8 = match options.retain_handling {
        RetainHandling::Always => 0,
        RetainHandling::IfNew => 1,
        RetainHandling::Never => 2,
    };
    object([
        ("topic_filter", Some(asked.filter.into())),
        ("qos", Some(options.qos.bits().into())),
        ("no_local", Some(options.no_local.into())),
        ("retain_as_published", Some(options.retain_as_published.into())),
        ("retain_handling", Some(handling.into())),
    ])
}

/// What a decision about a message has.
pub(super) const DECISION: &[Field] = &[
    Field::new("decision", Kind::OneOf(Decision::WORDS), "what was decided"),
    Field::new("client_id", Kind::Text, "the client that it is about"),
    Field::new(
        "topic",
        Kind::Text,
        "its whole topic, where its listener has a mount point",
    ),
    Field::new("why", Kind::OneOf(DropReason::WORDS), "why it is dropped"),
    Field::new(
        "reason_code",
        Kind::Code(Codes::Refusals),
        "Reason Code of a refusal",
    ),
    Field::new("reason", Kind::CodeName, "its name in the standard"),
    Field::new(
        "because",
        Kind::Text,
        "why it is refused, in words: the line of an ACL that decided, or a rule",
    ),
];

/// Only a PUBLISH from a client is decided about.
pub(super) fn decisions(entry: &Entry) -> Option<Value<'_>> {
    match &entry.record {
        Record::Packet {
            direction: Direction::In,
            decisions,
            ..
        } if entry.packet_type() == Some(PacketType::Publish) => {
            Some(Value::List(decisions.iter().map(Decision::value).collect()))
        }
        _ => None,
    }
}

impl Decision {
    pub(in crate::journal) fn value(&self) -> Value<'_> {
        let (client_id, why, refusal) = match self {
            Self::Sent(client) | Self::Queued(client) => (Some(client), None, None),
            Self::Dropped(client, why) => (Some(client), Some(why), None),
            Self::Refused(code, because) => (None, None, Some((code, because))),
            Self::Retained(_) | Self::Mounted(_) | Self::Duplicate => (None, None, None),
        };
        let topic = match self {
            Self::Mounted(topic) => Some(topic),
            _ => None,
        };
        let code = refusal.map(|(code, _)| code);
        let because = refusal.and_then(|(_, because)| because.as_ref());
        object([
            ("decision", Some(self.word().into())),
            ("client_id", client_id.map(|client| (&**client).into())),
            ("topic", topic.map(|topic| (&**topic).into())),
            ("why", why.map(|why| why.word().into())),
            ("reason_code", code.map(|code| code.0.into())),
            ("reason", code.map(|code| code.name().into())),
            ("because", because.map(|because| (&**because).into())),
        ])
    }
}

fn object<'a, const N: usize>(members: [(&'static str, Option<Value<'a>>); N]) -> Value<'a> {
    let members = members.into_iter();
    Value::Object(
        members
            .filter_map(|(name, value)| Some((Cow::Borrowed(name), value?)))
            .collect(),
    )
}

/// The name of a property as JSON has it: the standard's, in snake case.
fn snake_case(name: &str) -> String {
    name.to_lowercase().replace(' ', "_")
}

/// Properties under their names; `None` where there are none. `each` visits them.
pub(super) fn properties<'a>(each: impl FnOnce(&mut dyn FnMut(Property<'a>))) -> Option<Value<'a>> {
    let mut members: Vec<(Cow<'static, str>, Value<'a>)> = Vec::new();
    each(&mut |property| {
        let name = snake_case(property.name());
        let value: Value<'a> = match property {
            Property::PayloadFormatIndicator(text) => u8::from(text).into(),
            Property::MessageExpiryInterval(number)
            | Property::SessionExpiryInterval(number)
            | Property::WillDelayInterval(number)
            | Property::MaximumPacketSize(number) => number.into(),
            Property::ServerKeepAlive(number)
            | Property::ReceiveMaximum(number)
            | Property::TopicAliasMaximum(number)
            | Property::TopicAlias(number) => number.into(),
            Property::MaximumQoS(qos) => qos.bits().into(),
            Property::RequestProblemInformation(yes)
            | Property::RequestResponseInformation(yes)
            | Property::RetainAvailable(yes)
            | Property::WildcardSubscriptionAvailable(yes)
            | Property::SubscriptionIdentifiersAvailable(yes)
            | Property::SharedSubscriptionAvailable(yes) => yes.into(),
            Property::ContentType(text)
            | Property::ResponseTopic(text)
            | Property::AssignedClientIdentifier(text)
            | Property::AuthenticationMethod(text)
            | Property::ResponseInformation(text)
            | Property::ServerReference(text)
            | Property::ReasonString(text) => text.into(),
            Property::CorrelationData(data) => Value::Bytes(data),
            Property::AuthenticationData(_) => return,
            // A packet may have several of these two.
            Property::SubscriptionIdentifier(number) => Value::List(vec![number.into()]),
            Property::UserProperty((key, value)) => {
                let pair = object([("name", Some(key.into())), ("value", Some(value.into()))]);
                Value::List(vec![pair])
            }
        };
        let before = members.iter_mut().find(|(known, _)| *known == name);
        match (before, value) {
            (Some((_, Value::List(list))), Value::List(more)) => list.extend(more),
            (_, value) => members.push((Cow::Owned(name), value)),
        }
    });
    (!members.is_empty()).then_some(Value::Object(members))
}

/// The properties that such a packet may have, or the will in it, under the names that JSON has.
pub(crate) fn properties_of(packet: PacketType, will: bool) -> impl Iterator<Item = (String, Kind)> {
    wire::properties_of(packet, will).map(|(name, kind)| {
        let kind = match kind {
            "flag" if name == "Payload Format Indicator" => Kind::Whole(0, 1),
            "flag" => Kind::Bool,
            "qos" => Kind::Whole(0, 1),
            "two" => Kind::TWO_BYTES,
            "alias" | "two_from_1" => Kind::FROM_1,
            "four" => Kind::Whole(0, u64::from(u32::MAX)),
            "four_from_1" => Kind::Whole(1, u64::from(u32::MAX)),
            "varint" => Kind::List(&Kind::Whole(1, 268_435_455)),
            "topic" => Kind::TopicName,
            "pair" => Kind::List(&Kind::Object(PAIR)),
            "binary" if name == "Authentication Data" => Kind::Secret,
            "binary" => Kind::Bytes,
            _ => Kind::Text,
        };
        (snake_case(name), kind)
    })
}

/// What a User Property has.
const PAIR: &[Field] = &[
    Field::new("name", Kind::Text, "its name"),
    Field::new("value", Kind::Text, "its value"),
];
