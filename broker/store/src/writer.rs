//! The thread that commits. While a sync runs, further batches gather for the next one.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::batch::Batch;
use crate::disk::Disk;
use crate::error::{Refused, Trouble};
use crate::form::MAX_BODY;
use crate::helper::Helper;
use crate::store::{Store, admit};

/// A disk that refused is asked again after this time, or when a batch comes after it.
const AGAIN: Duration = Duration::from_millis(500);

/// What the writer tells, on its own thread.
#[derive(Debug)]
#[non_exhaustive]
pub enum Told {
    /// All batches up to this one are kept.
    Kept {
        /// Its number.
        through: u64,
    },
    /// The disk refuses. Batches wait until it takes them again, as far as there is room. Told once.
    Failing(Trouble),
    /// The disk takes batches again; none was lost. All up to this one are kept.
    Recovered {
        /// Its number.
        through: u64,
    },
    /// Files could not be compacted: they take more room than they should. Batches are kept as ever.
    NotCompacted(Trouble),
    /// The writer ended while the disk refused: these batches are not kept.
    Lost {
        /// How many.
        batches: u64,
    },
}

/// What the callers and the thread share.
#[derive(Debug, Default)]
struct Queue {
    batches: VecDeque<Batch>,
    /// Of these batches, and of those that the thread has and the disk has not.
    bytes: usize,
    /// The number of the last batch that came.
    last: u64,
    limit: usize,
    failing: bool,
    /// A portion of a snapshot has been written.
    written: bool,
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    more: Condvar,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // The thread holds the lock for a few assignments only; none of them panics.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store on a thread of its own. Dropping it waits until what was submitted is kept, or refused by the disk once more.
#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `told` is called on it, and must not wait for it.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn start<D: Disk>(mut store: Store<D>, told: impl FnMut(Told) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        {
            let mut queue = shared.queue();
            queue.last = store.taken();
            queue.bytes = store.waiting_bytes();
            queue.limit = store.options.max_waiting_bytes;
        }
        let for_helper = Arc::clone(&shared);
        store.helper = Some(Helper::start(move || {
            for_helper.queue().written = true;
            for_helper.more.notify_one();
        })?);
        let run = Run {
            store,
            told,
            shared: Arc::clone(&shared),
            failing: false,
            committed: 0,
        };
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || run.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Hands a batch over, and says its number: it is kept once [`Told::Kept`] has this one or a later one.
    ///
    /// # Errors
    ///
    /// If too much waits for the disk, or the batch is too large. It has changed nothing then.
    pub fn submit(&self, batch: Batch) -> Result<u64, Refused> {
        let mut queue = self.shared.queue();
        if queue.closed {
            return Err(Refused::Closed);
        }
        admit(&batch, queue.bytes, queue.limit)?;
        queue.bytes += batch.bytes();
        queue.last += 1;
        let number = queue.last;
        let was_empty = queue.batches.is_empty();
        queue.batches.push_back(batch);
        drop(queue);
        if was_empty {
            self.shared.more.notify_one();
        }
        Ok(number)
    }

    /// Whether [`submit`](Self::submit) would take this batch now. Room grows by itself, and shrinks only by that.
    pub fn has_room_for(&self, batch: &Batch) -> bool {
        let queue = self.shared.queue();
        !queue.closed && admit(batch, queue.bytes, queue.limit).is_ok()
    }

    /// How many bytes of batches wait for the disk.
    pub fn waiting_bytes(&self) -> usize {
        self.shared.queue().bytes
    }

    /// Whether the disk refuses at present. What must be kept is better not begun then.
    pub fn is_failing(&self) -> bool {
        self.shared.queue().failing
    }
}

impl Writer {
    /// Takes a last batch, however much waits already, and ends as [dropping](Self) does.
    pub fn end(self, last: Option<Batch>) {
        let mut queue = self.shared.queue();
        queue.last += u64::from(last.is_some());
        queue
            .batches
            .extend(last.filter(|batch| batch.body.len() <= MAX_BODY));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.more.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

/// The thread.
struct Run<D: Disk, T> {
    store: Store<D>,
    told: T,
    shared: Arc<Shared>,
    failing: bool,
    /// How many bytes were committed since the last portion of a snapshot was begun.
    committed: usize,
}

impl<D: Disk, T: FnMut(Told)> Run<D, T> {
    fn run(mut self) {
        loop {
            let closed = self.wait();
            let before = self.store.waiting_bytes();
            self.commit();
            if closed && (self.failing || self.store.waiting_bytes() == 0) {
                break;
            }
            self.committed += before - self.store.waiting_bytes();
            if !closed && self.store.wants_compaction() {
                // A snapshot is copied as fast as the log grows, so that it comes to an end.
                let portion = self.store.options.portion_bytes.max(self.committed);
                if !self.store.waits_for_helper() {
                    self.committed = 0;
                }
                if let Err(trouble) = self.store.compact(portion) {
                    (self.told)(Told::NotCompacted(trouble));
                }
            }
        }
        let batches = self.store.taken() - self.store.kept();
        if batches > 0 {
            (self.told)(Told::Lost { batches });
        }
    }

    /// Waits until there is something to do, and takes the batches that came. Says whether no more will come.
    fn wait(&mut self) -> bool {
        let mut queue = self.shared.queue();
        let wants_compaction = self.store.wants_compaction() && !self.store.waits_for_helper();
        let idle = !wants_compaction && self.store.waiting_bytes() == 0;
        while queue.batches.is_empty() && !queue.closed && !queue.written {
            if self.failing {
                let (after, timeout) = self
                    .shared
                    .more
                    .wait_timeout(queue, AGAIN)
                    .unwrap_or_else(PoisonError::into_inner);
                queue = after;
                if timeout.timed_out() {
                    break;
                }
            } else if idle {
                queue = self
                    .shared
                    .more
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            } else {
                break;
            }
        }
        let batches = std::mem::take(&mut queue.batches);
        let closed = queue.closed;
        queue.written = false;
        drop(queue);
        for batch in batches {
            self.store.take_admitted(batch);
        }
        closed
    }

    fn commit(&mut self) {
        let before = self.store.kept();
        let result = self.store.commit();
        let mut queue = self.shared.queue();
        queue.bytes = self.store.waiting_bytes() + queue.batches.iter().map(Batch::bytes).sum::<usize>();
        queue.failing = result.is_err();
        drop(queue);
        match result {
            Ok(through) if self.failing => {
                self.failing = false;
                (self.told)(Told::Recovered { through });
            }
            Ok(through) if through > before => (self.told)(Told::Kept { through }),
            Err(trouble) if !self.failing => {
                self.failing = true;
                (self.told)(Told::Failing(trouble));
            }
            Ok(_) | Err(_) => {}
        }
    }
}
