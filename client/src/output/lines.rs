//! `--json`: one object a line, for programs. The schema is documented in docs/CLI.md, from [`Line::SCHEMA`].

use std::time::Instant;

use serde::Serialize;

use super::message::Message;
use super::record::{FORMAT, MINOR, MessageFields, VERSION};
use crate::packet::Publish;

/// What a line tells.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(private_interfaces)]
pub enum Line<'a> {
    /// CONNACK came and said yes.
    Connected {
        /// Version of MQTT.
        mqtt_version: String,
        /// Client identifier.
        client_id: &'a str,
        /// Whether the broker had a session of this client.
        session_present: bool,
    },
    /// The first line of a recording.
    Recording {
        /// `citronella-recording`.
        format: &'a str,
        /// Version of the schema.
        version: u32,
        /// Counts what was added to it.
        minor: u32,
        /// The program that wrote it, with its version.
        by: &'a str,
        /// When it began, in UTC (RFC 3339).
        time: String,
    },
    /// SUBACK came.
    Subscribed {
        /// Each filter with its answer.
        filters: Vec<Granted<'a>>,
    },
    /// A message arrived.
    Message {
        /// When, in UTC (RFC 3339).
        time: String,
        /// Its fields.
        #[serde(flatten)]
        message: MessageFields<'a>,
    },
    /// A message is handed to the connection; whether it arrived is not yet known.
    Sending {
        /// Sent before, and sent again.
        dup: bool,
        /// Its fields.
        #[serde(flatten)]
        message: MessageFields<'a>,
    },
    /// The broker took a message of QoS 1 or 2, to the end of its handshake.
    Acknowledged {
        /// Packet identifier.
        id: u16,
        /// Reason code.
        code: u8,
        /// It in words.
        reason: &'a str,
        /// Since the message was sent.
        after_ms: f64,
    },
    /// The broker refused a message (version 5).
    Refused {
        /// Packet identifier.
        id: u16,
        /// Reason code, from 128 on.
        code: u8,
        /// It in words.
        reason: &'a str,
    },
    /// The connection was lost, and will be tried again.
    Reconnecting {
        /// Why it was lost.
        error: &'a str,
        /// How long until the next attempt.
        wait_secs: f64,
    },
    /// The connection is back.
    Reconnected {
        /// Whether the broker kept the session.
        session_present: bool,
    },
    /// What a load came to.
    Load {
        /// The figures.
        #[serde(flatten)]
        figures: serde_json::Value,
    },
    /// The end.
    Summary {
        /// How many messages were sent, and at QoS 1 and 2 acknowledged.
        #[serde(skip_serializing_if = "Option::is_none")]
        sent: Option<u64>,
        /// How many messages arrived.
        #[serde(skip_serializing_if = "Option::is_none")]
        received: Option<u64>,
        /// Why it ended.
        end: &'a str,
    },
    /// What went wrong; on standard error.
    Error {
        /// Which error, for programs.
        kind: &'a str,
        /// The same in words, for people.
        message: &'a str,
        /// The program's exit code.
        exit_code: u8,
        /// Where an expectation was not met: what came instead.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        others: Vec<Other<'a>>,
        /// Where messages are left.
        #[serde(flatten)]
        unfinished: Option<Unfinished>,
    },
}

/// How far a publisher came.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Unfinished {
    /// Messages that were sent.
    pub sent: u64,
    /// How many of them were not acknowledged.
    pub unacknowledged: u64,
    /// Messages that were known, and never sent.
    pub unsent: u64,
}

/// A message that is not the one that was expected.
#[derive(Debug, Serialize)]
pub struct Other<'a> {
    #[serde(flatten)]
    message: MessageFields<'a>,
    why: &'a str,
}

impl<'a> Other<'a> {
    /// This message, and what is different about it.
    #[must_use]
    pub fn new(message: &'a Message, why: &'a str) -> Self {
        let message = MessageFields::of(message);
        Self { message, why }
    }
}

/// What became of a filter.
#[derive(Debug, Serialize)]
pub struct Granted<'a> {
    /// Topic filter.
    pub filter: &'a str,
    /// SUBACK's code: the granted QoS, or from 128 on a refusal.
    pub code: u8,
    /// It in words.
    pub reason: &'a str,
}

impl<'a> Line<'a> {
    /// Every event with the programs that tell of it, its meaning and its fields.
    pub const SCHEMA: &'static [(&'static str, &'static str, &'static str)] = &[
        (
            "recording",
            "The first line of a recording.",
            "`format`: `citronella-recording`; `version`: 1; `minor`: 1; `by`: the program that wrote it; `time`: RFC 3339, UTC",
        ),
        (
            "connected",
            "CONNACK came and said yes.",
            "`mqtt_version`: 3.1, 3.1.1 or 5.0; `client_id`; `session_present`: whether the broker had a session of this client",
        ),
        (
            "subscribed",
            "SUBACK came.",
            "`filters`: a list of objects with `filter`, `code` (granted QoS, or from 128 on a refusal), `reason` (it in words)",
        ),
        (
            "message",
            "A message arrived.",
            "`time`: RFC 3339, UTC; `topic`; `qos`; `retain`; `id`: packet identifier, at QoS 1 and 2; `payload` if it is UTF-8, \
             else `payload_base64`; `properties`: an object, with version 5",
        ),
        (
            "sending",
            "A message is handed to the connection. Whether it arrived is not known yet.",
            "`dup`: sent before; then as `message`",
        ),
        (
            "acknowledged",
            "The broker took a message of QoS 1 or 2, to the end of its handshake.",
            "`id`; `code`; `reason`; `after_ms`: since it was sent",
        ),
        (
            "refused",
            "The broker refused a message (version 5).",
            "`id`; `code`; `reason`",
        ),
        (
            "reconnecting",
            "The connection was lost, and will be tried again.",
            "`error`; `wait_secs`",
        ),
        ("reconnected", "The connection is back.", "`session_present`"),
        (
            "load",
            "What `--load` came to; the last line.",
            "`clients`; `qos`; `size_bytes`; `rate` (null: as many as possible); `secs`; `sent`; `acknowledged` (null at QoS 0); `refused`; `received` (null with \
             `--send-only`); `sent_per_sec`; `latency`: an object with `min_ms`, `p50_ms`, `p90_ms`, `p99_ms`, `p999_ms`, `max_ms`",
        ),
        (
            "summary",
            "The last line, when all went well.",
            "`sent`: messages sent, at QoS 1 and 2 acknowledged; `received`: messages that arrived; `end`: `done`, `count`, \
             `subscribed`, `not_retained`, `stopped`, `satisfied`, `time_up`",
        ),
        (
            "error",
            "What went wrong; on standard error.",
            "`kind`: for programs, such as `no_broker`, `refused`, `lost`, `timed_out`, `usage`; `message`: for people; `exit_code`; \
             `others`: where `--expect` failed (`unsatisfied`), what came instead, as `message` and `why`; \
             `sent`, `unacknowledged`, `unsent`: where messages are left (publisher), how many of each",
        ),
    ];

    /// The first line of a recording that begins now.
    #[must_use]
    pub fn recording() -> Self {
        Self::Recording {
            format: FORMAT,
            version: VERSION,
            minor: MINOR,
            by: concat!("subscriber ", env!("CARGO_PKG_VERSION")),
            time: jiff::Timestamp::now().to_string(),
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn error(kind: &'a str, message: &'a str, exit_code: u8) -> Self {
        Self::Error {
            kind,
            message,
            exit_code,
            others: Vec::new(),
            unfinished: None,
        }
    }

    /// A message that arrived now.
    #[must_use]
    pub fn message(message: &'a Message) -> Self {
        Self::Message {
            time: jiff::Timestamp::now().to_string(),
            message: MessageFields::of(message),
        }
    }

    /// A PUBLISH on its way to the broker; `topic` where an alias stands for it.
    #[must_use]
    pub fn sending(publish: &'a Publish, topic: &'a str) -> Self {
        Self::Sending {
            dup: publish.dup,
            message: MessageFields::from_parts(
                topic,
                &publish.payload,
                publish.qos,
                publish.retain,
                publish.pkid,
                publish.properties.as_ref(),
            ),
        }
    }
}

/// Makes lines, each with the seconds since the start.
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    start: Instant,
}

impl Lines {
    /// The clock starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// The line without its line feed.
    #[must_use]
    pub fn line(&self, line: &Line<'_>) -> String {
        let at_secs = self.start.elapsed().as_secs_f64();
        // Nothing in a line can fail to serialise.
        let fields = serde_json::to_string(line).unwrap_or_default();
        format!(
            "{{\"at_secs\":{at_secs:.6},{}",
            fields.strip_prefix('{').unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_with_time_and_event() {
        let line = Lines::start().line(&Line::Reconnected {
            session_present: true,
        });
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["event"], "reconnected");
        assert_eq!(value["session_present"], true);
        assert!(
            line.starts_with("{\"at_secs\":0.") && value["at_secs"].is_f64(),
            "{line}"
        );
    }

    #[test]
    fn every_event_is_in_the_schema_with_its_fields() {
        let all = [
            Line::recording(),
            Line::Connected {
                mqtt_version: String::new(),
                client_id: "",
                session_present: true,
            },
            Line::Subscribed { filters: Vec::new() },
            Line::Acknowledged {
                id: 1,
                code: 0,
                reason: "",
                after_ms: 0.0,
            },
            Line::Refused {
                id: 1,
                code: 0,
                reason: "",
            },
            Line::Reconnecting {
                error: "",
                wait_secs: 1.0,
            },
            Line::Reconnected {
                session_present: true,
            },
            Line::Summary {
                sent: Some(1),
                received: Some(1),
                end: "",
            },
            Line::Error {
                kind: "",
                message: "",
                exit_code: 1,
                others: Vec::new(),
                unfinished: Some(Unfinished {
                    sent: 1,
                    unacknowledged: 1,
                    unsent: 1,
                }),
            },
        ];
        for line in all {
            let value = serde_json::to_value(&line).unwrap();
            let (_, _, fields) = Line::SCHEMA
                .iter()
                .find(|(event, ..)| value["event"] == *event)
                .unwrap_or_else(|| panic!("{value}"));
            for field in value
                .as_object()
                .unwrap()
                .keys()
                .filter(|field| *field != "event")
            {
                assert!(fields.contains(&format!("`{field}`")), "{field} of {value}");
            }
        }
    }
}
