//! [`Broker`]: a running broker, and what its owner may do with it.

mod ability;
mod access;
mod caller;
#[cfg(feature = "tls")]
mod certificates;
#[cfg(feature = "contracts")]
mod contracts;
mod injections;
mod listener;
mod report;
mod running;
mod users;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use settings::BrokerSettings;
use tokio::sync::{mpsc, watch};

use crate::answer::Answer;
#[cfg(feature = "http")]
use crate::api::{Api, Recordings};
use crate::backend::Backend;
use crate::builder::Builder;
use crate::capability::Capability;
#[cfg(feature = "contracts")]
use crate::contract::Kept;
use crate::engine::{Figures, Injected, Stats};
use crate::error::Kind;
use crate::front::Command;
use crate::journal::Journal;
use crate::notice::Notices;
use crate::way::{Authority, Visitors};
use crate::wire::ReasonCode;

pub(crate) use caller::{Caller, doing};
pub(crate) use injections::Injections;
pub(crate) use running::Running;

pub use listener::Listener;
pub use report::Report;

/// A running broker. It has a thread of its own and shares nothing with any other broker in the process.
///
/// Its calls return an [`Answer`]: `.await` it, or `.wait()` for it where there is no async.
///
/// Dropping it stops the thread and closes its sockets; the port is free again before `drop` returns.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// println!("a client may connect to {}", broker.url());
/// let report = broker.shutdown().wait()?;
/// assert_eq!(report.stats.clients_connected, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a broker stops when it is dropped: keep it in a variable for as long as it is needed"]
pub struct Broker {
    /// The main port first.
    pub(crate) listeners: Vec<Listener>,
    pub(crate) skipped: Vec<IpAddr>,
    pub(crate) warnings: Vec<String>,
    pub(crate) settings: Arc<BrokerSettings>,
    pub(crate) seed: u64,
    pub(crate) caller: Caller,
    /// `None` once it was shut down.
    pub(crate) running: Mutex<Option<Running>>,
    pub(crate) notices: Notices,
    /// The journal, once the broker has stopped.
    pub(crate) left: watch::Receiver<Option<Arc<Journal>>>,
    /// By the clock on the wall, counted from 1970.
    pub(crate) started_at: Duration,
    pub(crate) deadline: Duration,
    /// The number of the next outage.
    pub(crate) outages: Arc<AtomicU64>,
    pub(crate) injections: Injections,
    /// The CA of the certificates that it makes.
    #[cfg_attr(not(feature = "tls"), allow(dead_code))]
    pub(crate) authority: Authority,
    /// Those who come for the control API.
    pub(crate) visitors: Visitors,
    /// What clients are held against.
    #[cfg(feature = "contracts")]
    pub(crate) contracts: Option<Arc<Kept>>,
    /// Who serves them.
    #[cfg(feature = "http")]
    pub(crate) api: Option<Arc<Api>>,
    /// The recording that a request began.
    #[cfg(feature = "http")]
    pub(crate) recordings: Arc<Recordings>,
    /// Prints the end of the journal if the thread panics while the broker is dropped.
    pub(crate) ladder_on_panic: Arc<AtomicBool>,
}

impl Broker {
    /// Starts a broker with default settings on a free port of 127.0.0.1; the answer is there once clients can connect.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// assert_ne!(broker.addr().port(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start() -> Answer<Self> {
        Self::builder().start()
    }

    /// Sets things up before the start: ports, limits, users, anything that the settings file can set.
    ///
    /// ```
    /// let broker = broker::Broker::builder().seed(7).start().wait()?;
    /// assert_eq!(broker.seed(), 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The settings it runs with.
    pub fn settings(&self) -> &BrokerSettings {
        &self.settings
    }

    /// The seed of everything left to chance; set it with [`Builder::seed`] to see the same again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Publishes a message of the program's own, as if from nobody. Returns how many sessions it concerned.
    ///
    /// # Errors
    /// The topic is no topic name, the engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use broker::{Injected, QoS};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let concerned = broker.publish(Injected::text("lamp/set", "on").qos(QoS::AtLeastOnce)).wait()?;
    /// assert_eq!(concerned, 0); // nobody is subscribed
    ///
    /// let error = broker.publish(Injected::text("lamp/+", "on")).wait().unwrap_err();
    /// assert!(error.to_string().starts_with("a message to \"lamp/+\" cannot be published: "));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn publish(&self, message: Injected) -> Answer<usize> {
        let injections = self.injections.clone();
        self.caller.try_engine(Capability::Inject, move |engine, now| {
            let topic = message.topic.clone();
            let concerned = engine.publish(now, message);
            concerned.inspect(|_| injections.note(&topic))
        })
    }

    /// Disconnects a client; a 5.0 client is told `reason`. Returns whether it was connected.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// use broker::ReasonCode;
    /// assert!(broker.disconnect("lamp", ReasonCode::ADMINISTRATIVE_ACTION).wait()?);
    /// broker.wait_disconnected("lamp").wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn disconnect(&self, client_id: &str, reason: ReasonCode) -> Answer<bool> {
        let client_id = client_id.to_owned();
        self.caller
            .engine(Capability::Administration, move |engine, now| {
                engine.disconnect(now, &client_id, reason)
            })
    }

    /// Removes every retained message but the `$SYS` ones; says how many there were.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).wait()?;
    /// assert_eq!(broker.clear_retained().wait()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_retained(&self) -> Answer<usize> {
        self.caller
            .engine(Capability::ClearRetained, |engine, _| engine.clear_retained())
    }

    /// Removes the retained message of one topic, as an empty message would, but that nobody gets one. Returns whether there was one.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained()).wait()?;
    /// assert!(broker.delete_retained("lamp").wait()?);
    /// assert!(!broker.delete_retained("lamp").wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delete_retained(&self, topic: &str) -> Answer<bool> {
        let topic = topic.to_owned();
        self.caller.engine(Capability::ClearRetained, move |engine, _| {
            engine.delete_retained(&topic)
        })
    }

    /// What was counted so far.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// use std::{io::Write, net::TcpStream};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let mut client = TcpStream::connect(broker.addr())?;
    /// client.write_all(b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?; // CONNECT
    /// broker.wait_connected("lamp").wait()?;
    ///
    /// assert_eq!(broker.stats().wait()?.clients_connected, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stats(&self) -> Answer<Stats> {
        self.caller.ask(Backend::stats)
    }

    /// How much there is of everything now: clients, sessions, subscriptions, messages.
    ///
    /// # Errors
    /// The engine is not ours, or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let figures = broker.figures().wait()?;
    /// assert_eq!((figures.sessions, figures.subscriptions), (0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn figures(&self) -> Answer<Figures> {
        self.caller
            .engine(Capability::State, |engine, now| engine.figures(now))
    }

    /// Stops: 5.0 clients are told Server shutting down (0x8B), every socket is closed, the thread ends.
    ///
    /// From here on, every call is an error; the [journal](Broker::journal) can still be read.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let report = broker.shutdown().wait()?;
    /// assert_eq!(report.stats.dropped(), 0);
    /// assert!(std::net::TcpListener::bind(broker.addr()).is_ok()); // the port is free
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self) -> Answer<Report> {
        match self.take_running() {
            Some(mut running) => {
                self.visitors.shut();
                #[cfg(feature = "http")]
                if let Some(api) = &self.api {
                    api.end();
                }
                running.commands = None;
                Answer::new(running.end())
            }
            None => Answer::ready(Err(Kind::ShutDown.into())),
        }
    }

    /// The same broker once more, for those who serve its control API or show it. It keeps nothing running.
    #[cfg(any(feature = "http", feature = "watch"))]
    pub(crate) fn view(&self) -> Self {
        Self {
            listeners: self.listeners.clone(),
            skipped: self.skipped.clone(),
            warnings: self.warnings.clone(),
            settings: self.settings.clone(),
            seed: self.seed,
            caller: self.caller.clone(),
            running: Mutex::default(),
            notices: self.notices.clone(),
            left: self.left.clone(),
            started_at: self.started_at,
            deadline: self.deadline,
            outages: self.outages.clone(),
            injections: self.injections.clone(),
            authority: self.authority.clone(),
            visitors: Visitors::default(),
            #[cfg(feature = "contracts")]
            contracts: self.contracts.clone(),
            #[cfg(feature = "http")]
            api: None,
            #[cfg(feature = "http")]
            recordings: self.recordings.clone(),
            ladder_on_panic: Arc::default(),
        }
    }

    /// The same, with another deadline.
    #[cfg(feature = "http")]
    pub(crate) fn view_with(&self, deadline: Duration) -> Self {
        let mut view = self.view();
        view.deadline = deadline;
        view
    }

    /// What keeps it running, for whoever is to stop it.
    pub(crate) fn take_running(&self) -> Option<Running> {
        // Nothing in here panics halfway.
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits until the broker's thread ends although nobody stopped it, which only a bug makes it do.
    pub(crate) async fn failed(&self) {
        match self.commands() {
            Some(commands) => commands.closed().await,
            None => std::future::pending().await,
        }
    }

    fn commands(&self) -> Option<mpsc::UnboundedSender<Command>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref()?.commands.clone()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if std::thread::panicking() && self.ladder_on_panic.load(Ordering::Relaxed) {
            self.print_ladder();
        }
    }
}
