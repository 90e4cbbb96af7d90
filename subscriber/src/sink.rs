//! Where messages go.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use settings::client::Delivery;
use settings::client::packet::{PublishProperties, QoS};

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Topic name.
    pub topic: String,
    /// Payload, as it came.
    pub payload: Bytes,
    /// The QoS it was delivered with.
    pub qos: QoS,
    /// Whether the broker had it retained.
    pub retain: bool,
    /// Packet identifier; 0 at QoS 0.
    pub id: u16,
    /// Version 5's properties.
    pub properties: Option<PublishProperties>,
    /// The properties' identifiers, in the order of the wire; a user property's is there once for each.
    pub property_order: Vec<u8>,
}

impl From<Delivery> for Message {
    fn from(
        Delivery {
            publish,
            property_order,
        }: Delivery,
    ) -> Self {
        let topic = String::from_utf8(publish.topic.into())
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Self {
            topic,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            id: publish.pkid,
            properties: publish.properties,
            property_order,
        }
    }
}

/// Something worth telling besides the messages.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Notice {
    /// SUBACK came: each filter with its code; from 0x80 on it was refused.
    Subscribed {
        /// Packet identifier.
        id: u16,
        /// Filter and code, in the order of the plan.
        granted: Vec<(String, u8)>,
        /// The broker's own words (version 5).
        reason: Option<String>,
    },
    /// The connection was lost; the next attempt comes after `wait`.
    Reconnecting {
        /// Why.
        error: String,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// The connection is back.
    Reconnected {
        /// The broker kept the session, so nothing had to be subscribed again.
        session_present: bool,
    },
}

/// Takes what arrives. A closure that takes a [`Message`] is one.
pub trait Sink {
    /// A message.
    ///
    /// # Errors
    /// Ends the run with [`Error::Sink`](crate::Error::Sink).
    fn message(&mut self, message: Message) -> io::Result<()>;

    /// No further message is there at the moment: what is buffered should go out.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Something else worth telling.
    fn notice(&mut self, notice: Notice) {
        drop(notice);
    }
}

impl<F: FnMut(Message)> Sink for F {
    fn message(&mut self, message: Message) -> io::Result<()> {
        self(message);
        Ok(())
    }
}
