//! The blocking twin of [`crate::Broker`], for plain `#[test]` functions and other code without async.
//!
//! Everything that is async there is here under the same name, without `.await`. What else is async in this crate waits with
//! [`Broker::block_on`].

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use settings::BrokerSettings;
use tokio::runtime::Runtime;

use crate::broker::{CommandError, Report};
use crate::capability::{self, Capability};
use crate::control::WaitError;
use crate::engine::{Cut, Injected, Restart, State, Stats};
use crate::expect::Expectation;
use crate::front::StartError;
use crate::journal::Mark;
use crate::keeping::RestartError;
use crate::notice::NoticeReceiver;
use crate::snapshot::Snapshot;
use crate::time::Time;
use crate::wire::ReasonCode;

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
    pub fn start() -> Result<Self, StartError> {
        Self::start_with(crate::Broker::builder())
    }

    /// Starts what `builder` describes.
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
    pub fn as_async(&self) -> &crate::Broker {
        &self.inner
    }

    /// See [`crate::Broker::addr`].
    pub fn addr(&self) -> SocketAddr {
        self.inner.addr()
    }

    /// See [`crate::Broker::addrs`].
    pub fn addrs(&self) -> &[SocketAddr] {
        self.inner.addrs()
    }

    /// See [`crate::Broker::skipped`].
    pub fn skipped(&self) -> &[IpAddr] {
        self.inner.skipped()
    }

    /// See [`crate::Broker::url`].
    pub fn url(&self) -> String {
        self.inner.url()
    }

    /// See [`crate::Broker::engine`].
    pub fn engine(&self) -> capability::Engine {
        self.inner.engine()
    }

    /// See [`crate::Broker::capabilities`].
    pub fn capabilities(&self) -> impl Iterator<Item = (Capability, capability::Support)> + use<> {
        self.inner.capabilities()
    }

    /// See [`crate::Broker::settings`].
    pub fn settings(&self) -> &BrokerSettings {
        self.inner.settings()
    }

    /// See [`crate::Broker::seed`].
    pub fn seed(&self) -> u64 {
        self.inner.seed()
    }

    /// See [`crate::Broker::publish`].
    pub fn publish(&self, message: Injected) -> Result<usize, CommandError> {
        self.block_on(self.inner.publish(message))
    }

    /// See [`crate::Broker::disconnect`].
    pub fn disconnect(&self, client_id: &str, reason: ReasonCode) -> Result<bool, CommandError> {
        self.block_on(self.inner.disconnect(client_id, reason))
    }

    /// See [`crate::Broker::delete_session`].
    pub fn delete_session(&self, client_id: &str) -> Result<bool, CommandError> {
        self.block_on(self.inner.delete_session(client_id))
    }

    /// See [`crate::Broker::clear_retained`].
    pub fn clear_retained(&self) -> Result<usize, CommandError> {
        self.block_on(self.inner.clear_retained())
    }

    /// See [`crate::Broker::reset`].
    pub fn reset(&self) -> Result<(), CommandError> {
        self.block_on(self.inner.reset())
    }

    /// See [`crate::Broker::stats`].
    pub fn stats(&self) -> Result<Stats, CommandError> {
        self.block_on(self.inner.stats())
    }

    /// See [`crate::Broker::state`].
    pub fn state(&self) -> Result<State, CommandError> {
        self.block_on(self.inner.state())
    }

    /// See [`crate::Broker::notices`]. The receiver has `blocking_recv` and `try_recv`.
    pub fn notices(&self) -> Result<NoticeReceiver, CommandError> {
        self.block_on(self.inner.notices())
    }

    /// See [`crate::Broker::watch_packets`].
    pub fn watch_packets(&self) -> Result<(), CommandError> {
        self.block_on(self.inner.watch_packets())
    }

    /// See [`crate::Broker::set_deadline`].
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.inner.set_deadline(deadline);
    }

    /// See [`crate::Broker::settle`].
    pub fn settle(&self) -> Result<(), WaitError> {
        self.block_on(self.inner.settle())
    }

    /// See [`crate::Broker::wait_connected`].
    pub fn wait_connected(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_connected(client_id))
    }

    /// See [`crate::Broker::wait_disconnected`].
    pub fn wait_disconnected(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_disconnected(client_id))
    }

    /// See [`crate::Broker::wait_subscribed`].
    pub fn wait_subscribed(&self, client_id: &str, filter: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_subscribed(client_id, filter))
    }

    /// See [`crate::Broker::wait_acked`].
    pub fn wait_acked(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_acked(client_id))
    }

    /// See [`crate::Broker::wait_session_ended`].
    pub fn wait_session_ended(&self, client_id: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_session_ended(client_id))
    }

    /// See [`crate::Broker::wait_retained`].
    pub fn wait_retained(&self, topic: &str) -> Result<(), WaitError> {
        self.block_on(self.inner.wait_retained(topic))
    }

    /// See [`crate::Broker::clock`].
    pub fn clock(&self) -> BrokerClock<'_> {
        BrokerClock { broker: self }
    }

    /// See [`crate::Broker::snapshot`].
    pub fn snapshot(&self) -> Result<Snapshot, CommandError> {
        self.block_on(self.inner.snapshot())
    }

    /// See [`crate::Broker::restore`].
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), CommandError> {
        self.block_on(self.inner.restore(snapshot))
    }

    /// See [`crate::Broker::restart`].
    pub fn restart(&self, restart: Restart) -> Result<(), RestartError> {
        self.block_on(self.inner.restart(restart))
    }

    /// See [`crate::Broker::crash`].
    pub fn crash(&self, restart: Restart) -> Result<(), RestartError> {
        self.block_on(self.inner.crash(restart))
    }

    /// See [`crate::Broker::outage`].
    pub fn outage(&self, restart: Restart, cut: Cut) -> Result<Outage<'_>, RestartError> {
        let outage = self.block_on(self.inner.outage(restart, cut))?;
        Ok(Outage { broker: self, outage })
    }

    /// See [`crate::Broker::journal`].
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
            runtime: &self.runtime,
        }
    }

    /// Sets the place in the journal from which expectations look, and returns it. See [`crate::Broker::mark`].
    ///
    /// # Errors
    /// The broker has stopped.
    pub fn mark(&self) -> Result<Mark, CommandError> {
        self.block_on(self.inner.mark())
    }

    /// See [`crate::Broker::shutdown`].
    pub fn shutdown(self) -> Report {
        let Self { inner, runtime } = self;
        runtime.block_on(inner.shutdown())
    }
}

/// The broker's clock, used without async. See [`crate::BrokerClock`].
///
/// ```
/// use std::time::Duration;
///
/// let broker = broker::blocking::Broker::start()?;
/// broker.clock().freeze()?;
/// let then = broker.clock().now()?;
/// broker.clock().advance(Duration::from_secs(90))?;
/// assert_eq!(broker.clock().now()? - then, Duration::from_secs(90));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BrokerClock<'a> {
    broker: &'a Broker,
}

impl BrokerClock<'_> {
    /// See [`crate::BrokerClock::now`].
    pub fn now(&self) -> Result<Time, CommandError> {
        self.broker.block_on(self.broker.inner.clock().now())
    }

    /// See [`crate::BrokerClock::freeze`].
    pub fn freeze(&self) -> Result<(), CommandError> {
        self.broker.block_on(self.broker.inner.clock().freeze())
    }

    /// See [`crate::BrokerClock::resume`].
    pub fn resume(&self) -> Result<(), CommandError> {
        self.broker.block_on(self.broker.inner.clock().resume())
    }

    /// See [`crate::BrokerClock::advance`].
    pub fn advance(&self, by: Duration) -> Result<(), CommandError> {
        self.broker.block_on(self.broker.inner.clock().advance(by))
    }

    /// See [`crate::BrokerClock::run_until`].
    pub fn run_until(&self, until: Time) -> Result<(), CommandError> {
        self.broker.block_on(self.broker.inner.clock().run_until(until))
    }
}

/// The time in which a broker is away, used without async. See [`crate::Outage`].
#[derive(Debug)]
#[must_use = "the outage is over when this is dropped: keep it for as long as the broker is to be away"]
pub struct Outage<'a> {
    broker: &'a Broker,
    outage: crate::Outage<'a>,
}

impl Outage<'_> {
    /// See [`crate::Outage::end`].
    pub fn end(self) -> Result<(), RestartError> {
        self.broker.block_on(self.outage.end())
    }
}
