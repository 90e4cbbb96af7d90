//! [`BrokerClock`]: the clock of a running broker.

use std::time::Duration;

use crate::answer::Answer;
use crate::backend::Backend;
use crate::broker::{Broker, doing};
use crate::capability::Capability;
use crate::clock::after;
use crate::error::Kind;
use crate::front::{Command, NotMoved, Way};
use crate::time::Time;

impl Broker {
    /// The broker's clock: time that can be stopped and moved.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?; // from here on, time passes only when the test says so
    /// let before = broker.clock().now().wait()?;
    /// broker.clock().advance(Duration::from_secs(3600)).wait()?;
    /// assert_eq!(broker.clock().now().wait()? - before, Duration::from_secs(3600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
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
/// use std::time::Duration;
/// use broker::Broker;
///
/// let broker = Broker::start().wait()?;
/// let clock = broker.clock(); // cheap to copy
/// clock.freeze().wait()?;
/// // A client whose session lasts for an hour (0x0E10 seconds) connects as "lamp", and is cut off.
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # let connect = b"\x10\x16\0\x04MQTT\x05\x02\0\0\x05\x11\0\0\x0E\x10\0\x04lamp";
/// # std::io::Write::write_all(&mut lamp, connect)?;
/// broker.wait_connected("lamp").wait()?;
/// drop(lamp);
/// broker.wait_disconnected("lamp").wait()?;
///
/// clock.advance(Duration::from_secs(3599)).wait()?;
/// assert!(broker.state().wait()?.session("lamp").is_some());
/// clock.advance(Duration::from_secs(1)).wait()?;
/// assert!(broker.state().wait()?.session("lamp").is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// assert_eq!(broker.clock().now().wait()?, broker.clock().now().wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn now(&self) -> Answer<Time> {
        self.broker.caller.ask(Backend::now)
    }

    /// Stops the time.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// assert!(broker.state().wait()?.clock_frozen);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn freeze(&self) -> Answer<()> {
        self.freeze_it(true)
    }

    /// Lets the time go on from where it stands.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// broker.clock().resume().wait()?;
    /// assert!(!broker.state().wait()?.clock_frozen);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resume(&self) -> Answer<()> {
        self.freeze_it(false)
    }

    /// Whether the time stands still.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// assert!(broker.clock().is_frozen().wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_frozen(&self) -> Answer<bool> {
        self.broker.caller.ask(|backend| {
            let mut is_frozen = false;
            backend.with_clock(|clock| is_frozen = clock.is_frozen());
            is_frozen
        })
    }

    /// Moves the time forward, frozen or not. Everything that is due on the way is done, in order, each at its own
    /// instant, before this returns. Time in which nothing is due costs nothing, and others get their turn meanwhile.
    ///
    /// Of more than a hundred rounds of `$SYS` in which nothing else happens, only the first and the last are published.
    ///
    /// # Errors
    /// The deadline passed ([`Broker::set_deadline`]), and the clock stands where it got to; or it would go beyond
    /// [`Time::LAST`], and stands where it stood; or the broker has stopped.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// let then = broker.clock().now().wait()?;
    /// broker.clock().advance(Duration::from_secs(90)).wait()?;
    /// assert_eq!(broker.clock().now().wait()? - then, Duration::from_secs(90));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance(&self, by: Duration) -> Answer<()> {
        self.go(Way::By(by), format!("for the clock to move by {by:?}"))
    }

    /// Moves the time forward to `until`; does nothing if that has passed.
    ///
    /// # Errors
    /// Those of [`BrokerClock::advance`].
    ///
    /// ```
    /// use broker::time::Time;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// broker.clock().freeze().wait()?;
    /// broker.clock().run_until(Time::from_secs(3600)).wait()?;
    /// assert_eq!(broker.clock().now().wait()?, Time::from_secs(3600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_until(&self, until: Time) -> Answer<()> {
        self.go(Way::To(until), format!("for the clock to show {until} s"))
    }

    fn go(self, way: Way, what: String) -> Answer<()> {
        let until = after(self.broker.deadline);
        let waited = self.broker.deadline;
        self.broker.caller.call(
            Capability::VirtualClock,
            |answer| Command::Advance(way, until, answer),
            move |moved| match moved {
                Ok(()) => Ok(()),
                Err(NotMoved::Late { now, left }) => Err(Kind::ClockLate {
                    what,
                    waited,
                    now,
                    left,
                }
                .into()),
                Err(NotMoved::TooFar) => Err(Kind::TooFar.into()),
            },
        )
    }

    fn freeze_it(self, is: bool) -> Answer<()> {
        let changed = move |backend: &Backend| {
            backend.freeze(is);
            Some(())
        };
        self.broker
            .caller
            .call(Capability::VirtualClock, |answer| doing(answer, changed), Ok)
    }
}
