//! What publisher and subscriber share: the flags of the connection, the checked plan ([`Connection`]) made of them,
//! and an MQTT client that speaks 3.1, 3.1.1 and 5 through one interface.
//!
//! rumqttc's codecs (`v4` and `v5`) encode and decode the packets. The loop that drives the socket is our [`Client`],
//! because a command-line tool needs what rumqttc's own event loop leaves out:
//!
//! - keep alive 0, and under 5 seconds with version 5 (rumqttc asserts);
//! - version 3.1, a bind address, DISCONNECT with properties, IPv6 literals as host;
//! - PUBREL for a message that an earlier process received (rumqttc treats it as an error, for ever);
//! - messages that survive a reconnection into a new session (rumqttc drops what was queued);
//! - the inflight window after a refused PUBREC (rumqttc never frees the place);
//! - many small messages in one write (rumqttc flushes each).
//!
//! | file | idea |
//! | --- | --- |
//! | `flags` | the flags that both programs take, raw |
//! | `url` | `mqtt://user:password@host:port/topic` |
//! | `arguments` | option files, and `-D` with its two or three words |
//! | `properties` | what `-D` says, checked |
//! | `place` | where the broker is, how to get there and who logs in |
//! | `plan` | flags and environment → a checked [`Connection`] |
//! | `topic` | topic names and filters: valid or not, matching |
//! | `codec` | bytes ⇄ packets, both versions as one type |
//! | `plain` | the most frequent packets, on a fast path |
//! | `session` | packet identifiers, inflight window, QoS 2 |
//! | `tls` | whom to trust, and how to encrypt |
//! | `transport` | sockets, proxy, WebSocket, and what is wrong when they fail |
//! | `connection` | the loop: [`Client`] |
//! | `debug` | the lines of `-d` |
//! | `output` | how messages and events are shown: plain, for a terminal, as JSON |
//! | `generate` | completions and manual pages |
//! | `trace` | the packets of `--trace`, and what they mean |
//! | `watch` | who looks at the packets: `-d`, `--trace`, `--json` |
//! | `duration` | times as people write them |
//! | `reason` | return and reason codes in words |
//! | `error` | what can go wrong, and the exit code for it |

// QoS is the standard's word, and backticks would show in --help.
#![allow(clippy::doc_markdown)]
// A closed pipe makes println panic; print_line does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod codec;
mod connection;
mod debug;
mod duration;
mod error;
mod flags;
mod generate;
mod output;
mod place;
mod plain;
mod plan;
mod program;
mod properties;
mod reason;
mod session;
mod tls;
mod topic;
mod trace;
mod transport;
mod url;
mod watch;

pub use arguments::argument_bytes;
pub use codec::{Ack, Delivery, Incoming, Sent};
pub use connection::{Client, Crossing, Event, Observer};
pub use duration::{duration_words, parse_duration, retry_words};
pub use error::{ClientError, UsageError, error_kind, exit};
pub use flags::ConnectionFlags;
pub use generate::Generated;
pub use output::{
    Color, Format, Granted, Layout, Line, Lines, Message, MessageFlags, MessagePrinter, Other, Paint,
    PropertiesRecord, Record, RecordError, Screen, ScreenFlags, Style, Unfinished, newer_format,
    shown_payload, terminal_height,
};
pub use plan::{Address, Connection, Credentials, Kind, Version, parse_number, parse_qos};
pub use program::{
    Stop, parse_flags, print_error_line, print_generated, print_json_error, print_line, report_usage_error,
    run_to_end,
};
pub use properties::Properties;
pub use reason::reason_words;
pub use tls::{Tls, TlsFault, TlsFlags, TlsOptions};
pub use topic::{matches_filter, validate_filter, validate_topic};
pub use transport::{Proxy, Srv};
pub use watch::{check_observers, observers, one_observer};

/// rumqttc's packet types, version 5's: they can hold what version 3 has to say too.
pub mod packet {
    pub use rumqttc::v5::mqttbytes::QoS;
    pub use rumqttc::v5::mqttbytes::v5::{
        ConnAckProperties, ConnectProperties, DisconnectProperties, Filter, LastWill, LastWillProperties,
        Publish, PublishProperties, RetainForwardRule, Subscribe, SubscribeProperties, Unsubscribe,
        UnsubscribeProperties,
    };
}
