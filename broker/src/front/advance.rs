//! Moving the clock: all that is due on the way is done at its own instant, and the other tasks still get their turns.

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Shell;
use super::conn::ConnIo;
use crate::journal::ClockChange;
use crate::time::Time;

/// How long the clock is moved before the other tasks get their turn.
const TURN: Duration = Duration::from_millis(5);

/// How the clock is to be moved.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// By this.
    By(Duration),
    /// To this instant, if it has not passed.
    To(Time),
}

impl Way {
    /// What is left of it, if it is this time.
    pub(super) fn left(self, now: Time) -> Duration {
        match self {
            Self::By(by) => by,
            Self::To(until) => until - now,
        }
    }
}

/// Why the clock was not moved so far.
#[derive(Debug)]
pub(crate) enum NotMoved {
    /// The deadline passed: it shows this time, and so much is left.
    Late { now: Time, left: Duration },
    /// It would be moved beyond [`Time::LAST`]; it stands where it stood.
    TooFar,
}

/// A wish to move the clock, and how far it has come.
pub(super) struct Advance {
    left: Duration,
    /// The deadline, in real time: then the clock stays where it is.
    until: Instant,
    /// Closed once nobody waits for the answer any more: then, too, the clock stays where it is. The error says where
    /// that is.
    answer: oneshot::Sender<Result<(), NotMoved>>,
    /// A subscriber that can hardly keep up with what was published on the way.
    held_by: Option<Rc<ConnIo>>,
}

impl Advance {
    pub(super) fn new(
        by: Duration,
        until: std::time::Instant,
        answer: oneshot::Sender<Result<(), NotMoved>>,
    ) -> Self {
        Self {
            left: by,
            until: until.into(),
            answer,
            held_by: None,
        }
    }
}

impl Shell {
    /// Moves the clock. It begins at once, so later questions find the clock moved. If it takes longer than one turn,
    /// it goes on in a task of its own.
    pub(super) fn advance(self: &Rc<Self>, wish: Advance) {
        if self.backend.now() + wish.left > Time::LAST {
            let _ = wish.answer.send(Err(NotMoved::TooFar));
            return;
        }
        if !wish.left.is_zero() {
            self.backend.clock_changed(ClockChange::Moved, wish.left);
        }
        let Some(mut wish) = self.advance_for_a_turn(wish) else {
            return;
        };
        let shell = self.clone();
        tokio::task::spawn_local(async move {
            loop {
                tokio::task::yield_now().await;
                if let Some(subscriber) = wish.held_by.take() {
                    subscriber.is_relieved().await;
                }
                if shell.is_backed_up() {
                    shell.backlog_is_read().await;
                }
                match shell.advance_for_a_turn(wish) {
                    Some(left) => wish = left,
                    None => return,
                }
            }
        });
    }

    /// Returns how far the clock still has to move.
    fn advance_for_a_turn(&self, mut wish: Advance) -> Option<Advance> {
        let turn = Instant::now();
        while !wish.answer.is_closed() {
            if self.waits_for_relay() && Instant::now() < wish.until {
                return Some(wish);
            }
            let done = self.advance_to_the_next(&mut wish.left);
            let is_over = turn.elapsed() >= TURN;
            if done || is_over || !self.may_write_later() {
                self.after_input();
            }
            if done {
                self.after_doors(wish.answer);
                return None;
            }
            if Instant::now() >= wish.until {
                self.after_input();
                let late = NotMoved::Late {
                    now: self.backend.now(),
                    left: wish.left,
                };
                let _ = wish.answer.send(Err(late));
                return None;
            }
            wish.held_by = self.pressed();
            if is_over || wish.held_by.is_some() || self.is_backed_up() {
                return Some(wish);
            }
        }
        self.after_input();
        None
    }

    /// Whether connections of a relay have something to do at this very time: they get their turn before the clock moves on.
    fn waits_for_relay(&self) -> bool {
        let now = self.backend.now();
        self.backend.relay().is_some_and(|relay| relay.is_behind(now))
    }

    /// Moves the clock to the next instant at which something is due, or by all that is `left`; says whether it was that, and
    /// everything is done.
    fn advance_to_the_next(&self, left: &mut Duration) -> bool {
        let now = self.backend.now();
        let target = now + *left;
        let next = self.next_due().unwrap_or(target).clamp(now, target);
        self.backend.skip(next - now);
        *left = target - next;
        self.tick(next, target);
        left.is_zero() && self.next_due().is_none_or(|due| due > next)
    }
}
