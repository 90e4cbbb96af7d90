//! [`Topic`]: lines as messages on `$SYS/broker/log/…`, under mosquitto's names.

use std::io;

use settings::LogType;

use crate::broker::{Broker, Caller};
use crate::capability::Capability;
use crate::engine::{Engine, LOG_TOPICS};

#[derive(Debug, Default)]
pub(super) struct Topic {
    broker: Option<Caller>,
}

impl Topic {
    pub(super) fn meet(&mut self, broker: &Broker) {
        self.broker = Some(broker.caller.clone());
    }

    /// It waits until the broker has published it, so that no more than one is on its way.
    pub(super) fn write(&self, log_type: LogType, text: &str) -> io::Result<()> {
        let Some(broker) = &self.broker else { return Ok(()) };
        let text = text.to_owned();
        let publish = move |engine: &mut Engine, now| engine.publish_log(now, letters(log_type), text);
        // It has stopped.
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        broker.engine(Capability::Inject, publish).wait().map_err(gone)
    }
}

/// Whether this topic is one of the log's own.
pub(super) fn is_of_log(topic: &str) -> bool {
    topic.starts_with(LOG_TOPICS)
}

const fn letters(log_type: LogType) -> &'static str {
    match log_type {
        LogType::Error => "E",
        LogType::Warning => "W",
        LogType::Information => "I",
        LogType::Debug => "D",
        LogType::Subscribe => "M/subscribe",
        LogType::Unsubscribe => "M/unsubscribe",
        LogType::Websockets => "WS",
        _ => "N",
    }
}
