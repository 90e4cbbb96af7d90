//! `$SYS` topics: what the broker tells of itself, under mosquitto's names.
//!
//! Which topics there are, and what each says, stands in `table.rs`; `docs/SYS.md` is made from that.

mod load;
mod log;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::policy::{What, Who};
use super::{Engine, Timer};
use crate::session::{Charge, Message, Number};
use crate::time::Time;
use crate::wire::QoS;

use load::Loads;
use table::{TOPICS, Value};

pub use log::LOG_TOPICS;
pub use table::Figures;
pub use table::markdown as sys_reference;

/// Everything is published below this.
const PREFIX: &str = "$SYS/broker/";
/// While the clock is moved and nothing else happens, at most so many rounds are published one after the other. Of more
/// rounds only the first and the last are published: nobody reads a hundred years of them.
const ROUNDS_IN_A_ROW: u64 = 100;

/// What was published last: only what changed is published again.
#[derive(Debug, Default)]
pub(super) struct SysTopics {
    last: BTreeMap<Arc<str>, Bytes>,
    loads: Loads,
}

impl SysTopics {
    /// The message to publish, unless the last one said the same.
    fn changed(&mut self, topic: String, value: String) -> Option<Message> {
        let payload = Bytes::from(value);
        let topic = match self.last.get_key_value(topic.as_str()) {
            Some((_, last)) if *last == payload => return None,
            Some((topic, _)) => topic.clone(),
            None => Arc::from(topic),
        };
        self.last.insert(topic.clone(), payload.clone());
        // The broker's own figures are few, and count against no bound.
        Some(Message {
            charge: Charge::default(),
            number: Number::default(),
            topic,
            payload,
            qos: QoS::AtMostOnce,
            retain: true,
            expires_at: None,
            properties: None,
            publisher: Arc::from(""),
        })
    }
}

impl Engine {
    /// Begins to count, and sets the timer for the first round, unless `[sys] interval_secs` is 0.
    pub(super) fn start_sys(&mut self, now: Time) {
        if self.settings.sys.interval_secs > 0 {
            self.sys.loads = Loads::starting(now);
            let first = now.plus_secs(self.settings.sys.interval_secs);
            self.timers.set(first, Timer::Sys);
        }
    }

    /// A client subscribes to `filter`. Figures are published only while a client asks for them: they cost time, and most
    /// brokers are never asked.
    pub(super) fn sys_is_asked_for(&mut self, now: Time, filter: &str) {
        let first = !self.routing.subscriptions().has_dollar_filters();
        // What a group shares gets no retained messages.
        let retained_wanted = filter.starts_with('$') && !filter.starts_with("$share/");
        if self.settings.sys.interval_secs > 0 && first && retained_wanted {
            self.publish_figures(now);
        }
    }

    /// A round is due `at`. The clock goes on to `until` at least.
    pub(super) fn publish_sys(&mut self, at: Time, until: Time) {
        let is_asked_for = self.routing.subscriptions().has_dollar_filters();
        if is_asked_for {
            self.publish_figures(at);
        } else {
            self.sys.loads.update(at, &self.log.stats);
        }
        // Nothing else happens before this instant. Until then a load falls as far in one long round as in many short ones.
        let quiet_until = self.timers.next().map_or(until, |other| other.min(until));
        let interval_nanos = Time::ZERO.plus_secs(self.settings.sys.interval_secs).as_nanos();
        let rounds = (quiet_until - at).as_nanos() as u64 / interval_nanos;
        let each = if is_asked_for { ROUNDS_IN_A_ROW } else { 1 };
        let next = if rounds > each { rounds } else { 1 };
        let next = at + Duration::from_nanos(next * interval_nanos);
        if next < Time::NEVER {
            self.timers.set(next, Timer::Sys);
        }
    }

    fn publish_figures(&mut self, now: Time) {
        let figures = self.figures(now);
        self.sys.loads.update(now, &figures.stats);
        for (index, topic) in TOPICS.iter().enumerate() {
            match topic.value {
                Value::Text(value) => self.publish_figure(now, topic.names, &value(&figures)),
                Value::Number(value) => self.publish_figure(now, topic.names, &value(&figures).to_string()),
                Value::Load(_) => {
                    for (span, average) in self.sys.loads.averages(index) {
                        for name in topic.names {
                            self.publish_figure(now, &[&format!("{name}/{span}")], &format!("{average:.2}"));
                        }
                    }
                }
            }
        }
    }

    fn publish_figure(&mut self, now: Time, names: &[&str], value: &str) {
        for name in names {
            if let Some(message) = self.sys.changed(format!("{PREFIX}{name}"), value.to_owned()) {
                if self.routing.subscriptions().is_empty() {
                    // No subscriber to look for: the start of a broker should cost next to nothing.
                    self.retained.keep(now, &Arc::new(message), &mut self.timers);
                    continue;
                }
                let (what, topic) = (What::new(message.qos, message.retain), &message.topic);
                let found = (&mut self.routing, &mut self.work);
                let verdict = self
                    .policy
                    .decide((Who::Broker, None), what, topic, &self.sessions, found);
                if let Ok(targets) = verdict.targets() {
                    self.publish_message(now, message, targets);
                }
            }
        }
    }

    /// How much there is of everything.
    pub fn figures(&self, now: Time) -> Figures {
        let retained = self.retained.len();
        let waiting: usize = self
            .sessions
            .values()
            .map(|s| s.queue.len() + s.inflight.len())
            .sum();
        let waiting_bytes: usize = self
            .sessions
            .values()
            .map(crate::session::Session::held_bytes)
            .sum();
        Figures {
            stats: self.log.stats,
            uptime_secs: now.since_start().as_secs(),
            sessions: self.sessions.len() as u64,
            connected: self.sessions.connected() as u64,
            subscriptions: self.routing.subscriptions().len() as u64,
            shared_subscriptions: self.routing.subscriptions().shared_count() as u64,
            retained: retained as u64,
            stored: (retained + waiting) as u64,
            stored_bytes: (self.retained.bytes() + waiting_bytes) as u64,
            inflight: self.sessions.values().map(|s| s.inflight.len() as u64).sum(),
            unwritten_bytes: self.conns.values().map(|conn| conn.outbox.len() as u64).sum(),
        }
    }
}
