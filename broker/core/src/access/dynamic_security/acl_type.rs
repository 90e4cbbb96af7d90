//! [`AclType`]: what a rule is about.

use serde::{Deserialize, Deserializer, Serialize};

/// What a rule of a role is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum AclType {
    PublishClientSend,
    PublishClientReceive,
    SubscribeLiteral,
    SubscribePattern,
    UnsubscribeLiteral,
    UnsubscribePattern,
}

impl AclType {
    /// In the order in which the plugin writes them.
    const ALL: [(&'static str, Self); 6] = [
        ("publishClientSend", Self::PublishClientSend),
        ("publishClientReceive", Self::PublishClientReceive),
        ("subscribeLiteral", Self::SubscribeLiteral),
        ("subscribePattern", Self::SubscribePattern),
        ("unsubscribeLiteral", Self::UnsubscribeLiteral),
        ("unsubscribePattern", Self::UnsubscribePattern),
    ];

    /// The type of this name; great and small letters are the same there.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, it)| *it)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// All names, in words.
    pub fn names() -> String {
        Self::ALL.map(|(name, _)| name).join(", ")
    }
}

impl<'de> Deserialize<'de> for AclType {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::named(&name).ok_or_else(|| {
            let names = Self::names();
            serde::de::Error::custom(format_args!("{name:?} is no acltype; there are {names}"))
        })
    }
}
