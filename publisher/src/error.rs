//! What can go wrong, and the exit code for it.

use std::io;
use std::time::Duration;

use client::packet::QoS;
use client::{ClientError, RecordError, duration_words, exit, reason_words};

/// Why not everything was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection, or it ended before anything was left unacknowledged.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The connection ended while messages were on their way.
    #[error("{}", unfinished_words(.source, *.waiting, *.sent, *.unsent))]
    Unacknowledged {
        /// How many messages were handed over.
        sent: u64,
        /// How many of them have no acknowledgement.
        waiting: u64,
        /// How many more were ready and were never sent.
        unsent: u64,
        /// How the connection ended.
        source: ClientError,
    },
    /// The broker acknowledged messages with a reason code that says no (version 5).
    #[error("{refused} of {sent} messages were refused by the broker, the first: {} (0x{code:02X})", reason_words(*.code))]
    Refused {
        /// How many messages were acknowledged, accepted or refused.
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
    /// A line of a recording is no message.
    #[error("{what}, line {line}: {source}")]
    Recording {
        /// The file's name, or standard input.
        what: String,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        source: RecordError,
    },
    /// The broker refused the subscription to the response topic.
    #[error("the broker refused the subscription to '{topic}': {} (0x{code:02X})", reason_words(*.code))]
    Denied {
        /// The response topic.
        topic: String,
        /// SUBACK's code.
        code: u8,
    },
    /// No answer came in time.
    #[error("no answer on '{topic}' within {}{}{}", duration_words(*.after), other_answers(*.others), lost_words(*.lost))]
    NoAnswer {
        /// The response topic.
        topic: String,
        /// How long was waited.
        after: Duration,
        /// How many messages came to that topic without the request's Correlation Data.
        others: u64,
        /// The connection was lost meanwhile; the request, of this QoS, was sent again only if that is 1 or 2.
        lost: Option<QoS>,
    },
    /// What arrived could not be printed.
    #[error("cannot write: {0}")]
    Output(#[source] io::Error),
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
            Self::Refused { code, .. } | Self::Denied { code, .. } => *code,
            Self::NoAnswer { .. } => exit::TIMEOUT,
            Self::Input { .. } | Self::Recording { .. } | Self::Output(_) | Self::Stopped { .. } => {
                exit::FAILURE
            }
        }
    }
}

fn unfinished_words(source: &ClientError, waiting: u64, sent: u64, unsent: u64) -> String {
    let mut why = source.to_string();
    if !why.ends_with(['.', '?', '!']) {
        why.push('.');
    }
    let acknowledged = match waiting {
        0 => format!("{sent} messages were acknowledged"),
        _ => format!("{waiting} of {sent} messages were not acknowledged"),
    };
    match unsent {
        0 => format!("{why} {acknowledged}"),
        1 => format!("{why} {acknowledged}; 1 more was never sent"),
        count => format!("{why} {acknowledged}; {count} more were never sent"),
    }
}

fn other_answers(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "; 1 message came without the Correlation Data of the request".to_owned(),
        count => format!("; {count} messages came without the Correlation Data of the request"),
    }
}

fn lost_words(qos: Option<QoS>) -> &'static str {
    match qos {
        None => "",
        Some(QoS::AtMostOnce) => {
            "; the connection was lost meanwhile, and at QoS 0 a request is not sent again (with -q 1 it is)"
        }
        Some(_) => "; the connection was lost meanwhile",
    }
}
