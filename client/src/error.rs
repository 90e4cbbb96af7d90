//! What can go wrong, in words a person can act on, and the exit code for it.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::duration::duration_words;
use crate::plan::Version;
use crate::reason::{connack_words, reason_words};
use crate::tls::TlsFault;

/// Exit codes that both programs share; they are those of mosquitto's clients.
pub mod exit {
    /// Everything asked for was done.
    pub const SUCCESS: u8 = 0;
    /// Wrong flags, or no connection.
    pub const FAILURE: u8 = 1;
    /// The peer did not speak MQTT as it should.
    pub const PROTOCOL: u8 = 2;
    /// All that could be read was published, but a part of the recording could not.
    pub const INCOMPLETE: u8 = 3;
    /// The connection was lost.
    pub const LOST: u8 = 7;
    /// The connection could not be encrypted, or the broker could not be trusted.
    pub const TLS: u8 = 8;
    /// Time ran out.
    pub const TIMEOUT: u8 = 27;
}

/// A flag or an environment variable that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

impl UsageError {
    /// A usage error that says `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Why a connection could not be made or did not last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The host's name has no address.
    #[error("host name `{host}` was not found ({source}); check -h, or use an address such as 127.0.0.1")]
    Lookup {
        /// As given with `-h`.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The domain's SRV records do not say where its broker is.
    #[error(
        "the SRV records of `{name}` cannot be used: {problem}; to connect to the host itself leave -S out"
    )]
    Srv {
        /// The name that was looked up.
        name: String,
        /// What was wrong.
        problem: String,
    },
    /// Nothing listens there.
    #[error("no broker at {address}: connection refused{}", starter_hint(address))]
    NoBroker {
        /// The address that was tried last.
        address: String,
    },
    /// The network did not let the connection through.
    #[error("cannot connect to {address}: {source}")]
    Unreachable {
        /// The address that was tried last.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The address given with `-A` cannot be used.
    #[error("cannot bind the outgoing connection to {address}: {source}")]
    Bind {
        /// As given with `-A`.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The proxy did not let the connection through.
    #[error("the proxy at {proxy} did not help: {problem}")]
    Proxy {
        /// The proxy's address.
        proxy: String,
        /// What was wrong.
        problem: String,
    },
    /// The connection could not be encrypted, or the peer could not be trusted.
    #[error("TLS with {address}: {fault}")]
    Tls {
        /// The broker's address.
        address: String,
        /// What was wrong.
        fault: TlsFault,
    },
    /// The connection could not become a WebSocket.
    #[error("WebSocket with {address}: {problem}")]
    WebSocket {
        /// The broker's address.
        address: String,
        /// What was wrong.
        problem: String,
    },
    /// No connection, or no CONNACK, in time.
    #[error("no answer from {address} within {}: {waiting_for}", duration_words(*.after))]
    Timeout {
        /// The address that was tried.
        address: String,
        /// How long was waited.
        after: Duration,
        /// `no connection`, `no CONNACK` or `no SUBACK`.
        waiting_for: &'static str,
    },
    /// The broker refused the connection.
    #[error("Connection error: {}{}{}", connack_words(*.version, *.code), reason_suffix(.reason.as_ref()), version_hint(*.version, *.code))]
    Refused {
        /// The version that was spoken.
        version: Version,
        /// CONNACK's return or reason code.
        code: u8,
        /// The broker's own words (version 5).
        reason: Option<String>,
    },
    /// The connection ended without a DISCONNECT.
    #[error("The connection was lost.{}", lost_suffix(.source.as_ref()))]
    Lost {
        /// What the system said; `None` when the peer closed it.
        source: Option<io::Error>,
    },
    /// The connection ended before CONNACK came.
    #[error(
        "The connection was lost before CONNACK came{}; does that port speak TLS (--cafile, mqtts://) or WebSocket (--ws)?",
        lost_suffix(.source.as_ref())
    )]
    Unanswered {
        /// What the system said; `None` when the peer closed it.
        source: Option<io::Error>,
    },
    /// The broker ended the connection and said why (version 5).
    #[error("the broker closed the connection: {} (0x{code:02X}){}", reason_words(*.code), reason_suffix(.reason.as_ref()))]
    Disconnected {
        /// DISCONNECT's reason code.
        code: u8,
        /// The broker's own words.
        reason: Option<String>,
    },
    /// The broker no longer answers PINGREQ.
    #[error("the broker did not answer PINGREQ within {seconds} s (keep alive)")]
    KeepAlive {
        /// Keep alive, seconds.
        seconds: u16,
    },
    /// Bytes arrived that are not MQTT, or not of the version spoken.
    #[error("the peer sent something that is not MQTT {version}: {what}")]
    Malformed {
        /// The version that was spoken.
        version: Version,
        /// What was wrong.
        what: String,
    },
    /// A packet that this client may not or cannot send.
    #[error("{0}")]
    Unsendable(String),
}

impl ClientError {
    /// The exit code of a program that ends with this error: the CONNACK code when the broker refused, else one
    /// of [`exit`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { code, .. } | Self::Disconnected { code, .. } => *code,
            Self::Lookup { .. }
            | Self::Srv { .. }
            | Self::NoBroker { .. }
            | Self::Unreachable { .. }
            | Self::Bind { .. }
            | Self::Proxy { .. }
            | Self::WebSocket { .. }
            | Self::Unsendable(_) => exit::FAILURE,
            Self::Tls { .. } => exit::TLS,
            Self::Timeout { .. } => exit::TIMEOUT,
            Self::Lost { .. } | Self::Unanswered { .. } | Self::KeepAlive { .. } => exit::LOST,
            Self::Malformed { .. } => exit::PROTOCOL,
        }
    }

    /// Whether trying again later can help once there has been a connection: the network's faults can pass, the caller's
    /// cannot.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            // A name server, a proxy or a web server before the broker can be away like the broker itself.
            Self::Lookup { .. }
            | Self::Srv { .. }
            | Self::Proxy { .. }
            | Self::WebSocket { .. }
            | Self::Tls {
                fault: TlsFault::Closed,
                ..
            }
            | Self::NoBroker { .. }
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Lost { .. }
            | Self::Unanswered { .. }
            | Self::KeepAlive { .. } => true,
            // Server busy, shutting down, keep alive: version 5's temporary refusals.
            Self::Disconnected { code, .. } => matches!(code, 0x80 | 0x89 | 0x8B | 0x8D | 0x9F | 0xA0),
            Self::Refused { version, code, .. } => match version {
                Version::V5 => matches!(code, 0x88 | 0x89 | 0x9F),
                _ => *code == 3,
            },
            _ => false,
        }
    }
}

/// The hint helps only here: both start a broker on this machine, on the default port.
fn starter_hint(address: &str) -> &'static str {
    let here = |address: SocketAddr| address.ip().is_loopback() && address.port() == 1883;
    if address.parse().is_ok_and(here) {
        "; `broker` starts one, or `cargo run` in a checkout"
    } else {
        ""
    }
}

fn reason_suffix(reason: Option<&String>) -> String {
    reason.map(|text| format!(" ({text})")).unwrap_or_default()
}

fn lost_suffix(source: Option<&io::Error>) -> String {
    source.map(|error| format!(" ({error})")).unwrap_or_default()
}

fn version_hint(version: Version, code: u8) -> &'static str {
    match (version, code) {
        (Version::V5, 0x84 | 1) => " Try connecting to an MQTT v5 broker, or use -V mqttv311.",
        (Version::V31 | Version::V311, 1) => " The broker does not speak this version; try another with -V.",
        _ => "",
    }
}

/// The name of an error for programs: that of its variant, in snake case.
#[must_use]
pub fn error_kind(error: &impl Debug) -> String {
    let text = format!("{error:?}");
    let mut kind = String::new();
    for letter in text.chars().take_while(char::is_ascii_alphanumeric) {
        if letter.is_ascii_uppercase() && !kind.is_empty() {
            kind.push('_');
        }
        kind.push(letter.to_ascii_lowercase());
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_run_is_named_where_it_helps() {
        for (address, helps) in [
            ("127.0.0.1:1883", true),
            ("[::1]:1883", true),
            ("127.0.0.1:1884", false),
            ("192.0.2.1:1883", false),
        ] {
            let address = address.to_owned();
            let said = ClientError::NoBroker { address }.to_string();
            assert_eq!(said.contains("cargo run"), helps, "{said}");
        }
    }

    #[test]
    fn errors_are_named_after_their_variants() {
        let error = ClientError::NoBroker {
            address: "x".to_owned(),
        };
        assert_eq!(error_kind(&error), "no_broker");
        assert_eq!(error_kind(&ClientError::Lost { source: None }), "lost");
    }
}
