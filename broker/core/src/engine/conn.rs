//! `Conn`: what the engine knows of one network connection.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;

use super::CloseReason;
use super::outbox::Outbox;
use crate::journal::Source;
use crate::session::{Charge, ConnId, Held, SessionKey};
use crate::time::Time;
use crate::wire::{PacketId, ReasonCode, Version};

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
    /// What the journal knows it by.
    pub source: Source,
    pub phase: Phase,
    /// As CONNECT said; 3.1.1 before that.
    pub version: Version,
    /// Whether CONNECT said that it is a bridge.
    pub bridge: bool,
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
    /// When the last bytes came.
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
    /// How often its identifier was taken over.
    pub contest: super::contest::Contest,
    /// Where plain messages of this connection go.
    pub lane: super::lane::Lane,
    /// QoS 0 messages are being dropped since the outbox was last empty; told once, counted always.
    pub dropping: bool,
    /// What its session holds for it waits until it has taken about half of its outbox.
    pub queue_waits: bool,
    /// It takes too little of what it asks for, and is not read from.
    pub muted: bool,
    /// Whole packets were left behind for its next turn.
    pub unhandled: bool,
    /// The first of them, a long list of filters, was begun.
    pub unfinished: Option<Box<super::subscribe::Unfinished>>,
    /// What it takes: its names and its topic aliases.
    pub charge: Charge,
    /// What the beginning of a packet takes that whoever drives the engine keeps until it is whole.
    pub half: Charge,
}

impl Conn {
    pub(crate) fn new(id: ConnId, peer: String, now: Time, held: &Held) -> Self {
        Self {
            charge: held.charge(super::room::CONN_BYTES + peer.len()),
            half: held.charge(0),
            id,
            peer,
            source: Source::NOBODY,
            phase: Phase::AwaitConnect,
            version: Version::V311,
            bridge: false,
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
            contest: super::contest::Contest::default(),
            lane: super::lane::Lane::default(),
            dropping: false,
            queue_waits: false,
            muted: false,
            unhandled: false,
            unfinished: None,
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
