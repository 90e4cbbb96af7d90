//! What can go wrong, and the exit code for it.

use std::io;
use std::time::Duration;

use client::{ClientError, exit};

/// Why the subscription ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection, or it ended and may not be made again.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The broker refused every filter.
    #[error("All subscription requests were denied.")]
    Denied {
        /// SUBACK's code for the first filter.
        code: u8,
    },
    /// [`Plan::timeout`](crate::Plan::timeout) ran out.
    #[error("Timed out")]
    TimedOut {
        /// How long was waited.
        after: Duration,
        /// How many messages were handed on until then.
        received: u64,
    },
    /// The sink did not take a message.
    #[error("cannot write: {0}")]
    Sink(#[source] io::Error),
}

impl Error {
    /// The exit code of a program that ends with this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(error) => error.exit_code(),
            Self::Denied { code } => *code,
            Self::TimedOut { .. } => exit::TIMEOUT,
            Self::Sink(_) => exit::FAILURE,
        }
    }
}
