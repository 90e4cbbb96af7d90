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
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// let mark = broker.journal().mark()?;
    /// assert_eq!(mark.seq(), 0); // nothing has happened yet
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mark(&self) -> Result<Mark, CommandError> {
        block_on(self.0.mark())
    }

    /// See [`crate::BrokerJournal::since`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// let mark = broker.journal().mark()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// assert!(broker.journal().since(mark)?.entries[0].words().starts_with("from \"lamp\": CONNECT"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn since(&self, mark: Mark) -> Result<Excerpt, CommandError> {
        block_on(self.0.since(mark))
    }

    /// See [`crate::BrokerJournal::all`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// for entry in broker.journal().all()?.entries {
    ///     println!("{}", entry.to_json());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all(&self) -> Result<Excerpt, CommandError> {
        block_on(self.0.all())
    }

    /// See [`crate::BrokerJournal::matching`].
    ///
    /// ```
    /// use broker::journal::{Direction, Filter};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// let answers = broker.journal().matching(&Filter::new().client("lamp").direction(Direction::Out))?;
    /// assert_eq!(answers.entries.len(), 1); // CONNACK
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn matching(&self, filter: &Filter) -> Result<Excerpt, CommandError> {
        block_on(self.0.matching(filter))
    }

    /// See [`crate::BrokerJournal::clear`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.journal().clear()?;
    /// assert!(broker.journal().all()?.entries.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear(&self) -> Result<(), CommandError> {
        block_on(self.0.clear())
    }

    /// See [`crate::BrokerJournal::tail`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// let mut tail = broker.journal().tail()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// assert!(tail.next().expect("the broker runs")?.packet().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tail(&self) -> Result<Tail, CommandError> {
        block_on(self.0.tail()).map(Tail)
    }

    /// See [`crate::BrokerJournal::pcapng`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// let path = std::env::temp_dir().join(format!("test-{}.pcapng", std::process::id()));
    /// std::fs::write(&path, broker.journal().pcapng()?)?; // for Wireshark
    /// # assert!(std::fs::metadata(&path)?.len() > 0);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pcapng(&self) -> Result<Vec<u8>, CommandError> {
        block_on(self.0.pcapng())
    }

    /// See [`crate::BrokerJournal::tail_from`].
    ///
    /// ```
    /// use broker::journal::Mark;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// let tail = broker.journal().tail_from(Mark::START);
    /// drop(broker); // a tail ends when the broker has
    /// let entries: Vec<_> = tail.collect::<Result<_, _>>()?;
    /// assert!(entries.len() >= 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tail_from(&self, mark: Mark) -> Tail {
        Tail(self.0.tail_from(mark))
    }
}

/// The entries of a journal as they come: an iterator that waits, and that ends once the broker has stopped and
/// everything was read. See [`crate::Tail`].
///
/// ```
/// use broker::journal::Mark;
///
/// let broker = broker::blocking::Broker::start()?;
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
pub struct Tail(crate::Tail);

impl Tail {
    /// See [`crate::Tail::matching`].
    ///
    /// ```
    /// use broker::journal::{Filter, Mark};
    /// use broker::wire::PacketType;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let connacks = Filter::new().packet(PacketType::ConnAck);
    /// let mut tail = broker.journal().tail_from(Mark::START).matching(connacks);
    /// assert_eq!(tail.next().expect("the broker runs")?.direction(), Some(broker::journal::Direction::Out));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn matching(self, filter: Filter) -> Self {
        Self(self.0.matching(filter))
    }
}

impl Iterator for Tail {
    type Item = Result<Entry, Missed>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(self.0.next())
    }
}

/// Waits for something that another thread will bring about: the broker's.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
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
