//! Waiting until a condition is true, without polling: it is checked after every input, and at no other time.

use std::cell::RefCell;

use tokio::sync::oneshot;

use super::expected::Expectations;
use crate::backend::{Backend, Sign};
use crate::journal::Journal;

/// A question, asked again until its answer is yes.
pub(crate) type Condition = Box<dyn FnMut(&Backend) -> bool + Send>;

/// A reader that is shown the journal after each input, until it says that it has seen enough.
pub(crate) struct Follower(pub Box<dyn FnMut(&Journal) -> bool + Send>);

/// Questions that depend on the same, and how that stood when they were asked last.
#[derive(Default)]
struct Group {
    open: Vec<(Condition, oneshot::Sender<()>)>,
    asked_at: [u64; 3],
}

/// All questions and readers.
#[derive(Default)]
pub(super) struct Watches {
    conditions: [RefCell<Group>; Sign::ALL.len()],
    followers: RefCell<Vec<Follower>>,
    pub(super) expectations: Expectations,
}

impl Watches {
    /// Adds a question whose answer is no so far.
    pub(super) fn add(&self, of: Sign, condition: Condition, answer: oneshot::Sender<()>) {
        let mut group = self.conditions[of as usize].borrow_mut();
        group.open.retain(|(_, answer)| !answer.is_closed());
        group.open.push((condition, answer));
    }

    pub(super) fn follow(&self, follower: Follower) {
        self.followers.borrow_mut().push(follower);
    }

    /// Answers the questions that are true now, and forgets those that nobody waits for. Where nothing has changed that they depend
    /// on, they are not asked: a thousand that wait cost each message no more than one.
    pub(super) fn look(&self, backend: &Backend) {
        self.expectations.look(&backend.journal());
        self.followers
            .borrow_mut()
            .retain_mut(|Follower(has_seen_enough)| !has_seen_enough(&backend.journal()));
        for of in Sign::ALL {
            let group = &self.conditions[of as usize];
            if !group.borrow().open.is_empty() {
                ask(&mut group.borrow_mut(), backend, backend.sign(of));
            }
        }
    }
}

/// Asks all of them, if something has changed.
fn ask(group: &mut Group, backend: &Backend, now: [u64; 3]) {
    if now == std::mem::replace(&mut group.asked_at, now) {
        return;
    }
    let mut met = Vec::new();
    for (mut condition, answer) in std::mem::take(&mut group.open) {
        if answer.is_closed() {
            continue;
        }
        if condition(backend) {
            met.push(answer);
        } else {
            group.open.push((condition, answer));
        }
    }
    for answer in met {
        let _ = answer.send(());
    }
}
