//! Clients whose every packet goes through a line under rules that lose, double and reorder: held against a naive model of the
//! line, and against what MQTT promises whatever is lost.
//!
//! `DISTURBED_PACKETS=1000000 cargo test -p broker-core --test it disturbed::` runs a million packets, which takes less than a
//! minute in a debug build; without the variable they are fewer. `DISTURBED_SEED` replays a run.

mod client;
mod rules;
mod world;

use std::time::Instant;

use rules::Counts;
use world::World;

/// So many packets where nobody says how many.
const FEW: u64 = 20_000;

fn variable(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn whatever_is_lost_each_message_arrives_as_its_qos_promises() {
    let packets = variable("DISTURBED_PACKETS").unwrap_or(FEW);
    let seed = variable("DISTURBED_SEED").unwrap_or(15);
    let started = Instant::now();
    let mut world = World::new(seed, packets);
    world.run();
    let Counts {
        packets,
        lost,
        doubled,
        overtaken,
    } = world.rules.counts;
    println!(
        "seed {seed}: {packets} packets, {lost} lost, {doubled} doubled, {overtaken} overtaken, {} connections, {:?}",
        world.connections,
        started.elapsed()
    );
    world.verify();
}

#[test]
fn one_seed_gives_one_run_byte_for_byte() {
    let run = |seed| {
        let mut world = World::new(seed, FEW / 10);
        world.run();
        world.digest()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
