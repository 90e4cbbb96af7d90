//! Reason codes explained: what is behind them, and what one can do.

use crate::plan::Version;

/// What a reason code of version 5 means for the client that gets it, in a sentence. Empty where its name says
/// enough.
#[must_use]
pub(super) fn reason_meaning(code: u8) -> &'static str {
    match code {
        0x80 => "The broker does not say why; its log may.",
        0x81 => "A packet could not be decoded.",
        0x82 => "A packet came that may not come here, or says what it may not say.",
        0x83 => "The packet is valid, but this broker does not take it.",
        0x84 => "The broker does not speak this version of MQTT; try another with -V.",
        0x85 => "This client identifier is not allowed; try another with -i.",
        0x86 => "User name or password are wrong; check -u and -P.",
        0x87 => "The broker's rules do not allow this to this user.",
        0x88 => "The broker is there, but cannot serve now.",
        0x89 => "The broker has too much to do; try again later.",
        0x8A => "The broker's administrator has shut this client out.",
        0x8B => "The broker is going down; try again when it is back.",
        0x8C => "The broker does not know this way to log in, or it is not the one that was begun.",
        0x8D => "The broker heard nothing for one and a half times the keep alive.",
        0x8E => "Another client connected with the same client identifier; only one may.",
        0x8F => "The filter is well formed, but this broker does not allow it.",
        0x90 => "The topic is well formed, but this broker does not allow it.",
        0x91 => "The number belongs to another message that is not yet acknowledged.",
        0x92 => "The broker does not know a message of this number; its session may be new.",
        0x93 => "More messages of QoS 1 and 2 were on their way than the broker allows.",
        0x94 => "The topic alias is 0 or beyond what the broker allows.",
        0x95 => "The packet is larger than the broker takes.",
        0x96 => "Messages came faster than the broker allows.",
        0x97 => "A limit of the broker is reached.",
        0x98 => "The broker's administrator did this.",
        0x99 => "The payload is not what its format indicator says.",
        0x9A => "This broker retains no messages; leave -r out.",
        0x9B => "This broker does not take this QoS; try a lower one.",
        0x9C => "Another broker is to be used for now.",
        0x9D => "The broker has moved for good.",
        0x9E => "This broker has no shared subscriptions ($share/…).",
        0x9F => "Too many connections in a short time; try again later.",
        0xA0 => "The connection lasted as long as the broker allows.",
        0xA1 => "This broker has no subscription identifiers.",
        0xA2 => "This broker has no wildcards in subscriptions.",
        _ => "",
    }
}

/// As [`reason_meaning`], for CONNACK of any version.
pub(super) fn connack_meaning(version: Version, code: u8) -> &'static str {
    if version == Version::V5 && code >= 0x80 {
        return reason_meaning(code);
    }
    match code {
        1 => reason_meaning(0x84),
        2 => reason_meaning(0x85),
        3 => reason_meaning(0x88),
        4 => reason_meaning(0x86),
        5 => reason_meaning(0x87),
        _ => "It gives a code that the standard does not know.",
    }
}
