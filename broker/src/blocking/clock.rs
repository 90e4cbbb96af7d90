//! The clock, without async.

use std::time::Duration;

use super::Broker;
use crate::broker::CommandError;
use crate::control::WaitError;
use crate::time::Time;

impl Broker {
    /// See [`crate::Broker::clock`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.clock().freeze()?;
    /// broker.clock().advance(Duration::from_secs(24 * 3600))?; // a day, in no time
    /// assert!(broker.clock().now()?.since_start() >= Duration::from_secs(24 * 3600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(&self) -> BrokerClock<'_> {
        BrokerClock { broker: self }
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
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// let earlier = broker.clock().now()?;
    /// assert!(broker.clock().now()? >= earlier); // never backwards
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn now(&self) -> Result<Time, CommandError> {
        self.broker.block_on(self.broker.inner.clock().now())
    }

    /// See [`crate::BrokerClock::freeze`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.clock().freeze()?;
    /// assert_eq!(broker.clock().now()?, broker.clock().now()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn freeze(&self) -> Result<(), CommandError> {
        self.broker.block_on(self.broker.inner.clock().freeze())
    }

    /// See [`crate::BrokerClock::resume`].
    ///
    /// ```
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.clock().freeze()?;
    /// broker.clock().resume()?;
    /// assert!(!broker.state()?.clock_frozen);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resume(&self) -> Result<(), CommandError> {
        self.broker.block_on(self.broker.inner.clock().resume())
    }

    /// See [`crate::BrokerClock::advance`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.clock().freeze()?;
    /// // A client with a Keep Alive of 60 seconds connects as "lamp", and says nothing more.
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\x3C\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// broker.clock().advance(Duration::from_secs(90))?; // 1.5 times that
    /// broker.wait_disconnected("lamp")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance(&self, by: Duration) -> Result<(), WaitError> {
        self.broker.block_on(self.broker.inner.clock().advance(by))
    }

    /// See [`crate::BrokerClock::run_until`].
    ///
    /// ```
    /// use broker::time::Time;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.clock().freeze()?;
    /// broker.clock().run_until(Time::from_secs(60))?;
    /// broker.clock().run_until(Time::from_secs(30))?; // has passed: nothing happens
    /// assert_eq!(broker.clock().now()?, Time::from_secs(60));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_until(&self, until: Time) -> Result<(), WaitError> {
        self.broker.block_on(self.broker.inner.clock().run_until(until))
    }
}
