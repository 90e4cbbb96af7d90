//! A line that is cut at any byte: nothing is lost at QoS 1, nothing comes twice at QoS 2.

use std::collections::BTreeSet;

use broker_bridge::{Direction, Plan, Rule};
use broker_core::wire::{QoS, Version};
use settings::BrokerSettings;

use crate::lines::plan_with;
use crate::world::World;

fn plan(version: Version) -> Plan {
    plan_with(version, [Rule::new("both/#", Direction::Both, QoS::ExactlyOnce)])
}

fn numbers(n: usize, first: char) -> BTreeSet<String> {
    (0..n).map(|n| format!("{first}{n}")).collect()
}

fn once(got: &[&str], all: &BTreeSet<String>, seed: u64) {
    let found: BTreeSet<String> = got.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(&found, all, "seed {seed}: nothing is lost");
    assert_eq!(got.len(), all.len(), "seed {seed}: nothing comes twice: {got:?}");
}

/// One more message, from one side or the other, at QoS 1 or 2; `sent` counts them.
fn publish(world: &mut World, sent: &mut [[usize; 2]; 2]) {
    let qos = if world.rng.below(2) == 0 {
        QoS::AtLeastOnce
    } else {
        QoS::ExactlyOnce
    };
    let from_near = world.rng.below(2) == 0;
    let n = &mut sent[usize::from(from_near)][usize::from(qos.bits()) - 1];
    let (near_topic, far_topic) = if n.is_multiple_of(3) {
        ("both/x", "both/y")
    } else {
        ("up/x", "down/x")
    };
    let payload = format!("{}{n}", if qos == QoS::AtLeastOnce { 'a' } else { 'b' });
    *n += 1;
    let now = world.now;
    if from_near {
        world.near.publish(now, near_topic, &payload, qos, false);
    } else {
        world.far.publish(now, far_topic, &payload, qos, false);
    }
}

fn run(seed: u64, version: Version, near: BrokerSettings, far: BrokerSettings) -> u64 {
    let mut world = World::new(seed, plan(version), near, far);
    world.wait(1);
    let mut sent = [[0_usize; 2]; 2];
    for _ in 0..1_500 {
        match world.rng.below(100) {
            0..8 => publish(&mut world, &mut sent),
            8..12 => world.cut(),
            12..16 => world.wait(1),
            _ => {
                let most = 1 + world.rng.below(40) as usize;
                world.arrive(most);
            }
        }
    }
    // Much at once, cut in the middle of it and never again: what is left is to move by itself.
    world.wait(60);
    for _ in 0..20 {
        publish(&mut world, &mut sent);
    }
    for _ in 0..=world.rng.below(4) {
        let most = 1 + world.rng.below(100) as usize;
        world.arrive(most);
    }
    world.cut();
    world.wait(60);
    world.wait(60);
    for (broker, sent) in [(&world.near, sent[0]), (&world.far, sent[1])] {
        let ones: BTreeSet<String> = broker
            .payloads(QoS::AtLeastOnce)
            .iter()
            .map(|it| (*it).to_owned())
            .collect();
        assert_eq!(
            ones,
            numbers(sent[0], 'a'),
            "seed {seed}: nothing is lost at QoS 1"
        );
        once(&broker.payloads(QoS::ExactlyOnce), &numbers(sent[1], 'b'), seed);
        assert!(broker.payloads(QoS::AtMostOnce).is_empty());
    }
    let status = world.bridge.status();
    assert_eq!(
        (status.under_way, status.refused),
        (0, 0),
        "seed {seed}: {status:?}"
    );
    assert_eq!(world.bridge.state().inbound, [0_u16; 0]);
    status.connects
}

#[test]
fn whatever_is_cut() {
    let mut connects = 0;
    for seed in 0..120 {
        let version = [Version::V31, Version::V311, Version::V5][seed as usize % 3];
        connects += run(
            seed,
            version,
            BrokerSettings::default(),
            BrokerSettings::default(),
        );
    }
    assert!(connects > 1_000, "{connects}");
}

#[test]
fn whatever_is_cut_where_one_of_the_brokers_takes_few_at_a_time() {
    for seed in 0..120 {
        let mut few = BrokerSettings::default();
        few.session.receive_maximum = 2;
        few.session.max_inflight = 3;
        let version = [Version::V311, Version::V5][seed as usize % 2];
        let (near, far) = if seed % 4 < 2 {
            (few, BrokerSettings::default())
        } else {
            (BrokerSettings::default(), few)
        };
        run(seed, version, near, far);
    }
}
