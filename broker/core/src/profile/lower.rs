//! Where a broker grants less than was asked for, and what its CONNACK says of its limits.

use super::client::Conn;
use super::form::Profile;
use super::kind::Kind;
use super::limit::{Bound, Outcome};
use crate::topic;
use crate::wire::{ConnAck, ConnAckProperties, Connect, Packet, QoS, ReasonCode, Subscribe, Version};

/// What a connection was granted less of than it asked for: its CONNACK says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Granted {
    pub keep_alive_secs: Option<u16>,
    pub session_expiry_secs: Option<u32>,
}

/// The kinds of limits of which a broker can grant less.
pub(super) const LOWERED: [Kind; 6] = [
    Kind::WillTopics,
    Kind::PublishRetain,
    Kind::KeepAliveSecs,
    Kind::SessionExpirySecs,
    Kind::WillDelaySecs,
    Kind::SubscribeQos,
];

/// The packet as that broker takes it, where it grants less.
pub(super) fn lowered<'a>(
    profile: &Profile,
    packet: &Packet<'a>,
    conn: &Conn,
    granted: &mut Granted,
) -> Option<Packet<'a>> {
    let lower = |kind| {
        let limits = profile
            .limits
            .iter()
            .filter(|limit| limit.outcome == Outcome::Lower);
        limits
            .filter(move |limit| limit.kind == kind)
            .map(|limit| &limit.bound)
    };
    match packet {
        Packet::Connect(connect) => {
            let mut connect = (**connect).clone();
            for bound in lower(Kind::KeepAliveSecs) {
                lower_keep_alive(bound, &mut connect, granted);
            }
            for bound in lower(Kind::SessionExpirySecs) {
                lower_expiry(bound, &mut connect, granted);
            }
            for bound in lower(Kind::WillDelaySecs) {
                if let Some(will) = &mut connect.will
                    && let Some(delay) = &mut will.properties.delay_secs
                {
                    *delay = within(bound, *delay);
                }
            }
            for bound in lower(Kind::WillTopics) {
                let is_on = |topic: &str| {
                    bound
                        .word(topic, |one| topic::matches(&conn.own(one), topic))
                        .is_none()
                };
                connect.will = connect.will.filter(|will| is_on(will.topic));
            }
            Some(Packet::Connect(Box::new(connect)))
        }
        Packet::Publish(publish) => {
            let mut publish = publish.clone();
            publish.retain &= lower(Kind::PublishRetain).next().is_none();
            Some(Packet::Publish(publish))
        }
        Packet::Subscribe(subscribe) => {
            let mut subscribe: Subscribe<'a> = subscribe.clone();
            for bound in lower(Kind::SubscribeQos) {
                for asked in &mut subscribe.filters {
                    asked.options.qos = qos(bound, asked.options.qos);
                }
            }
            Some(Packet::Subscribe(subscribe))
        }
        _ => None,
    }
}

fn lower_keep_alive(bound: &Bound, connect: &mut Connect<'_>, granted: &mut Granted) {
    let Bound::Range(min, max) = bound else { return };
    let asked = u64::from(connect.keep_alive_secs);
    // 0 turns it off: longer than any.
    let asked = if asked == 0 { u64::MAX } else { asked };
    let secs = asked.clamp(*min, *max);
    if secs != asked
        && let Ok(secs) = u16::try_from(secs)
    {
        connect.keep_alive_secs = secs;
        granted.keep_alive_secs = Some(secs);
    }
}

fn lower_expiry(bound: &Bound, connect: &mut Connect<'_>, granted: &mut Granted) {
    if let Some(secs) = &mut connect.properties.session_expiry_secs {
        let less = within(bound, *secs);
        if less != *secs {
            *secs = less;
            granted.session_expiry_secs = Some(less);
        }
    }
}

fn within(bound: &Bound, number: u32) -> u32 {
    match bound {
        Bound::Range(_, max) => u32::try_from(*max).map_or(number, |max| number.min(max)),
        _ => number,
    }
}

fn qos(bound: &Bound, asked: QoS) -> QoS {
    match (bound, asked) {
        (Bound::Range(_, 0), _) => QoS::AtMostOnce,
        (Bound::Range(_, 1), QoS::ExactlyOnce) => QoS::AtLeastOnce,
        _ => asked,
    }
}

/// The CONNACK as that broker sends it: no more than its limits. `None` where it is this one already.
pub(super) fn connack<'a>(
    profile: &Profile,
    version: Version,
    packet: &ConnAck<'a>,
    granted: Granted,
) -> Option<ConnAck<'a>> {
    if !version.is_v5() || packet.reason != ReasonCode::SUCCESS {
        return None;
    }
    let mut said = packet.clone();
    // Of what it takes and makes less of, CONNACK says nothing.
    let limits = profile.limits.iter();
    for limit in limits.filter(|limit| limit.outcome != Outcome::Lower) {
        say(&mut said.properties, limit.kind, &limit.bound);
    }
    let properties = &mut said.properties;
    if granted.keep_alive_secs.is_some() {
        properties.server_keep_alive_secs = granted.keep_alive_secs;
    }
    if granted.session_expiry_secs.is_some() {
        properties.session_expiry_secs = granted.session_expiry_secs;
    }
    (said != *packet).then_some(said)
}

fn say(properties: &mut ConnAckProperties<'_>, kind: Kind, bound: &Bound) {
    let max = match bound {
        Bound::Range(_, max) => *max,
        _ => 0,
    };
    let two_bytes = u16::try_from(max).unwrap_or(u16::MAX);
    match kind {
        Kind::PublishQos => {
            let asked = properties.maximum_qos.unwrap_or(QoS::ExactlyOnce);
            // Absent, it is 2: MQTT5-3.2.2.3.4.
            properties.maximum_qos = Some(qos(bound, asked)).filter(|qos| *qos != QoS::ExactlyOnce);
        }
        // MQTT5-3.2.2.3.3: it is never 0.
        Kind::ReceiveMaximum if max > 0 => {
            let ours = properties.receive_maximum.unwrap_or(u16::MAX);
            properties.receive_maximum = Some(ours.min(two_bytes));
        }
        Kind::PacketBytes if max > 0 => {
            let all = u32::try_from(max).unwrap_or(u32::MAX);
            let ours = properties.maximum_packet_size.unwrap_or(u32::MAX);
            properties.maximum_packet_size = Some(ours.min(all));
        }
        Kind::TopicAlias => {
            let ours = properties.topic_alias_maximum.unwrap_or(0);
            properties.topic_alias_maximum = Some(ours.min(two_bytes)).filter(|most| *most > 0);
        }
        Kind::PublishRetain => properties.retain_available = Some(false),
        Kind::WildcardSubscriptions => properties.wildcard_subscription_available = Some(false),
        Kind::SubscriptionIdentifiers => properties.subscription_identifiers_available = Some(false),
        Kind::SharedSubscriptions => properties.shared_subscription_available = Some(false),
        _ => {}
    }
}
