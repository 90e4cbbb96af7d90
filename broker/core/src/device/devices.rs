//! [`Devices`]: all devices of a broker.

mod driving;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use slab::Slab;

use super::check::Plan;
use super::client::{Client, Failure, Link};
use super::{Device, DeviceStatus};
use crate::fault::Invalid;
use crate::template::{Feed, Files};
use crate::time::Time;

/// How many clients are looked at in one call.
const MOST_AT_ONCE: usize = 1_000;
/// How many clients there may be in all.
const MOST_CLIENTS: usize = 200_000;

/// One client of a device. It is never used again for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceKey {
    slot: u32,
    serial: u32,
}

/// A template of a device could not be filled in: nothing was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFailure {
    /// The client identifier of the client.
    pub client_id: String,
    /// Of whom: `device "lamp"`.
    pub of: String,
    /// Where in it, and why.
    pub why: String,
}

/// All devices of a broker. The caller keeps to this contract:
///
/// 1. [`add`](Self::add) and [`remove`](Self::remove) devices. When [`next_timeout`](Self::next_timeout) has come, call
///    [`tick`](Self::tick).
/// 2. After every call take the clients with something to do from [`next_touched`](Self::next_touched). If one
///    [wants a connection](Self::wants_connection), open one and say [`opened`](Self::opened), or [`closed`](Self::closed) where
///    that cannot be.
/// 3. Hand its [`outgoing`](Self::outgoing) bytes over and say with [`sent`](Self::sent) how many were taken. Once there are none
///    and it [wants to close](Self::wants_to_close), close its connection and say [`closed`](Self::closed).
/// 4. Bytes that come on a connection go to [`receive`](Self::receive). When a connection ends, say [`closed`](Self::closed).
#[derive(Debug)]
pub struct Devices {
    seed: u64,
    groups: Slab<Group>,
    clients: Slab<Entry>,
    serial: u32,
    due: BinaryHeap<Reverse<(Time, DeviceKey)>>,
    touched: VecDeque<DeviceKey>,
    /// The latest time of which it was told.
    now: Time,
    failures: VecDeque<TemplateFailure>,
    /// Kept for its memory.
    failed: Vec<Failure>,
}

#[derive(Debug)]
struct Group {
    name: Arc<str>,
    listener: Arc<str>,
    feed: Feed,
    clients: usize,
}

#[derive(Debug)]
struct Entry {
    key: DeviceKey,
    group: usize,
    client: Client,
    /// The time in `due` that counts.
    armed: Time,
    touched: bool,
    /// It is there until its connection has ended.
    removed: bool,
}

impl Devices {
    /// None yet. All chance comes from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            groups: Slab::new(),
            clients: Slab::new(),
            serial: 0,
            due: BinaryHeap::new(),
            touched: VecDeque::new(),
            now: Time::ZERO,
            failures: VecDeque::new(),
            failed: Vec::new(),
        }
    }

    /// Adds a device, whose life begins now, and says its name. `feed` has the files that it reads.
    ///
    /// # Errors
    /// It cannot work, or one of this name is there already.
    pub fn add(
        &mut self,
        now: Time,
        device: Device,
        files: &Files,
        began: Duration,
    ) -> Result<Arc<str>, Invalid> {
        let name: Arc<str> = device.name.as_str().into();
        let wrong = |what: String| Invalid {
            place: format!("device {name:?}"),
            what,
        };
        if self.has(&name) {
            return Err(wrong(
                "there is one of this name already; remove it first".to_owned(),
            ));
        }
        let plan = Plan::new(device, files).map_err(|mut wrongs| wrongs.swap_remove(0))?;
        let plan = Arc::new(plan);
        let count = plan.device.count;
        if self.clients.len() + count as usize > MOST_CLIENTS {
            return Err(wrong(format!(
                "with its {count} there would be more than {MOST_CLIENTS} clients"
            )));
        }
        let mut feed = Feed::new(began);
        feed.set_files(files.clone());
        let group = self.groups.insert(Group {
            name: name.clone(),
            listener: plan.device.listener.as_deref().unwrap_or_default().into(),
            feed,
            clients: 0,
        });
        let seed = mixed(self.seed, &name);
        for n in 1..=count {
            let feed = &mut self.groups[group].feed;
            let own = seed ^ u64::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            match Client::new(plan.clone(), n, own, now, feed) {
                Ok(client) => self.insert(group, client),
                Err((place, error)) => {
                    self.clients.retain(|_, entry| entry.group != group);
                    self.groups.remove(group);
                    let place = format!("device {name:?}: {place}");
                    return Err(Invalid {
                        place,
                        what: error.to_string(),
                    });
                }
            }
        }
        self.now = self.now.max(now);
        Ok(name)
    }

    fn insert(&mut self, group: usize, client: Client) {
        self.serial = self.serial.wrapping_add(1);
        let place = self.clients.vacant_entry();
        let key = DeviceKey {
            slot: place.key() as u32,
            serial: self.serial,
        };
        place.insert(Entry {
            key,
            group,
            client,
            armed: Time::NEVER,
            touched: false,
            removed: false,
        });
        self.groups[group].clients += 1;
        self.arm(key);
    }

    /// Whether there is a device of this name.
    pub fn has(&self, name: &str) -> bool {
        self.groups.iter().any(|(_, group)| &*group.name == name)
    }

    /// Removes a device: its clients say goodbye and go. Returns whether there was one of this name.
    pub fn remove(&mut self, now: Time, name: &str) -> bool {
        self.now = self.now.max(now);
        let Some(group) = self.groups.iter().find(|(_, group)| &*group.name == name) else {
            return false;
        };
        let group = group.0;
        // Its name is free at once.
        self.groups[group].name = "".into();
        let keys: Vec<DeviceKey> = self.keys_of(group);
        for key in keys {
            let Some(entry) = self.entry(key) else { continue };
            entry.removed = true;
            if entry.client.conn.is_some() {
                entry.client.leave(true);
                self.touch(key);
            } else {
                self.forget(key);
            }
        }
        true
    }

    /// The same, of the very device to which [`add`](Self::add) gave this name, and of no later one.
    pub fn remove_this(&mut self, now: Time, name: &Arc<str>) -> bool {
        let is_there = self
            .groups
            .iter()
            .any(|(_, group)| Arc::ptr_eq(&group.name, name));
        is_there && self.remove(now, name)
    }

    /// Removes all devices.
    pub fn clear(&mut self, now: Time) {
        let names: Vec<Arc<str>> = self.groups.iter().map(|(_, group)| group.name.clone()).collect();
        for name in names.iter().filter(|name| !name.is_empty()) {
            self.remove(now, name);
        }
    }

    fn keys_of(&self, group: usize) -> Vec<DeviceKey> {
        let of = self.clients.iter().filter(|(_, entry)| entry.group == group);
        of.map(|(_, entry)| entry.key).collect()
    }

    fn forget(&mut self, key: DeviceKey) {
        if self.entry(key).is_some() {
            let entry = self.clients.remove(key.slot as usize);
            let group = &mut self.groups[entry.group];
            group.clients -= 1;
            if group.clients == 0 {
                self.groups.remove(entry.group);
            }
        }
    }

    /// How all clients are doing, in the order of their devices and numbers.
    pub fn list(&self) -> Vec<DeviceStatus> {
        let there = self.clients.iter().filter(|(_, entry)| !entry.removed);
        let mut all: Vec<_> = there
            .map(|(_, entry)| (entry.group, entry.client.status.clone()))
            .collect();
        all.sort_by_key(|(group, status)| (*group, status.n));
        all.into_iter().map(|(_, status)| status).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// When [`tick`](Self::tick) must be called next.
    pub fn next_timeout(&self) -> Option<Time> {
        if !self.touched.is_empty() {
            return Some(self.now);
        }
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// Does what is due; only a part, if it is much.
    pub fn tick(&mut self, now: Time) {
        self.now = self.now.max(now);
        for _ in 0..MOST_AT_ONCE {
            let Some(Reverse((at, key))) = self.due.peek().copied() else {
                return;
            };
            if at > now {
                return;
            }
            self.due.pop();
            let Some(entry) = self
                .clients
                .get_mut(key.slot as usize)
                .filter(|entry| entry.key == key)
            else {
                continue;
            };
            if entry.armed != at {
                continue;
            }
            entry.armed = Time::NEVER;
            // Each thing at its own instant, also where the call comes late.
            let feed = &mut self.groups[entry.group].feed;
            entry.client.run_due(at, feed, &mut self.failed);
            self.after(key);
        }
    }

    /// The next template that could not be filled in.
    pub fn next_failure(&mut self) -> Option<TemplateFailure> {
        self.failures.pop_front()
    }

    fn client(&self, key: DeviceKey) -> Option<&Client> {
        let entry = self.clients.get(key.slot as usize)?;
        (entry.key == key).then_some(&entry.client)
    }

    fn entry(&mut self, key: DeviceKey) -> Option<&mut Entry> {
        self.clients
            .get_mut(key.slot as usize)
            .filter(|entry| entry.key == key)
    }

    /// Something happened to it.
    fn after(&mut self, key: DeviceKey) {
        while let Some((place, error)) = self.failed.pop() {
            let Some(client) = self.client(key) else { continue };
            let failure = TemplateFailure {
                client_id: client.status.client_id.clone(),
                of: format!("device {:?}", client.status.name),
                why: format!("{place}: {error}"),
            };
            self.failures.push_back(failure);
        }
        let Some(client) = self.client(key) else { return };
        if !client.out.is_empty() || client.closing || client.link == Link::Wanted {
            self.touch(key);
        }
        self.arm(key);
    }

    fn touch(&mut self, key: DeviceKey) {
        if let Some(entry) = self.entry(key)
            && !std::mem::replace(&mut entry.touched, true)
        {
            self.touched.push_back(key);
        }
    }

    /// It will be looked at when something is due.
    fn arm(&mut self, key: DeviceKey) {
        if let Some(entry) = self
            .clients
            .get_mut(key.slot as usize)
            .filter(|entry| entry.key == key)
        {
            let due = entry.client.next_due();
            if due != entry.armed {
                entry.armed = due;
                if due != Time::NEVER {
                    self.due.push(Reverse((due, key)));
                }
            }
        }
    }
}

/// A seed for each device: one of them does not change the chance of another.
fn mixed(seed: u64, name: &str) -> u64 {
    // FNV-1a.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    name.bytes().fold(seed ^ 0xCBF2_9CE4_8422_2325, step)
}
