//! Simulated devices as clients of our own engine, in memory: what goes through a socket for others is handed over here.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use super::{Machines, Shell};
use crate::arrival::Arrival;
use crate::backend::{Backend, Native};
use crate::device::{Device, DeviceKey, DeviceStatus, Devices};
use crate::engine::{ConnId, Event};
use crate::fault::Invalid;
use crate::template::Files;
use crate::time::Time;

/// After so many packets to and fro the others get their turn.
const MOST_AT_ONCE: usize = 10_000;
/// So many bytes count as a packet.
const PACKET_BYTES: usize = 64;
/// At most so many bytes are handed over to one device at a time.
const WORKED_BYTES: usize = 64 * 1024;
/// A device that has more to say than this gets nothing until that is heard.
const MOST_UNHEARD_BYTES: usize = 256 * 1024;
/// How many bytes may gather for sockets while the clock is moved and devices alone do something.
const MOST_GATHERED_BYTES: usize = 64 * 1024;

/// The devices of a broker, and what couples them with its engine.
pub(crate) struct DeviceRoom {
    began: Duration,
    devices: RefCell<Devices>,
    conns: RefCell<HashMap<ConnId, DeviceKey, RandomState>>,
    /// Connections with a socket that have something to write.
    sockets: RefCell<VecDeque<ConnId>>,
    /// Connections of devices that have something to take, at their next turn.
    later: RefCell<VecDeque<ConnId>>,
    /// How much more may be handed over in this turn; devices that keep each other busy do not keep all others waiting.
    left: Cell<usize>,
    /// More is to be handed over than one turn had room for.
    is_behind: Cell<bool>,
    /// Those that are there from the start.
    lasting: RefCell<Vec<(Device, Files)>>,
    /// Nobody listens: devices cannot come in either.
    pub away: Cell<bool>,
}

impl DeviceRoom {
    /// All chance comes from `seed`. `began` is the time since 1970 at which the broker's clock shows zero.
    pub fn new(seed: u64, began: Duration) -> Self {
        Self {
            began,
            devices: RefCell::new(Devices::new(seed)),
            conns: RefCell::default(),
            sockets: RefCell::default(),
            later: RefCell::default(),
            left: Cell::new(MOST_AT_ONCE),
            is_behind: Cell::new(false),
            lasting: RefCell::default(),
            away: Cell::new(false),
        }
    }

    /// When devices have something to do next, where it is this time.
    pub fn next_due(&self, now: Time) -> Option<Time> {
        if self.is_behind.get() {
            return Some(now);
        }
        self.devices.borrow().next_timeout()
    }
}

impl Machines {
    /// Adds a device, whose files were read. One that `lasts` is there again after each reset.
    pub(crate) fn add_device(
        &self,
        backend: &Backend,
        (device, files): (Device, Files),
        lasts: bool,
    ) -> Result<Arc<str>, Invalid> {
        let room = &self.devices;
        let lasting = lasts.then(|| (device.clone(), files.clone()));
        let mut devices = room.devices.borrow_mut();
        let name = devices.add(backend.now(), device, &files, room.began)?;
        room.lasting.borrow_mut().extend(lasting);
        Ok(name)
    }

    /// Removes a device: its clients say goodbye. Returns whether there was one of this name.
    pub(crate) fn remove_device(&self, backend: &Backend, name: &str) -> bool {
        self.devices.devices.borrow_mut().remove(backend.now(), name)
    }

    /// Removes all devices. Returns how many clients they were.
    pub(crate) fn clear_devices(&self, backend: &Backend) -> usize {
        let mut devices = self.devices.devices.borrow_mut();
        let clients = devices.list().len();
        devices.clear(backend.now());
        clients
    }

    /// Removes this very device, and no later one of its name.
    pub(crate) fn remove_this_device(&self, backend: &Backend, name: &Arc<str>) {
        let mut devices = self.devices.devices.borrow_mut();
        devices.remove_this(backend.now(), name);
    }

    /// How all devices are doing.
    pub(crate) fn list_devices(&self) -> Vec<DeviceStatus> {
        self.devices.devices.borrow().list()
    }

    /// Devices are as at the start.
    pub(super) fn reset_devices(&self, backend: &Backend) {
        let room = &self.devices;
        let now = backend.now();
        let mut devices = room.devices.borrow_mut();
        devices.clear(now);
        for (device, files) in &*room.lasting.borrow() {
            // It could work at the start.
            let _ = devices.add(now, device.clone(), files, room.began);
        }
    }
}

impl Shell {
    /// Devices do what is due.
    pub(super) fn tick_devices(&self, native: &RefCell<Native>, now: Time) {
        let room = &self.machines.devices;
        if room.next_due(now).is_some_and(|due| due <= now) {
            room.devices.borrow_mut().tick(now);
            room.left.set(MOST_AT_ONCE);
            self.exchange(native);
        }
    }

    /// The next connection with a socket that has something to write. All that devices are sent, and all that they say to it, has
    /// been handed over by then.
    pub(super) fn next_touched(&self, native: &RefCell<Native>) -> Option<ConnId> {
        let room = &self.machines.devices;
        if !room.devices.borrow().is_empty() {
            self.exchange(native);
        }
        let gathered = room.sockets.borrow_mut().pop_front();
        gathered.or_else(|| {
            loop {
                let id = native.borrow_mut().engine.next_touched()?;
                if !room.conns.borrow().contains_key(&id) {
                    return Some(id);
                }
                room.later.borrow_mut().push_back(id);
                room.is_behind.set(true);
            }
        })
    }

    /// A turn begins: so much may be handed over in it.
    pub(super) fn begin_turn_of_devices(&self) {
        self.machines.devices.left.set(MOST_AT_ONCE);
    }

    /// Hands bytes over, both ways, until nobody has more to say or the turn is over.
    fn exchange(&self, native: &RefCell<Native>) {
        let room = &self.machines.devices;
        let mut devices = room.devices.borrow_mut();
        let mut conns = room.conns.borrow_mut();
        let mut coupled = Coupled {
            native: &mut native.borrow_mut(),
            devices: &mut devices,
            conns: &mut conns,
            away: room.away.get() || self.stopping.get(),
            worked: 0,
            later: Vec::new(),
        };
        loop {
            let Some(left) = room.left.get().checked_sub(1) else {
                room.is_behind.set(true);
                break;
            };
            let worked = std::mem::take(&mut coupled.worked) / PACKET_BYTES;
            room.left.set(left.saturating_sub(worked));
            if let Some(id) = room.later.borrow_mut().pop_front() {
                if let Some(key) = coupled.conns.get(&id).copied() {
                    coupled.feed(id, key);
                }
            } else if let Some(key) = coupled.devices.next_touched() {
                coupled.heed(key);
            } else if let Some(id) = coupled.native.engine.next_touched() {
                if let Some(key) = coupled.conns.get(&id).copied() {
                    coupled.feed(id, key);
                } else {
                    let mut sockets = room.sockets.borrow_mut();
                    if sockets.back() != Some(&id) {
                        sockets.push_back(id);
                    }
                }
            } else {
                room.is_behind.set(false);
                break;
            }
        }
        if !coupled.later.is_empty() {
            room.later.borrow_mut().extend(coupled.later.drain(..));
            room.is_behind.set(true);
        }
        coupled.tell_failures();
    }

    /// While the clock is moved: whether only devices have done something, and so little that it may be written later, together
    /// with more.
    pub(super) fn may_write_later(&self) -> bool {
        let Some(native) = self.backend.native() else {
            return false;
        };
        let room = &self.machines.devices;
        let sockets = room.sockets.borrow();
        let unsent = |id: &ConnId| native.engine.outbox(*id).map_or(0, crate::engine::Outbox::len);
        !room.conns.borrow().is_empty()
            && self.machines.stubs.borrow().stubs.is_empty()
            && !native.engine.has_checks()
            && !native.engine.has_control()
            && sockets.len() <= 16
            && sockets.iter().map(unsent).sum::<usize>() < MOST_GATHERED_BYTES
    }

    /// What devices have to do at this very time, in words.
    pub(super) fn devices_at_work(&self) -> Option<String> {
        let now = self.backend.now();
        let due = self.machines.devices.next_due(now)?;
        (due <= now).then(|| "a simulated device has something to do".to_owned())
    }
}

/// Devices and the engine, together.
struct Coupled<'a> {
    native: &'a mut Native,
    devices: &'a mut Devices,
    conns: &'a mut HashMap<ConnId, DeviceKey, RandomState>,
    away: bool,
    /// How many bytes were handed over since this was looked at last.
    worked: usize,
    /// What has to wait for its next turn.
    later: Vec<ConnId>,
}

impl Coupled<'_> {
    /// The device wants something.
    fn heed(&mut self, key: DeviceKey) {
        let now = self.native.clock.now();
        if self.devices.wants_connection(key) {
            if self.away {
                return self.devices.closed(now, key, "nobody listens");
            }
            let id = self.native.open("a simulated device".to_owned());
            let listener = self.devices.listener(key);
            if !listener.is_empty() {
                let arrival = Arrival {
                    listener,
                    ..Arrival::default()
                };
                self.native.engine.arrived(id, arrival);
            }
            self.conns.insert(id, key);
            self.devices.opened(now, key, id);
        }
        let Some(id) = self.devices.conn(key) else { return };
        let out = self.devices.outgoing(key);
        // While its login is checked, what it says waits with it.
        if !out.is_empty() && !self.native.engine.is_being_checked(id) {
            let taken = self.native.receive(id, out);
            self.devices.sent(key, taken);
            self.worked += taken;
            if self.native.engine.has_unhandled(id) {
                self.devices.wake(key);
            }
        }
        if self.devices.outgoing(key).is_empty() && self.devices.wants_to_close(key) {
            self.end(id, key, "the simulated device closed the connection");
        }
    }

    /// The engine has something for the device.
    fn feed(&mut self, id: ConnId, key: DeviceKey) {
        let now = self.native.clock.now();
        // As a client that cannot write does not read: what it says first has to be taken.
        let is_heard = self.devices.outgoing(key).len() <= MOST_UNHEARD_BYTES;
        while let Some(outbox) = self.native.engine.outbox(id).filter(|outbox| outbox.open() > 0) {
            if !is_heard || self.worked > WORKED_BYTES {
                self.later.push(id);
                break;
            }
            let front = outbox.front();
            let front = front.get(..WORKED_BYTES).unwrap_or(front);
            let n = front.len();
            self.devices.receive(now, key, front);
            self.native.wrote(id, n);
            self.worked += n;
        }
        match self.native.engine.close_reason(id) {
            Some(why) => {
                let why = why.to_string();
                self.end(id, key, &why);
            }
            // What waited for the end of its login, or until it took something, goes on.
            None => self.heed(key),
        }
    }

    fn end(&mut self, id: ConnId, key: DeviceKey, why: &str) {
        let now = self.native.clock.now();
        self.native.closed(id, why);
        self.conns.remove(&id);
        self.devices.closed(now, key, why);
    }

    fn tell_failures(&mut self) {
        let now = self.native.clock.now();
        while let Some(failure) = self.devices.next_failure() {
            let event = Event::TemplateFailed {
                client_id: failure.client_id.into(),
                of: failure.of.into(),
                why: failure.why,
            };
            self.native.engine.happened(now, event);
        }
    }
}
