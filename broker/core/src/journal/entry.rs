//! [`Entry`]: one packet or one event, with everything that is known of it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use settings::text::{Quoted, cut};

use super::{DropReason, Event, Omitted};
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::{self, DecodeError, Packet, PacketType, QoS, ReasonCode, Version};

/// Which way a packet went.
///
/// ```
/// use broker_core::journal::Direction;
///
/// assert_eq!(serde_json::to_string(&[Direction::In, Direction::Out])?, r#"["in","out"]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From a client to the broker.
    In,
    /// From the broker to a client.
    Out,
}

impl Direction {
    /// Whether a packet that goes this way belongs to the delivery of a message to a client, and not to what a client publishes.
    pub(crate) const fn delivers(self, packet: PacketType) -> bool {
        match self {
            Self::In => matches!(
                packet,
                PacketType::PubAck | PacketType::PubRec | PacketType::PubComp
            ),
            Self::Out => matches!(packet, PacketType::Publish | PacketType::PubRel),
        }
    }
}

/// On which side of the rules in force a packet was seen. A packet that no rule changes or keeps is the same on both sides.
///
/// ```
/// use broker_core::journal::Side;
///
/// assert_eq!(Side::default(), Side::Both);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Side {
    /// What the client sent or got is what the engine got or sent.
    #[default]
    Both,
    /// What the client sent or got, where a rule makes the engine's side another packet, another time, or nothing.
    Client,
    /// What the engine got or sent, where that is not what the client sent or got.
    Engine,
}

/// A place in the journal. What is recorded later comes behind it.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
/// let mark = broker.journal().mark().wait()?; // behind all of that
/// assert!(broker.journal().since(mark).wait()?.entries.is_empty());
/// assert!(mark > broker_core::journal::Mark::START);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub(crate) u64);

impl Default for Mark {
    fn default() -> Self {
        Self::START
    }
}

impl Mark {
    /// Before everything: before the entry numbered 1.
    pub const START: Mark = Mark(1);

    /// The place as a number: the `seq` of the first entry behind it.
    pub const fn seq(self) -> u64 {
        self.0
    }

    /// The place before the entry numbered `seq`.
    pub const fn before(seq: u64) -> Self {
        Self(seq)
    }

    /// The place behind the entry numbered `seq`. Numbers begin with 1, so that behind 0 means from the beginning on.
    pub const fn behind(seq: u64) -> Self {
        Self(seq.saturating_add(1))
    }

    /// The number of the last entry before it; 0 where there is none.
    pub const fn last(self) -> u64 {
        self.0.saturating_sub(1)
    }
}

/// One line of the journal. It borrows nothing from the broker.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// // … "dev-1" connects and publishes "hi" to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// let found = broker.expect(broker::expect::publish("a/b")).wait();
/// let entry = &found[0];
/// assert_eq!((&*entry.client_id, entry.version), ("dev-1", broker_core::wire::Version::V311));
/// assert_eq!((entry.topic(), entry.payload()), (Some("a/b"), Some(&b"hi"[..])));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number, from 1. Numbers grow by one; entries that the ring has forgotten count, too.
    pub seq: u64,
    /// The broker's time when it happened.
    pub at: Time,
    /// The connection on which it happened; `None` where there is no connection, as at the end of a session.
    pub conn: Option<ConnId>,
    /// The client identifier, as CONNECT said it or the broker chose it; empty before CONNECT was accepted.
    pub client_id: Arc<str>,
    /// The version of the connection.
    pub version: Version,
    /// What happened.
    pub record: Record,
}

/// What an entry is about.
///
/// ```
/// use broker_core::journal::Record;
///
/// let broker = broker::Broker::start().wait()?;
/// // … "dev-1" connects and publishes "hi" to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// let found = broker.expect(broker::expect::publish("a/b")).wait();
/// let Record::Packet { bytes, .. } = &found[0].record else { panic!("it is a packet") };
/// assert_eq!(&bytes[..], b"\x30\x07\0\x03a/bhi"); // as it was on the wire
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A packet crossed the wire.
    Packet {
        /// Which way.
        direction: Direction,
        /// On which side of a rule.
        side: Side,
        /// The packet as it was on the wire. Of a malformed packet, the bytes that came. Of a PUBLISH that is larger than the
        /// journal keeps, the packet without its payload.
        bytes: Bytes,
        /// What is known of the payload where it is not in `bytes`.
        omitted: Option<Omitted>,
        /// The topic of a PUBLISH that has only a topic alias for it.
        aliased_topic: Option<Arc<str>>,
        /// What was decided about a PUBLISH from a client, in the order of the decisions. Empty for other packets.
        decisions: Vec<Decision>,
    },
    /// Something above the level of single packets.
    Event(Event),
}

/// What was decided about a message that a client published.
///
/// ```
/// use broker_core::journal::{Decision, Record};
///
/// let broker = broker::Broker::start().wait()?;
/// // … "lamp" publishes a retained message; nobody is subscribed …
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// # std::io::Write::write_all(&mut lamp, b"\x31\x08\0\x04lampon")?;
/// let found = broker.expect(broker::expect::publish("lamp")).wait();
/// let Record::Packet { decisions, .. } = &found[0].record else { panic!("it is a packet") };
/// assert_eq!(decisions[..], [Decision::Retained(true)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It went out to this client at once.
    Sent(Arc<str>),
    /// It waits for this client: for its connection, or for room in its window.
    Queued(Arc<str>),
    /// This client does not get it.
    Dropped(Arc<str>, DropReason),
    /// `true`: it is the retained message of its topic now. `false`: it removed the retained message.
    Retained(bool),
    /// Its listener has a mount point, and this is its whole topic.
    Mounted(Arc<str>),
    /// The same QoS 2 message as before: acknowledged, not delivered again.
    Duplicate,
    /// It was refused. The publisher was told this code, if its version can tell it.
    /// Beside it stands why, in words: the line of an ACL that decided, or a rule.
    Refused(ReasonCode, Option<Arc<str>>),
}

impl Entry {
    /// Which way the packet went; `None` for an event.
    pub fn direction(&self) -> Option<Direction> {
        match &self.record {
            Record::Packet { direction, .. } => Some(*direction),
            Record::Event(_) => None,
        }
    }

    /// On which side of the rules in force the packet was seen; `None` for an event.
    pub fn side(&self) -> Option<Side> {
        match &self.record {
            Record::Packet { side, .. } => Some(*side),
            Record::Event(_) => None,
        }
    }

    /// Whether it is the engine's side of a packet, and the client's side differs. Patterns leave it out, unless they ask for it.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let found = broker.expect(broker::expect::connect()).wait();
    /// assert!(!found[0].is_far_side()); // no rule is in force
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_far_side(&self) -> bool {
        self.side() == Some(Side::Engine)
    }

    /// The length of the packet as it was on the wire, as far as it is kept; 0 for an event.
    pub fn wire_bytes(&self) -> usize {
        match &self.record {
            Record::Packet { bytes, .. } => bytes.len(),
            Record::Event(_) => 0,
        }
    }

    /// The decoded packet; `None` for an event.
    ///
    /// # Errors
    /// The bytes are not a packet. They came from a client whose connection then ended.
    ///
    /// ```
    /// use broker_core::wire::Packet;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let found = broker.expect(broker::expect::connect()).wait();
    /// let Some(Ok(Packet::Connect(connect))) = found[0].packet() else { panic!("it is one") };
    /// assert_eq!((connect.client_id, connect.keep_alive_secs), ("lamp", 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn packet(&self) -> Option<Result<Packet<'_>, DecodeError>> {
        match &self.record {
            Record::Packet { bytes, .. } => Some(wire::decode(self.version, bytes)),
            Record::Event(_) => None,
        }
    }

    /// The type of the packet, by its first byte; `None` for an event, and for bytes that do not begin a packet.
    pub fn packet_type(&self) -> Option<PacketType> {
        match &self.record {
            Record::Packet { bytes, .. } => PacketType::from_first_byte(*bytes.first()?),
            Record::Event(_) => None,
        }
    }

    /// What happened, in a few words: `from "dev-1": PUBLISH QoS 1 #7 a/b "hi"`.
    pub fn words(&self) -> String {
        match &self.record {
            Record::Event(happened) => happened.words(),
            Record::Packet { direction, .. } => {
                let who = match (self.client_id.is_empty(), self.conn) {
                    (true, Some(conn)) => format!("connection {conn}"),
                    _ => Quoted(&self.client_id, super::words::STRING_CHARS).to_string(),
                };
                let way = match (direction, self.is_far_side()) {
                    (Direction::In, false) => "from",
                    (Direction::Out, false) => "to",
                    (Direction::In, true) => "what the engine gets from",
                    (Direction::Out, true) => "what the engine sends to",
                };
                format!("{way} {who}: {}", super::words::packet(self))
            }
        }
    }

    /// The topic name of a PUBLISH, also where the packet has an alias for it.
    pub fn topic(&self) -> Option<&str> {
        if let Record::Packet {
            aliased_topic: Some(topic),
            ..
        } = &self.record
        {
            return Some(topic);
        }
        match self.packet()?.ok()? {
            Packet::Publish(publish) => Some(publish.topic),
            _ => None,
        }
    }

    /// The payload of a PUBLISH, unless it is larger than the journal keeps.
    pub fn payload(&self) -> Option<&[u8]> {
        if self.omitted().is_some() {
            return None;
        }
        match self.packet()?.ok()? {
            Packet::Publish(publish) => Some(publish.payload),
            _ => None,
        }
    }

    pub(crate) fn omitted(&self) -> Option<Omitted> {
        match &self.record {
            Record::Packet { omitted, .. } => *omitted,
            Record::Event(_) => None,
        }
    }

    /// The QoS of a PUBLISH.
    pub fn qos(&self) -> Option<QoS> {
        match self.packet()?.ok()? {
            Packet::Publish(publish) => Some(publish.qos),
            _ => None,
        }
    }
}

impl Decision {
    words! {
        /// One word for machines.
        (&self) self;
            Self::Sent(_) => "sent",
            Self::Queued(_) => "queued",
            Self::Dropped(..) => "dropped",
            Self::Retained(true) => "retained",
            Self::Retained(false) => "retained_removed",
            Self::Mounted(_) => "mounted",
            Self::Duplicate => "duplicate",
            Self::Refused(..) => "refused",
    }
}

/// A client identifier as it is shown to people.
fn named(client_id: &str) -> String {
    cut(client_id, super::words::STRING_CHARS)
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(client) => write!(f, "sent to {}", named(client)),
            Self::Queued(client) => write!(f, "queued for {}", named(client)),
            Self::Dropped(client, DropReason::MayNotRead) => {
                write!(f, "hidden from {}: may not read", named(client))
            }
            Self::Dropped(client, why) => write!(f, "dropped for {}: {}", named(client), why.word()),
            Self::Retained(true) => f.write_str("retained"),
            Self::Retained(false) => f.write_str("retained message removed"),
            Self::Mounted(topic) => write!(f, "mounted at {}", named(topic)),
            Self::Duplicate => f.write_str("a duplicate, not delivered again"),
            Self::Refused(reason, None) => write!(f, "refused: {reason}"),
            Self::Refused(reason, Some(why)) => write!(f, "refused: {reason}, {why}"),
        }
    }
}
