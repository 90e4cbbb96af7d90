//! [`Lines`]: the connections that have a line, for the shell, which keeps the time for them, and for those who ask.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use super::Relay;
use crate::engine::ConnId;
use crate::line::Kept;
use crate::time::Time;

/// The connections that have a line.
#[derive(Default)]
pub(super) struct Lines {
    posts: RefCell<BTreeMap<ConnId, Rc<Post>>>,
    /// When which of them has something to do.
    due: RefCell<BTreeSet<(Time, ConnId)>>,
}

/// What is known from outside of one line, and asked of it.
#[derive(Default)]
struct Post {
    client_id: RefCell<Arc<str>>,
    due: Cell<Option<Time>>,
    kept: RefCell<Option<Kept>>,
    /// The rules that are to let go what they hold; `None` = all of them.
    releases: RefCell<Vec<Option<Arc<str>>>>,
    /// Wakes its task.
    waker: RefCell<Option<Waker>>,
}

impl Post {
    fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

/// A place among the [`Lines`]. It is given up when this is dropped.
pub(super) struct Posted {
    relay: Rc<Relay>,
    conn: ConnId,
    post: Rc<Post>,
}

impl Posted {
    pub fn new(relay: &Rc<Relay>, conn: ConnId) -> Self {
        let post = Rc::<Post>::default();
        relay.lines.posts.borrow_mut().insert(conn, post.clone());
        Self {
            relay: relay.clone(),
            conn,
            post,
        }
    }

    /// Says how the line stands.
    pub fn tell(&self, client_id: &Arc<str>, due: Option<Time>, kept: Option<Kept>, waker: &Waker) {
        if *self.post.client_id.borrow() != *client_id {
            self.post.client_id.replace(client_id.clone());
        }
        self.post.kept.replace(kept);
        self.set_due(due);
        let mut known = self.post.waker.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }

    /// The rules that are to let go what they hold; `None` = all of them.
    pub fn take_releases(&self) -> Vec<Option<Arc<str>>> {
        self.post.releases.take()
    }

    /// This connection is the client's now: an older one of it lets go what it keeps.
    pub fn takes_over(relay: &Relay, client_id: &str) {
        for post in relay.lines.posts.borrow().values() {
            if **post.client_id.borrow() == *client_id {
                post.wake();
            }
        }
    }

    fn set_due(&self, due: Option<Time>) {
        let before = self.post.due.replace(due);
        if before != due {
            let mut all = self.relay.lines.due.borrow_mut();
            if let Some(before) = before {
                all.remove(&(before, self.conn));
            }
            all.extend(due.map(|due| (due, self.conn)));
        }
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        self.set_due(None);
        self.relay.lines.posts.borrow_mut().remove(&self.conn);
    }
}

impl Lines {
    /// When a line has something to do next. That time stays due until the line's task has had its turn.
    pub fn next_due(&self) -> Option<Time> {
        self.due.borrow().first().map(|(at, _)| *at)
    }

    /// Wakes the tasks of all lines that have something to do at `now`.
    pub fn wake_due(&self, now: Time) {
        let posts = self.posts.borrow();
        let due = self.due.borrow();
        let due = due.iter().take_while(|(at, _)| *at <= now);
        for post in due.filter_map(|(_, conn)| posts.get(conn)) {
            post.wake();
        }
    }

    /// All lines let go what this rule holds; what all rules hold where it is `None`.
    #[allow(dead_code)] // the call of the handle comes
    pub fn release(&self, rule: Option<&str>) {
        for post in self.posts.borrow().values() {
            post.releases.borrow_mut().push(rule.map(Arc::from));
            post.wake();
        }
    }

    /// Whose bytes are kept back, and by which rule: of the oldest connection where there are some.
    pub fn kept(&self) -> Option<(Arc<str>, Kept)> {
        let posts = self.posts.borrow();
        posts.values().find_map(|post| {
            let kept = post.kept.borrow().clone()?;
            Some((post.client_id.borrow().clone(), kept))
        })
    }
}
