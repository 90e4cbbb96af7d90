//! A packet is held against a limit.

use super::client::{Conn, Session, plain};
use super::kind::Kind;
use super::limit::{Bound, Limit};
use crate::arrival::Way;
use crate::journal::Direction;
use crate::topic;
use crate::wire::{Connect, Packet, PacketType, Publish, QoS, Version};

/// A packet, and what is known where it passes.
pub(super) struct Sight<'a> {
    pub direction: Direction,
    pub packet: &'a Packet<'a>,
    pub bytes: usize,
    /// The topic of a PUBLISH, also where an alias stands for it.
    pub topic: &'a str,
    pub version: Version,
}

impl Bound {
    /// A number that does not pass.
    fn number(&self, number: u64) -> Option<String> {
        let passes = match self {
            Self::Range(min, max) => (*min..=*max).contains(&number),
            _ => true,
        };
        (!passes).then(|| number.to_string())
    }

    /// A word that does not pass, where `is` compares it with one of the bound.
    pub(super) fn word(&self, word: &str, is: impl Fn(&str) -> bool) -> Option<String> {
        let passes = match self {
            Self::Only(words) => words.iter().any(|one| is(one)),
            Self::Not(words) => !words.iter().any(|one| is(one)),
            _ => true,
        };
        (!passes).then(|| word.to_owned())
    }
}

/// What was seen, where the packet passes the limit.
pub(super) fn look(limit: &Limit, sight: &Sight<'_>, conn: &mut Conn, session: &Session) -> Option<String> {
    if sight.direction == Direction::Out {
        return match sight.packet {
            Packet::Publish(publish) => to_client(limit.kind, publish, sight.topic, session),
            _ => None,
        };
    }
    let bound = &limit.bound;
    match limit.kind {
        Kind::PacketBytes => return bound.number(sight.bytes as u64),
        Kind::UserProperties | Kind::UserPropertiesBytes => return of_user_properties(limit, sight.packet),
        _ => {}
    }
    match sight.packet {
        Packet::Connect(connect) => of_connect(limit, connect, conn),
        Packet::Publish(publish) => of_publish(limit, publish, sight, conn),
        Packet::Subscribe(packet) => {
            let filters = || packet.filters.iter().map(|asked| asked.filter);
            match limit.kind {
                Kind::FiltersPerSubscribe => bound.number(packet.filters.len() as u64),
                Kind::SubscriptionsPerClient => bound.number(session.len_with(packet) as u64),
                Kind::SubscriptionIdentifiers => packet.subscription_id.map(|id| id.to_string()),
                Kind::SubscribeQos => {
                    let mut asked = packet.filters.iter().map(|asked| asked.options.qos.bits());
                    asked.find_map(|qos| bound.number(qos.into()))
                }
                Kind::SharedSubscriptions => filters()
                    .find(|filter| filter.starts_with(topic::SHARE_PREFIX))
                    .map(ToOwned::to_owned),
                Kind::WildcardSubscriptions => filters()
                    .find(|filter| topic::is_wildcard(filter))
                    .map(ToOwned::to_owned),
                Kind::SubscribeFilters => {
                    let mut plain = filters().map(plain);
                    plain.find_map(|filter| bound.word(filter, |one| covers(&conn.own(one), filter)))
                }
                Kind::DollarFilters => {
                    let mut with = filters().filter(|filter| filter.starts_with('$'));
                    with.find_map(|filter| bound.word(filter, |one| covers(&conn.own(one), filter)))
                }
                Kind::SubscribesPerSecond => bound.number(conn.asks.packets),
                kind => filters()
                    .map(plain)
                    .find_map(|filter| of_filter(kind, bound, filter)),
            }
        }
        Packet::Unsubscribe(packet) => match limit.kind {
            Kind::SubscribesPerSecond => bound.number(conn.asks.packets),
            Kind::FiltersPerUnsubscribe => bound.number(packet.filters.len() as u64),
            Kind::UnsubscribeUnknown => {
                let unknown = packet.filters.iter().find(|filter| !session.has(filter));
                unknown.map(|filter| (*filter).to_owned())
            }
            kind => packet
                .filters
                .iter()
                .find_map(|filter| of_filter(kind, bound, plain(filter))),
        },
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubComp(ack) => {
            let is_error = limit.kind == Kind::ErrorAck && ack.reason.is_error();
            is_error.then(|| ack.reason.to_string())
        }
        _ => None,
    }
}

fn of_connect(limit: &Limit, connect: &Connect<'_>, conn: &Conn) -> Option<String> {
    let (bound, yes) = (&limit.bound, Some(String::new()));
    let version = connect.version.to_string();
    let expiry = connect.properties.session_expiry_secs.unwrap_or(0);
    match limit.kind {
        Kind::Versions => bound.word(&version, |one| one == version),
        Kind::Ways => {
            // A Unix socket stands for TCP.
            let way = Way {
                unix: false,
                ..conn.way?
            };
            let way = way.word();
            bound.word(way, |one| one == way)
        }
        Kind::NoUserName if connect.username.is_none() => yes,
        Kind::NoClientId if connect.client_id.is_empty() => yes,
        Kind::ClientIdBytes => bound.number(connect.client_id.len() as u64),
        // 0 turns it off: longer than any.
        Kind::KeepAliveSecs if connect.keep_alive_secs == 0 => match bound {
            Bound::Range(_, u64::MAX) => None,
            _ => Some("0".to_owned()),
        },
        Kind::NoKeepAlive if connect.keep_alive_secs == 0 => yes,
        Kind::KeepAliveSecs => bound.number(connect.keep_alive_secs.into()),
        Kind::SessionExpirySecs => bound.number(expiry.into()),
        Kind::PersistentSession if is_persistent(connect) => yes,
        kind => {
            let will = connect.will.as_ref()?;
            match kind {
                Kind::Will => yes,
                Kind::WillRetain if will.retain => yes,
                Kind::WillQos => bound.number(will.qos.bits().into()),
                Kind::WillPayloadBytes => bound.number(will.payload.len() as u64),
                Kind::WillDelaySecs => bound.number(will.properties.delay_secs.unwrap_or(0).into()),
                Kind::WillTopics => bound.word(will.topic, |one| topic::matches(&conn.own(one), will.topic)),
                Kind::ContentTypeBytes => of_length(bound, will.properties.content_type),
                Kind::CorrelationDataBytes => of_length(bound, will.properties.correlation_data),
                Kind::ResponseTopicBytes => of_length(bound, will.properties.response_topic),
                kind => of_name(kind, bound, will.topic, conn),
            }
        }
    }
}

/// Whether the session of this CONNECT outlives its connection.
pub(super) fn is_persistent(connect: &Connect<'_>) -> bool {
    match connect.version {
        Version::V5 => connect
            .properties
            .session_expiry_secs
            .is_some_and(|secs| secs > 0),
        _ => !connect.clean_start,
    }
}

fn of_publish(limit: &Limit, publish: &Publish<'_>, sight: &Sight<'_>, conn: &mut Conn) -> Option<String> {
    let bound = &limit.bound;
    match limit.kind {
        Kind::PublishQos => bound.number(publish.qos.bits().into()),
        Kind::PublishRetain if publish.retain => Some(sight.topic.to_owned()),
        Kind::PayloadBytes => bound.number(publish.payload.len() as u64),
        Kind::RetainedPayloadBytes if publish.retain => bound.number(publish.payload.len() as u64),
        Kind::TopicAlias => bound.number(publish.properties.topic_alias?.into()),
        Kind::ReceiveMaximum if publish.qos == QoS::ExactlyOnce && sight.version.is_v5() => {
            bound.number(conn.open.len() as u64)
        }
        Kind::PublishesPerSecond => bound.number(conn.rate.packets),
        Kind::PublishBytesPerSecond => bound.number(conn.rate.bytes),
        Kind::PublishTopics => bound.word(sight.topic, |one| topic::matches(&conn.own(one), sight.topic)),
        Kind::ContentTypeBytes => of_length(bound, publish.properties.content_type),
        Kind::CorrelationDataBytes => of_length(bound, publish.properties.correlation_data),
        Kind::ResponseTopicBytes => of_length(bound, publish.properties.response_topic),
        kind => of_name(kind, bound, sight.topic, conn),
    }
}

/// A property that may be there.
fn of_length<T: AsRef<[u8]>>(bound: &Bound, property: Option<T>) -> Option<String> {
    bound.number(property?.as_ref().len() as u64)
}

/// The topic name of a message.
fn of_name(kind: Kind, bound: &Bound, name: &str, conn: &Conn) -> Option<String> {
    match kind {
        Kind::DollarTopics if name.starts_with('$') => {
            bound.word(name, |one| topic::matches(&conn.own(one), name))
        }
        kind => of_topic(kind, bound, name),
    }
}

/// A topic filter.
fn of_filter(kind: Kind, bound: &Bound, filter: &str) -> Option<String> {
    match kind {
        Kind::TopicLevelsOfFilters => of_topic(Kind::TopicLevels, bound, filter),
        kind => of_topic(kind, bound, filter),
    }
}

/// A topic name or a topic filter.
fn of_topic(kind: Kind, bound: &Bound, topic: &str) -> Option<String> {
    match kind {
        Kind::TopicBytes => bound.number(topic.len() as u64),
        Kind::TopicLevels => bound.number(topic.split('/').count() as u64),
        Kind::TopicLevelBytes => bound.number(topic.split('/').map(str::len).max()? as u64),
        _ => None,
    }
}

fn of_user_properties(limit: &Limit, packet: &Packet<'_>) -> Option<String> {
    let all = match packet {
        Packet::Connect(packet) => &packet.properties.user,
        Packet::Publish(packet) => &packet.properties.user,
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            &ack.properties.user
        }
        Packet::Subscribe(packet) => &packet.user,
        Packet::Unsubscribe(packet) => &packet.user,
        Packet::Disconnect(packet) => &packet.properties.user,
        Packet::Auth(packet) => &packet.properties.user,
        _ => return None,
    };
    if limit.kind == Kind::UserPropertiesBytes {
        let bytes: usize = all.iter().map(|(name, value)| name.len() + value.len()).sum();
        return limit.bound.number(bytes as u64);
    }
    let name = packet.packet_type().name();
    (!all.is_empty())
        .then(|| limit.bound.word(name, |one| one == name))
        .flatten()
}

/// What our own broker tells of itself is on such topics.
const OWN_TOPICS: &str = "$SYS/";

/// What would not have come to the client.
fn to_client(kind: Kind, publish: &Publish<'_>, name: &str, session: &Session) -> Option<String> {
    // That broker has no topics of ours to tell of.
    if name.starts_with(OWN_TOPICS) {
        return None;
    }
    let differs = match kind {
        Kind::ParentOfHash => session.only_as_parent(name),
        Kind::RetainedForWildcard => publish.retain && session.only_by_wildcard(name),
        _ => false,
    };
    differs.then(|| name.to_owned())
}

/// Whether a topic filter selects all that another selects.
fn covers(wide: &str, narrow: &str) -> bool {
    if wide.starts_with(['+', '#']) && narrow.starts_with('$') {
        return false;
    }
    let mut narrow = narrow.split('/');
    for level in wide.split('/') {
        match (level, narrow.next()) {
            ("#", _) => return true,
            ("+", Some(other)) if other != "#" => {}
            (level, Some(other)) if level == other => {}
            _ => return false,
        }
    }
    narrow.next().is_none()
}

/// The packets in which a limit of a kind can be passed; the second says that it is looked for in those to the client.
pub(super) fn packets(kind: Kind) -> (&'static [PacketType], bool) {
    use PacketType::{Connect, PubAck, PubComp, PubRec, Publish, Subscribe, Unsubscribe};
    match kind {
        Kind::PacketBytes | Kind::UserProperties | Kind::UserPropertiesBytes => (&ALL, false),
        Kind::ContentTypeBytes
        | Kind::CorrelationDataBytes
        | Kind::ResponseTopicBytes
        | Kind::DollarTopics => (&[Connect, Publish], false),
        Kind::TopicBytes | Kind::TopicLevels | Kind::TopicLevelBytes => {
            (&[Connect, Publish, Subscribe, Unsubscribe], false)
        }
        Kind::PublishQos
        | Kind::PublishRetain
        | Kind::PayloadBytes
        | Kind::RetainedPayloadBytes
        | Kind::TopicAlias
        | Kind::ReceiveMaximum
        | Kind::PublishesPerSecond
        | Kind::PublishBytesPerSecond
        | Kind::PublishTopics => (&[Publish], false),
        Kind::SubscribeFilters
        | Kind::DollarFilters
        | Kind::SubscribeQos
        | Kind::FiltersPerSubscribe
        | Kind::SubscriptionsPerClient
        | Kind::SharedSubscriptions
        | Kind::SubscriptionIdentifiers
        | Kind::WildcardSubscriptions => (&[Subscribe], false),
        Kind::TopicLevelsOfFilters | Kind::SubscribesPerSecond => (&[Subscribe, Unsubscribe], false),
        Kind::FiltersPerUnsubscribe | Kind::UnsubscribeUnknown => (&[Unsubscribe], false),
        Kind::ErrorAck => (&[PubAck, PubRec, PubComp], false),
        Kind::ParentOfHash | Kind::RetainedForWildcard => (&[Publish], true),
        _ => (&[Connect], false),
    }
}

const ALL: [PacketType; 15] = [
    PacketType::Connect,
    PacketType::ConnAck,
    PacketType::Publish,
    PacketType::PubAck,
    PacketType::PubRec,
    PacketType::PubRel,
    PacketType::PubComp,
    PacketType::Subscribe,
    PacketType::SubAck,
    PacketType::Unsubscribe,
    PacketType::UnsubAck,
    PacketType::PingReq,
    PacketType::PingResp,
    PacketType::Disconnect,
    PacketType::Auth,
];
