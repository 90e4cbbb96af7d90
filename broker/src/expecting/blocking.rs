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
    pub(crate) expecting: crate::Expecting<'a>,
    /// That of the broker's handle.
    pub(crate) runtime: &'a Runtime,
}

impl<'a> Expecting<'a> {
    /// See [`crate::Expecting::times`].
    pub fn times(mut self, count: impl Into<Count>) -> Self {
        self.expecting = self.expecting.times(count);
        self
    }

    /// See [`crate::Expecting::never`].
    pub fn never(mut self) -> Self {
        self.expecting = self.expecting.never();
        self
    }

    /// See [`crate::Expecting::then`].
    pub fn then(mut self, next: Pattern) -> Self {
        self.expecting = self.expecting.then(next);
        self
    }

    /// See [`crate::Expecting::within`].
    pub fn within(mut self, deadline: Duration) -> Self {
        self.expecting = self.expecting.within(deadline);
        self
    }

    /// See [`crate::Expecting::since`].
    pub fn since(mut self, mark: Mark) -> Self {
        self.expecting = self.expecting.since(mark);
        self
    }

    /// See [`crate::Expecting::on_drop`].
    pub fn on_drop(self) -> ExpectedOnDrop<'a> {
        self.expecting.on_drop()
    }

    /// Waits until it is met, and returns what was found.
    ///
    /// # Panics
    /// With the report, if it is not met.
    pub fn wait(self) -> Matched {
        self.runtime.block_on(self.expecting.into_future())
    }

    /// The fallible twin of [`Expecting::wait`]: the report is in the error.
    ///
    /// # Errors
    /// It was not met, cannot be met, or the broker has stopped.
    pub fn check(self) -> Result<Matched, ExpectError> {
        self.runtime.block_on(self.expecting.check())
    }
}
