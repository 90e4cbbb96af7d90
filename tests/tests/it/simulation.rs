//! Many seeds of the simulation, in a few seconds. `CITRONELLA_SIMULATION_SEEDS=100000` runs more of them;
//! `cargo run --release -p tests --bin simulate -- --minutes 60` runs as long as you like.

use tests::simulation::{Summary, run, run_and_explain};

/// Seeds in an ordinary run.
const SEEDS: u64 = 250;

#[test]
fn the_engine_does_what_the_model_says_for_many_seeds() {
    let seeds = std::env::var("CITRONELLA_SIMULATION_SEEDS").map_or(SEEDS, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("CITRONELLA_SIMULATION_SEEDS is {text:?}; expected a number"))
    });
    let mut all = Summary::default();
    for seed in 0..seeds {
        match run_and_explain(seed, 40) {
            Ok(summary) => {
                all.packets += summary.packets;
                all.deliveries += summary.deliveries;
            }
            Err(failure) => panic!("\n{failure}"),
        }
    }
    // A simulation in which nothing happens finds nothing.
    assert!(all.packets > 60 * seeds && all.deliveries > 5 * seeds, "{all:?}");
}

#[test]
fn a_seed_decides_everything() {
    for seed in [3, 1415, 92_653] {
        assert_eq!(run(seed, None, 0), run(seed, None, 0));
        assert_eq!(run(seed, Some(30), 50), run(seed, Some(30), 50));
    }
}
