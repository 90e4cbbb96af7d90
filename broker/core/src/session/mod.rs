//! What outlives a connection: subscriptions, messages in flight and queued, the will, the expiry.
//!
//! This room holds only data and its rules. The engine decides when to send; the rules here say what may be sent, and
//! under which packet identifier.

mod conn_id;
mod held;
mod incoming;
mod inflight;
mod listener_id;
mod message;
mod notes;
mod queue;
mod seen;
mod stragglers;
mod will;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::{Acl, RealmId};
use crate::time::Time;
use crate::topic::{MountPoint, TopicError};
use crate::wire::Version;

pub use conn_id::ConnId;
pub use held::{Charge, Held};
pub use incoming::Incoming;
pub use inflight::{Inflight, Outgoing, Stage};
pub use listener_id::ListenerId;
pub use message::{Message, MessageProperties};
pub use notes::{Note, Notes, Number, SessionNotes};
pub use queue::{Delivery, Queue};
pub use seen::Seen;
pub use will::Will;

/// Names a session: small and cheap to copy. A broker never gives it to two sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    /// The slot; reused.
    pub(crate) slot: u32,
    /// Counts up with every session, and so tells apart two sessions that use one slot.
    pub(crate) serial: u32,
}

/// The options under which one session holds one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// What the client asked for, with the QoS that was granted.
    pub options: crate::wire::SubscriptionOptions,
    /// The Subscription Identifier given with it.
    pub id: Option<u32>,
}

/// Session Expiry Interval that means "never".
pub const NEVER_EXPIRES: u32 = u32::MAX;

/// The state that belongs to one client identifier. `MQTT5-3.1.3-2`, `MQTT311-3.1.3-2`.
#[derive(Debug)]
pub struct Session {
    /// The client identifier.
    pub client_id: Arc<str>,
    /// The version of the latest connection.
    pub version: Version,
    /// Who the client proved to be, on that connection.
    pub user: Option<Arc<str>>,
    /// The realm of the listener that it came to.
    pub realm: RealmId,
    /// What this client alone may do; asked before the ACL of the realm.
    pub acl: Option<Acl>,
    /// The listener that it came to, on that connection.
    pub listener: ListenerId,
    /// What stands before each of its topics.
    pub mount_point: Option<MountPoint>,
    /// The live connection, if there is one.
    pub conn: Option<ConnId>,
    /// Every subscription by its filter (`$share/…` included), as the client wrote it, with the mount point in front.
    pub subscriptions: BTreeMap<Arc<str>, Subscription>,
    /// QoS 1 and 2 messages towards the client that were sent and not yet acknowledged.
    pub inflight: Inflight,
    /// Messages towards the client that wait: for a connection, or for room in the send window.
    pub queue: Queue,
    /// Identifiers of QoS 2 messages from the client whose PUBREL has not come. `MQTT5-4.3.3-10`, `MQTT311-4.3.3-2`.
    pub incoming: Incoming,
    /// The will, from CONNECT until it is published or discarded. `MQTT5-3.1.2-7`, `MQTT311-3.1.2-8`.
    pub will: Option<Will>,
    /// When the will of a closed connection is due.
    pub will_due: Option<Time>,
    /// Session Expiry Interval in seconds; [`NEVER_EXPIRES`] and 0 have their special meanings.
    pub expiry_secs: u32,
    /// When a session without a connection ends.
    pub expires_at: Option<Time>,
    /// The queue's earliest message expiry that has a timer.
    pub queue_timer: Option<Time>,
    /// What the program keeps with it; see [`Engine::set_memo`](crate::engine::Engine::set_memo).
    pub memo: Option<Arc<str>>,
    /// Where it notes what has changed.
    notes: SessionNotes,
    /// The memory that it takes beside its subscriptions, its messages and its will.
    charge: Charge,
}

/// The bytes of an empty session, with its places in other tables.
const BASE_BYTES: usize = 1024;
/// The bytes of one packet identifier in `Session::incoming`.
const IDENTIFIER_BYTES: usize = 8;

impl Session {
    /// The least number of bytes that a session of this client takes.
    pub fn cost(client_id: &str) -> usize {
        BASE_BYTES + client_id.len()
    }

    /// A new, empty session, which counts into `held`.
    pub fn new(client_id: Arc<str>, version: Version, held: &Held) -> Self {
        Self {
            charge: held.charge(Self::cost(&client_id)),
            client_id,
            version,
            user: None,
            realm: RealmId::default(),
            acl: None,
            listener: ListenerId::default(),
            mount_point: None,
            conn: None,
            subscriptions: BTreeMap::new(),
            inflight: Inflight::new(held),
            queue: Queue::new(held),
            incoming: Incoming::default(),
            will: None,
            will_due: None,
            expiry_secs: 0,
            expires_at: None,
            queue_timer: None,
            memo: None,
            notes: SessionNotes::default(),
        }
    }

    /// From now on it notes what changes, as its client wants it to outlive its connection. Where it did so already, its head is
    /// noted; else all of it.
    pub fn begin_notes(&mut self, notes: &Notes, key: SessionKey) {
        if self.notes.are_taken() {
            return self.notes.note(Note::Head);
        }
        self.notes = SessionNotes::new(notes, key);
        self.queue.notes = self.notes.clone();
        self.inflight.notes = self.notes.clone();
        self.incoming.notes = self.notes.clone();
        self.notes.note(Note::Session);
    }

    /// Where it notes what has changed.
    pub fn notes(&self) -> &SessionNotes {
        &self.notes
    }

    /// Something has changed that is not in a list.
    pub fn changed(&self) {
        self.notes.note(Note::Head);
    }

    /// Whether a message of this topic can be shown to it.
    pub fn sees(&self, topic: &str) -> bool {
        let mount_point = self.mount_point.as_ref();
        mount_point.is_none_or(|mount_point| mount_point.seen(topic).is_some())
    }

    /// How its client names this topic.
    pub fn seen<'a>(&self, topic: &'a str) -> &'a str {
        let mount_point = self.mount_point.as_ref();
        mount_point.and_then(|it| it.seen(topic)).unwrap_or(topic)
    }

    /// How its client wrote this filter.
    pub fn written<'a>(&self, filter: &'a str) -> Cow<'a, str> {
        match &self.mount_point {
            Some(mount_point) => Cow::Owned(mount_point.written(filter)),
            None => Cow::Borrowed(filter),
        }
    }

    /// The whole filter that its client writes like this.
    ///
    /// # Errors
    /// With the mount point it is none.
    pub fn whole<'a>(&self, filter: &'a str) -> Result<Cow<'a, str>, TopicError> {
        match &self.mount_point {
            Some(mount_point) => mount_point.filter(filter).map(Cow::Owned),
            None => Ok(Cow::Borrowed(filter)),
        }
    }

    /// Counts the memory of the identifiers in `incoming`.
    pub fn count_incoming(&mut self) {
        self.charge
            .set(Self::cost(&self.client_id) + IDENTIFIER_BYTES * self.incoming.capacity());
    }

    /// Bytes of message payloads that this session keeps alive.
    pub fn held_bytes(&self) -> usize {
        self.queue.bytes() + self.inflight.bytes()
    }
}
