//! The broker as a pure machine: packets and times go in, bytes and events come out.
//!
//! No socket, no clock, no thread. The same inputs at the same times give the same outputs, which is what makes the
//! virtual clock exact and failures replayable. Whoever drives it keeps to this contract:
//!
//! 1. [`Engine::open`] a connection, then [`Engine::receive`] whatever bytes arrive on it, as they arrive. `receive`
//!    says how many it took; the rest is the beginning of a packet and comes again with what follows.
//! 2. When [`Engine::next_timeout`] has come, call [`Engine::tick`].
//! 3. After either, and after every command, take the connections with something to do from
//!    [`Engine::next_touched`]: write their [`Engine::outbox`], say with [`Engine::wrote`] how much was written, and
//!    once it is empty and [`Engine::close_reason`] is set, close the connection.
//! 4. When a connection is closed, by whomever, say so with [`Engine::closed`]. Its id is never used again.
//! 5. Take events from [`Engine::next_event`] when you like, or let nobody collect them ([`Engine::collect_events`]).
//!
//! Times never go backwards.

mod ack;
mod ack_run;
mod auth;
mod census;
mod collected;
mod command;
mod conn;
mod connect;
mod deliver;
mod disconnect;
mod express;
mod lane;
mod look_ahead;
mod outbox;
mod publish;
mod receive;
mod reliable;
mod restore;
mod retained;
mod rng;
mod route;
mod send;
mod session_end;
mod snapshot;
mod standing;
mod state;
mod stats;
mod subscribe;
mod sys;
mod targets;
mod timers;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use settings::BrokerSettings;
use slab::Slab;

use crate::journal::{Bounds, Journal};
use crate::router::{Retained, Subscriptions};
use crate::session::{Message, Session, SessionKey, Subscription};
use crate::time::Time;

use conn::{Conn, Phase};
use rng::Rng;
use timers::{Timer, Timers};

pub use crate::journal::{CloseReason, Direction, DropReason, Event};
pub use crate::session::ConnId;
pub use census::Census;
pub use command::{InjectError, Injected};
pub use outbox::Outbox;
pub use restore::{Cut, Restart};
pub use state::{InflightState, MessageState, SessionState, State, SubscriptionState};
pub use stats::Stats;
pub use sys::sys_reference;

/// Unsent bytes towards one client from which on its publishers should wait a little.
const PRESSURE_BYTES: usize = 1024 * 1024;
/// Queued messages of a connected client from which on its publishers should wait a little.
const PRESSURE_MESSAGES: usize = 4096;

/// The broker's state and rules. See the module's documentation for how to drive it.
pub struct Engine {
    settings: Arc<BrokerSettings>,
    conns: Slab<Conn>,
    conn_serial: u32,
    sessions: Slab<Session>,
    session_serial: u32,
    by_client: HashMap<Arc<str>, SessionKey, RandomState>,
    subscriptions: Subscriptions<SessionKey, Subscription>,
    retained: Retained<Arc<Message>>,
    /// Of the retained messages, how many are `$SYS`.
    retained_sys: usize,
    /// What the others cost.
    retained_bytes: usize,
    timers: Timers,
    touched: VecDeque<ConnId>,
    events: VecDeque<Event>,
    events_wanted: bool,
    journal: Journal,
    pool: outbox::Pool,
    scratch: Vec<u8>,
    /// What the express lane for QoS 1 and 2 works on, kept for its memory.
    run: reliable::Run,
    /// The buffer that what is being received was collected in.
    collected: Option<Bytes>,
    remembered: targets::Remembered,
    /// What the targets of the last message were found in, kept for its memory.
    spare_targets: Option<Arc<targets::Targets>>,
    stats: Stats,
    seed: u64,
    rng: Rng,
    authentication: auth::Authentication,
    /// Sessions that have a live connection.
    connected: usize,
    sys: sys::SysTopics,
    stopping: bool,
    /// The connection that can hardly keep up with what was published last.
    pressure: Option<ConnId>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("connections", &self.conns.len())
            .field("sessions", &self.sessions.len())
            .field("subscriptions", &self.subscriptions.len())
            .field("retained", &self.retained.len())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// A broker with nothing in it. `seed` decides everything that is left to chance: generated client identifiers,
    /// nonces, the `random` strategy of shared subscriptions.
    pub fn new(settings: Arc<BrokerSettings>, seed: u64) -> Self {
        let bounds = Bounds {
            entries: u64::from(settings.journal.entries),
            bytes: settings.journal.bytes as usize,
        };
        let mut engine = Self {
            journal: Journal::new(bounds),
            conns: Slab::new(),
            conn_serial: 0,
            sessions: Slab::new(),
            session_serial: 0,
            by_client: HashMap::default(),
            subscriptions: Subscriptions::default(),
            retained: Retained::default(),
            retained_sys: 0,
            retained_bytes: 0,
            timers: Timers::default(),
            touched: VecDeque::new(),
            events: VecDeque::new(),
            events_wanted: false,
            pool: outbox::Pool::default(),
            scratch: Vec::new(),
            run: reliable::Run::default(),
            collected: None,
            remembered: targets::Remembered::default(),
            spare_targets: None,
            stats: Stats::default(),
            seed,
            rng: Rng::new(seed),
            authentication: auth::Authentication::new(seed),
            connected: 0,
            sys: sys::SysTopics::default(),
            stopping: false,
            pressure: None,
            settings,
        };
        engine.start_sys(Time::ZERO);
        engine
    }

    /// The settings it runs with.
    pub fn settings(&self) -> &Arc<BrokerSettings> {
        &self.settings
    }

    /// What was counted so far.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// How many connections are open, whether they have said CONNECT or not.
    pub fn connection_count(&self) -> usize {
        self.conns.len()
    }

    /// How many clients are connected.
    pub fn connected_count(&self) -> usize {
        self.connected
    }

    /// A network connection was accepted from `peer` (an address, for people).
    pub fn open(&mut self, now: Time, peer: String) -> ConnId {
        self.conn_serial += 1;
        self.stats.connections_opened += 1;
        let full = self.conns.len() as u64 >= u64::from(self.settings.limits.max_connections);
        let entry = self.conns.vacant_entry();
        let id = ConnId {
            slot: entry.key() as u32,
            serial: self.conn_serial,
        };
        let mut conn = Conn::new(id, peer, now);
        conn.source = self.journal.open(id);
        conn.connect_due = now.plus_secs(self.settings.limits.connect_timeout_secs);
        if full {
            // The CONNECT is still awaited, so that the client is told why instead of being cut off.
            conn.refuse = Some(crate::wire::ReasonCode::SERVER_BUSY);
        }
        self.timers.set(conn.connect_due, Timer::Connect(id));
        entry.insert(conn);
        id
    }

    /// The network connection is closed, `why` in words; for a connection that the engine itself wanted closed,
    /// `why` is not looked at.
    pub fn closed(&mut self, now: Time, id: ConnId, why: &str) {
        if self.conn(id).is_none() {
            return;
        }
        self.close(now, id, CloseReason::ConnectionLost(why.to_owned()));
        if let Some(mut conn) = self.conns.try_remove(id.slot as usize) {
            conn.outbox.clear(&mut self.pool);
            self.journal.close(conn.source);
        }
    }

    /// What crossed the wire, and what was decided about it.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The same, to clear it.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// When [`Engine::tick`] must be called next.
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Does everything that is due at `now`, each at its own instant and in order.
    pub fn tick(&mut self, now: Time) {
        while let Some((at, timer)) = self.timers.pop(now) {
            match timer {
                Timer::Connect(id) => self.connect_timed_out(at, id),
                Timer::KeepAlive(id) => self.check_keep_alive(at, id),
                Timer::Will(key) => self.will_is_due(at, key),
                Timer::SessionExpiry(key) => self.session_expired(at, key),
                Timer::MessageExpiry(key) => self.drop_expired(at, key),
                Timer::RetainedExpiry(topic) => self.retained_expired(at, &topic),
                // Delivery happens now, not at the instant it was put off.
                Timer::Retained(id) => {
                    self.continue_retained(now, id);
                    // One slice a tick, so that others get their turn in between.
                    if self.timers.next().is_some_and(|next| next <= at) {
                        return;
                    }
                }
                Timer::Sys => self.publish_sys(at),
            }
        }
    }

    /// The next connection with bytes to write or a close to do.
    pub fn next_touched(&mut self) -> Option<ConnId> {
        while let Some(id) = self.touched.pop_front() {
            if let Some(conn) = self.conn_mut(id) {
                conn.touched = false;
                return Some(id);
            }
        }
        None
    }

    /// The unsent bytes of a connection.
    pub fn outbox(&self, id: ConnId) -> Option<&Outbox> {
        self.conn(id).map(|conn| &conn.outbox)
    }

    /// `n` bytes of the connection's outbox were written.
    pub fn wrote(&mut self, now: Time, id: ConnId, n: usize) {
        let Some(conn) = self.conns.get_mut(id.slot as usize).filter(|conn| conn.id == id) else {
            return;
        };
        conn.outbox.consume(n, &mut self.pool);
        self.stats.bytes_sent += n as u64;
        if conn.outbox.is_empty() {
            conn.dropping = false;
            if std::mem::take(&mut conn.retained_waits) {
                self.timers.set(now, Timer::Retained(id));
            }
        }
    }

    /// The connection, if any, that could hardly keep up with what was received since the last call. Whoever drives the
    /// engine may read less from the publisher until [`Engine::is_pressed`] says that it is over.
    pub fn take_pressure(&mut self) -> Option<ConnId> {
        self.pressure.take()
    }

    /// Whether the connection still has much to take before more should come.
    pub fn is_pressed(&self, id: ConnId) -> bool {
        let Some(conn) = self.conn(id) else { return false };
        let queued = self
            .session_of(id)
            .and_then(|key| self.session(key))
            .map_or(0, |session| session.queue.len());
        conn.close.is_none() && (conn.outbox.len() > PRESSURE_BYTES / 2 || queued > PRESSURE_MESSAGES / 2)
    }

    /// Why the connection is to be closed, once its outbox is written; `None` while it is to stay open.
    pub fn close_reason(&self, id: ConnId) -> Option<&CloseReason> {
        self.conn(id)?.close.as_ref()
    }

    /// Whether events are collected for [`Engine::next_event`]. Off at first: nobody would take them.
    pub fn collect_events(&mut self, wanted: bool) {
        self.events_wanted = wanted;
        if !wanted {
            self.events.clear();
        }
    }

    /// The oldest event not yet taken.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn event(&mut self, now: Time, event: impl FnOnce() -> Event) {
        if !self.events_wanted && !self.journal.is_on() {
            return;
        }
        let event = event();
        if self.events_wanted {
            self.events.push_back(event.clone());
        }
        let conn = event.conn().or_else(|| {
            let key = self.by_client.get(&event.client_id())?;
            self.session(*key)?.conn
        });
        let source = conn.and_then(|id| self.conn(id)).map(|conn| conn.source);
        self.journal.event(now, source, event);
    }

    fn conn(&self, id: ConnId) -> Option<&Conn> {
        self.conns.get(id.slot as usize).filter(|conn| conn.id == id)
    }

    fn conn_mut(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.get_mut(id.slot as usize).filter(|conn| conn.id == id)
    }

    fn session(&self, key: SessionKey) -> Option<&Session> {
        self.sessions
            .get(key.slot as usize)
            .filter(|session| session.key == key)
    }

    fn session_mut(&mut self, key: SessionKey) -> Option<&mut Session> {
        self.sessions
            .get_mut(key.slot as usize)
            .filter(|session| session.key == key)
    }

    /// The session of a connection that has been accepted.
    fn session_of(&self, id: ConnId) -> Option<SessionKey> {
        match self.conn(id)?.phase {
            Phase::Connected(key) => Some(key),
            _ => None,
        }
    }

    fn touch(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(id.slot as usize)
            && !conn.touched
        {
            conn.touched = true;
            self.touched.push_back(id);
        }
    }
}
