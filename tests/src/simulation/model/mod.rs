//! The reference model: it says in the plainest way what a broker must do, and compares that with the engine.
//!
//! It is told of every packet in the order in which the engine took it and sent it ([`Model::inbound`],
//! [`Model::outbound`]), of time ([`Model::advance`]) and of connections that end ([`Model::lost`]). From what comes in
//! it derives what is owed to whom; what goes out must be among it; and whenever the engine is at rest, nothing may be
//! owed that could have been sent ([`Model::settle`]). So every message that is lost, doubled, late, misdirected or
//! changed shows at the step that causes it.

mod expect;
mod inbound;
mod outbound;
mod routing;
mod settle;
mod timing;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use broker::settings::BrokerSettings;
use broker::time::Time;
use broker::wire::{QoS, ReasonCode, RetainHandling, Version};
use broker_core::router::subscription_cost_bytes;

use super::message::Msg;

/// What is wrong, in words; `Ok` where nothing is.
pub type Check = Result<(), String>;

/// The model's whole state.
#[derive(Debug)]
pub struct Model {
    pub(super) now: Time,
    settings: Arc<BrokerSettings>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) conns: BTreeMap<u32, Conn>,
    pub(super) retained: BTreeMap<String, Rc<Msg>>,
    floats: Vec<Float>,
    /// Counts packets that came in.
    inbound_count: u64,
    /// Wills published so far.
    pub(super) wills_published: u64,
    /// Sessions ended so far.
    pub(super) sessions_ended: u64,
    /// PUBLISH packets sent to clients so far.
    pub deliveries: u64,
}

/// A subscription: what was asked for last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sub {
    qos: QoS,
    no_local: bool,
    retain_as_published: bool,
    id: Option<u32>,
}

/// What a subscription was between two values of `inbound_count`.
#[derive(Debug, Clone, Copy)]
struct Form {
    sub: Sub,
    from: u64,
    until: u64,
}

/// A session.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) conn: Option<u32>,
    subs: BTreeMap<String, Sub>,
    /// Every form that a shared subscription had, latest first: what waits keeps the form it was queued with.
    shared_forms: BTreeMap<String, Vec<Form>>,
    /// What the client must get and was not sent yet, first to be sent first.
    pub(super) pending: Vec<Expect>,
    /// QoS 1 and 2 exchanges in the order of their first transmission.
    pub(super) inflight: Vec<Exchange>,
    /// Identifiers of QoS 2 messages from the client that were not released.
    incoming: BTreeSet<u16>,
    will: Option<Will>,
    will_due: Option<Time>,
    expiry_secs: u32,
    expires_at: Option<Time>,
}

/// A message that one session must get.
#[derive(Debug, Clone)]
pub(super) struct Expect {
    pub(super) msg: Rc<Msg>,
    qos: QoS,
    retain: bool,
    /// Subscription Identifiers, sorted.
    ids: Vec<u32>,
    /// It must go out at once: QoS 0 for a client that is connected, and nothing of the kind waits.
    at_once: bool,
    /// It comes because of a SUBSCRIBE, in no particular order.
    of_store: bool,
    /// It may have been too large for a connection on which it was its turn.
    optional: bool,
}

/// A message that one member of a shared subscription must get, no matter which.
#[derive(Debug)]
struct Float {
    msg: Rc<Msg>,
    /// The whole filter, `$share/…` included.
    filter: String,
    /// It may be gone for a good reason: QoS 0 for a member that is away, or too large for one.
    may_vanish: bool,
    /// The value of `inbound_count` when it came up.
    since: u64,
}

/// One QoS 1 or 2 exchange towards a client.
#[derive(Debug)]
pub(super) struct Exchange {
    packet_id: u16,
    expect: Expect,
    /// The shared subscription that brought it.
    shared: Option<String>,
    /// PUBREC came; PUBREL is what must be sent.
    released: bool,
    /// Whether its PUBLISH or PUBREL went out on the present connection.
    sent: bool,
    /// Whether it counts against the client's Receive Maximum.
    counted: bool,
}

/// A will.
#[derive(Debug)]
struct Will {
    msg: Msg,
    delay_secs: u32,
    expiry_secs: Option<u32>,
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No CONNECT yet.
    Fresh,
    /// CONNECT was accepted.
    Connected,
    /// The engine must want it closed, and must send nothing more but what it owes.
    Closing,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Conn {
    opened: Time,
    pub(super) phase: Phase,
    pub(super) client: String,
    pub(super) version: Version,
    /// Unacknowledged QoS 1 and 2 messages it takes.
    window: usize,
    packet_bytes: usize,
    alias_maximum: u16,
    aliases_out: BTreeMap<u16, String>,
    aliases_in: BTreeMap<u16, String>,
    silence_allowed: Option<Duration>,
    heard: Time,
    connect_expiry_secs: u32,
    owed: Vec<Owed>,
    greeted: bool,
}

/// What a 5.0 client is told when the broker ends its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tell {
    Nothing,
    /// Any reason of 0x80 or above.
    AnyError,
    Reason(ReasonCode),
}

/// An answer that is owed: at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owed {
    ConnAck {
        session_present: bool,
    },
    PubAck(u16, ReasonCode),
    PubRec(u16, ReasonCode),
    PubRel(u16, ReasonCode),
    PubComp(u16, ReasonCode),
    SubAck(u16, Vec<ReasonCode>),
    UnsubAck(u16, Vec<ReasonCode>),
    PingResp,
    /// With any reason of 0x80 or above where none is given.
    Disconnect(Option<ReasonCode>),
}

impl Model {
    /// The model of a broker that has just started.
    pub fn new(settings: Arc<BrokerSettings>) -> Self {
        Self {
            now: Time::ZERO,
            settings,
            sessions: BTreeMap::new(),
            conns: BTreeMap::new(),
            retained: BTreeMap::new(),
            floats: Vec::new(),
            inbound_count: 0,
            wills_published: 0,
            sessions_ended: 0,
            deliveries: 0,
        }
    }

    /// A connection was opened.
    pub fn opened(&mut self, number: u32) {
        let conn = Conn {
            opened: self.now,
            phase: Phase::Fresh,
            client: String::new(),
            version: Version::V311,
            window: 0,
            packet_bytes: usize::MAX,
            alias_maximum: 0,
            aliases_out: BTreeMap::new(),
            aliases_in: BTreeMap::new(),
            silence_allowed: None,
            heard: self.now,
            connect_expiry_secs: 0,
            owed: Vec::new(),
            greeted: false,
        };
        self.conns.insert(number, conn);
    }

    /// A connection was closed; a client that had not said goodbye is lost.
    pub fn lost(&mut self, number: u32) -> Check {
        self.end_connection(number, Tell::Nothing, false)?;
        self.conns.remove(&number);
        Ok(())
    }

    fn conn(&mut self, number: u32) -> Result<&mut Conn, String> {
        self.conns
            .get_mut(&number)
            .ok_or_else(|| format!("connection {number} is unknown or was closed"))
    }

    /// The client that is connected on `number`.
    fn client_of(&mut self, number: u32) -> Result<String, String> {
        let conn = self.conn(number)?;
        if conn.phase == Phase::Connected {
            Ok(conn.client.clone())
        } else {
            Err(format!("{number} has no session"))
        }
    }

    fn session(&mut self, client: &str) -> Result<&mut Session, String> {
        self.sessions
            .get_mut(client)
            .ok_or_else(|| format!("{client} should have no session any more"))
    }

    /// The connection's end as the session sees it. `tell` is what a 5.0 client must be told.
    fn end_connection(&mut self, number: u32, tell: Tell, clean: bool) -> Check {
        let conn = self.conn(number)?;
        let was = std::mem::replace(&mut conn.phase, Phase::Closing);
        if was != Phase::Connected {
            return Ok(());
        }
        if conn.version.is_v5() {
            match tell {
                Tell::Nothing => {}
                Tell::AnyError => conn.owed.push(Owed::Disconnect(None)),
                Tell::Reason(code) => conn.owed.push(Owed::Disconnect(Some(code))),
            }
        }
        let client = conn.client.clone();
        self.detach(&client, clean)
    }

    /// Whether a CONNECT came on the connection.
    pub fn greeted(&self, number: u32) -> bool {
        self.conns
            .get(&number)
            .is_some_and(|conn| conn.phase != Phase::Fresh)
    }

    /// Topics that have a retained message.
    pub fn retained_topics(&self) -> Vec<String> {
        self.retained.keys().cloned().collect()
    }

    /// Subscriptions of all sessions.
    pub(super) fn subscription_count(&self) -> usize {
        self.sessions.values().map(|session| session.subs.len()).sum()
    }

    pub(super) fn subscription_bytes(&self) -> usize {
        let filters = self.sessions.values().flat_map(|session| session.subs.keys());
        filters.map(|filter| subscription_cost_bytes(filter)).sum()
    }
}

impl Sub {
    fn of(options: broker::wire::SubscriptionOptions, id: Option<u32>) -> (Self, RetainHandling) {
        let sub = Self {
            qos: options.qos,
            no_local: options.no_local,
            retain_as_published: options.retain_as_published,
            id,
        };
        (sub, options.retain_handling)
    }
}

impl Session {
    /// Exchanges that count against the client's Receive Maximum.
    fn counted(&self) -> usize {
        self.inflight.iter().filter(|exchange| exchange.counted).count()
    }

    /// The first exchange that must be sent again.
    fn first_unsent(&self) -> Option<&Exchange> {
        self.inflight.iter().find(|exchange| !exchange.sent)
    }
}
