//! `Event`: what happened, for people and machines that look on.

use std::sync::Arc;
use std::time::Duration;

use super::CloseReason;
use crate::session::ConnId;
use crate::wire::{QoS, ReasonCode, Version};

/// Something that happened in the broker, above the level of single packets.
///
/// ```
/// use broker::{Event, Notice};
///
/// let broker = broker::blocking::Broker::start()?;
/// let mut notices = broker.notices()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// match notices.blocking_recv()? {
///     Notice::Event(_, Event::Connected { client_id, version, .. }) => println!("{client_id} speaks {version}"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Event {
    /// A CONNECT was accepted.
    Connected {
        conn: ConnId,
        client_id: Arc<str>,
        version: Version,
        peer: String,
        user: Option<Arc<str>>,
        clean_start: bool,
        session_present: bool,
        keep_alive_secs: u16,
    },
    /// A CONNECT was refused. `client_id` is what it said, whether that is true or not.
    Refused {
        conn: ConnId,
        client_id: String,
        peer: String,
        reason: ReasonCode,
    },
    /// A connection ended. `client_id` is empty when it never got as far as a successful CONNACK.
    Disconnected {
        conn: ConnId,
        client_id: Arc<str>,
        peer: String,
        cause: CloseReason,
    },
    /// Several connections take a client identifier from each other: `peer` has it now, `other_peer` had it before. Told
    /// once, and again only after a time without takeovers.
    Contested {
        conn: ConnId,
        client_id: Arc<str>,
        peer: String,
        other_peer: String,
        takeovers: u32,
        within: Duration,
    },
    /// A subscription was made or changed.
    Subscribed {
        client_id: Arc<str>,
        filter: Arc<str>,
        qos: QoS,
    },
    /// A subscription was refused.
    SubscriptionRefused {
        client_id: Arc<str>,
        filter: String,
        reason: ReasonCode,
    },
    /// A subscription was given up.
    Unsubscribed { client_id: Arc<str>, filter: Arc<str> },
    /// A session ended, and with it its subscriptions and queued messages.
    SessionEnded { client_id: Arc<str>, expired: bool },
    /// A will was published.
    WillPublished { client_id: Arc<str>, topic: Arc<str> },
    /// A message was not delivered to somebody it matched.
    Dropped {
        client_id: Arc<str>,
        topic: Arc<str>,
        why: DropReason,
    },
    /// A CONNECT could not be passed on: the upstream cannot be reached, or did not answer. The client is refused.
    UpstreamUnavailable {
        conn: ConnId,
        client_id: String,
        upstream: String,
        why: String,
    },
    /// A connection is TLS from end to end, and passed on unread.
    PassedThrough { conn: ConnId, peer: String },
    /// A part of an embedded engine failed.
    EngineFailed {
        engine: &'static str,
        part: &'static str,
        why: String,
    },
    /// It was started anew; with `connections_kept`, those that were open go on.
    EngineRenewed {
        engine: &'static str,
        part: &'static str,
        connections_kept: bool,
    },
}

impl Event {
    /// The connection that it tells of, if it names one.
    ///
    /// ```
    /// use broker_core::journal::Record;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let found = broker.expect(broker::expect::connected()).wait();
    /// let Record::Event(event) = &found[0].record else { panic!("it is one") };
    /// assert_eq!(event.conn().map(|conn| conn.number()), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn conn(&self) -> Option<ConnId> {
        match self {
            Self::Connected { conn, .. }
            | Self::Refused { conn, .. }
            | Self::Disconnected { conn, .. }
            | Self::Contested { conn, .. }
            | Self::UpstreamUnavailable { conn, .. }
            | Self::PassedThrough { conn, .. } => Some(*conn),
            _ => None,
        }
    }

    /// The client that it tells of; empty where none is known.
    ///
    /// ```
    /// use broker::Event;
    ///
    /// let event = Event::SessionEnded { client_id: "lamp".into(), expired: true };
    /// assert_eq!(&*event.client_id(), "lamp");
    /// assert_eq!(event.conn(), None); // it has no connection any more
    /// ```
    pub fn client_id(&self) -> Arc<str> {
        match self {
            Self::Refused { client_id, .. } | Self::UpstreamUnavailable { client_id, .. } => {
                Arc::from(client_id.as_str())
            }
            Self::PassedThrough { .. } | Self::EngineFailed { .. } | Self::EngineRenewed { .. } => {
                Arc::from("")
            }
            Self::Connected { client_id, .. }
            | Self::Disconnected { client_id, .. }
            | Self::Contested { client_id, .. }
            | Self::Subscribed { client_id, .. }
            | Self::SubscriptionRefused { client_id, .. }
            | Self::Unsubscribed { client_id, .. }
            | Self::SessionEnded { client_id, .. }
            | Self::WillPublished { client_id, .. }
            | Self::Dropped { client_id, .. } => client_id.clone(),
        }
    }
}

/// Why a message was not delivered to a session that it matched.
///
/// ```
/// use broker_core::engine::{DropReason, Event};
///
/// let event = Event::Dropped { client_id: "lamp".into(), topic: "lamp/set".into(), why: DropReason::QueueFull };
/// let Event::Dropped { why, .. } = event else { panic!("it is one") };
/// assert_eq!(why.word(), "queue_full");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// The session's queue was full.
    QueueFull,
    /// The client reads too slowly: too many bytes wait for it (QoS 0).
    OutboxFull,
    /// The broker held as much for all clients together as it may.
    MemoryFull,
    /// It would be longer than the client's Maximum Packet Size (`MQTT5-3.1.2-24`, `-25`).
    TooLarge,
    /// Its Message Expiry Interval passed while it waited (`MQTT5-3.3.2-5`).
    Expired,
    /// The session ended while it waited.
    SessionEnded,
    /// The client is away, and messages of QoS 0 are not kept for it. No event tells of that; a decision does.
    Away,
}

impl Event {
    words! {
        /// One word for machines: what its JSON has as `event`.
        ///
        /// ```
        /// use broker::Event;
        ///
        /// let event = Event::SessionEnded { client_id: "lamp".into(), expired: true };
        /// assert_eq!(event.word(), "session_ended"); // for `expect::event`, and in JSON
        /// ```
        (&self) self;
            Self::Connected { .. } => "connected",
            Self::Refused { .. } => "refused",
            Self::Disconnected { .. } => "disconnected",
            Self::Contested { .. } => "contested",
            Self::Subscribed { .. } => "subscribed",
            Self::SubscriptionRefused { .. } => "subscription_refused",
            Self::Unsubscribed { .. } => "unsubscribed",
            Self::SessionEnded { .. } => "session_ended",
            Self::WillPublished { .. } => "will_published",
            Self::Dropped { .. } => "dropped",
            Self::UpstreamUnavailable { .. } => "upstream_unavailable",
            Self::PassedThrough { .. } => "passed_through",
            Self::EngineFailed { .. } => "engine_failed",
            Self::EngineRenewed { .. } => "engine_renewed",
    }
}

impl DropReason {
    words! {
        /// One word for machines.
        ///
        /// ```
        /// use broker_core::engine::DropReason;
        ///
        /// assert_eq!(DropReason::Expired.word(), "expired");
        /// ```
        (self) self;
            Self::QueueFull => "queue_full",
            Self::OutboxFull => "outbox_full",
            Self::MemoryFull => "memory_full",
            Self::TooLarge => "too_large",
            Self::Expired => "expired",
            Self::SessionEnded => "session_ended",
            Self::Away => "away",
    }
}
