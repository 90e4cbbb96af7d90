//! Proptest strategies for packets: every packet of every version, in every shape that the version has.
//!
//! What they make is canonical: encoding it in the version it was made for and decoding gives an equal packet. So
//! fields that a version does not have are at their defaults.

mod connect;
mod values;

use broker_core::wire::{
    Ack, Auth, AuthProperties, Disconnect, DisconnectProperties, FilterRequest, Packet, PacketType, Publish,
    PublishProperties, QoS, ReasonCode, ReasonProperties, RetainHandling, SubAck, Subscribe,
    SubscriptionOptions, UnsubAck, Unsubscribe, Version,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) use connect::{connack, connect};
pub(crate) use values::{binary, packet_id, payload, qos, subscription_id, text, topic_name, user, version};

fn codes_of(packet_type: PacketType) -> impl Strategy<Value = ReasonCode> + Clone {
    let codes: Vec<_> = (0..=0xFF)
        .map(ReasonCode)
        .filter(|code| code.allowed_in(packet_type))
        .collect();
    select(codes)
}

fn reason_properties() -> impl Strategy<Value = ReasonProperties<'static>> + Clone {
    (option::of(text()), user()).prop_map(|(reason_string, user)| ReasonProperties { reason_string, user })
}

/// `in_5` in 5.0, the default otherwise.
fn only_in_5<T, S>(version: Version, in_5: S) -> BoxedStrategy<T>
where
    T: Clone + Default + std::fmt::Debug + 'static,
    S: Strategy<Value = T> + 'static,
{
    if version.is_v5() {
        prop_oneof![1 => Just(T::default()), 2 => in_5].boxed()
    } else {
        Just(T::default()).boxed()
    }
}

/// Any packet of `version`, from either side.
pub(crate) fn packet(version: Version) -> BoxedStrategy<Packet<'static>> {
    let common = prop_oneof![
        3 => connect(version).prop_map(|packet| Packet::Connect(Box::new(packet))),
        2 => connack(version).prop_map(|packet| Packet::ConnAck(Box::new(packet))),
        4 => publish(version).prop_map(Packet::Publish),
        3 => acknowledgement(version),
        2 => subscribe(version).prop_map(Packet::Subscribe),
        1 => suback(version).prop_map(Packet::SubAck),
        1 => unsubscribe(version).prop_map(Packet::Unsubscribe),
        1 => unsuback(version).prop_map(Packet::UnsubAck),
        1 => select(vec![Packet::PingReq, Packet::PingResp]),
        1 => disconnect(version).prop_map(Packet::Disconnect),
    ];
    if version.is_v5() {
        prop_oneof![17 => common, 1 => auth().prop_map(Packet::Auth)].boxed()
    } else {
        common.boxed()
    }
}

/// A version and a packet of it.
pub(crate) fn versioned_packet() -> impl Strategy<Value = (Version, Packet<'static>)> {
    version().prop_flat_map(|version| (Just(version), packet(version)))
}

pub(crate) fn publish(version: Version) -> impl Strategy<Value = Publish<'static>> {
    (
        (any::<bool>(), qos(), any::<bool>(), any::<bool>()),
        topic_name(),
        packet_id(),
        only_in_5(version, publish_properties()),
        payload(),
    )
        .prop_map(
            |((dup, qos, retain, by_alias), topic, packet_id, properties, payload)| Publish {
                dup: dup && qos != QoS::AtMostOnce,
                qos,
                retain,
                topic: if by_alias && properties.topic_alias.is_some() {
                    ""
                } else {
                    topic
                },
                packet_id: (qos != QoS::AtMostOnce).then_some(packet_id),
                properties,
                payload,
            },
        )
}

fn publish_properties() -> impl Strategy<Value = PublishProperties<'static>> {
    (
        option::of(any::<bool>()),
        option::of(any::<u32>()),
        option::of(1..=u16::MAX),
        option::of(topic_name()),
        option::of(binary()),
        prop_oneof![2 => Just(Vec::new()), 1 => vec(subscription_id(), 1..4)],
        option::of(text()),
        user(),
    )
        .prop_map(
            |(format, expiry, alias, response, correlation, ids, content_type, user)| PublishProperties {
                payload_format: format,
                message_expiry_secs: expiry,
                topic_alias: alias,
                response_topic: response,
                correlation_data: correlation,
                subscription_ids: ids,
                content_type,
                user,
            },
        )
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP.
pub(crate) fn acknowledgement(version: Version) -> impl Strategy<Value = Packet<'static>> {
    let packet_type = select(vec![
        PacketType::PubAck,
        PacketType::PubRec,
        PacketType::PubRel,
        PacketType::PubComp,
    ]);
    packet_type.prop_flat_map(move |packet_type| {
        let reason = if version.is_v5() {
            codes_of(packet_type).boxed()
        } else {
            Just(ReasonCode::SUCCESS).boxed()
        };
        (packet_id(), reason, only_in_5(version, reason_properties())).prop_map(
            move |(packet_id, reason, properties)| {
                let ack = Ack {
                    packet_id,
                    reason,
                    properties,
                };
                match packet_type {
                    PacketType::PubAck => Packet::PubAck(ack),
                    PacketType::PubRec => Packet::PubRec(ack),
                    PacketType::PubRel => Packet::PubRel(ack),
                    _ => Packet::PubComp(ack),
                }
            },
        )
    })
}

pub(crate) fn subscribe(version: Version) -> impl Strategy<Value = Subscribe<'static>> {
    let in_5 = (option::of(subscription_id()), user());
    let request = (text(), options(version)).prop_map(|(filter, options)| FilterRequest { filter, options });
    (packet_id(), only_in_5(version, in_5), vec(request, 1..5)).prop_map(
        |(packet_id, (subscription_id, user), filters)| Subscribe {
            packet_id,
            subscription_id,
            user,
            filters,
        },
    )
}

/// Subscription options; in 3.x, the QoS alone.
pub(crate) fn options(version: Version) -> impl Strategy<Value = SubscriptionOptions> {
    let handling = select(vec![
        RetainHandling::Always,
        RetainHandling::IfNew,
        RetainHandling::Never,
    ]);
    (
        qos(),
        only_in_5(version, (any::<bool>(), any::<bool>(), handling)),
    )
        .prop_map(
            |(qos, (no_local, retain_as_published, retain_handling))| SubscriptionOptions {
                qos,
                no_local,
                retain_as_published,
                retain_handling,
            },
        )
}

pub(crate) fn suback(version: Version) -> impl Strategy<Value = SubAck<'static>> {
    let reason = if version.is_v5() {
        codes_of(PacketType::SubAck).boxed()
    } else {
        select(vec![0, 1, 2, 0x80]).prop_map(ReasonCode).boxed()
    };
    (
        packet_id(),
        only_in_5(version, reason_properties()),
        vec(reason, 1..6),
    )
        .prop_map(|(packet_id, properties, reasons)| SubAck {
            packet_id,
            properties,
            reasons,
        })
}

pub(crate) fn unsubscribe(version: Version) -> impl Strategy<Value = Unsubscribe<'static>> {
    (packet_id(), only_in_5(version, user()), vec(text(), 1..5)).prop_map(|(packet_id, user, filters)| {
        Unsubscribe {
            packet_id,
            user,
            filters,
        }
    })
}

pub(crate) fn unsuback(version: Version) -> impl Strategy<Value = UnsubAck<'static>> {
    let reasons = if version.is_v5() {
        vec(codes_of(PacketType::UnsubAck), 1..6).boxed()
    } else {
        Just(Vec::new()).boxed()
    };
    (packet_id(), only_in_5(version, reason_properties()), reasons).prop_map(
        |(packet_id, properties, reasons)| UnsubAck {
            packet_id,
            properties,
            reasons,
        },
    )
}

pub(crate) fn disconnect(version: Version) -> impl Strategy<Value = Disconnect<'static>> {
    let properties = (
        option::of(any::<u32>()),
        option::of(text()),
        option::of(text()),
        user(),
    )
        .prop_map(
            |(session_expiry_secs, reason_string, server_reference, user)| DisconnectProperties {
                session_expiry_secs,
                reason_string,
                server_reference,
                user,
            },
        );
    let reason = if version.is_v5() {
        codes_of(PacketType::Disconnect).boxed()
    } else {
        Just(ReasonCode::SUCCESS).boxed()
    };
    (reason, only_in_5(version, properties))
        .prop_map(|(reason, properties)| Disconnect { reason, properties })
}

/// AUTH, which only 5.0 has.
pub(crate) fn auth() -> impl Strategy<Value = Auth<'static>> {
    let properties = (text(), option::of(binary()), option::of(text()), user()).prop_map(
        |(method, authentication_data, reason_string, user)| AuthProperties {
            authentication_method: Some(method),
            authentication_data,
            reason_string,
            user,
        },
    );
    let bare = Auth {
        reason: ReasonCode::SUCCESS,
        properties: AuthProperties::default(),
    };
    prop_oneof![
        1 => Just(bare),
        6 => (codes_of(PacketType::Auth), properties).prop_map(|(reason, properties)| Auth { reason, properties }),
    ]
}
