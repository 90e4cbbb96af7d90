//! [`Expecting`]: an expectation that a test waits for.

#[cfg(feature = "http")]
pub(crate) mod afar;
mod on_drop;
mod wanted;

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::answer::Answer;
use crate::broker::{Broker, Injections};
use crate::clock::after;
use crate::error::{Error, Kind};
use crate::expect::{Expectation, Failure, Matched, Standing};
use crate::front::{Command, Grounds, Inquiry, Verdict};
use crate::journal::{Excerpt, Mark};

pub use on_drop::ExpectedOnDrop;

/// An expectation that does nothing yet: `.await` it, or [`wait`](Expecting::wait) for it, and the test fails with a report
/// unless it is met. [`check`](Expecting::check) returns the report as an error instead.
///
/// ```
/// use std::time::Duration;
/// use broker::expect::publish;
///
/// let broker = broker::Broker::start().wait()?;
/// // … "dev-1" connects and publishes "hi" to a/b …
/// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
/// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
/// let found = broker
///     .expect(publish("a/b"))
///     .times(1)
///     .within(Duration::from_secs(2))
///     .wait();
/// assert_eq!(found.payloads(), [b"hi"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "an expectation does nothing until it is waited for: `broker.expect(…).await`, `.wait()`, or `.on_drop()`"]
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
    /// # use std::io::Write;
    /// use broker::expect::{connected, publish};
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut client = std::net::TcpStream::connect(broker.addr())?;
    /// # client.write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let found = broker.expect(connected().of("dev-1").then(publish("a/+").text("hi"))).wait();
    /// assert_eq!(found.payloads(), [b"hi"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A test that fails is told why:
    ///
    /// ```
    /// # use std::io::Write;
    /// # use std::time::Duration;
    /// # use broker::expect::publish;
    /// # let broker = broker::Broker::start().wait()?;
    /// # let mut client = std::net::TcpStream::connect(broker.addr())?;
    /// # client.write_all(b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// # broker.expect(publish("a/b")).wait();
    /// let wanted = publish("a/+").from("dev-1").qos(1);
    /// let error = broker.expect(wanted).within(Duration::from_millis(1)).check().wait();
    /// assert!(error.expect_err("QoS is 0").to_string().contains("qos 0, not 1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
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
    /// use broker::expect::publish;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// // … "dev-1" connects and publishes to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// broker.expect(publish("a/b")).wait();
    ///
    /// broker.mark().wait()?; // the second part of the test begins here
    /// broker.expect(publish("a/b")).never().wait();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mark(&self) -> Answer<Mark> {
        self.caller.call(None, Command::Mark, Ok)
    }
}

impl Expecting<'_> {
    /// Waits until it is met and blocks this thread meanwhile, as [`Answer::wait`] does. Returns what was found.
    ///
    /// # Panics
    /// With the report, if it is not met.
    ///
    /// ```
    /// use broker::expect::connect;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// # let mut lamp = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut lamp, b"\x10\x10\0\x04MQTT\x04\x02\0\0\0\x04lamp")?;
    /// let found = broker.expect(connect()).wait();
    /// assert_eq!(found[0].version, broker::wire::Version::V311);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(self) -> Matched {
        let ladder_on_panic = self.broker.ladder_on_panic.clone();
        let at = self.at;
        or_panic(self.check().wait(), at, &ladder_on_panic)
    }

    /// The same without a panic: the report is in the error.
    ///
    /// # Errors
    /// It was not met, cannot be met, or the broker has stopped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use broker::expect::publish;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// // … "dev-1" connects and publishes "hi" to a/b …
    /// # let mut dev = std::net::TcpStream::connect(broker.addr())?;
    /// # std::io::Write::write_all(&mut dev, b"\x10\x11\0\x04MQTT\x04\x02\0\0\0\x05dev-1\x30\x07\0\x03a/bhi")?;
    /// let found = broker.expect(publish("a/b")).check().wait()?;
    /// assert_eq!(found.len(), 1);
    ///
    /// let wanted = broker.expect(publish("a/b").text("ho")).within(Duration::from_millis(1));
    /// let error = wanted.check().wait().unwrap_err();
    /// let failure = error.failure().expect("it said hi");
    /// assert_eq!(failure.nearest[0].differences[0].to_string(), r#"payload "hi", not "ho""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(self) -> Answer<Matched> {
        self.judged(true)
    }

    /// Lets the broker's thread judge. `patient` waits for what has not been sent yet.
    fn judged(&self, patient: bool) -> Answer<Matched> {
        let judged = self.judge(patient, true);
        Answer::new(async move { judged.await?.conclude() })
    }

    /// The same; where it is not met, the journal is in the verdict if it is to be `explained`.
    fn judge(&self, patient: bool, explained: bool) -> Answer<Judged> {
        if let Err(error) = self.expectation.check() {
            return Answer::ready(Err(error.into()));
        }
        if self.broker.settings.journal.entries == 0 {
            return Answer::ready(Err(Kind::NoJournal.into()));
        }
        let deadline = self.within.unwrap_or(self.broker.deadline);
        let inquiry = |answer| {
            Command::Judge(Box::new(Inquiry {
                expectation: self.expectation.clone(),
                since: self.since,
                until: after(deadline),
                patient,
                explained,
                answer,
            }))
        };
        let asked = Asked {
            deadline,
            unproven_is_enough: self.unproven_is_enough,
            seed: self.broker.seed,
            at: self.at,
            injections: self.broker.injections.clone(),
        };
        self.broker
            .caller
            .call(None, inquiry, |verdict| Ok(Judged { asked, verdict }))
    }
}

/// What it takes to make a result of a verdict.
struct Asked {
    deadline: Duration,
    unproven_is_enough: bool,
    seed: u64,
    at: &'static Location<'static>,
    injections: Injections,
}

/// A verdict, and what it takes to make a result of it.
struct Judged {
    asked: Asked,
    verdict: Verdict,
}

impl Judged {
    fn conclude(mut self) -> Result<Matched, Error> {
        if let Some(matched) = self.matched() {
            return Ok(matched);
        }
        let seen = std::mem::take(&mut self.verdict.seen);
        Err(Kind::Unmet(Box::new(self.failure(seen))).into())
    }

    /// What was found, if the expectation is met.
    fn matched(&mut self) -> Option<Matched> {
        let unproven = self.unproven();
        let progress = &mut self.verdict.progress;
        let forgotten = progress.expectation().has_upper_bound() && progress.missed() > 0;
        let is_met = match progress.standing() {
            Standing::Met => true,
            Standing::Enough => unproven.is_none() || self.asked.unproven_is_enough,
            Standing::Open | Standing::Exceeded => false,
        };
        // That a rule which never was there did nothing says nothing.
        let is_vain = self.verdict.absent.iter().any(|absent| absent.was_never);
        (is_met && !forgotten && !is_vain).then(|| progress.take_matched(unproven))
    }

    /// Why more may be coming, where enough has come and nothing proves that this is all.
    fn unproven(&self) -> Option<String> {
        match &self.verdict.grounds {
            Grounds::OutOfTime(why) if self.verdict.progress.standing() == Standing::Enough => {
                Some(why.clone())
            }
            _ => None,
        }
    }

    /// Why it is not met. `seen` is the journal, as far as the report is to know it.
    fn failure(self, seen: Excerpt) -> Failure {
        let unproven = self.unproven();
        let Self { asked, verdict } = self;
        let standing = verdict.progress.standing();
        let is_late = matches!(verdict.grounds, Grounds::OutOfTime(_))
            && matches!(standing, Standing::Enough | Standing::Open);
        let waited = is_late.then_some(asked.deadline);
        let mut failure = Failure::new(&verdict.progress, seen, waited, &asked.injections.topics());
        let is_vain = verdict.absent.iter().any(|absent| absent.was_never);
        if standing == Standing::Open || is_vain {
            let absent = verdict.absent.into_iter().map(|absent| absent.words);
            failure.notes.splice(0..0, absent);
        }
        failure.unproven = unproven;
        failure.seed = asked.seed;
        failure.location = asked.at.to_string();
        failure
    }
}

/// The panic of an expectation that is not met tells of the journal: the broker need not print it once more. It says the
/// line of the test, as the report does.
fn or_panic(
    checked: Result<Matched, Error>,
    at: &'static Location<'static>,
    ladder_on_panic: &AtomicBool,
) -> Matched {
    checked.unwrap_or_else(|error| {
        ladder_on_panic.store(false, Ordering::Relaxed);
        match error.failure() {
            Some(_) => panic!("{error}"),
            None => panic!("{error}\n  expected at {at}"),
        }
    })
}

impl IntoFuture for Expecting<'_> {
    type Output = Matched;
    type IntoFuture = Pin<Box<dyn Future<Output = Matched> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let ladder_on_panic: Arc<AtomicBool> = self.broker.ladder_on_panic.clone();
        let at = self.at;
        let checked = self.check();
        Box::pin(async move { or_panic(checked.await, at, &ladder_on_panic) })
    }
}
