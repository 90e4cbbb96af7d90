//! Lines of the program's log as messages.

use std::sync::Arc;

use bytes::Bytes;

use crate::engine::Engine;
use crate::engine::policy::{What, Who};
use crate::session::{Charge, Message, Number};
use crate::time::Time;
use crate::wire::QoS;

/// What the topics of the log begin with.
pub const LOG_TOPICS: &str = "$SYS/broker/log/";

impl Engine {
    /// Publishes a line of the log below [`LOG_TOPICS`], if somebody may be subscribed to it. It is not retained.
    pub fn publish_log(&mut self, now: Time, letters: &str, text: String) {
        if !self.routing.subscriptions().has_dollar_filters() {
            return;
        }
        let message = Message {
            charge: Charge::default(),
            number: Number::default(),
            topic: Arc::from(format!("{LOG_TOPICS}{letters}")),
            payload: Bytes::from(text),
            qos: QoS::AtMostOnce,
            retain: false,
            expires_at: None,
            properties: None,
            publisher: Arc::from(""),
        };
        let what = What::new(message.qos, message.retain);
        let found = (&mut self.routing, &mut self.work);
        let verdict = self
            .policy
            .decide((Who::Broker, None), what, &message.topic, &self.sessions, found);
        if let Ok(targets) = verdict.targets() {
            self.publish_message(now, message, targets);
        }
    }
}
