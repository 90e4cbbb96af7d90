//! `Conn`: what the engine knows of one network connection, and how far it has come.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;

use super::CloseReason;
use super::arena::Arena;
use super::auth::Handshake;
use super::checks::Waiting;
use super::contest::Contest;
use super::lane::Lane;
use super::on_line::Lost;
use super::origin::Origin;
use super::outlet::Outbox;
use super::retained::Walk;
use super::room::CONN_BYTES;
use super::subscribe::Unfinished;
use crate::journal::Source;
use crate::session::{Charge, ConnId, Held, ListenerId, SessionKey};
use crate::time::Time;
use crate::topic::MountPoint;
use crate::wire::{PacketId, Version};

/// All connections that are open.
pub(super) type Conns = Arena<ConnId, Conn>;

impl Conns {
    /// What a connection has once it is accepted, until it is closed.
    #[inline]
    pub fn live(&self, id: ConnId) -> Option<&Live> {
        self.get(id)?.live()
    }

    /// The session of a connection that is live.
    pub fn session_of(&self, id: ConnId) -> Option<SessionKey> {
        Some(self.live(id)?.session)
    }

    #[inline]
    pub fn live_mut(&mut self, id: ConnId) -> Option<&mut Live> {
        self.get_mut(id)?.live_mut()
    }
}

/// One network connection, in any phase.
#[derive(Debug)]
pub(super) struct Conn {
    /// The bytes on their way to the client.
    pub outbox: Outbox,
    /// As CONNECT said; 3.1.1 before that.
    pub version: Version,
    /// What the client asked for in CONNECT (5.0).
    pub limits: ClientLimits,
    pub phase: Phase,
    /// QoS 0 messages are being dropped since the outbox was last empty; told once, counted always.
    pub dropping: bool,
    /// It takes too little of what it asks for, and is not read from.
    pub muted: bool,
    /// Whole packets were left behind for its next turn.
    pub unhandled: bool,
    /// When the last bytes came.
    pub heard_at: Time,
    /// Where it comes from.
    pub origin: Origin,
    /// The listener that it came to.
    pub listener: ListenerId,
    /// Who CONNECT said it is, or the user name where that counts in its place; empty before.
    pub client_id: Arc<str>,
    /// What it takes: itself and its names.
    pub charge: Charge,
    /// What the beginning of a packet takes that the caller keeps until it is whole.
    pub half: Charge,
}

/// How far a connection has come, with what it has only there.
#[derive(Debug)]
pub(super) enum Phase {
    /// Nothing but CONNECT may come.
    Opening(Opening),
    /// CONNECT came; somebody else checks whether it may come in.
    Checking(Opening, Box<Waiting>),
    /// CONNECT came; enhanced authentication is going on.
    Authenticating(Opening, Box<Handshake>),
    /// CONNACK with success was sent.
    Live(Box<Live>),
    /// The caller is to close it, once the outbox is written. Nothing that comes is looked at any more
    /// (`MQTT5-3.1.4-6`, `MQTT311-3.1.4-5`).
    Closing(CloseReason),
}

/// What there is until the client is accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    /// When CONNECT must have come.
    pub connect_due: Time,
}

/// What there is from CONNACK until the connection is closed.
#[derive(Debug)]
pub(super) struct Live {
    pub session: SessionKey,
    /// What stands before each of its topics, as in its session.
    pub mount_point: Option<MountPoint>,
    /// Where plain messages of this connection go.
    pub lane: Lane,
    /// Packet identifiers of QoS 2 messages that came on this connection and were not released: what counts against our
    /// Receive Maximum, which holds for one connection (section 3.1.2.11.3 of MQTT 5.0).
    pub receiving: HashSet<PacketId, RandomState>,
    /// Topic aliases the client set; they die with the connection (`MQTT5-3.3.2-7`).
    pub aliases_in: HashMap<u16, Arc<str>, RandomState>,
    /// Topic aliases the broker set.
    pub aliases_out: HashMap<Arc<str>, u16, RandomState>,
    /// What the aliases of both sides take.
    pub alias_charge: Charge,
    /// `None` where Keep Alive is off.
    pub keep_alive: Option<KeepAlive>,
    /// The authentication method of CONNECT, which re-authentication must keep (`MQTT5-4.12.1-1`).
    pub auth_method: Option<Arc<str>>,
    /// A re-authentication that is going on.
    pub reauth: Option<Box<Handshake>>,
    /// Whether CONNECT said that it is a bridge.
    pub bridge: bool,
    /// Session Expiry Interval of CONNECT: DISCONNECT may not raise it from 0.
    pub connect_expiry_secs: u32,
    /// Retained messages that new subscriptions still have to get.
    pub walks: VecDeque<Walk>,
    /// They go on once the outbox is drained.
    pub walks_wait: bool,
    /// What its session holds for it goes on once it has taken about half of its outbox.
    pub queue_waits: bool,
    /// A packet whose first filters are done, and which comes again.
    pub unfinished: Option<Box<Unfinished>>,
    /// Of the client's QoS 2 messages, those of which a rule has lost a packet.
    pub lost: Option<Box<Lost>>,
    /// How often its identifier was taken over.
    /// When an event told of a PUBLISH that was refused.
    pub refusal_told: Option<Time>,
    pub contest: Contest,
}

impl Live {
    pub fn new(session: SessionKey, held: &Held) -> Self {
        Self {
            session,
            mount_point: None,
            lane: Lane::default(),
            receiving: HashSet::default(),
            aliases_in: HashMap::default(),
            aliases_out: HashMap::default(),
            alias_charge: held.charge(0),
            keep_alive: None,
            auth_method: None,
            reauth: None,
            bridge: false,
            connect_expiry_secs: 0,
            walks: VecDeque::new(),
            walks_wait: false,
            queue_waits: false,
            unfinished: None,
            lost: None,
            contest: Contest::default(),
            refusal_told: None,
        }
    }
}

/// How long a client may be silent (`MQTT5-3.1.2-22`, `MQTT311-3.1.2-24`).
#[derive(Debug, Clone, Copy)]
pub(super) struct KeepAlive {
    /// 1.5 times Keep Alive.
    pub silence_allowed: Duration,
    /// The instant for which the timer is set.
    pub due: Time,
}

impl Conn {
    /// `opening` says until when CONNECT must come.
    pub fn new(id: ConnId, source: Source, origin: Origin, now: Time, opening: Opening, held: &Held) -> Self {
        Self {
            outbox: Outbox::new(id, source),
            version: Version::V311,
            limits: ClientLimits::default(),
            phase: Phase::Opening(opening),
            dropping: false,
            muted: false,
            unhandled: false,
            heard_at: now,
            client_id: Arc::from(""),
            charge: held.charge(CONN_BYTES + origin.bytes()),
            half: held.charge(0),
            listener: ListenerId::default(),
            origin,
        }
    }

    /// What the journal knows it by.
    pub fn source(&self) -> Source {
        self.outbox.source()
    }

    pub fn is_v5(&self) -> bool {
        self.version.is_v5()
    }

    /// Whether it takes a packet in the form of 5.0 (`v5`), or of 3.x, just as others take it. It does not if it takes topic
    /// aliases, which are its own, or nothing longer than its Maximum Packet Size, or knows topics by other names.
    pub fn takes_unchanged(&self, v5: bool) -> bool {
        let limits = &self.limits;
        self.is_v5() == v5
            && limits.alias_maximum == 0
            && limits.packet_bytes == usize::MAX
            && !limits.is_mounted
    }

    #[inline]
    pub fn live(&self) -> Option<&Live> {
        match &self.phase {
            Phase::Live(live) => Some(live),
            _ => None,
        }
    }

    #[inline]
    pub fn live_mut(&mut self) -> Option<&mut Live> {
        match &mut self.phase {
            Phase::Live(live) => Some(live),
            _ => None,
        }
    }

    /// Whether it was not let in yet, and still may be.
    pub fn is_let_in_later(&self) -> bool {
        matches!(
            self.phase,
            Phase::Opening(_) | Phase::Checking(..) | Phase::Authenticating(..)
        )
    }

    /// Whether nothing has come of a client yet. It may be anybody, also one who asks for the control API.
    pub fn is_opening(&self) -> bool {
        matches!(self.phase, Phase::Opening(_))
    }

    /// Whether somebody else checks its login.
    pub fn is_being_checked(&self) -> bool {
        matches!(self.phase, Phase::Checking(..))
    }

    /// Why it is to be closed, if it is.
    pub fn close_reason(&self) -> Option<&CloseReason> {
        match &self.phase {
            Phase::Closing(reason) => Some(reason),
            _ => None,
        }
    }
}

/// What a 5.0 client told of itself in CONNECT; the standard's defaults for all others.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientLimits {
    /// Receive Maximum: unacknowledged QoS 1 and 2 messages it takes at once, lowered to our `max_inflight`.
    pub window: usize,
    /// Bytes of payloads on their way to it from which on nothing more is sent.
    pub window_bytes: usize,
    /// Whether its topics have a mount point, which it does not see.
    pub is_mounted: bool,
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
            window_bytes: usize::MAX,
            is_mounted: false,
            packet_bytes: usize::MAX,
            alias_maximum: 0,
            problem_information: true,
        }
    }
}
