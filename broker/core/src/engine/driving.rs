//! The calls that drive the engine: connections and times go in, bytes and reasons to close come out.

use std::time::Duration;

use super::conn::{Conn, Opening, Phase};
use super::origin::Origin;
use super::timers::Timer;
use super::{CloseReason, ConnId, Engine, Event, Outbox, PRESSURE_MESSAGES};
use crate::arrival::Arrival;
use crate::journal::ClockChange;
use crate::time::Time;

impl Engine {
    /// A network connection was accepted from `peer` (an address, for people).
    pub fn open(&mut self, now: Time, peer: String) -> ConnId {
        self.log.stats.connections_opened += 1;
        let opening = Opening {
            connect_due: now.plus_secs(self.settings.limits.connect_timeout_secs),
        };
        let id = self.conns.insert(|id| {
            let source = self.log.journal.open(id);
            Conn::new(id, source, Origin::Peer(peer), now, opening, &self.room.held)
        });
        self.half_open.add(now, &self.conns, id);
        self.timers.set(opening.connect_due, Timer::Connect(id));
        id
    }

    /// How the client of this connection came, as far as that is known by now; before its first bytes are received. Without
    /// this call it came by plain TCP, from the peer that [`Engine::open`] was told. A later call replaces an earlier one.
    ///
    /// With an identity, the user name of CONNECT does not count, and no password is asked for.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::arrival::{Arrival, Way};
    ///
    /// let lamp = engine.open(Time::ZERO, "the proxy".to_owned());
    /// let way = Way { web_socket: true, ..Way::default() };
    /// engine.arrived(lamp, Arrival { peer: "a lamp".to_owned(), way, ..Arrival::default() });
    /// engine.receive(Time::ZERO, lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp"); // CONNECT
    /// let state = engine.state(Time::ZERO);
    /// assert_eq!(state.session("lamp").and_then(|session| session.way), Some(way));
    /// ```
    pub fn arrived(&mut self, id: ConnId, mut arrival: Arrival) {
        if let Some(conn) = self.conns.get_mut(id) {
            if arrival.peer.is_empty() {
                conn.origin.peer().clone_into(&mut arrival.peer);
            }
            let before = conn.charge.bytes() - conn.origin.bytes();
            conn.listener = self.policy.listener(&arrival.listener);
            conn.origin = Origin::from(arrival);
            conn.charge.set(before + conn.origin.bytes());
        }
    }

    /// What lies between the socket and MQTT went wrong, for a reason in words: TLS, WebSocket, HTTP, a PROXY header. The
    /// connection is to be closed. The engine writes nothing: that it could be understood is not to be expected.
    ///
    /// Before CONNECT the event is `handshake_failed`. After it, the client is lost like any other whose connection breaks.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// use broker_core::arrival::{Arrival, Way};
    ///
    /// let lamp = engine.open(Time::ZERO, "a lamp".to_owned());
    /// let way = Way { tls: true, ..Way::default() };
    /// let arrival = Arrival { peer: "a lamp".to_owned(), way, ..Arrival::default() };
    /// engine.handshake_failed(Time::ZERO, lamp, arrival, "the client does not know the CA".to_owned());
    /// assert!(engine.close_reason(lamp).is_some());
    /// assert_eq!(engine.stats().handshakes_failed, 1);
    /// ```
    pub fn handshake_failed(&mut self, now: Time, id: ConnId, arrival: Arrival, why: String) {
        self.arrived(id, arrival);
        let Some(conn) = self.conns.get(id) else { return };
        if conn.close_reason().is_some() {
            return;
        }
        if matches!(conn.phase, Phase::Opening(_)) {
            self.log.stats.handshakes_failed += 1;
            self.log.failed_handshake = Some((conn.origin.way(), why.clone()));
        }
        self.close(now, id, CloseReason::HandshakeFailed(why));
    }

    /// The connection turned out to be no MQTT client's, in good order: somebody reads a page by HTTP. The engine forgets it,
    /// and no event tells of it.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use broker_core::{engine::Engine, settings::BrokerSettings, time::Time};
    /// # let mut engine = Engine::new(Arc::new(BrokerSettings::default()), 7);
    /// let browser = engine.open(Time::ZERO, "a browser".to_owned());
    /// engine.forget(browser);
    /// assert_eq!((engine.census().connections, engine.next_event()), (0, None));
    /// ```
    pub fn forget(&mut self, id: ConnId) {
        let Some(mut conn) = self.conns.remove(id) else {
            return;
        };
        if let Phase::Opening(opening) = conn.phase {
            self.timers.cancel(opening.connect_due, Timer::Connect(id));
        }
        self.outlet.closed(&mut conn.outbox);
        self.log.journal.close(conn.source());
    }

    /// The network connection is closed; `why` says so in words. If the engine wanted it closed, the engine's reason counts.
    pub fn closed(&mut self, now: Time, id: ConnId, why: &str) {
        if self.conns.get(id).is_none() {
            return;
        }
        self.close(now, id, CloseReason::ConnectionLost(why.to_owned()));
        self.closed_by_contract(id);
        if let Some(mut conn) = self.conns.remove(id) {
            self.outlet.closed(&mut conn.outbox);
            self.log.journal.close(conn.source());
        }
    }

    /// When [`Engine::tick`] must be called next.
    pub fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// The journal tells what was done to the clock, which now shows `now`. For a move it is called before that begins.
    pub fn clock_changed(&mut self, now: Time, change: ClockChange, by: Duration) {
        if self.log.wants_event() {
            self.log.event(now, None, Event::Clock { change, by });
        }
    }

    /// Does what is due at `now`, each thing at its own instant and in order. If very much is due, only a part is done: then
    /// [`Engine::next_timeout`] says that more is due, and the caller calls again once others had their turn.
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

    /// The same for a caller that moves the time to `until`, and calls for each instant on the way at which something is due.
    /// What repeats itself and concerns nobody may be left out on the way.
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
                Timer::RetainedExpiry(topic) => self.retained.expire(at, &topic, &mut self.timers),
                // Delivery happens now, not at the instant it was put off.
                Timer::Retained(id) => self.continue_retained(now, id),
                Timer::Sys => self.publish_sys(at, now.max(until)),
            }
        }
    }

    /// The next connection with bytes to write or a close to do.
    pub fn next_touched(&mut self) -> Option<ConnId> {
        while let Some(id) = self.outlet.next_touched() {
            if let Some(conn) = self.conns.get_mut(id) {
                conn.outbox.told();
                return Some(id);
            }
        }
        None
    }

    /// The unsent bytes of a connection.
    pub fn outbox(&self, id: ConnId) -> Option<&Outbox> {
        self.conns.get(id).map(|conn| &conn.outbox)
    }

    /// `n` bytes of the connection's outbox were written.
    pub fn wrote(&mut self, now: Time, id: ConnId, n: usize) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        self.outlet.wrote(&mut self.log, &mut conn.outbox, n);
        if conn.outbox.is_empty() {
            conn.dropping = false;
            if let Some(live) = conn.live_mut()
                && std::mem::take(&mut live.walks_wait)
            {
                self.timers.set(now, Timer::Retained(id));
            }
        }
        if conn.muted || conn.live().is_some_and(|live| live.queue_waits) {
            self.took(now, id);
        }
    }

    /// The socket takes nothing any more: what it has not taken is forgotten. What the client said before can then be
    /// handled, although it [was owed too much](Engine::is_owed_too_much).
    pub fn forget_unsent(&mut self, now: Time, id: ConnId) {
        let Some(conn) = self.conns.get_mut(id) else {
            return;
        };
        self.outlet.closed(&mut conn.outbox);
        if conn.muted {
            self.took(now, id);
        }
    }

    /// The connection that could hardly keep up with what was received since the last call. The caller may read less from the
    /// publisher until [`Engine::is_pressed`] says that it is over.
    pub fn take_pressure(&mut self) -> Option<ConnId> {
        self.outlet.take_pressure()
    }

    /// Whether the connection still has much to take before more should come.
    pub fn is_pressed(&self, id: ConnId) -> bool {
        let Some(conn) = self.conns.get(id) else {
            return false;
        };
        let session = conn.live().and_then(|live| self.sessions.get(live.session));
        let queued = session.map_or(0, |session| session.queue.len());
        conn.close_reason().is_none() && (conn.outbox.is_pressed() || queued > PRESSURE_MESSAGES / 2)
    }

    /// Why the connection is to be closed, once its outbox is written; `None` while it is to stay open.
    pub fn close_reason(&self, id: ConnId) -> Option<&CloseReason> {
        self.conns.get(id)?.close_reason()
    }

    /// Sets whether events are collected for [`Engine::next_event`]. At first they are not.
    pub fn collect_events(&mut self, wanted: bool) {
        self.log.collect_events(wanted);
    }

    /// The oldest event not yet taken.
    pub fn next_event(&mut self) -> Option<Event> {
        self.log.next_event()
    }
}
