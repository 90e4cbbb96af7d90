//! [`BrokerJournal`] and [`Tail`]: the journal of a running broker, read from any thread.

mod bridges;
mod clients;
mod paging;
mod tail;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::answer::Answer;
use crate::broker::{Broker, Caller, doing};
use crate::error::{Error, Kind};
#[cfg(feature = "watch")]
use crate::front::{Command, Follower};
use crate::journal::{Excerpt, Journal, Ladder, Mark, Part, Pcapng, Traces};
use crate::pattern::Pattern;

pub use clients::{ClientState, KeptOut};
pub(crate) use tail::Reading;
pub use tail::{Entries, Tail};

/// What is handed to a [`Tail`] in one go.
const BATCH: Part = Part {
    entries: 256,
    looked_at: u64::MAX,
    bytes: 1024 * 1024,
};

/// What crossed the wire, what was decided about it, and what else happened: the latest of it, as far as
/// `[journal]` in the settings goes.
///
/// It can still be read when the broker has stopped.
///
/// ```
/// use std::io::{Read, Write};
///
/// use broker::journal::Direction;
/// use broker::wire::PacketType;
///
/// let broker = broker::Broker::start().wait()?;
/// let mark = broker.journal().mark().wait()?;
///
/// let mut client = std::net::TcpStream::connect(broker.addr())?;
/// client.write_all(b"\x10\x0E\0\x04MQTT\x04\x02\0\0\0\x02me")?; // CONNECT
/// client.read_exact(&mut [0; 4])?; // CONNACK
///
/// let seen = broker.journal().since(mark).wait()?;
/// let connect = &seen.entries[0];
/// assert_eq!(connect.packet_type(), Some(PacketType::Connect));
/// assert_eq!((connect.direction(), &*connect.client_id), (Some(Direction::In), "me"));
/// assert_eq!(seen.missed, 0); // the ring still held everything behind the mark
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BrokerJournal {
    caller: Caller,
    /// What the broker leaves when it stops.
    left: watch::Receiver<Option<Arc<Journal>>>,
    started_at: Duration,
}

impl Broker {
    /// The journal: every packet and every event, to be looked at while the broker runs and afterwards.
    ///
    /// ```
    /// use broker::pattern::packet;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let journal = broker.journal();
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// broker.shutdown().wait()?;
    ///
    /// let left = journal.matching(packet().of("lamp")).wait()?;
    /// assert_eq!(left.entries[0].words(), r#"from "lamp": CONNECT 3.1.1, clean session"#); // also afterwards
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn journal(&self) -> BrokerJournal {
        BrokerJournal {
            caller: self.caller.clone(),
            left: self.left.clone(),
            started_at: self.started_at,
        }
    }
}

/// Lines of the journal that a test which fails is shown.
const LADDER_LINES: usize = 40;

impl Broker {
    /// Prints the end of the journal and the seed, for a test that fails.
    pub(crate) fn print_ladder(&self) {
        let Ok(seen) = self.journal().all().wait() else {
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
    /// let broker = broker::Broker::start().wait()?;
    /// let mark = broker.journal().mark().wait()?;
    /// assert!(broker.journal().since(mark).wait()?.entries.is_empty()); // nothing yet
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mark(&self) -> Answer<Mark> {
        self.read(Journal::mark)
    }

    /// Everything behind `mark` that the journal still holds. [`Excerpt::missed`] says what it no longer does.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let before = broker.journal().mark().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// let seen = broker.journal().since(before).wait()?;
    /// assert_eq!(seen.entries.len(), 3); // CONNECT, CONNACK, and the event that it is connected
    /// assert!(broker.journal().since(seen.until).wait()?.entries.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn since(&self, mark: Mark) -> Answer<Excerpt> {
        self.read(move |journal| journal.since(mark))
    }

    /// Everything that it holds.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// for entry in broker.journal().all().wait()?.entries {
    ///     println!("{:>10} {}", entry.at, entry.words());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all(&self) -> Answer<Excerpt> {
        self.since(Mark::START)
    }

    /// What it holds of what the pattern means.
    ///
    /// # Errors
    /// No entry can fit the pattern ([`Error::is_invalid`]); or the broker has stopped, and not in good order.
    ///
    /// ```
    /// use broker::pattern::publish;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b")).wait();
    /// let sent = broker.journal().matching(publish("a/+").from("dev-1")).wait()?;
    /// assert_eq!(sent.entries[0].payload(), Some(&b"hi"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn matching(&self, wanted: Pattern) -> Answer<Excerpt> {
        if let Err(invalid) = wanted.check() {
            return Answer::new(async move { Err(invalid.into()) });
        }
        self.read(move |journal| journal.read(Mark::START, usize::MAX, &wanted))
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
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let capture = broker.journal().pcapng().wait()?;
    /// // std::fs::write("test.pcapng", &capture)?; and then: tshark -r test.pcapng
    /// assert_eq!(capture[..4], [0x0A, 0x0D, 0x0D, 0x0A]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pcapng(&self) -> Answer<Vec<u8>> {
        let (started_at, all) = (self.started_at, self.all());
        Answer::new(async move { Ok(Pcapng::file(started_at, &all.await?.entries)) })
    }

    /// What became of all messages that have a `traceparent`, as the JSON that OpenTelemetry's tools read. See [`Traces`] for its spans.
    ///
    /// # Errors
    /// The broker has stopped, and not in good order.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let traces = broker.journal().traces().wait()?;
    /// // std::fs::write("traces.json", &traces)?; and then: curl -H 'Content-Type: application/json' --data-binary @traces.json …/v1/traces
    /// assert!(traces.starts_with(br#"{"resourceSpans":"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn traces(&self) -> Answer<Vec<u8>> {
        let (started_at, all) = (self.started_at, self.all());
        Answer::new(async move { Ok(Traces::document(started_at, &all.await?.entries)) })
    }

    /// Forgets everything so far. Marks stay good, and what is cleared does not count as missed.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp").wait()?;
    /// broker.journal().clear().wait()?;
    /// let seen = broker.journal().all().wait()?;
    /// assert_eq!((seen.entries.len(), seen.missed), (0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&self) -> Answer<()> {
        self.caller.ask(|backend| backend.journal_mut().clear())
    }

    /// Looks into the journal on the broker's thread; into what it left, once it has stopped.
    pub(crate) fn read<R: Send + 'static>(
        &self,
        look: impl Fn(&Journal) -> R + Clone + Send + 'static,
    ) -> Answer<R> {
        let (answer, answered) = oneshot::channel();
        let there = look.clone();
        self.caller
            .send(doing(answer, move |backend| Some(there(&backend.journal()))));
        let journal = self.clone();
        Answer::new(async move {
            match answered.await {
                Ok(found) => Ok(found),
                Err(_) => journal.left().await.map(|left| look(&left)),
            }
        })
    }

    /// Comes back once there is something behind `mark`.
    #[cfg(feature = "watch")]
    pub(crate) async fn moved_on(&self, mark: Mark) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let mut answer = Some(answer);
        let follower = move |journal: &Journal| {
            let is_over = answer.as_ref().is_none_or(oneshot::Sender::is_closed);
            if !is_over && journal.mark() <= mark {
                return false;
            }
            if let Some(answer) = answer.take() {
                let _ = answer.send(());
            }
            true
        };
        self.caller.send(Command::Follow(Follower(Box::new(follower))));
        if answered.await.is_ok() || self.left().await?.mark() > mark {
            return Ok(());
        }
        Err(Kind::ShutDown.into())
    }

    pub(crate) async fn left(&self) -> Result<Arc<Journal>, Error> {
        let mut left = self.left.clone();
        let journal = left.wait_for(Option::is_some).await.map_err(|_| Kind::ShutDown)?;
        Ok(journal.clone().ok_or(Kind::ShutDown)?)
    }
}
