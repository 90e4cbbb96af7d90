//! The blocking twin of [`Expecting`](crate::Expecting).

use std::future::{Future, IntoFuture};
use std::time::Duration;

use crate::expect::{Count, Matched, Pattern};
use crate::expecting::{ExpectError, ExpectedOnDrop};
use crate::journal::Mark;

/// An expectation that waits to be waited for: [`Expecting::wait`], and the test fails with a report unless it is met.
/// [`Expecting::check`] returns the report instead. Otherwise the same as [`crate::Expecting`].
#[must_use = "an expectation does nothing until it is waited for: `broker.expect(…).wait()`, or `.on_drop()`"]
#[derive(Debug)]
pub struct Expecting<'a>(pub(crate) crate::Expecting<'a>);

impl<'a> Expecting<'a> {
    /// See [`crate::Expecting::times`].
    pub fn times(self, count: impl Into<Count>) -> Self {
        Self(self.0.times(count))
    }

    /// See [`crate::Expecting::never`].
    pub fn never(self) -> Self {
        Self(self.0.never())
    }

    /// See [`crate::Expecting::then`].
    pub fn then(self, next: Pattern) -> Self {
        Self(self.0.then(next))
    }

    /// See [`crate::Expecting::within`].
    pub fn within(self, deadline: Duration) -> Self {
        Self(self.0.within(deadline))
    }

    /// See [`crate::Expecting::since`].
    pub fn since(self, mark: Mark) -> Self {
        Self(self.0.since(mark))
    }

    /// See [`crate::Expecting::on_drop`].
    pub fn on_drop(self) -> ExpectedOnDrop<'a> {
        self.0.on_drop()
    }

    /// Waits until it is met, and returns what was found.
    ///
    /// # Panics
    /// With the report, if it is not met.
    pub fn wait(self) -> Matched {
        block_on(self.0.into_future())
    }

    /// The fallible twin of [`Expecting::wait`]: the report is in the error.
    ///
    /// # Errors
    /// It was not met, cannot be met, or the broker has stopped.
    pub fn check(self) -> Result<Matched, ExpectError> {
        block_on(self.0.check())
    }
}

/// Waits on this thread. What is waited for happens on the broker's; here there are only deadlines.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without sockets asks the system for nothing")
        .block_on(future)
}
