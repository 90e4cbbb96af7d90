//! [`Error`]: why a call to a broker has no result.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::capability::{Capability, EngineName, able};
use crate::engine::InjectError;
use crate::expect::{Failure, Invalid};
use crate::front::{NoRestart, StartError};
use crate::realms::Mistakes;
use crate::time::Time;
use broker_core::snapshot::SnapshotError;

/// Why a call to a broker has no result. What it prints is meant for people; what a program may want to tell apart, it asks.
///
/// ```
/// use std::time::Duration;
///
/// let broker = broker::Broker::builder().deadline(Duration::from_millis(10)).start().wait()?;
/// let error = broker.wait_connected("lamp").wait().unwrap_err();
/// assert!(error.is_timeout());
/// assert_eq!(
///     error.to_string(),
///     r#"timed out after 10ms, waiting for client "lamp" to be connected; there never was a client "lamp"; seen: none"#
/// );
///
/// broker.shutdown().wait()?;
/// assert!(broker.stats().wait().unwrap_err().is_shut_down());
/// # Ok::<(), broker::Error>(())
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    /// The wait blocked a thread of a runtime.
    advise_await: bool,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("the broker has stopped")]
    ShutDown,
    #[error("the engine {engine} cannot do this ({what}); {} can", able(*what))]
    Unsupported { what: Capability, engine: EngineName },
    #[error("timed out after {waited:?}, waiting {what}; {instead}")]
    Timeout {
        /// What was waited for, such as `for client "a" to be connected`.
        what: String,
        /// How things stand instead.
        instead: String,
        waited: Duration,
    },
    #[error(
        "timed out after {waited:?}, waiting {what}; it shows {now} s now, and {left:?} are left: so much was due on the way. Move it \
         on by that, or give it more time (in Rust: `set_deadline`)"
    )]
    ClockLate {
        what: String,
        waited: Duration,
        /// Where it got to.
        now: Time,
        /// How much is left.
        left: Duration,
    },
    #[error(
        "the clock cannot be moved so far: it goes to {} s after the start of the broker at most",
        Time::LAST
    )]
    TooFar,
    #[error("this is the broker's own thread, which cannot wait for itself")]
    OwnThread,
    #[error("{0}")]
    Unmet(Box<Failure>),
    #[error(transparent)]
    Pattern(Invalid),
    #[error("the journal is off (`journal.entries` is 0), and expectations look at the journal")]
    NoJournal,
    #[error("the reader fell behind: {0} entries of the journal were forgotten before it read them")]
    Missed(u64),
    #[error(transparent)]
    Inject(InjectError),
    #[error(transparent)]
    Script(crate::fault::Invalid),
    #[error("cannot restore the snapshot: {0}")]
    Restore(#[source] SnapshotError),
    #[cfg(feature = "tls")]
    #[error("{0}")]
    Certificate(String),
    #[error("{0}")]
    Access(Mistakes),
    #[error("{0}")]
    Acl(String),
    #[cfg(feature = "contracts")]
    #[error("{0}")]
    Contract(String),
    #[error("the broker is away: end its outage first (in Rust: `Outage::end`)")]
    Away,
    #[error("cannot listen again: {0}")]
    Listen(#[source] io::Error),
    #[error("cannot {verb} the snapshot {}: {cause}", path.display())]
    SnapshotFile {
        /// `read` or `write`.
        verb: &'static str,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("{}: {cause}", path.display())]
    SnapshotContent {
        path: PathBuf,
        #[source]
        cause: SnapshotError,
    },
    #[error("cannot {verb} the recording {}: {cause}", path.display())]
    RecordingFile {
        /// `make` or `write`.
        verb: &'static str,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("cannot play the recording: {0}")]
    Play(String),
    #[error(transparent)]
    Start(StartError),
}

impl Error {
    /// A deadline passed: that of a wait, of [`settle`](crate::Broker::settle), of the moving of a clock, or of an
    /// expectation.
    pub fn is_timeout(&self) -> bool {
        match self.kind() {
            Kind::Timeout { .. } | Kind::ClockLate { .. } => true,
            Kind::Unmet(failure) => failure.waited.is_some(),
            _ => false,
        }
    }

    /// The broker has stopped.
    pub fn is_shut_down(&self) -> bool {
        matches!(self.kind(), Kind::ShutDown)
    }

    /// The engine cannot do this: [`unsupported`](Error::unsupported) says what it would take.
    pub fn is_unsupported(&self) -> bool {
        self.unsupported().is_some()
    }

    /// What was asked for is wrong in itself, and will be another time: a topic, a pattern, a setting, the content of a
    /// snapshot.
    pub fn is_invalid(&self) -> bool {
        #[cfg(feature = "contracts")]
        if matches!(self.kind(), Kind::Contract(_)) {
            return true;
        }
        matches!(
            self.kind(),
            Kind::Pattern(_)
                | Kind::NoJournal
                | Kind::OwnThread
                | Kind::TooFar
                | Kind::Inject(_)
                | Kind::Script(_)
                | Kind::Acl(_)
                | Kind::Restore(_)
                | Kind::SnapshotContent { .. }
                | Kind::Play(_)
                | Kind::Start(
                    StartError::Settings(_)
                        | StartError::Restore(_)
                        | StartError::Script(_)
                        | StartError::Tables(_)
                )
        )
    }

    /// The broker is in an [outage](crate::Broker::outage).
    pub fn is_away(&self) -> bool {
        matches!(self.kind(), Kind::Away)
    }

    /// Another program has the port.
    pub fn is_port_taken(&self) -> bool {
        match self.kind() {
            Kind::Listen(cause) | Kind::Start(StartError::Listen { cause, .. }) => {
                cause.kind() == io::ErrorKind::AddrInUse
            }
            _ => false,
        }
    }

    /// What the engine cannot do.
    pub fn unsupported(&self) -> Option<Capability> {
        match self.kind() {
            Kind::Unsupported { what, .. } => Some(*what),
            _ => None,
        }
    }

    /// The report of an expectation that was not met.
    pub fn failure(&self) -> Option<&Failure> {
        match self.kind() {
            Kind::Unmet(failure) => Some(failure),
            _ => None,
        }
    }

    /// How many entries of the journal a [`Tail`](crate::Tail) missed.
    pub fn missed(&self) -> Option<u64> {
        match self.kind() {
            Kind::Missed(entries) => Some(*entries),
            _ => None,
        }
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The wait blocked a thread of a runtime: where it timed out, that may be why.
    pub(crate) fn advise_await(mut self) -> Self {
        self.0.advise_await = true;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        if self.0.advise_await && self.is_timeout() {
            f.write_str(
                "\n`.wait()` was called inside a runtime and blocked one of its threads: a client that runs there could not \
                 go on. Use `.await` instead",
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `unwrap` and `main` print this, for people.
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0.kind)
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            advise_await: false,
        }))
    }
}

impl From<InjectError> for Error {
    fn from(error: InjectError) -> Self {
        Kind::Inject(error).into()
    }
}

impl From<Invalid> for Error {
    fn from(error: Invalid) -> Self {
        Kind::Pattern(error).into()
    }
}

impl From<crate::fault::Invalid> for Error {
    fn from(error: crate::fault::Invalid) -> Self {
        Kind::Script(error).into()
    }
}

impl From<Mistakes> for Error {
    fn from(error: Mistakes) -> Self {
        Kind::Access(error).into()
    }
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        Kind::Start(error).into()
    }
}

impl From<NoRestart> for Error {
    fn from(error: NoRestart) -> Self {
        match error {
            NoRestart::Away => Kind::Away.into(),
            NoRestart::Listen(cause) => Kind::Listen(cause).into(),
        }
    }
}
