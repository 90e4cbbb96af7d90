//! The functions that patterns begin with.

use super::{Pattern, What};
use crate::journal::Direction;
use crate::wire::PacketType;

fn of(packet_type: PacketType, way: Direction) -> Pattern {
    Pattern::new(What::Packet(packet_type.name().to_owned()), Some(way))
}

/// Any packet, either way.
pub fn packet() -> Pattern {
    Pattern::new(What::AnyPacket, None)
}

/// An event, by its name as JSON has it: `event("subscription_refused")`.
pub fn event(name: impl Into<String>) -> Pattern {
    Pattern::new(What::Event(name.into()), None)
}

/// PUBLISH whose topic name fits `filter`; from a client, unless [`Pattern::to`] or [`Pattern::outbound`] says
/// otherwise.
pub fn publish(filter: impl Into<String>) -> Pattern {
    of(PacketType::Publish, Direction::In).topic(filter)
}

macro_rules! packets {
    ($($(#[$doc:meta])* $name:ident: $packet:ident $way:ident;)*) => {
        $($(#[$doc])* pub fn $name() -> Pattern {
            of(PacketType::$packet, Direction::$way)
        })*
    };
}

packets! {
    /// CONNECT.
    connect: Connect In;
    /// CONNACK, from the broker.
    connack: ConnAck Out;
    /// PUBACK; from a client, unless [`Pattern::to`] says otherwise.
    puback: PubAck In;
    /// PUBREC; from a client, unless [`Pattern::to`] says otherwise.
    pubrec: PubRec In;
    /// PUBREL; from a client, unless [`Pattern::to`] says otherwise.
    pubrel: PubRel In;
    /// PUBCOMP; from a client, unless [`Pattern::to`] says otherwise.
    pubcomp: PubComp In;
    /// SUBSCRIBE; [`Pattern::topic_filter`] says to what.
    subscribe: Subscribe In;
    /// SUBACK, from the broker.
    suback: SubAck Out;
    /// UNSUBSCRIBE.
    unsubscribe: Unsubscribe In;
    /// UNSUBACK, from the broker.
    unsuback: UnsubAck Out;
    /// PINGREQ.
    pingreq: PingReq In;
    /// PINGRESP, from the broker.
    pingresp: PingResp Out;
    /// DISCONNECT; from a client, unless [`Pattern::to`] says otherwise.
    disconnect: Disconnect In;
    /// AUTH; from a client, unless [`Pattern::to`] says otherwise.
    auth: Auth In;
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])* pub fn $name() -> Pattern {
            event(stringify!($name))
        })*
    };
}

events! {
    /// A CONNECT was accepted.
    connected;
    /// A CONNECT was refused.
    refused;
    /// A connection ended; the field `cause` says why, in one word.
    disconnected;
    /// A subscription was made or changed: from here on it counts.
    subscribed;
    /// A subscription was given up.
    unsubscribed;
    /// A session ended; the field `expired` says whether its time had come.
    session_ended;
    /// A will was published.
    will_published;
    /// A message was not delivered to somebody it matched; the field `why` says in one word why.
    dropped;
}
