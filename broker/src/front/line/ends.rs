//! The ends of a connection with a line, and what is owed on it until then.

use crate::engine::{ConnId, Direction};
use crate::fault::Cut;
use crate::front::Shell;
use crate::front::conn::ConnIo;
use crate::time::Time;

impl ConnIo {
    /// Whether nothing is read because of the line: it wants no more, or the client has ended.
    pub(in crate::front) fn is_deaf_for_line(&self) -> bool {
        let line = self.line.borrow();
        line.as_deref()
            .is_some_and(|attached| attached.ended[0] || !attached.line.wants(Direction::In))
    }

    /// The client has ended, in good order or not: the end queues behind what its line keeps, but for a failure, which discards it.
    pub(in crate::front) fn end_in(&self, shell: &Shell, id: ConnId, how: Cut) {
        self.with_line(shell, id, |line, world| line.end(world, Direction::In, how));
        if let Some(attached) = self.line.borrow_mut().as_mut() {
            attached.ended[0] = true;
        }
        self.pass_on(shell, id);
    }

    /// Whether the client has ended, and everything before that was handed over.
    pub(in crate::front) fn has_ended(&self) -> bool {
        let line = self.line.borrow();
        line.as_deref()
            .is_some_and(|attached| attached.ended[0] && attached.line.has_ended(Direction::In))
            && !self.unhandled.get()
    }

    /// Whether all that the engine sent before it wants the connection closed has come through the line, but for what nobody
    /// knows the end of. A takeover, a restart and a stop wait for nothing.
    pub(in crate::front) fn is_through(&self, shell: &Shell, id: ConnId) -> bool {
        if !self.has_line.get() {
            return true;
        }
        if shell.stopping.get() || self.native.borrow().engine.is_taken_over(id) {
            return true;
        }
        self.feed_line(shell, id);
        let begins = self.line.borrow_mut().as_mut().is_some_and(|attached| {
            let unsent = self
                .native
                .borrow()
                .engine
                .outbox(id)
                .map_or(0, crate::engine::Outbox::len);
            unsent == attached.given && !std::mem::replace(&mut attached.ended[1], true)
        });
        if begins {
            self.with_line(shell, id, |line, world| {
                line.end(world, Direction::Out, Cut::Close);
            });
            self.write_some(shell, id);
        }
        let line = self.line.borrow();
        line.as_deref().is_none_or(|attached| {
            attached.line.has_ended(Direction::Out)
                || attached.line.keeps().is_some_and(|kept| kept.until.is_none())
        })
    }

    /// The end that a rule wants.
    pub(in crate::front) fn cut(&self) -> Option<Cut> {
        self.line.borrow().as_deref()?.line.cut()
    }

    /// The connection is over: what the line keeps is discarded, and the journal is told.
    pub(in crate::front) fn discard_line(&self, shell: &Shell, id: ConnId) {
        let Some(mut attached) = self.line.borrow_mut().take() else {
            return;
        };
        self.has_line.set(false);
        shell.machines.faults.borrow_mut().closed(id);
        if let Some(due) = attached.due {
            shell.machines.lines.borrow_mut().remove(&(due, id));
        }
        let mut native = self.native.borrow_mut();
        let now = native.clock.now();
        attached.told.all_handed(&mut native.engine, now, id);
        if let Some(kept) = attached.line.keeps() {
            let client_id = attached.line.who().client_id.clone();
            native
                .engine
                .rule_fired(now, id, (client_id, kept.rule, "discard"), (0, false), None);
        }
    }

    /// Whether a rule holds something of it, and nobody knows for how long: until it is released, healed, or the clock goes on.
    pub(in crate::front) fn is_held_on_line(&self) -> bool {
        let line = self.line.borrow();
        let Some(attached) = line.as_deref() else {
            return false;
        };
        let held = |until: Option<Time>| until.is_none() || self.native.borrow().clock.is_frozen();
        let stalled = !attached.line.wants(Direction::Out) || !attached.line.wants(Direction::In);
        attached.line.keeps().map_or(stalled, |kept| held(kept.until))
    }

    /// What the line is about to pass on, in words that follow the client's name. What it keeps until somebody releases it, or
    /// until a clock goes on that stands still, is not on its way.
    pub(in crate::front) fn owes_on_line(&self, id: ConnId) -> Option<String> {
        let line = self.line.borrow();
        let attached = line.as_deref()?;
        let native = self.native.borrow();
        let unsent = native.engine.outbox(id).map_or(0, crate::engine::Outbox::len);
        if attached.line.ready(Direction::Out).is_some() {
            return Some("has not taken what waits for it behind a rule".to_owned());
        }
        if unsent > attached.given && attached.line.wants(Direction::Out) {
            return Some(format!("is owed {unsent} bytes"));
        }
        let kept = attached.line.keeps()?;
        let until = kept.until.filter(|_| !native.clock.is_frozen())?;
        Some(format!(
            "has {} bytes kept back by the rule {:?} until {until} s",
            kept.bytes, kept.rule
        ))
    }
}
