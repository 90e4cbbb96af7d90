//! [`CloseReason`]: why a connection ended.

use std::fmt;

use super::Direction;
use crate::wire::{DecodeError, ReasonCode};

/// A word for each variant, and what it means.
macro_rules! causes {
    ($($variant:pat => $word:literal, $meaning:literal;)*) => {
        /// One word for machines, as in `--json` output.
        pub const fn word(&self) -> &'static str {
            match self {
                $($variant => $word,)*
            }
        }

        /// All that `word` can answer.
        pub(crate) const WORDS: &'static [&'static str] = &[$($word),*];

        /// All that `word` can answer, each with its meaning.
        #[doc(hidden)] // for docs/BROKER.md
        pub const CAUSES: &'static [(&'static str, &'static str)] = &[$(($word, $meaning)),*];
    };
}

/// Why a connection ended.
///
/// ```
/// use broker::expect::disconnected;
/// use broker_core::journal::{CloseReason, Event, Record};
///
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// # std::io::Write::write_all(&mut lamp, b"\xE0\0")?;
/// // … "lamp" connects and says goodbye …
/// let found = broker.expect(disconnected().of("lamp")).wait();
/// let Record::Event(Event::Disconnected { cause, .. }) = &found[0].record else { panic!("it is one") };
/// assert_eq!(*cause, CloseReason::ClientDisconnect(broker::ReasonCode::SUCCESS));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum CloseReason {
    /// The client sent DISCONNECT with this reason code.
    ClientDisconnect(ReasonCode),
    /// The client closed without DISCONNECT.
    ConnectionLost(String),
    /// The client's bytes were no packet.
    Malformed(DecodeError),
    /// The client broke a rule of the standard: which, and the reason code it was told.
    Violation {
        /// What the client did, in words.
        what: &'static str,
        /// The statement that it broke, or the section where the statement has no number.
        statement: &'static str,
        /// The reason code for a 5.0 client.
        reason: ReasonCode,
    },
    /// CONNECT was refused.
    Refused(ReasonCode),
    /// The client did not prove again who it is; it was told this reason code (`MQTT5-4.12.1-2`).
    ReauthenticationFailed(ReasonCode),
    /// No CONNECT came in time, or its authentication did not end in time.
    ConnectTimeout,
    /// Silence for longer than 1.5 times Keep Alive.
    KeepAliveTimeout,
    /// Another connection came with the same client identifier.
    TakenOver,
    /// The client took nothing while bytes waited for it.
    WriteTimeout,
    /// TLS, WebSocket, HTTP or a PROXY header went wrong: how.
    HandshakeFailed(String),
    /// It was not let in yet, and made room for a new connection.
    GaveWay,
    /// The embedding program, or a person, asked for it.
    Administrative(ReasonCode),
    /// The broker behind the relay closed, with this reason code where it sent DISCONNECT.
    ByUpstream(Option<ReasonCode>),
    /// The connection to the broker behind the relay failed: how.
    UpstreamLost(String),
    /// A connection that was passed on unread ended in good order, closed by the client.
    Ended,
    /// It asked for more than the broker gives: which bound of the broker that passed, in words.
    BoundPassed(&'static str),
    /// The broker stops.
    ShuttingDown,
    /// The broker itself failed while it handled this connection.
    InternalError,
}

impl CloseReason {
    /// The reason code of the DISCONNECT that tells a 5.0 client; `None` where nothing is sent.
    pub fn disconnect_code(&self) -> Option<ReasonCode> {
        Some(match self {
            Self::ClientDisconnect(_)
            | Self::ConnectionLost(_)
            | Self::Refused(_)
            | Self::ConnectTimeout
            | Self::HandshakeFailed(_)
            | Self::UpstreamLost(_)
            | Self::Ended
            | Self::WriteTimeout => return None,
            Self::ByUpstream(reason) => return *reason,
            Self::Malformed(error) => error.reason,
            Self::Violation { reason, .. }
            | Self::ReauthenticationFailed(reason)
            | Self::Administrative(reason) => *reason,
            Self::GaveWay => ReasonCode::SERVER_BUSY,
            Self::KeepAliveTimeout => ReasonCode::KEEP_ALIVE_TIMEOUT,
            Self::TakenOver => ReasonCode::SESSION_TAKEN_OVER,
            Self::BoundPassed(_) => ReasonCode::QUOTA_EXCEEDED,
            Self::ShuttingDown => ReasonCode::SERVER_SHUTTING_DOWN,
            Self::InternalError => ReasonCode::UNSPECIFIED_ERROR,
        })
    }

    /// The reason code of the DISCONNECT that was sent about it, by either side; `None` where no DISCONNECT was sent.
    ///
    /// ```
    /// use broker::ReasonCode;
    /// use broker_core::journal::CloseReason;
    ///
    /// let said = CloseReason::ClientDisconnect(ReasonCode::DISCONNECT_WITH_WILL);
    /// assert_eq!(said.reason_code(), Some(ReasonCode::DISCONNECT_WITH_WILL)); // here by the client
    /// ```
    pub fn reason_code(&self) -> Option<ReasonCode> {
        match self {
            Self::ClientDisconnect(reason) => Some(*reason),
            cause => cause.disconnect_code(),
        }
    }

    causes! {
        Self::ClientDisconnect(_) => "client_disconnect", "the client sent DISCONNECT";
        Self::ConnectionLost(_) => "connection_lost",
            "the client closed, or the network did, without DISCONNECT";
        Self::Malformed(_) => "malformed_packet", "the client's bytes were no packet";
        Self::Violation { .. } => "protocol_violation",
            "the client broke a rule of the standard; `text` names the statement";
        Self::Refused(_) => "refused", "CONNECT was refused; that is told by an event of its own";
        Self::ReauthenticationFailed(_) => "reauthentication_failed",
            "the client tried to authenticate anew, and failed";
        Self::ConnectTimeout => "connect_timeout", "no CONNECT in time";
        Self::KeepAliveTimeout => "keep_alive_timeout", "silence for longer than 1.5 times Keep Alive";
        Self::TakenOver => "taken_over", "another connection came with the same client identifier";
        Self::WriteTimeout => "write_timeout", "the client took nothing while bytes waited for it";
        Self::HandshakeFailed(_) => "handshake_failed",
            "TLS or WebSocket went wrong after CONNECT, as `text` says; before CONNECT that is told by an event of its own";
        Self::GaveWay => "gave_way",
            "it was not let in yet, and the oldest of these, when a new connection came and there were too many";
        Self::Administrative(_) => "administrative", "it was asked for";
        Self::ByUpstream(_) => "closed_by_upstream",
            "the broker behind the relay closed; `reason_code` is that of its DISCONNECT, if it sent one";
        Self::UpstreamLost(_) => "upstream_lost", "the connection to the broker behind the relay failed";
        Self::Ended => "ended",
            "the client closed a connection that was passed on unread: whether it had said DISCONNECT nobody knows";
        Self::BoundPassed(_) => "bound_passed",
            "it asked for more than a bound of the broker gives; `text` names the bound";
        Self::ShuttingDown => "shutting_down", "the broker stops";
        Self::InternalError => "internal_error", "a fault in the broker; please report it";
    }
}

/// Why a connection is over that a rule closed, reset, or left half open.
pub(crate) const CUT_BY_RULE: [&str; 3] = [
    "a rule closed the connection",
    "a rule reset the connection",
    "a rule left the connection half open",
];

/// How a connection ended that the broker was asked to reset.
pub(crate) const RESET_BY_BROKER: &str = "the broker reset it";

impl CloseReason {
    /// The side that closed first, by what it would have sent.
    pub(super) fn closed_by(&self) -> Direction {
        match self {
            Self::ClientDisconnect(_) => Direction::In,
            Self::ConnectionLost(how) if how != RESET_BY_BROKER => Direction::In,
            _ => Direction::Out,
        }
    }

    /// Whether a connection usually ends so.
    pub(super) fn is_usual(&self) -> bool {
        matches!(
            self,
            Self::ClientDisconnect(_) | Self::ShuttingDown | Self::Administrative(_)
        )
    }

    /// Whether that was a reset, in the words of the system.
    pub(super) fn is_reset(&self) -> bool {
        matches!(self, Self::ConnectionLost(how) if how.contains("reset"))
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientDisconnect(ReasonCode::SUCCESS) => f.write_str("the client said goodbye"),
            Self::ClientDisconnect(reason) => write!(f, "the client disconnected: {reason}"),
            Self::ConnectionLost(how) => write!(f, "connection lost without DISCONNECT: {how}"),
            // It is a packet, which may not come.
            Self::Malformed(error) if error.reason != ReasonCode::MALFORMED_PACKET => error.fmt(f),
            Self::Malformed(error) => write!(f, "malformed packet: {error}"),
            Self::Violation {
                what,
                statement,
                reason,
            } => write!(f, "{what} ({statement}, {reason})"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
            Self::ReauthenticationFailed(reason) => write!(f, "re-authentication failed: {reason}"),
            Self::ConnectTimeout => f.write_str("no CONNECT in time"),
            Self::KeepAliveTimeout => f.write_str("silent for longer than 1.5 times Keep Alive"),
            Self::TakenOver => f.write_str("another connection took over the client identifier"),
            Self::WriteTimeout => f.write_str("the client took nothing while bytes waited for it"),
            Self::HandshakeFailed(how) => f.write_str(how),
            Self::GaveWay => f.write_str("it was not let in yet, and made room for a new connection"),
            Self::Administrative(reason) => write!(f, "closed on request: {reason}"),
            Self::ByUpstream(None) => f.write_str("the upstream closed the connection"),
            Self::ByUpstream(Some(reason)) => write!(f, "the upstream closed the connection: {reason}"),
            Self::UpstreamLost(how) => write!(f, "the connection to the upstream failed: {how}"),
            Self::Ended => f.write_str("the client closed the connection, which was passed on unread"),
            Self::BoundPassed(what) => write!(f, "a bound of the broker was passed: {what}"),
            Self::ShuttingDown => f.write_str("the broker is shutting down"),
            Self::InternalError => f.write_str("internal error in the broker; please report it"),
        }
    }
}
