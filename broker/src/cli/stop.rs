//! [`Stop`]: why the program ends, and how that is told.

use crate::cli::signals::StopSignal;

/// Why the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A signal asks for it.
    Signal(StopSignal),
    /// The process of `--parent-pid`, which is this one, has ended.
    ParentEnded(u32),
}

impl Stop {
    /// Every cause in one word, and what it means.
    pub(super) const CAUSES: [(&'static str, &'static str); 2] = [
        ("signal", "a signal, which `signal` names"),
        ("parent_ended", "the process of `--parent-pid` has ended"),
    ];

    /// One of [`CAUSES`](Self::CAUSES).
    pub(super) const fn cause(self) -> &'static str {
        let index = match self {
            Self::Signal(_) => 0,
            Self::ParentEnded(_) => 1,
        };
        Self::CAUSES[index].0
    }

    /// The signal, if it was one.
    pub(super) const fn signal(self) -> Option<&'static str> {
        match self {
            Self::Signal(signal) => Some(signal.name()),
            Self::ParentEnded(_) => None,
        }
    }

    /// The cause in words.
    pub(super) fn why(self) -> String {
        match self {
            Self::Signal(signal) => format!("{} came", signal.name()),
            Self::ParentEnded(pid) => format!("its parent, process {pid}, has ended"),
        }
    }
}
