//! The functions that patterns begin with.

use super::Pattern;
use super::comparison::Comparison;
use super::what::What;
use crate::journal::Direction;
use crate::wire::PacketType;

fn of(packet_type: PacketType, way: Direction) -> Pattern {
    Pattern::new(What::Packets(vec![packet_type]), Some(way))
}

/// Any packet and any event.
///
/// ```
/// use broker_core::pattern::{any_event, anything, packet};
///
/// let of_lamp = anything().of("lamp"); // packets either way, and events
/// assert_ne!(of_lamp, packet().of("lamp"));
/// assert_ne!(of_lamp, any_event().of("lamp"));
/// ```
pub fn anything() -> Pattern {
    Pattern::new(What::Any, None)
}

/// Any event.
pub fn any_event() -> Pattern {
    Pattern::new(What::Events(Vec::new()), None)
}

/// Any packet, either way.
pub fn packet() -> Pattern {
    Pattern::new(What::Packets(Vec::new()), None)
}

/// An event, by its name in JSON.
///
/// ```
/// use broker_core::pattern::event;
///
/// let refused = event("subscription_refused").of("lamp").topic_filter("alarm/#");
/// assert_eq!(refused.to_string(), r#"event subscription refused of "lamp", filter "alarm/#""#);
/// ```
pub fn event(name: impl Into<String>) -> Pattern {
    let mut pattern = Pattern::new(What::Events(Vec::new()), None);
    pattern.ask("event", Comparison::Equal(name.into().into()));
    pattern
}

/// PUBLISH whose topic name fits `filter`; from a client, unless [`Pattern::to`] or [`Pattern::outbound`] says
/// otherwise.
///
/// ```
/// use broker_core::pattern::publish;
///
/// let message = publish("lamp/+").from("lamp"); // as it came
/// let delivery = publish("lamp/+").to("heater"); // as the broker passed it on
/// assert_ne!(message, delivery);
/// ```
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
