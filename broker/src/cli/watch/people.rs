//! [`People`]: the clients, as the journal tells of them: connected or not, what they listen to, why they went.

use std::collections::BTreeMap;
use std::sync::Arc;

use settings::text::cut;

use crate::time::Time;
use crate::wire::{Connect, QoS, Version};

/// So many clients are kept. Those that are gone are forgotten first.
const MOST_CLIENTS: usize = 2_000;
/// So many filters of a client are kept.
const MOST_FILTERS: usize = 100;
/// A client identifier is kept up to here.
const NAME_COLUMNS: usize = 128;
/// So many connections of a client are drawn.
const MOST_SPANS: usize = 200;

/// A name or a topic that a peer chose, fit to be kept and drawn.
pub(super) fn fit(name: &str) -> Arc<str> {
    cut(name, NAME_COLUMNS).into()
}

/// What a lifeline shows from a row on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Nothing,
    Away,
    Connected,
}

/// Where a lifeline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Of those that publish.
    Left,
    /// Of those that listen.
    Right,
}

#[derive(Debug, Clone)]
pub(super) struct Person {
    pub name: Arc<str>,
    pub is_connected: bool,
    pub conn: Option<u32>,
    pub version: Version,
    pub keep_alive_secs: u16,
    /// When a packet came from it.
    pub heard: Time,
    /// Packets from it and to it.
    pub packets: [u64; 2],
    pub drops: u64,
    /// Whether its CONNECT asks for a session that outlasts the connection; and whether the one that it has does.
    pub wants_session: bool,
    pub keeps_session: bool,
    /// Topic filters with their QoS.
    pub filters: Vec<(Arc<str>, QoS)>,
    /// How its connection ended, and what to do about it.
    pub went: Option<(String, Option<&'static str>)>,
    pub side: Option<Side>,
    /// Its first and its latest row.
    pub rows: (u64, u64),
    /// From which row on its lifeline is what.
    pub lives: Vec<(u64, Life)>,
}

impl Person {
    /// Its lifeline is another one from this row on.
    pub fn lives(&mut self, n: u64, life: Life) {
        match self.lives.last_mut() {
            Some((at, last)) if *at == n => *last = life,
            Some((_, last)) if *last == life => {}
            _ => self.lives.push((n, life)),
        }
        if self.lives.len() > MOST_SPANS {
            self.lives.remove(0);
        }
    }

    /// How its lifeline is at this row.
    pub fn life_at(&self, n: u64) -> Life {
        let behind = self.lives.partition_point(|(from, _)| *from <= n);
        match behind.checked_sub(1) {
            Some(at) => self.lives[at].1,
            None => Life::Nothing,
        }
    }

    /// What its CONNECT says.
    pub fn asks_in(&mut self, connect: &Connect<'_>, version: Version) {
        self.keep_alive_secs = connect.keep_alive_secs;
        self.version = version;
        let expiry = connect.properties.session_expiry_secs.unwrap_or_default();
        self.wants_session = if version.is_v5() {
            expiry > 0
        } else {
            !connect.clean_start
        };
    }

    /// Left or right of the broker: said once, and kept.
    pub fn stands(&mut self, side: Side) {
        self.side.get_or_insert(side);
    }

    pub fn subscribes(&mut self, filter: &str, qos: QoS) {
        let filter = fit(filter);
        self.filters.retain(|(known, _)| *known != filter);
        if self.filters.len() < MOST_FILTERS {
            self.filters.push((filter, qos));
        }
    }

    pub fn unsubscribes(&mut self, filter: &str) {
        let filter = fit(filter);
        self.filters.retain(|(known, _)| *known != filter);
    }
}

#[derive(Debug, Default)]
pub(super) struct People {
    all: BTreeMap<Arc<str>, Person>,
    /// Names by connection.
    conns: BTreeMap<u32, Arc<str>>,
}

impl People {
    pub fn get(&self, name: &str) -> Option<&Person> {
        self.all.get(name)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Person> {
        self.all.get_mut(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.all.values()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn connected(&self) -> usize {
        self.iter().filter(|one| one.is_connected).count()
    }

    /// The client on this connection.
    pub fn on(&self, conn: u32) -> Option<Arc<str>> {
        self.conns.get(&conn).cloned()
    }

    /// This connection is of this client, until it ends.
    pub fn bind(&mut self, conn: u32, name: Option<Arc<str>>) {
        match name {
            Some(name) => {
                self.conns.insert(conn, name);
                // Each is removed when its connection ends; entries about that may have been missed.
                if self.conns.len() > 2 * MOST_CLIENTS {
                    self.conns.pop_first();
                }
            }
            None => {
                self.conns.remove(&conn);
            }
        }
    }

    /// The client of this name, which is [`fit`].
    pub fn of(&mut self, name: &Arc<str>, n: u64) -> &mut Person {
        if !self.all.contains_key(name) && self.all.len() >= MOST_CLIENTS {
            self.forget();
        }
        self.all.entry(name.clone()).or_insert_with(|| Person {
            name: name.clone(),
            is_connected: false,
            conn: None,
            version: Version::V311,
            keep_alive_secs: 0,
            heard: Time::ZERO,
            packets: [0, 0],
            drops: 0,
            wants_session: false,
            keeps_session: false,
            filters: Vec::new(),
            went: None,
            side: None,
            rows: (n, n),
            lives: Vec::new(),
        })
    }

    /// Makes room: a quarter of them goes, those that are gone and were seen least lately first.
    fn forget(&mut self) {
        let mut order: Vec<_> = self.iter().map(|one| (one.is_connected, one.rows.1)).collect();
        order.sort_unstable();
        let bound = order[MOST_CLIENTS / 4];
        self.all.retain(|_, one| (one.is_connected, one.rows.1) > bound);
    }

    /// From this row on nobody is connected or has a session. Gives all their names.
    pub fn reset(&mut self, n: u64) -> Vec<Arc<str>> {
        self.conns.clear();
        for one in self.all.values_mut() {
            one.is_connected = false;
            one.conn = None;
            one.filters.clear();
            one.lives(n, Life::Nothing);
        }
        self.all.keys().cloned().collect()
    }
}
