//! The calls for the embedding program, or for a person.

use std::sync::Arc;

use super::injected::{InjectError, Injected};
use super::policy::is_own;
use super::{CloseReason, ConnId, Engine, Event};
use crate::time::Time;
use crate::wire::ReasonCode;

impl Engine {
    /// Publishes a message of the program's own. Returns how many sessions it concerned.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// use broker_core::engine::Injected;
    ///
    /// engine.receive(Time::ZERO, lamp, b"\x82\x0B\0\x01\0\x06lamp/+\0"); // SUBSCRIBE
    /// assert_eq!(engine.publish(Time::ZERO, Injected::text("lamp/1", "on")), Ok(1));
    /// ```
    pub fn publish(&mut self, now: Time, message: Injected) -> Result<usize, InjectError> {
        let (targets, message) = self.admit_injected(now, message)?;
        Ok(self.publish_message(now, message, targets).matched)
    }

    /// Records what happened outside of the engine, such as an answer of a stub.
    pub fn happened(&mut self, now: Time, event: Event) {
        self.log.event(now, None, event);
    }

    /// The user name of a client that is connected, or whose session lasts.
    pub fn user_of(&self, client_id: &str) -> Option<Arc<str>> {
        let key = self.sessions.key_of(client_id)?;
        self.sessions.get(key)?.user.clone()
    }

    /// Disconnects a client; a 5.0 client is told `reason`. Returns whether it was connected.
    pub fn disconnect(&mut self, now: Time, client_id: &str, reason: ReasonCode) -> bool {
        let conn = self.sessions.conn_of(client_id);
        match conn {
            Some(id) => {
                self.close(now, id, CloseReason::Administrative(reason));
                true
            }
            None => false,
        }
    }

    /// Removes every retained message but the `$SYS` ones; says how many there were.
    pub fn clear_retained(&mut self) -> usize {
        self.retained.clear(&mut self.timers)
    }

    /// Removes the retained message of one topic, which is none of the `$SYS` ones. Returns whether there was one.
    pub fn delete_retained(&mut self, topic: &str) -> bool {
        !is_own(topic) && self.retained.remove(topic, &mut self.timers)
    }

    /// The connection takes nothing while bytes wait for it: give it up.
    pub fn write_timed_out(&mut self, now: Time, id: ConnId) {
        if self
            .conns
            .get(id)
            .is_some_and(|conn| conn.close_reason().is_none())
        {
            self.log.stats.write_timeouts += 1;
            self.close(now, id, CloseReason::WriteTimeout);
        }
    }

    /// The broker caught a panic of its own while it handled this connection: it alone ends (`MQTT311-4.8.0-2`).
    pub fn failed(&mut self, now: Time, id: ConnId) {
        self.log.stats.panics_caught += 1;
        self.collected = None;
        self.close(now, id, CloseReason::InternalError);
    }

    /// A connection was turned away before it got an id, because too many were open.
    pub fn turned_away(&mut self) {
        self.log.stats.connections_turned_away += 1;
    }

    /// Closes every connection: 5.0 clients are told Server shutting down (0x8B). New ones are refused.
    pub fn stop(&mut self, now: Time) {
        self.stopping = true;
        for id in self.conns.keys() {
            self.close(now, id, CloseReason::ShuttingDown);
        }
    }
}
