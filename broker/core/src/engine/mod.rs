//! The broker as a pure machine: packets and times go in, bytes and events come out.
//!
//! No socket, no clock, no thread. The same inputs at the same times give the same outputs, which is what makes the
//! virtual clock exact and failures replayable. The caller keeps to this contract:
//!
//! 1. [`Engine::open`] a connection, say how it came if it is not plain TCP ([`Engine::arrived`]), then [`Engine::receive`] the bytes that arrive on it, as they arrive. `receive`
//!    says how many it took. The rest is the beginning of a packet, and comes again with what follows. Where
//!    [`Engine::has_unhandled`] says so, it is whole packets, which come again once other connections had their turn.
//! 2. When [`Engine::next_timeout`] has come, call [`Engine::tick`].
//! 3. After either, and after every command, take the connections with something to do from
//!    [`Engine::next_touched`]: write their [`Engine::outbox`], say with [`Engine::wrote`] how much was written, and
//!    once it is empty and [`Engine::close_reason`] is set, close the connection.
//! 4. When a connection is closed, by either side, say so with [`Engine::closed`]. Its id is never used again.
//!    Likewise take the logins to check from [`Engine::next_check`], if there can be any.
//! 5. Take events from [`Engine::next_event`] when you like, or have none collected ([`Engine::collect_events`]).
//!
//! Times never go backwards.
//!
//! ```
//! use std::sync::Arc;
//!
//! use broker_core::engine::Engine;
//! use broker_core::settings::BrokerSettings;
//! use broker_core::time::Time;
//!
//! let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
//! let now = Time::ZERO;
//! let lamp = engine.open(now, "a lamp".to_owned());
//! engine.receive(now, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
//!
//! while let Some(id) = engine.next_touched() {
//!     let bytes = engine.outbox(id).expect("it is open").front().to_vec();
//!     assert_eq!(bytes, b"\x20\x02\0\0"); // CONNACK, to be written to the socket
//!     engine.wrote(now, id, bytes.len());
//! }
//! ```
//!
//! # Inside
//!
//! The engine conducts. Its fields are the owners of the state; each has methods of its own, and the engine's methods
//! say what happens between them. Bytes that arrive go through `receive.rs` to one file for each packet, and a message
//! from there through `publish.rs` and `route.rs` to `deliver.rs`. All that goes out goes through `outlet.rs`.

// The owners.
mod arena;
mod authentication;
mod conn;
mod half_open;
mod log;
mod origin;
mod outlet;
mod policy;
mod retained;
mod room;
mod sessions;
mod timers;
mod work;

// The calls and their answers.
mod census;
mod checks;
mod collected;
mod command;
mod contract;
mod control;
mod driving;
mod failed_logins;
mod injected;
mod keeping;
mod memo;
mod on_line;
mod realms;
mod receive;
mod restore;
mod snapshot;
mod standing;
mod state;
mod stats;

// Packets from clients, and their effects.
mod ack;
mod auth;
mod connect;
mod contest;
mod deliver;
mod disconnect;
mod lane;
mod objection;
mod publish;
mod pump;
mod route;
mod send;
mod session_end;
mod subscribe;
mod sys;

use std::sync::Arc;

use bytes::Bytes;
use settings::BrokerSettings;

use crate::chance::Rng;
use crate::journal::Journal;
use crate::time::Time;

use conn::Conns;
use log::Log;
use outlet::Outlet;
use policy::{Policy, Routing};
use room::Room;
use sessions::Sessions;
use timers::{Timer, Timers};

pub use crate::journal::{CloseReason, Direction, DropReason, Event};
pub use crate::session::ConnId;
pub use census::Census;
pub use checks::{Asks, Check};
pub use contract::{Broken, Contract};
pub use control::{BROKER_TOPIC, ControlMessage, DYNAMIC_SECURITY_TOPIC};
pub use injected::{InjectError, Injected};
pub use keeping::UNKEPT;
pub use on_line::Client;
pub use outlet::Outbox;
pub use restore::{Cut, Restart};
pub use state::{InflightState, MessageState, SessionState, SessionSummary, State, SubscriptionState};
pub use stats::Stats;
#[doc(hidden)] // for the test that writes docs/SYS.md
pub use sys::sys_reference;
pub use sys::{Figures, LOG_TOPICS};

/// Queued messages of a connected client from which on its publishers should wait a little.
const PRESSURE_MESSAGES: usize = 4096;

/// The broker's state and rules. See the module's documentation for how to drive it.
///
/// ```
/// use std::sync::Arc;
/// use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
///
/// // An hour without a word, in no time: Keep Alive is 60 seconds.
/// let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
/// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\x3C\0\x04lamp");
/// engine.tick(Time::from_secs(3600));
/// assert_eq!(engine.stats().keep_alive_timeouts, 1);
/// ```
pub struct Engine {
    settings: Arc<BrokerSettings>,
    /// The connections, each with its phase.
    conns: Conns,
    /// Those of them that are not let in yet.
    half_open: half_open::HalfOpen,
    /// What outlives them.
    sessions: Sessions,
    /// Who wants to know what changes of all that, if somebody does.
    keeping: Option<keeping::Keeping>,
    /// The subscriptions.
    routing: Routing,
    /// The rules on publishing and subscribing.
    policy: Policy,
    /// The retained messages.
    retained: retained::Store,
    /// Who may come in.
    authentication: authentication::Authentication,
    failed_logins: failed_logins::FailedLogins,
    /// The logins that somebody else checks.
    checks: checks::Checks,
    /// What the embedding program says of users and rights.
    overrides: crate::access::Overrides,
    /// What they are laid over, where there are any.
    overridden: Option<crate::access::Realms>,
    /// The commands that somebody else carries out.
    control: control::Control,
    /// The only way by which bytes reach a client.
    outlet: Outlet,
    /// The journal, the events, the counters.
    log: Log,
    /// The memory that clients use, and its bound.
    room: Room,
    /// All that happens by itself.
    timers: Timers,
    /// The random numbers.
    rng: Rng,
    /// The broker's own topics, below `$SYS`.
    sys: sys::SysTopics,
    /// The work of the present call so far.
    work: work::Work,
    /// The buffer in which the bytes being received were collected.
    collected: Option<Bytes>,
    /// A buffer in which a message is encoded once for many receivers; kept for its memory.
    scratch: Vec<u8>,
    /// The longest packet that a lane takes.
    longest_in_lane: usize,
    /// The working memory of the lane for QoS 1 and 2, kept for reuse.
    run: lane::Run,
    stopping: bool,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("connections", &self.conns.len())
            .field("sessions", &self.sessions.len())
            .field("subscriptions", &self.routing.subscriptions().len())
            .field("retained", &self.retained.len())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// A broker with nothing in it. `seed` decides everything that is left to chance: generated client identifiers,
    /// nonces, the `random` strategy of shared subscriptions.
    pub fn new(settings: Arc<BrokerSettings>, seed: u64) -> Self {
        let policy = Policy::new(settings.clone());
        let room = Room::new(settings.limits.max_memory_bytes);
        let mut engine = Self {
            conns: Conns::default(),
            half_open: half_open::HalfOpen::default(),
            sessions: Sessions::default(),
            keeping: None,
            routing: Routing::new(room.held.clone()),
            longest_in_lane: lane::longest(&settings, &policy),
            policy,
            retained: retained::Store::new(settings.limits.retained_expiry_secs),
            timers: Timers::default(),
            log: Log::new(&settings),
            outlet: Outlet::new(room.held.clone(), settings.limits.max_outbox_bytes as usize),
            room,
            scratch: Vec::new(),
            run: lane::Run::default(),
            collected: None,
            rng: Rng::new(seed),
            authentication: authentication::Authentication::new(settings.clone(), seed),
            failed_logins: failed_logins::FailedLogins::default(),
            checks: checks::Checks::default(),
            control: control::Control::default(),
            overrides: crate::access::Overrides::default(),
            overridden: None,
            sys: sys::SysTopics::default(),
            stopping: false,
            work: work::Work::default(),
            settings,
        };
        engine.start_sys(Time::ZERO);
        engine
    }

    /// The settings it runs with.
    pub fn settings(&self) -> &Arc<BrokerSettings> {
        &self.settings
    }

    /// The counters.
    pub fn stats(&self) -> Stats {
        self.log.stats
    }

    /// A number that is another once a client, a session or a subscription has come or gone.
    pub fn changes(&self) -> u64 {
        self.log.happened
    }

    /// A number that is another once a retained message was kept.
    pub fn retained_ever(&self) -> u64 {
        self.retained.ever()
    }

    /// What crossed the wire, and what was decided about it.
    pub fn journal(&self) -> &Journal {
        &self.log.journal
    }

    /// The same, to clear it.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.log.journal
    }

    fn event(&mut self, now: Time, event: impl FnOnce() -> Event) {
        if !self.log.wants_event() {
            return;
        }
        let event = event();
        let conn = event.conn().or_else(|| self.sessions.conn_of(&event.client_id()));
        let source = conn.and_then(|id| self.conns.get(id)).map(conn::Conn::source);
        self.log.event(now, source, event);
    }
}
