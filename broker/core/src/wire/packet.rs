//! `Packet`: one decoded control packet, borrowing its strings and payload from the bytes it came from.

use super::properties::{Property, PropertySet};
use super::{
    Ack, Auth, AuthProperties, ConnAck, ConnAckProperties, Connect, ConnectProperties, Disconnect,
    DisconnectProperties, PacketId, PacketType, Publish, PublishProperties, ReasonProperties, SubAck,
    Subscribe, UnsubAck, Unsubscribe,
};

/// A control packet of any version. Fields that a version does not have are empty in it.
///
/// ```
/// use broker_core::wire::{Version, decode};
///
/// let packet = decode(Version::V311, b"\x82\x0B\0\x01\0\x06lamp/+\0")?;
/// println!("{packet}"); // one line, for people
/// assert!(packet.to_string().starts_with("SUBSCRIBE"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Packet<'a> {
    Connect(Box<Connect<'a>>),
    ConnAck(Box<ConnAck<'a>>),
    Publish(Publish<'a>),
    PubAck(Ack<'a>),
    PubRec(Ack<'a>),
    PubRel(Ack<'a>),
    PubComp(Ack<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(UnsubAck<'a>),
    PingReq,
    PingResp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

impl Packet<'_> {
    /// Which packet this is.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }

    /// The packet identifier, where the packet has one.
    pub const fn packet_id(&self) -> Option<PacketId> {
        match self {
            Self::Publish(p) => p.packet_id,
            Self::PubAck(a) | Self::PubRec(a) | Self::PubRel(a) | Self::PubComp(a) => Some(a.packet_id),
            Self::Subscribe(p) => Some(p.packet_id),
            Self::SubAck(p) => Some(p.packet_id),
            Self::Unsubscribe(p) => Some(p.packet_id),
            Self::UnsubAck(p) => Some(p.packet_id),
            _ => None,
        }
    }
}

impl<'a> Packet<'a> {
    /// Calls `visit` with each property of the packet itself, without the properties of a will.
    pub(crate) fn each_property(&self, visit: &mut impl FnMut(Property<'a>)) {
        match self {
            Self::Connect(packet) => packet.properties.each(visit),
            Self::ConnAck(packet) => packet.properties.each(visit),
            Self::Publish(packet) => packet.properties.each(visit),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.properties.each(visit);
            }
            Self::Subscribe(packet) => packet.each(visit),
            Self::SubAck(packet) => packet.properties.each(visit),
            Self::Unsubscribe(packet) => packet.each(visit),
            Self::UnsubAck(packet) => packet.properties.each(visit),
            Self::PingReq | Self::PingResp => {}
            Self::Disconnect(packet) => packet.properties.each(visit),
            Self::Auth(packet) => packet.properties.each(visit),
        }
    }

    /// These are its properties, and no others. It drops those that such a packet cannot have.
    pub(crate) fn set_properties(&mut self, properties: impl Iterator<Item = Property<'a>>) {
        match self {
            Self::Connect(packet) => {
                packet.properties = ConnectProperties::default();
                properties.for_each(|one| packet.properties.take(one));
            }
            Self::ConnAck(packet) => {
                packet.properties = ConnAckProperties::default();
                properties.for_each(|one| packet.properties.take(one));
            }
            Self::Publish(packet) => {
                packet.properties = PublishProperties::default();
                properties.for_each(|one| packet.properties.take(one));
            }
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.properties = ReasonProperties::default();
                properties.for_each(|one| ack.properties.take(one));
            }
            Self::Subscribe(packet) => {
                (packet.subscription_id, packet.user) = (None, Vec::new());
                properties.for_each(|one| packet.take(one));
            }
            Self::SubAck(packet) => {
                packet.properties = ReasonProperties::default();
                properties.for_each(|one| packet.properties.take(one));
            }
            Self::Unsubscribe(packet) => {
                packet.user = Vec::new();
                properties.for_each(|one| packet.take(one));
            }
            Self::UnsubAck(packet) => {
                packet.properties = ReasonProperties::default();
                properties.for_each(|one| packet.properties.take(one));
            }
            Self::PingReq | Self::PingResp => {}
            Self::Disconnect(packet) => {
                packet.properties = DisconnectProperties::default();
                properties.for_each(|one| packet.properties.take(one));
            }
            Self::Auth(packet) => {
                packet.properties = AuthProperties::default();
                properties.for_each(|one| packet.properties.take(one));
            }
        }
    }
}
