//! [`Stop`]: why the program ends, and how that is told.

use crate::cli::signals::StopSignal;

/// Why the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A signal asks for it.
    Signal(StopSignal),
    /// The process of `--parent-pid`, which is this one, has ended; and then the command after `--`, with this exit code.
    ParentEnded { pid: u32, code: u8 },
    /// The command after `--` has ended with this exit code, or cannot be run.
    TaskEnded(u8),
    /// The view of `--watch` was closed, or its terminal has gone.
    #[cfg_attr(not(feature = "watch"), allow(dead_code))]
    ViewClosed,
}

impl Stop {
    /// Every cause in one word, and what it means.
    pub(super) const CAUSES: [(&'static str, &'static str); 4] = [
        ("signal", "a signal, which `signal` names"),
        ("parent_ended", "the process of `--parent-pid` has ended"),
        ("command_ended", "the command after `--` has ended"),
        (
            "view_closed",
            "`q` or Ctrl-C was pressed in the view of `--watch`, or its terminal has gone",
        ),
    ];

    /// One of [`CAUSES`](Self::CAUSES).
    pub(super) const fn cause(self) -> &'static str {
        let index = match self {
            Self::Signal(_) => 0,
            Self::ParentEnded { .. } => 1,
            Self::TaskEnded(_) => 2,
            Self::ViewClosed => 3,
        };
        Self::CAUSES[index].0
    }

    /// The signal, if it was one.
    pub(super) const fn signal(self) -> Option<&'static str> {
        match self {
            Self::Signal(signal) => Some(signal.name()),
            Self::ParentEnded { .. } | Self::TaskEnded(_) | Self::ViewClosed => None,
        }
    }

    /// The cause in words.
    pub(super) fn why(self) -> String {
        match self {
            Self::Signal(signal) => format!("{} came", signal.name()),
            Self::ParentEnded { pid, .. } => format!("its parent, process {pid}, has ended"),
            Self::TaskEnded(code) => format!("its command has ended with {code}"),
            Self::ViewClosed => "its view was closed".to_owned(),
        }
    }

    /// The program's.
    pub(super) const fn exit_code(self) -> u8 {
        match self {
            Self::Signal(_) | Self::ViewClosed => 0,
            Self::ParentEnded { code, .. } | Self::TaskEnded(code) => code,
        }
    }
}
