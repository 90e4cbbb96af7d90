//! [`Tail`]: the entries of a journal as they come.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{BATCH, BrokerJournal};
use crate::answer::Answer;
use crate::broker::doing;
use crate::error::{Error, Kind};
use crate::front::{Command, Follower};
use crate::journal::{Entry, Excerpt, Journal, Mark, Reader};
use crate::pattern::{Invalid, Pattern, anything};

impl BrokerJournal {
    /// Everything that happens from now on, as it happens.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let tail = broker.journal().tail().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let first = tail.next().wait()?.expect("the broker runs");
    /// assert_eq!(first.packet_type(), Some(broker::wire::PacketType::Connect));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tail(&self) -> Answer<Tail> {
        let (mark, journal) = (self.mark(), self.clone());
        Answer::new(async move { Ok(journal.tail_from(mark.await?)) })
    }

    /// Everything behind `mark`, and then what happens, as it happens.
    ///
    /// ```
    /// use broker::journal::Mark;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// let tail = broker.journal().tail_from(Mark::START); // from the beginning
    /// broker.shutdown().wait()?;
    ///
    /// let mut entries = 0;
    /// while let Some(entry) = tail.next().wait()? {
    ///     println!("{}", entry.to_json());
    ///     entries += 1;
    /// }
    /// assert!(entries >= 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tail_from(&self, mark: Mark) -> Tail {
        Tail {
            reading: Arc::new(Mutex::new(Reading::new(self.clone(), mark, None))),
            wanted: anything(),
            wrong: None,
        }
    }

    /// Everything behind `mark`, and then what happens, entry by entry.
    #[cfg(feature = "http")]
    pub(crate) fn read_from(&self, mark: Mark) -> Reading {
        Reading::new(self.clone(), mark, None)
    }

    /// Everything that the journal holds and what happens from then on, without a gap: the broker waits for this reader, as far
    /// as that is good for its clients.
    pub(crate) async fn read_all(&self) -> Result<Reading, Error> {
        let held = |answer| doing(answer, |backend| Some(backend.journal_mut().hold_for()));
        let reader = self.caller.call(None, held, Ok).await?;
        Ok(Reading::new(self.clone(), Mark::START, Some(reader)))
    }
}

/// The entries of a journal as they come. Nothing is lost for as long as the ring holds it; a reader that falls further
/// behind is told how much it missed.
///
/// ```
/// use broker::pattern::any_event;
///
/// let broker = broker::Broker::start().wait()?;
/// let events = broker.journal().tail().wait()?.matching(any_event());
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// let first = events.next().wait()?.expect("the broker runs");
/// assert_eq!(first.words(), "lamp is connected, MQTT 3.1.1, a new session");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tail {
    /// Shared with the answers that are still to come.
    reading: Arc<Mutex<Reading>>,
    wanted: Pattern,
    /// What is wrong with that.
    wrong: Option<Invalid>,
}

impl Tail {
    /// Only what the pattern means. Of entries that were missed it is not known whether they would have fitted.
    #[must_use]
    pub fn matching(mut self, wanted: Pattern) -> Self {
        self.wrong = wanted.check().err();
        self.wanted = wanted;
        self
    }

    /// The next entry; `None` once the broker has stopped and everything was read. An answer that is dropped takes nothing
    /// with it. For a loop without async, a tail is an [iterator](Entries).
    ///
    /// # Errors
    /// Entries were missed: [`Error::missed`] says how many. The call after that goes on with the oldest that is left. Or no
    /// entry can fit the pattern ([`Error::is_invalid`]).
    ///
    /// ```
    /// use broker::journal::Mark;
    ///
    /// let broker = broker::Broker::builder().configure(|settings| settings.journal.entries = 2).start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?; // three entries, of which two are held
    /// let tail = broker.journal().tail_from(Mark::START);
    /// assert_eq!(tail.next().wait().unwrap_err().missed(), Some(1));
    /// assert!(tail.next().wait()?.is_some()); // and on with what is left
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next(&self) -> Answer<Option<Entry>> {
        if let Some(invalid) = self.wrong.clone() {
            return Answer::new(async move { Err(invalid.into()) });
        }
        let (reading, wanted) = (self.reading.clone(), self.wanted.clone());
        let begin = move |reading: &Reading| (!reading.is_ready()).then(|| reading.fetch(&wanted));
        let mut coming = begin(&lock(&reading));
        Answer::new(async move {
            loop {
                let is_end = match coming {
                    // An answer that is dropped here has taken nothing.
                    Some(coming) => match coming.await {
                        Some(fetched) => {
                            lock(&reading).add(fetched);
                            false
                        }
                        None => true,
                    },
                    None => false,
                };
                let mut reading = lock(&reading);
                match reading.take() {
                    Some(next) => return next.map(Some),
                    None if is_end => return Ok(None),
                    // Another answer was there first.
                    None => coming = begin(&reading),
                }
            }
        })
    }
}

fn lock(reading: &Mutex<Reading>) -> MutexGuard<'_, Reading> {
    // Nothing in here panics halfway.
    reading.lock().unwrap_or_else(PoisonError::into_inner)
}

impl IntoIterator for Tail {
    type Item = Result<Entry, Error>;
    type IntoIter = Entries;

    fn into_iter(self) -> Entries {
        Entries(self)
    }
}

/// The entries of a [`Tail`], for a loop without async: it waits for each, and ends once the broker has stopped and
/// everything was read.
///
/// ```
/// use broker::journal::Mark;
///
/// let broker = broker::Broker::start().wait()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// for entry in broker.journal().tail_from(Mark::START) {
///     let entry = entry?;
///     println!("{}", entry.words());
///     if entry.direction().is_none() {
///         break; // the first event: it is connected
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Entries(Tail);

impl Iterator for Entries {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().wait().transpose()
    }
}

/// How far a journal was read.
#[derive(Debug)]
pub(crate) struct Reading {
    journal: BrokerJournal,
    /// Behind everything that was fetched.
    mark: Mark,
    missed: u64,
    ready: VecDeque<Entry>,
    /// Held by whoever is waited for.
    reader: Option<Reader>,
}

impl Reading {
    fn new(journal: BrokerJournal, mark: Mark, reader: Option<Reader>) -> Self {
        Self {
            journal,
            mark,
            missed: 0,
            ready: VecDeque::new(),
            reader,
        }
    }

    /// The next entry; `None` at the end.
    pub(crate) async fn next(&mut self, wanted: &Pattern) -> Result<Option<Entry>, Error> {
        loop {
            if let Some(next) = self.take() {
                return next.map(Some);
            }
            match self.fetch(wanted).await {
                Some(fetched) => self.add(fetched),
                None => return Ok(None),
            }
        }
    }

    /// See [`BrokerJournal::started_at`].
    pub(crate) fn started_at(&self) -> std::time::Duration {
        self.journal.started_at()
    }

    /// Whether everything before `mark` was taken.
    pub(crate) fn is_read_to(&self, mark: Mark) -> bool {
        self.mark >= mark && !self.is_ready()
    }

    /// Whether the next entry is there without waiting for it.
    pub(crate) fn is_ready(&self) -> bool {
        self.missed > 0 || !self.ready.is_empty()
    }

    fn take(&mut self) -> Option<Result<Entry, Error>> {
        if self.missed > 0 {
            return Some(Err(Kind::Missed(std::mem::take(&mut self.missed)).into()));
        }
        self.ready.pop_front().map(Ok)
    }

    /// Of two that were fetched from the same place, only the first counts.
    fn add(&mut self, Fetched { from, excerpt }: Fetched) {
        if from == self.mark {
            self.mark = excerpt.until;
            self.missed = excerpt.missed;
            self.ready = excerpt.entries.into();
        }
    }

    /// Comes back once something that fits is behind the mark; with `None` at the end.
    fn fetch(&self, pattern: &Pattern) -> impl Future<Output = Option<Fetched>> + Send + use<> {
        let (from, pattern, journal) = (self.mark, pattern.clone(), self.journal.clone());
        let (mut mark, wanted) = (from, pattern.clone());
        let (answer, answered) = oneshot::channel();
        let mut answer = Some(answer);
        let progress = self.reader.as_ref().map(Reader::progress);
        let follower = move |journal: &Journal| {
            if answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
                return true;
            }
            if journal.mark() <= mark {
                return false;
            }
            let excerpt = journal.read_part(mark, BATCH, &wanted);
            if excerpt.missed == 0 && excerpt.entries.is_empty() {
                mark = excerpt.until;
                return false;
            }
            if let Some(progress) = &progress {
                progress.is(excerpt.until);
            }
            if let Some(answer) = answer.take() {
                let _ = answer.send(excerpt);
            }
            true
        };
        journal.caller.send(Command::Follow(Follower(Box::new(follower))));
        async move {
            if let Ok(excerpt) = answered.await {
                return Some(Fetched { from, excerpt });
            }
            let excerpt = journal.left().await.ok()?.read_part(from, BATCH, &pattern);
            (excerpt.missed > 0 || !excerpt.entries.is_empty()).then_some(Fetched { from, excerpt })
        }
    }
}

/// What was behind a mark.
struct Fetched {
    from: Mark,
    excerpt: Excerpt,
}
