//! `Timers`: everything that happens by itself, each at its own instant, in one total order.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ConnId;
use crate::session::SessionKey;
use crate::time::Time;

/// What is due. The order of the variants is the order of what is due at the same instant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A new subscription gets more of its retained messages.
    Retained(ConnId),
    /// A queued message of the session expires.
    MessageExpiry(SessionKey),
    /// The retained message of the topic expires.
    RetainedExpiry(Arc<str>),
    /// The will of a closed connection is due.
    Will(SessionKey),
    /// The session ends.
    SessionExpiry(SessionKey),
    /// CONNECT should have come by now.
    Connect(ConnId),
    /// The client should have said something by now. Whether it did is looked up then.
    KeepAlive(ConnId),
    /// `$SYS` topics are published.
    Sys,
}

/// The table of all timers.
#[derive(Debug, Default)]
pub struct Timers {
    due: BTreeSet<(Time, Timer)>,
}

impl Timers {
    /// Sets `timer` for `at`, if there is such an instant. A timer may stand more than once, at different instants.
    pub fn set(&mut self, at: impl Into<Option<Time>>, timer: Timer) {
        if let Some(at) = at.into() {
            self.due.insert((at, timer));
        }
    }

    /// Removes `timer` if it is set for `at`.
    pub fn cancel(&mut self, at: impl Into<Option<Time>>, timer: Timer) {
        if let Some(at) = at.into() {
            self.due.remove(&(at, timer));
        }
    }

    /// Removes one entry of `timer`, whenever it is due; says whether there was one.
    pub fn take(&mut self, timer: &Timer) -> bool {
        let found = self.due.iter().find(|(_, other)| other == timer).cloned();
        found.is_some_and(|entry| self.due.remove(&entry))
    }

    /// How many are set.
    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Time> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The next one that is due at `now` or before, with its own instant.
    pub fn pop(&mut self, now: Time) -> Option<(Time, Timer)> {
        if self.next()? > now {
            return None;
        }
        self.due.pop_first()
    }
}
