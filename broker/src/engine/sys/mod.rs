//! `$SYS` topics: what the broker tells of itself, under the names that mosquitto's users know.
//!
//! Which topics there are, and what each says, stands in `table.rs`; `docs/SYS.md` is made from that.

mod load;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::{Engine, Timer};
use crate::session::Message;
use crate::time::Time;
use crate::wire::QoS;

use load::Loads;
use table::{Figures, TOPICS, Value};

pub use table::markdown as sys_reference;

/// Everything is published below this.
const PREFIX: &str = "$SYS/broker/";

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
        Some(Message {
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
    /// Begins to count, and sets the timer for what it comes to, unless `[sys] interval_secs` is 0.
    pub(super) fn start_sys(&mut self, now: Time) {
        if self.settings.sys.interval_secs > 0 {
            self.sys.loads = Loads::starting(now);
            self.set_sys_timer(now);
        }
    }

    fn set_sys_timer(&mut self, now: Time) {
        let next = now.plus_secs(self.settings.sys.interval_secs);
        self.timers.set(next, Timer::Sys);
    }

    /// Somebody subscribes to `filter`. The first values are published once they are asked for: a broker for one test is
    /// most often gone before, and should start at once.
    pub(super) fn sys_is_asked_for(&mut self, now: Time, filter: &str) {
        if self.settings.sys.interval_secs > 0 && self.sys.last.is_empty() && filter.starts_with('$') {
            self.publish_figures(now);
        }
    }

    pub(super) fn publish_sys(&mut self, now: Time) {
        self.publish_figures(now);
        self.set_sys_timer(now);
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
                if self.subscriptions.is_empty() {
                    // Nobody to look for: the start of a broker should cost next to nothing.
                    self.keep_retained(&Arc::new(message));
                } else {
                    self.publish_message(now, message);
                }
            }
        }
    }

    fn figures(&self, now: Time) -> Figures {
        let sessions = || self.sessions.iter().map(|(_, session)| session);
        let retained = self.retained.len() - self.retained_sys;
        let waiting: usize = sessions().map(|s| s.queue.len() + s.inflight.len()).sum();
        let waiting_bytes: usize = sessions().map(crate::session::Session::held_bytes).sum();
        Figures {
            stats: self.stats,
            uptime_secs: now.since_start().as_secs(),
            sessions: self.sessions.len() as u64,
            connected: self.connected as u64,
            subscriptions: self.subscriptions.len() as u64,
            shared_subscriptions: self.subscriptions.shared_count() as u64,
            retained: retained as u64,
            stored: (retained + waiting) as u64,
            stored_bytes: (self.retained_bytes + waiting_bytes) as u64,
            inflight: sessions().map(|s| s.inflight.len() as u64).sum(),
            unwritten_bytes: self.conns.iter().map(|(_, conn)| conn.outbox.len() as u64).sum(),
        }
    }
}
