//! What packets are made of.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use broker_core::wire::{PacketId, QoS, UserProperties, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A packet borrows its strings, and a strategy cannot lend them. So each string is kept once and never freed.
fn keep(bytes: Vec<u8>) -> &'static [u8] {
    static KEPT: LazyLock<Mutex<HashSet<&'static [u8]>>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = kept.get(&bytes[..]) {
        return same;
    }
    let new: &'static [u8] = bytes.leak();
    kept.insert(new);
    new
}

fn keep_text(text: String) -> &'static str {
    std::str::from_utf8(keep(text.into_bytes())).expect("it was a string")
}

/// Any of the three versions.
pub(crate) fn version() -> impl Strategy<Value = Version> + Clone {
    select(vec![Version::V31, Version::V311, Version::V5])
}

/// A string as the standard allows it: any characters but U+0000. Mostly short, now and then as long as can be.
pub(crate) fn text() -> impl Strategy<Value = &'static str> + Clone {
    prop_oneof![
        8 => "[a-z0-9/$ ]{0,12}",
        4 => vec(any::<char>(), 0..8).prop_map(|characters| characters.into_iter().collect::<String>()),
        1 => "[a-zé€]{100,300}",
        1 => select(vec!["\u{feff}", "\u{ffff}", "+", "#", "a/+/b", "\u{1}\n"]).prop_map(str::to_owned),
    ]
    .prop_map(|text| keep_text(text.replace('\0', "\u{1}")))
}

/// A topic name: at least one character and no wildcard.
pub(crate) fn topic_name() -> impl Strategy<Value = &'static str> + Clone {
    text().prop_map(|text| {
        let name = text.replace(['+', '#'], "-");
        keep_text(if name.is_empty() { "t".to_owned() } else { name })
    })
}

/// Binary data that fits a length of two bytes.
pub(crate) fn binary() -> impl Strategy<Value = &'static [u8]> + Clone {
    prop_oneof![8 => vec(any::<u8>(), 0..12), 1 => vec(any::<u8>(), 100..300)].prop_map(keep)
}

/// An application message: like [`binary`], and now and then long enough for a Remaining Length of three bytes.
pub(crate) fn payload() -> impl Strategy<Value = &'static [u8]> + Clone {
    prop_oneof![
        8 => binary(),
        1 => (any::<u8>(), 16_000..17_000_usize).prop_map(|(byte, len)| keep(vec![byte; len])),
    ]
}

/// A packet identifier.
pub(crate) fn packet_id() -> impl Strategy<Value = PacketId> + Clone {
    prop_oneof![1..=3_u16, any::<u16>()].prop_map(|id| PacketId::new(id).unwrap_or(PacketId::MIN))
}

/// A QoS.
pub(crate) fn qos() -> impl Strategy<Value = QoS> + Clone {
    select(vec![QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
}

/// User Properties, mostly none.
pub(crate) fn user() -> impl Strategy<Value = UserProperties<'static>> + Clone {
    prop_oneof![2 => Just(Vec::new()), 1 => vec((text(), text()), 1..4)]
}

/// A Subscription Identifier: one to four bytes.
pub(crate) fn subscription_id() -> impl Strategy<Value = u32> + Clone {
    prop_oneof![1..=200_u32, 1..=268_435_455_u32, Just(268_435_455)]
}
