//! CONNECT with its will, and CONNACK.

use broker_core::wire::{
    ConnAck, ConnAckProperties, Connect, ConnectProperties, PacketType, QoS, ReasonCode, Version, Will,
    WillProperties,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::values::{binary, qos, text, topic_name, user};
use super::{codes_of, only_in_5};

pub(crate) fn connect(version: Version) -> impl Strategy<Value = Connect<'static>> {
    let credentials = (option::of(text()), option::of(binary())).prop_map(move |(username, password)| {
        // Before 5.0 a password needs a user name beside it.
        (
            username,
            password.filter(|_| username.is_some() || version.is_v5()),
        )
    });
    (
        any::<bool>(),
        any::<u16>(),
        text(),
        option::of(will(version)),
        credentials,
        only_in_5(version, connect_properties()),
    )
        .prop_map(
            move |(clean_start, keep_alive_secs, client_id, will, (username, password), properties)| {
                Connect {
                    version,
                    bridge: false,
                    clean_start,
                    keep_alive_secs,
                    client_id,
                    will,
                    username,
                    password,
                    properties,
                }
            },
        )
}

fn connect_properties() -> impl Strategy<Value = ConnectProperties<'static>> {
    (
        option::of(any::<u32>()),
        option::of(1..=u16::MAX),
        option::of(1..=u32::MAX),
        option::of(any::<u16>()),
        (option::of(any::<bool>()), option::of(any::<bool>())),
        authentication(),
        user(),
    )
        .prop_map(
            |(expiry, receive, size, alias, (response, problem), (method, data), user)| ConnectProperties {
                session_expiry_secs: expiry,
                receive_maximum: receive,
                maximum_packet_size: size,
                topic_alias_maximum: alias,
                request_response_information: response,
                request_problem_information: problem,
                authentication_method: method,
                authentication_data: data,
                user,
            },
        )
}

/// A method, and data only beside one.
fn authentication() -> impl Strategy<Value = (Option<&'static str>, Option<&'static [u8]>)> {
    (option::of(text()), option::of(binary()))
        .prop_map(|(method, data)| (method, data.filter(|_| method.is_some())))
}

pub(crate) fn will(version: Version) -> impl Strategy<Value = Will<'static>> {
    (
        topic_name(),
        binary(),
        qos(),
        any::<bool>(),
        only_in_5(version, will_properties()),
    )
        .prop_map(|(topic, payload, qos, retain, properties)| Will {
            topic,
            payload,
            qos,
            retain,
            properties,
        })
}

fn will_properties() -> impl Strategy<Value = WillProperties<'static>> {
    (
        option::of(any::<u32>()),
        option::of(any::<bool>()),
        option::of(any::<u32>()),
        option::of(text()),
        option::of(topic_name()),
        option::of(binary()),
        user(),
    )
        .prop_map(
            |(delay, format, expiry, content_type, response_topic, correlation_data, user)| WillProperties {
                delay_secs: delay,
                payload_format: format,
                message_expiry_secs: expiry,
                content_type,
                response_topic,
                correlation_data,
                user,
            },
        )
}

pub(crate) fn connack(version: Version) -> impl Strategy<Value = ConnAck<'static>> {
    let reason = if version.is_v5() {
        codes_of(PacketType::ConnAck).boxed()
    } else {
        (0..=5_u8)
            .prop_map(|code| ReasonCode::from_connack_3x(code).expect("all of these exist"))
            .boxed()
    };
    let reason = prop_oneof![Just(ReasonCode::SUCCESS), reason];
    (any::<bool>(), reason, only_in_5(version, connack_properties())).prop_map(
        move |(session_present, reason, properties)| ConnAck {
            session_present: session_present && reason == ReasonCode::SUCCESS && version != Version::V31,
            reason,
            properties,
        },
    )
}

fn connack_properties() -> impl Strategy<Value = ConnAckProperties<'static>> {
    let numbers = (
        option::of(any::<u32>()),
        option::of(1..=u16::MAX),
        option::of(select(vec![QoS::AtMostOnce, QoS::AtLeastOnce])),
        option::of(1..=u32::MAX),
        option::of(any::<u16>()),
        option::of(any::<u16>()),
    );
    let flags = vec(option::of(any::<bool>()), 4);
    let texts = vec(option::of(text()), 4);
    (
        numbers,
        flags,
        texts,
        option::of(text()),
        option::of(binary()),
        user(),
    )
        .prop_map(
            |((expiry, receive, maximum_qos, size, alias, keep_alive), flags, texts, method, data, user)| {
                ConnAckProperties {
                    session_expiry_secs: expiry,
                    receive_maximum: receive,
                    maximum_qos,
                    retain_available: flags[0],
                    maximum_packet_size: size,
                    assigned_client_id: texts[0],
                    topic_alias_maximum: alias,
                    reason_string: texts[1],
                    wildcard_subscription_available: flags[1],
                    subscription_identifiers_available: flags[2],
                    shared_subscription_available: flags[3],
                    server_keep_alive_secs: keep_alive,
                    response_information: texts[2],
                    server_reference: texts[3],
                    authentication_method: method,
                    authentication_data: data,
                    user,
                }
            },
        )
}
