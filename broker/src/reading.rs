//! [`BrokerJournal`] and [`Tail`]: the journal of a running broker, read from any thread.

pub(crate) mod blocking;
mod tail;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use crate::broker::{Broker, CommandError};
use crate::front::Command;
use crate::journal::{Excerpt, Filter, Journal, Ladder, Mark, Pcapng};

pub use tail::{Missed, Tail};

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
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::journal::Filter;
    ///
    /// let broker = broker::Broker::start().await?;
    /// let journal = broker.journal();
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").await?;
    /// broker.shutdown().await;
    ///
    /// let left = journal.matching(&Filter::new().client("lamp").only_packets()).await?;
    /// assert_eq!(left.entries[0].words(), r#"from "lamp": CONNECT 3.1.1, clean session"#); // also afterwards
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// let mark = broker.journal().mark().await?;
    /// assert!(broker.journal().since(mark).await?.entries.is_empty()); // nothing yet
    /// # Ok(())
    /// # }
    /// ```
    pub async fn mark(&self) -> Result<Mark, CommandError> {
        self.read(Journal::mark).await
    }

    /// Everything behind `mark` that the journal still holds. [`Excerpt::missed`] says what it no longer does.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// let before = broker.journal().mark().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").await?;
    ///
    /// let seen = broker.journal().since(before).await?;
    /// assert_eq!(seen.entries.len(), 3); // CONNECT, CONNACK, and the event that it is connected
    /// assert!(broker.journal().since(seen.until).await?.entries.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn since(&self, mark: Mark) -> Result<Excerpt, CommandError> {
        self.read(move |journal| journal.since(mark)).await
    }

    /// Everything that it holds.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").await?;
    /// for entry in broker.journal().all().await?.entries {
    ///     println!("{:>10} {}", entry.at, entry.words());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn all(&self) -> Result<Excerpt, CommandError> {
        self.since(Mark::START).await
    }

    /// What it holds of what fits `filter`.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::journal::{Direction, Filter};
    ///
    /// let broker = broker::Broker::start().await?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(broker::expect::publish("a/b")).await;
    /// let sent = broker.journal().matching(&Filter::new().topic("a/+")?.direction(Direction::In)).await?;
    /// assert_eq!(sent.entries[0].payload(), Some(&b"hi"[..]));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn matching(&self, filter: &Filter) -> Result<Excerpt, CommandError> {
        let filter = filter.clone();
        self.read(move |journal| journal.read(Mark::START, usize::MAX, &filter))
            .await
    }

    /// When the broker was started, by the clock on the wall: counted from 1970. Times in the journal are counted from then.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let at = broker.clock().now().await?;
    /// let on_the_wall = UNIX_EPOCH + broker.journal().started_at() + at.since_start();
    /// assert!(on_the_wall > UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    /// # Ok(())
    /// # }
    /// ```
    pub fn started_at(&self) -> Duration {
        self.started_at
    }

    /// Everything that it holds as a capture file for Wireshark and tshark. See [`Pcapng`] for what is in it, passwords
    /// included.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// let capture = broker.journal().pcapng().await?;
    /// // std::fs::write("test.pcapng", &capture)?; and then: tshark -r test.pcapng
    /// assert_eq!(capture[..4], [0x0A, 0x0D, 0x0D, 0x0A]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn pcapng(&self) -> Result<Vec<u8>, CommandError> {
        Ok(Pcapng::file(self.started_at, &self.all().await?.entries))
    }

    /// Forgets everything so far. Marks stay good, and what is cleared does not count as missed.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").await?;
    /// broker.journal().clear().await?;
    /// let seen = broker.journal().all().await?;
    /// assert_eq!((seen.entries.len(), seen.missed), (0, 0));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn clear(&self) -> Result<(), CommandError> {
        let (answer, done) = oneshot::channel();
        self.command(Command::Do(Box::new(move |backend| {
            backend.journal_mut().clear();
            let _ = answer.send(());
        })));
        done.await.map_err(|_| CommandError::Stopped)
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
