//! `Conn`: what the engine knows of one network connection.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;

use super::outbox::Outbox;
use crate::session::{ConnId, SessionKey};
use crate::time::Time;
use crate::wire::{DecodeError, PacketId, PacketType, ReasonCode, Version};

/// How far a connection has come.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Nothing but CONNECT may come.
    AwaitConnect,
    /// CONNECT came; enhanced authentication is going on.
    Authenticating(Box<super::auth::Handshake>),
    /// CONNACK with success was sent.
    Connected(SessionKey),
    /// Nothing that comes is looked at any more (`MQTT5-3.1.4-6`, `MQTT311-3.1.4-5`).
    Closing,
}

/// One network connection.
#[derive(Debug)]
pub(crate) struct Conn {
    pub id: ConnId,
    /// The peer's address, for people.
    pub peer: String,
    pub phase: Phase,
    /// As CONNECT said; 3.1.1 before that.
    pub version: Version,
    /// Whom CONNECT said it is; empty before.
    pub client_id: Arc<str>,
    pub outbox: Outbox,
    /// Whether the shell was told that there is something to do here.
    pub touched: bool,
    /// Set when the shell is to close the connection, once the outbox is written.
    pub close: Option<CloseReason>,
    /// Set when the broker is full: CONNECT is answered with this.
    pub refuse: Option<ReasonCode>,
    /// When CONNECT must have come.
    pub connect_due: Time,
    /// When the last packet came.
    pub heard_at: Time,
    /// 1.5 times Keep Alive, or `None` where it is off (`MQTT5-3.1.2-22`, `MQTT311-3.1.2-24`).
    pub silence_allowed: Option<Duration>,
    /// The instant for which its keep alive timer is set.
    pub keep_alive_due: Option<Time>,
    /// What the client asked for in CONNECT (5.0).
    pub limits: ClientLimits,
    /// Packet identifiers of QoS 2 messages that came on this connection and were not released: what counts against our
    /// Receive Maximum, which holds for one connection (section 3.1.2.11.3 of MQTT 5.0).
    pub receiving: HashSet<PacketId, RandomState>,
    /// Topic aliases the client set; they die with the connection (`MQTT5-3.3.2-7`).
    pub aliases_in: HashMap<u16, Arc<str>, RandomState>,
    /// Topic aliases the broker set.
    pub aliases_out: HashMap<Arc<str>, u16, RandomState>,
    /// The authentication method of CONNECT, which re-authentication must keep (`MQTT5-4.12.1-1`).
    pub auth_method: Option<Arc<str>>,
    /// A re-authentication that is going on.
    pub reauth: Option<Box<super::auth::Handshake>>,
    /// Who the client proved to be: User Name, or the name proved by enhanced authentication.
    pub user: Option<Arc<str>>,
    /// Session Expiry Interval of CONNECT: DISCONNECT may not raise it from 0.
    pub connect_expiry_secs: u32,
    /// Retained messages that new subscriptions still have to get.
    pub retained: VecDeque<super::retained::Walk>,
    /// A walk waits until the outbox is drained.
    pub retained_waits: bool,
    /// Where plain messages of this connection go.
    pub lane: super::express::Lane,
    /// QoS 0 messages are being dropped since the outbox was last empty; told once, counted always.
    pub dropping: bool,
}

impl Conn {
    pub(crate) fn new(id: ConnId, peer: String, now: Time) -> Self {
        Self {
            id,
            peer,
            phase: Phase::AwaitConnect,
            version: Version::V311,
            client_id: Arc::from(""),
            outbox: Outbox::default(),
            touched: false,
            close: None,
            refuse: None,
            connect_due: Time::NEVER,
            heard_at: now,
            silence_allowed: None,
            keep_alive_due: None,
            limits: ClientLimits::default(),
            receiving: HashSet::default(),
            aliases_in: HashMap::default(),
            aliases_out: HashMap::default(),
            auth_method: None,
            reauth: None,
            user: None,
            connect_expiry_secs: 0,
            retained: VecDeque::new(),
            retained_waits: false,
            lane: super::express::Lane::default(),
            dropping: false,
        }
    }
}

/// What a 5.0 client told of itself in CONNECT; the standard's defaults for all others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientLimits {
    /// Receive Maximum: unacknowledged QoS 1 and 2 messages it takes at once, lowered to our `max_inflight`.
    pub window: usize,
    /// Maximum Packet Size it takes.
    pub packet_bytes: usize,
    /// Highest topic alias it takes, lowered to our own maximum.
    pub alias_maximum: u16,
    /// Request Problem Information.
    pub problem_information: bool,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            window: 1,
            packet_bytes: usize::MAX,
            alias_maximum: 0,
            problem_information: true,
        }
    }
}

/// Why a connection ended.
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
        /// The statement it broke, or the section where none is numbered.
        statement: &'static str,
        /// The reason code for a 5.0 client.
        reason: ReasonCode,
    },
    /// CONNECT was refused.
    Refused(ReasonCode),
    /// The client did not prove again who it is; it was told this reason code (`MQTT5-4.12.1-2`).
    ReauthenticationFailed(ReasonCode),
    /// No CONNECT in time, or none whose authentication came to an end in time.
    ConnectTimeout,
    /// Silence for longer than 1.5 times Keep Alive.
    KeepAliveTimeout,
    /// Another connection came with the same client identifier.
    TakenOver,
    /// The client took nothing while bytes waited for it.
    WriteTimeout,
    /// The embedding program, or a person, asked for it.
    Administrative(ReasonCode),
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
            | Self::WriteTimeout => return None,
            // A second CONNECT, for one, may be malformed in ways that only CONNACK has a code for.
            Self::Malformed(error) if error.reason.allowed_in(PacketType::Disconnect) => error.reason,
            Self::Malformed(_) => ReasonCode::PROTOCOL_ERROR,
            Self::Violation { reason, .. }
            | Self::ReauthenticationFailed(reason)
            | Self::Administrative(reason) => *reason,
            Self::KeepAliveTimeout => ReasonCode::KEEP_ALIVE_TIMEOUT,
            Self::TakenOver => ReasonCode::SESSION_TAKEN_OVER,
            Self::ShuttingDown => ReasonCode::SERVER_SHUTTING_DOWN,
            Self::InternalError => ReasonCode::UNSPECIFIED_ERROR,
        })
    }

    /// One word for machines, as in `--json` output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::ClientDisconnect(_) => "client_disconnect",
            Self::ConnectionLost(_) => "connection_lost",
            Self::Malformed(_) => "malformed_packet",
            Self::Violation { .. } => "protocol_violation",
            Self::Refused(_) => "refused",
            Self::ReauthenticationFailed(_) => "reauthentication_failed",
            Self::ConnectTimeout => "connect_timeout",
            Self::KeepAliveTimeout => "keep_alive_timeout",
            Self::TakenOver => "taken_over",
            Self::WriteTimeout => "write_timeout",
            Self::Administrative(_) => "administrative",
            Self::ShuttingDown => "shutting_down",
            Self::InternalError => "internal_error",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientDisconnect(ReasonCode::SUCCESS) => f.write_str("the client said goodbye"),
            Self::ClientDisconnect(reason) => write!(f, "the client disconnected: {reason}"),
            Self::ConnectionLost(how) => write!(f, "connection lost without DISCONNECT: {how}"),
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
            Self::Administrative(reason) => write!(f, "closed on request: {reason}"),
            Self::ShuttingDown => f.write_str("the broker is shutting down"),
            Self::InternalError => f.write_str("internal error in the broker; please report it"),
        }
    }
}
