//! The blocking twins of [`BrokerJournal`](crate::BrokerJournal) and [`Tail`](crate::Tail).

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use crate::broker::CommandError;
use crate::journal::{Entry, Excerpt, Filter, Mark};
use crate::reading::Missed;

/// What crossed the wire, what was decided about it, and what else happened. See [`crate::BrokerJournal`].
///
/// ```
/// use broker::journal::Ladder;
///
/// let broker = broker::blocking::Broker::start()?;
/// let journal = broker.journal();
/// drop(broker); // what it leaves can still be read
/// println!("{}", Ladder::new(&journal.all()?.entries));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BrokerJournal(pub(crate) crate::BrokerJournal);

impl BrokerJournal {
    /// See [`crate::BrokerJournal::mark`].
    pub fn mark(&self) -> Result<Mark, CommandError> {
        wait(self.0.mark())
    }

    /// See [`crate::BrokerJournal::since`].
    pub fn since(&self, mark: Mark) -> Result<Excerpt, CommandError> {
        wait(self.0.since(mark))
    }

    /// See [`crate::BrokerJournal::all`].
    pub fn all(&self) -> Result<Excerpt, CommandError> {
        wait(self.0.all())
    }

    /// See [`crate::BrokerJournal::matching`].
    pub fn matching(&self, filter: &Filter) -> Result<Excerpt, CommandError> {
        wait(self.0.matching(filter))
    }

    /// See [`crate::BrokerJournal::clear`].
    pub fn clear(&self) -> Result<(), CommandError> {
        wait(self.0.clear())
    }

    /// See [`crate::BrokerJournal::tail`].
    pub fn tail(&self) -> Result<Tail, CommandError> {
        wait(self.0.tail()).map(Tail)
    }

    /// Waits for the end of the broker; then all that it leaves.
    pub(crate) fn left(&self) -> Result<Excerpt, CommandError> {
        wait(self.0.left()).map(|journal| journal.since(Mark::START))
    }

    /// See [`crate::BrokerJournal::pcapng`].
    pub fn pcapng(&self) -> Result<Vec<u8>, CommandError> {
        wait(self.0.pcapng())
    }

    /// See [`crate::BrokerJournal::tail_from`].
    pub fn tail_from(&self, mark: Mark) -> Tail {
        Tail(self.0.tail_from(mark))
    }
}

/// The entries of a journal as they come: an iterator that waits, and that ends once the broker has stopped and
/// everything was read. See [`crate::Tail`].
#[derive(Debug)]
pub struct Tail(crate::Tail);

impl Tail {
    /// See [`crate::Tail::matching`].
    #[must_use]
    pub fn matching(self, filter: Filter) -> Self {
        Self(self.0.matching(filter))
    }
}

impl Tail {
    /// Whether the next entry is there without waiting for it.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.is_ready()
    }
}

impl Iterator for Tail {
    type Item = Result<Entry, Missed>;

    fn next(&mut self) -> Option<Self::Item> {
        wait(self.0.next())
    }
}

/// Waits for something that another thread will bring about: the broker's.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
