//! rumqttc's codec for 3.1.1.

use broker_core::wire::{
    Ack, ConnAck, ConnAckProperties, Connect, ConnectProperties, Disconnect, DisconnectProperties,
    FilterRequest, Packet, PacketId, Publish, PublishProperties, QoS, ReasonCode, ReasonProperties, SubAck,
    Subscribe, SubscriptionOptions, UnsubAck, Unsubscribe, Version, Will, WillProperties,
};
use bytes::BytesMut;
use rumqttc::mqttbytes::{self, v4};

pub(crate) fn try_read(bytes: &[u8]) -> Result<v4::Packet, mqttbytes::Error> {
    v4::Packet::read(&mut BytesMut::from(bytes), usize::MAX)
}

pub(crate) fn read(bytes: &[u8]) -> v4::Packet {
    try_read(bytes).unwrap_or_else(|error| panic!("rumqttc: {error}: {bytes:02X?}"))
}

pub(crate) fn write(packet: &v4::Packet) -> Vec<u8> {
    let mut out = BytesMut::new();
    packet
        .write(&mut out, usize::MAX)
        .expect("rumqttc writes what it read");
    out.to_vec()
}

/// Why rumqttc cannot carry this packet, if so.
pub(crate) fn differs(packet: &Packet<'_>) -> Option<&'static str> {
    match packet {
        Packet::Connect(connect) => {
            if connect.username == Some("") || connect.password == Some(b"") {
                return Some("it takes an empty user name or password for an absent one");
            }
            if connect
                .password
                .is_some_and(|password| std::str::from_utf8(password).is_err())
            {
                return Some("a password is a string to it");
            }
            None
        }
        _ => None,
    }
}

/// Shows that what `differs` lists is so.
pub(crate) fn check_differences() {
    let connect = |username, password| {
        let connect = Connect {
            version: Version::V311,
            bridge: false,
            clean_start: true,
            keep_alive_secs: 1,
            client_id: "c",
            will: None,
            username,
            password,
            properties: ConnectProperties::default(),
        };
        let mut out = Vec::new();
        connect.encode(&mut out);
        try_read(&out)
    };
    assert!(matches!(connect(Some(""), None), Ok(v4::Packet::Connect(connect)) if connect.login.is_none()));
    assert!(connect(Some("u"), Some(b"\xFF")).is_err());
}

pub(crate) fn id(id: u16) -> PacketId {
    PacketId::new(id).expect("identifiers are not 0")
}

fn qos(qos: mqttbytes::QoS) -> QoS {
    QoS::from_bits(qos as u8).expect("0, 1 or 2")
}

/// rumqttc writes an empty string for an absent value.
pub(crate) fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The same packet in our types.
pub(crate) fn as_ours(theirs: &v4::Packet) -> Packet<'_> {
    let ack = |pkid| Ack {
        packet_id: id(pkid),
        reason: ReasonCode::SUCCESS,
        properties: ReasonProperties::default(),
    };
    match theirs {
        v4::Packet::Connect(connect) => Packet::Connect(Box::new(Connect {
            version: Version::V311,
            bridge: false,
            clean_start: connect.clean_session,
            keep_alive_secs: connect.keep_alive,
            client_id: &connect.client_id,
            will: connect.last_will.as_ref().map(|will| Will {
                topic: &will.topic,
                payload: &will.message,
                qos: qos(will.qos),
                retain: will.retain,
                properties: WillProperties::default(),
            }),
            username: connect.login.as_ref().and_then(|login| some(&login.username)),
            password: connect
                .login
                .as_ref()
                .and_then(|login| some(&login.password))
                .map(str::as_bytes),
            properties: ConnectProperties::default(),
        })),
        v4::Packet::ConnAck(connack) => Packet::ConnAck(Box::new(ConnAck {
            session_present: connack.session_present,
            reason: ReasonCode::from_connack_3x(connack.code as u8).expect("0 to 5"),
            properties: ConnAckProperties::default(),
        })),
        v4::Packet::Publish(publish) => Packet::Publish(Publish {
            dup: publish.dup,
            qos: qos(publish.qos),
            retain: publish.retain,
            topic: &publish.topic,
            packet_id: PacketId::new(publish.pkid),
            properties: PublishProperties::default(),
            payload: &publish.payload,
        }),
        v4::Packet::PubAck(puback) => Packet::PubAck(ack(puback.pkid)),
        v4::Packet::PubRec(pubrec) => Packet::PubRec(ack(pubrec.pkid)),
        v4::Packet::PubRel(pubrel) => Packet::PubRel(ack(pubrel.pkid)),
        v4::Packet::PubComp(pubcomp) => Packet::PubComp(ack(pubcomp.pkid)),
        v4::Packet::Subscribe(subscribe) => Packet::Subscribe(Subscribe {
            packet_id: id(subscribe.pkid),
            subscription_id: None,
            user: Vec::new(),
            filters: subscribe
                .filters
                .iter()
                .map(|filter| FilterRequest {
                    filter: &filter.path,
                    options: SubscriptionOptions {
                        qos: qos(filter.qos),
                        ..SubscriptionOptions::default()
                    },
                })
                .collect(),
        }),
        v4::Packet::SubAck(suback) => Packet::SubAck(SubAck {
            packet_id: id(suback.pkid),
            properties: ReasonProperties::default(),
            reasons: suback
                .return_codes
                .iter()
                .map(|code| match code {
                    v4::SubscribeReasonCode::Success(granted) => ReasonCode(*granted as u8),
                    v4::SubscribeReasonCode::Failure => ReasonCode::UNSPECIFIED_ERROR,
                })
                .collect(),
        }),
        v4::Packet::Unsubscribe(unsubscribe) => Packet::Unsubscribe(Unsubscribe {
            packet_id: id(unsubscribe.pkid),
            user: Vec::new(),
            filters: unsubscribe.topics.iter().map(String::as_str).collect(),
        }),
        v4::Packet::UnsubAck(unsuback) => Packet::UnsubAck(UnsubAck {
            packet_id: id(unsuback.pkid),
            properties: ReasonProperties::default(),
            reasons: Vec::new(),
        }),
        v4::Packet::PingReq => Packet::PingReq,
        v4::Packet::PingResp => Packet::PingResp,
        v4::Packet::Disconnect => Packet::Disconnect(Disconnect {
            reason: ReasonCode::SUCCESS,
            properties: DisconnectProperties::default(),
        }),
    }
}
