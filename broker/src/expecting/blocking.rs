//! The blocking twin of [`Expecting`](crate::Expecting).

use std::future::IntoFuture;
use std::time::Duration;

use crate::expect::{Count, Expectation, Matched};
use crate::expecting::{ExpectError, ExpectedOnDrop};
use crate::journal::Mark;
use crate::reading::blocking::block_on;

/// An expectation that waits to be waited for: [`Expecting::wait`], and the test fails with a report unless it is met.
/// [`Expecting::check`] returns the report instead. Otherwise the same as [`crate::Expecting`].
///
/// ```
/// use broker::expect::connected;
///
/// let broker = broker::blocking::Broker::start()?;
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// let found = broker.expect(connected().of("lamp")).times(1).wait();
/// assert_eq!(&*found[0].client_id, "lamp");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "an expectation does nothing until it is waited for: `broker.expect(…).wait()`, or `.on_drop()`"]
#[derive(Debug)]
pub struct Expecting<'a> {
    pub(crate) inner: crate::Expecting<'a>,
}

impl<'a> Expecting<'a> {
    fn with(self, change: impl FnOnce(crate::Expecting<'a>) -> crate::Expecting<'a>) -> Self {
        Self {
            inner: change(self.inner),
        }
    }

    /// See [`crate::Expecting::times`].
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// broker.expect(publish("alarm/#")).times(..=2).wait(); // none is fine, too
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn times(self, count: impl Into<Count>) -> Self {
        self.with(|inner| inner.times(count))
    }

    /// See [`crate::Expecting::never`].
    ///
    /// ```
    /// use broker::expect::refused;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.wait_connected("lamp")?;
    /// broker.expect(refused()).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn never(self) -> Self {
        self.with(crate::Expecting::never)
    }

    /// See [`crate::Expecting::then`].
    ///
    /// ```
    /// use broker::expect::{connack, connect};
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.expect(connect()).then(connack().to("lamp").session_present(false)).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn then(self, next: impl Into<Expectation>) -> Self {
        self.with(|inner| inner.then(next))
    }

    /// See [`crate::Expecting::within`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::expect::connected;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.expect(connected()).within(Duration::from_secs(30)).wait(); // for a slow client
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn within(self, deadline: Duration) -> Self {
        self.with(|inner| inner.within(deadline))
    }

    /// See [`crate::Expecting::unproven_is_enough`].
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let found = broker.expect(publish("alarm/#")).never().unproven_is_enough().wait();
    /// assert_eq!(found.unproven(), None); // it was proven all the same
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unproven_is_enough(self) -> Self {
        self.with(crate::Expecting::unproven_is_enough)
    }

    /// See [`crate::Expecting::since`].
    ///
    /// ```
    /// use broker::expect::connected;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let mark = broker.journal().mark()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// broker.expect(connected()).since(mark).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn since(self, mark: Mark) -> Self {
        self.with(|inner| inner.since(mark))
    }

    /// See [`crate::Expecting::on_drop`].
    ///
    /// ```
    /// use broker::expect::dropped;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let _none_lost = broker.expect(dropped()).never().on_drop(); // looked at when the test ends
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_drop(self) -> ExpectedOnDrop<'a> {
        self.inner.on_drop()
    }

    /// Waits until it is met, and returns what was found.
    ///
    /// # Panics
    /// With the report, if it is not met.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let found = broker.expect(connect()).wait();
    /// assert_eq!(found[0].version, broker::wire::Version::V311);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(self) -> Matched {
        block_on(self.inner.into_future())
    }

    /// The fallible twin of [`Expecting::wait`]: the report is in the error.
    ///
    /// # Errors
    /// It was not met, cannot be met, or the broker has stopped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::expect::connect;
    ///
    /// let broker = broker::blocking::Broker::start()?;
    /// let error = broker.expect(connect()).within(Duration::from_millis(1)).check().unwrap_err();
    /// assert!(error.to_string().starts_with("expected at least once: CONNECT"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(self) -> Result<Matched, ExpectError> {
        block_on(self.inner.check())
    }
}
