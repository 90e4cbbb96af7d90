//! What a bridge does, one thing at a time.

use broker_bridge::{Bridge, Direction, Notification, Phase, Plan, Rule, Start, State, Told, Topics};
use broker_core::time::Time;
use broker_core::wire::{QoS, Version};
use settings::BrokerSettings;

use crate::world::World;

fn world(plan: Plan) -> World {
    World::new(7, plan, BrokerSettings::default(), BrokerSettings::default())
}

fn both() -> Vec<Rule> {
    vec![Rule::new("t/#", Direction::Both, QoS::ExactlyOnce)]
}

#[test]
fn topics_are_those_of_the_first_line_that_takes_them() {
    let rules = vec![
        Rule::new("", Direction::Out, QoS::AtMostOnce).prefixes("here", "there"),
        Rule::new("a/+", Direction::Both, QoS::AtMostOnce).prefixes("l/", "r/"),
        Rule::new("#", Direction::In, QoS::AtMostOnce).prefixes("all/", ""),
    ];
    let topics = Topics::new(rules);
    for (here, there) in [
        ("here", Some("there")),
        ("l/a/b", Some("r/a/b")),
        ("l/a/b/c", None),
        ("x", None),
    ] {
        assert_eq!(topics.to_remote(here).as_deref(), there, "{here}");
    }
    for (there, here) in [
        ("r/a/b", Some("l/a/b")),
        ("x", Some("all/x")),
        ("there", Some("all/there")),
    ] {
        assert_eq!(topics.to_local(there).as_deref(), here, "{there}");
    }
    assert_eq!(topics.remote_unwanted().collect::<Vec<_>>(), ["there"]);
}

#[test]
fn what_is_said_while_there_is_no_link_comes_once_there_is_one() {
    for version in [Version::V31, Version::V311, Version::V5] {
        let mut world = world(Plan {
            version,
            ..Plan::new("up", both())
        });
        world.is_down = true;
        world.wait(1);
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            world.near.publish(world.now, "t/x", "x", qos, false);
        }
        assert_eq!(world.bridge.status().phase, Phase::Waiting);
        world.is_down = false;
        world.wait(60);
        let got: Vec<QoS> = world.far.got.iter().map(|got| got.2).collect();
        assert_eq!(
            got,
            [QoS::AtLeastOnce, QoS::ExactlyOnce],
            "QoS 0 waits for nobody"
        );
        assert_eq!(
            (world.bridge.status().sent, world.bridge.status().refused),
            (2, 0)
        );
    }
}

#[test]
fn nothing_comes_back() {
    for version in [Version::V311, Version::V5] {
        let mut world = world(Plan {
            version,
            ..Plan::new("up", both())
        });
        world.wait(1);
        let now = world.now;
        world.near.publish(now, "t/near", "1", QoS::ExactlyOnce, false);
        world.far.publish(now, "t/far", "2", QoS::ExactlyOnce, false);
        world.wait(1);
        assert_eq!((world.near.got.len(), world.far.got.len()), (1, 1), "{version}");
        let private = world.told.iter().find_map(|told| match told {
            Told::Connected { private, .. } => Some(*private),
            _ => None,
        });
        assert_eq!(private, Some(!version.is_v5()));
    }
}

#[test]
fn retained_messages_are_retained_on_both_sides_unless_they_are_not_to_be() {
    for outgoing_retain in [true, false] {
        let mut world = world(Plan {
            outgoing_retain,
            ..Plan::new("up", both())
        });
        world
            .near
            .publish(Time::ZERO, "t/before", "1", QoS::AtMostOnce, true);
        world
            .far
            .publish(Time::ZERO, "t/there", "2", QoS::AtMostOnce, true);
        world.wait(1);
        assert_eq!(world.near.got.len(), 1);
        assert!(world.near.engine.state(world.now).retained.len() >= 2);
        let far = world.far.engine.state(world.now).retained;
        let kept = far.iter().any(|it| it.topic == "t/before");
        assert_eq!(kept, outgoing_retain, "{far:?}");
    }
}

#[test]
fn the_other_addresses_are_tried_at_once_and_the_main_one_again_later() {
    let mut world = world(Plan {
        addresses: 3,
        ..Plan::new("up", both())
    });
    world.is_down = true;
    world.wait(1);
    assert_eq!(world.dialed, [0, 1, 2], "and then it waits");
    assert_eq!(world.bridge.status().phase, Phase::Waiting);
    world.dialed.clear();
    world.wait(16);
    assert_eq!(world.dialed[..3], [0, 1, 2]);
}

#[test]
fn a_lazy_one_comes_when_enough_waits_and_goes_when_nothing_does() {
    let start = Start::Lazy {
        threshold: 2,
        idle_timeout_secs: 10,
    };
    let mut world = world(Plan {
        start,
        ..Plan::new("up", both())
    });
    world.wait(100);
    assert_eq!(
        (world.bridge.status().phase, world.dialed.len()),
        (Phase::Asleep, 0)
    );
    for queued in 1..=2 {
        world.near.publish(world.now, "t/x", "x", QoS::AtLeastOnce, false);
        world.bridge.queued(world.now, queued);
        world.quiet();
        assert_eq!(world.dialed.len(), queued - 1);
    }
    assert_eq!(
        (world.bridge.status().phase, world.far.got.len()),
        (Phase::Connected, 2)
    );
    world.wait(9);
    assert_eq!(world.bridge.status().phase, Phase::Connected);
    world.wait(2);
    assert_eq!(world.bridge.status().phase, Phase::Asleep);
}

#[test]
fn once_is_once() {
    let mut world = world(Plan {
        start: Start::Once,
        ..Plan::new("up", both())
    });
    world.wait(1);
    assert_eq!(world.bridge.status().phase, Phase::Connected);
    world.cut();
    world.wait(1_000);
    assert_eq!(
        (world.bridge.status().phase, world.dialed.len()),
        (Phase::Over, 1)
    );
}

#[test]
fn it_says_there_whether_it_is_connected() {
    let notification = Some(Notification {
        topic: "$SYS/broker/connection/up/state".to_owned(),
        local_only: false,
    });
    let mut world = world(Plan {
        notification,
        ..Plan::new("up", both())
    });
    world.wait(1);
    world.cut();
    world.quiet();
    let said: Vec<&str> = world.far.got.iter().map(|got| &*got.1).collect();
    assert_eq!(said, ["1", "0"]);
}

#[test]
fn a_message_that_one_of_the_two_would_not_take_is_refused_and_named() {
    let mut small = BrokerSettings::default();
    small.limits.max_packet_size_bytes = 200;
    let long = "x".repeat(300);
    for near_is_small in [true, false] {
        let (near, far) = if near_is_small {
            (small.clone(), BrokerSettings::default())
        } else {
            (BrokerSettings::default(), small.clone())
        };
        let mut world = World::new(
            1,
            Plan {
                version: Version::V311,
                max_packet_bytes: Some(200),
                ..Plan::new("up", both())
            },
            near,
            far,
        );
        world.wait(1);
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let from = if near_is_small {
                &mut world.far
            } else {
                &mut world.near
            };
            from.publish(world.now, "t/long", &long, qos, false);
            from.publish(world.now, "t/short", "x", qos, false);
            world.wait(1);
        }
        let status = world.bridge.status();
        assert_eq!(
            (status.refused, status.phase, status.under_way),
            (2, Phase::Connected, 0),
            "{status:?}"
        );
        let to = if near_is_small { &world.near } else { &world.far };
        assert_eq!(to.got.len(), 2);
        assert!(
            status.last_refused.unwrap().starts_with("t/long: it takes 3"),
            "what and why"
        );
    }
}

#[test]
fn an_other_broker_that_says_nothing_is_left() {
    let mut world = world(Plan {
        keep_alive_secs: 10,
        ..Plan::new("up", both())
    });
    world.wait(1);
    // Nothing arrives any more.
    world.now = world.now.plus_secs(10);
    world.bridge.tick(world.now);
    assert_eq!(
        world.bridge.outgoing(broker_bridge::Side::Remote),
        b"\xC0\0",
        "PINGREQ"
    );
    assert_eq!(world.bridge.next_timeout(), Some(world.now.plus_secs(10)));
    world.now = world.now.plus_secs(10);
    world.bridge.tick(world.now);
    assert_eq!(
        world.bridge.status().last_lost.unwrap(),
        "it did not answer PINGREQ within 10 s"
    );
    // One that answers stays.
    world.quiet();
    world.wait(60);
    let connects = world.bridge.status().connects;
    world.wait(1_000);
    assert_eq!(world.bridge.status().connects, connects);
}

#[test]
fn why_a_link_was_lost_is_told_apart_from_why_there_is_no_new_one() {
    let mut world = world(Plan::new("up", both()));
    world.wait(1);
    let status = world.bridge.status();
    assert_eq!((status.last_lost, status.last_failed), (None, None));
    world.is_down = true;
    world.cut();
    world.wait(30);
    let why = |text: &str| Some(text.to_owned());
    let status = world.bridge.status();
    assert_eq!(
        (status.last_lost, status.last_failed),
        (why("the line was cut"), why("connection refused"))
    );
    world.is_down = false;
    world.wait(60);
    let status = world.bridge.status();
    assert_eq!(status.phase, Phase::Connected);
    assert_eq!(
        (status.last_lost, status.last_failed),
        (why("the line was cut"), None)
    );
}

#[test]
fn its_state_outlives_it() {
    let plan = Plan::new("up", both());
    let mut bridge = Bridge::new(Time::ZERO, plan, 1);
    bridge.restore(State {
        offset: Some(65_000),
        inbound: vec![3, 9],
        outbound: vec![7],
        ..State::default()
    });
    let state = bridge.state();
    assert_eq!((state.offset, &*state.inbound), (Some(65_000), &[3, 9][..]));
    assert!(state.outbound.is_empty(), "nothing is under way on this link");
}
