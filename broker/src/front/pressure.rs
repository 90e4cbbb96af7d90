//! Pressure: a publisher waits for a subscriber that can hardly keep up, so that a burst is slowed down instead of dropped.

use std::time::Duration;

use tokio::time::Instant;

use super::Shell;
use super::conn::ConnIo;
use crate::engine::ConnId;

/// How long publishers wait for a subscriber that can hardly keep up. After that it counts as slow until it has caught
/// up: it alone loses the messages that do not fit.
const PATIENCE: Duration = Duration::from_millis(100);

impl ConnIo {
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
        if subscriber.pressed_since.get().is_none() {
            let now = Instant::now();
            subscriber.pressed_since.set(Some(now));
            shell.pressed_until.set(Some(now + PATIENCE));
        }
        let holds = subscriber.holds_until().is_some();
        if holds {
            *self.held_by.borrow_mut() = Some(subscriber);
        }
        holds
    }
}
