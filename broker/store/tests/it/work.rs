//! What a store is given to do, by seed, and the model that it is held against.

use std::collections::BTreeMap;

use broker_store::{Batch, Durability, Options, Recovered, Store};

use super::chance::Chance;
use super::forgetful::Forgetful;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Small, so that a short run has many snapshots.
pub fn options(durability: Durability) -> Options {
    Options {
        durability,
        compact_from_bytes: 6 * 1024,
        growth: 2,
        portion_bytes: 700,
        max_waiting_bytes: 1024 * 1024,
    }
}

/// All states that there were, by batch, and how far they are promised.
pub struct Model {
    pub states: Vec<Map>,
    pub promised: u64,
    pub chance: Chance,
}

impl Model {
    pub fn new(seed: u64) -> Self {
        Self {
            states: vec![Map::new()],
            promised: 0,
            chance: Chance(seed),
        }
    }

    /// A batch of one to five changes.
    pub fn batch(&mut self) -> Batch {
        let chance = &mut self.chance;
        let mut map = self.states.last().expect("there is always one").clone();
        let mut batch = Batch::new();
        for _ in 0..=chance.below(5) {
            let key = format!("{}/{}", chance.below(4), chance.below(10)).into_bytes();
            match chance.below(20) {
                0 => {
                    let prefix = &key[..chance.below(3)];
                    batch.remove_all(prefix);
                    map.retain(|key, _| !key.starts_with(prefix));
                }
                1..6 => {
                    batch.remove(&key);
                    map.remove(&key);
                }
                other => {
                    let length = chance.below(if other == 6 { 3000 } else { 120 });
                    let value: Vec<u8> = (0..length).map(|_| chance.next() as u8).collect();
                    batch.put(&key, &value);
                    map.insert(key, value);
                }
            }
        }
        self.states.push(map);
        batch
    }

    /// What was recovered must be a state that there was, with all that was promised. It goes on from there.
    pub fn check(&mut self, recovered: &Recovered, context: &str) {
        let through = recovered.through;
        let taken = self.states.len() as u64 - 1;
        assert!(
            through >= self.promised,
            "{context}: batch {} was promised, and {through} is the last: {:?}",
            self.promised,
            recovered.dropped
        );
        assert!(through <= taken, "{context}: batch {through} of {taken}");
        let entries: Map = recovered
            .entries
            .iter()
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect();
        assert_eq!(
            entries, self.states[through as usize],
            "{context}: the state is not that of batch {through}"
        );
        self.states.truncate(through as usize + 1);
        self.promised = through;
    }

    /// Has the store do some batches, with snapshots between. It ends early when the disk fails.
    pub fn work(&mut self, store: &mut Store<Forgetful>, rounds: usize) {
        for _ in 0..rounds {
            for _ in 0..=self.chance.below(3) {
                let batch = self.batch();
                let number = store.take(batch).expect("there is room");
                assert_eq!(number, self.states.len() as u64 - 1);
            }
            if let Ok(kept) = store.commit() {
                self.promised = kept;
            }
            for _ in 0..self.chance.below(3) {
                if store.wants_compaction() {
                    // It may fail, and costs nothing then.
                    let _ = store.compact(options(Durability::Fsync).portion_bytes);
                }
            }
        }
    }
}
