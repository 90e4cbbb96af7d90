//! `Rule`: one demand of the standards on a packet's bytes, and `Broken`: where it was not met.
//!
//! While decoding, an error is two or three words wide; only [`decode`](super::decode) turns it into a
//! [`DecodeError`], with the statement of the version that the connection speaks.
//!
//! Malformed Packet (0x81) or Protocol Error (0x82)? If a section says which, that holds. Otherwise the definitions of
//! section 1.2 of MQTT 5.0 decide: a packet that cannot be parsed is malformed; a packet that can be parsed but says
//! something that is not allowed is a protocol error.

use super::{DecodeError, ReasonCode, Version};

/// One demand on a packet's bytes.
#[derive(Debug)]
pub(super) struct Rule {
    /// What is wrong if the rule is broken, and what would be right.
    pub(super) what: &'static str,
    /// The reason code that a 5.0 peer is told.
    pub(super) reason: ReasonCode,
    /// The statement or section of MQTT 5.0, 3.1.1 and 3.1.
    statements: [&'static str; 3],
}

impl Rule {
    /// A rule that makes the packet a Malformed Packet. Statements are those of 5.0, 3.1.1 and 3.1.
    pub(super) const fn malformed(what: &'static str, statements: [&'static str; 3]) -> Self {
        Self {
            what,
            reason: ReasonCode::MALFORMED_PACKET,
            statements,
        }
    }

    /// A rule that makes the packet a Protocol Error. Statements are those of 5.0, 3.1.1 and 3.1.
    pub(super) const fn protocol_error(what: &'static str, statements: [&'static str; 3]) -> Self {
        Self {
            what,
            reason: ReasonCode::PROTOCOL_ERROR,
            statements,
        }
    }

    /// The same rule with another reason code.
    pub(super) const fn with_reason(self, reason: ReasonCode) -> Self {
        Self { reason, ..self }
    }

    /// The rule is broken at `offset`, counted from the packet's first byte.
    #[cold]
    pub(super) const fn broken_at(&'static self, offset: usize) -> Broken {
        Broken {
            rule: self,
            offset,
            section: None,
        }
    }
}

/// A rule, and where it was broken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Broken {
    rule: &'static Rule,
    offset: usize,
    /// The section for this very packet, if the rule is the same in several packets.
    section: Option<&'static &'static str>,
}

impl Broken {
    /// Cites `section` in place of the rule's own statement.
    #[cold]
    pub(super) const fn in_section(mut self, section: Option<&'static &'static str>) -> Self {
        self.section = section;
        self
    }

    /// The error that the caller of `decode` sees, with the statement of `version`.
    #[cold]
    pub(super) fn in_version(self, version: Version) -> DecodeError {
        let [v5, v311, v31] = self.rule.statements;
        let statement = match version {
            Version::V5 => self.section.copied().unwrap_or(v5),
            Version::V311 => v311,
            Version::V31 => v31,
        };
        DecodeError {
            what: self.rule.what,
            offset: self.offset,
            statement,
            reason: self.rule.reason,
        }
    }
}

/// The outcome of decoding a part of a packet.
pub(super) type Parsed<T> = Result<T, Broken>;

/// The statements behind "the packet ends before this field does".
pub(super) const LENGTHS: [&str; 3] = ["MQTT5-2.1.4", "MQTT311-2.2.3", "MQTT31-2.1"];

/// A rule for a field that the packet's end cuts off.
macro_rules! cut_short {
    ($field:literal) => {
        $crate::wire::rule::Rule::malformed(
            concat!($field, " is missing or cut short: the packet ends inside it"),
            $crate::wire::rule::LENGTHS,
        )
    };
}

/// The rules of a string field.
macro_rules! text_rules {
    ($field:literal) => {
        $crate::wire::rule::TextRules {
            cut_short: $crate::wire::rule::cut_short!($field),
            // [MQTT5-1.5.4-1] [MQTT311-1.5.3-1]; 3.1 says it in section 2.5.
            not_utf8: $crate::wire::rule::Rule::malformed(
                concat!($field, " is not valid UTF-8"),
                ["MQTT5-1.5.4-1", "MQTT311-1.5.3-1", "MQTT31-2.5"],
            ),
            // [MQTT5-1.5.4-2] [MQTT311-1.5.3-2]
            nul: $crate::wire::rule::Rule::malformed(
                concat!($field, " holds the character U+0000, which no string may"),
                ["MQTT5-1.5.4-2", "MQTT311-1.5.3-2", "MQTT31-2.5"],
            ),
        }
    };
}

pub(super) use cut_short;
pub(super) use text_rules;

/// The rules of a string field; made by `text_rules!`.
#[derive(Debug)]
pub(super) struct TextRules {
    pub(super) cut_short: Rule,
    pub(super) not_utf8: Rule,
    pub(super) nul: Rule,
}

/// The rules of a topic name.
#[derive(Debug)]
pub(super) struct TopicRules {
    pub(super) text: TextRules,
    pub(super) wildcard: Rule,
}

/// The rules of every Variable Byte Integer.
pub(super) static VARINT_CUT_SHORT: Rule = cut_short!("a Variable Byte Integer");
/// There may be at most four bytes, of seven bits each. Section 1.5.5 of 5.0, 2.2.3 of 3.1.1.
pub(super) static VARINT_TOO_LONG: Rule = Rule::malformed(
    "a Variable Byte Integer goes on after its fourth byte, the last it may have",
    ["MQTT5-1.5.5", "MQTT311-2.2.3", "MQTT31-2.1"],
);
/// Only 5.0 demands the shortest form.
pub(super) static VARINT_NOT_SHORTEST: Rule = Rule::malformed(
    "a Variable Byte Integer takes more bytes than its value needs",
    ["MQTT5-1.5.5-1", "MQTT311-2.2.3", "MQTT31-2.1"],
);

/// Bytes are left after every field was read.
pub(super) static TRAILING_BYTES: Rule =
    Rule::malformed("bytes are left over after the packet's last field", LENGTHS);
