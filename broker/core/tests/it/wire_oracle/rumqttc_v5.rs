//! rumqttc's codec for 5.0.

use std::fmt::Debug;

use broker_core::wire::{
    Ack, Auth, AuthProperties, ConnAck, ConnAckProperties, Connect, ConnectProperties, Disconnect,
    DisconnectProperties, FilterRequest, Packet, PacketId, Publish, PublishProperties, QoS, ReasonCode,
    ReasonProperties, RetainHandling, SubAck, Subscribe, SubscriptionOptions, UnsubAck, Unsubscribe,
    UserProperties, Version, Will, WillProperties,
};
use bytes::{Bytes, BytesMut};
use rumqttc::v5::mqttbytes::{self, v5};

use super::rumqttc_v4::{id, some};

pub(crate) fn try_read(bytes: &[u8]) -> Result<v5::Packet, mqttbytes::Error> {
    v5::Packet::read(&mut BytesMut::from(bytes), None)
}

pub(crate) fn read(bytes: &[u8]) -> v5::Packet {
    try_read(bytes).unwrap_or_else(|error| panic!("rumqttc: {error}: {bytes:02X?}"))
}

pub(crate) fn write(packet: &v5::Packet) -> Vec<u8> {
    let mut out = BytesMut::new();
    packet.write(&mut out, None).expect("rumqttc writes what it read");
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
        Packet::Disconnect(disconnect)
            if disconnect.reason == ReasonCode::SUCCESS
                && disconnect.properties == DisconnectProperties::default() =>
        {
            Some("it does not read a DISCONNECT without a reason code")
        }
        Packet::Disconnect(disconnect) if disconnect.reason == ReasonCode::BAD_AUTHENTICATION_METHOD => {
            Some("it goes by table 3-10, which forgets this code")
        }
        Packet::Publish(publish) if publish.properties.subscription_ids.len() > 1 => Some(
            "it counts each Subscription Identifier a byte too long and takes the last properties for payload",
        ),
        Packet::Auth(_) => Some("it miscounts the lengths in AUTH"),
        _ => None,
    }
}

/// Why rumqttc reads this packet and does not write it again as it should, if so.
pub(crate) fn miswrites(packet: &Packet<'_>) -> Option<&'static str> {
    match packet {
        Packet::Disconnect(disconnect) if disconnect.properties == DisconnectProperties::default() => Some(
            "a DISCONNECT with a reason and no properties has a byte more than its Remaining Length says",
        ),
        _ => None,
    }
}

/// Shows that what `differs` and `miswrites` list is so.
pub(crate) fn check_differences() {
    for unread in [
        &[0xE0, 0][..],
        // This form we read and, because of this, never write.
        &[0xE0, 1, 0x8E],
        &[0xE0, 2, 0x8C, 0],
        &[0xF0, 8, 0x18, 6, 0x15, 0, 3, b'a', b'b', b'c'],
    ] {
        assert!(broker_core::wire::decode(Version::V5, unread).is_ok());
        assert!(try_read(unread).is_err(), "{unread:02X?}");
    }
    let identifiers = [0x30, 10, 0, 1, b'a', 6, 0x0B, 1, 0x0B, 2, 0x0B, 3];
    assert!(matches!(read(&identifiers), v5::Packet::Publish(publish) if publish.payload[..] == [0x0B, 3]));
    assert_eq!(write(&read(&[0xE0, 2, 0x8E, 0])), [0xE0, 1, 0x8E, 0]);
}

fn qos(qos: mqttbytes::QoS) -> QoS {
    QoS::from_bits(qos as u8).expect("0, 1 or 2")
}

fn text(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).expect("we wrote a string")
}

fn user(pairs: &[(String, String)]) -> UserProperties<'_> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn flag(byte: Option<u8>) -> Option<bool> {
    byte.map(|byte| byte != 0)
}

/// rumqttc has an enum for each packet's reason codes, named nearly as in the standard.
fn reason(theirs: impl Debug) -> ReasonCode {
    let letters = |name: &str| -> String {
        name.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect()
    };
    let name = match letters(&format!("{theirs:?}")).as_str() {
        "normaldisconnection" | "successatmostonce" => return ReasonCode::SUCCESS,
        "successatleastonce" => return ReasonCode::GRANTED_QOS_1,
        "successexactlyonce" => return ReasonCode::GRANTED_QOS_2,
        "unspecified" => return ReasonCode::UNSPECIFIED_ERROR,
        "implementationspecific" => return ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR,
        "badusernamepassword" => return ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        "pkidinuse" => return ReasonCode::PACKET_IDENTIFIER_IN_USE,
        "sharedsubscriptionnotsupported" => return ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
        "subscriptionidnotsupported" => return ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
        name => name.to_owned(),
    };
    (0..=0xFF)
        .map(ReasonCode)
        .find(|code| letters(code.name()) == name)
        .unwrap_or_else(|| panic!("{theirs:?} is no reason code"))
}

macro_rules! reason_properties {
    ($theirs:expr) => {
        $theirs
            .as_ref()
            .map_or_else(ReasonProperties::default, |properties| ReasonProperties {
                reason_string: properties.reason_string.as_deref(),
                user: user(&properties.user_properties),
            })
    };
}

macro_rules! ack {
    ($variant:ident, $theirs:expr) => {
        Packet::$variant(Ack {
            packet_id: id($theirs.pkid),
            reason: reason($theirs.reason),
            properties: reason_properties!($theirs.properties),
        })
    };
}

/// The same packet in our types.
pub(crate) fn as_ours(theirs: &v5::Packet) -> Packet<'_> {
    match theirs {
        v5::Packet::Connect(packet, last_will, login) => Packet::Connect(Box::new(Connect {
            version: Version::V5,
            bridge: false,
            clean_start: packet.clean_start,
            keep_alive_secs: packet.keep_alive,
            client_id: &packet.client_id,
            will: last_will.as_ref().map(will),
            username: login.as_ref().and_then(|login| some(&login.username)),
            password: login
                .as_ref()
                .and_then(|login| some(&login.password))
                .map(str::as_bytes),
            properties: packet
                .properties
                .as_ref()
                .map_or_else(ConnectProperties::default, connect_properties),
        })),
        v5::Packet::ConnAck(packet) => Packet::ConnAck(Box::new(ConnAck {
            session_present: packet.session_present,
            reason: reason(packet.code),
            properties: packet
                .properties
                .as_ref()
                .map_or_else(ConnAckProperties::default, connack_properties),
        })),
        v5::Packet::Publish(packet) => Packet::Publish(Publish {
            dup: packet.dup,
            qos: qos(packet.qos),
            retain: packet.retain,
            topic: text(&packet.topic),
            packet_id: PacketId::new(packet.pkid),
            properties: packet
                .properties
                .as_ref()
                .map_or_else(PublishProperties::default, publish_properties),
            payload: &packet.payload,
        }),
        v5::Packet::PubAck(packet) => ack!(PubAck, packet),
        v5::Packet::PubRec(packet) => ack!(PubRec, packet),
        v5::Packet::PubRel(packet) => ack!(PubRel, packet),
        v5::Packet::PubComp(packet) => ack!(PubComp, packet),
        v5::Packet::Subscribe(packet) => Packet::Subscribe(Subscribe {
            packet_id: id(packet.pkid),
            subscription_id: packet
                .properties
                .as_ref()
                .and_then(|found| found.id)
                .map(|id| id as u32),
            user: packet
                .properties
                .as_ref()
                .map_or_else(Vec::new, |found| user(&found.user_properties)),
            filters: packet.filters.iter().map(filter).collect(),
        }),
        v5::Packet::SubAck(packet) => Packet::SubAck(SubAck {
            packet_id: id(packet.pkid),
            properties: reason_properties!(packet.properties),
            reasons: packet.return_codes.iter().map(reason).collect(),
        }),
        v5::Packet::Unsubscribe(packet) => Packet::Unsubscribe(Unsubscribe {
            packet_id: id(packet.pkid),
            user: packet
                .properties
                .as_ref()
                .map_or_else(Vec::new, |found| user(&found.user_properties)),
            filters: packet.filters.iter().map(String::as_str).collect(),
        }),
        v5::Packet::UnsubAck(packet) => Packet::UnsubAck(UnsubAck {
            packet_id: id(packet.pkid),
            properties: reason_properties!(packet.properties),
            reasons: packet.reasons.iter().map(reason).collect(),
        }),
        v5::Packet::PingReq(_) => Packet::PingReq,
        v5::Packet::PingResp(_) => Packet::PingResp,
        v5::Packet::Disconnect(packet) => Packet::Disconnect(Disconnect {
            reason: reason(packet.reason_code),
            properties: packet
                .properties
                .as_ref()
                .map_or_else(DisconnectProperties::default, |found| DisconnectProperties {
                    session_expiry_secs: found.session_expiry_interval,
                    reason_string: found.reason_string.as_deref(),
                    server_reference: found.server_reference.as_deref(),
                    user: user(&found.user_properties),
                }),
        }),
        v5::Packet::Auth(packet) => Packet::Auth(Auth {
            reason: ReasonCode(packet.code.clone() as u8),
            properties: AuthProperties::default(),
        }),
    }
}

fn filter(theirs: &v5::Filter) -> FilterRequest<'_> {
    FilterRequest {
        filter: &theirs.path,
        options: SubscriptionOptions {
            qos: qos(theirs.qos),
            no_local: theirs.nolocal,
            retain_as_published: theirs.preserve_retain,
            retain_handling: match theirs.retain_forward_rule {
                v5::RetainForwardRule::OnEverySubscribe => RetainHandling::Always,
                v5::RetainForwardRule::OnNewSubscribe => RetainHandling::IfNew,
                v5::RetainForwardRule::Never => RetainHandling::Never,
            },
        },
    }
}

fn will(theirs: &v5::LastWill) -> Will<'_> {
    Will {
        topic: text(&theirs.topic),
        payload: &theirs.message,
        qos: qos(theirs.qos),
        retain: theirs.retain,
        properties: theirs
            .properties
            .as_ref()
            .map_or_else(WillProperties::default, |found| WillProperties {
                delay_secs: found.delay_interval,
                payload_format: flag(found.payload_format_indicator),
                message_expiry_secs: found.message_expiry_interval,
                content_type: found.content_type.as_deref(),
                response_topic: found.response_topic.as_deref(),
                correlation_data: found.correlation_data.as_deref(),
                user: user(&found.user_properties),
            }),
    }
}

fn connect_properties(theirs: &v5::ConnectProperties) -> ConnectProperties<'_> {
    ConnectProperties {
        session_expiry_secs: theirs.session_expiry_interval,
        receive_maximum: theirs.receive_maximum,
        maximum_packet_size: theirs.max_packet_size,
        topic_alias_maximum: theirs.topic_alias_max,
        request_response_information: flag(theirs.request_response_info),
        request_problem_information: flag(theirs.request_problem_info),
        authentication_method: theirs.authentication_method.as_deref(),
        authentication_data: theirs.authentication_data.as_deref(),
        user: user(&theirs.user_properties),
    }
}

fn connack_properties(theirs: &v5::ConnAckProperties) -> ConnAckProperties<'_> {
    ConnAckProperties {
        session_expiry_secs: theirs.session_expiry_interval,
        receive_maximum: theirs.receive_max,
        maximum_qos: theirs.max_qos.and_then(QoS::from_bits),
        retain_available: flag(theirs.retain_available),
        maximum_packet_size: theirs.max_packet_size,
        assigned_client_id: theirs.assigned_client_identifier.as_deref(),
        topic_alias_maximum: theirs.topic_alias_max,
        reason_string: theirs.reason_string.as_deref(),
        wildcard_subscription_available: flag(theirs.wildcard_subscription_available),
        subscription_identifiers_available: flag(theirs.subscription_identifiers_available),
        shared_subscription_available: flag(theirs.shared_subscription_available),
        server_keep_alive_secs: theirs.server_keep_alive,
        response_information: theirs.response_information.as_deref(),
        server_reference: theirs.server_reference.as_deref(),
        authentication_method: theirs.authentication_method.as_deref(),
        authentication_data: theirs.authentication_data.as_deref(),
        user: user(&theirs.user_properties),
    }
}

fn publish_properties(theirs: &v5::PublishProperties) -> PublishProperties<'_> {
    PublishProperties {
        payload_format: flag(theirs.payload_format_indicator),
        message_expiry_secs: theirs.message_expiry_interval,
        topic_alias: theirs.topic_alias,
        response_topic: theirs.response_topic.as_deref(),
        correlation_data: theirs.correlation_data.as_deref(),
        subscription_ids: theirs
            .subscription_identifiers
            .iter()
            .map(|id| *id as u32)
            .collect(),
        content_type: theirs.content_type.as_deref(),
        user: user(&theirs.user_properties),
    }
}
