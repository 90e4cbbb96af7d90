//! mqtt-protocol-core's codec for 3.1.1 and 5.0.

use broker_core::wire::{
    Connect, ConnectProperties, Disconnect, DisconnectProperties, Packet, PacketType, ReasonCode, Version,
};
use mqtt_protocol_core::mqtt::packet::{v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::MqttError;

/// Decodes a whole packet and encodes it again.
pub(crate) fn through(version: Version, bytes: &[u8]) -> Result<Vec<u8>, MqttError> {
    let header = 2 + bytes[1..].iter().take_while(|&&byte| byte >= 0x80).count();
    let (first, body) = (bytes[0], &bytes[header..]);
    macro_rules! packet {
        ($packet:ty) => {
            <$packet>::parse(body).map(|(packet, used)| (packet.to_continuous_buffer(), used))
        };
        (publish $packet:ty) => {
            <$packet>::parse(first & 0x0F, body.into())
                .map(|(packet, used)| (packet.to_continuous_buffer(), used))
        };
    }
    let packet_type = PacketType::from_first_byte(first).expect("a packet");
    let (again, used) = if version.is_v5() {
        match packet_type {
            PacketType::Connect => packet!(v5_0::Connect),
            PacketType::ConnAck => packet!(v5_0::Connack),
            PacketType::Publish => packet!(publish v5_0::Publish),
            PacketType::PubAck => packet!(v5_0::Puback),
            PacketType::PubRec => packet!(v5_0::Pubrec),
            PacketType::PubRel => packet!(v5_0::Pubrel),
            PacketType::PubComp => packet!(v5_0::Pubcomp),
            PacketType::Subscribe => packet!(v5_0::Subscribe),
            PacketType::SubAck => packet!(v5_0::Suback),
            PacketType::Unsubscribe => packet!(v5_0::Unsubscribe),
            PacketType::UnsubAck => packet!(v5_0::Unsuback),
            PacketType::PingReq => packet!(v5_0::Pingreq),
            PacketType::PingResp => packet!(v5_0::Pingresp),
            PacketType::Disconnect => packet!(v5_0::Disconnect),
            PacketType::Auth => packet!(v5_0::Auth),
        }
    } else {
        match packet_type {
            PacketType::Connect => packet!(v3_1_1::Connect),
            PacketType::ConnAck => packet!(v3_1_1::Connack),
            PacketType::Publish => packet!(publish v3_1_1::Publish),
            PacketType::PubAck => packet!(v3_1_1::Puback),
            PacketType::PubRec => packet!(v3_1_1::Pubrec),
            PacketType::PubRel => packet!(v3_1_1::Pubrel),
            PacketType::PubComp => packet!(v3_1_1::Pubcomp),
            PacketType::Subscribe => packet!(v3_1_1::Subscribe),
            PacketType::SubAck => packet!(v3_1_1::Suback),
            PacketType::Unsubscribe => packet!(v3_1_1::Unsubscribe),
            PacketType::UnsubAck => packet!(v3_1_1::Unsuback),
            PacketType::PingReq => packet!(v3_1_1::Pingreq),
            PacketType::PingResp => packet!(v3_1_1::Pingresp),
            PacketType::Disconnect => packet!(v3_1_1::Disconnect),
            PacketType::Auth => return Err(MqttError::MalformedPacket),
        }
    }?;
    assert_eq!(used, body.len(), "it leaves bytes over: {bytes:02X?}");
    Ok(again)
}

/// Why it cannot carry this packet, if so.
pub(crate) fn differs(packet: &Packet<'_>) -> Option<&'static str> {
    match packet {
        Packet::Connect(connect) if connect.password.is_some() && connect.username.is_none() => {
            Some("it wants a user name beside a password in 5.0 too")
        }
        Packet::Disconnect(disconnect) if disconnect.reason == ReasonCode::BAD_AUTHENTICATION_METHOD => {
            Some("it goes by table 3-10, which forgets this code")
        }
        _ => None,
    }
}

/// Shows that what `differs` lists is so.
pub(crate) fn check_differences() {
    let connect = Packet::Connect(Box::new(Connect {
        version: Version::V5,
        bridge: false,
        clean_start: true,
        keep_alive_secs: 1,
        client_id: "c",
        will: None,
        username: None,
        password: Some(b"p"),
        properties: ConnectProperties::default(),
    }));
    let disconnect = Packet::Disconnect(Disconnect {
        reason: ReasonCode::BAD_AUTHENTICATION_METHOD,
        properties: DisconnectProperties::default(),
    });
    for packet in [connect, disconnect] {
        let mut out = Vec::new();
        packet.encode(Version::V5, &mut out);
        assert!(
            differs(&packet).is_some() && through(Version::V5, &out).is_err(),
            "{packet:?}"
        );
    }
}
