//! [`DropReason`]: why a message was not delivered.

/// Why a message was not delivered to a session that it matched.
///
/// ```
/// use broker::{Event, journal::DropReason};
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
    /// No ACL allows the client to read it. Of a message that is published a decision tells, and no event.
    MayNotRead,
}

impl DropReason {
    words! {
        /// One word for machines.
        (self) self;
            Self::QueueFull => "queue_full",
            Self::OutboxFull => "outbox_full",
            Self::MemoryFull => "memory_full",
            Self::TooLarge => "too_large",
            Self::Expired => "expired",
            Self::SessionEnded => "session_ended",
            Self::Away => "away",
            Self::MayNotRead => "may_not_read",
    }
}
