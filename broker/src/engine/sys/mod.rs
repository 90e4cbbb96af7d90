//! `$SYS` topics: what the broker tells of itself, under the names that mosquitto's users know.
//!
//! Which topics there are, and what each says, stands in `table.rs`; `docs/SYS.md` is made from that.

mod load;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::route::Incoming;
use super::{Engine, Timer};
use crate::session::Message;
use crate::time::Time;
use crate::wire::{PublishProperties, QoS};

use load::Loads;
use table::{Figures, TOPICS, Value};

pub use table::markdown as sys_reference;

/// Everything is published below this.
const PREFIX: &str = "$SYS/broker/";

/// What was published last: only what changed is published again.
#[derive(Debug, Default)]
pub(super) struct SysTopics {
    last: BTreeMap<Arc<str>, Arc<Message>>,
    /// What keeping them costs, in the measure of the retained store.
    cost: usize,
    loads: Loads,
}

impl SysTopics {
    /// Whether the retained message of `topic` is one of these.
    pub(super) fn holds(&self, topic: &str) -> bool {
        self.last.contains_key(topic)
    }

    /// How many retained messages these are, and their cost: the bounds of the store are for the clients' messages.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.last.len(), self.cost)
    }

    /// The message, unless the last one said the same.
    fn changed(&mut self, topic: String, value: String) -> Option<Arc<Message>> {
        let last = self.last.get(topic.as_str());
        if last.is_some_and(|last| last.payload == value) {
            return None;
        }
        self.cost -= last.map_or(0, |last| last.cost());
        let topic: Arc<str> = last.map_or_else(|| Arc::from(topic), |last| last.topic.clone());
        let message = Arc::new(Message {
            topic: topic.clone(),
            payload: Bytes::from(value),
            qos: QoS::AtMostOnce,
            retain: true,
            expires_at: None,
            properties: None,
            publisher: Arc::from(""),
        });
        self.cost += message.cost();
        self.last.insert(topic, message.clone());
        Some(message)
    }
}

impl Engine {
    /// Publishes the first values and sets the timer for the next, unless `[sys] interval_secs` is 0.
    pub(super) fn start_sys(&mut self, now: Time) {
        if self.settings.sys.interval_secs > 0 {
            self.sys.loads = Loads::starting(now);
            self.publish_sys(now);
        }
    }

    pub(super) fn publish_sys(&mut self, now: Time) {
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
        self.timers
            .set(now.plus_secs(self.settings.sys.interval_secs), Timer::Sys);
    }

    fn publish_figure(&mut self, now: Time, names: &[&str], value: &str) {
        for name in names {
            let Some(message) = self.sys.changed(format!("{PREFIX}{name}"), value.to_owned()) else {
                continue;
            };
            self.store_retained(message.clone());
            let wire = PublishProperties::default();
            self.route(now, &mut Incoming::from_message(&message, &wire, None));
        }
    }

    fn figures(&self, now: Time) -> Figures {
        let sessions = || self.sessions.iter().map(|(_, session)| session);
        Figures {
            stats: self.stats,
            uptime_secs: now.since_start().as_secs(),
            sessions: self.sessions.len() as u64,
            connected: self.connected as u64,
            subscriptions: self.subscriptions.len() as u64,
            shared_subscriptions: self.subscriptions.shared_count() as u64,
            retained: self.retained.len() as u64,
            stored: (self.retained.len()
                + sessions()
                    .map(|s| s.queue.len() + s.inflight.len())
                    .sum::<usize>()) as u64,
            stored_bytes: (self.retained_bytes + sessions().map(|s| s.held_bytes()).sum::<usize>()) as u64,
            inflight: sessions().map(|s| s.inflight.len() as u64).sum(),
            unwritten_bytes: self.conns.iter().map(|(_, conn)| conn.outbox.len() as u64).sum(),
        }
    }
}
