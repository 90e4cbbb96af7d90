//! The expectations that somebody waits for. Each is shown the entries that may concern it, as soon as they are
//! recorded.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Notify;

use crate::expect::{Index, Progress, Standing};
use crate::journal::{Journal, Mark};

/// How many entries are looked at in one go.
const BATCH: usize = 4096;

/// One expectation, and the way to wake its waiter.
pub(super) struct Expected {
    pub progress: RefCell<Progress>,
    /// Wakes the waiter when its progress has changed.
    pub changed: Notify,
}

impl Expected {
    pub fn standing(&self) -> Standing {
        self.progress.borrow().standing()
    }

    /// Does something with its progress, and wakes the waiter if it has changed.
    fn advance(&self, work: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress.borrow_mut();
        let before = progress.standing();
        work(&mut progress);
        if progress.standing() != before {
            self.changed.notify_one();
        }
    }
}

/// All expectations that somebody waits for.
#[derive(Default)]
pub(super) struct Expectations {
    open: RefCell<BTreeMap<u64, Rc<Expected>>>,
    index: RefCell<Index>,
    next: Cell<u64>,
    /// All entries before this one have been shown.
    shown: Cell<Mark>,
}

impl Expectations {
    /// Adds an expectation that has seen the whole journal; returns its number.
    pub fn add(&self, one: &Rc<Expected>, journal: &Journal) -> u64 {
        // From here on all expectations have seen the same entries.
        self.look(journal);
        self.shown.set(journal.mark());
        let number = self.next.get();
        self.next.set(number + 1);
        let mut index = self.index.borrow_mut();
        index.insert(number, one.progress.borrow().expectation());
        self.open.borrow_mut().insert(number, one.clone());
        number
    }

    pub fn remove(&self, number: u64) {
        if let Some(one) = self.open.borrow_mut().remove(&number) {
            let mut index = self.index.borrow_mut();
            index.remove(number, one.progress.borrow().expectation());
        }
    }

    /// Shows what is new.
    pub fn look(&self, journal: &Journal) {
        let open = self.open.borrow();
        while !open.is_empty() && self.shown.get() < journal.mark() {
            let index = self.index.borrow();
            let excerpt = journal.read(self.shown.get(), BATCH, &*index);
            if excerpt.missed > 0 {
                for one in open.values() {
                    one.advance(|progress| progress.miss(excerpt.missed));
                }
            }
            self.shown.set(excerpt.until);
            for entry in &excerpt.entries {
                for one in index
                    .concerned(entry)
                    .iter()
                    .filter_map(|number| open.get(number))
                {
                    one.advance(|progress| progress.show(entry));
                }
            }
        }
    }
}
