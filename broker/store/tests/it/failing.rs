//! Disks that are full, that fail, and that lie about it later.

use broker_store::{Durability, Store};

use super::forgetful::{Forgetful, Keeps, Mishap};
use super::work::{Model, options};

/// The mishap comes at every operation, and lasts for a while. The store goes on, and keeps everything in the end.
fn goes_on(mishap: impl Fn(u64, u64) -> Mishap) {
    for seed in 1..=3 {
        for from in 1..160 {
            for lasts in [1, 2, 7, 30] {
                let context = format!("seed {seed}, {:?}", mishap(from, from + lasts));
                let disk = Forgetful::new(seed);
                let mut model = Model::new(seed);
                let Ok((mut store, _)) = Store::open(disk.clone(), options(Durability::Fsync)) else {
                    panic!("{context}: an empty disk");
                };
                disk.plan(Some(mishap(from, from + lasts)));
                model.work(&mut store, 40);
                // Half of the time the power goes in its middle, else the disk is well again.
                if from % 2 == 0 {
                    disk.plan(None);
                    while store.waiting_bytes() > 0 {
                        model.promised = store.commit().expect("the disk is well");
                    }
                    assert_eq!(model.promised, model.states.len() as u64 - 1, "{context}");
                }
                drop(store);
                let after = disk.after_power_cut(Keeps::Any, from);
                let (_, recovered) = Store::open(after, options(Durability::Fsync)).expect("it is well");
                model.check(&recovered, &context);
            }
        }
    }
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    goes_on(|from, to| Mishap::Full { from, to });
}

#[test]
fn a_file_whose_sync_failed_is_not_trusted_again() {
    goes_on(|from, to| Mishap::Sync { from, to });
}

#[test]
fn a_disk_that_refuses_everything_for_a_while_loses_nothing() {
    goes_on(|from, to| Mishap::All { from, to });
}

#[test]
fn a_full_disk_is_said_in_words() {
    let disk = Forgetful::new(1);
    let (mut store, _) = Store::open(disk.clone(), options(Durability::Fsync)).expect("it is empty");
    let mut model = Model::new(1);
    let batch = model.batch();
    store.take(batch).expect("there is room to wait");
    disk.plan(Some(Mishap::Full { from: 0, to: 1000 }));
    let trouble = store.commit().expect_err("the disk is full");
    assert!(trouble.is_full());
    assert!(
        trouble.to_string().starts_with("log-0000000001 cannot be made: "),
        "{trouble}"
    );
    assert_eq!((store.kept(), store.taken()), (0, 1));
    disk.plan(None);
    assert_eq!(store.commit().expect("there is room"), 1);
}

/// What waits is bounded, so that a disk that is full for long does not fill the memory.
#[test]
fn what_waits_is_bounded() {
    let disk = Forgetful::new(1);
    let (mut store, _) = Store::open(disk.clone(), options(Durability::Fsync)).expect("it is empty");
    disk.plan(Some(Mishap::Full { from: 0, to: 1000 }));
    let mut batch = broker_store::Batch::new();
    batch.put(b"key", &vec![7; 400_000]);
    assert!(store.take(batch.clone()).is_ok() && store.take(batch.clone()).is_ok());
    let refused = store.take(batch.clone()).expect_err("a megabyte may wait");
    assert!(
        refused
            .to_string()
            .ends_with("bytes wait for the disk already; at most 1048576 may")
    );
    assert!(store.commit().is_err());
    disk.plan(None);
    assert_eq!(store.commit().expect("there is room"), 2);
    assert_eq!(store.take(batch), Ok(3));
}
