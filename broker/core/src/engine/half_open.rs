//! Half-open connections: those that are not let in yet. Where the broker has as many connections as it can, the oldest of
//! them gives way, so that many silent peers shut nobody out.

use std::collections::VecDeque;
use std::time::Duration;

use super::conn::{Conn, Conns};
use super::{CloseReason, ConnId, Engine};
use crate::time::Time;

/// The connections in the order in which they came, and when. Those that were let in, or are gone, fall out by and by.
#[derive(Debug, Default)]
pub(super) struct HalfOpen {
    by_age: VecDeque<(ConnId, Time)>,
}

impl HalfOpen {
    /// One more has come. What is done with is forgotten, so that no more is kept than there are connections, about.
    pub fn add(&mut self, now: Time, conns: &Conns, id: ConnId) {
        self.oldest(conns);
        if self.by_age.len() > 2 * conns.len() + 64 {
            self.by_age.retain(|(id, _)| is_half_open(conns, *id));
        }
        self.by_age.push_back((id, now));
    }

    fn oldest(&mut self, conns: &Conns) -> Option<(ConnId, Time)> {
        while let Some(oldest) = self.by_age.front().copied() {
            if is_half_open(conns, oldest.0) {
                return Some(oldest);
            }
            self.by_age.pop_front();
        }
        None
    }
}

fn is_half_open(conns: &Conns, id: ConnId) -> bool {
    conns.get(id).is_some_and(Conn::is_let_in_later)
}

impl Engine {
    /// The caller has no room for one more connection. The oldest one that was not let in yet is to be closed for it, at
    /// once: which, if there is one.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// let silent = engine.open(Time::ZERO, "somebody who says nothing".to_owned());
    /// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.make_way(Time::ZERO), Some(silent));
    /// assert_eq!(engine.make_way(Time::ZERO), None);
    /// ```
    pub fn make_way(&mut self, now: Time) -> Option<ConnId> {
        self.make_way_after(now, Duration::ZERO)
    }

    /// The same, unless the oldest one came less than `patience` ago: its CONNECT may be on its way.
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// let patience = Duration::from_millis(50);
    /// assert_eq!(engine.make_way_after(Time::ZERO, patience), None);
    /// assert_eq!(engine.make_way_after(Time::ZERO + patience, patience), Some(lamp));
    /// ```
    pub fn make_way_after(&mut self, now: Time, patience: Duration) -> Option<ConnId> {
        let (id, came) = self.half_open.oldest(&self.conns)?;
        if now < came + patience {
            return None;
        }
        self.log.stats.connections_gave_way += 1;
        self.close(now, id, CloseReason::GaveWay);
        Some(id)
    }
}
