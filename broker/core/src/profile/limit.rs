//! [`Limit`]: a bound, what comes of passing it, and who says so.

use super::kind::Kind;
use crate::wire::ReasonCode;

/// One limit of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What it is about.
    pub kind: Kind,
    /// What passes.
    pub bound: Bound,
    /// What that broker does with what does not.
    pub outcome: Outcome,
    /// Where that is said.
    pub source: String,
    /// When it was looked up: `2026-11-28`.
    pub as_of: String,
    /// What else there is to know; may be empty.
    pub note: String,
}

/// What passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// From the first to the second.
    Range(u64, u64),
    /// These alone.
    Only(Vec<String>),
    /// All but these.
    Not(Vec<String>),
    /// Nothing of the kind.
    Nothing,
}

/// What a broker does with what passes a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It closes the connection without a word.
    Close,
    /// It says this in DISCONNECT, or in CONNACK where the packet is CONNECT, and closes the connection.
    Disconnect(ReasonCode),
    /// It answers with this reason code, and the connection stays. Where the version has no such answer, the connection is closed; a
    /// PUBLISH at QoS 0 is lost.
    Answer(ReasonCode),
    /// It neither answers nor does anything.
    Ignore,
    /// It acknowledges the message and loses it.
    Lose,
    /// It reads nothing more of the connection for a second.
    Pause,
    /// It takes less than was asked for, and says so in its answer: a lower QoS, a shorter time.
    Lower,
}

impl Outcome {
    /// The words in a profile.
    pub(super) const WORDS: [&'static str; 7] = [
        "close",
        "disconnect",
        "answer",
        "ignore",
        "lose",
        "pause",
        "lower",
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Disconnect(_) => "disconnect",
            Self::Answer(_) => "answer",
            Self::Ignore => "ignore",
            Self::Lose => "lose",
            Self::Pause => "pause",
            Self::Lower => "lower",
        }
    }

    pub(super) fn reason(self) -> Option<ReasonCode> {
        match self {
            Self::Disconnect(reason) | Self::Answer(reason) => Some(reason),
            _ => None,
        }
    }
}
