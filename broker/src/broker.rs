//! [`Broker`]: a running broker, and what its owner may do with it.

mod ability;
mod answers;
mod injections;
mod watching;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use settings::BrokerSettings;
use tokio::sync::{mpsc, oneshot, watch};

use crate::backend::Backend;
use crate::builder::Builder;
use crate::capability::{self, Capability};
use crate::engine::{Engine, Injected, Stats};
use crate::front::{Command, StartError};
use crate::journal::Journal;
use crate::notice::Notices;
use crate::time::Time;
use crate::wire::ReasonCode;

pub(crate) use injections::Injections;

pub use answers::{CommandError, Report};

/// A running broker. It has a thread of its own and shares nothing with any other broker in the process.
///
/// Dropping it stops the thread and closes its sockets; the port is free again before `drop` returns.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let broker = broker::Broker::start().await?;
/// println!("a client may connect to {}", broker.url());
/// let report = broker.shutdown().await;
/// assert_eq!(report.stats.clients_connected, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a broker stops when it is dropped: keep it in a variable for as long as it is needed"]
pub struct Broker {
    pub(crate) addrs: Vec<SocketAddr>,
    pub(crate) skipped: Vec<std::net::IpAddr>,
    pub(crate) settings: Arc<BrokerSettings>,
    pub(crate) seed: u64,
    pub(crate) engine: capability::Engine,
    pub(crate) commands: Option<mpsc::UnboundedSender<Command>>,
    pub(crate) notices: Notices,
    /// The journal, once the broker has stopped.
    pub(crate) left: watch::Receiver<Option<Arc<Journal>>>,
    /// By the clock on the wall, counted from 1970.
    pub(crate) started_at: std::time::Duration,
    pub(crate) report: Option<oneshot::Receiver<Report>>,
    pub(crate) thread: Option<JoinHandle<()>>,
    pub(crate) deadline: std::time::Duration,
    /// From where on expectations look.
    pub(crate) mark: AtomicU64,
    /// The number of the next outage.
    pub(crate) outages: AtomicU64,
    pub(crate) injections: Injections,
    /// Prints the end of the journal if the thread panics while it is dropped.
    pub(crate) ladder_on_panic: AtomicBool,
}

impl Broker {
    /// Starts a broker with default settings on a free port of 127.0.0.1; ready when this returns.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// assert_ne!(broker.addr().port(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Sets things up before the start: ports, limits, users, anything that the settings file can set.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::builder().seed(7).start().await?;
    /// assert_eq!(broker.seed(), 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address to connect to; the first one, where it listens on several.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// assert!(broker.addr().ip().is_loopback()); // nobody outside of this machine gets in
    /// std::net::TcpStream::connect(broker.addr())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// Every address it listens on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let loopback = std::net::IpAddr::from(std::net::Ipv6Addr::LOCALHOST);
    /// let broker = broker::Broker::builder().bind(loopback).start().await?;
    /// for addr in broker.addrs() {
    ///     assert_eq!(addr.port(), broker.addr().port()); // one port, free on all of them
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// Addresses it was to listen on that this machine does not have.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let loopback = std::net::IpAddr::from(std::net::Ipv6Addr::LOCALHOST);
    /// let broker = broker::Broker::builder().bind(loopback).start().await?;
    /// assert_eq!(broker.addrs().len() + broker.skipped().len(), 2); // skipped on a machine without IPv6
    /// # Ok(())
    /// # }
    /// ```
    pub fn skipped(&self) -> &[std::net::IpAddr] {
        &self.skipped
    }

    /// The address as a URL, such as `mqtt://127.0.0.1:40123`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// assert_eq!(broker.url(), format!("mqtt://127.0.0.1:{}", broker.addr().port()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn url(&self) -> String {
        format!("mqtt://{}", self.addr())
    }

    /// The settings it runs with.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// println!("the largest packet it takes has {} bytes", broker.settings().limits.max_packet_size_bytes);
    /// assert!(broker.settings().auth.allow_anonymous);
    /// # Ok(())
    /// # }
    /// ```
    pub fn settings(&self) -> &BrokerSettings {
        &self.settings
    }

    /// The seed of everything left to chance; set it with [`Builder::seed`] to see the same again.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// println!("to see the same again: .seed({})", broker.seed());
    /// let again = broker::Broker::builder().seed(broker.seed()).start().await?;
    /// assert_eq!(again.seed(), broker.seed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Publishes a message of the program's own, as if from nobody. Returns how many sessions it concerned.
    ///
    /// # Errors
    /// The topic is no topic name, the engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::{Injected, QoS};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let concerned = broker.publish(Injected::text("lamp/set", "on").qos(QoS::AtLeastOnce)).await?;
    /// assert_eq!(concerned, 0); // nobody is subscribed
    ///
    /// let error = broker.publish(Injected::text("lamp/+", "on")).await.unwrap_err();
    /// assert!(error.to_string().starts_with("a message to \"lamp/+\" cannot be published: "));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish(&self, message: Injected) -> Result<usize, CommandError> {
        self.injections.note(&message.topic);
        Ok(self
            .call(Capability::Inject, |engine, now| engine.publish(now, message))
            .await??)
    }

    /// Disconnects a client; a 5.0 client is told `reason`. Returns whether it was connected.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").await?;
    ///
    /// use broker::ReasonCode;
    /// assert!(broker.disconnect("lamp", ReasonCode::ADMINISTRATIVE_ACTION).await?);
    /// broker.wait_disconnected("lamp").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn disconnect(&self, client_id: &str, reason: ReasonCode) -> Result<bool, CommandError> {
        let client_id = client_id.to_owned();
        self.call(Capability::Administration, move |engine, now| {
            engine.disconnect(now, &client_id, reason)
        })
        .await
    }

    /// Removes every retained message but the `$SYS` ones; says how many there were.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).await?;
    /// assert_eq!(broker.clear_retained().await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn clear_retained(&self) -> Result<usize, CommandError> {
        self.call(Capability::ClearRetained, |engine, _| engine.clear_retained())
            .await
    }

    /// What was counted so far.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().await?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").await?;
    ///
    /// assert_eq!(broker.stats().await?.clients_connected, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stats(&self) -> Result<Stats, CommandError> {
        self.ask(Backend::stats).await
    }

    /// Waits until the broker's thread ends although nobody stopped it, which only a bug makes it do.
    pub(crate) async fn failed(&self) {
        match &self.commands {
            Some(commands) => commands.closed().await,
            None => std::future::pending().await,
        }
    }

    /// Stops: 5.0 clients are told Server shutting down (0x8B), every socket is closed, the thread ends.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// let addr = broker.addr();
    /// let report = broker.shutdown().await;
    /// assert_eq!(report.stats.dropped(), 0);
    /// assert!(std::net::TcpListener::bind(addr).is_ok()); // the port is free
    /// # Ok(())
    /// # }
    /// ```
    pub async fn shutdown(mut self) -> Report {
        self.commands = None;
        let report = match self.report.take() {
            Some(report) => report.await.unwrap_or_default(),
            None => Report::default(),
        };
        self.join();
        report
    }

    /// The same for a program that ends after it: the system takes back all memory at once, and nobody waits until
    /// gigabytes of messages are let go of one by one.
    pub(crate) async fn stop(mut self) -> Report {
        self.commands = None;
        let report = match self.report.take() {
            Some(report) => report.await.unwrap_or_default(),
            None => Report::default(),
        };
        drop(self.thread.take());
        report
    }

    /// Does something with what answers, on the broker's thread.
    pub(crate) fn send<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Backend) -> R + Send + 'static,
    ) -> oneshot::Receiver<R> {
        let (answer, receiver) = oneshot::channel();
        if let Some(commands) = &self.commands {
            // A broker that has stopped drops the command, and with it `answer`: the receiver sees that.
            let _ = commands.send(Command::Do(Box::new(move |backend| {
                let _ = answer.send(work(backend));
            })));
        }
        receiver
    }

    /// The same with our own engine, which must be the one that answers: only it has `what`.
    pub(crate) fn send_engine<R: Send + 'static>(
        &self,
        what: Capability,
        work: impl FnOnce(&mut Engine, Time) -> R + Send + 'static,
    ) -> Result<oneshot::Receiver<Option<R>>, CommandError> {
        self.require(what)?;
        Ok(self.send(|backend| {
            let mut native = backend.native_mut()?;
            let now = native.clock.now();
            Some(work(&mut native.engine, now))
        }))
    }

    pub(crate) async fn ask<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Backend) -> R + Send + 'static,
    ) -> Result<R, CommandError> {
        self.send(work).await.map_err(|_| CommandError::Stopped)
    }

    pub(crate) async fn call<R: Send + 'static>(
        &self,
        what: Capability,
        work: impl FnOnce(&mut Engine, Time) -> R + Send + 'static,
    ) -> Result<R, CommandError> {
        let answer = self.send_engine(what, work)?;
        answer.await.ok().flatten().ok_or(CommandError::Stopped)
    }

    /// Whether this is the broker's thread, which must not wait for itself.
    pub(crate) fn is_own_thread(&self) -> bool {
        let own = self.thread.as_ref().map(|thread| thread.thread().id());
        own == Some(std::thread::current().id())
    }

    pub(crate) fn join(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was already printed, and there is nothing left to clean up here.
            let _ = thread.join();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if std::thread::panicking() && self.ladder_on_panic.load(Ordering::Relaxed) {
            self.print_ladder();
        }
        self.join();
    }
}
