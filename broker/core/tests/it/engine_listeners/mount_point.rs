//! A mount point: what stands before each topic of a listener's clients, who do not see it.

use broker_core::auth::Authenticators;
use broker_core::engine::{ConnId, Event, Injected};
use broker_core::journal::{Decision, Direction, Mark, Record};
use broker_core::settings::{AclAccess, AclLine, BrokerSettings, Listener};
use broker_core::snapshot::Snapshot;
use broker_core::wire::{
    self, Ack, Connect, Packet, PacketId, Publish, PublishProperties, QoS, ReasonCode, Subscribe,
    Unsubscribe, Version, Will, WillProperties,
};

use super::{Bed, INSIDE, NOW, connack, packet};
use crate::common::outbox::written;

const V5: Version = Version::V5;

fn house() -> Listener {
    Listener {
        mount_point: "house/".to_owned(),
        ..Listener::port(0)
    }
}

fn bed() -> Bed {
    Bed::new(house())
}

fn bed_with(change: impl FnOnce(&mut BrokerSettings)) -> Bed {
    Bed::with(house(), change, Authenticators::default())
}

fn client(bed: &mut Bed, listener: &str, client_id: &str) -> ConnId {
    let connect = Connect::new(V5, client_id);
    bed.connect(listener, connect).0
}

/// Of a session that stays.
fn staying(client_id: &str) -> Connect<'_> {
    let mut connect = Connect::new(V5, client_id);
    connect.clean_start = false;
    connect.properties.session_expiry_secs = Some(3600);
    connect
}

fn will(topic: &str) -> Will<'_> {
    Will {
        topic,
        payload: b"x",
        qos: QoS::AtMostOnce,
        retain: false,
        properties: WillProperties::default(),
    }
}

/// Subscribes, and gives the reason code and what else came.
fn subscribe(bed: &mut Bed, conn: ConnId, filter: &str) -> (ReasonCode, Vec<String>) {
    let subscribe = Subscribe::new(PacketId::MIN, filter, QoS::ExactlyOnce);
    let said = bed.say(conn, V5, &Packet::Subscribe(subscribe));
    let length = wire::frame(&said, usize::MAX).unwrap().unwrap();
    let Packet::SubAck(suback) = packet(&said[..length]) else {
        panic!("SUBACK")
    };
    (suback.reasons[0], topics(&said[length..]))
}

fn publish(bed: &mut Bed, conn: ConnId, topic: &str, qos: QoS, retain: bool) -> Vec<u8> {
    let mut publish = Publish::new(topic, b"x", qos);
    publish.retain = retain;
    publish.packet_id = (qos != QoS::AtMostOnce).then_some(PacketId::MIN);
    let said = bed.say(conn, V5, &Packet::Publish(publish));
    if qos == QoS::ExactlyOnce {
        bed.say(conn, V5, &Packet::PubRel(Ack::new(PacketId::MIN)));
    }
    said
}

/// The topics of the messages among these packets, as a client understands them.
fn topics(mut bytes: &[u8]) -> Vec<String> {
    let mut topics = Vec::new();
    while let Some(length) = wire::frame(bytes, usize::MAX).unwrap() {
        if let Packet::Publish(publish) = wire::decode(V5, &bytes[..length]).unwrap() {
            topics.push(publish.topic.to_owned());
        }
        bytes = &bytes[length..];
    }
    topics
}

fn got(bed: &mut Bed, conn: ConnId) -> Vec<String> {
    topics(&written(&mut bed.engine, conn))
}

#[test]
fn clients_inside_see_what_is_below_it_without_it() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut bed = bed();
        let inside = client(&mut bed, INSIDE, "inside");
        let other = client(&mut bed, INSIDE, "other");
        let outside = client(&mut bed, "main", "outside");
        let from = client(&mut bed, "main", "from");
        for conn in [inside, outside] {
            assert_eq!(subscribe(&mut bed, conn, "#").0, ReasonCode(2));
        }
        publish(&mut bed, other, "lamp", qos, false);
        publish(&mut bed, from, "house/door", qos, false);
        publish(&mut bed, from, "garden", qos, false);
        // Nothing of it is left where the mount point is taken off.
        publish(&mut bed, from, "house", qos, false);
        publish(&mut bed, from, "house/", qos, false);
        let message = Injected::text("house/bell", "x").qos(qos);
        bed.engine.publish(NOW, message).unwrap();
        assert_eq!(got(&mut bed, inside), ["lamp", "door", "bell"], "{qos:?}");
        assert_eq!(
            got(&mut bed, outside),
            [
                "house/lamp",
                "house/door",
                "garden",
                "house",
                "house/",
                "house/bell"
            ],
            "{qos:?}"
        );
        assert_eq!(
            bed.engine.state(NOW).session("inside").unwrap().inflight.len(),
            if qos == QoS::AtMostOnce { 0 } else { 3 }
        );
    }
}

#[test]
fn a_run_of_messages_takes_no_lane_that_would_show_it() {
    for version in [V5, Version::V311] {
        let mut bed = bed();
        let (from_inside, _) = bed.connect(INSIDE, Connect::new(version, "from inside"));
        let (from_outside, _) = bed.connect("main", Connect::new(version, "from outside"));
        let (inside, _) = bed.connect(INSIDE, Connect::new(version, "inside"));
        let (outside, _) = bed.connect("main", Connect::new(version, "outside"));
        for (conn, filter) in [(inside, "t"), (outside, "house/t"), (outside, "t")] {
            let subscribe = Subscribe::new(PacketId::MIN, filter, QoS::AtLeastOnce);
            bed.say(conn, version, &Packet::Subscribe(subscribe));
        }
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
            for (conn, topic) in [(from_inside, "t"), (from_outside, "house/t")] {
                let mut run = Vec::new();
                for id in 1..=5 {
                    let mut publish = Publish::new(topic, b"x", qos);
                    publish.packet_id = (qos != QoS::AtMostOnce).then(|| PacketId::new(id).unwrap());
                    Packet::Publish(publish).encode(version, &mut run);
                }
                assert_eq!(bed.engine.receive(NOW, conn, &run), run.len());
                for (conn, seen) in [(inside, "t"), (outside, "house/t")] {
                    let mut came = &written(&mut bed.engine, conn)[..];
                    let mut count = 0;
                    while let Some(length) = wire::frame(came, usize::MAX).unwrap() {
                        let Packet::Publish(publish) = wire::decode(version, &came[..length]).unwrap() else {
                            panic!("only messages come")
                        };
                        assert_eq!(publish.topic, seen);
                        came = &came[length..];
                        count += 1;
                    }
                    assert_eq!(count, 5, "{qos:?} {topic} {seen}");
                }
            }
        }
    }
}

#[test]
fn retained_messages_wills_and_unsubscribing_follow_it() {
    let mut bed = bed();
    let inside = client(&mut bed, INSIDE, "inside");
    let outside = client(&mut bed, "main", "outside");
    publish(&mut bed, inside, "kept", QoS::AtLeastOnce, true);
    publish(&mut bed, outside, "kept", QoS::AtLeastOnce, true);
    publish(&mut bed, outside, "house", QoS::AtLeastOnce, true);
    assert_eq!(subscribe(&mut bed, inside, "#").1, ["kept"]);
    assert_eq!(
        subscribe(&mut bed, outside, "#").1,
        ["house", "house/kept", "kept"]
    );

    let connect = Connect {
        will: Some(will("gone")),
        ..Connect::new(V5, "leaving")
    };
    let (leaving, _) = bed.connect(INSIDE, connect);
    let state = bed.engine.state(NOW);
    assert_eq!(
        state.session("leaving").unwrap().will.as_ref().unwrap().topic,
        "gone"
    );
    bed.engine.closed(NOW, leaving, "lost");
    assert_eq!(got(&mut bed, inside), ["gone"]);
    assert_eq!(got(&mut bed, outside), ["house/gone"]);

    let unsubscribe = |filter| {
        Packet::Unsubscribe(Unsubscribe {
            packet_id: PacketId::MIN,
            user: Vec::new(),
            filters: vec![filter],
        })
    };
    for (filter, reason) in [
        ("house/#", ReasonCode::NO_SUBSCRIPTION_EXISTED),
        ("#", ReasonCode::SUCCESS),
    ] {
        let said = bed.say(inside, V5, &unsubscribe(filter));
        let Packet::UnsubAck(unsuback) = packet(&said) else {
            panic!("UNSUBACK")
        };
        assert_eq!(unsuback.reasons, [reason], "{filter}");
    }
    publish(&mut bed, outside, "house/more", QoS::AtMostOnce, false);
    assert_eq!(got(&mut bed, inside), [""; 0]);
}

#[test]
fn shared_subscriptions_share_below_it() {
    let mut bed = bed();
    let inside = client(&mut bed, INSIDE, "inside");
    let outside = client(&mut bed, "main", "outside");
    let from = client(&mut bed, "main", "from");
    assert_eq!(subscribe(&mut bed, inside, "$share/g/t/+").0, ReasonCode(2));
    assert_eq!(
        subscribe(&mut bed, outside, "$share/g/house/t/+").0,
        ReasonCode(2)
    );
    let state = bed.engine.state(NOW);
    let group = &state.shared[0];
    assert_eq!((&*group.filter, group.members.len()), ("$share/g/house/t/+", 2));
    let own = &state.session("inside").unwrap().subscriptions[0];
    assert_eq!(
        (&*own.filter, own.share_name.as_deref()),
        ("$share/g/t/+", Some("g"))
    );
    assert!(bed.engine.is_subscribed("inside", "$share/g/t/+"));
    for _ in 0..2 {
        publish(&mut bed, from, "house/t/1", QoS::AtLeastOnce, false);
    }
    assert_eq!(got(&mut bed, inside), ["t/1"]);
    assert_eq!(got(&mut bed, outside), ["house/t/1"]);
    // What its member leaves behind goes to the other.
    bed.engine.closed(NOW, inside, "lost");
    assert_eq!(got(&mut bed, outside), ["house/t/1"]);
}

#[test]
fn topic_aliases_stand_for_what_the_client_sees() {
    let mut bed = bed();
    let mut connect = Connect::new(V5, "inside");
    connect.properties.topic_alias_maximum = Some(5);
    let (inside, _) = bed.connect(INSIDE, connect);
    let outside = client(&mut bed, "main", "outside");
    subscribe(&mut bed, inside, "long/topic");
    subscribe(&mut bed, outside, "house/#");
    let aliased = |topic| {
        let mut publish = Publish::new(topic, b"x", QoS::AtMostOnce);
        publish.properties = PublishProperties {
            topic_alias: Some(1),
            ..PublishProperties::default()
        };
        Packet::Publish(publish)
    };
    let first = bed.say(inside, V5, &aliased("long/topic"));
    let second = bed.say(inside, V5, &aliased(""));
    assert_eq!(
        (topics(&first), topics(&second)),
        (vec!["long/topic".to_owned()], vec![String::new()])
    );
    assert_eq!(got(&mut bed, outside), ["house/long/topic"; 2]);
}

#[test]
fn rules_are_asked_about_the_whole_topic_and_the_journal_names_it() {
    let mut bed = bed_with(|settings| {
        settings.access.deny_publish = vec!["house/secret".to_owned()];
        settings.access.deny_subscribe = vec!["house/secret/#".to_owned()];
    });
    let inside = client(&mut bed, INSIDE, "inside");
    let said = publish(&mut bed, inside, "secret", QoS::AtLeastOnce, false);
    let Packet::PubAck(puback) = packet(&said) else {
        panic!("PUBACK")
    };
    assert_eq!(puback.reason, ReasonCode::NOT_AUTHORIZED);
    assert_eq!(
        subscribe(&mut bed, inside, "secret/1").0,
        ReasonCode::NOT_AUTHORIZED
    );
    let connect = Connect {
        will: Some(will("secret")),
        ..Connect::new(V5, "will")
    };
    let (_, said) = bed.connect(INSIDE, connect);
    assert_eq!(connack(&said).reason, ReasonCode::NOT_AUTHORIZED);
    // The broker's own topics are not below it, and nobody is kept from the names.
    assert_eq!(subscribe(&mut bed, inside, "$SYS/#"), (ReasonCode(2), Vec::new()));
    let said = publish(&mut bed, inside, "$SYS/broker/x", QoS::AtMostOnce, false);
    assert_eq!(topics(&said), ["$SYS/broker/x"]);

    let entries = bed.engine.journal().since(Mark::START).entries;
    let last = entries
        .iter()
        .rfind(|entry| entry.topic() == Some("$SYS/broker/x") && entry.direction() == Some(Direction::In));
    let Record::Packet { decisions, .. } = &last.unwrap().record else {
        panic!("a packet")
    };
    assert_eq!(decisions[0], Decision::Mounted("house/$SYS/broker/x".into()));
    let subscribed = entries.iter().any(|entry| {
        matches!(&entry.record, Record::Event(Event::Subscribed { filter, .. }) if &**filter == "$SYS/#")
    });
    assert!(subscribed, "events have the client's own words");
}

#[test]
fn a_session_is_one_of_its_mount_point() {
    let mut bed = bed();
    let (inside, _) = bed.connect(INSIDE, staying("roams"));
    subscribe(&mut bed, inside, "t");
    bed.engine.closed(NOW, inside, "gone");
    bed.engine
        .publish(NOW, Injected::text("house/t", "x").qos(QoS::AtLeastOnce))
        .unwrap();
    let state = bed.engine.state(NOW);
    let queued = &state.session("roams").unwrap().queued;
    assert_eq!(queued[0].topic, "t");
    // Also one that was written down.
    let snapshot = bed.engine.snapshot(NOW);
    let snapshot = Snapshot::from_json(&snapshot.to_json()).unwrap();
    bed.engine.restore(NOW, &snapshot).unwrap();
    let (again, said) = bed.connect(INSIDE, staying("roams"));
    let length = wire::frame(&said, usize::MAX).unwrap().unwrap();
    assert!(connack(&said[..length]).session_present);
    assert_eq!(topics(&said[length..]), ["t"]);
    bed.engine.closed(NOW, again, "gone");
    let (_, said) = bed.connect("main", staying("roams"));
    assert!(!connack(&said).session_present, "its topics would mean others");
    assert_eq!(bed.engine.state(NOW).session("roams").unwrap().subscriptions, []);
}

#[test]
fn what_would_be_too_long_or_no_filter_is_refused() {
    let mut bed = Bed::new(Listener {
        mount_point: "house".to_owned(),
        ..Listener::port(0)
    });
    let inside = client(&mut bed, INSIDE, "inside");
    let longest = "x".repeat(65_535);
    let said = publish(&mut bed, inside, &longest, QoS::AtLeastOnce, false);
    let Packet::PubAck(puback) = packet(&said) else {
        panic!("PUBACK")
    };
    assert_eq!(puback.reason, ReasonCode::TOPIC_NAME_INVALID);
    assert!(puback.properties.reason_string.unwrap().contains("mount point"));
    for filter in [&*longest, "#", "+/x", "$share/g/#"] {
        assert_eq!(
            subscribe(&mut bed, inside, filter).0,
            ReasonCode::TOPIC_FILTER_INVALID
        );
    }
    for filter in ["/#", "x/+", "$share/g/x"] {
        assert_eq!(subscribe(&mut bed, inside, filter).0, ReasonCode(2), "{filter}");
    }
    let said = publish(&mut bed, inside, "x/1", QoS::AtMostOnce, false);
    assert_eq!(topics(&said), ["x/1"]);
    let connect = Connect {
        will: Some(will(&longest)),
        ..Connect::new(V5, "will")
    };
    let (_, said) = bed.connect(INSIDE, connect);
    assert_eq!(connack(&said).reason, ReasonCode::TOPIC_NAME_INVALID);
}

#[test]
fn an_acl_speaks_of_whole_topics() {
    let mut bed = bed_with(|settings| settings.acl = vec![AclLine::new("house/ok/#", AclAccess::ReadWrite)]);
    let inside = client(&mut bed, INSIDE, "inside");
    let from = client(&mut bed, "main", "from");
    assert_eq!(subscribe(&mut bed, inside, "ok/+").0, ReasonCode(2));
    assert_eq!(subscribe(&mut bed, inside, "no").0, ReasonCode::NOT_AUTHORIZED);
    for (topic, reason) in [("ok/1", ReasonCode::SUCCESS), ("no", ReasonCode::NOT_AUTHORIZED)] {
        let other = client(&mut bed, INSIDE, "other");
        let said = publish(&mut bed, other, topic, QoS::AtLeastOnce, false);
        let Packet::PubAck(puback) = packet(&said) else {
            panic!("PUBACK")
        };
        assert_eq!(puback.reason, reason, "{topic}");
    }
    publish(&mut bed, from, "house/ok/2", QoS::AtLeastOnce, false);
    assert_eq!(got(&mut bed, inside), ["ok/1", "ok/2"]);
}
