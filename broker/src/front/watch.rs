//! Waiting until a condition is true, without polling: it is checked after every input, and at no other time.

use std::cell::RefCell;

use tokio::sync::oneshot;

use super::expected::Expectations;
use crate::backend::Backend;
use crate::journal::Journal;

/// A question, asked again until its answer is yes.
pub(crate) type Condition = Box<dyn FnMut(&Backend) -> bool + Send>;

/// A reader that is shown the journal after each input, until it says that it has seen enough.
pub(crate) struct Follower(pub Box<dyn FnMut(&Journal) -> bool + Send>);

/// All questions and readers.
#[derive(Default)]
pub(super) struct Watches {
    conditions: RefCell<Vec<(Condition, oneshot::Sender<()>)>>,
    followers: RefCell<Vec<Follower>>,
    pub(super) expectations: Expectations,
}

impl Watches {
    pub(super) fn add(&self, condition: Condition, answer: oneshot::Sender<()>) {
        self.conditions.borrow_mut().push((condition, answer));
    }

    pub(super) fn follow(&self, follower: Follower) {
        self.followers.borrow_mut().push(follower);
    }

    /// Answers the questions that are true now, and forgets those that nobody waits for.
    pub(super) fn look(&self, backend: &Backend) {
        self.expectations.look(&backend.journal());
        self.followers
            .borrow_mut()
            .retain_mut(|Follower(has_seen_enough)| !has_seen_enough(&backend.journal()));
        if self.conditions.borrow().is_empty() {
            return;
        }
        let (met, open): (Vec<_>, Vec<_>) = self
            .conditions
            .take()
            .into_iter()
            .filter(|(_, answer)| !answer.is_closed())
            .map(|(mut condition, answer)| (condition(backend), condition, answer))
            .partition(|(met, ..)| *met);
        self.conditions
            .borrow_mut()
            .extend(open.into_iter().map(|(_, condition, answer)| (condition, answer)));
        for (_, _, answer) in met {
            let _ = answer.send(());
        }
    }
}
