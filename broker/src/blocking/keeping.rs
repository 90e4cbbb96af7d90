//! Snapshots, restarts and outages, without async.

use super::Broker;
use crate::broker::CommandError;
use crate::engine::{Cut, Restart};
use crate::keeping::RestartError;
use crate::snapshot::Snapshot;

impl Broker {
    /// See [`crate::Broker::snapshot`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained())?;
    /// let snapshot = broker.snapshot()?;
    /// assert_eq!(snapshot.messages[snapshot.retained[0]].topic, "lamp");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn snapshot(&self) -> Result<Snapshot, CommandError> {
        self.block_on(self.inner.snapshot())
    }

    /// See [`crate::Broker::restore`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// let empty = broker.snapshot()?;
    /// broker.publish(broker::Injected::text("lamp", "on").retained())?;
    /// broker.restore(&empty)?;
    /// assert!(broker.state()?.retained.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restore(&self, snapshot: &Snapshot) -> Result<(), CommandError> {
        self.block_on(self.inner.restore(snapshot))
    }

    /// See [`crate::Broker::restart`].
    ///
    /// ```
    /// use broker::Restart;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// broker.restart(Restart::KeepState)?; // clients that come back by themselves do so now
    /// assert!(!broker.state()?.sessions.iter().any(|session| session.connected));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restart(&self, restart: Restart) -> Result<(), RestartError> {
        self.block_on(self.inner.restart(restart))
    }

    /// See [`crate::Broker::crash`].
    ///
    /// ```
    /// use broker::{Injected, Restart};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.publish(Injected::text("lamp", "on").retained())?;
    /// broker.crash(Restart::LoseState)?;
    /// assert!(broker.state()?.retained.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn crash(&self, restart: Restart) -> Result<(), RestartError> {
        self.block_on(self.inner.crash(restart))
    }

    /// See [`crate::Broker::outage`].
    ///
    /// ```
    /// use std::net::TcpStream;
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let away = broker.outage(Restart::KeepState, Cut::Orderly)?;
    /// assert!(TcpStream::connect(broker.addr()).is_err());
    /// away.end()?;
    /// assert!(TcpStream::connect(broker.addr()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outage(&self, restart: Restart, cut: Cut) -> Result<Outage<'_>, RestartError> {
        let outage = self.block_on(self.inner.outage(restart, cut))?;
        Ok(Outage { broker: self, outage })
    }
}

/// The time in which a broker is away, used without async. See [`crate::Outage`].
///
/// ```
/// use std::net::TcpStream;
/// use broker::{Cut, Restart};
///
/// let broker = broker::blocking::Broker::start()?;
/// let away = broker.outage(Restart::LoseState, Cut::Reset)?;
/// assert!(TcpStream::connect(broker.addr()).is_err());
/// drop(away);
/// broker.settle()?;
/// assert!(TcpStream::connect(broker.addr()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the outage is over when this is dropped: keep it for as long as the broker is to be away"]
pub struct Outage<'a> {
    broker: &'a Broker,
    outage: crate::Outage<'a>,
}

impl Outage<'_> {
    /// See [`crate::Outage::end`].
    ///
    /// ```
    /// use broker::{Cut, Restart};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.outage(Restart::KeepState, Cut::Orderly)?.end()?; // away, and back at once
    /// std::net::TcpStream::connect(broker.addr())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn end(self) -> Result<(), RestartError> {
        self.broker.block_on(self.outage.end())
    }
}
