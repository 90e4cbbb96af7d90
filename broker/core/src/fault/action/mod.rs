//! [`Action`]: what a rule does with a packet.

mod read;
mod write;

pub(super) use read::Meets;

use serde_json::Value as Json;

use super::Cut;
use super::delay::Delay;
use super::draft::{Draft, Edit};
use crate::wire::ReasonCode;

/// What a rule does with a packet. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    Drop,
    Latency(Delay),
    Duplicate {
        copies: u32,
        /// DUP of the copies; as it is where it is `None`.
        dup: Option<bool>,
        /// Packet Identifier of the copies; as it is where it is `None`.
        packet_identifier: Option<u16>,
    },
    Hold {
        timeout: Option<u64>,
    },
    Reorder {
        behind: u32,
        timeout: u64,
    },
    Corrupt {
        bytes: u32,
        at: Part,
    },
    Truncate {
        keep: u32,
        /// Whether the Remaining Length says so, too.
        adjust: bool,
    },
    Edit(Edit),
    Replace(Vec<Draft>),
    Answer(Vec<Draft>),
    AnswerEarly(Delay),
    Refuse(ReasonCode),
    Disconnect {
        after: bool,
        how: Cut,
        reason_code: Option<ReasonCode>,
    },
    Send {
        packets: Vec<Draft>,
        to: Toward,
        after: bool,
    },
}

/// A part of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All but the fixed header: the packet still ends where it did.
    Body,
    /// The payload of a PUBLISH.
    Payload,
    FixedHeader,
    Any,
}

impl Part {
    pub const WORDS: &'static [(&'static str, Part)] = &[
        ("body", Part::Body),
        ("payload", Part::Payload),
        ("fixed_header", Part::FixedHeader),
        ("any", Part::Any),
    ];
}

/// A side of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toward {
    Client,
    Broker,
}

impl Toward {
    pub const WORDS: &'static [(&'static str, Toward)] =
        &[("client", Toward::Client), ("broker", Toward::Broker)];
}

/// How a connection ends.
pub(super) const CUTS: &[(&str, Cut)] = &[
    ("close", Cut::Close),
    ("reset", Cut::Reset),
    ("half_open", Cut::HalfOpen),
];

/// The word that stands for a value.
pub(super) fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words
        .iter()
        .find(|(_, one)| one == value)
        .map_or("", |(word, _)| word)
}

/// What is said of an action, or of a toxic: its word, what it does, and its attributes with their meaning. The first
/// attribute of an action is that of the short form `latency 500`.
pub(super) struct About {
    pub word: &'static str,
    pub what: &'static str,
    pub attributes: &'static [(&'static str, &'static str)],
}

/// Every action.
pub(super) const ACTIONS: &[About] = &[
    About {
        word: "drop",
        what: "The packet is lost on the way.",
        attributes: &[],
    },
    About {
        word: "latency",
        what: "It goes on late, and what comes behind it waits.",
        attributes: &[
            (
                "latency",
                "milliseconds; needed, unless there is a `delayDistribution`",
            ),
            ("jitter", "± so many milliseconds"),
            (
                "delayDistribution",
                "`{ type = \"lognormal\", median = 80, sigma = 0.4 }`, with `maxValue` if you like, or `{ type = \"uniform\", \
                 lower = 1, upper = 9 }`",
            ),
        ],
    },
    About {
        word: "duplicate",
        what: "It comes more than once.",
        attributes: &[
            ("copies", "how many more; 1 where nothing is said"),
            ("dup", "DUP of the copies; as it was where nothing is said"),
            (
                "packet_identifier",
                "Packet Identifier of the copies; as it was where nothing is said. Their answers are swallowed",
            ),
        ],
    },
    About {
        word: "hold",
        what: "It is kept back until it is released. What comes behind it overtakes it.",
        attributes: &[("timeout", "it goes on after so many milliseconds at the latest")],
    },
    About {
        word: "reorder",
        what: "Packets that come behind it overtake it.",
        attributes: &[
            ("behind", "how many; 1 where nothing is said"),
            (
                "timeout",
                "it goes on after so many milliseconds at the latest; 1000 where nothing is said",
            ),
        ],
    },
    About {
        word: "corrupt",
        what: "Bits are flipped: one in each byte that is chosen.",
        attributes: &[
            ("bytes", "in how many bytes; 1 where nothing is said"),
            (
                "at",
                "`body` (all but the fixed header; so it is where nothing is said), `payload`, `fixed_header` or `any`",
            ),
        ],
    },
    About {
        word: "truncate",
        what: "It ends too early. What comes behind is taken for the rest of it.",
        attributes: &[
            ("keep", "how many bytes of it go on; needed"),
            (
                "adjust",
                "`true`: its Remaining Length says so, too, and the next packet is a packet again",
            ),
        ],
    },
    About {
        word: "edit",
        what: "Fields of it are changed.",
        attributes: &[
            (
                "set",
                "the fields with their new values, as `{ session_present = true }`",
            ),
            (
                "remove",
                "a list of what is taken out: `properties.NAME`, `will`, `user_name`, `password`, `payload`",
            ),
        ],
    },
    About {
        word: "replace",
        what: "Others go on in its place.",
        attributes: &[("with", "a packet, or a list of them; needed")],
    },
    About {
        word: "answer",
        what: "It is lost, and its sender gets an answer that was made up.",
        attributes: &[("with", "a packet, or a list of them; needed")],
    },
    About {
        word: "answer_early",
        what: "Its sender is told at once that all is granted, and it goes on late. The true answer is swallowed.",
        attributes: &[
            (
                "latency",
                "milliseconds; needed, unless there is a `delayDistribution`",
            ),
            ("jitter", "± so many milliseconds"),
            ("delayDistribution", "as in `latency`"),
        ],
    },
    About {
        word: "refuse",
        what: "CONNECT, PUBLISH, SUBSCRIBE or UNSUBSCRIBE is lost, and its sender is told that it was refused. After CONNECT, \
               and where the version has no packet that refuses, the connection closes.",
        attributes: &[(
            "reason_code",
            "a number, `\"0x97\"`, or a name as `\"Quota exceeded\"`; `\"Unspecified error\"` where nothing is said",
        )],
    },
    About {
        word: "disconnect",
        what: "The connection ends, and the packet is lost.",
        attributes: &[
            (
                "reason_code",
                "the client gets a DISCONNECT with it, if it speaks 5.0; without it there is none",
            ),
            ("after", "`true`: once the packet has gone on"),
            (
                "how",
                "`close`, as where nothing is said; `reset`; `half_open`: the client is told nothing",
            ),
        ],
    },
    About {
        word: "send",
        what: "It passes, and packets that nobody asked for are sent beside it. Their answers are swallowed.",
        attributes: &[
            ("packets", "a packet, or a list of them; needed"),
            ("to", "`client`, as where nothing is said, or `broker`"),
            ("after", "`true`: behind the packet, where both go the same way"),
        ],
    },
];

impl Action {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Latency(_) => "latency",
            Self::Duplicate { .. } => "duplicate",
            Self::Hold { .. } => "hold",
            Self::Reorder { .. } => "reorder",
            Self::Corrupt { .. } => "corrupt",
            Self::Truncate { .. } => "truncate",
            Self::Edit(_) => "edit",
            Self::Replace(_) => "replace",
            Self::Answer(_) => "answer",
            Self::AnswerEarly(_) => "answer_early",
            Self::Refuse(_) => "refuse",
            Self::Disconnect { .. } => "disconnect",
            Self::Send { .. } => "send",
        }
    }
}

/// Packets as they were said: one by itself, several in a list.
fn said(drafts: &[Draft]) -> Json {
    match drafts {
        [one] => one.said().clone(),
        several => several.iter().map(|one| one.said().clone()).collect(),
    }
}
