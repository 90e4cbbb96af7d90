//! The blocking twin of [`Expecting`](crate::Expecting).

use std::future::IntoFuture;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::expect::{Count, Matched, Pattern};
use crate::expecting::{ExpectError, ExpectedOnDrop};
use crate::journal::Mark;

/// An expectation that waits to be waited for: [`Expecting::wait`], and the test fails with a report unless it is met.
/// [`Expecting::check`] returns the report instead. Otherwise the same as [`crate::Expecting`].
#[must_use = "an expectation does nothing until it is waited for: `broker.expect(…).wait()`, or `.on_drop()`"]
#[derive(Debug)]
pub struct Expecting<'a> {
    pub(crate) inner: crate::Expecting<'a>,
    /// For the deadlines.
    pub(crate) runtime: &'a Runtime,
}

impl<'a> Expecting<'a> {
    fn with(self, change: impl FnOnce(crate::Expecting<'a>) -> crate::Expecting<'a>) -> Self {
        Self {
            inner: change(self.inner),
            runtime: self.runtime,
        }
    }

    /// See [`crate::Expecting::times`].
    pub fn times(self, count: impl Into<Count>) -> Self {
        self.with(|inner| inner.times(count))
    }

    /// See [`crate::Expecting::never`].
    pub fn never(self) -> Self {
        self.with(crate::Expecting::never)
    }

    /// See [`crate::Expecting::then`].
    pub fn then(self, next: Pattern) -> Self {
        self.with(|inner| inner.then(next))
    }

    /// See [`crate::Expecting::within`].
    pub fn within(self, deadline: Duration) -> Self {
        self.with(|inner| inner.within(deadline))
    }

    /// See [`crate::Expecting::since`].
    pub fn since(self, mark: Mark) -> Self {
        self.with(|inner| inner.since(mark))
    }

    /// See [`crate::Expecting::on_drop`].
    pub fn on_drop(self) -> ExpectedOnDrop<'a> {
        self.inner.on_drop()
    }

    /// Waits until it is met, and returns what was found.
    ///
    /// # Panics
    /// With the report, if it is not met.
    pub fn wait(self) -> Matched {
        self.runtime.block_on(self.inner.into_future())
    }

    /// The fallible twin of [`Expecting::wait`]: the report is in the error.
    ///
    /// # Errors
    /// It was not met, cannot be met, or the broker has stopped.
    pub fn check(self) -> Result<Matched, ExpectError> {
        self.runtime.block_on(self.inner.check())
    }
}
