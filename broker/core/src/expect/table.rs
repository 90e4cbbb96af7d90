//! What entries can have: each kind of packet and event with its directions, its fields, and the values of those. All that
//! makes a pattern one that nothing can fit is read from here.

use crate::journal::{CloseReason, Direction, DropReason, Event};
use crate::wire::{self, PacketType, ReasonCode};

/// What the value of a field can be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Is {
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
    /// Bytes, as Base64.
    Base64,
    /// A reason code that is defined and for which this holds.
    Code(fn(ReasonCode) -> bool),
    /// The name of a reason code.
    CodeName,
    /// Members by name.
    Object(&'static [Field]),
    /// The properties of such a packet; of the will in it, where that is said.
    Properties(PacketType, bool),
    /// Each element is one of these.
    List(&'static Is),
    /// Never there: it is a secret.
    Secret,
}

/// A field and what it can be.
pub(super) type Field = (&'static str, Is);

const WORD: Is = Is::Whole(1, 65_535);
const COUNT: Is = Is::Whole(0, u64::MAX);
const QOS: Is = Is::Whole(0, 2);
/// Some reason code.
const ANY_CODE: Is = Is::Code(|_| true);
const REFUSAL: Is = Is::Code(ReasonCode::is_error);

/// What entries of all kinds have.
pub(super) const ALL: &[Field] = &[
    ("seq", COUNT),
    ("at_secs", Is::Number),
    ("conn", COUNT),
    ("client_id", Is::Text),
    ("version", Is::OneOf(&["3.1", "3.1.1", "5.0"])),
];

/// What packets of all types have, beside `direction`, `packet` and `properties`, which depend on the type.
pub(super) const PACKET: &[Field] = &[
    ("record", Is::OneOf(&["packet"])),
    ("raw_base64", Is::Base64),
    ("malformed", Is::Text),
];

/// What events of all kinds have, beside `event`.
pub(super) const EVENT: &[Field] = &[("record", Is::OneOf(&["event"]))];

/// What a will has.
const WILL: &[Field] = &[
    ("topic", Is::TopicName),
    ("qos", QOS),
    ("retain", Is::Bool),
    ("payload", Is::Text),
    ("payload_base64", Is::Base64),
    ("properties", Is::Properties(PacketType::Connect, true)),
];

/// What a SUBSCRIBE has for each filter. A filter may be none: whether it is one is decided later.
const SUBSCRIPTION: &[Field] = &[
    ("topic_filter", Is::Text),
    ("qos", QOS),
    ("no_local", Is::Bool),
    ("retain_as_published", Is::Bool),
    ("retain_handling", Is::Whole(0, 2)),
];

/// What was decided about a message, once for each whom it concerns.
const DECISION: &[Field] = &[
    (
        "decision",
        Is::OneOf(&[
            "sent",
            "queued",
            "dropped",
            "retained",
            "retained_removed",
            "duplicate",
            "refused",
        ]),
    ),
    ("client_id", Is::Text),
    ("why", Is::OneOf(DropReason::WORDS)),
    ("reason_code", REFUSAL),
    ("reason", Is::CodeName),
];

/// Each event, and what only it has.
pub(super) const EVENTS: &[(&str, &[Field])] = &[
    (
        "connected",
        &[
            ("peer", Is::Text),
            ("user", Is::Text),
            ("clean_start", Is::Bool),
            ("session_present", Is::Bool),
            ("keep_alive_secs", Is::Whole(0, 65_535)),
        ],
    ),
    (
        "refused",
        &[
            ("peer", Is::Text),
            ("reason_code", REFUSAL),
            ("reason", Is::CodeName),
        ],
    ),
    (
        "disconnected",
        &[
            ("peer", Is::Text),
            ("cause", Is::OneOf(CloseReason::WORDS)),
            ("reason_code", ANY_CODE),
            ("text", Is::Text),
        ],
    ),
    (
        "contested",
        &[
            ("peer", Is::Text),
            ("other_peer", Is::Text),
            ("takeovers", Is::Whole(1, u32::MAX as u64)),
            ("within_secs", Is::Number),
        ],
    ),
    ("subscribed", &[("filter", Is::TopicFilter), ("qos", QOS)]),
    (
        "subscription_refused",
        &[
            ("filter", Is::Text),
            ("reason_code", REFUSAL),
            ("reason", Is::CodeName),
        ],
    ),
    ("unsubscribed", &[("filter", Is::TopicFilter)]),
    ("session_ended", &[("expired", Is::Bool)]),
    ("will_published", &[("topic", Is::TopicName)]),
    (
        "dropped",
        &[("topic", Is::TopicName), ("why", Is::OneOf(DropReason::WORDS))],
    ),
    (
        "upstream_unavailable",
        &[("upstream", Is::Text), ("why", Is::Text)],
    ),
    ("passed_through", &[("peer", Is::Text)]),
    (
        "engine_failed",
        &[("engine", Is::Text), ("part", Is::Text), ("why", Is::Text)],
    ),
    (
        "engine_renewed",
        &[
            ("engine", Is::Text),
            ("part", Is::Text),
            ("connections_kept", Is::Bool),
        ],
    ),
];

/// The names of all events.
pub(super) const EVENT_NAMES: &[&str] = Event::WORDS;

/// All types of packets.
pub(super) fn packets() -> impl Iterator<Item = PacketType> {
    (1_u8..=15).filter_map(|bits| PacketType::from_first_byte(bits << 4))
}

/// The name of this type, as a list.
pub(super) fn name_of(packet: PacketType) -> &'static [&'static str] {
    const NAMES: [&str; 15] = {
        let mut names = [""; 15];
        let mut bits = 1;
        while bits <= 15 {
            if let Some(packet) = PacketType::from_first_byte((bits as u8) << 4) {
                names[bits - 1] = packet.name();
            }
            bits += 1;
        }
        names
    };
    let at = NAMES.iter().position(|name| *name == packet.name());
    at.and_then(|at| NAMES.get(at..=at)).unwrap_or_default()
}

/// Who sends packets of this type: a client (`In`), the broker (`Out`), both (`None`).
pub(super) const fn only_way(packet: PacketType) -> Option<Direction> {
    match packet {
        PacketType::Connect | PacketType::Subscribe | PacketType::Unsubscribe | PacketType::PingReq => {
            Some(Direction::In)
        }
        PacketType::ConnAck | PacketType::SubAck | PacketType::UnsubAck | PacketType::PingResp => {
            Some(Direction::Out)
        }
        PacketType::Publish
        | PacketType::PubAck
        | PacketType::PubRec
        | PacketType::PubRel
        | PacketType::PubComp
        | PacketType::Disconnect
        | PacketType::Auth => None,
    }
}

/// What only packets of this type have.
pub(super) const fn of_packet(packet: PacketType) -> &'static [Field] {
    /// The fields of a packet that answers another.
    macro_rules! acknowledgement {
        ($packet:ident) => {
            &[
                ("packet_identifier", WORD),
                (
                    "reason_code",
                    Is::Code(|code| code.allowed_in(PacketType::$packet)),
                ),
                ("reason", Is::CodeName),
            ]
        };
    }
    match packet {
        PacketType::Connect => &[
            ("client_identifier", Is::Text),
            ("clean_start", Is::Bool),
            ("keep_alive", Is::Whole(0, 65_535)),
            ("user_name", Is::Text),
            ("password", Is::True),
            ("will", Is::Object(WILL)),
        ],
        PacketType::ConnAck => &[
            ("session_present", Is::Bool),
            (
                "reason_code",
                Is::Code(|code| code.allowed_in(PacketType::ConnAck)),
            ),
            ("reason", Is::CodeName),
        ],
        PacketType::Publish => &[
            ("topic_name", Is::TopicName),
            ("qos", QOS),
            ("dup", Is::Bool),
            ("retain", Is::Bool),
            ("packet_identifier", WORD),
            ("payload", Is::Text),
            ("payload_base64", Is::Base64),
            ("payload_bytes", COUNT),
            ("payload_sha256", Is::Text),
            ("decisions", Is::List(&Is::Object(DECISION))),
        ],
        PacketType::PubAck => acknowledgement!(PubAck),
        PacketType::PubRec => acknowledgement!(PubRec),
        PacketType::PubRel => acknowledgement!(PubRel),
        PacketType::PubComp => acknowledgement!(PubComp),
        PacketType::Subscribe => &[
            ("packet_identifier", WORD),
            ("topic_filters", Is::List(&Is::Object(SUBSCRIPTION))),
        ],
        PacketType::Unsubscribe => &[
            ("packet_identifier", WORD),
            ("topic_filters", Is::List(&Is::Text)),
        ],
        PacketType::SubAck => &[
            ("packet_identifier", WORD),
            (
                "reason_codes",
                Is::List(&Is::Code(|code| code.allowed_in(PacketType::SubAck))),
            ),
        ],
        PacketType::UnsubAck => &[
            ("packet_identifier", WORD),
            (
                "reason_codes",
                Is::List(&Is::Code(|code| code.allowed_in(PacketType::UnsubAck))),
            ),
        ],
        PacketType::PingReq | PacketType::PingResp => &[],
        PacketType::Disconnect => &[
            (
                "reason_code",
                Is::Code(|code| code.allowed_in(PacketType::Disconnect)),
            ),
            ("reason", Is::CodeName),
        ],
        PacketType::Auth => &[
            ("reason_code", Is::Code(|code| code.allowed_in(PacketType::Auth))),
            ("reason", Is::CodeName),
        ],
    }
}

/// The properties that such a packet may have, under the names that they have in the journal.
pub(super) fn properties(packet: PacketType, will: bool) -> impl Iterator<Item = (String, Is)> {
    wire::properties_of(packet, will).flat_map(|(name, kind)| {
        let name = name.to_lowercase().replace(' ', "_");
        let is = match kind {
            "flag" if name == "payload_format_indicator" => Is::Whole(0, 1),
            "flag" => Is::Bool,
            "qos" => Is::Whole(0, 1),
            "two" => Is::Whole(0, 65_535),
            "alias" | "two_from_1" => WORD,
            "four" => Is::Whole(0, u64::from(u32::MAX)),
            "four_from_1" => Is::Whole(1, u64::from(u32::MAX)),
            "varint" => Is::List(&Is::Whole(1, 268_435_455)),
            "topic" => Is::TopicName,
            "pair" => Is::List(&Is::Object(&[("name", Is::Text), ("value", Is::Text)])),
            "binary" if name == "authentication_data" => Is::Secret,
            _ => Is::Text,
        };
        let bytes = (kind == "binary").then(|| (format!("{name}_base64"), Is::Base64));
        [Some((name, is)), bytes].into_iter().flatten()
    })
}
