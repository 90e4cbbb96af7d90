//! Answers to packets, as they would be, and other numbers for them.

use super::blank::blank;
use super::set;
use crate::wire::{
    self, Disconnect, DisconnectProperties, Packet, PacketId, PacketType, QoS, ReasonCode, Subscribe, Version,
};

/// The codes that grant all that is asked for.
pub(super) fn granted(subscribe: &Subscribe<'_>) -> Vec<ReasonCode> {
    subscribe
        .filters
        .iter()
        .map(|asked| ReasonCode(asked.options.qos.bits()))
        .collect()
}

/// Gives the packet another identifier.
pub(in crate::fault) fn renumbered(version: Version, packet: &Packet<'_>, id: PacketId, out: &mut Vec<u8>) {
    let mut packet = packet.clone();
    set::put_id(&mut packet, Some(id));
    packet.encode(version, out);
}

/// The packets that whoever gets these bytes answers with.
pub(in crate::fault) fn answers(version: Version, bytes: &[u8]) -> Vec<(PacketType, Option<PacketId>)> {
    let mut all = Vec::new();
    let mut rest = bytes;
    while let Ok(Some(len)) = wire::frame(rest, usize::MAX)
        && let Some(one) = rest.get(..len)
    {
        if let Ok(packet) = wire::decode(version, one) {
            all.extend(answer_to(&packet).map(|answer| (answer, packet.packet_id())));
        }
        rest = &rest[len..];
    }
    all
}

/// The packet that answers this one.
pub(in crate::fault) fn answer_to(packet: &Packet<'_>) -> Option<PacketType> {
    Some(match packet {
        Packet::Connect(_) => PacketType::ConnAck,
        Packet::Publish(it) => match it.qos {
            QoS::AtMostOnce => return None,
            QoS::AtLeastOnce => PacketType::PubAck,
            QoS::ExactlyOnce => PacketType::PubRec,
        },
        Packet::PubRec(_) => PacketType::PubRel,
        Packet::PubRel(_) => PacketType::PubComp,
        Packet::Subscribe(_) => PacketType::SubAck,
        Packet::Unsubscribe(_) => PacketType::UnsubAck,
        Packet::PingReq => PacketType::PingResp,
        _ => return None,
    })
}

/// The answer as it would be if all were granted.
pub(in crate::fault) fn grant(
    packet: &Packet<'_>,
    version: Version,
    out: &mut Vec<u8>,
) -> Option<PacketType> {
    let answer = answer_to(packet)?;
    let mut granted_packet = blank(answer, version, packet.packet_id().unwrap_or(PacketId::MIN));
    match (&mut granted_packet, packet) {
        (Packet::SubAck(it), Packet::Subscribe(asked)) => it.reasons = granted(asked),
        (Packet::UnsubAck(it), Packet::Unsubscribe(asked)) => {
            it.reasons = vec![ReasonCode::SUCCESS; asked.filters.len()];
        }
        _ => {}
    }
    granted_packet.encode(version, out);
    Some(answer)
}

/// The answer with this reason code. `Err`: the version has none that refuses such a packet.
pub(in crate::fault) fn refusal(
    packet: &Packet<'_>,
    version: Version,
    code: ReasonCode,
    out: &mut Vec<u8>,
) -> Result<(), ()> {
    let is_known = match packet {
        Packet::Connect(connect) => connect.version.is_v5() || code.connack_3x().is_some(),
        // 3.1 has no way to refuse a subscription.
        Packet::Subscribe(_) => version != Version::V31,
        _ => version.is_v5(),
    };
    let answer = answer_to(packet).filter(|_| is_known).ok_or(())?;
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    };
    let mut refused = blank(answer, version, packet.packet_id().unwrap_or(PacketId::MIN));
    match (&mut refused, packet) {
        (Packet::ConnAck(it), _) => it.reason = code,
        (Packet::SubAck(it), Packet::Subscribe(asked)) => it.reasons = vec![code; asked.filters.len()],
        (Packet::UnsubAck(it), Packet::Unsubscribe(asked)) => it.reasons = vec![code; asked.filters.len()],
        (Packet::PubAck(it) | Packet::PubRec(it) | Packet::PubComp(it), _) => it.reason = code,
        _ => return Err(()),
    }
    refused.encode(version, out);
    Ok(())
}

/// DISCONNECT with this reason code; nothing where the version has no such packet to a client.
pub(in crate::fault) fn goodbye(version: Version, code: ReasonCode, out: &mut Vec<u8>) {
    if version.is_v5() {
        let packet = Packet::Disconnect(Disconnect {
            reason: code,
            properties: DisconnectProperties::default(),
        });
        packet.encode(version, out);
    }
}
