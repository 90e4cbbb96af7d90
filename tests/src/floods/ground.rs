//! Where a flood goes to, and what became of its clients.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::line::Door;

/// What the threads of one flood share.
#[derive(Debug)]
pub struct Ground {
    /// Where its clients come in.
    pub door: Door,
    over: AtomicBool,
    ends: Mutex<Vec<Duration>>,
}

impl Ground {
    /// With this way in.
    pub fn new(door: Door) -> Self {
        Self {
            door,
            over: AtomicBool::new(false),
            ends: Mutex::new(Vec::new()),
        }
    }

    /// The address of its way in.
    pub fn addr(&self) -> SocketAddr {
        self.door.addr
    }

    /// Tells the threads to end.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether they are to end.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// The broker has closed a connection that was opened then.
    pub fn ended(&self, opened: Instant) {
        if !self.is_over() {
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.push(opened.elapsed());
        }
    }

    /// How long those lived that the broker closed, the shortest first.
    pub fn ends(&self) -> Vec<Duration> {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ends.sort_unstable();
        ends
    }
}
