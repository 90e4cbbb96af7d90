//! How single values are written in JSON.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Payload;

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
pub(super) fn is_zero(value: &u16) -> bool {
    *value == 0
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Bytewise<'a> {
    Text(std::borrow::Cow<'a, str>),
    Base64(std::borrow::Cow<'a, str>),
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Bytewise::Text(text.into()),
            Err(_) => Bytewise::Base64(BASE64_STANDARD.encode(&self.0).into()),
        }
        .serialize(to)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match Bytewise::deserialize(from)? {
            Bytewise::Text(text) => Bytes::from(text.into_owned()),
            Bytewise::Base64(coded) => Bytes::from(BASE64_STANDARD.decode(&*coded).map_err(|error| {
                serde::de::Error::custom(format!("not base64 with the standard alphabet: {error}"))
            })?),
        }))
    }
}

/// A type of its own with few values, written as a number.
macro_rules! number {
    ($name:ident, $type:ty, $bits:expr, $of:expr, $what:literal) => {
        pub(super) mod $name {
            use super::{Deserialize, Deserializer, Serializer};

            #[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
            pub(crate) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_u8($bits(*value))
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                let bits = u8::deserialize(from)?;
                $of(bits).ok_or_else(|| {
                    serde::de::Error::custom(format!(
                        concat!("{} is no ", $what, "; expected 0, 1 or 2"),
                        bits
                    ))
                })
            }
        }
    };
}

number!(
    qos,
    crate::wire::QoS,
    crate::wire::QoS::bits,
    crate::wire::QoS::from_bits,
    "QoS"
);
number!(
    retain_handling,
    crate::wire::RetainHandling,
    |value| value as u8,
    |bits| Some(match bits {
        0 => crate::wire::RetainHandling::Always,
        1 => crate::wire::RetainHandling::IfNew,
        2 => crate::wire::RetainHandling::Never,
        _ => return None,
    }),
    "Retain Handling"
);

pub(super) mod version {
    use super::{Deserialize, Deserializer, Serializer};
    use crate::wire::Version;

    #[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
    pub(crate) fn serialize<S: Serializer>(value: &Version, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Version, D::Error> {
        let text = String::deserialize(from)?;
        [Version::V31, Version::V311, Version::V5]
            .into_iter()
            .find(|version| version.to_string() == text)
            .ok_or_else(|| {
                serde::de::Error::custom(format!(
                    "{text:?} is not a version of MQTT; expected \"3.1\", \"3.1.1\" or \"5.0\""
                ))
            })
    }
}

pub(super) mod hex {
    use super::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
    pub(crate) fn serialize<S: Serializer>(value: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{value:016x}"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        u64::from_str_radix(&text, 16).map_err(|_| {
            serde::de::Error::custom(format!(
                "{text:?} is not a hexadecimal number of at most 16 digits"
            ))
        })
    }
}
