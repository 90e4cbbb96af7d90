//! What can go wrong, in words.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::form;
use crate::frames::Fault;

/// Why a store cannot be opened. Nothing has been changed then.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory cannot be used.
    Directory {
        /// Where it is.
        path: PathBuf,
        /// What does not go, as the words after the path.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has the directory.
    Taken {
        /// Where it is.
        path: PathBuf,
        /// The other process, where the system lets it be known.
        pid: Option<u32>,
    },
    /// A file has a form that this version does not know.
    Version {
        /// Its name.
        file: String,
        /// The version it has.
        found: u32,
    },
    /// A file is of another store.
    Mixed {
        /// Its name.
        file: String,
    },
    /// The disk refuses something.
    Disk(Trouble),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, what, source } => write!(f, "{} {what}: {source}", path.display()),
            Self::Taken { path, pid } => {
                write!(f, "{} is in use by ", path.display())?;
                match pid {
                    Some(pid) => write!(f, "process {pid}")?,
                    None => write!(f, "another process")?,
                }
                write!(f, "; two brokers cannot share a directory")
            }
            Self::Version { file, found } => write!(
                f,
                "{file} has form {found}, and this version reads forms up to {}; take a newer version, or another \
                 directory",
                form::VERSION
            ),
            Self::Mixed { file } => write!(
                f,
                "{file} belongs to another store than the files before it; move it out of the directory"
            ),
            Self::Disk(trouble) => trouble.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Directory { source, .. } => Some(source),
            Self::Disk(trouble) => Some(trouble),
            _ => None,
        }
    }
}

impl From<Trouble> for OpenError {
    fn from(trouble: Trouble) -> Self {
        Self::Disk(trouble)
    }
}

/// What a disk refused while a store was open, or at its opening.
#[derive(Debug)]
pub struct Trouble {
    /// What did not go, with the name of the file.
    pub what: String,
    /// What the system says.
    pub source: io::Error,
}

impl Trouble {
    /// Makes an error of the system one that says what it was about.
    pub(crate) fn with(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self { what, source }
    }

    /// Whether there was no room left.
    pub fn is_full(&self) -> bool {
        matches!(
            self.source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.source)
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Why a batch is not taken. It has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// So many bytes wait already, because the disk is slow, or takes nothing.
    Waiting {
        /// How many.
        bytes: usize,
        /// How many may.
        limit: usize,
    },
    /// It is larger than a batch can be.
    TooLarge {
        /// How large it is, in bytes.
        bytes: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The writer has been closed.
    Closed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { bytes, limit } => {
                write!(f, "{bytes} bytes wait for the disk already; at most {limit} may")
            }
            Self::TooLarge { bytes, limit } => {
                write!(f, "a batch of {bytes} bytes is larger than {limit}")
            }
            Self::Closed => write!(f, "the store is closed"),
        }
    }
}

impl std::error::Error for Refused {}

/// Bytes of a file that recovery did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The file.
    pub file: String,
    /// Where they begin.
    pub at: u64,
    /// How many they are, up to the end of the file or to where it can be read again.
    pub bytes: u64,
    /// How many whole batches are among them; of a snapshot, how many of its parts are not there.
    pub whole: u64,
    /// Why.
    pub why: Why,
    /// The name that the file has now, if it was set aside. Otherwise nothing is in it that is worth a look.
    pub aside: Option<String>,
}

/// Why bytes are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// They are no whole frame.
    Fault(Fault),
    /// The head of the file can be read in neither of its copies.
    Head,
    /// Batches before them are missing.
    Hole {
        /// The batch that should be next.
        expected: u64,
        /// The batch that is.
        found: u64,
    },
    /// The snapshot that they follow is unreadable. The changes after it are taken all the same.
    NoSnapshot,
    /// The last part of a snapshot is missing.
    NoEnd,
}

impl Dropped {
    /// Whether this is what a crash leaves at the end of the log: a write that was never told to be kept.
    pub fn is_torn_end(&self) -> bool {
        // A snapshot has its name only once it is whole.
        self.whole == 0 && self.file.starts_with("log") && matches!(self.why, Why::Fault(_))
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            at,
            bytes,
            whole,
            ..
        } = self;
        match self.why {
            Why::NoSnapshot => {
                write!(
                    f,
                    "the snapshot before {file} is unreadable: what only it had is lost"
                )?;
            }
            Why::NoEnd => write!(f, "{file} ends at byte {at} before its last part")?,
            why => write!(f, "{file}: {bytes} bytes from byte {at} on are dropped: {why}")?,
        }
        match (*whole, file.starts_with("snapshot")) {
            (0, _) => {}
            (parts, true) => write!(f, "; {parts} of its parts are lost")?,
            (batches, false) => write!(f, "; {batches} whole batches are among them")?,
        }
        match &self.aside {
            Some(aside) => write!(f, "; the file is kept as {aside}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(Fault::Cut) => write!(f, "the file ends inside a batch"),
            Self::Fault(Fault::NoFrame) => write!(f, "no batch begins there"),
            Self::Fault(Fault::Check) => {
                write!(
                    f,
                    "their check does not fit: a write was cut off, or bytes have changed"
                )
            }
            Self::Fault(Fault::Content) => write!(f, "their check fits, but they are no changes"),
            Self::Head => write!(f, "the head of the file is damaged"),
            Self::Hole { expected, found } => {
                write!(f, "batch {expected} should be next, and {found} is")
            }
            Self::NoSnapshot => write!(f, "the snapshot before is unreadable"),
            Self::NoEnd => write!(f, "the end is missing"),
        }
    }
}
