//! Waiting for something to be so, without polling: looked at after every input, and at no other time.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::sync::oneshot;

use super::Shell;
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

impl Shell {
    /// Comes back when nothing is going on any more: no connected client has anything in flight or queued, nothing is
    /// unread or unwritten, no timer is due.
    ///
    /// Every round lets the runtime ask the operating system once for what arrived, so that what a client wrote before
    /// the call counts.
    pub(crate) async fn settle(self: Rc<Self>, answer: oneshot::Sender<()>) {
        let mut quiet_rounds = 0;
        while quiet_rounds < 2 && !answer.is_closed() {
            // One turn accepts connections and wakes readers, the next lets them read.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            if self.is_quiet() {
                quiet_rounds += 1;
            } else {
                quiet_rounds = 0;
                if self.unsettled().is_some() && !self.is_unread() {
                    // Only a client, or the next write, can change that.
                    self.activity.notified().await;
                }
            }
        }
        let _ = answer.send(());
    }

    fn is_quiet(&self) -> bool {
        self.unsettled().is_none() && !self.is_unread()
    }

    fn is_unread(&self) -> bool {
        self.conns.borrow().values().any(|io| io.is_unread())
    }

    /// What is still going on, in words.
    pub(crate) fn unsettled(&self) -> Option<String> {
        self.backend.borrow().unsettled()
    }
}
