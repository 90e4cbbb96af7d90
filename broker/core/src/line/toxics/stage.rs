//! [`Stage`]: one toxic at work on one direction of a connection.

use std::collections::VecDeque;
use std::time::Duration;

use crate::chance::Rng;
use crate::fault::{Cut, Infection, Toxic};
use crate::line::chunk::Chunk;
use crate::line::{Kept, Tell};
use crate::time::Time;

use super::End;

/// `bandwidth` lets bytes go in portions of so many milliseconds.
const PORTION_MILLIS: u64 = 100;

/// One toxic at work.
#[derive(Debug)]
pub(super) struct Stage {
    pub infection: Infection,
    rng: Rng,
    /// When it came into force here.
    since: Time,
    /// What it keeps, and when each came, or may go where that is known by then.
    kept: VecDeque<(Time, Chunk)>,
    bytes: usize,
    /// Nothing goes before this.
    free: Time,
    /// When the first bytes came.
    first: Option<Time>,
    /// Bytes that have passed, and that were lost.
    passed: u64,
    lost: u64,
    /// The journal knows that it acts.
    told: bool,
    /// It has ended the connection.
    pub spent: bool,
}

impl Stage {
    pub fn new(infection: Infection, salt: u64, now: Time) -> Self {
        Self {
            rng: Rng::new(infection.seed ^ salt),
            infection,
            since: now,
            kept: VecDeque::new(),
            bytes: 0,
            free: now,
            first: None,
            passed: 0,
            lost: 0,
            told: false,
            spent: false,
        }
    }

    /// Whether it alters nothing about so many bytes.
    pub fn lets_through(&self, bytes: usize) -> bool {
        match self.infection.toxic {
            Toxic::LimitData { bytes: limit, .. } => self.passed.saturating_add(bytes as u64) < limit,
            Toxic::SlowClose { .. } | Toxic::HalfOpen { .. } | Toxic::Down => true,
            _ => false,
        }
    }

    /// Tells the journal that it acts, once.
    pub fn acts(&mut self, tell: &mut Tell<'_>) {
        if !self.told {
            self.told = true;
            tell.acts(&self.infection);
        }
    }

    /// Counts bytes that it let through.
    pub fn count(&mut self, bytes: usize) {
        self.passed = self.passed.saturating_add(bytes as u64);
    }

    /// Whether the bytes that come are lost in it.
    pub fn loses(&self) -> bool {
        matches!(
            self.infection.toxic,
            Toxic::Timeout { .. } | Toxic::ResetPeer { .. }
        ) || self.is_full()
    }

    /// Whether it has lost bytes without which the connection cannot go on once it goes.
    pub fn must_close(&self) -> bool {
        matches!(
            self.infection.toxic,
            Toxic::Timeout { .. } | Toxic::ResetPeer { .. }
        ) && self.lost > 0
    }

    /// Whether as many bytes have passed as it allows.
    fn is_full(&self) -> bool {
        matches!(self.infection.toxic, Toxic::LimitData { bytes, .. } if self.passed >= bytes && self.first.is_some())
    }

    /// Bytes come in. Returns how many bytes of the sender are released, because they are lost.
    pub fn push(&mut self, at: Time, chunk: Chunk) -> usize {
        self.first.get_or_insert(at);
        if self.loses() {
            self.lost += chunk.len() as u64;
            return chunk.origin;
        }
        let due = match self.infection.toxic {
            Toxic::Latency { latency, jitter } => at + self.late_by(latency, jitter),
            _ => at,
        };
        self.bytes += chunk.len();
        self.kept.push_back((due, chunk));
        0
    }

    fn late_by(&mut self, latency: u64, jitter: u64) -> Duration {
        let spread = self.rng.below(jitter.saturating_mul(2).saturating_add(1));
        Duration::from_millis(latency.saturating_add(spread).saturating_sub(jitter))
    }

    /// When the next bytes go out.
    fn due(&self) -> Option<Time> {
        let (at, chunk) = self.kept.front()?;
        let earliest = self.free.max(*at);
        match self.infection.toxic {
            Toxic::Stall | Toxic::Bandwidth { rate: 0 } => None,
            Toxic::LimitData { .. } if self.is_full() => None,
            Toxic::Bandwidth { rate } => Some(earliest + sending(portion(rate, chunk.len()), rate)),
            _ => Some(earliest),
        }
    }

    /// The bytes that go out next, at `now` at the latest, and when.
    pub fn pop(&mut self, now: Time) -> Option<(Time, Chunk)> {
        let due = self.due().filter(|due| *due <= now)?;
        let (at, mut chunk) = self.kept.pop_front()?;
        let (size, pause, alone) = match self.infection.toxic {
            Toxic::Bandwidth { rate } => (portion(rate, chunk.len()), Duration::ZERO, chunk.alone),
            Toxic::Slicer {
                average_size,
                size_variation,
                delay,
            } => (
                self.slice(average_size, size_variation),
                Duration::from_micros(delay),
                true,
            ),
            Toxic::LimitData { bytes, .. } => {
                let left = usize::try_from(bytes - self.passed.min(bytes)).unwrap_or(usize::MAX);
                (left, Duration::ZERO, chunk.alone)
            }
            _ => (usize::MAX, Duration::ZERO, chunk.alone),
        };
        self.free = due + pause;
        let mut first = chunk.split_to(size);
        first.alone = alone;
        self.bytes -= first.len();
        self.count(first.len());
        if chunk.len() > 0 {
            self.kept.push_front((at, chunk));
        }
        Some((due, first))
    }

    fn slice(&mut self, average: u64, variation: u64) -> usize {
        let spread = self.rng.below(variation.saturating_mul(2).saturating_add(1));
        let size = average.saturating_add(spread).saturating_sub(variation);
        usize::try_from(size.max(1)).unwrap_or(usize::MAX)
    }

    /// When it ends the connection, and how.
    pub fn cut(&self) -> Option<(Time, End)> {
        if self.spent {
            return None;
        }
        let after = |since: Time, millis| since + Duration::from_millis(millis);
        let (at, how) = match self.infection.toxic {
            Toxic::Timeout { timeout } if timeout > 0 => (after(self.since, timeout), Cut::Close),
            Toxic::ResetPeer { timeout } => (after(self.first?, timeout), Cut::Reset),
            Toxic::HalfOpen { timeout } => (after(self.since, timeout), Cut::HalfOpen),
            Toxic::LimitData { reset: false, .. } if self.is_full() => (self.free, Cut::Close),
            Toxic::LimitData { reset: true, .. } if self.is_full() => (self.free, Cut::Reset),
            Toxic::Down => (self.since, Cut::Reset),
            _ => return None,
        };
        // The bytes that `limit_data` lets through arrive.
        let at_once = how != Cut::Close && !matches!(self.infection.toxic, Toxic::LimitData { .. });
        Some((at, End { how, at_once }))
    }

    /// By how much it delays the end of its direction; `None` = for as long as it is in force.
    pub fn end_delay(&self) -> Option<Duration> {
        match self.infection.toxic {
            Toxic::SlowClose { delay } => Some(Duration::from_millis(delay)),
            Toxic::Stall => None,
            _ => Some(Duration::ZERO),
        }
    }

    /// When it has something to do.
    pub fn next_timeout(&self) -> Option<Time> {
        let cut = self.cut().map(|(at, _)| at);
        self.due().into_iter().chain(cut).min()
    }

    /// Takes out all that it keeps.
    pub fn take(&mut self) -> impl Iterator<Item = Chunk> + '_ {
        self.bytes = 0;
        self.kept.drain(..).map(|(_, chunk)| chunk)
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Bytes that it keeps.
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// How many parts it keeps.
    pub fn entries(&self) -> usize {
        self.kept.len()
    }

    /// What it keeps back.
    pub fn keeps(&self) -> Option<Kept> {
        (!self.is_empty()).then(|| Kept {
            rule: self.infection.rule.clone(),
            bytes: self.bytes,
            until: self.due().filter(|due| *due < Time::NEVER),
        })
    }
}

/// How much of `len` bytes goes in one portion.
fn portion(rate: u64, len: usize) -> usize {
    let portion = rate.saturating_mul(PORTION_MILLIS);
    len.min(usize::try_from(portion).unwrap_or(usize::MAX))
}

/// How long so many bytes take; a rate of 1 is a byte in a millisecond.
fn sending(bytes: usize, rate: u64) -> Duration {
    let nanos = bytes as u128 * 1_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
