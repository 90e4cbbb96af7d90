//! [`ExpectedOnDrop`]: an expectation that is looked at when the test ends.

use super::{Expecting, or_panic};

impl<'a> Expecting<'a> {
    /// Is it met when the returned guard is dropped? What was sent by then counts: the drop waits until the broker has
    /// settled, as long as the deadline allows, and for nothing that is still to be sent. It panics with the report if it
    /// is not met, unless the thread panics already.
    ///
    /// The drop blocks its thread. A client that runs in the same single-threaded runtime cannot acknowledge anything
    /// meanwhile: await [`settle`](crate::Broker::settle) first, where one has to.
    ///
    /// ```
    /// use broker::expect::publish;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// {
    ///     let _quiet = broker.expect(publish("alarm/#")).never().on_drop();
    ///     // … whatever the rest of the test does, no alarm may come of it …
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_drop(self) -> ExpectedOnDrop<'a> {
        ExpectedOnDrop { expecting: self }
    }
}

/// An expectation that is checked when this is dropped. See [`Expecting::on_drop`].
///
/// ```
/// use broker::expect::connected;
///
/// let broker = broker::Broker::start().wait()?;
/// let expected = broker.expect(connected().of("lamp")).on_drop();
/// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
/// broker.wait_connected("lamp").wait()?;
/// drop(expected); // looks, and would panic with a report
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
        // The broker settles and judges then; what has not been sent yet is not waited for.
        or_panic(
            self.expecting.judged(false).wait(),
            self.expecting.at,
            &self.expecting.broker.ladder_on_panic,
        );
    }
}
