//! [`Lines`]: the connections that have a line, for the shell, which keeps the time for them, and for those who ask.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use super::Relay;
use crate::engine::{ConnId, Event};
use crate::journal::Source;
use crate::line::Kept;
use crate::time::Time;

/// The connections that have a line.
#[derive(Default)]
pub(super) struct Lines {
    posts: RefCell<BTreeMap<ConnId, Rc<Post>>>,
    /// When which of them has something to do.
    due: RefCell<BTreeSet<(Time, ConnId)>>,
    /// How many connections, with a line or without one, have looked at the rules of which generation.
    heeded: RefCell<BTreeMap<u64, usize>>,
}

/// The generation of rules that a connection has looked at.
pub(super) struct Heed {
    relay: Rc<Relay>,
    generation: u64,
}

impl Heed {
    pub fn new(relay: &Rc<Relay>) -> Self {
        let relay = relay.clone();
        let generation = relay.generation();
        *relay.lines.heeded.borrow_mut().entry(generation).or_default() += 1;
        Self { relay, generation }
    }

    /// Whether there are other rules now.
    pub fn is_behind(&self) -> bool {
        self.generation != self.relay.generation()
    }
}

impl Drop for Heed {
    fn drop(&mut self) {
        let mut heeded = self.relay.lines.heeded.borrow_mut();
        if let Some(count) = heeded.get_mut(&self.generation) {
            *count -= 1;
            if *count == 0 {
                heeded.remove(&self.generation);
            }
        }
    }
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
    source: Source,
    post: Rc<Post>,
}

impl Posted {
    pub fn new(relay: &Rc<Relay>, conn: ConnId, source: Source) -> Self {
        let post = Rc::<Post>::default();
        relay.lines.posts.borrow_mut().insert(conn, post.clone());
        Self {
            relay: relay.clone(),
            conn,
            source,
            post,
        }
    }

    /// What is kept for the connection is lost: the journal is told.
    pub fn discard(&self) {
        let Some(kept) = self.post.kept.take() else {
            return;
        };
        let event = Event::Fault {
            conn: self.conn,
            client_id: self.post.client_id.borrow().clone(),
            rule: kept.rule,
            action: "discard",
            nth: 0,
            delivery: false,
            why: None,
        };
        self.relay.book.borrow_mut().event(Some(self.source), event);
    }

    /// Says how the line stands.
    pub fn tell(&self, client_id: &Arc<str>, due: Option<Time>, kept: Option<Kept>, waker: &Waker) {
        if *self.post.client_id.borrow() != *client_id {
            self.post.client_id.replace(client_id.clone());
        }
        self.post.kept.replace(kept);
        let mut known = self.post.waker.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
        drop(known);
        if self.set_due(due) {
            // The timer is set anew: what came was told of before this was known.
            self.relay.tell();
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

    /// Says whether that is another time than before.
    fn set_due(&self, due: Option<Time>) -> bool {
        let before = self.post.due.replace(due);
        let is_new = before != due;
        if is_new {
            let mut all = self.relay.lines.due.borrow_mut();
            if let Some(before) = before {
                all.remove(&(before, self.conn));
            }
            all.extend(due.map(|due| (due, self.conn)));
        }
        is_new
    }
}

impl Drop for Posted {
    fn drop(&mut self) {
        self.discard();
        self.relay.rules().faults.borrow_mut().closed(self.conn);
        self.set_due(None);
        self.relay.lines.posts.borrow_mut().remove(&self.conn);
    }
}

impl Lines {
    /// When a line has something to do next. That time stays due until the line's task has had its turn.
    pub fn next_due(&self) -> Option<Time> {
        self.due.borrow().first().map(|(at, _)| *at)
    }

    /// Whether all connections have looked at the rules of this generation.
    pub fn all_heeded(&self, generation: u64) -> bool {
        let heeded = self.heeded.borrow();
        heeded.keys().all(|looked_at| *looked_at == generation)
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
