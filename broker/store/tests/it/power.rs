//! The power is cut at every operation on the disk that changes something.

use broker_store::{Durability, Store};

use super::chance::Chance;
use super::forgetful::{Forgetful, Keeps, Mishap};
use super::work::{Model, options};

const ROUNDS: usize = 40;

/// How many seeds are run; more with `STORE_SEEDS=…`.
fn seeds() -> u64 {
    let given = std::env::var("STORE_SEEDS").ok();
    given.map_or(4, |text| text.parse().expect("STORE_SEEDS is a number"))
}

/// A run on this disk from its beginning. `None`: the power went before it was open.
fn run(disk: &Forgetful, model: &mut Model, durability: Durability, rounds: usize, context: &str) {
    let Ok((mut store, recovered)) = Store::open(disk.clone(), options(durability)) else {
        return;
    };
    model.check(&recovered, context);
    model.work(&mut store, rounds);
}

/// Cuts the power at this operation, and again at one of the recovery or after it, then lets it be.
fn cut(seed: u64, at: u64, keeps: Keeps, durability: Durability) {
    let context = format!("seed {seed}, cut at {at}, keeps {keeps:?}, {durability:?}");
    let mut chance = Chance(seed ^ (at << 20));
    let mut model = Model::new(seed);
    let mut disk = Forgetful::new(seed);
    let mut from = at;
    for round in 0..3 {
        disk.plan((round < 2).then_some(Mishap::Power { from }));
        run(
            &disk,
            &mut model,
            durability,
            ROUNDS,
            &format!("{context}, run {round}"),
        );
        if durability == Durability::Os {
            // The system promised nothing. What is found must still be a state that there was.
            model.promised = 0;
        }
        disk = disk.after_power_cut(keeps, chance.next());
        let most = [8, 80][chance.below(2)];
        from = 1 + chance.below(most) as u64;
    }
    let (_, recovered) = Store::open(disk, options(durability)).expect("the disk is well");
    model.check(&recovered, &context);
}

fn every_operation(durability: Durability, keeps: Keeps) {
    for seed in 1..=seeds() {
        let disk = Forgetful::new(seed);
        run(&disk, &mut Model::new(seed), durability, ROUNDS, "uncut");
        let operations = disk.operations();
        assert!(operations > 60, "a run has only {operations} operations");
        for at in 1..=operations + 1 {
            cut(seed, at, keeps, durability);
        }
    }
}

#[test]
fn what_was_not_synced_is_gone() {
    every_operation(Durability::Fsync, Keeps::Nothing);
}

#[test]
fn what_was_not_synced_is_there() {
    every_operation(Durability::Fsync, Keeps::Everything);
}

#[test]
fn what_was_not_synced_is_there_in_part_and_in_any_order() {
    every_operation(Durability::Fsync, Keeps::Any);
}

#[test]
fn what_was_not_synced_has_old_bytes_of_other_files() {
    every_operation(Durability::Fsync, Keeps::AnyWithOldBytes);
}

#[test]
fn left_to_the_system_it_is_a_state_that_there_was() {
    every_operation(Durability::Os, Keeps::Any);
}

/// The process dies, and the power goes after the next one has begun: what that one read was never on the disk.
#[test]
fn what_only_the_system_had_is_made_durable_before_it_is_built_on() {
    for durability in [Durability::Fsync, Durability::Os] {
        for seed in 1..=seeds() * 100 {
            let mut chance = Chance(seed);
            let mut model = Model::new(seed);
            let mut disk = Forgetful::new(seed);
            for round in 0..3 {
                let context = format!("seed {seed}, run {round}, {durability:?}");
                let from = disk.operations() + 1 + chance.below(30) as u64;
                // The process dies there. If it is a sync, it may have failed before: then the system has forgotten that it
                // has something to write, and shows it all the same.
                disk.plan(Some(match chance.below(2) {
                    0 => Mishap::Power { from },
                    _ => Mishap::All { from, to: u64::MAX },
                }));
                run(&disk, &mut model, durability, ROUNDS, &context);
                disk.plan(None);
                run(&disk, &mut model, durability, 1 + chance.below(4), &context);
                if durability == Durability::Os {
                    model.promised = 0;
                }
                let keeps = [Keeps::Nothing, Keeps::Any][chance.below(2)];
                disk = disk.after_power_cut(keeps, chance.next());
            }
            run(
                &disk,
                &mut model,
                durability,
                1,
                &format!("seed {seed}, at the end, {durability:?}"),
            );
        }
    }
}

/// A process dies when a snapshot has its name and the name is not durable. The next one sees it, and removes what it
/// takes the place of.
#[test]
fn nothing_is_removed_for_a_name_that_only_the_system_has() {
    let logs = Forgetful::new(1);
    let mut model = Model::new(1);
    run(&logs, &mut model, Durability::Fsync, 3, "the beginning");
    for from in 1..=8 {
        for seed in 1..=40 {
            let disk = logs.copy();
            disk.plan(Some(Mishap::Power { from }));
            let died = Store::open(disk.clone(), options(Durability::Fsync)).is_err();
            assert_eq!(died, from < 7, "the start has six operations");
            disk.plan(None);
            let (mut store, _) = Store::open(disk.clone(), options(Durability::Fsync)).expect("it is well");
            while store.wants_compaction() {
                store.compact(1000).expect("the disk is well");
            }
            drop(store);
            let after = disk.after_power_cut(Keeps::Any, seed);
            let (_, recovered) = Store::open(after, options(Durability::Fsync)).expect("it is well");
            model.check(&recovered, &format!("dies at {from}, seed {seed}"));
        }
    }
}
