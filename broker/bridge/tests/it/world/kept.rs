//! What is kept of the near broker, batch by batch, and its crash: a new process has what was kept, and nothing else.

use std::collections::{BTreeMap, VecDeque};

use broker_bridge::{Bridge, Phase, Plan, State};
use broker_core::change::{self, Changes};
use broker_core::engine::Injected;
use broker_core::time::Time;
use broker_core::wire::QoS;
use settings::BrokerSettings;

use super::{Broker, World};

enum Change {
    Put(Vec<u8>, Vec<u8>),
    Remove(Vec<u8>),
    RemoveAll(Vec<u8>),
}

#[derive(Default)]
struct Batch(Vec<Change>);

impl Changes for Batch {
    fn put(&mut self, key: &[u8], value: &[u8]) {
        self.0.push(Change::Put(key.to_vec(), value.to_vec()));
    }

    fn remove(&mut self, key: &[u8]) {
        self.0.push(Change::Remove(key.to_vec()));
    }

    fn remove_all(&mut self, prefix: &[u8]) {
        self.0.push(Change::RemoveAll(prefix.to_vec()));
    }
}

/// What is kept, and the batches that are not yet.
#[derive(Default)]
pub struct Kept {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    waiting: VecDeque<Batch>,
    /// The number of the last batch that is kept.
    through: u64,
}

impl Kept {
    fn last(&self) -> u64 {
        self.through + self.waiting.len() as u64
    }

    fn keep_one(&mut self) -> bool {
        let Some(batch) = self.waiting.pop_front() else {
            return false;
        };
        self.through += 1;
        for change in batch.0 {
            match change {
                Change::Put(key, value) => drop(self.entries.insert(key, value)),
                Change::Remove(key) => drop(self.entries.remove(&key)),
                Change::RemoveAll(prefix) => self.entries.retain(|key, _| !key.starts_with(&prefix)),
            }
        }
        true
    }
}

/// A message that was published by the program, which is told once it is kept: with this batch.
pub struct Unkept {
    batch: u64,
    message: Injected,
}

impl Broker {
    pub(super) fn end_turn(&mut self, now: Time) {
        let Some(kept) = &mut self.kept else { return };
        if !self.engine.has_changes() {
            return self.engine.end_turn(None);
        }
        let mut batch = Batch::default();
        let binds = self.engine.take_changes(now, now.as_nanos(), &mut batch);
        kept.waiting.push_back(batch);
        self.engine.end_turn(binds.then_some(kept.last()));
    }
}

impl World {
    /// What happens in the near broker is kept, and its client leaves it; all that the client is to get waits in its session.
    pub fn keeping(seed: u64, plan: Plan, near: BrokerSettings, far: BrokerSettings) -> Self {
        let mut world = Self::new(seed, plan, BrokerSettings::default(), far);
        world.near = Broker::empty(near, world.rng.next_u64());
        world.near.kept = Some(Kept::default());
        world.near.engine.keep(world.now, None).unwrap();
        world.near.connect(world.now, Some(u32::MAX));
        world.near.subscribe(world.now);
        world.keep(u64::MAX);
        let client = world.near.client.take().unwrap();
        world.near.close(world.now, client);
        world
    }

    /// The client of the near broker comes back, and gets everything.
    pub fn near_client_comes(&mut self) {
        self.near.connect(self.now, Some(u32::MAX));
        self.quiet();
    }

    /// So many batches more are kept.
    pub fn keep(&mut self, most: u64) {
        for _ in 0..most {
            self.settle();
            let Some(kept) = &mut self.near.kept else { return };
            if !kept.keep_one() {
                return;
            }
            let through = kept.through;
            self.near.engine.changes_kept(through);
            self.unkept.retain(|it| it.batch > through);
        }
    }

    /// The program publishes in the near broker.
    pub fn inject(&mut self, topic: &str, payload: &str, qos: QoS) {
        self.inject_message(Injected::text(topic, payload).qos(qos));
    }

    fn inject_message(&mut self, message: Injected) {
        self.near.engine.publish(self.now, message.clone()).unwrap();
        self.near.end_turn(self.now);
        let batch = self.near.kept.as_ref().map_or(0, Kept::last);
        self.unkept.push(Unkept { batch, message });
    }

    /// The near broker is killed, with its bridge, and starts again. What was on the way to the far one arrives in part.
    pub fn crash(&mut self, settings: BrokerSettings) {
        let n = self.rng.below(self.up.len() as u64 + 1) as usize;
        let bytes: Vec<u8> = self.up.drain(..n).collect();
        if let Some(id) = self.remote {
            self.far.receive(self.now, id, &bytes);
        }
        self.cut();
        self.local = None;
        let mut kept = self.near.kept.take().unwrap();
        kept.waiting.clear();
        let entries = kept.entries.iter().map(|(key, value)| (&key[..], &value[..]));
        let found = change::read(entries, self.now.as_nanos(), 1).unwrap();
        self.near = Broker::empty(settings, self.rng.next_u64());
        self.near.kept = Some(kept);
        self.near.engine.keep(self.now, Some(&found)).unwrap();
        self.bridge = Bridge::new(self.now, self.bridge.plan().clone(), self.rng.next_u64());
        let client_id = &self.bridge.plan().local.client_id;
        if let Some(session) = found.session(client_id) {
            let memo = self.near.engine.memo(client_id);
            self.bridge.restore(State {
                offset: memo.map(|memo| memo.parse().unwrap()),
                inbound: session.awaiting_pubrel.iter().map(|id| id.get()).collect(),
                outbound: session.inflight.iter().map(|one| one.packet_id.get()).collect(),
                ..State::default()
            });
        }
        // Nobody was told that these are kept.
        for unkept in std::mem::take(&mut self.unkept) {
            self.inject_message(unkept.message);
        }
    }

    pub(super) fn before_local(&mut self) {
        if self.bridge.phase() != Phase::Beginning {
            self.leave_memo(self.bridge.state().offset);
        }
    }

    pub(super) fn after_local(&mut self) {
        let drawn = self.bridge.drawn_offset();
        self.leave_memo(drawn);
    }

    fn leave_memo(&mut self, offset: Option<u16>) {
        if let Some(offset) = offset {
            let client_id = &self.bridge.plan().local.client_id;
            self.near.engine.set_memo(client_id, &offset.to_string());
        }
    }
}
