//! [`Relay`]: passes the clients' bytes on to a broker that is not ours, and reads along.
//!
//! All bytes are passed on unchanged, in both directions. Packets are cut out of them only to be looked at. The front
//! door answers a client itself in one case only: it refuses a CONNECT that cannot be passed on. Where a rule is in force that
//! could concern the client, a [line](crate::line) stands between the two sockets (`lined.rs`), and does what the rule says.

mod absent;
mod book;
mod cut;
mod ending;
mod flow;
mod framer;
mod lined;
mod lines;
mod link;
mod observe;
mod pump;
mod refuse;
mod tls;
mod upstream;
mod witness;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use settings::BrokerSettings;
use tokio::sync::Notify;

use super::played::PlayedBroker;
use super::rumqttd::Rumqttd;
use crate::engine::ConnId;
use crate::profile::Rulebook;
use crate::scenario::Scenarios;
use crate::time::Time;
use crate::way::ClientStream;
use crate::wire::Version;

pub(crate) use book::Book;
pub(crate) use flow::Stream;
pub(crate) use upstream::Upstream;

use lines::Lines;

/// One read takes at most this much, and at most this much waits for a side that does not take it.
const READ_BYTES: usize = 64 * 1024;

/// Who answers.
#[derive(Debug)]
pub(crate) enum Target {
    /// A broker elsewhere.
    Upstream(Box<Upstream>),
    /// An embedded rumqttd.
    Rumqttd(Rc<Rumqttd>),
    /// A recorded broker.
    Played(Rc<PlayedBroker>),
}

/// The rules in force, and the states of scenarios that they share with all that acts by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    pub faults: Rc<RefCell<Rulebook>>,
    pub scenarios: Rc<RefCell<Scenarios>>,
}

/// A broker that is not ours, behind our front door.
pub(crate) struct Relay {
    pub book: RefCell<Book>,
    pub settings: Arc<BrokerSettings>,
    target: Target,
    /// Bytes are read into this, one connection at a time.
    scratch: RefCell<Vec<u8>>,
    live: Cell<u32>,
    /// Those of them whose first packet has come.
    clients: Cell<u32>,
    /// The connections whose first packet has not come, by age, each with what ends it.
    half_open: RefCell<BTreeMap<ConnId, Rc<Notify>>>,
    stopped: Cell<bool>,
    /// Wakes every connection: the relay stops, or rules came or went.
    attention: Notify,
    /// The rules in force: the shell's.
    rules: OnceCell<Rules>,
    lines: Lines,
    /// What the front does after each input.
    after: RefCell<Option<Rc<dyn Fn()>>>,
}

impl Relay {
    pub fn new(settings: Arc<BrokerSettings>, target: Target, book: Book) -> Rc<Self> {
        Rc::new(Self {
            book: RefCell::new(book),
            settings,
            target,
            scratch: RefCell::new(vec![0; READ_BYTES]),
            live: Cell::new(0),
            clients: Cell::new(0),
            half_open: RefCell::default(),
            stopped: Cell::new(false),
            attention: Notify::new(),
            rules: OnceCell::new(),
            lines: Lines::default(),
            after: RefCell::new(None),
        })
    }

    /// Starts the relay. `after` is called after each input.
    pub fn begin(self: &Rc<Self>, rules: Rules, after: Rc<dyn Fn()>) {
        let _ = self.rules.set(rules);
        *self.after.borrow_mut() = Some(after);
        if let Target::Rumqttd(rumqttd) = &self.target {
            rumqttd.keep(self);
        }
        if let Target::Played(played) = &self.target {
            played.tell(self);
        }
    }

    /// Finds out whether the upstream is this very broker, which would then pass everything on to itself.
    pub fn is_itself(&self, listening: &[SocketAddr]) -> Option<String> {
        let Target::Upstream(upstream) = &self.target else {
            return None;
        };
        let host = upstream.url.host.as_str();
        let same = |addr: &SocketAddr| {
            let ip = addr.ip();
            let same_host = (host == "localhost" && (ip.is_loopback() || ip.is_unspecified()))
                || host
                    .parse::<IpAddr>()
                    .is_ok_and(|host| host == ip || (ip.is_unspecified() && host.is_loopback()));
            same_host && addr.port() == upstream.url.port
        };
        listening.iter().any(same).then(|| {
            format!(
                "the upstream {} is where this broker listens itself; give one of them another port",
                upstream.url
            )
        })
    }

    /// What should be known of what answers.
    pub fn notes(&self) -> &[String] {
        match &self.target {
            Target::Played(played) => played.notes(),
            _ => &[],
        }
    }

    /// Connections that are open.
    pub fn live(&self) -> u32 {
        self.live.get()
    }

    /// The oldest connection whose first packet has not come ends, to make room for a new one. Says whether there was one.
    pub fn make_way(&self) -> bool {
        let oldest = self.half_open.borrow_mut().pop_first();
        let Some((_, gives_way)) = oldest else {
            return false;
        };
        self.book.borrow_mut().stats.connections_gave_way += 1;
        gives_way.notify_one();
        true
    }

    /// Serves one client to its end. It counts at once, before the next one is accepted.
    pub fn serve(self: Rc<Self>, client: ClientStream) -> impl Future<Output = ()> {
        self.live.set(self.live.get() + 1);
        let served = link::serve(self.clone(), client);
        async move {
            served.await;
            self.live.set(self.live.get() - 1);
        }
    }

    /// Cuts every connection; no new one begins.
    pub fn stop(&self) {
        self.stopped.set(true);
        self.attention.notify_waiters();
    }

    /// Stops an embedded broker: no client is served any more.
    pub fn end(&self) {
        if let Target::Rumqttd(rumqttd) = &self.target {
            rumqttd.stop();
        }
    }

    async fn stopping(&self) {
        loop {
            let attention = self.attention.notified();
            if self.stopped.get() {
                return;
            }
            attention.await;
        }
    }

    fn rules(&self) -> &Rules {
        self.rules.get_or_init(Rules::default)
    }

    /// The number of the rules in force: another one after each change.
    fn generation(&self) -> u64 {
        self.rules().faults.borrow().generation()
    }

    /// Rules came or went: every connection looks whether one could concern it.
    pub fn heed_rules(&self) {
        self.attention.notify_waiters();
    }

    /// When a line, or a recording that answers, has something to do next.
    pub fn next_due(&self) -> Option<Time> {
        let played = match &self.target {
            Target::Played(played) => played.next_due(),
            _ => None,
        };
        [self.lines.next_due(), played].into_iter().flatten().min()
    }

    /// Whether connections have something to do at this very time: to look at rules, or what is due in a line.
    pub fn is_behind(&self, now: Time) -> bool {
        self.next_due().is_some_and(|due| due <= now) || !self.lines.all_heeded(self.generation())
    }

    /// Lets them do what is due. They do it in their tasks, and are due until then.
    pub fn tick(&self, now: Time) {
        self.lines.wake_due(now);
        if let Target::Played(played) = &self.target {
            played.wake_due(now);
        }
    }

    /// All lines let go what this rule holds; what all rules hold where it is `None`.
    #[allow(dead_code)] // the call of the handle comes
    pub fn release(&self, rule: Option<&str>) {
        self.lines.release(rule);
    }

    /// How things stand, in words.
    pub fn stands(&self) -> String {
        let known = "all that is known here is what passed by";
        let Some((client_id, kept)) = self.lines.kept() else {
            return known.to_owned();
        };
        let (bytes, rule) = (kept.bytes, kept.rule);
        let until = match kept.until {
            Some(until) => format!("until {until} s"),
            None => "until it is released".to_owned(),
        };
        format!("the rule {rule:?} keeps back {bytes} bytes of {client_id:?} {until}; {known}")
    }

    /// Something happened.
    pub(super) fn tell(&self) {
        let after = self.after.borrow().clone();
        if let Some(after) = after {
            after();
        }
    }

    /// A connection to the broker that answers this version.
    async fn connect(&self, version: Option<Version>) -> Result<Box<dyn Stream>, String> {
        match &self.target {
            Target::Upstream(upstream) => upstream.connect().await,
            Target::Rumqttd(rumqttd) => rumqttd.connect(version).await,
            Target::Played(played) => Ok(played.connect()),
        }
    }
}

impl Target {
    fn passes_tls(&self) -> bool {
        matches!(self, Self::Upstream(upstream) if upstream.pass_through)
    }

    fn connack_timeout(&self) -> Duration {
        match self {
            Self::Upstream(upstream) => upstream.connack_timeout,
            Self::Rumqttd(rumqttd) => rumqttd.connack_timeout,
            // It may have taken its time.
            Self::Played(_) => Duration::from_secs(365 * 24 * 3600),
        }
    }

    /// Whether the target must close a connection itself after the client's DISCONNECT. rumqttd frees the connection's
    /// number when it reads that packet. When the end of the stream comes after it, rumqttd ends the connection that
    /// has the number then: a quick next client would lose its connection.
    fn closes_after_goodbye(&self) -> bool {
        matches!(self, Self::Rumqttd(_))
    }

    /// It did not answer in time.
    fn suspect(&self, version: Option<Version>) {
        if let Self::Rumqttd(rumqttd) = self {
            rumqttd.suspect(version);
        }
    }

    /// Counts how often the target was started anew.
    fn generation(&self) -> u64 {
        match self {
            Self::Upstream(_) | Self::Played(_) => 0,
            Self::Rumqttd(rumqttd) => rumqttd.generation(),
        }
    }

    /// The target closed a connection of this generation without an answer. Says what it died of, if it is dead.
    async fn autopsy(&self, version: Option<Version>, generation: u64) -> Option<String> {
        match self {
            // A broker elsewhere has its own reasons to close.
            Self::Upstream(_) | Self::Played(_) => None,
            Self::Rumqttd(rumqttd) => rumqttd.autopsy(version, generation).await,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upstream(upstream) => upstream.url.fmt(f),
            Self::Rumqttd(_) => f.write_str("rumqttd"),
            Self::Played(played) => write!(f, "the recording {}", played.file()),
        }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
