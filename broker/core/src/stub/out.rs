//! [`Out`]: a message that is to be published; [`Standing`]: how a stub stands.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value as Json;

use crate::wire::QoS;

/// A message that is to be published.
///
/// ```
/// use std::time::Duration;
/// use broker_core::{scenario::Scenarios, stub::{Stub, Stubs}, time::Time};
///
/// let mut stubs = Stubs::default();
/// stubs.add(Time::ZERO, Stub::after(Duration::from_secs(5)).publish("alarm", "on"), false)?;
/// stubs.tick(Time::from_secs(5), &mut Scenarios::default());
/// let out = stubs.next_out().expect("it is due");
/// assert_eq!((&*out.topic, &out.payload[..]), ("alarm", &b"on"[..]));
/// # Ok::<(), broker_core::fault::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Out {
    /// The stub whose message it is.
    pub stub: Arc<str>,
    /// The client that it answers; empty where a timer did it.
    pub client_id: Arc<str>,
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Bytes,
    /// QoS.
    pub qos: QoS,
    /// RETAIN.
    pub retain: bool,
    /// Payload Format Indicator.
    pub payload_format: Option<bool>,
    /// Message Expiry Interval in seconds.
    pub message_expiry_secs: Option<u32>,
    /// Content Type.
    pub content_type: Option<String>,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data.
    pub correlation_data: Option<Bytes>,
    /// User Properties.
    pub user: Vec<(String, String)>,
}

impl Out {
    /// How much room it takes.
    pub(super) fn bytes(&self) -> usize {
        let user: usize = self
            .user
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        size_of::<Self>() + self.topic.len() + self.payload.len() + user
    }
}

/// How a stub stands.
///
/// ```
/// use broker::{pattern::publish, stub::Stub};
///
/// let broker = broker::Broker::start().wait()?;
/// broker.stubs().add(Stub::on(publish("cmd/#")).named("lamp").publish("state", "on")).wait()?.keep();
/// let lamp = &broker.stubs().list().wait()?[0];
/// assert_eq!((&*lamp.name, lamp.answered), ("lamp", 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// How often something fitted and no stub before it answered alone.
    pub matched: u64,
    /// How often it answered.
    pub answered: u64,
    /// How often a template of it, or a message, could not be made.
    pub failed: u64,
    /// How many of its messages wait for their time.
    pub waiting: usize,
    /// What it says, as JSON.
    pub stub: Json,
}
