//! The blocking twin of [`crate::Broker`], for plain `#[test]` functions and other code without async.
//!
//! Everything that is async there is here under the same name, without `.await`. What else is async in this crate waits with
//! [`Broker::block_on`].
//!
//! ```
//! use broker::blocking::Broker;
//! use broker::expect::publish;
//!
//! let broker = Broker::start()?;
//! // … here the program under test connects to `broker.addr()`, publishes "hi" to a/b …
//! # let mut dev = std::net::TcpStream::connect(broker.addr())?;
//! # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
//! broker.expect(publish("a/b").text("hi")).times(1).wait();
//! broker.expect(publish("alarm/#")).never().wait();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod control;
mod keeping;
mod waits;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};

use settings::BrokerSettings;
use tokio::runtime::Runtime;

use crate::broker::{CommandError, Report};
use crate::capability::{self, Capability};
use crate::expect::Expectation;
use crate::front::StartError;
use crate::journal::Mark;

pub use self::clock::BrokerClock;
pub use self::keeping::Outage;
pub use crate::expecting::blocking::Expecting;
pub use crate::reading::blocking::{BrokerJournal, Tail};

/// A running broker, used without async. Otherwise the same as [`crate::Broker`]; dropping it stops it.
///
/// ```
/// use std::time::Duration;
/// use broker::{Injected, blocking::Broker};
///
/// let broker = Broker::start()?;
/// let client = std::net::TcpStream::connect(broker.addr())?;
///
/// broker.publish(Injected::text("lamp", "on").retained())?;
/// broker.settle()?;
/// assert_eq!(broker.state()?.retained[0].topic, "lamp");
///
/// broker.clock().freeze()?;
/// broker.clock().advance(Duration::from_secs(3600))?;
/// # drop(client);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its calls wait; inside async code they would panic: use [`crate::Broker`] there.
#[derive(Debug)]
#[must_use = "a broker stops when it is dropped: keep it in a variable for as long as it is needed"]
pub struct Broker {
    inner: crate::Broker,
    /// Nothing but a clock for deadlines; it has no thread and no file of its own.
    runtime: Runtime,
}

impl Broker {
    /// Starts a broker with default settings on a free port of 127.0.0.1; ready when this returns.
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// std::net::TcpStream::connect(broker.addr())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start() -> Result<Self, StartError> {
        Self::start_with(crate::Broker::builder())
    }

    /// Starts what `builder` describes.
    ///
    /// ```
    /// use broker::blocking::Broker;
    ///
    /// let broker = Broker::start_with(broker::Broker::builder().seed(7))?;
    /// assert_eq!(broker.seed(), 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start_with(builder: crate::Builder) -> Result<Self, StartError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(StartError::Thread)?;
        Ok(Self {
            inner: builder.start_blocking()?,
            runtime,
        })
    }

    /// Waits for anything async, such as a call that the broker itself has no twin of.
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// let stats = broker.block_on(broker.as_async().stats())?;
    /// assert_eq!(stats.connections_opened, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The same broker, for async code.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let both = broker.block_on(async {
    ///     let broker = broker.as_async();
    ///     tokio::join!(broker.expect(publish("a")).never().check(), broker.expect(publish("b")).never().check())
    /// });
    /// assert!(both.0.is_ok() && both.1.is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_async(&self) -> &crate::Broker {
        &self.inner
    }

    /// See [`crate::Broker::addr`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// assert_ne!(broker.addr().port(), 0); // the port that was found, not the one that was asked for
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn addr(&self) -> SocketAddr {
        self.inner.addr()
    }

    /// See [`crate::Broker::addrs`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// assert_eq!(broker.addrs(), [broker.addr()]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn addrs(&self) -> &[SocketAddr] {
        self.inner.addrs()
    }

    /// See [`crate::Broker::skipped`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// assert!(broker.skipped().is_empty()); // every machine has 127.0.0.1
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn skipped(&self) -> &[IpAddr] {
        self.inner.skipped()
    }

    /// See [`crate::Broker::url`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// assert!(broker.url().starts_with("mqtt://127.0.0.1:"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn url(&self) -> String {
        self.inner.url()
    }

    /// See [`crate::Broker::engine`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// assert_eq!(broker.engine().name(), "native");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn engine(&self) -> capability::Engine {
        self.inner.engine()
    }

    /// See [`crate::Broker::capabilities`].
    ///
    /// ```
    /// use broker::{Capability, Support, blocking::Broker};
    ///
    /// let real = Broker::start()?;
    /// let relay = Broker::start_with(broker::Broker::builder().upstream(&real.url()))?;
    /// assert!(relay.capabilities().any(|it| it == (Capability::Retained, Support::Upstream)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn capabilities(&self) -> impl Iterator<Item = (Capability, capability::Support)> + use<> {
        self.inner.capabilities()
    }

    /// See [`crate::Broker::settings`].
    ///
    /// ```
    /// use broker::blocking::Broker;
    ///
    /// let broker = Broker::start_with(broker::Broker::builder().configure(|it| it.session.max_inflight = 1))?;
    /// assert_eq!(broker.settings().session.max_inflight, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settings(&self) -> &BrokerSettings {
        self.inner.settings()
    }

    /// See [`crate::Broker::seed`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// println!("seed {}", broker.seed());
    /// assert_ne!(broker.seed(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn seed(&self) -> u64 {
        self.inner.seed()
    }

    /// See [`crate::Broker::journal`].
    ///
    /// ```
    /// use broker::journal::{Filter, Mark};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// // Waits for the first event, whenever it comes.
    /// let mut events = broker.journal().tail_from(Mark::START).matching(Filter::new().only_events());
    /// let first = events.next().expect("the broker runs")?;
    /// assert_eq!(&*first.client_id, "lamp");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn journal(&self) -> BrokerJournal {
        BrokerJournal(self.inner.journal())
    }

    /// Expects something of the clients. See [`crate::Broker::expect`].
    ///
    /// ```
    /// # use std::io::Write;
    /// use broker::blocking::Broker;
    /// use broker::expect::{connected, publish};
    ///
    /// let broker = Broker::start()?;
    /// # let mut client = std::net::TcpStream::connect(broker.addr())?;
    /// # client.write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let found = broker.expect(connected().of("dev-1").then(publish("a/+"))).wait();
    /// assert_eq!(found.payloads(), [b"hi"]);
    /// broker.expect(publish("alarm/#")).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn expect(&self, expectation: impl Into<Expectation>) -> Expecting<'_> {
        Expecting {
            inner: self.inner.expect(expectation),
        }
    }

    /// Sets the place in the journal from which expectations look, and returns it. See [`crate::Broker::mark`].
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use broker::expect::connected;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// broker.mark()?;
    /// broker.expect(connected()).never().wait(); // nobody else came
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mark(&self) -> Result<Mark, CommandError> {
        self.block_on(self.inner.mark())
    }

    /// See [`crate::Broker::shutdown`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// let report = broker.shutdown();
    /// assert_eq!((report.stats.clients_connected, report.stats.violations), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(self) -> Report {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.shutdown())
    }
}
