//! Recordings that are played on the broker's own clock.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::backend::Native;
use crate::recording::{Action, Deed, Played, Script};
use crate::time::Time;

/// How many messages are published before other tasks get their turn.
const MESSAGES_IN_A_ROW: usize = 256;

/// All recordings that are being played.
#[derive(Default)]
pub(crate) struct Plays(Vec<Running>);

struct Running {
    start: Time,
    left: VecDeque<Action>,
    played: Played,
    answer: oneshot::Sender<Played>,
}

impl Running {
    fn next_due(&self) -> Time {
        self.left
            .front()
            .map_or(self.start, |action| self.start + action.at)
    }
}

impl Plays {
    /// This one begins now.
    pub fn begin(&mut self, now: Time, script: Script, answer: oneshot::Sender<Played>) {
        let publishes = |action: &Action| matches!(action.deed, Deed::Publish(_));
        self.0.push(Running {
            start: now,
            left: script.actions.into_iter().filter(publishes).collect(),
            played: script.played,
            answer,
        });
    }

    /// All of them end where they are.
    pub fn end(&mut self) {
        for mut play in self.0.drain(..) {
            let left = play.left.len() as u64;
            play.played.left_out += left;
            play.played
                .note(|| format!("the broker was reset: {left} messages are left out"));
            let _ = play.answer.send(play.played);
        }
    }

    pub fn next_timeout(&self) -> Option<Time> {
        self.0.iter().map(Running::next_due).min()
    }

    /// Publishes what is due.
    pub fn tick(&mut self, now: Time, native: &mut Native) {
        let mut room = MESSAGES_IN_A_ROW;
        for play in &mut self.0 {
            while room > 0 && play.next_due() <= now {
                let Some(Action { deed, .. }) = play.left.pop_front() else {
                    break;
                };
                room -= 1;
                let Deed::Publish(message) = deed else { continue };
                match native.engine.publish(now, message.injected()) {
                    Ok(_) => play.played.messages += 1,
                    Err(error) => {
                        play.played.left_out += 1;
                        play.played.note(|| error.to_string());
                    }
                }
            }
        }
        for done in self.0.extract_if(.., |play| play.left.is_empty()) {
            let _ = done.answer.send(done.played);
        }
    }
}
