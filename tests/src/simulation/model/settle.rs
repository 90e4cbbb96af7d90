//! The engine is at rest: nothing may be owed that could have been sent, and it must hold what the model holds.

use broker::wire::QoS;
use broker_core::engine::{Census, ConnId, Engine};

use super::{Check, Model, Phase, Session};

impl Model {
    /// Between two packets that come in: whatever the first one obliged to must have been done.
    pub fn settle(&mut self) -> Check {
        for (number, conn) in &self.conns {
            if !conn.owed.is_empty() {
                return Err(format!("connection {number} was not sent {:?}", conn.owed));
            }
        }
        let clients: Vec<String> = self.sessions.keys().cloned().collect();
        for client in &clients {
            self.settle_session(client)?;
        }
        self.settle_floats()
    }

    fn settle_session(&mut self, client: &str) -> Check {
        let Some(number) = self.session(client)?.conn else {
            return Ok(());
        };
        let window = self.conn(number)?.window;
        loop {
            let session = self.session(client)?;
            let room = session.counted() < window;
            let (expect, again) = match (
                session.first_unsent(),
                session.pending.iter().find(|expect| !expect.at_once),
            ) {
                (Some(exchange), _) if exchange.released => {
                    return Err(format!("{client} was not sent PUBREL again: {exchange:?}"));
                }
                (Some(_), _) | (None, Some(_)) if !room => break,
                (Some(exchange), _) => (exchange.expect.clone(), Some(exchange.packet_id)),
                (None, Some(expect)) => (expect.clone(), None),
                (None, None) => break,
            };
            // MQTT5-3.1.2-25: then it counts as delivered.
            if !expect.optional && !self.too_large(number, &expect).0 {
                let what = if again.is_some() { "sent again" } else { "sent" };
                return Err(format!(
                    "LOST: {client} was not {what} {} at QoS {}",
                    expect.msg.name(),
                    expect.qos
                ));
            }
            let session = self.session(client)?;
            if let Some(packet_id) = again {
                session
                    .inflight
                    .retain(|exchange| exchange.packet_id != packet_id);
            } else if let Some(at) = session.pending.iter().position(|expect| !expect.at_once) {
                session.pending.remove(at);
            }
        }
        let session = self.session(client)?;
        let urgent: Vec<_> = session
            .pending
            .iter()
            .filter(|expect| expect.at_once)
            .cloned()
            .collect();
        if urgent.is_empty() {
            return Ok(());
        }
        if self.may_hold_at_most_once(client) {
            let mut pending = std::mem::take(&mut self.session(client)?.pending);
            for expect in pending.iter_mut().filter(|expect| expect.at_once) {
                expect.at_once = false;
                expect.optional = self.too_large(number, expect).0;
            }
            self.session(client)?.pending = pending;
            return Ok(());
        }
        let session = self.session(client)?;
        session.pending.retain(|expect| !expect.at_once);
        for expect in urgent {
            if !self.too_large(number, &expect).0 {
                return Err(format!(
                    "LOST: {client} was not sent {} at QoS 0",
                    expect.msg.name()
                ));
            }
        }
        Ok(())
    }

    /// Whether a QoS 0 message of a shared subscription may wait for this client: others then wait behind it.
    fn may_hold_at_most_once(&self, client: &str) -> bool {
        let Some(session) = self.sessions.get(client) else {
            return false;
        };
        self.settings.session.queue_qos0
            && self.floats.iter().any(|float| {
                let mut forms = session.shared_forms.get(&float.filter).into_iter().flatten();
                forms.any(|form| form.sub.qos.min(float.msg.qos) == QoS::AtMostOnce)
                    && self.may_hold(session, float.msg.qos, &float.filter)
            })
    }

    fn settle_floats(&mut self) -> Check {
        let mut floats = std::mem::take(&mut self.floats);
        for float in floats.iter_mut().filter(|float| !float.may_vanish) {
            float.may_vanish = self
                .members(&float.filter)
                .any(|(_, s)| self.too_large_for_member(s, &float.msg, &float.filter));
            let held = self
                .members(&float.filter)
                .any(|(_, s)| self.may_hold(s, float.msg.qos, &float.filter));
            if !held && !float.may_vanish {
                return Err(format!(
                    "LOST: no member of {} was sent {}",
                    float.filter,
                    float.msg.name()
                ));
            }
        }
        self.floats = floats;
        Ok(())
    }

    /// Whether a message of a shared subscription may wait for this member.
    fn may_hold(&self, session: &Session, qos: QoS, filter: &str) -> bool {
        let reliable = session
            .shared_forms
            .get(filter)
            .into_iter()
            .flatten()
            .any(|form| form.sub.qos.min(qos) != QoS::AtMostOnce);
        match session.conn.and_then(|number| self.conns.get(&number)) {
            None => reliable || self.settings.session.queue_qos0,
            Some(conn) => session.counted() >= conn.window || session.first_unsent().is_some(),
        }
    }

    /// Holds what the engine has against what it should have. `conns` are those the engine was not told to forget.
    pub fn compare(&self, engine: &Engine, conns: impl Iterator<Item = ConnId>) -> Check {
        let census = engine.census();
        let inflight: usize = self.sessions.values().map(|s| s.inflight.len()).sum();
        let is = Census {
            queued: 0,
            timers: 0,
            outbox_bytes: 0,
            retained_bytes: 0,
            held_bytes: 0,
            ..census
        };
        let should = Census {
            connections: self.conns.len(),
            sessions: self.sessions.len(),
            connected: self.sessions.values().filter(|s| s.conn.is_some()).count(),
            subscriptions: self.subscription_count(),
            routed: self.subscription_count(),
            subscription_bytes: self.subscription_bytes(),
            retained: self.retained.len(),
            inflight,
            incoming: self.sessions.values().map(|s| s.incoming.len()).sum(),
            wills: self.sessions.values().filter(|s| s.will.is_some()).count(),
            ..Census::default()
        };
        if is != should {
            return Err(format!(
                "the engine holds  {is:?}\n  it should hold    {should:?}"
            ));
        }
        if should == Census::default() && census.held_bytes > 0 {
            return Err(format!(
                "{} bytes are held, and nothing is left",
                census.held_bytes
            ));
        }
        let queued: usize = self.sessions.values().map(|s| s.pending.len()).sum();
        let optional: usize = self
            .sessions
            .values()
            .map(|s| s.pending.iter().filter(|expect| expect.optional).count())
            .sum();
        let (least, most) = (queued - optional, queued + self.floats.len());
        if !(least..=most).contains(&census.queued) {
            return Err(format!(
                "{} messages wait in queues; it should be {least} to {most}",
                census.queued
            ));
        }
        for id in conns {
            let closing = self
                .conns
                .get(&id.number())
                .is_some_and(|conn| conn.phase == Phase::Closing);
            match (closing, engine.close_reason(id)) {
                (true, None) => return Err(format!("the engine should want {id} closed")),
                (false, Some(why)) => return Err(format!("the engine wants {id} closed: {why}")),
                _ => {}
            }
        }
        Ok(())
    }

    /// At the very end: every client that is connected has got everything.
    pub fn nothing_waits(&self) -> Check {
        for (client, session) in &self.sessions {
            if session.conn.is_some() && !(session.pending.is_empty() && session.inflight.is_empty()) {
                return Err(format!(
                    "{client} still has to get {:?} {:?}",
                    session.pending, session.inflight
                ));
            }
        }
        match self
            .floats
            .iter()
            .find(|float| !float.may_vanish && self.members(&float.filter).all(|(_, s)| s.conn.is_some()))
        {
            Some(float) => Err(format!(
                "no member of {} ever got {}",
                float.filter,
                float.msg.name()
            )),
            None => Ok(()),
        }
    }
}
