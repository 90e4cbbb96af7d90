//! The effects of time and of connections that end: wills, expiries, keep alive.

use std::rc::Rc;

use broker::time::Time;
use broker::wire::{QoS, ReasonCode};

use super::inbound::NEVER;
use super::{Check, Model, Msg, Phase, Tell};
use crate::simulation::message::shared_filter;

/// What a session is due.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Will,
    End,
}

impl Model {
    /// The next instant at which something must happen by itself.
    pub fn next_due(&self) -> Option<Time> {
        let sessions = self.sessions.values().flat_map(|session| {
            let queued = session.pending.iter().filter_map(|expect| expect.msg.expires_at);
            session
                .will_due
                .into_iter()
                .chain(session.expires_at)
                .chain(queued)
        });
        let retained = self.retained.values().filter_map(|msg| msg.expires_at);
        sessions
            .chain(retained)
            .chain(self.conns.keys().filter_map(|number| self.silence_ends(*number)))
            .min()
    }

    /// Bytes came on the connection, if only a part of a packet.
    pub fn heard(&mut self, number: u32) {
        let now = self.now;
        if let Some(conn) = self.conns.get_mut(&number) {
            conn.heard = now;
        }
    }

    /// When the connection must be closed unless something comes (MQTT5-3.1.2-22, MQTT311-3.1.2-24).
    fn silence_ends(&self, number: u32) -> Option<Time> {
        let conn = self.conns.get(&number)?;
        match conn.phase {
            Phase::Fresh => Some(conn.opened.plus_secs(self.settings.limits.connect_timeout_secs)),
            Phase::Connected => Some(conn.heard + conn.silence_allowed?),
            Phase::Closing => None,
        }
    }

    /// It is `now`. The engine is ticked with the same time right after this.
    pub fn advance(&mut self, now: Time) -> Check {
        self.now = now;
        for session in self.sessions.values_mut() {
            session.pending.retain(|expect| !expect.msg.is_expired(now)); // MQTT5-3.3.2-5
        }
        self.floats.retain(|float| !float.msg.is_expired(now));
        self.retained.retain(|_, msg| !msg.is_expired(now));
        loop {
            let next = self
                .sessions
                .iter()
                .flat_map(|(client, session)| {
                    let will = session.will_due.map(|at| (at, Due::Will, client.clone()));
                    will.into_iter()
                        .chain(session.expires_at.map(|at| (at, Due::End, client.clone())))
                })
                .filter(|(at, ..)| *at <= now)
                .min();
            match next {
                Some((at, ..)) if at < now => return Err(format!("the simulation passed over {at}")),
                Some((_, Due::Will, client)) => self.publish_will(&client)?,
                Some((_, Due::End, client)) => self.end_session(&client)?, // MQTT5-4.1.0-2
                None => break,
            }
        }
        let silent: Vec<u32> = self
            .conns
            .keys()
            .copied()
            .filter(|number| self.silence_ends(*number).is_some_and(|at| at <= now))
            .collect();
        for number in silent {
            self.end_connection(number, Tell::Reason(ReasonCode::KEEP_ALIVE_TIMEOUT), false)?;
        }
        Ok(())
    }

    /// The session has lost its connection.
    pub(in crate::simulation) fn detach(&mut self, client: &str, clean: bool) -> Check {
        let now = self.now;
        let session = self.session(client)?;
        session.conn = None;
        for exchange in &mut session.inflight {
            exchange.sent = false;
            exchange.counted = false;
        }
        if clean {
            session.will = None; // MQTT5-3.14.4-3, MQTT311-3.14.4-3
        }
        if session.expiry_secs == 0 {
            return self.end_session(client);
        }
        if session.expiry_secs != NEVER {
            session.expires_at = Some(now.plus_secs(session.expiry_secs));
        }
        // MQTT5-3.1.2-8
        match session.will.as_ref().map(|will| will.delay_secs) {
            None => Ok(()),
            Some(0) => self.publish_will(client),
            Some(delay_secs) => {
                session.will_due = Some(now.plus_secs(delay_secs));
                Ok(())
            }
        }
    }

    fn publish_will(&mut self, client: &str) -> Check {
        let now = self.now;
        let session = self.session(client)?;
        session.will_due = None;
        let Some(will) = session.will.take() else {
            return Ok(());
        };
        self.wills_published += 1;
        let expires_at = will.expiry_secs.map(|secs| now.plus_secs(secs));
        let msg = Rc::new(Msg {
            expires_at,
            ..will.msg
        });
        if msg.retain {
            self.retain(&msg);
        }
        self.route(&msg).map(|_| ())
    }

    /// The session and all that it held is gone; its will, if it waits, comes first (MQTT5-3.1.2-8).
    pub(super) fn end_session(&mut self, client: &str) -> Check {
        self.publish_will(client)?;
        self.sessions_ended += 1;
        let Some(session) = self.sessions.remove(client) else {
            return Ok(());
        };
        for filter in session
            .subs
            .keys()
            .filter(|filter| shared_filter(filter).is_some())
        {
            self.member_left(filter);
        }
        // What a member was sent and did not acknowledge goes to another one, except at QoS 2 (MQTT5-4.8.2-4, -5).
        for exchange in session.inflight {
            if let Some(filter) = exchange.shared
                && exchange.expect.qos == QoS::AtLeastOnce
                && !exchange.expect.msg.is_expired(self.now)
                && self.members(&filter).next().is_some()
            {
                self.float(&exchange.expect.msg, &filter);
            }
        }
        Ok(())
    }
}
