//! The broker as a pure machine: packets and times go in, bytes and events come out.
//!
//! No socket, no clock, no thread. The same inputs at the same times give the same outputs, which is what makes the
//! virtual clock exact and failures replayable. Whoever drives it keeps to this contract:
//!
//! 1. [`Engine::open`] a connection, then [`Engine::receive`] whatever bytes arrive on it, as they arrive. `receive`
//!    says how many it took; the rest is the beginning of a packet and comes again with what follows, or, where
//!    [`Engine::has_unhandled`] says so, whole packets, which come again once other connections had their turn.
//! 2. When [`Engine::next_timeout`] has come, call [`Engine::tick`].
//! 3. After either, and after every command, take the connections with something to do from
//!    [`Engine::next_touched`]: write their [`Engine::outbox`], say with [`Engine::wrote`] how much was written, and
//!    once it is empty and [`Engine::close_reason`] is set, close the connection.
//! 4. When a connection is closed, by whomever, say so with [`Engine::closed`]. Its id is never used again.
//! 5. Take events from [`Engine::next_event`] when you like, or let nobody collect them ([`Engine::collect_events`]).
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

mod ack;
mod auth;
mod census;
mod collected;
mod command;
mod conn;
mod connect;
mod contest;
mod deliver;
mod disconnect;
mod driving;
mod injected;
mod lane;
mod outbox;
mod publish;
mod receive;
mod restore;
mod retained;
mod rng;
mod room;
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
mod work;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use settings::BrokerSettings;
use slab::Slab;

use crate::journal::{Bounds, Journal};
use crate::router::{Retained, Subscriptions};
use crate::session::{Held, Seen, Session, SessionKey, Subscription};
use crate::time::Time;

use conn::{Conn, Phase};
use rng::Rng;
use timers::{Timer, Timers};

pub use crate::journal::{CloseReason, Direction, DropReason, Event};
pub use crate::session::ConnId;
pub use census::Census;
pub use injected::{InjectError, Injected};
pub use outbox::Outbox;
pub use restore::{Cut, Restart};
pub use state::{InflightState, MessageState, SessionState, State, SubscriptionState};
pub use stats::Stats;
#[doc(hidden)] // for the test that writes docs/SYS.md
pub use sys::sys_reference;

/// Unsent bytes towards one client from which on its publishers should wait a little.
const PRESSURE_BYTES: usize = 1024 * 1024;
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
    conns: Slab<Conn>,
    conn_serial: u32,
    sessions: Slab<Session>,
    session_serial: u32,
    by_client: HashMap<Arc<str>, SessionKey, RandomState>,
    /// Whoever had a session here.
    seen: Seen,
    subscriptions: Subscriptions<SessionKey, Subscription>,
    /// What they cost.
    subscription_bytes: usize,
    retained: Retained<retained::Kept>,
    /// How many messages were retained, ever.
    retained_ever: u64,
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
    /// What clients make the broker hold.
    held: Held,
    scratch: Vec<u8>,
    /// What the express lane for QoS 1 and 2 works on, kept for its memory.
    run: lane::Run,
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
    /// What the call that is going on has spent so far.
    work: work::Work,
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
    ///
    /// ```
    /// use std::sync::Arc;
    /// use broker_core::{engine::Engine, settings::BrokerSettings};
    ///
    /// let engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// assert_eq!(engine.connection_count(), 0);
    /// ```
    pub fn new(settings: Arc<BrokerSettings>, seed: u64) -> Self {
        let bounds = Bounds {
            entries: u64::from(settings.journal.entries),
            bytes: settings.journal.bytes as usize,
        };
        let held = Held::default();
        let mut engine = Self {
            journal: Journal::new(bounds),
            conns: Slab::new(),
            conn_serial: 0,
            sessions: Slab::new(),
            session_serial: 0,
            by_client: HashMap::default(),
            seen: Seen::default(),
            subscriptions: Subscriptions::default(),
            subscription_bytes: 0,
            retained: Retained::default(),
            retained_ever: 0,
            retained_sys: 0,
            retained_bytes: 0,
            timers: Timers::default(),
            touched: VecDeque::new(),
            events: VecDeque::new(),
            events_wanted: false,
            pool: outbox::Pool::new(held.clone()),
            held,
            scratch: Vec::new(),
            run: lane::Run::default(),
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
            work: work::Work::default(),
            settings,
        };
        engine.start_sys(Time::ZERO);
        engine
    }

    /// The settings it runs with.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// assert_eq!(engine.settings().port, 1883); // the engine does not look at it
    /// ```
    pub fn settings(&self) -> &Arc<BrokerSettings> {
        &self.settings
    }

    /// What was counted so far.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!((engine.stats().packets_received, engine.stats().packets_sent), (1, 1));
    /// ```
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// How many connections are open, whether they have said CONNECT or not.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// engine.open(Time::ZERO, "somebody".to_owned());
    /// assert_eq!((engine.connection_count(), engine.connected_count()), (1, 0)); // nothing was said yet
    /// ```
    pub fn connection_count(&self) -> usize {
        self.conns.len()
    }

    /// How many clients are connected.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.connected_count(), 1);
    /// ```
    pub fn connected_count(&self) -> usize {
        self.connected
    }

    /// What crossed the wire, and what was decided about it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// let seen = engine.journal().since(broker_core::journal::Mark::START);
    /// assert_eq!(seen.entries[1].words(), r#"to "lamp": CONNACK success"#);
    /// ```
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The same, to clear it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// engine.journal_mut().clear();
    /// assert!(engine.journal().is_empty());
    /// ```
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
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
