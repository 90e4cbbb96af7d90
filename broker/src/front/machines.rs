//! Time: the engine and the machines beside it (rules, lines, stubs, devices) do what is due, on one clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shell;
use super::bridges::BridgeRoom;
use super::devices::DeviceRoom;
use super::plays::Plays;
use super::stubs::Answering;
use crate::backend::{Backend, Rules};
use crate::bridging::Bridging;
use crate::engine::{ConnId, Contract};
use crate::fault::{Faults, Rule};
use crate::profile::{Mode, Profile, Rulebook};
use crate::scenario::Scenarios;
use crate::time::Time;

/// A profile, and what comes of violations.
pub(crate) type Held = (Arc<Profile>, Mode);

/// What acts by itself on the broker's clock, beside the engine.
pub(crate) struct Machines {
    /// The rules in force, and the profile before them.
    pub faults: Rc<RefCell<Rulebook>>,
    /// Those of them that were there at the start.
    first_rules: RefCell<Vec<Rule>>,
    /// The profile of the start.
    first_profile: RefCell<Option<Held>>,
    /// What clients are held against besides.
    contract: RefCell<Option<Arc<dyn Contract>>>,
    /// The states that rules and stubs share.
    pub scenarios: Rc<RefCell<Scenarios>>,
    /// When the lines of which connections have something to do.
    pub lines: RefCell<BTreeSet<(Time, ConnId)>>,
    /// Recordings that are played.
    pub plays: RefCell<Plays>,
    /// The stubs, and how far they have read the journal.
    pub stubs: RefCell<Answering>,
    /// Simulated devices.
    pub devices: DeviceRoom,
    /// Bridges to other brokers.
    pub bridges: BridgeRoom,
    /// When the outage that is under way ends by itself.
    pub outage_ends: Cell<Option<Time>>,
    /// It has, and clients are not let in yet.
    pub outage_is_over: Cell<bool>,
    /// The generation of rules that was looked at last.
    heeded: Cell<u64>,
}

impl Machines {
    /// All chance comes from `seed`. `began` is the time since 1970 at which the broker's clock shows zero.
    pub fn new(seed: u64, began: Duration, bridges: Vec<Bridging>) -> Self {
        Self {
            faults: Rc::new(RefCell::new(Rulebook::new(Faults::new(seed)))),
            first_rules: RefCell::default(),
            first_profile: RefCell::default(),
            contract: RefCell::default(),
            scenarios: Rc::default(),
            lines: RefCell::default(),
            plays: RefCell::default(),
            stubs: RefCell::new(Answering::new(seed, began)),
            devices: DeviceRoom::new(seed, began),
            bridges: BridgeRoom::new(seed, bridges),
            outage_ends: Cell::default(),
            outage_is_over: Cell::default(),
            heeded: Cell::default(),
        }
    }

    /// These are the rules of the start; each can work.
    pub fn begin_rules(&self, now: Time, rules: Vec<Rule>) {
        *self.first_rules.borrow_mut() = rules;
        self.reset_rules(now);
    }

    /// This is the profile of the start; it is in force with the rules.
    pub fn begin_profile(&self, profile: Option<Held>) {
        *self.first_profile.borrow_mut() = profile;
    }

    /// This is what clients are held against besides.
    pub fn begin_contract(&self, contract: Option<Arc<dyn Contract>>) {
        *self.contract.borrow_mut() = contract;
    }

    /// The contract has changed: what answers is told.
    pub fn heed_contract(&self, backend: &Backend) {
        backend.set_contract(self.contract.borrow().clone());
    }

    /// It is that of the start again, and what was seen is forgotten.
    pub fn reset_contract(&self, backend: &Backend) {
        if let Some(contract) = &*self.contract.borrow() {
            contract.reset();
        }
        self.heed_contract(backend);
    }

    /// The rules are those of the start again, and so is the profile; both count from anew.
    pub fn reset_rules(&self, now: Time) {
        let mut faults = self.faults.borrow_mut();
        faults.clear();
        faults.reset(now);
        faults.set_profile(self.first_profile.borrow().clone());
        for rule in &*self.first_rules.borrow() {
            let _ = faults.add(now, rule.clone());
        }
    }

    /// The rules and what they share, for a relay, which has lines of its own.
    pub fn rules(&self) -> Rules {
        Rules {
            faults: self.faults.clone(),
            scenarios: self.scenarios.clone(),
        }
    }

    /// Whether rules came or went since this was asked last.
    pub fn have_changed(&self) -> bool {
        let generation = self.faults.borrow().generation();
        self.heeded.replace(generation) != generation
    }

    /// The rule that keeps this client out now, and until when.
    pub fn keeps_out(&self, now: Time, client_id: &str) -> Option<(Arc<str>, Time)> {
        let scenarios = self.scenarios.borrow();
        self.faults.borrow().keeps_out(now, &scenarios, client_id)
    }

    /// Whether rules want this listener down.
    pub fn take_down(&self, listener: &str) -> bool {
        let scenarios = self.scenarios.borrow();
        self.faults.borrow().takes_down(&scenarios, listener)
    }
}

impl Shell {
    /// When something is due next.
    pub(super) fn next_due(&self) -> Option<Time> {
        let engine = || self.backend.native()?.engine.next_timeout();
        let relay = || self.backend.relay()?.next_due();
        let rules = self.machines.faults.borrow().next_timeout();
        let plays = self.machines.plays.borrow().next_timeout();
        let stubs = self.machines.stubs.borrow().stubs.next_timeout();
        let devices = self.machines.devices.next_due(self.backend.now());
        let next = [
            engine(),
            relay(),
            rules,
            self.next_line_due(),
            plays,
            stubs,
            devices,
            self.machines.outage_ends.get(),
        ];
        next.into_iter().flatten().min()
    }

    /// The same in real time; `None` if it never comes by waiting.
    pub(super) fn next_instant(&self) -> Option<Instant> {
        self.backend.instant_of(self.next_due()?)
    }

    /// Does what is due at `now`, on the way to `until`.
    pub(super) fn tick(&self, now: Time, until: Time) {
        self.machines.faults.borrow_mut().tick(now);
        if self.machines.outage_ends.get().is_some_and(|ends| ends <= now) {
            self.machines.outage_ends.set(None);
            self.machines.outage_is_over.set(true);
            self.doors_wait.set(true);
            self.to_doors.notify_one();
        }
        match &self.backend {
            Backend::Native(native) => {
                self.tick_lines(now);
                {
                    let mut native = native.borrow_mut();
                    native.engine.tick_towards(now, until);
                    self.machines.plays.borrow_mut().tick(now, &mut native);
                }
                self.tick_devices(native, now);
            }
            Backend::Relay(relay) => relay.tick(now),
        }
        self.tick_stubs(now);
    }

    /// Ticks whenever something is due.
    pub(super) async fn keep_time(self: Rc<Self>) {
        loop {
            let next = self.next_instant();
            self.armed_for.set(next);
            let due = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {
                    let now = self.backend.now();
                    self.tick(now, now);
                    self.after_input();
                    if let Some(subscriber) = self.pressed() {
                        subscriber.is_relieved().await;
                    }
                    // A timer that is due again at once (a long walk over retained messages) lets the other tasks go
                    // first.
                    tokio::task::yield_now().await;
                }
                () = self.rearm.notified() => {}
            }
        }
    }
}
