//! [`Snapshot`]: all that outlives connections, written down as plain data, and as JSON.

mod check;
mod error;
mod form;
mod json;
mod parts;

use serde::{Deserialize, Serialize};

pub use error::SnapshotError;
pub use parts::{
    Delivery, Exchange, Message, MessageProperties, Payload, Session, SharedGroup, Subscription, Will,
};

/// The version of the form that this broker writes and reads.
///
/// ```
/// assert_eq!(broker_core::snapshot::Snapshot::empty(7).version, broker_core::snapshot::VERSION);
/// ```
pub const VERSION: u32 = 1;

/// All that a broker held at one moment. See the module's documentation.
///
/// ```
/// use broker::{Injected, Broker};
///
/// let broker = Broker::start().wait()?;
/// broker.publish(Injected::text("lamp", "on").retained()).wait()?;
/// let mut snapshot = broker.snapshot().wait()?;
/// snapshot.messages[0].topic = "heater".to_owned(); // it is data
/// broker.restore(&snapshot).wait()?;
/// assert!(broker.state().wait()?.retained_message("heater").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Snapshot {
    /// [`VERSION`].
    #[serde(rename = "citronella_snapshot")]
    pub version: u32,
    /// The broker's time when it was taken, in nanoseconds since its start. It is only for people.
    pub at_nanos: u64,
    /// The seed of the broker that it was taken from.
    pub seed: u64,
    /// How far the random numbers have come from that seed. In hexadecimal, because many readers of JSON round long
    /// numbers.
    #[serde(with = "form::hex")]
    pub chance: u64,
    /// Every message that somebody is to get, each once. The other parts name it by its place here.
    pub messages: Vec<Message>,
    /// Retained messages, by their places in `messages`. Each is retained for its own topic.
    pub retained: Vec<usize>,
    /// Every session, oldest first.
    pub sessions: Vec<Session>,
    /// Shared subscriptions: in which order their members joined, and whose turn it is.
    pub shared: Vec<SharedGroup>,
}

impl Snapshot {
    /// An empty snapshot, as of a broker that was just started with this seed.
    pub fn empty(seed: u64) -> Self {
        Self {
            version: VERSION,
            at_nanos: 0,
            seed,
            chance: seed,
            messages: Vec::new(),
            retained: Vec::new(),
            sessions: Vec::new(),
            shared: Vec::new(),
        }
    }

    /// The session of one client.
    pub fn session(&self, client_id: &str) -> Option<&Session> {
        self.sessions
            .iter()
            .find(|session| session.client_id == client_id)
    }

    /// The message at a place in `messages`.
    pub fn message(&self, place: usize) -> Option<&Message> {
        self.messages.get(place)
    }
}
