//! [`Filter`]: which entries a reader wants to see.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Direction, Entry, Record};
use crate::session::ConnId;
use crate::topic::{self, TopicError};
use crate::wire::{PacketType, QoS};

/// Which entries a reader wants to see: those that fit everything that the filter says. An empty filter fits all.
///
/// ```
/// use broker_core::journal::{Direction, Filter};
/// use broker_core::wire::{PacketType, QoS};
///
/// let filter = Filter::new()
///     .client("dev-1")
///     .direction(Direction::In)
///     .packet(PacketType::Publish)
///     .topic("sensors/+/temp")?
///     .qos(QoS::AtLeastOnce);
/// let json = serde_json::to_string(&filter)?;
/// assert_eq!(
///     json,
///     r#"{"client_id":"dev-1","direction":"in","packets":["PUBLISH"],"topic":"sensors/+/temp","qos":1}"#
/// );
/// assert_eq!(serde_json::from_str::<Filter>(&json)?, filter);
///
/// let error = serde_json::from_str::<Filter>(r#"{"packets": ["PUBLSH"]}"#).unwrap_err();
/// assert!(error.to_string().starts_with("\"PUBLSH\" is not a packet type; expected one of CONNECT, CONNACK, PUBLISH"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub struct Filter {
    client_id: Option<Arc<str>>,
    conn: Option<u32>,
    direction: Option<Direction>,
    packets: Vec<PacketType>,
    topic: Option<Arc<str>>,
    qos: Option<QoS>,
    only: Option<Only>,
}

/// Packets, or events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Only {
    Packets,
    Events,
}

impl Filter {
    /// Fits everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// The packets of this client, in both directions, and the events about it.
    #[must_use]
    pub fn client(mut self, client_id: impl Into<Arc<str>>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// What happened on the connection with this number ([`ConnId::number`]).
    #[must_use]
    pub fn connection(mut self, number: u32) -> Self {
        self.conn = Some(number);
        self
    }

    /// Packets that went in this direction. Events have no direction.
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Packets of this type. Say it again for each further type.
    ///
    /// ```
    /// use broker_core::journal::Filter;
    /// use broker_core::wire::PacketType;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// let hands = Filter::new().packet(PacketType::Connect).packet(PacketType::ConnAck);
    /// assert_eq!(broker.journal().matching(&hands).wait()?.entries.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn packet(mut self, packet: PacketType) -> Self {
        if !self.packets.contains(&packet) {
            self.packets.push(packet);
        }
        self
    }

    /// Every PUBLISH whose topic fits this topic filter, also where the packet has an alias for it; and events about such a
    /// message: a will, a drop.
    ///
    /// # Errors
    /// It is not a topic filter.
    pub fn topic(mut self, filter: &str) -> Result<Self, TopicError> {
        topic::validate_filter(filter)?;
        self.topic = Some(Arc::from(filter));
        Ok(self)
    }

    /// Every PUBLISH of this QoS.
    #[must_use]
    pub fn qos(mut self, qos: QoS) -> Self {
        self.qos = Some(qos);
        self
    }

    /// Packets, and no events.
    #[must_use]
    pub fn only_packets(mut self) -> Self {
        self.only = Some(Only::Packets);
        self
    }

    /// Events, and no packets.
    #[must_use]
    pub fn only_events(mut self) -> Self {
        self.only = Some(Only::Events);
        self
    }

    /// Whether the entry is wanted.
    pub fn fits(&self, entry: &Entry) -> bool {
        self.may_fit(
            entry.conn,
            &entry.client_id,
            entry.direction(),
            entry.packet_type(),
        ) && self.qos.is_none_or(|qos| entry.qos() == Some(qos))
            && self.topic.as_ref().is_none_or(|filter| {
                let topic = match &entry.record {
                    Record::Packet { .. } => entry.topic(),
                    Record::Event(event) => event.topic(),
                };
                topic.is_some_and(|topic| topic::matches(filter, topic))
            })
    }

    /// Whether an entry may fit, as far as this tells. It costs little to ask.
    pub(super) fn may_fit(
        &self,
        conn: Option<ConnId>,
        client_id: &str,
        direction: Option<Direction>,
        packet: Option<PacketType>,
    ) -> bool {
        (self.packets.is_empty() || packet.is_some_and(|packet| self.packets.contains(&packet)))
            && self.client_id.as_deref().is_none_or(|wanted| wanted == client_id)
            && self
                .conn
                .is_none_or(|wanted| conn.is_some_and(|conn| conn.number() == wanted))
            && (self.direction.is_none() || self.direction == direction)
            && match self.only {
                None => true,
                Some(Only::Packets) => direction.is_some(),
                Some(Only::Events) => direction.is_none(),
            }
    }
}

/// A filter as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conn: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packets: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qos: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only: Option<Only>,
}

impl From<Filter> for Form {
    fn from(filter: Filter) -> Self {
        Self {
            client_id: filter.client_id.map(|id| id.to_string()),
            conn: filter.conn,
            direction: filter.direction,
            packets: filter
                .packets
                .iter()
                .map(|packet| packet.name().to_owned())
                .collect(),
            topic: filter.topic.map(|topic| topic.to_string()),
            qos: filter.qos.map(QoS::bits),
            only: filter.only,
        }
    }
}

impl TryFrom<Form> for Filter {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let mut filter = Self {
            client_id: form.client_id.map(Arc::from),
            conn: form.conn,
            direction: form.direction,
            only: form.only,
            ..Self::default()
        };
        for name in form.packets {
            let known = || (1..=15_u8).filter_map(|bits| PacketType::from_first_byte(bits << 4));
            let Some(packet) = known().find(|packet| packet.name().eq_ignore_ascii_case(&name)) else {
                let names: Vec<&str> = known().map(PacketType::name).collect();
                return Err(format!(
                    "{name:?} is not a packet type; expected one of {}",
                    names.join(", ")
                ));
            };
            filter = filter.packet(packet);
        }
        if let Some(topic) = form.topic {
            filter = filter
                .topic(&topic)
                .map_err(|error| format!("{topic:?} is not a topic filter: {}", error.what))?;
        }
        if let Some(bits) = form.qos {
            let qos = QoS::from_bits(bits).ok_or(format!("{bits} is not a QoS; expected 0, 1 or 2"))?;
            filter = filter.qos(qos);
        }
        Ok(filter)
    }
}
