//! [`Inspector`]: reads along what clients send and get, and tells what a broker of this profile would not take.

use std::collections::HashMap;
use std::sync::Arc;

use super::client::{Conn, Session};
use super::form::Profile;
use super::limit::Outcome;
use super::look::{Sight, is_persistent, look, packets};
use super::lower::{self, Granted};
use super::violation::Violation;
use crate::arrival::Way;
use crate::fault::Who;
use crate::journal::Direction;
use crate::session::ConnId;
use crate::time::Time;
use crate::wire::{self, Packet, PacketType};

/// What comes of a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It is told, and the packet passes.
    #[default]
    Warn,
    /// It is told, and the broker does what the other would do.
    Enforce,
}

impl Mode {
    /// Its word: `warn`, `enforce`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }
}

/// So many clients are remembered; of more, what they subscribed to is not known.
const MOST_CLIENTS: usize = 100_000;

/// Reads packets along. What it is not told of, it does not know: it is to see a connection from CONNECT on.
///
/// ```
/// use std::sync::Arc;
///
/// use broker_core::fault::Who;
/// use broker_core::journal::Direction;
/// use broker_core::profile::{Inspector, Mode, Profile};
/// use broker_core::session::ConnId;
/// use broker_core::time::Time;
/// use broker_core::wire::Version;
/// use serde_json::json;
///
/// let limit = json!({"name": "publish_qos", "max": 1, "outcome": "close", "source": "its manual"});
/// let cloud = json!({"title": "Our cloud", "as_of": "2026-11-28", "limit": [limit]});
/// let cloud = Profile::from_json_or_all_wrongs("cloud", &cloud).expect("it is right");
/// let mut inspector = Inspector::new(Arc::new(cloud), Mode::Warn);
/// let conn = ConnId::relayed(1);
/// let who = Who { conn, client_id: "lamp".into(), user: None, listener: "main".into(), version: Version::V311 };
/// let found = inspector.packet(Time::ZERO, &who, Direction::In, b"\x34\x05\0\x01a\0\x07", None);
/// let said = "Our cloud would close this connection: a PUBLISH at QoS 2, 1 is the highest (its manual, 2026-11-28)";
/// assert_eq!(found[0].to_string(), said);
/// ```
#[derive(Debug)]
pub struct Inspector {
    profile: Arc<Profile>,
    mode: Mode,
    /// The limits that a packet of a type can pass, from the client and to it.
    from_client: [Vec<usize>; 16],
    to_client: [Vec<usize>; 16],
    conns: HashMap<ConnId, Conn>,
    sessions: HashMap<Arc<str>, Session>,
}

impl Inspector {
    /// Holds packets against this profile.
    pub fn new(profile: Arc<Profile>, mode: Mode) -> Self {
        let (mut from_client, mut to_client): ([Vec<usize>; 16], [Vec<usize>; 16]) = Default::default();
        for (place, limit) in profile.limits.iter().enumerate() {
            let (types, is_to_client) = packets(limit.kind);
            for packet_type in types {
                let lists = if is_to_client {
                    &mut to_client
                } else {
                    &mut from_client
                };
                lists[*packet_type as usize].push(place);
            }
        }
        Self {
            profile,
            mode,
            from_client,
            to_client,
            conns: HashMap::new(),
            sessions: HashMap::new(),
        }
    }

    /// What comes of violations.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What packets are held against.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// The way of a connection, before its CONNECT. Where nobody says it, no limit on ways is passed.
    pub fn arrived(&mut self, conn: ConnId, way: Way) {
        self.conns.entry(conn).or_default().way = Some(way);
    }

    /// A whole packet passed. `topic` is that of a PUBLISH whose topic is an alias. Gives the limits that it passes, in
    /// the order of the profile.
    pub fn packet(
        &mut self,
        now: Time,
        who: &Who,
        direction: Direction,
        bytes: &[u8],
        topic: Option<&str>,
    ) -> Vec<Violation> {
        let Some(packet_type) = bytes
            .first()
            .and_then(|first| PacketType::from_first_byte(*first))
        else {
            return Vec::new();
        };
        let limits = match direction {
            Direction::In => &self.from_client,
            Direction::Out => &self.to_client,
        };
        let limits = &limits[packet_type as usize];
        if limits.is_empty() && !is_remembered(direction, packet_type) {
            return Vec::new();
        }
        let Ok(packet) = wire::decode(who.version, bytes) else {
            return Vec::new(); // whoever answers it says what is wrong
        };
        let client_id = match &packet {
            Packet::Connect(connect) if who.client_id.is_empty() => connect.client_id.into(),
            _ => Arc::clone(&who.client_id),
        };
        let conn = self.conns.entry(who.conn).or_default();
        if self.sessions.len() >= MOST_CLIENTS && !self.sessions.contains_key(&client_id) {
            self.sessions.clear();
        }
        if conn.client_id != client_id {
            conn.client_id = Arc::clone(&client_id);
        }
        let session = self.sessions.entry(client_id).or_default();
        begin(now, who.conn, conn, session, direction, &packet);
        let name = match &packet {
            Packet::Publish(publish) => topic.unwrap_or(publish.topic),
            _ => "",
        };
        let sight = Sight {
            direction,
            packet: &packet,
            bytes: bytes.len(),
            topic: name,
            version: who.version,
        };
        let mut found = Vec::new();
        for place in limits {
            if let Some(seen) = look(&self.profile.limits[*place], &sight, conn, session) {
                found.push(Violation {
                    profile: Arc::clone(&self.profile),
                    limit: *place,
                    client_id: Arc::clone(&conn.client_id),
                    is_repeated: conn.was_told(self.profile.limits[*place].kind),
                    topic: (!name.is_empty()).then(|| name.into()),
                    seen: settings::text::cut(&seen, MOST_SEEN),
                });
            }
        }
        // What is refused changes nothing.
        let is_refused = |one: &Violation| {
            self.mode == Mode::Enforce && !matches!(one.outcome(), Outcome::Lower | Outcome::Pause)
        };
        if !found.iter().any(is_refused) {
            end(conn, session, direction, &packet);
        }
        found
    }

    /// The bytes of the packet as that broker takes or sends it, where it grants less than was asked for or than we do.
    pub(super) fn lowered(
        &mut self,
        who: &Who,
        direction: Direction,
        bytes: &[u8],
        found: &[Violation],
    ) -> Option<Vec<u8>> {
        let packet_type = PacketType::from_first_byte(*bytes.first()?)?;
        let is_connack = direction == Direction::Out && packet_type == PacketType::ConnAck;
        if !is_connack && !found.iter().any(|one| one.outcome() == Outcome::Lower) {
            return None;
        }
        let packet = wire::decode(who.version, bytes).ok()?;
        let conn = self.conns.entry(who.conn).or_default();
        let other = match &packet {
            Packet::ConnAck(connack) => {
                let granted = conn.granted;
                let other = lower::connack(&self.profile, who.version, connack, granted)?;
                Packet::ConnAck(Box::new(other))
            }
            packet => {
                let mut granted = Granted::default();
                let other = lower::lowered(&self.profile, packet, conn, &mut granted)?;
                if packet_type == PacketType::Connect {
                    conn.granted = granted;
                }
                other
            }
        };
        let mut lowered = Vec::with_capacity(bytes.len() + 16);
        other.encode(who.version, &mut lowered);
        Some(lowered)
    }

    /// The connection is over.
    pub fn closed(&mut self, conn: ConnId) {
        let Some(was) = self.conns.remove(&conn) else {
            return;
        };
        // Another connection may have it by now.
        let session = self.sessions.get(&was.client_id);
        if !was.persistent && session.is_some_and(|session| session.conn == Some(conn)) {
            self.sessions.remove(&was.client_id);
        }
    }
}

/// So many characters of what was seen are shown.
const MOST_SEEN: usize = 100;

/// Whether something is to be known of such packets, be there limits or not.
fn is_remembered(direction: Direction, packet_type: PacketType) -> bool {
    match direction {
        Direction::In => matches!(
            packet_type,
            PacketType::Connect | PacketType::Subscribe | PacketType::Unsubscribe
        ),
        Direction::Out => matches!(packet_type, PacketType::PubRec | PacketType::PubComp),
    }
}

/// What is to be known before the packet is looked at.
fn begin(
    now: Time,
    id: ConnId,
    conn: &mut Conn,
    session: &mut Session,
    direction: Direction,
    packet: &Packet<'_>,
) {
    match (direction, packet) {
        (Direction::In, Packet::Connect(connect)) => {
            conn.persistent = is_persistent(connect);
            if connect.clean_start {
                *session = Session::default();
            }
            session.conn = Some(id);
        }
        (Direction::In, Packet::Publish(publish)) => {
            conn.rate.add(now, publish.payload.len());
            if let Some(id) = publish
                .packet_id
                .filter(|_| publish.qos == wire::QoS::ExactlyOnce)
            {
                conn.open.insert(id);
            }
        }
        (Direction::In, Packet::Subscribe(_) | Packet::Unsubscribe(_)) => conn.asks.add(now, 0),
        _ => {}
    }
}

/// What is remembered of it.
fn end(conn: &mut Conn, session: &mut Session, direction: Direction, packet: &Packet<'_>) {
    match (direction, packet) {
        (Direction::In, Packet::Subscribe(packet)) => session.subscribe(packet),
        (Direction::In, Packet::Unsubscribe(packet)) => session.unsubscribe(packet),
        (Direction::Out, Packet::PubComp(ack)) => {
            conn.open.remove(&ack.packet_id);
        }
        // MQTT5-4.3.3-9: after an error the identifier is free.
        (Direction::Out, Packet::PubRec(ack)) if ack.reason.is_error() => {
            conn.open.remove(&ack.packet_id);
        }
        _ => {}
    }
}
