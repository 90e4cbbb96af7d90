//! [`ExpectedOnDrop`]: an expectation that is looked at when the test ends.

use super::{ExpectError, Expecting};
use crate::expect::{Invalid, Matched};
use crate::reading::blocking::block_on;

impl<'a> Expecting<'a> {
    /// Is it met when the returned guard is dropped? What was sent by then counts: the drop waits until the broker has
    /// settled, as long as the deadline allows, and for nothing that is still to be sent. It panics with the report if it
    /// is not met, unless the thread panics already.
    ///
    /// The drop blocks its thread. A client that runs in the same single-threaded runtime cannot acknowledge anything
    /// meanwhile: await [`settle`](crate::Broker::settle) first, where one has to.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::expect::publish;
    ///
    /// let broker = broker::Broker::start().await?;
    /// {
    ///     let _quiet = broker.expect(publish("alarm/#")).never().on_drop();
    ///     // … whatever the rest of the test does, no alarm may come of it …
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_drop(self) -> ExpectedOnDrop<'a> {
        ExpectedOnDrop { expecting: self }
    }

    /// Settles, and judges then; waits for the broker's thread as long as the deadline allows, and for nothing else.
    fn check_now(&self) -> Result<Matched, ExpectError> {
        if self.broker.is_own_thread() {
            return Err(ExpectError::Invalid(Invalid {
                pattern: self.expectation.to_string(),
                what: "it was dropped on the broker's own thread, which cannot wait for itself".to_owned(),
            }));
        }
        block_on(self.judged(false))
    }
}

/// An expectation that is checked when this is dropped. See [`Expecting::on_drop`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::expect::connected;
///
/// let broker = broker::Broker::start().await?;
/// let expected = broker.expect(connected().of("lamp")).on_drop();
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").await?;
/// drop(expected); // looks, and would panic with a report
/// # Ok(())
/// # }
/// ```
#[must_use = "the expectation is checked when this is dropped: keep it in a variable until then"]
#[derive(Debug)]
pub struct ExpectedOnDrop<'a> {
    expecting: Expecting<'a>,
}

impl Drop for ExpectedOnDrop<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Err(error) = self.expecting.check_now() {
            self.expecting.broker.has_reported();
            panic!("{error}")
        }
    }
}
