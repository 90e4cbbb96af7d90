//! [`Value`] and [`Kind`]: what a field of an entry is, and what it can be.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json};

use super::Omitted;
use crate::wire::{PacketType, ReasonCode, Version};

/// The value of a field. It borrows from the entry, so that to look at a field costs little.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Bool(bool),
    Whole(u64),
    Real(f64),
    Text(Cow<'a, str>),
    /// A topic name. Patterns compare it with a topic filter.
    Topic(&'a str),
    /// In JSON a text where it is UTF-8, else Base64 under `NAME_base64`.
    Bytes(&'a [u8]),
    /// A payload that the journal did not keep.
    Omitted(Omitted),
    List(Vec<Value<'a>>),
    Object(Vec<(Cow<'static, str>, Value<'a>)>),
    /// A part of a payload that is JSON.
    Json(&'a Json),
}

impl<'a> Value<'a> {
    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn version(version: Version) -> Self {
        Self::from(match version {
            Version::V31 => "3.1",
            Version::V311 => "3.1.1",
            Version::V5 => "5.0",
        })
    }

    /// As text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Topic(name) => Some(name),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            Self::Json(value) => value.as_str(),
            _ => None,
        }
    }

    /// As JSON. Bytes that are not text become Base64; [`put`] gives them a name that says so.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool(yes) => (*yes).into(),
            Self::Whole(number) => (*number).into(),
            Self::Real(number) => (*number).into(),
            Self::Text(text) => Json::from(&**text),
            Self::Topic(name) => (*name).into(),
            Self::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => BASE64_STANDARD.encode(bytes).into(),
            },
            Self::Omitted(_) => Json::Null,
            Self::List(elements) => elements.iter().map(Value::to_json).collect(),
            Self::Object(members) => {
                let mut fields = Map::new();
                for (name, value) in members {
                    put(&mut fields, name, value);
                }
                fields.into()
            }
            Self::Json(value) => (*value).clone(),
        }
    }
}

/// Adds a field to an object of JSON. Bytes that are not text get a name that says so.
pub(super) fn put(fields: &mut Map<String, Json>, name: &str, value: &Value<'_>) {
    let name = match value {
        Value::Omitted(_) => return,
        Value::Bytes(bytes) if std::str::from_utf8(bytes).is_err() => format!("{name}_base64"),
        _ => name.to_owned(),
    };
    fields.insert(name, value.to_json());
}

impl From<Duration> for Value<'_> {
    fn from(duration: Duration) -> Self {
        Self::Real(duration.as_secs_f64())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

macro_rules! whole {
    ($($number:ty)*) => {
        $(impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Self::Whole(u64::from(number))
            }
        })*
    };
}

whole!(u8 u16 u32 u64);

/// What the value of a field can be. A pattern that asks for anything else is an error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Bool,
    /// `true`, or absent.
    True,
    /// A whole number from the first to the second.
    Whole(u64, u64),
    Number,
    /// One of these words.
    OneOf(&'static [&'static str]),
    TopicName,
    TopicFilter,
    /// A topic name that patterns compare with a topic filter.
    Topic,
    /// Any bytes: a payload.
    Bytes,
    /// Bytes, shown as Base64.
    Base64,
    /// A reason code that is defined, and one of these.
    Code(Codes),
    /// The name of a reason code.
    CodeName,
    /// Members by name.
    Object(&'static [Field]),
    /// The properties of the packet, or of the will in it.
    Properties {
        of_will: bool,
    },
    /// Each element is one of these.
    List(&'static Kind),
    /// Never there: it is a secret.
    Secret,
}

/// A field of an entry: its name in JSON, what it can be, and what it means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub what: &'static str,
}

impl Field {
    pub const fn new(name: &'static str, kind: Kind, what: &'static str) -> Self {
        Self { name, kind, what }
    }
}

impl Kind {
    pub const VERSION: Kind = Kind::OneOf(&["3.1", "3.1.1", "5.0"]);
    /// Numbers that have two bytes on the wire.
    pub const TWO_BYTES: Kind = Kind::Whole(0, 65_535);
    /// Those of them that are never 0, as packet identifiers are.
    pub const FROM_1: Kind = Kind::Whole(1, 65_535);
    pub const COUNT: Kind = Kind::Whole(0, u64::MAX);
    pub const QOS: Kind = Kind::Whole(0, 2);
}

/// Which reason codes a field can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codes {
    Any,
    /// Those that say that something failed.
    Refusals,
    /// Those that the standard gives to the packet.
    OfPacket,
}

impl Codes {
    /// The codes that a packet of this type can have; `None` stands for an event.
    pub fn all(self, packet: Option<PacketType>) -> impl Iterator<Item = ReasonCode> {
        let is_one = move |code: &ReasonCode| match self {
            Self::Any => true,
            Self::Refusals => code.is_error(),
            Self::OfPacket => packet.is_some_and(|packet| code.allowed_in(packet)),
        };
        ReasonCode::ALL.iter().copied().filter(is_one)
    }
}
