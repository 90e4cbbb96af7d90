//! [`Tail`]: the entries of a journal as they come.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::{BATCH, BrokerJournal};
use crate::broker::CommandError;
use crate::front::{Command, Follower};
use crate::journal::{Entry, Excerpt, Filter, Mark, Reader};

impl BrokerJournal {
    /// Everything that happens from now on, as it happens.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// let mut tail = broker.journal().tail().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let first = tail.next().await.expect("the broker runs")?;
    /// assert_eq!(first.packet_type(), Some(broker::wire::PacketType::Connect));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn tail(&self) -> Result<Tail, CommandError> {
        Ok(self.tail_from(self.mark().await?))
    }

    /// Everything behind `mark`, and then what happens, as it happens.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::journal::Mark;
    ///
    /// let broker = broker::Broker::start().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").await?;
    /// let mut tail = broker.journal().tail_from(Mark::START); // from the beginning
    /// broker.shutdown().await;
    ///
    /// let mut entries = 0;
    /// while let Some(entry) = tail.next().await {
    ///     println!("{}", entry?.to_json());
    ///     entries += 1;
    /// }
    /// assert!(entries >= 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tail_from(&self, mark: Mark) -> Tail {
        Tail {
            journal: self.clone(),
            mark,
            filter: Filter::default(),
            missed: 0,
            ready: VecDeque::new(),
            reader: None,
        }
    }

    /// Everything that the journal holds and what happens from then on, without a gap: the broker waits for this reader, as far
    /// as that is good for its clients.
    pub(crate) async fn tail_of_all(&self) -> Result<Tail, CommandError> {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Do(Box::new(move |backend| {
            let _ = answer.send(backend.journal_mut().hold_for());
        })));
        let reader = answered.await.map_err(|_| CommandError::Stopped)?;
        Ok(Tail {
            reader: Some(reader),
            ..self.tail_from(Mark::START)
        })
    }
}

/// The entries of a journal as they come. Nothing is lost for as long as the ring holds it; a reader that falls further
/// behind is told how much it missed.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::journal::Filter;
///
/// let broker = broker::Broker::start().await?;
/// let mut events = broker.journal().tail().await?.matching(Filter::new().only_events());
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// let first = events.next().await.expect("the broker runs")?;
/// assert_eq!(first.words(), "lamp is connected, MQTT 3.1.1, a new session");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Tail {
    journal: BrokerJournal,
    /// Behind everything that was fetched.
    mark: Mark,
    filter: Filter,
    missed: u64,
    ready: VecDeque<Entry>,
    /// Held by whoever is waited for.
    reader: Option<Reader>,
}

/// So many entries the ring had forgotten before they were read.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::{Injected, Missed, journal::Mark};
///
/// let broker = broker::Broker::builder().configure(|settings| settings.journal.entries = 2).start().await?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").await?; // three entries, of which two are held
/// let mut tail = broker.journal().tail_from(Mark::START);
/// assert_eq!(tail.next().await, Some(Err(Missed(1))));
/// assert!(matches!(tail.next().await, Some(Ok(_)))); // and on with what is left
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reader fell behind: {0} entries of the journal were forgotten before it read them")]
pub struct Missed(pub u64);

impl Tail {
    /// Only what fits. Entries that were missed are told whether they would have fitted or not: nobody knows.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::journal::Filter;
    /// use broker::wire::PacketType;
    ///
    /// let broker = broker::Broker::start().await?;
    /// let connacks = Filter::new().packet(PacketType::ConnAck);
    /// let mut tail = broker.journal().tail().await?.matching(connacks);
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let first = tail.next().await.expect("the broker runs")?;
    /// assert_eq!(first.words(), r#"to "lamp": CONNACK success"#);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn matching(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The next entry; `None` once the broker has stopped and everything was read. Safe to cancel.
    ///
    /// # Errors
    /// Entries were missed. The call after that goes on with the oldest that is left.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut tail = broker.journal().tail().await?;
    /// let nothing = tokio::time::timeout(Duration::from_millis(1), tail.next()).await;
    /// assert!(nothing.is_err()); // safe to cancel: nothing is lost by it
    /// broker.shutdown().await;
    /// assert_eq!(tail.next().await, None);
    /// # Ok(())
    /// # }
    /// ```
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

    /// See [`BrokerJournal::started_at`].
    pub(crate) fn started_at(&self) -> std::time::Duration {
        self.journal.started_at()
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
        let progress = self.reader.as_ref().map(Reader::progress);
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
                if let Some(progress) = &progress {
                    progress.is(excerpt.until);
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
