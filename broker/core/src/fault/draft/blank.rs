//! Packets with nothing in them, and their bytes.

use crate::wire::{
    Ack, Auth, AuthProperties, ConnAck, ConnAckProperties, Connect, ConnectProperties, Disconnect,
    DisconnectProperties, Packet, PacketId, PacketType, Publish, PublishProperties, QoS, ReasonCode,
    ReasonProperties, SubAck, Subscribe, UnsubAck, Unsubscribe, Version,
};

/// A packet of this type with nothing in it.
pub(super) fn blank<'a>(packet_type: PacketType, version: Version, packet_id: PacketId) -> Packet<'a> {
    let reason = ReasonCode::SUCCESS;
    let properties = ReasonProperties::default();
    let ack = Ack {
        packet_id,
        reason,
        properties: ReasonProperties::default(),
    };
    match packet_type {
        PacketType::Connect => Packet::Connect(Box::new(Connect {
            version,
            bridge: false,
            clean_start: true,
            keep_alive_secs: 60,
            client_id: "",
            will: None,
            username: None,
            password: None,
            properties: ConnectProperties::default(),
        })),
        PacketType::ConnAck => Packet::ConnAck(Box::new(ConnAck {
            session_present: false,
            reason,
            properties: ConnAckProperties::default(),
        })),
        PacketType::Publish => Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: "",
            packet_id: None,
            properties: PublishProperties::default(),
            payload: &[],
        }),
        PacketType::PubAck => Packet::PubAck(ack),
        PacketType::PubRec => Packet::PubRec(ack),
        PacketType::PubRel => Packet::PubRel(ack),
        PacketType::PubComp => Packet::PubComp(ack),
        PacketType::Subscribe => Packet::Subscribe(Subscribe {
            packet_id,
            subscription_id: None,
            user: Vec::new(),
            filters: Vec::new(),
        }),
        PacketType::SubAck => Packet::SubAck(SubAck {
            packet_id,
            properties,
            reasons: vec![reason],
        }),
        PacketType::Unsubscribe => Packet::Unsubscribe(Unsubscribe {
            packet_id,
            user: Vec::new(),
            filters: Vec::new(),
        }),
        PacketType::UnsubAck => Packet::UnsubAck(UnsubAck {
            packet_id,
            properties,
            reasons: vec![reason],
        }),
        PacketType::PingReq => Packet::PingReq,
        PacketType::PingResp => Packet::PingResp,
        PacketType::Disconnect => Packet::Disconnect(Disconnect {
            reason,
            properties: DisconnectProperties::default(),
        }),
        PacketType::Auth => Packet::Auth(Auth {
            reason,
            properties: AuthProperties::default(),
        }),
    }
}

/// The packet in this version. Fails where the version has no room for one of the fields that were set.
pub(super) fn encode<'n>(
    packet: &Packet<'_>,
    version: Version,
    mut set: impl Iterator<Item = &'n str>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    // CONNECT names its version itself.
    let version = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    };
    let name = packet.packet_type().name();
    if !version.is_v5() {
        if let Some(lost) = set.find(|field| is_of_5(packet, field)) {
            return Err(format!("in MQTT {version} {name} has no {lost}"));
        }
        match packet {
            Packet::Auth(_) => return Err(format!("MQTT {version} has no AUTH")),
            Packet::ConnAck(it) if it.reason.connack_3x().is_none() => {
                return Err(format!(
                    "MQTT {version} has no return code that says {}",
                    it.reason
                ));
            }
            _ => {}
        }
    }
    let before = out.len();
    packet.encode(version, out);
    if out.len() == before {
        return Err(format!("{name} is longer than MQTT can say"));
    }
    Ok(())
}

/// Whether only MQTT 5.0 has this field of the packet.
fn is_of_5(packet: &Packet<'_>, field: &str) -> bool {
    match field {
        "properties" => true,
        "reason_code" => !matches!(packet, Packet::ConnAck(_)),
        "reason_codes" => matches!(packet, Packet::UnsubAck(_)),
        _ => false,
    }
}
