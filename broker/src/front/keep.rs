//! What the store says of the changes that it was given.

use std::rc::Rc;

use super::Shell;
use crate::durable::{Keeper, News};
use crate::engine::Event;

impl Shell {
    /// Lets go what waited until it was kept, whenever the store has kept something.
    pub(super) async fn hear_keeper(self: Rc<Self>) {
        let inbox = self
            .backend
            .native()
            .and_then(|native| Some(native.keeper.as_ref()?.inbox()));
        let Some(inbox) = inbox else { return };
        loop {
            inbox.arrived.notified().await;
            self.hear_store();
            self.after_input();
        }
    }

    fn hear_store(&self) {
        let Some(mut native) = self.backend.native_mut() else {
            return;
        };
        let native = &mut *native;
        let Some(keeper) = &mut native.keeper else { return };
        for news in keeper.hear(&mut native.engine) {
            let (state, why) = match news {
                News::Failing(why) => ("failing", why),
                News::Recovered => ("recovered", String::new()),
                News::NotCompacted(why) => ("not_compacted", why),
            };
            native
                .engine
                .happened(native.clock.now(), Event::Store { state, why });
        }
    }

    /// The broker has stopped: the last changes are kept before anybody is told so.
    pub(super) fn end_keeping(&self) {
        let Some(keeper) = self.last_turn() else { return };
        // The wait is told before it begins.
        self.tell();
        if let Some(batches) = keeper.end() {
            let why = format!("the disk refused the last {batches} changes, and they are lost");
            self.stored("lost", why);
            self.tell();
        }
    }

    fn last_turn(&self) -> Option<Keeper> {
        let keeper = {
            let mut native = self.backend.native_mut()?;
            native.end_turn();
            native.keeper.take()?
        };
        if let Some(why) = keeper.holds_up_the_end() {
            self.stored("ending", why);
        }
        Some(keeper)
    }

    fn stored(&self, state: &'static str, why: String) {
        if let Some(mut native) = self.backend.native_mut() {
            let now = native.clock.now();
            native.engine.happened(now, Event::Store { state, why });
        }
    }

    /// What waits for the disk, in words.
    pub(super) fn unkept(&self) -> Option<String> {
        self.backend.native()?.keeper.as_ref()?.waits()
    }
}
