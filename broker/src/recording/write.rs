//! [`Writer`]: entries of the journal become lines.

use std::collections::BTreeMap;

use super::line::{
    FORMAT, Filter, Head, MINOR, Packet as Other, Session, Subscription, Unsubscription, VERSION,
};
use super::message::Message;
use super::retained::Retained;
use super::row::{Closed, Delivery, Missed, append};
use crate::engine::ConnId;
use crate::journal::{Decision, Direction, Entry, Event, Mark, Record};
use crate::pattern::Pattern;
use crate::time::Time;
use crate::wire::{Packet, PacketType};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// How much is kept of a connection that is older than the recording: its CONNECT, and what it subscribed to.
const MAX_BEGINNING_BYTES: usize = 256 * 1024;

/// Makes lines of entries. Those before the beginning only tell how things stood then.
pub(crate) struct Writer {
    /// When the recording begins, and with which entry.
    from: Time,
    first: Mark,
    wanted: Pattern,
    /// When the retained message of a topic was published.
    retained: Retained,
    /// Until the recording begins: how each open connection began.
    beginnings: Option<BTreeMap<u32, Vec<u8>>>,
    lines: u64,
}

impl Writer {
    pub fn new((from, first): (Time, Mark), wanted: Pattern) -> Self {
        Self {
            from,
            first,
            wanted,
            retained: Retained::default(),
            beginnings: Some(BTreeMap::new()),
            lines: 0,
        }
    }

    /// Whether the recording has not begun yet.
    pub fn is_before(&self) -> bool {
        self.beginnings.is_some()
    }

    /// How many lines it has made, without the first.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The first line.
    pub fn head(time: String, engine: &str, to: &mut Vec<u8>) {
        let fields = Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            minor: MINOR,
            time,
            by: format!("broker {}", env!("CARGO_PKG_VERSION")),
            engine: engine.to_owned(),
        };
        append(to, (0.0, 0, ""), "recording", fields);
    }

    /// Entries are missing here.
    pub fn missed(entries: u64, to: &mut Vec<u8>) {
        append(to, (0.0, 0, ""), "missed", Missed { entries });
    }

    /// From here on everything is written; first how the connections began that are open.
    pub fn begin(&mut self, to: &mut Vec<u8>) {
        for lines in self.beginnings.take().unwrap_or_default().into_values() {
            self.lines += lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
            to.extend_from_slice(&lines);
        }
    }

    /// One entry.
    pub fn entry(&mut self, entry: &Entry, to: &mut Vec<u8>) {
        let conn = entry.conn.map_or(0, ConnId::number);
        if self.is_before() && entry.seq >= self.first.seq() {
            self.begin(to);
        }
        let Some(mut beginnings) = self.beginnings.take() else {
            let before = to.len();
            self.line(entry, to);
            self.lines += u64::from(to.len() > before);
            return;
        };
        match (&entry.record, entry.packet_type()) {
            (_, Some(PacketType::Connect)) => {
                let mut lines = Vec::new();
                self.line(entry, &mut lines);
                beginnings.insert(conn, lines);
            }
            (
                _,
                Some(
                    PacketType::Subscribe
                    | PacketType::Unsubscribe
                    | PacketType::ConnAck
                    | PacketType::SubAck,
                ),
            ) => {
                if let Some(lines) = beginnings
                    .get_mut(&conn)
                    .filter(|lines| lines.len() < MAX_BEGINNING_BYTES)
                {
                    self.line(entry, lines);
                }
            }
            (Record::Event(Event::Disconnected { .. }), _) => drop(beginnings.remove(&conn)),
            // For the retained messages alone.
            (_, Some(PacketType::Publish)) => self.line(entry, &mut Vec::new()),
            _ => {}
        }
        self.beginnings = Some(beginnings);
    }

    /// Seconds since the beginning, in whole microseconds.
    fn secs(&self, at: Time) -> f64 {
        let (at, from) = (at.as_nanos() / 1_000, self.from.as_nanos() / 1_000);
        // What is beyond 53 bits of microseconds is no time of a recording.
        (at as f64 - from as f64) / 1e6
    }

    fn line(&mut self, entry: &Entry, to: &mut Vec<u8>) {
        let conn = entry.conn.map_or(0, ConnId::number);
        let at_secs = self.secs(entry.at).max(0.0);
        match &entry.record {
            Record::Event(Event::Disconnected { cause, client_id, .. }) => {
                let fields = Closed {
                    cause: cause.word().to_owned(),
                };
                append(to, (at_secs, conn, client_id), "closed", fields);
            }
            Record::Event(Event::WillPublished { topic, .. }) => {
                // Whether it is retained is not said here; where it is not, no delivery will ask.
                self.retained.remember(topic, entry.at);
            }
            Record::Event(_) => {}
            Record::Packet {
                direction,
                decisions,
                omitted,
                ..
            } => match entry.packet() {
                Some(Ok(packet)) => {
                    self.packet(entry, &packet, (*direction, decisions, conn), to);
                }
                // The payload is not there.
                Some(Err(_)) if omitted.is_some() => self.omitted(entry, conn, to),
                _ => {}
            },
        }
    }

    fn packet(
        &mut self,
        entry: &Entry,
        packet: &Packet<'_>,
        (direction, decisions, conn): (Direction, &[Decision], u32),
        to: &mut Vec<u8>,
    ) {
        let at_secs = self.secs(entry.at).max(0.0);
        let client_id = match packet {
            Packet::Connect(connect) if entry.client_id.is_empty() => connect.client_id,
            _ => &*entry.client_id,
        };
        if let Packet::Publish(publish) = packet {
            let topic = entry.topic().unwrap_or(publish.topic);
            if direction == Direction::In {
                self.retained.saw(publish, topic, decisions, entry.at);
            }
            if self.wanted.fits(entry) {
                let message = Message::of(publish, topic);
                self.publish(message, (direction, at_secs, conn, client_id), to);
            }
            return;
        }
        // How a session begins and ends is always there, or nothing could be played.
        let is_frame = matches!(
            packet.packet_type(),
            PacketType::Connect | PacketType::ConnAck | PacketType::Disconnect
        );
        if !is_frame && !self.wanted.fits(entry) {
            return;
        }
        match packet {
            Packet::PingReq | Packet::PingResp => {}
            Packet::Connect(connect) => {
                append(to, (at_secs, conn, client_id), "connect", Session::of(connect));
            }
            Packet::Subscribe(subscribe) => {
                let fields = Subscription {
                    id: Some(subscribe.packet_id),
                    filters: subscribe.filters.iter().map(Filter::of).collect(),
                    subscription_identifier: subscribe.subscription_id,
                };
                append(to, (at_secs, conn, client_id), "subscribe", fields);
            }
            Packet::Unsubscribe(unsubscribe) => {
                let fields = Unsubscription {
                    id: Some(unsubscribe.packet_id),
                    filters: unsubscribe
                        .filters
                        .iter()
                        .map(|filter| (*filter).to_owned())
                        .collect(),
                };
                append(to, (at_secs, conn, client_id), "unsubscribe", fields);
            }
            other => {
                let fields = Other {
                    direction,
                    packet: other.packet_type().name().to_owned(),
                    words: other.to_string(),
                    raw_base64: raw(other, entry),
                };
                append(to, (at_secs, conn, client_id), "packet", fields);
            }
        }
    }

    /// A PUBLISH whose payload the journal did not keep.
    fn omitted(&mut self, entry: &Entry, conn: u32, to: &mut Vec<u8>) {
        let Record::Packet {
            direction,
            omitted: Some(omitted),
            bytes,
            ..
        } = &entry.record
        else {
            return;
        };
        if !self.wanted.fits(entry) {
            return;
        }
        let message = Message {
            topic: entry.topic().unwrap_or_default().to_owned(),
            omitted_bytes: Some(omitted.bytes as u64),
            qos: bytes
                .first()
                .and_then(|byte| crate::wire::QoS::from_bits(byte >> 1 & 3))
                .unwrap_or_default(),
            retain: bytes.first().is_some_and(|byte| byte & 1 == 1),
            ..Message::default()
        };
        let at_secs = self.secs(entry.at).max(0.0);
        self.publish(message, (*direction, at_secs, conn, &*entry.client_id), to);
    }

    fn publish(
        &self,
        message: Message,
        (direction, at_secs, conn, client_id): (Direction, f64, u32, &str),
        to: &mut Vec<u8>,
    ) {
        if direction == Direction::In {
            append(to, (at_secs, conn, client_id), "message", message);
            return;
        }
        let published = self
            .retained
            .published_at(&message.topic)
            .filter(|_| message.retain);
        let fields = Delivery {
            published_at_secs: published.map(|at| self.secs(at)),
            message,
        };
        append(to, (at_secs, conn, client_id), "delivery", fields);
    }
}

/// The bytes of a packet, unless a secret is among them.
fn raw(packet: &Packet<'_>, entry: &Entry) -> Option<String> {
    let has_secret = match packet {
        Packet::Auth(_) => true,
        Packet::ConnAck(connack) => connack.properties.authentication_data.is_some(),
        _ => false,
    };
    match &entry.record {
        Record::Packet { bytes, .. } if !has_secret => Some(BASE64_STANDARD.encode(bytes)),
        _ => None,
    }
}
