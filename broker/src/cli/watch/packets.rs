//! What a packet says of its row, and what a rule that acts on a packet makes of it.

use super::row::Marks;
use crate::wire::{Packet, PacketType, QoS};

/// What a rule does that keeps a packet from the other side.
pub(super) fn loses(action: &str) -> bool {
    matches!(action, "drop" | "answer" | "refuse" | "disconnect" | "replace")
}

/// What a rule does that lets a packet come later.
pub(super) fn holds(action: &str) -> bool {
    matches!(action, "latency" | "hold" | "reorder" | "answer_early")
}

/// Whether a packet belongs to the handshake of a message.
pub(super) fn is_of_exchange(packet: PacketType, qos: u8) -> bool {
    match packet {
        PacketType::Publish => qos > 0,
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => true,
        _ => false,
    }
}

/// What the packet itself says of its row.
pub(super) fn marks_of(packet: Option<&Packet<'_>>) -> Marks {
    let mut marks = Marks::default();
    let is_refusal = match packet {
        None => true,
        Some(Packet::Publish(publish)) => {
            if publish.dup {
                marks.set(Marks::DUP | Marks::TROUBLE);
            }
            if publish.retain {
                marks.set(Marks::RETAIN);
            }
            false
        }
        Some(Packet::ConnAck(connack)) => connack.reason.is_error(),
        Some(Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack)) => {
            ack.reason.is_error()
        }
        Some(Packet::SubAck(suback)) => suback.reasons.iter().any(|reason| reason.is_error()),
        Some(Packet::UnsubAck(unsuback)) => unsuback.reasons.iter().any(|reason| reason.is_error()),
        Some(Packet::Disconnect(disconnect)) => disconnect.reason.is_error(),
        Some(_) => false,
    };
    if is_refusal {
        marks.set(Marks::REFUSED | Marks::TROUBLE);
    }
    marks
}

/// The QoS of a message, and the Packet Identifier.
pub(super) fn qos_and_id(packet: Option<&Packet<'_>>) -> (u8, u16) {
    match packet {
        Some(Packet::Publish(publish)) => (
            publish.qos.bits(),
            if publish.qos == QoS::AtMostOnce {
                0
            } else {
                publish.packet_id.map_or(0, u16::from)
            },
        ),
        Some(Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack)) => {
            (0, ack.packet_id.into())
        }
        Some(Packet::Subscribe(packet)) => (0, packet.packet_id.into()),
        Some(Packet::SubAck(packet)) => (0, packet.packet_id.into()),
        Some(Packet::Unsubscribe(packet)) => (0, packet.packet_id.into()),
        Some(Packet::UnsubAck(packet)) => (0, packet.packet_id.into()),
        _ => (0, 0),
    }
}
