//! `Census`: how much the engine holds. Tests see in it that nothing is kept too long.

use super::Engine;

/// What the engine holds at one instant, each a count of its own kind of thing.
///
/// ```
/// # use std::sync::Arc;
/// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
/// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
/// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
/// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
/// let census = engine.census();
/// assert_eq!((census.connections, census.sessions, census.connected), (1, 1, 1));
/// assert_eq!(census.subscriptions, census.routed); // always
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Connections that are open, or closing and not yet reported as closed.
    pub connections: usize,
    /// Sessions, with and without a connection.
    pub sessions: usize,
    /// Sessions that have a connection.
    pub connected: usize,
    /// Subscriptions of all sessions, shared ones included, as the sessions count them.
    pub subscriptions: usize,
    /// The same as the router counts them.
    pub routed: usize,
    /// What the subscriptions cost in memory, in bytes.
    pub subscription_bytes: usize,
    /// Retained messages.
    pub retained: usize,
    /// What the retained messages cost in memory, in bytes.
    pub retained_bytes: usize,
    /// Messages that wait in the queues of sessions.
    pub queued: usize,
    /// QoS 1 and 2 exchanges towards clients that are not finished.
    pub inflight: usize,
    /// QoS 2 exchanges from clients that are not finished.
    pub incoming: usize,
    /// Wills that may still be published.
    pub wills: usize,
    /// Timers that are set.
    pub timers: usize,
    /// Bytes that wait to be written.
    pub outbox_bytes: usize,
    /// What all this takes together, as `limits.max_memory_bytes` counts it; 0 once nothing is left.
    pub held_bytes: usize,
}

impl Engine {
    /// Counts what the engine holds. Looks at everything, so not for every packet of a busy broker.
    pub fn census(&self) -> Census {
        let mut census = Census {
            connections: self.conns.len(),
            sessions: self.sessions.len(),
            connected: self.sessions.connected(),
            routed: self.routing.subscriptions().len(),
            subscription_bytes: self.routing.bytes(),
            retained: self.retained.len_with_own(),
            retained_bytes: self.retained.bytes(),
            timers: self.timers.len(),
            held_bytes: self.room.held.bytes(),
            outbox_bytes: self.conns.values().map(|conn| conn.outbox.len()).sum(),
            ..Census::default()
        };
        for session in self.sessions.values() {
            census.subscriptions += session.subscriptions.len();
            census.queued += session.queue.len();
            census.inflight += session.inflight.len();
            census.incoming += session.incoming.len();
            census.wills += usize::from(session.will.is_some());
        }
        census
    }
}
