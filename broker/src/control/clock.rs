//! [`BrokerClock`]: the clock of a running broker.

use std::time::Duration;

use tokio::sync::oneshot;

use super::WaitError;
use crate::backend::Backend;
use crate::broker::{Broker, CommandError};
use crate::capability::Capability;
use crate::clock::Clock;
use crate::front::Command;
use crate::time::Time;

impl Broker {
    /// The broker's clock: time that can be stopped and moved.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let broker = broker::Broker::start().await?;
    /// broker.clock().freeze().await?; // from here on, time passes only when the test says so
    /// let before = broker.clock().now().await?;
    /// broker.clock().advance(Duration::from_secs(3600)).await?;
    /// assert_eq!(broker.clock().now().await? - before, Duration::from_secs(3600));
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock(&self) -> BrokerClock<'_> {
        BrokerClock { broker: self }
    }
}

/// The clock that the broker goes by: keep alive, session expiry, message expiry, will delay.
///
/// **Clients have their own.** A client whose keep alive timer runs on real time goes on sending PINGREQ by it, and what
/// it times out by itself it times out by itself.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use broker::Broker;
///
/// let broker = Broker::start().await?;
/// let clock = broker.clock(); // cheap to copy
/// clock.freeze().await?;
/// // A client whose session lasts for an hour (0x0E10 seconds) connects as "lamp", and is cut off.
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # let connect = b"\x10\x16\0\x04MQTT\x05\x02\0\0\x05\x11\0\0\x0E\x10\0\x04lamp";
/// # std::io::Write::write_all(&mut lamp, connect)?;
/// broker.wait_connected("lamp").await?;
/// drop(lamp);
/// broker.wait_disconnected("lamp").await?;
///
/// clock.advance(Duration::from_secs(3599)).await?;
/// assert!(broker.state().await?.session("lamp").is_some());
/// clock.advance(Duration::from_secs(1)).await?;
/// assert!(broker.state().await?.session("lamp").is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BrokerClock<'a> {
    broker: &'a Broker,
}

impl BrokerClock<'_> {
    /// What time it is, counted from the start of the broker.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// broker.clock().freeze().await?;
    /// assert_eq!(broker.clock().now().await?, broker.clock().now().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn now(&self) -> Result<Time, CommandError> {
        self.broker.ask(Backend::now).await
    }

    /// Stops the time.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// broker.clock().freeze().await?;
    /// assert!(broker.state().await?.clock_frozen);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn freeze(&self) -> Result<(), CommandError> {
        self.with(Clock::freeze).await
    }

    /// Lets the time go on from where it stands.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let broker = broker::Broker::start().await?;
    /// broker.clock().freeze().await?;
    /// broker.clock().resume().await?;
    /// assert!(!broker.state().await?.clock_frozen);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn resume(&self) -> Result<(), CommandError> {
        self.with(Clock::resume).await
    }

    /// Moves the time forward, frozen or not. Everything that is due on the way is done, in order, each at its own
    /// instant, before this returns. Time in which nothing is due costs nothing, and others get their turn meanwhile.
    ///
    /// Of more than a hundred rounds of `$SYS` in which nothing else happens, only the first and the last are published.
    ///
    /// # Errors
    /// The deadline passed ([`Broker::set_deadline`]), and the clock stands where it got to; or the broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let broker = broker::Broker::start().await?;
    /// broker.clock().freeze().await?;
    /// let then = broker.clock().now().await?;
    /// broker.clock().advance(Duration::from_secs(90)).await?;
    /// assert_eq!(broker.clock().now().await? - then, Duration::from_secs(90));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn advance(&self, by: Duration) -> Result<(), WaitError> {
        self.broker.require(Capability::VirtualClock)?;
        let (answer, done) = oneshot::channel();
        self.broker
            .command(Command::Advance(by, self.broker.until(), answer));
        let what = format!("for the clock to move by {by:?}");
        self.broker.waited(what, done).await
    }

    /// Moves the time forward to `until`; does nothing if that has passed.
    ///
    /// # Errors
    /// Those of [`BrokerClock::advance`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::time::Time;
    ///
    /// let broker = broker::Broker::start().await?;
    /// broker.clock().freeze().await?;
    /// broker.clock().run_until(Time::from_secs(3600)).await?;
    /// assert_eq!(broker.clock().now().await?, Time::from_secs(3600));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_until(&self, until: Time) -> Result<(), WaitError> {
        let now = self.now().await?;
        self.advance(until - now).await
    }

    async fn with(&self, work: impl FnOnce(&mut Clock) + Send + 'static) -> Result<(), CommandError> {
        self.broker.require(Capability::VirtualClock)?;
        let changed = |backend: &Backend| backend.native_mut().map(|mut native| work(&mut native.clock));
        self.broker.ask(changed).await.map(|_| ())
    }
}
