//! [`BrokerJournal`] and [`Tail`]: the journal of a running broker, read from any thread.

pub(crate) mod blocking;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use crate::broker::{Broker, CommandError};
use crate::front::{Command, Follower};
use crate::journal::{Entry, Excerpt, Filter, Journal, Ladder, Mark, Pcapng};

/// Entries that are handed to a [`Tail`] in one go.
const BATCH: usize = 256;

/// What crossed the wire, what was decided about it, and what else happened: the latest of it, as far as
/// `[journal]` in the settings goes.
///
/// It can still be read when the broker has stopped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::io::{Read, Write};
///
/// use broker::journal::Direction;
/// use broker::wire::PacketType;
///
/// let broker = broker::Broker::start().await?;
/// let mark = broker.journal().mark().await?;
///
/// let mut client = std::net::TcpStream::connect(broker.addr())?;
/// client.write_all(b"\x10\x0E\0\x04MQTT\x04\x02\0\0\0\x02me")?; // CONNECT
/// client.read_exact(&mut [0; 4])?; // CONNACK
///
/// let seen = broker.journal().since(mark).await?;
/// let connect = &seen.entries[0];
/// assert_eq!(connect.packet_type(), Some(PacketType::Connect));
/// assert_eq!((connect.direction(), &*connect.client_id), (Some(Direction::In), "me"));
/// assert_eq!(seen.missed, 0); // the ring still held everything behind the mark
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct BrokerJournal {
    /// Weak: whoever only reads must not keep the broker from stopping.
    commands: Option<mpsc::WeakUnboundedSender<Command>>,
    /// What the broker leaves when it stops.
    left: watch::Receiver<Option<Arc<Journal>>>,
    started_at: Duration,
}

impl Broker {
    /// The journal: every packet and every event, to be looked at while the broker runs and afterwards.
    pub fn journal(&self) -> BrokerJournal {
        BrokerJournal {
            commands: self.commands.as_ref().map(mpsc::UnboundedSender::downgrade),
            left: self.left.clone(),
            started_at: self.started_at,
        }
    }
}

/// Lines of the journal that a test which fails is shown.
const LADDER_LINES: usize = 40;

impl Broker {
    /// Where expectations look from.
    pub(crate) fn last_mark(&self) -> Mark {
        Mark::before(self.mark.load(Ordering::Relaxed))
    }

    pub(crate) fn set_mark(&self, mark: Mark) {
        self.mark.store(mark.seq(), Ordering::Relaxed);
    }

    /// The panic that is about to come tells of the journal itself.
    pub(crate) fn has_reported(&self) {
        self.ladder_on_panic.store(false, Ordering::Relaxed);
    }

    /// Looks into the journal at once, also where nothing can be awaited: the broker's thread answers between two inputs.
    pub(crate) fn read_now<R: Send + 'static>(
        &self,
        look: impl FnOnce(&Journal) -> R + Send + 'static,
    ) -> Result<R, CommandError> {
        let (answer, answered) = std::sync::mpsc::channel();
        if let Some(commands) = &self.commands {
            // A broker that has stopped drops the command, and with it the answer: the receiver sees that.
            let _ = commands.send(Command::Do(Box::new(move |backend| {
                let _ = answer.send(look(&backend.journal()));
            })));
        }
        answered.recv().map_err(|_| CommandError::Stopped)
    }

    /// Prints the end of the journal and the seed, for a test that fails.
    pub(crate) fn print_ladder(&self) {
        let Ok(seen) = self.read_now(|journal| journal.since(Mark::START)) else {
            return;
        };
        if seen.entries.is_empty() {
            return;
        }
        let ladder = Ladder::new(&seen.entries).lines(LADDER_LINES).missed(seen.missed);
        // With the macro, since the test framework keeps that with the output of its test.
        eprintln!(
            "\nthe journal of the broker on {} (seed {}):\n{ladder}",
            self.addr(),
            self.seed
        );
    }
}

impl BrokerJournal {
    /// The place behind everything so far. What happens from now on is `since` this mark.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    pub async fn mark(&self) -> Result<Mark, CommandError> {
        self.read(Journal::mark).await
    }

    /// Everything behind `mark` that the journal still holds. [`Excerpt::missed`] says what it no longer does.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    pub async fn since(&self, mark: Mark) -> Result<Excerpt, CommandError> {
        self.read(move |journal| journal.since(mark)).await
    }

    /// Everything that it holds.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    pub async fn all(&self) -> Result<Excerpt, CommandError> {
        self.since(Mark::START).await
    }

    /// What it holds of what fits `filter`.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    pub async fn matching(&self, filter: &Filter) -> Result<Excerpt, CommandError> {
        let filter = filter.clone();
        self.read(move |journal| journal.read(Mark::START, usize::MAX, &filter))
            .await
    }

    /// When the broker was started, by the clock on the wall: counted from 1970. Times in the journal are counted from then.
    pub fn started_at(&self) -> Duration {
        self.started_at
    }

    /// Everything that it holds as a capture file for Wireshark and tshark. See [`Pcapng`] for what is in it, passwords
    /// included.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    pub async fn pcapng(&self) -> Result<Vec<u8>, CommandError> {
        Ok(Pcapng::file(self.started_at, &self.all().await?.entries))
    }

    /// Forgets everything so far. Marks stay good, and what is cleared does not count as missed.
    ///
    /// # Errors
    /// The broker has stopped.
    pub async fn clear(&self) -> Result<(), CommandError> {
        let (answer, done) = oneshot::channel();
        self.command(Command::Do(Box::new(move |backend| {
            backend.journal_mut().clear();
            let _ = answer.send(());
        })));
        done.await.map_err(|_| CommandError::Stopped)
    }

    /// Everything that happens from now on, as it happens.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    pub async fn tail(&self) -> Result<Tail, CommandError> {
        Ok(self.tail_from(self.mark().await?))
    }

    /// Everything behind `mark`, and then what happens, as it happens.
    pub fn tail_from(&self, mark: Mark) -> Tail {
        Tail {
            journal: self.clone(),
            mark,
            filter: Filter::default(),
            missed: 0,
            ready: VecDeque::new(),
        }
    }

    /// Looks into the journal on the broker's thread; into what it left, once it has stopped.
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        look: impl Fn(&Journal) -> R + Clone + Send + 'static,
    ) -> Result<R, CommandError> {
        let (answer, answered) = oneshot::channel();
        let there = look.clone();
        self.command(Command::Do(Box::new(move |backend| {
            let _ = answer.send(there(&backend.journal()));
        })));
        match answered.await {
            Ok(found) => Ok(found),
            Err(_) => self.left().await.map(|journal| look(&journal)),
        }
    }

    /// A broker that has stopped drops the command, and with it the answer: whoever waits sees that.
    fn command(&self, command: Command) {
        if let Some(commands) = self
            .commands
            .as_ref()
            .and_then(mpsc::WeakUnboundedSender::upgrade)
        {
            let _ = commands.send(command);
        }
    }

    pub(crate) async fn left(&self) -> Result<Arc<Journal>, CommandError> {
        let mut left = self.left.clone();
        let journal = left
            .wait_for(Option::is_some)
            .await
            .map_err(|_| CommandError::Stopped)?;
        journal.clone().ok_or(CommandError::Stopped)
    }
}

/// The entries of a journal as they come. Nothing is lost for as long as the ring holds it; a reader that falls further
/// behind is told how much it missed.
#[derive(Debug)]
pub struct Tail {
    journal: BrokerJournal,
    /// Behind everything that was fetched.
    mark: Mark,
    filter: Filter,
    missed: u64,
    ready: VecDeque<Entry>,
}

/// So many entries the ring had forgotten before they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reader fell behind: {0} entries of the journal were forgotten before it read them")]
pub struct Missed(pub u64);

impl Tail {
    /// Only what fits. Entries that were missed are told whether they would have fitted or not: nobody knows.
    #[must_use]
    pub fn matching(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The next entry; `None` once the broker has stopped and everything was read. Safe to cancel.
    ///
    /// # Errors
    /// Entries were missed. The call after that goes on with the oldest that is left.
    pub async fn next(&mut self) -> Option<Result<Entry, Missed>> {
        loop {
            if self.missed > 0 {
                return Some(Err(Missed(std::mem::take(&mut self.missed))));
            }
            if let Some(entry) = self.ready.pop_front() {
                return Some(Ok(entry));
            }
            let excerpt = self.fetch().await?;
            self.mark = excerpt.until;
            self.missed = excerpt.missed;
            self.ready = excerpt.entries.into();
        }
    }

    /// Whether the next entry is there without waiting for it.
    pub(crate) fn is_ready(&self) -> bool {
        self.missed > 0 || !self.ready.is_empty()
    }

    /// Waits until there is something behind the mark; `None` at the end.
    async fn fetch(&self) -> Option<Excerpt> {
        let (mut mark, filter) = (self.mark, self.filter.clone());
        let (answer, answered) = oneshot::channel();
        let mut answer = Some(answer);
        self.journal
            .command(Command::Follow(Follower(Box::new(move |journal| {
                if answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
                    return true;
                }
                if journal.mark() <= mark {
                    return false;
                }
                let excerpt = journal.read(mark, BATCH, &filter);
                if excerpt.missed == 0 && excerpt.entries.is_empty() {
                    mark = excerpt.until;
                    return false;
                }
                if let Some(answer) = answer.take() {
                    let _ = answer.send(excerpt);
                }
                true
            }))));
        if let Ok(excerpt) = answered.await {
            return Some(excerpt);
        }
        let left = self.journal.left().await.ok()?;
        let rest = left.read(self.mark, BATCH, &self.filter);
        (rest.missed > 0 || !rest.entries.is_empty()).then_some(rest)
    }
}
