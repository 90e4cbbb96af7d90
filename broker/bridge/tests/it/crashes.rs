//! Our broker is killed, and comes back with what was kept: nothing is lost at QoS 1, nothing comes twice at QoS 2.

use std::collections::BTreeSet;

use broker_bridge::Plan;
use broker_core::wire::{QoS, Version};
use settings::BrokerSettings;

use crate::lines::plan_with;
use crate::world::World;

fn plan(version: Version) -> Plan {
    plan_with(version, [])
}

/// All of it is kept for the client that is away.
fn roomy() -> BrokerSettings {
    let mut settings = BrokerSettings::default();
    settings.session.max_queued_messages = 100_000;
    settings
}

/// Messages that were published: in the near and in the far broker, at QoS 1 and at QoS 2.
type Sent = [[usize; 2]; 2];

fn publish(world: &mut World, sent: &mut Sent) {
    let (from_near, twice) = (world.rng.below(2) as usize, world.rng.below(2) as usize);
    let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][twice];
    let n = &mut sent[from_near][twice];
    let payload = n.to_string();
    *n += 1;
    if from_near == 1 {
        world.inject("up/x", &payload, qos);
    } else {
        let now = world.now;
        world.far.publish(now, "down/x", &payload, qos, false);
    }
}

/// What came to a client on this topic, at QoS 1 and 2, is all of this.
fn came(got: &[(String, String, QoS, bool)], topic: &str, sent: [usize; 2], seed: u64) {
    for (qos, sent) in [QoS::AtLeastOnce, QoS::ExactlyOnce].into_iter().zip(sent) {
        let of = got.iter().filter(|(to, _, at, _)| to == topic && *at == qos);
        let numbers: Vec<usize> = of.map(|(_, payload, ..)| payload.parse().unwrap()).collect();
        let once: BTreeSet<usize> = numbers.iter().copied().collect();
        assert!(
            once.iter().copied().eq(0..sent),
            "seed {seed}, {topic}, {qos:?}: of {sent} came {once:?}"
        );
        assert!(
            qos == QoS::AtLeastOnce || numbers.len() == sent,
            "seed {seed}, {topic}: nothing comes twice: {numbers:?}"
        );
    }
}

/// Gives how often the near broker was killed.
fn run(seed: u64, version: Version, near: &BrokerSettings, far: BrokerSettings) -> usize {
    let mut world = World::keeping(seed, plan(version), near.clone(), far);
    world.wait(1);
    let (mut sent, mut crashes) = (Sent::default(), 0);
    for _ in 0..1_500 {
        match world.rng.below(100) {
            0..10 => publish(&mut world, &mut sent),
            10..12 => world.cut(),
            12..15 => {
                world.crash(near.clone());
                crashes += 1;
            }
            15..18 => world.wait(1),
            _ => {
                let (batches, bytes) = (world.rng.below(4), 1 + world.rng.below(40) as usize);
                world.keep(batches);
                world.arrive(bytes);
            }
        }
    }
    world.wait(60);
    world.wait(60);
    world.near_client_comes();
    came(&world.near.got, "from/far/x", sent[0], seed);
    came(&world.far.got, "from/near/x", sent[1], seed);
    let status = world.bridge.status();
    assert_eq!(
        (status.under_way, status.refused),
        (0, 0),
        "seed {seed}: {status:?}"
    );
    assert!(world.bridge.state().inbound.is_empty());
    crashes
}

#[test]
fn whenever_our_broker_is_killed() {
    let mut crashes = 0;
    for seed in 0..60 {
        let version = [Version::V31, Version::V311, Version::V5][seed as usize % 3];
        crashes += run(seed, version, &roomy(), BrokerSettings::default());
    }
    assert!(crashes > 2_000, "{crashes}");
}

#[test]
fn whenever_our_broker_is_killed_where_one_of_the_brokers_takes_few_at_a_time() {
    for seed in 0..60 {
        let few = |mut settings: BrokerSettings| {
            settings.session.receive_maximum = 2;
            settings.session.max_inflight = 3;
            settings
        };
        let version = [Version::V311, Version::V5][seed as usize % 2];
        let (near, far) = if seed % 4 < 2 {
            (few(roomy()), BrokerSettings::default())
        } else {
            (roomy(), few(BrokerSettings::default()))
        };
        run(seed, version, &near, far);
    }
}

/// The far broker forgets the bridge with its link. So the same identifier is another message, which our broker must not take for
/// the one that it had before it was killed.
#[test]
fn a_far_broker_that_forgets_counts_anew() {
    let clean = Plan {
        clean: true,
        ..plan(Version::V5)
    };
    let mut world = World::keeping(1, clean, roomy(), BrokerSettings::default());
    world.wait(1);
    let now = world.now;
    world.far.publish(now, "down/x", "0", QoS::ExactlyOnce, false);
    // It is in our broker, and the far one does not know.
    world.settle();
    while world.bridge.state().inbound.is_empty() {
        world.arrive(1);
    }
    world.keep(u64::MAX);
    world.crash(roomy());
    world.wait(10);
    for payload in ["1", "2"] {
        let now = world.now;
        world.far.publish(now, "down/x", payload, QoS::ExactlyOnce, false);
    }
    world.wait(1);
    world.near_client_comes();
    came(&world.near.got, "from/far/x", [0, 3], 1);
}

/// A message that the far broker has, and our broker does not know that: it is under the identifier that it had after a crash, too.
fn crosses_once(world: &mut World) {
    world.wait(10);
    let before = world.far.got.len();
    world.inject("up/x", "0", QoS::ExactlyOnce);
    world.keep(u64::MAX);
    while world.far.got.len() == before {
        world.arrive(1);
    }
    world.crash(roomy());
    world.wait(10);
    came(&world.far.got, "from/near/x", [0, 1], 1);
}

#[test]
fn a_session_that_is_made_anew_has_its_own_identifiers_kept() {
    let mut world = World::keeping(1, plan(Version::V311), roomy(), BrokerSettings::default());
    world.wait(1);
    let now = world.now;
    assert!(world.near.engine.delete_session(now, "local.up"));
    crosses_once(&mut world);
}

/// A snapshot has no memo of a bridge, and a store of an older broker had none.
#[test]
fn a_session_without_a_memo_gets_one_before_anything_crosses() {
    let mut world = World::keeping(1, plan(Version::V5), roomy(), BrokerSettings::default());
    world.wait(1);
    let now = world.now;
    let snapshot = world.near.engine.snapshot(now);
    world.near.engine.restore(now, &snapshot).unwrap();
    assert_eq!(world.near.engine.memo("local.up"), None);
    crosses_once(&mut world);
}
