//! The fields of entries that are packets, said once: JSON, patterns and their documentation are made from this table.
//! Those of events are in the table of [events](super::event).

mod parts;

use super::value::{Codes, Field, Kind, Value};
use super::{Direction, Entry, Side};
use crate::wire::{Packet, PacketType, ReasonCode};

pub(crate) use parts::properties_of;
use parts::{DECISION, SUBSCRIPTION, WILL, decisions, properties, subscription, will};

/// Which entries have a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// All, events included.
    Entries,
    Packets,
    Types(&'static [PacketType]),
}

/// A field that entries have, and where it is.
pub(crate) struct EntryField {
    pub field: Field,
    pub of: Of,
    /// Its value; the packet is that of the entry, where it can be decoded.
    pub get: for<'a> fn(&'a Entry, Option<&'a Packet<'a>>) -> Option<Value<'a>>,
}

impl EntryField {
    /// Whether packets of this type have it.
    pub fn is_of(&self, packet: PacketType) -> bool {
        match self.of {
            Of::Entries | Of::Packets => true,
            Of::Types(types) => types.contains(&packet),
        }
    }
}

macro_rules! fields {
    ($($name:ident: $kind:expr, $of:expr, $what:literal, $get:expr;)*) => {
        /// Every field of every entry, but for those of events.
        pub(crate) static FIELDS: &[EntryField] = &[$(
            EntryField {
                field: Field { name: stringify!($name), kind: $kind, what: $what },
                of: $of,
                get: $get,
            },
        )*];
    };
}

/// The value of a field that only packets of this type have.
macro_rules! of {
    ($($variant:ident($packet:ident))|+ => $value:expr) => {
        |_, packet| match packet {
            $(Some(Packet::$variant($packet)) => $value,)+
            _ => None,
        }
    };
}

use PacketType::{
    Auth, ConnAck, Connect, Disconnect, PubAck, PubComp, PubRec, PubRel, Publish, SubAck, Subscribe,
    UnsubAck, Unsubscribe,
};

fields! {
    seq: Kind::Whole(1, u64::MAX), Of::Entries, "number of the entry", |entry, _| Some(entry.seq.into());
    at_secs: Kind::Number, Of::Entries, "the broker's time when it happened, in seconds",
        |entry, _| Some(entry.at_secs().into());
    conn: Kind::COUNT, Of::Entries, "number of the connection, from 1; absent where there is no connection",
        |entry, _| entry.conn.map(|conn| conn.number().into());
    client_id: Kind::Text, Of::Entries, "client identifier, as CONNECT said it or the broker chose it; empty before that",
        |entry, _| Some((&*entry.client_id).into());
    version: Kind::VERSION, Of::Entries, "version of MQTT that the connection speaks; absent where there is no connection",
        |entry, _| entry.conn.map(|_| Value::version(entry.version));
    side: Kind::OneOf(&["client", "engine"]), Of::Packets,
        "where a rule makes the two differ: `client` for what the client sent or got, `engine` for what the engine did; else absent",
        |entry, _| match entry.side()? {
            Side::Both => None,
            Side::Client => Some("client".into()),
            Side::Engine => Some("engine".into()),
        };
    raw_base64: Kind::Base64, Of::Packets, "the bytes as they were on the wire; absent where a secret is among them",
        |entry, packet| entry.raw_base64(packet).map(|text| Value::Text(text.into()));
    malformed: Kind::Text, Of::Packets, "why the bytes are not a packet; absent where they are a packet",
        |entry, _| entry.packet()?.err().map(|error| Value::Text(error.to_string().into()));
    packet_identifier: Kind::FROM_1,
        Of::Types(&[Publish, PubAck, PubRec, PubRel, PubComp, Subscribe, SubAck, Unsubscribe, UnsubAck]),
        "Packet Identifier", |_, packet| packet?.packet_id().map(|id| id.get().into());
    reason_code: Kind::Code(Codes::OfPacket),
        Of::Types(&[ConnAck, PubAck, PubRec, PubRel, PubComp, Disconnect, Auth]),
        "Reason Code; the return code of 3.x counts as the reason code that says the same",
        |_, packet| reason(packet?).map(|code| code.0.into());
    reason: Kind::CodeName, Of::Types(&[ConnAck, PubAck, PubRec, PubRel, PubComp, Disconnect, Auth]),
        "its name in the standard", |_, packet| reason(packet?).map(|code| code.name().into());
    client_identifier: Kind::Text, Of::Types(&[Connect]), "Client Identifier, as CONNECT says it",
        of!(Connect(it) => Some(it.client_id.into()));
    clean_start: Kind::Bool, Of::Types(&[Connect]), "Clean Start, or Clean Session of 3.x",
        of!(Connect(it) => Some(it.clean_start.into()));
    keep_alive: Kind::TWO_BYTES, Of::Types(&[Connect]), "Keep Alive in seconds; 0 = none",
        of!(Connect(it) => Some(it.keep_alive_secs.into()));
    user_name: Kind::Text, Of::Types(&[Connect]), "User Name; absent without one",
        of!(Connect(it) => it.username.map(Value::from));
    password: Kind::True, Of::Types(&[Connect]), "`true` where there is a password, else absent",
        of!(Connect(it) => it.password.map(|_| true.into()));
    will: Kind::Object(WILL), Of::Types(&[Connect]), "the will; absent without one",
        of!(Connect(it) => it.will.as_ref().map(will));
    session_present: Kind::Bool, Of::Types(&[ConnAck]), "Session Present",
        of!(ConnAck(it) => Some(it.session_present.into()));
    topic_name: Kind::TopicName, Of::Types(&[Publish]), "topic name, also where the packet has an alias for it",
        |entry, _| Some(entry.topic()?.into());
    qos: Kind::QOS, Of::Types(&[Publish]), "QoS", of!(Publish(it) => Some(it.qos.bits().into()));
    dup: Kind::Bool, Of::Types(&[Publish]), "DUP", of!(Publish(it) => Some(it.dup.into()));
    retain: Kind::Bool, Of::Types(&[Publish]), "RETAIN", of!(Publish(it) => Some(it.retain.into()));
    payload: Kind::Bytes, Of::Types(&[Publish]), "payload",
        |entry, packet| match (packet?, entry.omitted()) {
            (Packet::Publish(_), Some(omitted)) => Some(Value::Omitted(omitted)),
            (Packet::Publish(publish), None) => Some(Value::Bytes(publish.payload)),
            _ => None,
        };
    payload_bytes: Kind::COUNT, Of::Types(&[Publish]), "length of a payload that is larger than the journal keeps, in bytes",
        |entry, _| entry.omitted().map(|omitted| (omitted.bytes as u64).into());
    payload_sha256: Kind::Text, Of::Types(&[Publish]), "SHA-256 of a payload that is larger than the journal keeps",
        |entry, _| entry.omitted().map(|omitted| Value::Text(omitted.digest().into()));
    decisions: Kind::List(&Kind::Object(DECISION)), Of::Types(&[Publish]),
        "what was decided about a message that a client sent, once for each client that it concerns",
        |entry, _| decisions(entry);
    topic_filters: Kind::List(&Kind::Object(SUBSCRIPTION)), Of::Types(&[Subscribe]), "what is subscribed to",
        of!(Subscribe(it) => Some(Value::List(it.filters.iter().map(subscription).collect())));
    topic_filters: Kind::List(&Kind::Text), Of::Types(&[Unsubscribe]), "what is given up",
        of!(Unsubscribe(it) => Some(Value::List(it.filters.iter().map(|filter| Value::from(*filter)).collect())));
    reason_codes: Kind::List(&Kind::Code(Codes::OfPacket)), Of::Types(&[SubAck, UnsubAck]), "a Reason Code for each filter",
        |_, packet| {
            let codes = match packet? {
                Packet::SubAck(it) => &it.reasons,
                Packet::UnsubAck(it) => &it.reasons,
                _ => return None,
            };
            Some(Value::List(codes.iter().map(|code| code.0.into()).collect()))
        };
    properties: Kind::Properties { of_will: false }, Of::Packets, "properties of MQTT 5.0, by their names in snake case",
        |_, packet| properties(|visit| packet.into_iter().for_each(|it| it.each_property(&mut |one| visit(one))));
}

/// Who sends packets of this type: clients (`In`), the broker (`Out`), or both (`None`).
pub(crate) const fn only_way(packet: PacketType) -> Option<Direction> {
    match packet {
        PacketType::Connect | PacketType::Subscribe | PacketType::Unsubscribe | PacketType::PingReq => {
            Some(Direction::In)
        }
        PacketType::ConnAck | PacketType::SubAck | PacketType::UnsubAck | PacketType::PingResp => {
            Some(Direction::Out)
        }
        PacketType::Publish
        | PacketType::PubAck
        | PacketType::PubRec
        | PacketType::PubRel
        | PacketType::PubComp
        | PacketType::Disconnect
        | PacketType::Auth => None,
    }
}

/// The reason code of a packet that has one.
fn reason(packet: &Packet<'_>) -> Option<ReasonCode> {
    match packet {
        Packet::ConnAck(it) => Some(it.reason),
        Packet::PubAck(it) | Packet::PubRec(it) | Packet::PubRel(it) | Packet::PubComp(it) => Some(it.reason),
        Packet::Disconnect(it) => Some(it.reason),
        Packet::Auth(it) => Some(it.reason),
        _ => None,
    }
}
