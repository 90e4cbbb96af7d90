//! [`Broker`]: the engine, the rules that disturb, and the connections.

use std::sync::Arc;

use broker_core::engine::Engine;
use broker_core::expect::{Expectation, Progress};
use broker_core::fault::{Faults, Rule};
use broker_core::journal::Direction;
use broker_core::scenario::Scenarios;
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use serde_json::json;

use crate::connection::Connection;

/// All chance comes from it: two pages do the same.
pub const SEED: u64 = 1;
/// The rule by which a packet is lost that somebody pressed on.
const HAND: &str = "by hand";
/// So many expectations may wait.
const MOST_EXPECTED: usize = 100;

/// All that the page has of a broker.
pub struct Broker {
    pub engine: Engine,
    pub machines: Machines,
    /// A connection's handle is its place here.
    connections: Vec<Option<Connection>>,
    /// Expectations that wait, by their handles.
    pub expected: Vec<Option<Progress>>,
    /// Where expectations begin that do not say it.
    pub marked: u64,
}

/// What acts beside the engine.
pub struct Machines {
    pub faults: Faults,
    pub scenarios: Scenarios,
}

/// What becomes of a packet on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    IsLost,
}

/// Whether a connection is to end.
pub enum End {
    No,
    /// Once its client has all.
    Once,
    AtOnce,
}

impl Default for Broker {
    fn default() -> Self {
        Self {
            engine: Engine::new(Arc::new(BrokerSettings::default()), SEED),
            machines: Machines {
                faults: Faults::new(SEED),
                scenarios: Scenarios::default(),
            },
            connections: Vec::new(),
            expected: Vec::new(),
            marked: 0,
        }
    }
}

impl Broker {
    pub fn open(&mut self, now: Time, peer: String) -> u32 {
        let id = self.engine.open(now, peer);
        let connection = Connection::new(&mut self.engine, id);
        self.connections.push(Some(connection));
        (self.connections.len() - 1) as u32
    }

    /// Does something with a connection, if it is there.
    fn with<T: Default>(
        &mut self,
        conn: u32,
        work: impl FnOnce(&mut Connection, &mut Engine, &mut Machines) -> T,
    ) -> T {
        let done = match self.connections.get_mut(conn as usize) {
            Some(Some(connection)) => work(connection, &mut self.engine, &mut self.machines),
            _ => T::default(),
        };
        // The page looks at all connections after each call.
        while self.engine.next_touched().is_some() {}
        done
    }

    pub fn receive(&mut self, now: Time, conn: u32, bytes: &[u8], fate: Fate) {
        self.by_hand(now, fate, Direction::In, |broker| {
            broker.with(conn, |it, engine, machines| {
                it.receive(engine, machines, now, bytes)
            });
        });
    }

    pub fn unsent(&mut self, conn: u32, to: &mut Vec<u8>) {
        self.with(conn, |it, engine, _| it.unsent(engine, to));
    }

    pub fn pass(&mut self, now: Time, conn: u32, bytes: usize, fate: Fate, to: &mut Vec<u8>) {
        self.by_hand(now, fate, Direction::Out, |broker| {
            broker.with(conn, |it, engine, machines| {
                it.pass(engine, machines, now, bytes);
                it.take(engine, machines, now, to);
            });
        });
    }

    pub fn take(&mut self, now: Time, conn: u32, to: &mut Vec<u8>) {
        self.with(conn, |it, engine, machines| it.take(engine, machines, now, to));
    }

    /// Where a packet is lost by hand, a rule is in force for this packet alone: so the journal tells of it as of any other.
    fn by_hand(&mut self, now: Time, fate: Fate, way: Direction, work: impl FnOnce(&mut Self)) {
        let way = match way {
            Direction::In => "in",
            Direction::Out => "out",
        };
        let rule = json!({"name": HAND, "when": {"direction": way}, "action": "drop", "priority": 1_000});
        let rule = (fate == Fate::IsLost)
            .then(|| Rule::from_json(&rule).ok())
            .flatten();
        let is_there = rule.is_some_and(|rule| self.machines.faults.add(now, rule).is_ok());
        work(self);
        if is_there {
            self.machines.faults.remove(HAND);
        }
    }

    pub fn tick(&mut self, now: Time) {
        self.machines.faults.tick(now);
        self.engine.tick(now);
        self.tick_lines(now);
    }

    /// Lines do what is due, and look at rules that have changed.
    pub fn tick_lines(&mut self, now: Time) {
        for conn in 0..self.connections.len() as u32 {
            self.with(conn, |it, engine, machines| it.tick(engine, machines, now));
        }
    }

    /// What a rule of this name keeps goes on.
    pub fn release(&mut self, now: Time, rule: &str) {
        for conn in 0..self.connections.len() as u32 {
            self.with(conn, |it, engine, machines| {
                it.release(engine, machines, now, rule);
            });
        }
    }

    pub fn next_timeout(&self) -> Option<Time> {
        let lines = self.connections.iter().flatten();
        let lines = lines.filter_map(Connection::next_timeout).min();
        [
            self.engine.next_timeout(),
            self.machines.faults.next_timeout(),
            lines,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub fn wants_close(&self, conn: u32) -> End {
        let Some(Some(connection)) = self.connections.get(conn as usize) else {
            return End::No;
        };
        if connection.cut().is_some() {
            End::AtOnce
        } else if self.engine.close_reason(connection.id).is_some() {
            End::Once
        } else {
            End::No
        }
    }

    pub fn close(&mut self, now: Time, conn: u32, why: &str) {
        let place = self.connections.get_mut(conn as usize);
        if let Some(connection) = place.and_then(Option::take) {
            let why = match connection.cut() {
                Some(cut) => cut.why(),
                None => why,
            };
            connection.close(&mut self.engine, now, why);
        }
    }

    /// Keeps an expectation that waits, and gives its handle; `None` where too many do.
    pub fn expect(&mut self, expectation: Expectation, after: Option<u64>) -> Option<usize> {
        let since = broker_core::journal::Mark::behind(after.unwrap_or(self.marked));
        let progress = Some(Progress::new(expectation, since));
        if let Some(at) = self.expected.iter().position(Option::is_none) {
            self.expected[at] = progress;
            return Some(at);
        }
        (self.expected.len() < MOST_EXPECTED).then(|| {
            self.expected.push(progress);
            self.expected.len() - 1
        })
    }

    /// As at the start, but that time goes on and the connections are closed.
    pub fn reset(&mut self, now: Time) {
        self.engine.reset(now);
        self.machines.scenarios.reset();
        self.machines.faults = Faults::new(SEED);
        self.expected.clear();
        self.marked = 0;
        self.tick_lines(now);
    }
}
