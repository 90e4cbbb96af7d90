//! [`Expecting`]: an expectation that a test waits for.

pub mod blocking;

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::broker::{Broker, CommandError};
use crate::control::WaitError;
use crate::expect::{Count, Expectation, Failure, Invalid, Matched, Pattern, Progress, Standing};
use crate::front::{Command, Follower};
use crate::journal::{Excerpt, Mark};

/// Why an expectation has no answer, or the wrong one.
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
    pub async fn mark(&self) -> Result<Mark, CommandError> {
        let mark = self.journal().mark().await?;
        self.set_mark(mark);
        Ok(mark)
    }
}

impl<'a> Expecting<'a> {
    /// How often the last pattern is expected: a number, or a range such as `2..` or `1..=3`.
    pub fn times(mut self, count: impl Into<Count>) -> Self {
        self.expectation.set_count(count.into());
        self
    }

    /// The last pattern is not to come at all.
    pub fn never(self) -> Self {
        self.times(Count::NEVER)
    }

    /// And then this: only what comes behind everything so far counts for it.
    pub fn then(mut self, next: Pattern) -> Self {
        self.expectation = self.expectation.then(next);
        self
    }

    /// How long to wait at the most, in real time. [`Broker::set_deadline`] sets what holds where this is not said.
    pub fn within(mut self, deadline: Duration) -> Self {
        self.within = Some(deadline);
        self
    }

    /// Looks from this place in the journal on, instead of from the last [`Broker::mark`].
    pub fn since(mut self, mark: Mark) -> Self {
        self.since = Some(mark);
        self
    }

    /// Is it met when the returned guard is dropped? Looks at what has arrived by then and waits for nothing; panics with
    /// the report if not, unless the thread panics already.
    pub fn on_drop(self) -> ExpectedOnDrop<'a> {
        ExpectedOnDrop { expecting: self }
    }

    /// The fallible twin of `.await`: the report is in the error.
    ///
    /// # Errors
    /// It was not met, cannot be met, or the broker has stopped.
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

/// An expectation that is checked when this is dropped. See [`Expecting::on_drop`].
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
