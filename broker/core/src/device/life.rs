//! What a client does as time passes: its steps, its telemetry, Keep Alive, coming back.

use std::collections::VecDeque;
use std::time::Duration;

use super::client::{Client, Failure, Link};
use super::stage::{self, Stage, Step};
use crate::template::Feed;
use crate::time::Time;
use crate::wire::Packet;

/// How long a client waits for CONNACK.
const CONNACK_TIMEOUT: Duration = Duration::from_secs(30);

/// The times of a client. [`Time::NEVER`] stands for none.
#[derive(Debug)]
pub(super) struct Life {
    /// When it was added.
    added: Time,
    steps: VecDeque<(Time, Step)>,
    /// It is to be connected.
    wants: bool,
    retry_at: Time,
    /// How often it was not let in since it was let in last.
    attempts: u32,
    connack_due: Time,
    /// Keep Alive; zero = none.
    pub keep_alive: Duration,
    /// When it sent something last.
    pub sent_at: Time,
    ping_due: Time,
    pub awaits_pong: bool,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            added: Time::ZERO,
            steps: VecDeque::new(),
            wants: false,
            retry_at: Time::NEVER,
            attempts: 0,
            connack_due: Time::NEVER,
            keep_alive: Duration::ZERO,
            sent_at: Time::ZERO,
            ping_due: Time::NEVER,
            awaits_pong: false,
        }
    }
}

impl Life {
    /// Seconds since the client was added.
    pub fn t(&self, now: Time) -> f64 {
        now.saturating_since(self.added).as_secs_f64()
    }
}

/// When something is published: on a grid that begins with the first connection.
#[derive(Debug)]
pub(super) struct Schedule {
    begins: Option<Time>,
    nth: u64,
    due: Time,
    over: bool,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            begins: None,
            nth: 0,
            due: Time::NEVER,
            over: false,
        }
    }
}

impl Schedule {
    fn grid(&self, every: Duration) -> Time {
        let nanos = every.as_nanos() as u64;
        let since = Duration::from_nanos(nanos.saturating_mul(self.nth));
        self.begins.map_or(Time::NEVER, |begins| begins + since)
    }

    /// The client is connected: what was due meanwhile is left out.
    fn resume(&mut self, now: Time, every: Duration) {
        match self.begins {
            None => self.begins = Some(now),
            Some(begins) => {
                let since = now.saturating_since(begins).as_nanos();
                let passed = since.div_ceil(every.as_nanos().max(1));
                self.nth = self.nth.max(passed as u64);
            }
        }
        self.due = if self.over { Time::NEVER } else { self.grid(every) };
    }
}

impl Client {
    /// Its life begins.
    pub fn begin(&mut self, now: Time) {
        let device = &self.plan.device;
        let stages = match device.stages.as_slice() {
            [] => &[Stage::Connect { connect_secs: 0.0 }],
            stages => stages,
        };
        let which = (self.n - 1, device.count);
        self.life.added = now;
        self.life.steps = stage::steps(stages, now, which, &mut self.chance).into();
    }

    /// When something is due next.
    pub fn next_due(&self) -> Time {
        let life = &self.life;
        let step = life.steps.front().map_or(Time::NEVER, |(at, _)| *at);
        let own = step.min(life.retry_at).min(life.connack_due).min(life.ping_due);
        let dues = self.sources.iter().map(|source| source.schedule.due);
        match self.link {
            Link::Live if !self.closing => dues.fold(own, Time::min),
            _ => own,
        }
    }

    /// Does what is due.
    pub fn run_due(&mut self, now: Time, feed: &mut Feed, failures: &mut Vec<Failure>) {
        while let Some((at, step)) = self.life.steps.front().copied()
            && at <= now
        {
            self.life.steps.pop_front();
            self.step(step);
        }
        if self.life.retry_at <= now {
            self.life.retry_at = Time::NEVER;
            self.want();
        }
        if self.life.connack_due <= now {
            self.status.last_end = Some(format!("no CONNACK within {CONNACK_TIMEOUT:?}"));
            self.life.connack_due = Time::NEVER;
            self.leave(false);
        }
        if self.link != Link::Live || self.closing {
            return;
        }
        if self.life.ping_due <= now {
            self.ping(now);
        }
        for at in 0..self.sources.len() {
            if self.sources[at].schedule.due > now || self.closing {
                continue;
            }
            let goes_on = self.measure(now, at, feed).unwrap_or_else(|failure| {
                self.status.failed += 1;
                failures.push(failure);
                true
            });
            self.set_next(at, goes_on);
        }
    }

    fn set_next(&mut self, at: usize, goes_on: bool) {
        let (every, jitter) = self.plan.telemetry[at].every;
        let schedule = &mut self.sources[at].schedule;
        schedule.over = !goes_on;
        schedule.nth += 1;
        schedule.due = Time::NEVER;
        if goes_on {
            let late = if jitter.is_zero() {
                Duration::ZERO
            } else {
                jitter.mul_f64(self.chance.unit())
            };
            schedule.due = schedule.grid(every) + late;
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Connect => {
                self.life.wants = true;
                self.life.attempts = 0;
                self.want();
            }
            Step::Drop | Step::Leave(_) => {
                self.life.wants = false;
                self.life.retry_at = Time::NEVER;
                self.life.connack_due = Time::NEVER;
                match self.link {
                    Link::Down => {}
                    Link::Wanted => self.link = Link::Down,
                    Link::Connecting | Link::Live => self.leave(step == Step::Leave(true)),
                }
            }
        }
    }

    fn want(&mut self) {
        if self.link == Link::Down && self.life.wants {
            self.link = Link::Wanted;
        }
    }

    fn ping(&mut self, now: Time) {
        let due = self.life.sent_at + self.life.keep_alive;
        if due > now {
            self.life.ping_due = due;
        } else if self.life.awaits_pong {
            self.status.last_end = Some("no PINGRESP within Keep Alive".to_owned());
            self.life.ping_due = Time::NEVER;
            self.leave(false);
        } else {
            Packet::PingReq.encode(self.plan.version, &mut self.out);
            self.life.awaits_pong = true;
            self.life.ping_due = now + self.life.keep_alive;
        }
    }

    /// CONNECT was sent.
    pub fn connecting(&mut self, now: Time) {
        self.life.connack_due = now + CONNACK_TIMEOUT;
        self.life.sent_at = now;
    }

    /// The broker has let it in.
    pub fn let_in(&mut self, now: Time, keep_alive_secs: u16) {
        let life = &mut self.life;
        life.attempts = 0;
        life.connack_due = Time::NEVER;
        life.keep_alive = Duration::from_secs(keep_alive_secs.into());
        life.awaits_pong = false;
        life.ping_due = match keep_alive_secs {
            0 => Time::NEVER,
            _ => now + life.keep_alive,
        };
        for (source, telemetry) in self.sources.iter_mut().zip(&self.plan.telemetry) {
            source.schedule.resume(now, telemetry.every.0);
        }
    }

    /// Its connection is over, or could not be opened.
    pub fn is_over(&mut self, now: Time) {
        let by_itself = std::mem::take(&mut self.closing) && self.link == Link::Live;
        self.link = Link::Down;
        self.conn = None;
        self.status.connected = false;
        self.out.clear();
        self.partial.clear();
        self.life.connack_due = Time::NEVER;
        self.life.ping_due = Time::NEVER;
        if !self.life.wants {
            return;
        }
        if by_itself && self.life.retry_at == Time::NEVER && self.status.last_end.is_none() {
            // A step has ended it, and the next one wants it back already.
            return self.want();
        }
        if self.plan.device.reconnect {
            let doubled = f64::from(2_u32.saturating_pow(self.life.attempts.min(30)));
            let most = self.plan.device.reconnect_max_secs;
            let secs = (self.plan.device.reconnect_secs * doubled).min(most);
            self.life.attempts += 1;
            self.life.retry_at = now + Duration::from_secs_f64(secs);
        }
    }
}
