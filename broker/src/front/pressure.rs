//! Pressure: a publisher waits for a subscriber that can hardly keep up, so that a burst is slowed down instead of dropped.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::Shell;
use super::conn::ConnIo;
use crate::engine::ConnId;

/// How long publishers wait for a subscriber that can hardly keep up. After that it counts as slow until it has caught
/// up: it alone loses the messages that do not fit.
const PATIENCE: Duration = Duration::from_millis(100);

impl Shell {
    /// What was published last, by a machine that has no connection to be held, may be too much for a subscriber. Writes what can
    /// be written; where that does not help, returns the subscriber to wait for.
    pub(super) fn pressed(&self) -> Option<Rc<ConnIo>> {
        let target = self.backend.native_mut()?.engine.take_pressure()?;
        self.after_input();
        let subscriber = self.conns.borrow().get(&target).cloned()?;
        let is_pressed = self.backend.is(|engine| engine.is_pressed(target));
        if !is_pressed || subscriber.held_by.borrow().is_some() {
            return None;
        }
        subscriber.press(self);
        subscriber.holds_until().map(|_| subscriber)
    }
}

impl ConnIo {
    /// Publishers begin to wait for it, unless they do already.
    fn press(&self, shell: &Shell) {
        if self.pressed_since.get().is_none() {
            let now = Instant::now();
            self.pressed_since.set(Some(now));
            shell.pressed_until.set(Some(now + PATIENCE));
        }
    }

    /// Waits until it has taken about half, or its publishers have waited long enough.
    pub(super) async fn is_relieved(&self) {
        if let Some(until) = self.holds_until() {
            let _ = tokio::time::timeout_at(until, self.relieved.notified()).await;
        }
    }

    /// Whether publishers should wait for this subscriber now, and until when at most.
    pub(super) fn holds_until(&self) -> Option<Instant> {
        let since = self.pressed_since.get()?;
        Some(since + PATIENCE).filter(|until| *until > Instant::now())
    }

    /// Called after writing: have publishers waited long enough?
    pub(super) fn relieve(&self, shell: &Shell, id: ConnId) {
        if self.pressed_since.get().is_some() && !self.native.borrow().engine.is_pressed(id) {
            self.pressed_since.set(None);
            shell.pressed_until.set(None);
            self.relieved.notify_waiters();
        }
    }

    /// The bytes just read went to a subscriber that can hardly keep up, so this publisher waits for it. No connection
    /// waits for itself, or for one that waits itself: its acknowledgements could not be read.
    pub(super) fn yield_to(&self, shell: &Shell, id: ConnId) -> bool {
        let target = self.native.borrow_mut().engine.take_pressure();
        let Some(target) = target.filter(|target| *target != id) else {
            return false;
        };
        let Some(subscriber) = shell.conns.borrow().get(&target).cloned() else {
            return false;
        };
        if subscriber.held_by.borrow().is_some() || !self.native.borrow().engine.is_pressed(target) {
            return false;
        }
        subscriber.press(shell);
        let holds = subscriber.holds_until().is_some();
        if holds {
            *self.held_by.borrow_mut() = Some(subscriber);
        }
        holds
    }
}
