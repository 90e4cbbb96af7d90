//! Faults of the world: a partition, an interruption, a listener that is down. Each is a rule on bytes underneath.

use std::time::Duration;

use super::faults::{BrokerFaults, FaultGuard};
use crate::answer::Answer;
use crate::capability::Capability;
use crate::error::Error;
use crate::fault::{Invalid, Rule};
use crate::pattern::Is;

impl BrokerFaults<'_> {
    /// Cuts these clients off from the broker as a network does: nothing passes either way, no connection ends, and nothing is lost.
    /// A client of this set that connects meanwhile gets no answer. Once it is healed, what waits goes on in order.
    ///
    /// Timers run: a client may find its broker too silent, and the broker a client.
    ///
    /// In a file, it is `type = "stall"` with `stream = "both"` and `client = { one_of = ["lamp", "heater"] }`.
    ///
    /// # Errors
    /// There is a partition of just these clients; or the broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let partition = broker.faults().partition(["lamp", "heater"]).wait()?;
    /// // … neither of them hears from the broker …
    /// partition.heal().wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn partition<C: Into<String>>(&self, clients: impl IntoIterator<Item = C>) -> Answer<Partition> {
        let clients: Vec<String> = clients.into_iter().map(Into::into).collect();
        let quoted: Vec<String> = clients.iter().map(|client| format!("{client:?}")).collect();
        let rule = Rule::for_bytes()
            .of(Is::one_of(clients))
            .both_ways()
            .stall()
            .named(format!("partition of {}", quoted.join(", ")));
        let added = self.add(rule);
        Answer::new(async move { added.await.map(|guard| Partition { guard }) })
    }

    /// Interrupts one client for a time of the broker's clock: its connection is cut now, and each new one right after its CONNECT.
    /// Then it can connect again. An interruption that is under way begins anew.
    ///
    /// In a file, it is `type = "down"` with `client = "lamp"` and `to_secs = 30`.
    ///
    /// # Errors
    /// The time is zero; or the broker has stopped.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.faults().interrupt("lamp", Duration::from_secs(30)).wait()?;
    /// broker.clock().advance(Duration::from_secs(30)).wait()?; // it is over
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn interrupt(&self, client_id: &str, lasts: Duration) -> Answer<()> {
        let name = format!("interruption of {client_id:?}");
        let rule = Rule::for_bytes().of(client_id).down().until(lasts).named(&name);
        self.broker
            .caller
            .disturb(Capability::Faults, move |machines, backend| {
                let mut faults = machines.faults.borrow_mut();
                rule.check()?;
                faults.remove(&name);
                faults.add(backend.now(), rule).map(drop)
            })
    }

    /// Takes one listener down: its port refuses connections, and its clients are cut. The others go on. The port stays taken
    /// meanwhile, so that no other program gets it.
    ///
    /// In a file, it is `type = "down"` with `listener = "tls"` and nothing about clients.
    ///
    /// # Errors
    /// There is no listener of this name, or it is down already; or the broker has stopped.
    ///
    /// ```
    /// use std::net::TcpStream;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let name = broker.listeners()[0].name().to_owned();
    /// let down = broker.faults().listener_down(&name).wait()?;
    /// assert!(TcpStream::connect(broker.addr()).is_err());
    ///
    /// down.up().wait()?;
    /// assert!(TcpStream::connect(broker.addr()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listener_down(&self, name: &str) -> Answer<ListenerDown> {
        if self.broker.listener(name).is_none() {
            let names = self
                .broker
                .listeners()
                .iter()
                .map(|it| format!("{:?}", it.name()));
            let names = names.collect::<Vec<_>>().join(", ");
            let error: Error = Invalid {
                place: format!("listener {name:?}"),
                what: format!("there is none of this name; there are {names}"),
            }
            .into();
            return Answer::ready(Err(error));
        }
        let rule = Rule::for_bytes().down().at_listener(name).named(rule_of(name));
        let added = self.add(rule);
        // The broker shuts the port before it answers the next call.
        let shut = self.broker.caller.ask(|_| ());
        Answer::new(async move {
            let guard = added.await?;
            shut.await?;
            Ok(ListenerDown { guard })
        })
    }

    /// Lets clients in again at a listener that [`listener_down`](BrokerFaults::listener_down) took down for good. Returns whether
    /// it was down.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let name = broker.listeners()[0].name().to_owned();
    /// broker.faults().listener_down(&name).wait()?.keep();
    /// assert!(broker.faults().listener_up(&name).wait()?);
    /// assert!(std::net::TcpStream::connect(broker.addr()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listener_up(&self, name: &str) -> Answer<bool> {
        let removed = self.remove(&rule_of(name));
        // The broker opens the port before it answers the next call.
        let opened = self.broker.caller.ask(|_| ());
        Answer::new(async move {
            let was_down = removed.await?;
            opened.await.map(|()| was_down)
        })
    }
}

/// The name of the rule that takes this listener down.
fn rule_of(listener: &str) -> String {
    format!("listener {listener:?} down")
}

/// Clients that are cut off; see [`BrokerFaults::partition`]. It is healed when this is dropped.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// {
///     let _partition = broker.faults().partition(["lamp"]).wait()?;
///     assert_eq!(broker.faults().list().wait()?.len(), 1);
/// }
/// assert!(broker.faults().list().wait()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the partition is healed when this is dropped: keep it in a variable, or let it stay with `.keep()`"]
pub struct Partition {
    guard: FaultGuard,
}

impl Partition {
    /// The name of its rule.
    pub fn name(&self) -> &str {
        self.guard.name()
    }

    /// Heals it: what waits goes on in order.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.faults().partition(["lamp"]).wait()?.heal().wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn heal(self) -> Answer<()> {
        self.guard.remove()
    }

    /// Lets it stay until [`Broker::reset`](crate::Broker::reset).
    pub fn keep(self) {
        self.guard.keep();
    }
}

/// A listener that is down; see [`BrokerFaults::listener_down`]. It is up again when this is dropped.
///
/// ```
/// let broker = broker::Broker::start().wait()?;
/// let name = broker.listeners()[0].name().to_owned();
/// drop(broker.faults().listener_down(&name).wait()?);
/// broker.settle().wait()?; // behind the end of it
/// assert!(std::net::TcpStream::connect(broker.addr()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the listener is up again when this is dropped: keep it in a variable, or let it stay down with `.keep()`"]
pub struct ListenerDown {
    guard: FaultGuard,
}

impl ListenerDown {
    /// Lets clients in again; they can connect once the answer is there.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let name = broker.listeners()[0].name().to_owned();
    /// broker.faults().listener_down(&name).wait()?.up().wait()?;
    /// assert!(std::net::TcpStream::connect(broker.addr()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn up(self) -> Answer<()> {
        self.guard.remove()
    }

    /// Lets it stay down until [`Broker::reset`](crate::Broker::reset).
    pub fn keep(self) {
        self.guard.keep();
    }
}
