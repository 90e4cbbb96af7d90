//! Another broker that does what ours would not: a test speaks for it.

use broker_bridge::{Backoff, Direction, Phase, Plan, Rule, Side};
use broker_core::wire::{
    self, Ack, ConnAck, ConnAckProperties, Packet, PacketId, Publish, PublishProperties, QoS, ReasonCode,
    ReasonProperties, SubAck, UnsubAck, Version,
};
use settings::BrokerSettings;

use crate::world::World;

const VERSION: Version = Version::V311;

/// A bridge in which everything comes in, to a broker here that takes so many at a time.
fn world(at_once: u16) -> World {
    let mut near = BrokerSettings::default();
    near.session.receive_maximum = at_once;
    let rules = vec![Rule::new("t/#", Direction::In, QoS::ExactlyOnce)];
    let plan = Plan {
        version: VERSION,
        backoff: Backoff {
            base_millis: 1_000,
            cap_millis: 0,
        },
        ..Plan::new("up", rules)
    };
    let mut world = World::new(3, plan, near, BrokerSettings::default());
    world.script = Some(Vec::new());
    world.wait(1);
    world
}

/// The far broker lets the bridge in, and has its session or not.
fn let_in(world: &mut World, session_present: bool) {
    world.script = Some(Vec::new());
    let connack = ConnAck {
        session_present,
        reason: ReasonCode::SUCCESS,
        properties: ConnAckProperties::default(),
    };
    world.says(VERSION, &Packet::ConnAck(Box::new(connack)));
    for (kind, id) in heard(world) {
        let packet_id = PacketId::new(id).unwrap();
        let (properties, reasons) = (ReasonProperties::default(), vec![ReasonCode::SUCCESS]);
        match kind {
            "SUBSCRIBE" => world.says(
                VERSION,
                &Packet::SubAck(SubAck {
                    packet_id,
                    properties,
                    reasons,
                }),
            ),
            "UNSUBSCRIBE" => world.says(
                VERSION,
                &Packet::UnsubAck(UnsubAck {
                    packet_id,
                    properties,
                    reasons,
                }),
            ),
            _ => {}
        }
    }
    assert_eq!(world.bridge.phase(), Phase::Connected);
}

/// What it heard since it was asked last.
fn heard(world: &mut World) -> Vec<(&'static str, u16)> {
    let bytes = world.script.replace(Vec::new()).unwrap();
    let (mut rest, mut all) = (&*bytes, Vec::new());
    while let Some(len) = wire::frame(rest, usize::MAX).unwrap() {
        let (packet, more) = rest.split_at(len);
        rest = more;
        all.push(match wire::decode(VERSION, packet).unwrap() {
            Packet::Subscribe(it) => ("SUBSCRIBE", it.packet_id.get()),
            Packet::Unsubscribe(it) => ("UNSUBSCRIBE", it.packet_id.get()),
            Packet::PubAck(it) => ("PUBACK", it.packet_id.get()),
            Packet::PubRec(it) => ("PUBREC", it.packet_id.get()),
            Packet::PubComp(it) => ("PUBCOMP", it.packet_id.get()),
            other => panic!("{other:?}"),
        });
    }
    all
}

fn publish(world: &mut World, id: u16, qos: QoS, dup: bool) {
    let payload = id.to_string();
    let publish = Publish {
        dup,
        qos,
        retain: false,
        topic: "t/x",
        packet_id: PacketId::new(id),
        properties: PublishProperties::default(),
        payload: payload.as_bytes(),
    };
    world.says(VERSION, &Packet::Publish(publish));
}

fn release(world: &mut World, id: u16) {
    let ack = Ack {
        packet_id: PacketId::new(id).unwrap(),
        reason: ReasonCode::SUCCESS,
        properties: ReasonProperties::default(),
    };
    world.says(VERSION, &Packet::PubRel(ack));
}

fn cut(world: &mut World) {
    world.cut();
    world.wait(2);
}

fn got(world: &World) -> Vec<&str> {
    world.near.got.iter().map(|got| &*got.1).collect()
}

/// What a broker sends again first may be a message that ours has acknowledged and forgotten, while as many of QoS 2 as ours
/// takes wait for their release; and it says no more of these before the first is answered.
#[test]
fn one_of_qos_1_passes_those_of_qos_2_that_are_not_released() {
    let mut world = world(3);
    let_in(&mut world, false);
    publish(&mut world, 1, QoS::AtLeastOnce, false);
    for id in [2, 3, 4] {
        publish(&mut world, id, QoS::ExactlyOnce, false);
    }
    // None of these answers arrives.
    assert_eq!(heard(&mut world), [("PUBACK", 1), ("PUBREC", 2), ("PUBREC", 3)]);
    cut(&mut world);
    let_in(&mut world, true);
    publish(&mut world, 1, QoS::AtLeastOnce, true);
    assert_eq!(heard(&mut world), [("PUBACK", 1)]);
    for id in [2, 3, 4] {
        publish(&mut world, id, QoS::ExactlyOnce, true);
    }
    assert_eq!(heard(&mut world), [("PUBREC", 2), ("PUBREC", 3)]);
    for id in [2, 3] {
        release(&mut world, id);
    }
    assert_eq!(heard(&mut world), [("PUBCOMP", 2), ("PUBREC", 4), ("PUBCOMP", 3)]);
    release(&mut world, 4);
    assert_eq!(heard(&mut world), [("PUBCOMP", 4)]);
    assert_eq!(got(&world), ["1", "2", "3", "1", "4"], "QoS 2 once each");
    assert_eq!(world.bridge.status().under_way, 0);
}

/// What waits behind a full window does not hold up what is sent again from inside it.
#[test]
fn what_is_sent_again_passes_what_waits() {
    let mut world = world(2);
    let_in(&mut world, false);
    for id in [1, 2] {
        publish(&mut world, id, QoS::ExactlyOnce, false);
    }
    assert_eq!(heard(&mut world), [("PUBREC", 1)], "one place stays for QoS 1");
    publish(&mut world, 1, QoS::ExactlyOnce, true);
    assert_eq!(heard(&mut world), [("PUBREC", 1)]);
    release(&mut world, 1);
    assert_eq!(heard(&mut world), [("PUBCOMP", 1), ("PUBREC", 2)]);
    assert_eq!(got(&world), ["1", "2"]);
}

/// A broker that was killed comes back with the session, and without what was on its way: that does not fill the window for ever.
#[test]
fn what_the_other_broker_has_forgotten_makes_room() {
    let mut world = world(3);
    let_in(&mut world, false);
    let mut all = Vec::new();
    for round in 0_u16..20 {
        let first = 10 * round + 1;
        for id in [first, first + 1] {
            publish(&mut world, id, QoS::ExactlyOnce, false);
            assert_eq!(heard(&mut world), [("PUBREC", id)], "round {round}");
            all.push(id.to_string());
        }
        cut(&mut world);
        let_in(&mut world, true);
    }
    // That of one of them it does remember is answered.
    release(&mut world, 191);
    assert_eq!(heard(&mut world), [("PUBCOMP", 191)]);
    assert_eq!(got(&world), all);
    assert_eq!(world.bridge.state().inbound, [192]);
}

/// Where nothing more comes that would need the room, it is made after a while, so that nobody waits for what nobody sends.
#[test]
fn what_was_not_heard_of_for_long_is_given_up() {
    let mut world = world(9);
    let_in(&mut world, false);
    for id in [1, 2] {
        publish(&mut world, id, QoS::ExactlyOnce, false);
    }
    cut(&mut world);
    let_in(&mut world, true);
    publish(&mut world, 2, QoS::ExactlyOnce, true);
    assert_eq!(
        world.bridge.status().under_way,
        1,
        "the other is not on this link"
    );
    for (more, left) in [(299, &[1, 2][..]), (2, &[2])] {
        world.now = world.now.plus_secs(more);
        world.bridge.tick(world.now);
        world.settle();
        assert_eq!(world.bridge.state().inbound, left);
    }
    let session = world.near.engine.session_named(world.now, "local.up").unwrap();
    assert_eq!(session.awaiting_pubrel, [2]);
}

/// Before anything crosses, the driver can look what broker that is.
#[test]
fn it_can_be_told_that_the_other_broker_is_this_one() {
    let mut world = world(9);
    assert!(!world.bridge.is_let_in());
    let round = world.bridge.would_go_round();
    assert_eq!(round.as_deref(), Some("its line \"t/# in 2\" would"));
    let connack = ConnAck {
        session_present: false,
        reason: ReasonCode::SUCCESS,
        properties: ConnAckProperties::default(),
    };
    let mut bytes = Vec::new();
    Packet::ConnAck(Box::new(connack)).encode(VERSION, &mut bytes);
    let now = world.now;
    world.bridge.receive(now, Side::Remote, &bytes);
    assert!(world.bridge.is_let_in());
    world.bridge.give_up(now, "it is this one".to_owned());
    assert!(!world.bridge.is_let_in() && world.bridge.wants_close(Side::Remote));
    let dialed = world.dialed.len();
    world.cut();
    world.wait(1_000);
    let status = world.bridge.status();
    assert_eq!((status.phase, world.dialed.len()), (Phase::Over, dialed));
    assert_eq!(status.last_failed.as_deref(), Some("it is this one"));
}

/// In whatever order identifiers come, those that wait longest are given up first, and none that this link has heard of.
#[test]
fn the_oldest_gives_way() {
    let mut world = world(4);
    let_in(&mut world, false);
    for id in [9, 5, 7] {
        publish(&mut world, id, QoS::ExactlyOnce, false);
    }
    assert_eq!(world.bridge.state().inbound, [9, 5, 7]);
    cut(&mut world);
    let_in(&mut world, true);
    publish(&mut world, 5, QoS::ExactlyOnce, true);
    publish(&mut world, 1, QoS::ExactlyOnce, false);
    assert_eq!(world.bridge.state().inbound, [5, 7, 1]);
    publish(&mut world, 2, QoS::ExactlyOnce, false);
    assert_eq!(world.bridge.state().inbound, [5, 1, 2]);
    publish(&mut world, 3, QoS::ExactlyOnce, false);
    assert_eq!(world.bridge.state().inbound, [5, 1, 2], "the fourth waits");
    assert_eq!(heard(&mut world), [("PUBREC", 5), ("PUBREC", 1), ("PUBREC", 2)]);
    release(&mut world, 5);
    assert_eq!(heard(&mut world), [("PUBCOMP", 5), ("PUBREC", 3)]);
    assert_eq!(got(&world), ["9", "5", "7", "1", "2", "3"]);
}
