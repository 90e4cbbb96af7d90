//! What is said of an expectation before it is waited for: how often, how long, from where on, what next.

use std::time::Duration;

use super::Expecting;
use crate::expect::{Count, Expectation};
use crate::journal::Mark;

impl Expecting<'_> {
    /// How often the last pattern is expected: a number, or a range such as `2..`, `2..5` or `1..=3`.
    pub fn times(mut self, count: impl Into<Count>) -> Self {
        self.expectation = self.expectation.times(count);
        self
    }

    /// The last pattern is not to come at all.
    pub fn never(self) -> Self {
        self.times(Count::NEVER)
    }

    /// And then this: only what comes behind everything so far counts for it.
    ///
    /// ```
    /// use broker::expect::{connect, publish};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(connect()).then(publish("a/b")).wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn then(mut self, next: impl Into<Expectation>) -> Self {
        self.expectation = self.expectation.then(next);
        self
    }

    /// How long to wait at most, in real time. Without this call [`Broker::set_deadline`](crate::Broker::set_deadline)
    /// sets it.
    pub fn within(mut self, deadline: Duration) -> Self {
        self.within = Some(deadline);
        self
    }

    /// Takes less than proof: where the deadline passes and the broker has not settled, what came by then counts.
    ///
    /// Without this, `never()` and `times(3)` fail in that case: more may be on its way, and the report says why. There are
    /// two reasons to ask for less. With another broker [behind the front door](crate::Builder::upstream) nobody can know
    /// that nothing more is coming. And a test may hold a client's acknowledgement back on purpose, so that the broker never
    /// settles. [`Matched::unproven`](crate::expect::Matched::unproven) says whether it was proven all the same.
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::Broker;
    /// use broker::expect::publish;
    ///
    /// let real = Broker::start().wait()?; // in real life a broker elsewhere
    /// let broker = Broker::builder().upstream(&real.url()).start().wait()?;
    /// let alarms = broker.expect(publish("alarm/#")).never().within(Duration::from_millis(1));
    /// let error = alarms.check().wait().unwrap_err();
    /// assert!(error.to_string().contains("this engine cannot tell"));
    ///
    /// let alarms = broker.expect(publish("alarm/#")).never().within(Duration::from_millis(1));
    /// let found = alarms.unproven_is_enough().wait(); // waits for the deadline
    /// assert!(found.unproven().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unproven_is_enough(mut self) -> Self {
        self.unproven_is_enough = true;
        self
    }

    /// Looks from this place in the journal on, instead of from the last [`Broker::mark`](crate::Broker::mark).
    pub fn since(mut self, mark: Mark) -> Self {
        self.since = Some(mark);
        self
    }
}
