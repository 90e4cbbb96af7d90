//! [`ExpectedOnDrop`]: an expectation that is looked at when the test ends.

use super::{ExpectError, Expecting, lock};
use crate::expect::{Matched, Standing};

impl<'a> Expecting<'a> {
    /// Is it met when the returned guard is dropped? Looks at what has arrived by then and waits for nothing; panics with
    /// the report if not, unless the thread panics already.
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

    /// As things stand, without waiting for anything but the broker's thread.
    fn check_now(&self) -> Result<Matched, ExpectError> {
        let progress = self.begin()?;
        let since = lock(&progress).since();
        let seen = {
            let progress = progress.clone();
            self.broker.read_now(move |journal| {
                lock(&progress).look(journal);
                journal.since(since)
            })?
        };
        let mut progress = lock(&progress);
        let unproven = self.expectation.has_upper_bound() && progress.missed() > 0;
        match progress.standing() {
            Standing::Met | Standing::Enough if !unproven => Ok(progress.take_matched()),
            _ => Err(self.report(&progress, seen, None)),
        }
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
