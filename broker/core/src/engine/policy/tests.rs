//! A rule that is added to the policy holds on every way into the broker, also where a lane remembers what held before.

use std::sync::Arc;

use super::{Denial, What, Who};
use crate::auth::{Authenticators, Exchange, Step};
use crate::engine::{ConnId, Engine, Injected};
use crate::time::Time;
use crate::wire::{
    Auth, AuthProperties, Connect, FilterRequest, Packet, PacketId, Publish, QoS, ReasonCode, Subscribe,
    SubscriptionOptions, Version, Will, WillProperties,
};

const NOW: Time = Time::ZERO;
/// So many filters that the engine looks ahead.
const MANY_FILTERS: usize = 20_000;
/// A method of enhanced authentication: its data says who one is.
const METHOD: &str = "TRUST";
/// Messages that one publication consists of, so that there is a run.
const RUN: usize = 3;

type Rule = fn(Who<'_>, What, &str) -> Result<(), Denial>;

type Examine = fn(&[u8]) -> Result<(), Denial>;

/// What a test adds to the rules.
#[derive(Debug, Default)]
pub(super) struct Added {
    rule: Option<Rule>,
    pub(super) examine: Option<Examine>,
}

impl Added {
    pub(super) fn may_publish(&self, who: Who<'_>, what: What, topic: &str) -> Result<(), Denial> {
        self.rule.map_or(Ok(()), |rule| rule(who, what, topic))
    }

    pub(super) fn examine(&self, payload: &[u8]) -> Result<(), Denial> {
        self.examine.map_or(Ok(()), |examine| examine(payload))
    }
}

/// A way on which a message comes into the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// With something that makes each message special.
    Ordinary,
    Lane(QoS),
    Retained,
    Injected,
    Will,
}

const LANES: [Way; 3] = [
    Way::Lane(QoS::AtMostOnce),
    Way::Lane(QoS::AtLeastOnce),
    Way::Lane(QoS::ExactlyOnce),
];
const WAYS: [Way; 7] = [
    Way::Ordinary,
    LANES[0],
    LANES[1],
    LANES[2],
    Way::Retained,
    Way::Injected,
    Way::Will,
];

struct Bed {
    engine: Engine,
    version: Version,
    publisher: ConnId,
    /// A client with a will.
    mortal: Option<ConnId>,
    packet_ids: u16,
}

impl Bed {
    /// A publisher, and a subscriber who gets everything.
    fn new(version: Version) -> Self {
        let mut hooks = Authenticators::default();
        let trust = |data: Option<&[u8]>| Step::accept(String::from_utf8_lossy(data.unwrap_or_default()));
        hooks.set_method(METHOD, Arc::new(move |_| Box::new(trust) as Box<dyn Exchange>));
        let mut engine = Engine::new(Arc::default(), 1);
        engine.set_authenticators(hooks);
        let publisher = engine.open(NOW, String::new());
        let mut bed = Self {
            engine,
            version,
            publisher,
            mortal: None,
            packet_ids: 0,
        };
        let mut connect = Connect::new(version, "publisher");
        if version.is_v5() {
            connect.properties.authentication_method = Some(METHOD);
            connect.properties.authentication_data = Some(b"ann");
        }
        bed.send(publisher, &[Packet::Connect(Box::new(connect))]);
        let subscriber = bed.engine.open(NOW, String::new());
        bed.send(
            subscriber,
            &[Packet::Connect(Box::new(Connect::new(version, "subscriber")))],
        );
        bed.subscribe(subscriber, &["#".to_owned()]);
        bed
    }

    /// The same where there are very many filters.
    fn with_many_filters(version: Version) -> Self {
        let mut bed = Self::new(version);
        let other = bed.engine.open(NOW, String::new());
        bed.send(
            other,
            &[Packet::Connect(Box::new(Connect::new(version, "other")))],
        );
        let filters: Vec<String> = (0..MANY_FILTERS).map(|number| format!("many/{number}")).collect();
        for filters in filters.chunks(1000) {
            bed.subscribe(other, filters);
        }
        bed
    }

    fn send(&mut self, id: ConnId, packets: &[Packet<'_>]) {
        let mut bytes = Vec::new();
        for packet in packets {
            packet.encode(self.version, &mut bytes);
        }
        let mut taken = self.engine.receive(NOW, id, &bytes);
        while self.engine.has_unhandled(id) {
            taken += self.engine.receive(NOW, id, &bytes[taken..]);
        }
        assert_eq!(taken, bytes.len());
    }

    fn subscribe(&mut self, id: ConnId, filters: &[String]) {
        let options = SubscriptionOptions {
            qos: QoS::ExactlyOnce,
            ..SubscriptionOptions::default()
        };
        let filters = filters.iter().map(|filter| FilterRequest { filter, options });
        let subscribe = Subscribe {
            packet_id: PacketId::MIN,
            subscription_id: None,
            user: Vec::new(),
            filters: filters.collect(),
        };
        self.send(id, &[Packet::Subscribe(subscribe)]);
    }

    fn add(&mut self, rule: Option<Rule>) {
        self.engine.policy.added.rule = rule;
        self.engine.policy.changed();
    }

    /// The publisher proves that it is somebody else.
    fn authenticate_again(&mut self, user: &str) {
        let auth = Auth {
            reason: ReasonCode::REAUTHENTICATE,
            properties: AuthProperties {
                authentication_method: Some(METHOD),
                authentication_data: Some(user.as_bytes()),
                ..AuthProperties::default()
            },
        };
        self.send(self.publisher, &[Packet::Auth(auth)]);
    }

    /// What has to be done before the publication; for a will, a client connects.
    fn prepare(&mut self, way: Way, topic: &str) {
        if way == Way::Will {
            let id = self.engine.open(NOW, String::new());
            let mut connect = Connect::new(self.version, "mortal");
            connect.will = Some(Will {
                topic,
                payload: b"good",
                qos: QoS::AtMostOnce,
                retain: false,
                properties: WillProperties::default(),
            });
            self.send(id, &[Packet::Connect(Box::new(connect))]);
            self.mortal = Some(id);
        }
    }

    /// Publishes some messages on one way; says how many deliveries came of it.
    fn publish(&mut self, way: Way, topic: &str, payloads: &[&[u8]]) -> u64 {
        let before = self.engine.stats().publish_sent;
        match way {
            Way::Will => {
                if let Some(id) = self.mortal.take() {
                    self.engine.closed(NOW, id, "cut");
                }
            }
            Way::Injected => {
                for payload in payloads {
                    // What is refused is not delivered.
                    let _ = self.engine.publish(NOW, Injected::bytes(topic, payload.to_vec()));
                }
            }
            Way::Ordinary | Way::Retained | Way::Lane(_) => {
                let qos = if let Way::Lane(qos) = way {
                    qos
                } else {
                    QoS::AtMostOnce
                };
                let packets = payloads.iter().map(|payload| {
                    self.packet_ids += 1;
                    let mut publish = Publish::new(topic, payload, qos);
                    publish.packet_id = PacketId::new(self.packet_ids).filter(|_| qos != QoS::AtMostOnce);
                    publish.retain = way == Way::Retained;
                    if way == Way::Ordinary {
                        publish.properties.content_type = Some("text/plain");
                    }
                    Packet::Publish(publish)
                });
                let packets: Vec<Packet<'_>> = packets.collect();
                self.send(self.publisher, &packets);
            }
        }
        self.engine.stats().publish_sent - before
    }

    fn publish_run(&mut self, way: Way, topic: &str) -> u64 {
        self.publish(way, topic, &[b"good" as &[u8]; RUN])
    }

    fn lane_is_open(&self) -> bool {
        self.engine
            .conns
            .live(self.publisher)
            .is_some_and(|live| live.lane.is_open())
    }
}

fn expected(way: Way) -> u64 {
    if way == Way::Will { 1 } else { RUN as u64 }
}

/// The ways on which a message can come in this version; in 3.x every short message takes a lane.
fn ways(version: Version) -> impl Iterator<Item = Way> {
    WAYS.into_iter()
        .filter(move |way| *way != Way::Ordinary || version.is_v5())
}

fn beds() -> impl Iterator<Item = (Way, Bed)> {
    let plain = [Version::V311, Version::V5]
        .into_iter()
        .flat_map(|version| ways(version).map(move |way| (way, Bed::new(version))));
    let looking_ahead = LANES
        .into_iter()
        .map(|way| (way, Bed::with_many_filters(Version::V5)));
    plain.chain(looking_ahead)
}

fn no_secrets(_: Who<'_>, _: What, topic: &str) -> Result<(), Denial> {
    if topic == "secret" {
        return Err(Denial::refused(ReasonCode::NOT_AUTHORIZED, "secrets stay here"));
    }
    Ok(())
}

fn no_guests(who: Who<'_>, _: What, _: &str) -> Result<(), Denial> {
    match who {
        Who::Client {
            client_id: "publisher",
            user: Some("guest"),
            ..
        } => Err(Denial::refused(ReasonCode::NOT_AUTHORIZED, "guests only listen")),
        _ => Ok(()),
    }
}

#[test]
fn a_rule_holds_on_every_way() {
    for (way, mut bed) in beds() {
        bed.add(Some(no_secrets));
        for (topic, most) in [("secret", 0), ("open", expected(way)), ("secret", 0)] {
            bed.prepare(way, topic);
            assert_eq!(bed.publish_run(way, topic), most, "{way:?} to {topic}");
        }
        assert!(bed.engine.retained.get("secret").is_none(), "{way:?}");
    }
}

#[test]
fn a_rule_holds_where_a_lane_remembers_that_there_was_none() {
    for (way, mut bed) in beds() {
        for (rule, most) in [
            (None, expected(way)),
            (Some(no_secrets as Rule), 0),
            (None, expected(way)),
        ] {
            // A will is there before the rule is.
            bed.add(None);
            bed.prepare(way, "secret");
            bed.add(rule);
            assert_eq!(bed.publish_run(way, "secret"), most, "{way:?}");
            let is_lane = matches!(way, Way::Lane(_)) && rule.is_none();
            assert_eq!(bed.lane_is_open(), is_lane, "{way:?}");
        }
    }
}

#[test]
fn a_client_that_authenticates_again_is_decided_about_anew() {
    for way in ways(Version::V5).filter(|way| !matches!(way, Way::Injected | Way::Will)) {
        let mut bed = Bed::new(Version::V5);
        bed.add(Some(no_guests));
        for (user, most) in [("ann", 3), ("guest", 0), ("ann", 3)] {
            bed.authenticate_again(user);
            assert_eq!(bed.publish_run(way, "t"), most, "{way:?} of {user}");
        }
    }
}

#[test]
fn a_rule_that_looks_at_the_payload_is_asked_about_each_message() {
    fn examine(payload: &[u8]) -> Result<(), Denial> {
        if payload == b"bad" {
            return Err(Denial::refused(ReasonCode::QUOTA_EXCEEDED, "that is bad"));
        }
        Ok(())
    }
    for (way, mut bed) in beds().filter(|(way, _)| *way != Way::Will) {
        assert_eq!(bed.publish_run(way, "t"), expected(way), "{way:?}");
        bed.engine.policy.added.examine = Some(examine);
        bed.engine.policy.changed();
        let payloads: [&[u8]; 4] = [b"good", b"bad", b"good", b"bad"];
        assert_eq!(bed.publish(way, "t", &payloads), 2, "{way:?}");
    }
}

/// The patch of the first change in CONTRIBUTING.md.
const FIRST_CHANGE: &str = include_str!("../../../tests/data/first_change.patch");

/// The rule that it adds, line by line.
fn first_change(_: Who<'_>, _: What, topic: &str) -> Result<(), Denial> {
    if topic.len() > 200 {
        let words = "a topic has at most 200 bytes";
        return Err(Denial::refused(ReasonCode::TOPIC_NAME_INVALID, words));
    }
    Ok(())
}

/// That nothing is published to a topic of more than 200 bytes, on any way, once `rule` is added.
fn topics_have_at_most_200_bytes(rule: Option<Rule>) {
    let (just_right, too_long) = ("t".repeat(200), "t".repeat(201));
    for (way, mut bed) in beds() {
        bed.add(rule);
        for (topic, most) in [(&too_long, 0), (&just_right, expected(way)), (&too_long, 0)] {
            bed.prepare(way, topic);
            assert_eq!(bed.publish_run(way, topic), most, "{way:?}");
        }
    }
}

#[test]
fn the_first_change_holds_on_every_way() {
    topics_have_at_most_200_bytes(Some(first_change));
}

#[test]
#[ignore = "for sources with the patch of the first change; tests/tests/it/first_change.rs makes them"]
fn the_patched_rules_hold_on_every_way() {
    topics_have_at_most_200_bytes(None);
}

/// The lines that begin with one of these characters, without it and without their indentation.
fn lines_of_patch(begins: &[char]) -> String {
    let lines = FIRST_CHANGE.lines().skip(3);
    trimmed(lines.filter_map(|line| line.strip_prefix(begins)))
}

fn trimmed<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let trimmed: Vec<&str> = lines.map(str::trim).collect();
    trimmed.join("\n")
}

#[test]
fn the_first_change_is_told_as_it_is() {
    let contributing = include_str!("../../../../../CONTRIBUTING.md");
    assert!(
        contributing.contains(FIRST_CHANGE),
        "CONTRIBUTING.md shows another patch"
    );
    let rules = trimmed(include_str!("rules.rs").lines());
    let places = rules.matches(&lines_of_patch(&[' ', '-'])).count();
    assert_eq!(places, 1, "the patch no longer fits rules.rs");
    let tested = trimmed(include_str!("tests.rs").lines());
    assert!(
        tested.contains(&lines_of_patch(&['+'])),
        "the test tries another rule"
    );
}
