//! Waiting for something to be so, without polling: looked at after every input, and at no other time.

use std::cell::RefCell;

use tokio::sync::oneshot;

use super::expected::Expectations;
use crate::backend::Backend;
use crate::journal::Journal;

/// A question that somebody waits for the yes to.
pub(crate) type Condition = Box<dyn FnMut(&Backend) -> bool + Send>;

/// Somebody who is shown the journal whenever something happened, until it says that it has seen enough.
pub(crate) struct Follower(pub Box<dyn FnMut(&Journal) -> bool + Send>);

/// All that is waited for.
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

    /// Answers those whose time has come, forgets those who no longer listen.
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
