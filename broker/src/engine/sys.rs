//! `$SYS` topics: what the broker tells of itself, under the names that mosquitto's users know.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::{Engine, Timer};
use crate::session::Message;
use crate::time::Time;
use crate::wire::QoS;

/// What was published last under each name: only what changed is published again.
#[derive(Debug, Default)]
pub(super) struct SysTopics {
    last: BTreeMap<&'static str, String>,
}

impl Engine {
    /// Publishes the first values and sets the timer for the next, unless `[sys] interval_secs` is 0.
    pub(super) fn start_sys(&mut self, now: Time) {
        if self.settings.sys.interval_secs > 0 {
            self.publish_sys(now);
        }
    }

    pub(super) fn publish_sys(&mut self, now: Time) {
        for (name, value) in self.sys_values(now) {
            if self.sys.last.get(name) == Some(&value) {
                continue;
            }
            self.sys.last.insert(name, value.clone());
            let message = Message {
                topic: Arc::from(format!("$SYS/broker/{name}")),
                payload: Bytes::from(value),
                qos: QoS::AtMostOnce,
                retain: true,
                expires_at: None,
                properties: None,
                publisher: Arc::from(""),
            };
            self.publish_message(now, message);
        }
        self.timers
            .set(now.plus_secs(self.settings.sys.interval_secs), Timer::Sys);
    }

    fn sys_values(&self, now: Time) -> Vec<(&'static str, String)> {
        let stats = &self.stats;
        let sessions = self.sessions.len();
        let queued: usize = self
            .sessions
            .iter()
            .map(|(_, s)| s.queue.len() + s.inflight.len())
            .sum();
        let queued_bytes: usize = self.sessions.iter().map(|(_, s)| s.held_bytes()).sum();
        vec![
            (
                "version",
                format!("citronella version {}", env!("CARGO_PKG_VERSION")),
            ),
            ("uptime", format!("{} seconds", now.since_start().as_secs())),
            ("clients/total", sessions.to_string()),
            ("clients/connected", self.connected.to_string()),
            ("clients/active", self.connected.to_string()),
            ("clients/disconnected", (sessions - self.connected).to_string()),
            ("clients/inactive", (sessions - self.connected).to_string()),
            ("clients/maximum", stats.clients_maximum.to_string()),
            ("clients/expired", stats.sessions_expired.to_string()),
            ("bytes/received", stats.bytes_received.to_string()),
            ("bytes/sent", stats.bytes_sent.to_string()),
            ("messages/received", stats.packets_received.to_string()),
            ("messages/sent", stats.packets_sent.to_string()),
            ("messages/stored", (self.retained.len() + queued).to_string()),
            ("store/messages/count", (self.retained.len() + queued).to_string()),
            (
                "store/messages/bytes",
                (self.retained_bytes + queued_bytes).to_string(),
            ),
            ("publish/messages/received", stats.publish_received.to_string()),
            ("publish/messages/sent", stats.publish_sent.to_string()),
            ("publish/messages/dropped", stats.dropped().to_string()),
            ("publish/bytes/received", stats.publish_bytes_received.to_string()),
            ("publish/bytes/sent", stats.publish_bytes_sent.to_string()),
            ("subscriptions/count", self.subscriptions.len().to_string()),
            (
                "shared_subscriptions/count",
                self.subscriptions.shared_count().to_string(),
            ),
            ("retained messages/count", self.retained.len().to_string()),
        ]
    }
}
