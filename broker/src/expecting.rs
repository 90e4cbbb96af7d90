//! [`Expecting`]: an expectation that a test waits for.

pub mod blocking;
mod on_drop;
mod wanted;

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::broker::{Broker, CommandError};
use crate::control::WaitError;
use crate::expect::{Expectation, Failure, Invalid, Matched, Progress, Standing};
use crate::front::{Command, Follower};
use crate::journal::{Excerpt, Mark};

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
    at: &'static Location<'static>,
}

impl Broker {
    /// Expects something of the clients. Waits until it is met, looks at what came already since the last
    /// [`Broker::mark`] (since the start, where there is none), and never sleeps.
    ///
    /// What may come too often (`times(3)`, `never()`) is waited for until the broker has settled: then nothing more is
    /// on its way, and that is known at once. What a client has not sent by then does not count.
    ///
    /// Times are real times, also while the broker's clock is stopped.
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
        let deadline = self.within.unwrap_or(self.broker.deadline);
        let progress = self.begin()?;
        let decided = tokio::time::timeout(deadline, self.decided(&progress)).await;
        if let Ok(decided) = decided {
            decided?;
        }
        self.look(&progress).await?;
        let unproven = self.expectation.has_upper_bound() && lock(&progress).missed() > 0;
        let standing = lock(&progress).standing();
        match standing {
            Standing::Met | Standing::Enough if !unproven => Ok(lock(&progress).take_matched()),
            Standing::Open => Err(self.failure(&progress, Some(deadline)).await),
            _ => Err(self.failure(&progress, None).await),
        }
    }

    /// Comes back when it is met, or cannot be met any more, as far as can be known.
    async fn decided(&self, progress: &Arc<Mutex<Progress>>) -> Result<(), CommandError> {
        // First until so much came as is wanted.
        let enough = self.follow(progress, |standing| standing != Standing::Open);
        enough.await.map_err(|_| CommandError::Stopped)?;
        // Then until it is sure that no more comes.
        if lock(progress).standing() == Standing::Enough {
            let exceeded = self.follow(progress, |standing| standing == Standing::Exceeded);
            tokio::select! {
                biased;
                _ = exceeded => {}
                () = self.settled() => {}
            }
        }
        Ok(())
    }

    /// Comes back when the broker has settled; never, where it does not.
    async fn settled(&self) {
        loop {
            match self.broker.settle().await {
                Ok(()) => return,
                // Its own deadline is not the one that counts here.
                Err(WaitError::Deadline { .. }) => {}
                // With an engine that cannot tell, the deadline decides.
                Err(WaitError::Command(_)) => std::future::pending().await,
            }
        }
    }

    fn begin(&self) -> Result<Arc<Mutex<Progress>>, ExpectError> {
        self.expectation.check()?;
        if self.broker.settings().journal.entries == 0 {
            return Err(ExpectError::NoJournal);
        }
        let since = self.since.unwrap_or_else(|| self.broker.last_mark());
        Ok(Arc::new(Mutex::new(Progress::new(
            self.expectation.clone(),
            since,
        ))))
    }

    /// Comes back when the expectation stands as `wanted`. Looked at in the broker's thread, after each of its inputs.
    fn follow(&self, progress: &Arc<Mutex<Progress>>, wanted: fn(Standing) -> bool) -> oneshot::Receiver<()> {
        let (answer, answered) = oneshot::channel();
        let mut answer = Some(answer);
        let progress = progress.clone();
        self.broker
            .command(Command::Follow(Follower(Box::new(move |journal| {
                if answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
                    return true;
                }
                let reached = wanted(lock(&progress).look(journal));
                if reached && let Some(answer) = answer.take() {
                    // Nobody waits any more: no matter.
                    let _ = answer.send(());
                }
                reached
            }))));
        answered
    }

    /// Once more, now.
    async fn look(&self, progress: &Arc<Mutex<Progress>>) -> Result<(), CommandError> {
        let progress = progress.clone();
        self.broker
            .journal()
            .read(move |journal| {
                lock(&progress).look(journal);
            })
            .await
    }

    async fn failure(&self, progress: &Mutex<Progress>, waited: Option<Duration>) -> ExpectError {
        let since = lock(progress).since();
        let seen = self.broker.journal().since(since).await.unwrap_or_default();
        self.report(&lock(progress), seen, waited)
    }

    fn report(&self, progress: &Progress, seen: Excerpt, waited: Option<Duration>) -> ExpectError {
        let mut failure = Failure::new(progress, seen, waited);
        failure.seed = self.broker.seed();
        failure.location = self.at.to_string();
        ExpectError::Failed(Box::new(failure))
    }
}

fn lock(progress: &Mutex<Progress>) -> std::sync::MutexGuard<'_, Progress> {
    // Whoever panicked while holding it was a closure of the test: what it saw is still good.
    progress.lock().unwrap_or_else(PoisonError::into_inner)
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
