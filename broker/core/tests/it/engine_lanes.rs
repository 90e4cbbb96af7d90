//! A connection's lane has the same effect as the ordinary way: the same messages are sent twice, without a Topic
//! Alias, and with one, which makes each of them go the ordinary way.

use std::sync::Arc;

use crate::common::outbox::written;
use broker_core::engine::{ConnId, Engine, Stats};
use broker_core::settings::BrokerSettings;
use broker_core::time::Time;
use broker_core::wire::{
    Connect, FilterRequest, Packet, PacketId, Publish, PublishProperties, QoS, Subscribe,
    SubscriptionOptions, Unsubscribe, Version,
};

const NOW: Time = Time::ZERO;
/// More topics than the engine remembers.
const TOPICS: usize = 3000;
/// Enough filters to make the engine look ahead.
const MANY_FILTERS: usize = 20_000;

struct Bed {
    engine: Engine,
    /// Whether messages come with a Topic Alias.
    aliased: bool,
}

impl Bed {
    fn new(aliased: bool) -> Self {
        let mut settings = BrokerSettings::default();
        settings.access.deny_publish = vec!["secret/#".to_owned()];
        settings.session.max_inflight = 4;
        settings.session.max_queued_messages = 50_000;
        let engine = Engine::new(Arc::new(settings), 1);
        Self { engine, aliased }
    }

    fn send(&mut self, id: ConnId, packets: &[Packet<'_>]) {
        let mut bytes = Vec::new();
        for packet in packets {
            packet.encode(Version::V5, &mut bytes);
        }
        let mut taken = self.engine.receive(NOW, id, &bytes);
        while self.engine.has_unhandled(id) {
            taken += self.engine.receive(NOW, id, &bytes[taken..]);
        }
        assert_eq!(taken, bytes.len());
        assert!(self.engine.close_reason(id).is_none());
    }

    fn connect(&mut self, client_id: &str) -> ConnId {
        let id = self.engine.open(NOW, String::new());
        let connect = Connect::new(Version::V5, client_id);
        self.send(id, &[Packet::Connect(Box::new(connect))]);
        id
    }

    fn subscribe(&mut self, id: ConnId, filters: &[&str], qos: QoS, subscription_id: Option<u32>) {
        let options = SubscriptionOptions {
            qos,
            no_local: filters[0].starts_with("own/"),
            ..SubscriptionOptions::default()
        };
        let filters = filters.iter().map(|filter| FilterRequest { filter, options });
        self.send(
            id,
            &[Packet::Subscribe(Subscribe {
                packet_id: PacketId::MIN,
                subscription_id,
                user: Vec::new(),
                filters: filters.collect(),
            })],
        );
    }

    /// One message to each of these topics, all in one go.
    fn publish(&mut self, id: ConnId, qos: QoS, topics: &[String]) {
        let packet_ids = (1..=u16::MAX).cycle();
        let packets: Vec<_> = topics
            .iter()
            .zip(packet_ids)
            .map(|(topic, packet_id)| {
                Packet::Publish(Publish {
                    packet_id: PacketId::new(packet_id).filter(|_| qos != QoS::AtMostOnce),
                    properties: PublishProperties {
                        topic_alias: Some(1).filter(|_| self.aliased),
                        ..PublishProperties::default()
                    },
                    ..Publish::new(topic, topic.as_bytes(), qos)
                })
            })
            .collect();
        self.send(id, &packets);
    }

    /// What the engine wrote on a connection since the last call.
    fn written(&mut self, id: ConnId) -> Vec<u8> {
        written(&mut self.engine, id)
    }
}

/// Topics of every kind, some of them often, and one after the other as well as in turn.
fn topics() -> Vec<String> {
    let kinds = [
        "one/a", "two/a", "own/a", "id/a", "shared/a", "secret/a", "nobody/a", "ü/a", "$x/a",
    ];
    let kinds = kinds.iter().map(ToString::to_string);
    let many = (0..TOPICS).map(|number| format!("many/{number}"));
    let mut all: Vec<String> = many
        .clone()
        .chain(kinds.clone().cycle().take(100))
        .chain(many)
        .collect();
    for kind in kinds {
        all.extend(std::iter::repeat_n(kind, 3));
    }
    all
}

/// Everything that everybody is sent, and what was counted.
fn story(aliased: bool, more_filters: usize) -> (Vec<Vec<u8>>, Stats, String) {
    let mut bed = Bed::new(aliased);
    let publisher = bed.connect("pub");
    let clients = [publisher, bed.connect("a"), bed.connect("b")];
    let [_, a, b] = clients;
    bed.subscribe(a, &["one/a", "two/a", "ü/a", "$x/a"], QoS::ExactlyOnce, None);
    bed.subscribe(b, &["two/a"], QoS::AtLeastOnce, None);
    bed.subscribe(publisher, &["own/a"], QoS::AtMostOnce, None);
    bed.subscribe(a, &["own/a"], QoS::AtMostOnce, None);
    bed.subscribe(b, &["id/a"], QoS::AtMostOnce, Some(7));
    bed.subscribe(b, &["$share/group/shared/a"], QoS::AtMostOnce, None);
    let more: Vec<String> = (0..more_filters).map(|number| format!("many/{number}")).collect();
    for filters in more.chunks(1000) {
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        bed.subscribe(b, &filters, QoS::AtMostOnce, None);
    }
    let mut written = Vec::new();
    let topics = topics();
    let publish_all = |bed: &mut Bed, written: &mut Vec<Vec<u8>>| {
        bed.publish(publisher, QoS::AtMostOnce, &topics);
        // What exceeds the window waits.
        bed.publish(publisher, QoS::AtLeastOnce, &topics[TOPICS..]);
        bed.publish(publisher, QoS::ExactlyOnce, &topics[TOPICS..TOPICS + 9]);
        written.extend(clients.map(|id| bed.written(id)));
    };
    publish_all(&mut bed, &mut written);
    let two = ["two/a".to_owned()];
    bed.publish(publisher, QoS::AtMostOnce, &two);
    assert!(clients[1..].iter().all(|id| !bed.written(*id).is_empty()));
    // The matches found before no longer hold.
    let unsubscribe = Unsubscribe {
        packet_id: PacketId::MIN,
        user: Vec::new(),
        filters: vec!["two/a"],
    };
    bed.send(a, &[Packet::Unsubscribe(unsubscribe)]);
    bed.written(a);
    bed.publish(publisher, QoS::AtMostOnce, &two);
    assert!(bed.written(a).is_empty() && !bed.written(b).is_empty());
    bed.publish(publisher, QoS::AtMostOnce, &topics);
    // From here on every topic has a wildcard filter.
    bed.subscribe(a, &["#", "+/a"], QoS::AtLeastOnce, None);
    bed.publish(publisher, QoS::AtMostOnce, &topics);
    bed.publish(publisher, QoS::AtMostOnce, &topics);
    written.extend(clients.map(|id| bed.written(id)));
    let mut stats = bed.engine.stats();
    // The aliases' own bytes.
    stats.bytes_received = 0;
    let state = format!("{:?}", bed.engine.state(NOW).sessions);
    (written, stats, state)
}

#[test]
fn lanes_lead_where_the_ordinary_way_does() {
    for more_filters in [0, TOPICS / 2, MANY_FILTERS] {
        let (by_lane, stats, state) = story(false, more_filters);
        let (ordinary, same_stats, same_state) = story(true, more_filters);
        assert!(by_lane.iter().any(|bytes| bytes.len() > 10_000));
        for (number, (lane, ordinary)) in by_lane.iter().zip(&ordinary).enumerate() {
            assert!(
                lane == ordinary,
                "{more_filters} more filters: the {number}th output differs"
            );
        }
        assert_eq!(
            (stats, state),
            (same_stats, same_state),
            "{more_filters} more filters"
        );
    }
}
