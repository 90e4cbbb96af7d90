//! What can go wrong, and the exit code for it.

use std::io;

use settings::client::{ClientError, exit, reason_words};

/// Why not everything was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection, or it ended before anything was left unacknowledged.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The connection ended while messages were on their way.
    #[error("{source} {waiting} of {sent} messages were not acknowledged")]
    Unacknowledged {
        /// How many messages were handed over.
        sent: u64,
        /// How many of them have no acknowledgement.
        waiting: u64,
        /// How the connection ended.
        source: ClientError,
    },
    /// The broker acknowledged messages with a reason code that says no (version 5).
    #[error("{refused} of {sent} messages were refused by the broker, the first: {} (0x{code:02X})", reason_words(*.code))]
    Refused {
        /// How many messages were acknowledged, this way or that.
        sent: u64,
        /// How many of them were refused.
        refused: u64,
        /// The first refusal's reason code.
        code: u8,
    },
    /// The payload cannot be read.
    #[error("cannot read {what}: {source}")]
    Input {
        /// The file's name, or standard input.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The caller asked to stop before everything was published.
    #[error("stopped after {acknowledged} messages")]
    Stopped {
        /// How many messages were acknowledged until then.
        acknowledged: u64,
    },
}

impl Error {
    /// The exit code of a program that ends with this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(error) | Self::Unacknowledged { source: error, .. } => error.exit_code(),
            Self::Refused { code, .. } => *code,
            Self::Input { .. } | Self::Stopped { .. } => exit::FAILURE,
        }
    }
}
