//! [`Expecting`]: an expectation that a test waits for.

pub mod blocking;
mod on_drop;
mod wanted;

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::broker::{Broker, CommandError};
use crate::clock::after;
use crate::expect::{Expectation, Failure, Invalid, Matched, Progress, Standing};
use crate::front::{Command, Grounds, Inquiry, Verdict};
use crate::journal::Mark;

pub use on_drop::ExpectedOnDrop;

/// Why an expectation has no answer, or the wrong one.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use broker::ExpectError;
/// use broker::expect::publish;
///
/// let broker = broker::Broker::start().await?;
/// let error = broker.expect(publish("a/#/b")).check().await.unwrap_err();
/// assert!(matches!(error, ExpectError::Invalid(_))); // nothing could ever fit it
/// println!("{error}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpectError {
    /// It was not met.
    #[error("{0}")]
    Failed(Box<Failure>),
    /// Nothing can meet it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no journal to look at.
    #[error("the journal is off (`journal.entries` is 0), and expectations look at the journal")]
    NoJournal,
    /// The broker no longer runs.
    #[error(transparent)]
    Stopped(#[from] CommandError),
}

/// An expectation that waits to be waited for: `.await` it, and the test fails with a report unless it is met.
/// [`Expecting::check`] returns the report instead.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use broker::expect::publish;
///
/// let broker = broker::Broker::start().await?;
/// // … "dev-1" connects and publishes "hi" to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// let found = broker
///     .expect(publish("a/b"))
///     .times(1)
///     .within(Duration::from_secs(2))
///     .await;
/// assert_eq!(found.payloads(), [b"hi"]);
/// # Ok(())
/// # }
/// ```
#[must_use = "an expectation does nothing until it is awaited: `broker.expect(…).await`, or `.on_drop()`"]
#[derive(Debug)]
pub struct Expecting<'a> {
    broker: &'a Broker,
    expectation: Expectation,
    since: Option<Mark>,
    within: Option<Duration>,
    unproven_is_enough: bool,
    at: &'static Location<'static>,
}

impl Broker {
    /// Expects something of the clients. Waits until it is met, looks at what came already since the last
    /// [`Broker::mark`] (since the start, where there is none), and never sleeps.
    ///
    /// What may come too often (`times(3)`, `never()`) is waited for until the broker has settled: then nothing more is
    /// on its way, and that is known at once. What a client has not sent by then does not count. Where the broker does
    /// not settle in time, nothing is proven and the expectation fails, unless
    /// [less is enough](Expecting::unproven_is_enough).
    ///
    /// Times are real times, also while the broker's clock is stopped, or that of the test's runtime.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::io::Write;
    /// use broker::expect::{connected, publish};
    ///
    /// let broker = broker::Broker::start().await?;
    /// # let mut client = std::net::TcpStream::connect(broker.addr())?;
    /// # client.write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let found = broker.expect(connected().of("dev-1").then(publish("a/+").text("hi"))).await;
    /// assert_eq!(found.payloads(), [b"hi"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A test that fails is told why:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::io::Write;
    /// # use std::time::Duration;
    /// # use broker::expect::publish;
    /// # let broker = broker::Broker::start().await?;
    /// # let mut client = std::net::TcpStream::connect(broker.addr())?;
    /// # client.write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// # broker.expect(publish("a/b")).await;
    /// let wanted = publish("a/+").from("dev-1").qos(1);
    /// let error = broker.expect(wanted).within(Duration::from_millis(1)).check().await;
    /// assert!(error.expect_err("QoS is 0").to_string().contains("qos 0, not 1"));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn expect(&self, expectation: impl Into<Expectation>) -> Expecting<'_> {
        Expecting {
            broker: self,
            expectation: expectation.into(),
            since: None,
            within: None,
            unproven_is_enough: false,
            at: Location::caller(),
        }
    }

    /// Sets the place in the journal from which expectations look, and returns it. Until the next one, that is.
    ///
    /// # Errors
    /// The broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use broker::expect::publish;
    ///
    /// let broker = broker::Broker::start().await?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b")).await;
    ///
    /// broker.mark().await?; // the second part of the test begins here
    /// broker.expect(publish("a/b")).never().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn mark(&self) -> Result<Mark, CommandError> {
        let mark = self.journal().mark().await?;
        self.set_mark(mark);
        Ok(mark)
    }
}

impl Expecting<'_> {
    /// The fallible twin of `.await`: the report is in the error.
    ///
    /// # Errors
    /// It was not met, cannot be met, or the broker has stopped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use broker::ExpectError;
    /// use broker::expect::publish;
    ///
    /// let broker = broker::Broker::start().await?;
    /// // … "dev-1" connects and publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let found = broker.expect(publish("a/b")).check().await?;
    /// assert_eq!(found.len(), 1);
    ///
    /// let wanted = broker.expect(publish("a/b").text("ho")).within(Duration::from_millis(1));
    /// let Err(ExpectError::Failed(failure)) = wanted.check().await else {
    ///     panic!("it said hi");
    /// };
    /// assert_eq!(failure.nearest[0].differences[0].to_string(), r#"payload "hi", not "ho""#);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn check(self) -> Result<Matched, ExpectError> {
        self.judged(true).await
    }

    /// Lets the broker's thread judge. `patient` waits for what has not been sent yet.
    async fn judged(&self, patient: bool) -> Result<Matched, ExpectError> {
        self.expectation.check()?;
        if self.broker.settings().journal.entries == 0 {
            return Err(ExpectError::NoJournal);
        }
        let since = self.since.unwrap_or_else(|| self.broker.last_mark());
        let deadline = self.within.unwrap_or(self.broker.deadline);
        let (answer, judged) = oneshot::channel();
        self.broker.command(Command::Judge(Box::new(Inquiry {
            progress: Progress::new(self.expectation.clone(), since),
            until: after(deadline),
            patient,
            answer,
        })));
        let verdict = judged.await.map_err(|_| CommandError::Stopped)?;
        self.conclude(verdict, deadline)
    }

    fn conclude(&self, verdict: Verdict, deadline: Duration) -> Result<Matched, ExpectError> {
        let Verdict {
            mut progress,
            grounds,
            seen,
        } = verdict;
        let forgotten = self.expectation.has_upper_bound() && progress.missed() > 0;
        let standing = progress.standing();
        let (waited, unproven) = match grounds {
            Grounds::OutOfTime(why) if standing == Standing::Enough => (Some(deadline), Some(why)),
            Grounds::OutOfTime(_) if standing == Standing::Open => (Some(deadline), None),
            _ => (None, None),
        };
        let is_met = match standing {
            Standing::Met => true,
            Standing::Enough => unproven.is_none() || self.unproven_is_enough,
            Standing::Open | Standing::Exceeded => false,
        };
        if is_met && !forgotten {
            return Ok(progress.take_matched(unproven));
        }
        let mut failure = Failure::new(&progress, seen, waited, &self.broker.injections.topics());
        failure.unproven = unproven;
        failure.seed = self.broker.seed();
        failure.location = self.at.to_string();
        Err(ExpectError::Failed(Box::new(failure)))
    }
}

impl<'a> IntoFuture for Expecting<'a> {
    type Output = Matched;
    type IntoFuture = Pin<Box<dyn Future<Output = Matched> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let broker = self.broker;
            match self.check().await {
                Ok(matched) => matched,
                Err(error) => {
                    broker.has_reported();
                    panic!("{error}")
                }
            }
        })
    }
}
