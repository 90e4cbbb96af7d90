//! Time: the engine and the machines beside it (rules, lines, stubs, devices) do what is due, on one clock.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use super::Shell;
use crate::fault::Faults;
use crate::scenario::Scenarios;
use crate::time::Time;

/// What acts by itself on the broker's clock, beside the engine.
#[derive(Default)]
pub(super) struct Machines {
    /// The rules in force.
    pub faults: RefCell<Faults>,
    /// The states that rules and stubs share.
    #[allow(dead_code)] // the lines come
    pub scenarios: RefCell<Scenarios>,
}

impl Shell {
    /// When something is due next.
    pub(super) fn next_due(&self) -> Option<Time> {
        let engine = || self.backend.native()?.engine.next_timeout();
        let rules = self.machines.faults.borrow().next_timeout();
        [engine(), rules].into_iter().flatten().min()
    }

    /// The same in real time; `None` if it never comes by waiting.
    pub(super) fn next_instant(&self) -> Option<Instant> {
        self.backend.instant_of(self.next_due()?)
    }

    /// Does what is due at `now`, on the way to `until`.
    pub(super) fn tick(&self, now: Time, until: Time) {
        self.machines.faults.borrow_mut().tick(now);
        if let Some(mut native) = self.backend.native_mut() {
            native.engine.tick_towards(now, until);
        }
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
                    // A timer that is due again at once (a long walk over retained messages) lets the other tasks go
                    // first.
                    tokio::task::yield_now().await;
                }
                () = self.rearm.notified() => {}
            }
        }
    }
}
