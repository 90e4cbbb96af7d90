//! [`Book`]: all that the relay knows, learned from the packets that passed by.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use settings::BrokerSettings;

use crate::clock::Clock;
use crate::engine::{Broken, ConnId, Contract, Direction, Event, Stats};
use crate::journal::{Bounds, Journal, Side, Source};
use crate::session::Seen;

/// How many subscriptions of one client are remembered, for waits until there is one.
const MAX_FILTERS: usize = 10_000;

pub(crate) struct Book {
    pub clock: Clock,
    pub stats: Stats,
    /// How often a client or a subscription came or went.
    pub happened: u64,
    pub journal: Journal,
    /// What messages of clients are held against.
    pub contract: Option<Arc<dyn Contract>>,
    /// On which side of a line the packets are that pass now.
    side: Side,
    events: VecDeque<Event>,
    collecting: bool,
    connected: HashMap<Arc<str>, (ConnId, HashSet<String>)>,
    seen: Seen,
    serial: u32,
}

impl Book {
    pub fn new(settings: &BrokerSettings) -> Self {
        let bounds = Bounds {
            entries: u64::from(settings.journal.entries),
            bytes: usize::try_from(settings.journal.bytes).unwrap_or(usize::MAX),
        };
        Self {
            clock: Clock::start(),
            stats: Stats::default(),
            happened: 0,
            journal: Journal::new(bounds),
            contract: None,
            side: Side::Both,
            events: VecDeque::new(),
            collecting: false,
            connected: HashMap::new(),
            seen: Seen::default(),
            serial: 0,
        }
    }

    /// From now on clients are held against this, if there is anything in it.
    pub fn set_contract(&mut self, contract: Option<Arc<dyn Contract>>) {
        self.contract = contract.filter(|contract| contract.is_in_force());
    }

    /// A connection begins. Returns its identifier, and its name in the journal.
    pub fn open(&mut self) -> (ConnId, Source) {
        self.serial += 1;
        self.stats.connections_opened += 1;
        let conn = ConnId::relayed(self.serial);
        (conn, self.journal.open(conn))
    }

    pub fn collect_events(&mut self, on: bool) {
        self.collecting = on;
    }

    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Something happened, on a connection or in the engine.
    pub fn event(&mut self, source: Option<Source>, event: Event) {
        if self.collecting {
            self.events.push_back(event.clone());
        }
        self.journal.event(self.clock.now(), source, event);
    }

    /// A connection is over.
    pub fn closed_by_contract(&self, conn: ConnId) {
        if let Some(contract) = &self.contract {
            contract.closed(conn);
        }
    }

    /// Tells what a client broke.
    pub fn broken(&mut self, source: Source, conn: ConnId, client_id: &Arc<str>, broken: &[Broken]) {
        for one in broken.iter().filter(|one| one.is_told) {
            self.event(Some(source), one.remark.clone().into_event(conn, client_id));
        }
    }

    /// Does something while packets are on one side of a line alone.
    pub fn on_side<R>(&mut self, side: Side, work: impl FnOnce(&mut Self) -> R) -> R {
        self.side = side;
        let result = work(self);
        self.side = Side::Both;
        result
    }

    /// Bytes passed by: the client's side of them.
    pub fn bytes(&mut self, direction: Direction, n: usize) {
        match direction {
            Direction::In => self.stats.bytes_received += n as u64,
            Direction::Out => self.stats.bytes_sent += n as u64,
        }
    }

    /// A packet passed by, or bytes that should have been one. Those of the upstream's side are not counted.
    pub(super) fn packet(&mut self, source: Source, direction: Direction, bytes: &[u8]) {
        let at = self.clock.now();
        let counts = u64::from(self.side != Side::Engine);
        self.journal.on_side(self.side, |journal| match direction {
            Direction::In => {
                self.stats.packets_received += counts;
                journal.packet_in(at, source, bytes);
            }
            Direction::Out => {
                self.stats.packets_sent += counts;
                journal.packet_out(at, source, bytes);
            }
        });
    }

    /// The upstream accepted this client.
    pub fn connected(&mut self, client_id: &Arc<str>, conn: ConnId) {
        self.happened += 1;
        self.stats.clients_connected += 1;
        self.connected.insert(client_id.clone(), (conn, HashSet::new()));
        self.seen.add(client_id);
        self.stats.clients_maximum = self.stats.clients_maximum.max(self.connected.len() as u64);
    }

    /// Its connection ended, unless a newer one has taken its place.
    pub fn gone(&mut self, client_id: &str, conn: ConnId) {
        self.happened += 1;
        if self.connected.get(client_id).is_some_and(|(of, _)| *of == conn) {
            self.connected.remove(client_id);
        }
    }

    /// Whether a newer connection than this one is the client's.
    pub fn is_elsewhere(&self, client_id: &str, conn: ConnId) -> bool {
        self.connected.get(client_id).is_some_and(|(of, _)| *of != conn)
    }

    pub fn subscribed(&mut self, client_id: &str, filter: &str) {
        self.happened += 1;
        if let Some((_, filters)) = self.connected.get_mut(client_id)
            && filters.len() < MAX_FILTERS
        {
            filters.insert(filter.to_owned());
        }
    }

    pub fn unsubscribed(&mut self, client_id: &str, filter: &str) {
        if let Some((_, filters)) = self.connected.get_mut(client_id) {
            filters.remove(filter);
        }
    }

    /// Whether it was ever connected.
    pub fn has_seen(&self, client_id: &str) -> bool {
        self.seen.has(client_id)
    }

    pub fn connected_behind(&self, after: &str, most: usize) -> Vec<String> {
        let behind = self.connected.keys().filter(|client_id| ***client_id > *after);
        let mut behind: Vec<String> = behind.map(ToString::to_string).collect();
        behind.sort_unstable();
        behind.truncate(most);
        behind
    }

    pub fn is_connected(&self, client_id: &str) -> bool {
        self.connected.contains_key(client_id)
    }

    /// Whether it subscribed on this connection. Only the upstream knows the subscriptions of an older connection.
    pub fn is_subscribed(&self, client_id: &str, filter: &str) -> bool {
        self.connected
            .get(client_id)
            .is_some_and(|(_, filters)| filters.contains(filter))
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
