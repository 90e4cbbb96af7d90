//! A recorded broker, played: clients are answered as it answered.
//!
//! [`Answers`] holds what was recorded of each connection. [`Answering`] is one connection that is answered so: a pure machine,
//! to which packets and times are given.

mod answering;
mod conversation;
mod matching;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use super::play::Speed;
use super::read::Recording;

pub(crate) use answering::Answering;
use conversation::Conversation;

/// What a recorded broker said, by connection.
#[derive(Debug)]
pub(crate) struct Answers {
    conversations: Vec<Arc<Conversation>>,
    /// Those that were played since all were.
    played: HashSet<usize>,
    speed: Speed,
}

impl Answers {
    /// # Errors
    /// The recording does not say what a broker answered.
    pub fn new(recording: &Recording, speed: Speed) -> Result<Self, String> {
        let conversations = conversation::all(recording);
        if conversations.is_empty() {
            return Err(
                "this recording does not say how clients connected, as that of a subscriber does not; `broker --record` writes one \
                 that does"
                    .to_owned(),
            );
        }
        Ok(Self {
            conversations,
            played: HashSet::new(),
            speed,
        })
    }

    /// For a client that connects: the next conversation that was recorded with a client of its name, or else the next one.
    /// Once all were played they begin again.
    pub fn begin(&mut self, client_id: &str) -> Answering {
        if self.played.len() == self.conversations.len() {
            self.played.clear();
        }
        let left = || (0..self.conversations.len()).filter(|number| !self.played.contains(number));
        let of = |number: &usize| {
            self.conversations
                .get(*number)
                .is_some_and(|it| it.client_id == client_id)
        };
        let named = left().find(of);
        // One that was played already is better than somebody else's.
        let again = || (0..self.conversations.len()).rev().find(of);
        let number = named.or_else(again).or_else(|| left().next()).unwrap_or_default();
        self.played.insert(number);
        let conversation = self.conversations.get(number).cloned().unwrap_or_default();
        Answering::new(conversation, self.speed)
    }
}
