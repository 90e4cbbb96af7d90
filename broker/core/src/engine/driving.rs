//! The calls of whoever drives the engine: connections and times go in, bytes and reasons to close come out.

use super::conn::Conn;
use super::timers::Timer;
use super::{CloseReason, ConnId, Engine, Event, Outbox, PRESSURE_BYTES, PRESSURE_MESSAGES};
use crate::time::Time;

impl Engine {
    /// A network connection was accepted from `peer` (an address, for people).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// let lamp = engine.open(Time::ZERO, "127.0.0.1:40123".to_owned());
    /// assert!(engine.outbox(lamp).is_some());
    /// assert!(engine.next_timeout().is_some()); // CONNECT must come in time
    /// ```
    pub fn open(&mut self, now: Time, peer: String) -> ConnId {
        self.conn_serial += 1;
        self.stats.connections_opened += 1;
        let full = self.conns.len() as u64 >= u64::from(self.settings.limits.max_connections);
        let entry = self.conns.vacant_entry();
        let id = ConnId {
            slot: entry.key() as u32,
            serial: self.conn_serial,
        };
        let mut conn = Conn::new(id, peer, now, &self.held);
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
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// engine.closed(Time::ZERO, lamp, "connection reset by peer");
    /// assert!(engine.outbox(lamp).is_none());
    /// ```
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

    /// When [`Engine::tick`] must be called next.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::settings::BrokerSettings as Settings;
    ///
    /// engine.open(Time::ZERO, "somebody who says nothing".to_owned());
    /// let secs = Settings::default().limits.connect_timeout_secs;
    /// assert_eq!(engine.next_timeout(), Some(Time::from_secs(secs.into())));
    /// ```
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Does what is due at `now`, each at its own instant and in order. Very much of it is done in parts: then
    /// [`Engine::next_timeout`] says that something is due still, and whoever drives the engine calls again once others had
    /// their turn.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::engine::CloseReason;
    ///
    /// let silent = engine.open(Time::ZERO, "somebody who says nothing".to_owned());
    /// engine.tick(engine.next_timeout().expect("CONNECT is waited for"));
    /// assert_eq!(engine.close_reason(silent), Some(&CloseReason::ConnectTimeout));
    /// ```
    pub fn tick(&mut self, now: Time) {
        self.tick_towards(now, now);
    }

    /// The same for whoever moves the time to `until` and calls for each instant on the way at which something is due. What
    /// happens again and again and is for nobody may be left out on the way.
    pub fn tick_towards(&mut self, now: Time, until: Time) {
        self.work.begin();
        while !self.work.is_spent()
            && let Some((at, timer)) = self.timers.pop(now)
        {
            self.work.spend(1);
            match timer {
                Timer::Connect(id) => self.connect_timed_out(at, id),
                Timer::KeepAlive(id) => self.check_keep_alive(at, id),
                Timer::Will(key) => self.will_is_due(at, key),
                Timer::SessionExpiry(key) => self.session_expired(at, key),
                Timer::MessageExpiry(key) => self.drop_expired(at, key),
                Timer::RetainedExpiry(topic) => self.retained_expired(at, &topic),
                // Delivery happens now, not at the instant it was put off.
                Timer::Retained(id) => self.continue_retained(now, id),
                Timer::Sys => self.publish_sys(at, now.max(until)),
            }
        }
    }

    /// The next connection with bytes to write or a close to do.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.next_touched(), Some(lamp)); // there is a CONNACK to write
    /// assert_eq!(engine.next_touched(), None);
    /// ```
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
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.outbox(lamp).expect("it is open").front(), b"\x20\x02\0\0"); // CONNACK
    /// ```
    pub fn outbox(&self, id: ConnId) -> Option<&Outbox> {
        self.conn(id).map(|conn| &conn.outbox)
    }

    /// `n` bytes of the connection's outbox were written.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// engine.wrote(Time::ZERO, lamp, 3); // the socket took three of four bytes
    /// assert_eq!(engine.outbox(lamp).expect("it is open").len(), 1);
    /// ```
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
        if conn.muted || conn.queue_waits {
            self.took(now, id);
        }
    }

    /// The connection, if any, that could hardly keep up with what was received since the last call. Whoever drives the
    /// engine may read less from the publisher until [`Engine::is_pressed`] says that it is over.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.take_pressure(), None); // everybody keeps up
    /// ```
    pub fn take_pressure(&mut self) -> Option<ConnId> {
        self.pressure.take()
    }

    /// Whether the connection still has much to take before more should come.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert!(!engine.is_pressed(lamp));
    /// ```
    pub fn is_pressed(&self, id: ConnId) -> bool {
        let Some(conn) = self.conn(id) else { return false };
        let queued = self
            .session_of(id)
            .and_then(|key| self.session(key))
            .map_or(0, |session| session.queue.len());
        conn.close.is_none() && (conn.outbox.len() > PRESSURE_BYTES / 2 || queued > PRESSURE_MESSAGES / 2)
    }

    /// Why the connection is to be closed, once its outbox is written; `None` while it is to stay open.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// use broker_core::engine::CloseReason;
    ///
    /// assert_eq!(engine.close_reason(lamp), None); // it is to stay
    /// engine.receive(Time::ZERO, lamp, b"\xE0\0"); // DISCONNECT
    /// assert!(matches!(engine.close_reason(lamp), Some(CloseReason::ClientDisconnect(_))));
    /// ```
    pub fn close_reason(&self, id: ConnId) -> Option<&CloseReason> {
        self.conn(id)?.close.as_ref()
    }

    /// Whether events are collected for [`Engine::next_event`]. Off at first: nobody would take them.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::engine::Event;
    ///
    /// engine.collect_events(true);
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert!(matches!(engine.next_event(), Some(Event::Connected { .. })));
    /// ```
    pub fn collect_events(&mut self, wanted: bool) {
        self.events_wanted = wanted;
        if !wanted {
            self.events.clear();
        }
    }

    /// The oldest event not yet taken.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// # let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// # engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// assert_eq!(engine.next_event(), None); // nobody asked for events
    /// ```
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}
