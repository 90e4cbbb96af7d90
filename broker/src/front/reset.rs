//! The broker as new.

use std::io;
use std::rc::Rc;

use super::doors::Doors;
use super::{Machines, Shell};
use crate::backend::Backend;
use crate::journal::Mark;
use crate::stub::Stubs;

impl Shell {
    /// Everything is as at the start, but that time goes on. Returns once clients can connect at every listener.
    pub(super) async fn reset(self: &Rc<Self>, doors: &mut Doors) -> io::Result<()> {
        self.backend.with_clock(|clock| {
            if clock.is_frozen() {
                clock.resume();
            }
        });
        if let Some(mut native) = self.backend.native_mut() {
            let now = native.clock.now();
            native.engine.reset(now);
        }
        self.machines.reset(&self.backend);
        self.mark.set(Mark::START);
        self.after_input();
        doors.open_all(self).await
    }
}

impl Machines {
    fn reset(&self, backend: &Backend) {
        self.plays.borrow_mut().end();
        self.scenarios.borrow_mut().reset();
        self.reset_rules(backend.now());
        self.reset_contract(backend);
        self.with_stubs(backend, Stubs::reset);
        self.reset_devices(backend);
    }
}
